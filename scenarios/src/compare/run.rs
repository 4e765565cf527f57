//! Plays what is missing, all cores at once.

use super::altered::Alteration;
use super::plan::{Case, Plan};
use super::store::{Outcome, Store};
use crate::progress::Progress;
use crate::run::{self, Contender, RunError, Sample, Stopper};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tiptwin_core::Candidates;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::statistics::simple_regret;
use tiptwin_instrument::Stream;

/// Plays every exploration of the plan that the store does not hold yet, and returns all outcomes in the order of
/// cases, seeds and strategies.
///
/// One sample serves all strategies of a seed: its truth is computed once.
pub fn run(
    plan: &Plan,
    store: &Store,
    device: ComputeDevice,
    progress: Progress,
    stop: &Stopper,
) -> Result<Vec<Outcome>, RunError> {
    let jobs: Vec<(&Case, u64)> = plan.cases.iter().flat_map(|c| plan.seeds.iter().map(move |&s| (c, s))).collect();
    let total = plan.cases.len() * plan.strategies.iter().map(|s| plan.seeds_of(s).len()).sum::<usize>();
    let done = AtomicUsize::new(0);
    let bar = std::sync::Mutex::new(progress.steps("explorations", total));
    let tick = |case: &Case| {
        let n = done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Ok(bar) = bar.lock() {
            bar.at(n, &case.name);
        }
    };
    let outcomes: Vec<Vec<Outcome>> = jobs
        .par_iter()
        .map(|(case, seed)| one(plan, store, case, *seed, device, stop, &tick))
        .collect::<Result<_, _>>()?;
    Ok(outcomes.into_iter().flatten().collect())
}

/// All strategies on one sample.
fn one(
    plan: &Plan,
    store: &Store,
    case: &Case,
    seed: u64,
    device: ComputeDevice,
    stop: &Stopper,
    tick: &dyn Fn(&Case),
) -> Result<Vec<Outcome>, RunError> {
    let mut prepared: Option<(Sample, Candidates, Vec<f64>)> = None;
    let mut outcomes = Vec::new();
    for named in plan.strategies.iter().filter(|s| plan.seeds_of(s).contains(&seed)) {
        let key = Store::key(case, named, seed, &plan.points);
        let outcome = if let Some(known) = store.read(&key) {
            known
        } else {
            if prepared.is_none() {
                prepared = Some(prepare(case, seed)?);
            }
            let Some((sample, candidates, truth)) = &prepared else { continue };
            let mut explore = case.scenario.explore.clone();
            (explore.strategy, explore.acquisition) = (named.strategy.clone(), named.acquisition.clone());
            explore.compare_random = false;
            let own_seed = Alteration::seed_of_choices(named.alteration, seed);
            let contender = Contender::named(&explore, own_seed, device)?;
            let strategy = match named.alteration {
                Some(alteration) => alteration.wrap(contender.strategy, &named.acquisition, seed),
                None => contender.strategy,
            };
            let session = run::plan(&case.scenario, sample, own_seed, Stream::Strategy)?;
            let grid = session.grid;
            let scored = (truth.as_slice(), plan.points.as_slice());
            let played = run::play(session, strategy, sample.instrument(), scored, stop, &mut |_| {})?;
            let believed = Alteration::believed(named.alteration, &played.picks, candidates.len(), seed);
            let enrichment = sample.regions(&grid).map(|r| run::enrichment(&believed, candidates, &r));
            let regret = simple_regret(truth, &played.picks);
            let (case, strategy) = (case.name.clone(), named.label.clone());
            store.write(&key, &Outcome { case, strategy, seed, played, enrichment, regret })?
        };
        // The names of an outcome that an earlier comparison left may be others.
        outcomes.push(Outcome { case: case.name.clone(), strategy: named.label.clone(), ..outcome });
        tick(case);
    }
    Ok(outcomes)
}

fn prepare(case: &Case, seed: u64) -> Result<(Sample, Candidates, Vec<f64>), RunError> {
    let (sample, plan) = run::open(&case.scenario, seed)?;
    let grid = plan.grid;
    let flat = ndarray::Array2::zeros((grid.rows, grid.cols));
    let candidates = Candidates::new(flat, plan.window_px, grid.pixel_width(), grid.pixel_height())
        .map_err(|e| RunError::Session(e.into()))?;
    let pixels: Vec<_> = (0..candidates.len()).map(|i| candidates.pixel(i)).collect();
    let truth = sample.truth(&case.scenario, &grid, &pixels, &|_| {})?;
    let truth =
        truth.ok_or_else(|| RunError::Input(format!("{}: no truth is known, so maps cannot be scored", case.name)))?;
    Ok((sample, candidates, truth))
}

//! Plays what is missing, all cores at once.

use super::plan::{Case, Plan};
use super::prepared::Prepared;
use super::store::{Outcome, Store};
use crate::progress::Progress;
use crate::run::{RunError, Sample, Stopper};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tiptwin_core::net::ComputeDevice;

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
    let mut prepared: Option<Prepared> = None;
    let mut outcomes = Vec::new();
    for named in plan.strategies.iter().filter(|s| plan.seeds_of(s).contains(&seed)) {
        let key = Store::key(case, named, seed, &plan.points);
        let outcome = if let Some(known) = store.read(&key) {
            known
        } else {
            let ready = match prepared.take() {
                Some(ready) => ready,
                None => Prepared::new(case, Sample::open_for(&case.scenario, seed)?, seed, device)?,
            };
            let played = ready.play(case, named, seed, &plan.points, device, stop)?;
            prepared = Some(ready);
            store.write(&key, &played)?
        };
        // The names of an outcome that an earlier comparison left may be others.
        outcomes.push(Outcome { case: case.name.clone(), strategy: named.label.clone(), ..outcome });
        tick(case);
    }
    Ok(outcomes)
}

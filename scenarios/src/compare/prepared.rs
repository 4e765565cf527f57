//! One sample made ready, and a strategy played on it: what comparisons and campaigns have in common.

use super::altered::Alteration;
use super::label::Named;
use super::plan::Case;
use super::rehearsed::Rehearsal;
use super::store::Outcome;
use crate::run::{self, Contender, RunError, Sample, Stopper};
use ndarray::Array2;
use tiptwin_core::Candidates;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::statistics::simple_regret;
use tiptwin_instrument::Stream;

/// The sample of a case and a seed with its truth, which serves every strategy.
#[derive(Debug)]
pub(crate) struct Prepared {
    sample: Sample,
    candidates: Candidates,
    truth: Vec<f64>,
    /// 0 grain, 1 boundary, 2 junction, where known.
    regions: Option<Array2<u8>>,
    /// What a simulated microscope shows before the first measurement.
    rehearsal: Option<Rehearsal>,
}

impl Prepared {
    /// Checks that the sample fits the case, computes the truth and takes the images.
    pub(crate) fn new(case: &Case, sample: Sample, seed: u64, device: ComputeDevice) -> Result<Self, RunError> {
        let plan = run::fitted(&case.scenario, &sample, seed)?;
        let grid = plan.grid;
        let flat = Array2::zeros((grid.rows, grid.cols));
        let candidates = Candidates::new(flat, plan.window_px, grid.pixel_width(), grid.pixel_height())
            .map_err(|e| RunError::Session(e.into()))?;
        let pixels: Vec<_> = (0..candidates.len()).map(|i| candidates.pixel(i)).collect();
        let truth = sample.truth(&case.scenario, &grid, &pixels, &|_| {})?;
        let unknown = || RunError::Input(format!("{}: no truth is known, so maps cannot be scored", case.name));
        let regions = sample.regions(&grid);
        let truth = truth.ok_or_else(unknown)?;
        let rehearsal = sample.twin().map(|twin| Rehearsal::new(plan, twin.clone(), device)).transpose()?;
        Ok(Self { sample, candidates, truth, regions, rehearsal })
    }

    /// Plays a strategy; its maps are scored after each of `points` measurements.
    pub(crate) fn play(
        &self,
        case: &Case,
        named: &Named,
        seed: u64,
        points: &[usize],
        device: ComputeDevice,
        stop: &Stopper,
    ) -> Result<Outcome, RunError> {
        let mut explore = case.scenario.explore.clone();
        (explore.strategy, explore.acquisition) = (named.strategy.clone(), named.acquisition.clone());
        explore.compare_random = false;
        let own_seed = Alteration::seed_of_choices(named.alteration, seed);
        let contender = Contender::named(&explore, own_seed, device)?;
        let strategy = match named.alteration {
            Some(alteration) => alteration.wrap(contender.strategy, &named.acquisition, seed),
            None => contender.strategy,
        };
        let session = run::plan(&case.scenario, &self.sample, own_seed, Stream::Strategy)?;
        let scored = (self.truth.as_slice(), points);
        let instrument = self.rehearsal.as_ref().map_or_else(|| self.sample.instrument(), Rehearsal::instrument);
        let played = run::play(session, strategy, instrument, scored, stop, &mut |_| {})?;
        let believed = Alteration::believed(named.alteration, &played.picks, self.candidates.len(), seed);
        let enrichment = self.regions.as_ref().map(|r| run::enrichment(&believed, &self.candidates, r));
        let regret = simple_regret(&self.truth, &played.picks);
        let (case, strategy) = (case.name.clone(), named.label.clone());
        Ok(Outcome { case, strategy, seed, played, enrichment, regret })
    }
}

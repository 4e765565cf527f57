//! Gates: whether a build explores as well as the one that the gate was made with, with an answer that is rarely wrong.
//!
//! [`calibrate()`] plays a strategy against itself on calibration seeds: how far two equal strategies differ decides how many films a
//! check needs ([`Gate`], a file). [`check()`] plays other films and pairs each with what was recorded for it. [`faults()`] plants
//! mistakes and counts how many checks find them. [`speed`] asks the other question: does it still cost as little?

mod calibrate;
mod check;
mod faults;
mod file;
mod judge;
mod measure;
pub mod speed;
mod summary;

pub use calibrate::{Wanted, calibrate};
pub use check::{Checked, check};
pub use faults::{Caught, FaultTable, faults};
pub use file::{Gate, Quantity};
pub use judge::{Judged, Verdict, judge};
pub use measure::Measure;
pub use summary::{check_markdown, check_text, faults_markdown, faults_text};

use crate::compare::{self, Case, Outcome, Plan, Store};
use crate::progress::Progress;
use crate::run::{RunError, Stopper};
use std::path::PathBuf;
use tiptwin_core::net::ComputeDevice;

/// Where and how explorations of a gate are played.
#[derive(Clone, Debug)]
pub struct Workshop {
    /// Scenario file.
    pub scenario: PathBuf,
    /// Overrides of its keys.
    pub set: Vec<String>,
    /// Folder for finished explorations; each build has its own in it.
    pub folder: PathBuf,
    /// Where networks are computed.
    pub device: ComputeDevice,
    /// How progress is shown.
    pub progress: Progress,
    /// Whether somebody asked to stop.
    pub stop: Stopper,
}

impl Workshop {
    /// The plan of some strategies on some seeds; a gate has one case.
    fn plan(&self, strategies: Vec<String>, seeds: &str) -> Result<Plan, RunError> {
        let wanted = compare::Wanted {
            scenarios: vec![self.scenario.clone()],
            set: self.set.clone(),
            strategies: Some(strategies),
            seeds: Some(seeds.to_owned()),
        };
        let plan = Plan::new(&wanted)?;
        match plan.cases.as_slice() {
            [case] if case.one_sample() => Err(RunError::Input(format!(
                "{}: every seed explores the same sample, so a gate would only know that one; accepted: a twin without instrument.twin.seed",
                case.name
            ))),
            [_] => Ok(plan),
            cases => Err(RunError::Input(format!(
                "a gate judges one case, and {} has {}: {}; accepted: a scenario without presets, targets and light_suns in [compare]",
                self.scenario.display(),
                cases.len(),
                cases.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ")
            ))),
        }
    }

    fn play(&self, plan: &Plan) -> Result<Vec<Outcome>, RunError> {
        let store = Store::of_this_build(&self.folder)?;
        compare::run(plan, &store, self.device, self.progress, &self.stop)
    }
}

/// What a gate must be made from to judge a case.
fn scenario_hash(case: &Case) -> String {
    use sha2::{Digest, Sha256};
    compare::hex(&Sha256::digest(compare::fingerprint(case)))
}

#[cfg(test)]
mod tests;

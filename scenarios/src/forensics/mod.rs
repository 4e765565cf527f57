//! What a run looked at, and why, told after it is over.
//!
//! [`examine`] takes any run folder: of the twin, of a recording, of a real instrument. An autoencoder that ignores rotation and shift learns
//! what patches of the run's own image have in common ([`microstructure`]); its code is a plane in which the chosen patches stand beside all
//! others. The decisions are made again from the journal, under the run's rule and under others ([`decisions`]). What a folder does not
//! hold is named instead of shown. The idea is that of J. Phys. Chem. Lett. 2023, 14, 3352, figure 5, and of the post-experiment analyses
//! of automated experiments (<https://github.com/yongtaoliu/AE-PostExperimentAnalysis-DKL-BEPS>).

pub mod decisions;
pub mod evidence;
mod files;
pub mod microstructure;

pub use decisions::Decisions;
pub use evidence::Evidence;
pub use microstructure::Microstructure;

use crate::progress::Progress;
use crate::report;
use crate::run::RunError;
use std::path::{Path, PathBuf};
use tiptwin_core::net::ComputeDevice;

/// How thoroughly.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The published network instead of the fast one.
    pub faithful: bool,
    /// Epochs of training instead of those of the network.
    pub epochs: Option<usize>,
    /// Seed of weights, samples and permutations; `None`: that of the run.
    pub seed: Option<u64>,
    /// Random subsets of the permutation test.
    pub permutations: usize,
    /// Every how many steps decisions are made again; 0: not at all.
    pub every: usize,
    /// Where the autoencoder is computed. Decisions are made again on the default one.
    pub device: ComputeDevice,
}

/// What was found.
#[derive(Debug)]
pub struct Findings {
    /// What the folder holds.
    pub evidence: Evidence,
    /// What its patches look like and which were chosen.
    pub microstructure: Microstructure,
    /// What could have been chosen; `None` where decisions cannot be made again.
    pub decisions: Option<Decisions>,
    /// What could not be said and why.
    pub missing: Vec<String>,
}

/// Examines a run folder and leaves page, numbers and autoencoder in `out`, each whole or not at all, the page last. Returns what was written.
pub fn examine(
    run: &Path,
    out: &Path,
    settings: &Settings,
    progress: Progress,
) -> Result<(Findings, Vec<PathBuf>), RunError> {
    let evidence = Evidence::read(run)?;
    let seed = settings.seed.unwrap_or(evidence.report.start.seed);
    let mut missing = evidence.missing.clone();
    let microstructure = microstructure::learn(&evidence, settings, seed, progress, &mut missing)?;
    let decisions = if settings.every == 0 {
        missing.push("decisions were not made again, as asked for with --every 0".into());
        None
    } else {
        decisions::again(&evidence, settings.every, progress, &mut missing)?
    };
    let findings = Findings { evidence, microstructure, decisions, missing };
    progress.stage("writing the page");
    let page = report::forensics::render(&findings);
    let written = files::write(&findings, out, &page, seed)?;
    Ok((findings, written))
}

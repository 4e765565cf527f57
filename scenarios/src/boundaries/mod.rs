//! Boundary detectors: trained on films of the twin, shipped with the program, scored against the truth, used on any image.
//!
//! The learner may not see the truth and `core` cannot name the twin, so what needs both lives here: [`films`] draws films and scans them
//! with the grains that the tip really passed, [`train`] makes an ensemble of them, [`score`] compares detectors on films that no training saw.
//! [`detect`] looks at one image and [`page`] shows what was found. [`explored`] is what a run on boundaries found in its own, [`picks`] where a run
//! measured on them.

pub mod detect;
pub mod explored;
pub mod films;
pub mod page;
pub mod picks;
pub mod score;
pub mod train;

use crate::run::{RunError, io_error};
use std::path::Path;
use tiptwin_core::boundaries::{BoundaryError, Ensemble};
use tiptwin_core::net::ComputeDevice;

pub use tiptwin_core::boundaries::{BURR_PX, THRESHOLD};

/// The ensemble of a file, or the one that ships with the program.
pub(crate) fn ensemble(file: Option<&Path>, device: ComputeDevice) -> Result<Ensemble, RunError> {
    let Some(path) = file else { return Ok(Ensemble::shipped(device)?) };
    let bytes = std::fs::read(path).map_err(io_error("read", path))?;
    Ensemble::from_bytes(&bytes, device).map_err(|e| RunError::Input(format!("{}: {e}", path.display())))
}

impl From<BoundaryError> for RunError {
    fn from(error: BoundaryError) -> Self {
        Self::Input(error.to_string())
    }
}

//! Boundary detectors: trained on films of the twin, shipped with the program, scored against the truth, used on any image.
//!
//! The learner may not see the truth and `core` cannot name the twin, so what needs both lives here: [`films`] draws films and scans them
//! with the grains that the tip really passed, [`train`] makes an ensemble of them, [`score`] compares detectors on films that no training saw.
//! [`detect`] looks at one image and [`page`] shows what was found.

pub mod detect;
pub mod films;
pub mod page;
pub mod picks;
pub mod score;
pub mod train;

use tiptwin_core::boundaries::BoundaryError;

/// Mean probability from which a pixel counts as within one pixel of a boundary.
pub const THRESHOLD: f64 = 0.5;
/// Free ends and loose pieces of lines that are shorter than this are not boundaries, pixels.
pub const BURR_PX: usize = 4;

impl From<BoundaryError> for crate::run::RunError {
    fn from(error: BoundaryError) -> Self {
        Self::Input(error.to_string())
    }
}

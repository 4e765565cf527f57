//! What can be wrong with an image or a file of a detector.

use super::input::SMALLEST_PX;
use crate::net::DeviceError;

/// Why boundaries cannot be looked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BoundaryError {
    /// Too few pixels.
    #[error(
        "the image has {rows} × {cols} pixels; accepted: at least {SMALLEST_PX} × {SMALLEST_PX}, several grains wide"
    )]
    Small {
        /// Rows of the image.
        rows: usize,
        /// Columns of the image.
        cols: usize,
    },
    /// A value that is no number.
    #[error(
        "the image is {value} at row {row}, column {col}; every value must be finite: fill or crop what was not scanned"
    )]
    NotFinite {
        /// Where.
        row: usize,
        /// Where.
        col: usize,
        /// What stands there.
        value: f64,
    },
    /// Nothing to see.
    #[error(
        "the image is {value} everywhere once it is levelled; accepted: an image with relief, such as a topography"
    )]
    Flat {
        /// The one value.
        value: f64,
    },
    /// Not a file of this program, or one that was damaged.
    #[error("the detector's file is unusable: {what} is {value}; accepted: {accepted}")]
    File {
        /// Which part.
        what: String,
        /// What stands there.
        value: String,
        /// What would be accepted.
        accepted: String,
    },
    /// Nothing to learn from, or no way to.
    #[error("{what} is {value}; accepted: {accepted}")]
    Recipe {
        /// Which part.
        what: &'static str,
        /// What stands there.
        value: String,
        /// What would be accepted.
        accepted: String,
    },
    /// The network cannot compute.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

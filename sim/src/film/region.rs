//! Three kinds of places, for masks and enrichment.

use serde::{Deserialize, Serialize};

/// Distance from a junction up to which a place counts as one, m.
pub(crate) const JUNCTION_DISC_M: f64 = 35e-9;
/// Distance from a boundary up to which a place counts as one, m.
pub(crate) const BOUNDARY_BAND_M: f64 = 25e-9;

/// What kind of place a location is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Inside a grain.
    Grain,
    /// Within 25 nm of a grain boundary, and not at a junction.
    Boundary,
    /// Within 35 nm of a triple junction.
    Junction,
}

impl Region {
    /// The region of a place at these distances from the nearest boundary and the nearest junction, in metres.
    pub fn from_distances(boundary_m: f64, junction_m: f64) -> Self {
        if junction_m <= JUNCTION_DISC_M {
            Self::Junction
        } else if boundary_m <= BOUNDARY_BAND_M {
            Self::Boundary
        } else {
            Self::Grain
        }
    }
}

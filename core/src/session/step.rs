//! What a session asks for, and what it says about the answer.

use crate::strategy::Choice;
use std::collections::BTreeMap;
use tiptwin_instrument::log::Reading;
use tiptwin_instrument::{Action, Pixel, Position};

/// The next thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Prepare the instrument or take the structure image.
    Prepare(Action),
    /// Touch a location.
    Measure(Planned),
    /// All planned locations were touched.
    Finished,
}

/// A location about to be touched.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Number of the measurement, from 0.
    pub number: usize,
    /// Candidate index, predicted mean and deviation.
    pub choice: Choice,
    /// Its pixel.
    pub pixel: Pixel,
    /// Its position on the sample.
    pub position: Position,
    /// What to execute.
    pub action: Action,
    /// Number of the curve at this location, from 0.
    pub part: usize,
}

/// What the session made of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The instrument is prepared, or the image is in.
    Prepared,
    /// A usable value.
    Measured {
        /// Target value in the target's unit.
        value: f64,
        /// Whether it is only a bound.
        censored: bool,
        /// All descriptors that the curves have, by name; empty for scalars.
        descriptors: BTreeMap<String, f64>,
        /// What the further targets say.
        further: Vec<Reading>,
    },
    /// One of several curves of a location is in.
    Part,
    /// The measurement cannot be used for the target that steers; its location is closed.
    Rejected {
        /// Why.
        reason: String,
        /// What the further targets say: a curve without one property may have another.
        further: Vec<Reading>,
    },
}

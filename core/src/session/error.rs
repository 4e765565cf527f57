//! Why a session cannot go on.

use crate::boundaries::BoundaryError;
use crate::candidates::CandidatesError;
use crate::model::ModelError;
use tiptwin_instrument::Pixel;

/// Why a session cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The instrument cannot give what the target needs.
    #[error("target {target} needs an instrument that can {needs}; {driver} cannot")]
    Incapable {
        /// Target name.
        target: String,
        /// The missing ability.
        needs: &'static str,
        /// Driver name.
        driver: String,
    },
    /// The instrument has no such channel.
    #[error("the instrument has no further channel \"{name}\"; accepted: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    Channel {
        /// The channel asked for.
        name: String,
        /// The channels it has.
        known: Vec<String>,
    },
    /// The image leaves no candidates.
    #[error(transparent)]
    Candidates(#[from] CandidatesError),
    /// More locations were asked for than exist.
    #[error(
        "{steps} steps were asked for, but the window leaves only {candidates} locations; accepted: 1 to {candidates}"
    )]
    Steps {
        /// Steps asked for.
        steps: usize,
        /// Candidates there are.
        candidates: usize,
    },
    /// The first location has no complete window.
    #[error("the first location (row {}, column {}) has no complete window; accepted: rows {} to {}, columns {} to {}", at.row, at.col, low.row, high.row, low.col, high.col)]
    First {
        /// The location.
        at: Pixel,
        /// Lowest accepted row and column.
        low: Pixel,
        /// Highest accepted row and column.
        high: Pixel,
    },
    /// No boundaries can be looked for.
    #[error(transparent)]
    Boundaries(#[from] BoundaryError),
    /// The detector leaves fewer locations than steps.
    #[error(
        "{steps} steps were asked for, but only {open} locations lie on boundaries that the detector finds; accepted: at most {open} steps, a lower threshold or share of votes, or a larger dilation"
    )]
    FewBoundaries {
        /// Steps asked for.
        steps: usize,
        /// Locations there are.
        open: usize,
    },
    /// The first location lies where nothing may be measured.
    #[error("the first location (row {}, column {}) lies on no boundary that the detector finds; accepted: first = \"random\", or a location on one", at.row, at.col)]
    FirstOffBoundaries {
        /// The location.
        at: Pixel,
    },
    /// Nothing is to be learnt.
    #[error("{}; accepted: at least one property, each once", twice.as_ref().map_or("a vector target has no properties".to_owned(), |name| format!("a vector target has {name} twice")))]
    Properties {
        /// A property that stands there twice.
        twice: Option<String>,
    },
    /// The model failed.
    #[error("after {measured} measurements: {source}")]
    Model {
        /// Usable measurements so far.
        measured: usize,
        /// What failed.
        source: ModelError,
    },
    /// An answer that does not belong to what was asked.
    #[error("the session expected the outcome of {expected}, and was told that of {got}")]
    Mismatch {
        /// What was asked.
        expected: &'static str,
        /// What was answered.
        got: &'static str,
    },
    /// All locations are closed before the planned number was reached.
    #[error("no open location is left after {touched} of {steps} steps")]
    Exhausted {
        /// Locations touched.
        touched: usize,
        /// Steps planned.
        steps: usize,
    },
}

//! What can go wrong while a film is made or a column is solved.

use tiptwin_instrument::waveform::WaveformError;

/// A film that cannot exist or a column that cannot be solved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A number that describes the film, the material or a location is outside what the model can mean.
    #[error("{name} of {value} is not accepted: {reason}; accepted: {accepted}")]
    Parameter {
        /// Which number, with its unit.
        name: &'static str,
        /// What it was.
        value: f64,
        /// Why the model has no meaning there.
        reason: &'static str,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// The bias programme is not one.
    #[error(transparent)]
    Waveform(#[from] WaveformError),
    /// Four grains meet in one point to within rounding, so that edges and junctions are not defined.
    #[error(
        "grain {grain} has a corner that its neighbours do not share: four grains meet in one point; another seed gives another film"
    )]
    Degenerate {
        /// The grain with the ambiguous corner.
        grain: usize,
    },
    /// The bias across the film could not be found.
    #[error(
        "no current found at a bias of {bias_v} V: {residual_v} V of it unexplained after {iterations} iterations; check the column for extreme parameters"
    )]
    NotConverged {
        /// Applied bias, volts.
        bias_v: f64,
        /// What is left of Kirchhoff's voltage law, volts.
        residual_v: f64,
        /// Steps that were taken.
        iterations: usize,
    },
}

/// Refuses a value outside an inclusive range; NaN lies in no range.
pub(crate) fn within(
    name: &'static str,
    value: f64,
    range: (f64, f64),
    reason: &'static str,
    accepted: &'static str,
) -> Result<(), SimError> {
    if value >= range.0 && value <= range.1 {
        return Ok(());
    }
    Err(SimError::Parameter { name, value, reason, accepted })
}

//! What can go wrong between this program and a converter.

use std::fmt;
use tiptwin_instrument::{ErrorKind, InstrumentError};

/// DAQmx: samples that were asked for have not been acquired yet.
pub(crate) const SAMPLES_NOT_YET_AVAILABLE: i32 = -200_284;
/// DAQmx: the task was not done within the time given.
const NOT_DONE_IN_TIME: i32 = -200_560;
/// DAQmx: an operation timed out.
const TIMED_OUT: i32 = -200_474;

/// An error of one call.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum DaqError {
    /// Nobody is there, or the library is not.
    #[error("{0}")]
    Absent(String),
    /// The connection broke.
    #[error("{call}: the connection broke: {detail}")]
    Broken {
        /// The call.
        call: &'static str,
        /// What the transport says.
        detail: String,
    },
    /// No answer.
    #[error("{call}: no answer within {after_s} s")]
    Deadline {
        /// The call.
        call: &'static str,
        /// How long was waited.
        after_s: f64,
    },
    /// DAQmx refuses.
    #[error("{call}: DAQmx status {code}: {text}")]
    Status {
        /// The call.
        call: &'static str,
        /// Its number, negative.
        code: i32,
        /// The driver's words.
        text: String,
    },
    /// Fewer samples than asked for.
    #[error("{call}: {got} samples a channel instead of {wanted}")]
    Short {
        /// The call.
        call: &'static str,
        /// Samples asked for.
        wanted: usize,
        /// Samples that came.
        got: usize,
    },
}

impl DaqError {
    /// Whether the road itself is in doubt, so that further calls on it are a waste of time.
    pub(crate) const fn of_the_road(&self) -> bool {
        matches!(self, Self::Absent(_) | Self::Broken { .. } | Self::Deadline { .. })
    }

    const fn kind(&self) -> ErrorKind {
        match self {
            Self::Deadline { .. }
            | Self::Status { code: SAMPLES_NOT_YET_AVAILABLE | NOT_DONE_IN_TIME | TIMED_OUT, .. } => ErrorKind::Timeout,
            Self::Short { .. } => ErrorKind::BadMeasurement,
            Self::Absent(_) | Self::Broken { .. } | Self::Status { .. } => ErrorKind::Fault,
        }
    }
}

impl From<DaqError> for InstrumentError {
    fn from(e: DaqError) -> Self {
        Self::with_source(e.kind(), e.to_string(), e)
    }
}

/// An output that could not be shown to be at 0 V.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StillOn {
    /// Its physical channel.
    pub(crate) channel: String,
    /// What it was last seen at, V.
    pub(crate) seen_v: Option<f64>,
    /// What it was last told, or the peak of the programme that it was on, V.
    pub(crate) told_v: f64,
    /// Why nothing better is known.
    pub(crate) why: String,
}

impl fmt::Display for StillOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channel, seen_v, told_v, why } = self;
        match seen_v {
            Some(v) => write!(f, "{channel} may still hold {v:.3} V (read back; {why})"),
            None => write!(f, "{channel} may still hold a voltage (told up to {told_v:.3} V, not read back: {why})"),
        }
    }
}

/// What an error says, without its class, to go into another one's sentence.
pub(crate) fn said(e: &InstrumentError) -> String {
    let text = e.to_string();
    text.strip_prefix(&format!("{}: ", e.kind())).unwrap_or(&text).to_owned()
}

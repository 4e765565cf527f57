//! The one error type of every driver.

use std::error::Error;
use std::fmt;

/// What went wrong, in the few classes that a caller can act upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request itself cannot be carried out by anyone: non-finite numbers, an empty grid.
    InvalidRequest,
    /// This instrument has no such ability.
    Unsupported,
    /// The request goes beyond a limit of the instrument; nothing was done.
    OutOfLimits,
    /// The measurement was made and is unusable (a non-finite value, an open contact); others may be fine.
    BadMeasurement,
    /// The instrument did not answer in time.
    Timeout,
    /// Stored data could not be read or do not fit together.
    Data,
    /// The instrument is in a fault state; it was or must be made safe.
    Fault,
    /// The way to the instrument is gone, or control of it; it makes itself safe where it stands.
    Link,
    /// Nobody knows whether it was done: whoever was doing it was cut off. It must not be repeated blindly.
    UnknownOutcome,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidRequest => "invalid request",
            Self::Unsupported => "not supported by this instrument",
            Self::OutOfLimits => "outside the instrument's limits",
            Self::BadMeasurement => "unusable measurement",
            Self::Timeout => "no answer in time",
            Self::Data => "unusable data",
            Self::Fault => "instrument fault",
            Self::Link => "link",
            Self::UnknownOutcome => "unknown outcome",
        })
    }
}

/// An error of a driver: its class, a sentence a user can act on, and the driver's own error as source.
#[derive(Debug)]
pub struct InstrumentError {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl InstrumentError {
    /// An error without an underlying cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// An error that wraps the driver's own.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(Box::new(source)) }
    }

    /// What happened, without the class.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The class of the error.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for InstrumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl Error for InstrumentError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn Error + 'static))
    }
}

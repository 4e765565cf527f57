//! What a failed command says and which exit code it leaves.

use crate::config::Problems;
use crate::live::LiveError;
use crate::run::{FolderError, RunError};
use tiptwin_drivers::link::door::DoorError;
use tiptwin_sim::SimError;

/// A failed command.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    /// The arguments do not make sense.
    #[error("{0}")]
    Usage(String),
    /// Everything was done, and the result, which was shown, is not good enough.
    #[error("not as required: {0}")]
    Gate(String),
    /// There is no live page.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// There is no connection, or none that is safe.
    #[error(transparent)]
    Link(#[from] DoorError),
    /// A run failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl CommandError {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub(super) const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Live(_) => 3,
            Self::Link(e) => match e {
                DoorError::Address { .. } | DoorError::Exposed { .. } | DoorError::Name { .. } => 2,
                DoorError::Listen { .. } | DoorError::Connect { .. } | DoorError::Ended { .. } => 6,
                _ => 3,
            },
            Self::Gate(_) => 4,
            Self::Run(e) => e.exit_code(),
        }
    }

    /// The problems with their places, if this is about a scenario text.
    pub(super) const fn problems(&self) -> Option<&Problems> {
        match self {
            Self::Run(RunError::Scenario(problems)) => Some(problems),
            _ => None,
        }
    }
}

impl From<Problems> for CommandError {
    fn from(problems: Problems) -> Self {
        Self::Run(problems.into())
    }
}

impl From<FolderError> for CommandError {
    fn from(error: FolderError) -> Self {
        Self::Run(error.into())
    }
}

impl From<SimError> for CommandError {
    fn from(error: SimError) -> Self {
        Self::Run(error.into())
    }
}

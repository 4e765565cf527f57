//! Runs: a scenario becomes a sample, a session, a journal, a summary and a report.
//!
//! [`explore`] checks the input, makes the folder and sees the run to its end; the loop it runs asks the session, performs what it
//! wants on the instrument, and writes everything down. The report is made afterwards from the folder alone.

mod assemble;
mod components;
mod contender;
mod disk;
mod dry_run;
mod examples;
mod explore;
mod extras;
mod finish;
mod folder;
pub mod frames;
mod journal;
mod microscope;
mod past;
mod play;
mod resume;
mod running;
mod sample;
mod serve;
mod stopper;
mod summary;
#[cfg(test)]
mod survival;
mod timing;
mod wal;

pub(crate) use assemble::{random_scores, report_input, target_title, title};
pub use assemble::{report_from, side_by_side};
pub use contender::Contender;
pub use dry_run::{Forecast, dry_run};
pub use explore::{explore, explore_watched};
pub(crate) use explore::{fitted, open, plan};
pub(crate) use finish::enrichment;
pub use folder::{FolderError, RunFolder, names, write_whole};
pub(crate) use folder::{io_error, read_curves, read_journal, write_with};
pub use microscope::Microscope;
pub use play::Played;
pub(crate) use play::play;
pub use resume::resume;
pub(crate) use sample::read_from_curves;
pub use sample::{Sample, film_spec};
pub use serve::serve_instrument;
pub use stopper::Stopper;
pub use summary::{Enrichment, Summary, TargetSummary, Timing};

use crate::config::Problems;
use tiptwin_core::session::SessionError;
use tiptwin_drivers::replay::RecordingError;
use tiptwin_instrument::{ErrorKind, InstrumentError};
use tiptwin_sim::SimError;

/// Why a run did not end well.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The scenario is wrong.
    #[error(transparent)]
    Scenario(#[from] Problems),
    /// Scenario and sample do not fit together.
    #[error("{0}")]
    Input(String),
    /// Recorded data cannot be used.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The session cannot start or go on.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The physics refuses its parameters.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The run folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The instrument did not answer as it should when it was opened; nothing was begun.
    #[error("the instrument cannot be opened: {source}")]
    NotOpened {
        /// What it or its driver said.
        source: InstrumentError,
    },
    /// The instrument failed and was made safe.
    #[error("{source} (the instrument was made safe; the journal keeps what was measured)")]
    Instrument {
        /// What the instrument said.
        source: InstrumentError,
    },
    /// The run ended and the instrument could not be made safe.
    #[error("{cause}; and making the instrument safe failed: {safe}. Check bias, light and tip by hand")]
    Unsafe {
        /// Why the run ended.
        cause: String,
        /// What the instrument said to being made safe.
        safe: InstrumentError,
    },
    /// A real instrument is driven by nobody by accident.
    #[error("{identity} is a real instrument; accepted: --arm {serial}")]
    NotArmed {
        /// Which instrument.
        identity: String,
        /// Its serial number.
        serial: String,
    },
    /// A run cannot be continued.
    #[error("cannot resume: {0}")]
    Refused(String),
    /// Somebody asked to stop.
    #[error(
        "stopped by signal {signal} after {measured} measurements; the instrument was made safe, the journal is whole"
    )]
    Interrupted {
        /// Which signal.
        signal: usize,
        /// Usable measurements so far.
        measured: usize,
    },
    /// Somebody asked to stop something that goes on where it stood.
    #[error("stopped by signal {signal}: {done} of {total} {what} are kept; the same command continues")]
    Stopped {
        /// Which signal.
        signal: usize,
        /// What is kept.
        what: &'static str,
        /// How many are.
        done: usize,
        /// Out of how many.
        total: usize,
    },
}

impl RunError {
    /// Why a run ended, without a word about the instrument.
    fn cause(&self) -> String {
        match self {
            Self::Instrument { source } => source.to_string(),
            Self::Interrupted { signal, measured } => {
                format!("stopped by signal {signal} after {measured} measurements")
            }
            other => other.to_string(),
        }
    }

    /// The exit code of the command line.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::NotArmed { .. } => 2,
            Self::Instrument { source } | Self::NotOpened { source } | Self::Unsafe { safe: source, .. } => {
                match source.kind() {
                    ErrorKind::Link | ErrorKind::UnknownOutcome => 6,
                    _ => 5,
                }
            }
            Self::Refused(_) => 7,
            Self::Interrupted { signal, .. } | Self::Stopped { signal, .. } => 128 + *signal as u8,
            _ => 3,
        }
    }
}

//! Runs: a scenario becomes a sample, a session, a journal, a summary and a report.
//!
//! [`explore`] checks the input, makes the folder and sees the run to its end; the loop it runs asks the session, performs what it
//! wants on the instrument, and writes everything down. The report is made afterwards from the folder alone.

mod assemble;
mod components;
mod contender;
mod examples;
mod explore;
mod extras;
mod finish;
mod folder;
pub mod frames;
mod play;
mod running;
mod sample;
mod stopper;
mod summary;
mod timing;

pub(crate) use assemble::{random_scores, target_title, title};
pub use assemble::{report_from, side_by_side};
pub use contender::Contender;
pub use explore::{dry_run, explore, explore_watched};
pub(crate) use explore::{open, plan};
pub(crate) use finish::enrichment;
pub use folder::{FolderError, RunFolder, names, write_whole};
pub(crate) use folder::{io_error, read_curves, read_journal};
pub use play::Played;
pub(crate) use play::play;
pub use sample::{Sample, film_spec};
pub use stopper::Stopper;
pub use summary::{Enrichment, Summary, TargetSummary, Timing};

use crate::config::Problems;
use tiptwin_core::session::SessionError;
use tiptwin_drivers::replay::RecordingError;
use tiptwin_instrument::InstrumentError;
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
    /// The instrument failed and was made safe.
    #[error("{source} (the instrument was made safe; the journal keeps what was measured)")]
    Instrument {
        /// What the instrument said.
        source: InstrumentError,
    },
    /// The instrument failed and could not be made safe either.
    #[error("{source}; and making it safe failed: {safe}. Check bias, light and tip by hand")]
    Unsafe {
        /// What the instrument said first.
        source: InstrumentError,
        /// What it said to being made safe.
        safe: InstrumentError,
    },
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
}

impl RunError {
    /// The exit code of the command line.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Instrument { .. } | Self::Unsafe { .. } => 5,
            Self::Interrupted { signal, .. } => 128 + *signal as u8,
            _ => 3,
        }
    }
}

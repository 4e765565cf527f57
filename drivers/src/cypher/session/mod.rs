//! Conversations with the controller as state machines: no clock, no files. `now` is an argument, and every machine ends by a deadline.
//!
//! A [`Machine`] says what it wants done ([`Effect`]) and is told what was seen ([`Seen`]). [`Ask`] sends a batch and awaits its
//! read-out; [`AwaitFile`] awaits a data file that is whole and the right one.

mod ask;
mod await_file;

#[cfg(test)]
mod tests;

pub use ask::Ask;
pub use await_file::{AwaitFile, FileWaits};

use std::path::PathBuf;
use tiptwin_instrument::{ErrorKind, InstrumentError, Seconds};

/// Shortest wait between two looks, s: without one, waiting for nothing would keep a core busy.
const SHORTEST_S: f64 = 1e-3;

/// What a machine wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Remove the answer file, write the commands, and have them carried out.
    Send {
        /// Lines of Igor text.
        commands: String,
    },
    /// Read the answer file.
    Look,
    /// List the data files.
    List,
    /// Read a data file.
    Read(PathBuf),
    /// Do nothing until then.
    Wait(Seconds),
}

/// What was seen of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// It was done.
    Done,
    /// Bytes of a file; `None` if it is not there.
    Bytes(Option<Vec<u8>>),
    /// Data files.
    Files(Vec<DataFile>),
    /// It could not be done, now.
    Refused(String),
}

/// A file in the data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Where.
    pub path: PathBuf,
    /// Its bytes.
    pub length: u64,
}

/// What follows.
#[derive(Debug)]
pub enum Step<T> {
    /// Do this and come back.
    Do(Effect),
    /// It is over.
    Over(Result<T, Failure>),
}

/// Why a conversation failed: what was awaited, for how long, and what was seen instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its class.
    pub kind: ErrorKind,
    /// A sentence.
    pub message: String,
}

impl Failure {
    /// A failure.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    fn late(awaited: &str, waited_s: f64, seen: &str, kind: ErrorKind) -> Self {
        Self::new(kind, format!("waited {waited_s:.2} s for {awaited}; seen: {seen}"))
    }
}

impl From<Failure> for InstrumentError {
    fn from(f: Failure) -> Self {
        Self::new(f.kind, f.message)
    }
}

/// A conversation.
pub trait Machine {
    /// What it comes to.
    type Output;

    /// The next step. `seen` is what came of the last effect; the first call has [`Seen::Done`].
    fn step(&mut self, now: Seconds, seen: Seen) -> Step<Self::Output>;
}

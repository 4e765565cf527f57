//! The journal as it is written: every line whole, nothing after a line that may not be.

use super::disk::Disk;
use super::folder::{FolderError, io_error, names};
use std::io;
use std::path::{Path, PathBuf};
use tiptwin_instrument::log::{self, Event};

/// The end of a journal, and the disk that everything of a run goes to.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(super) disk: Box<dyn Disk>,
    path: PathBuf,
    seq: u64,
    bytes: u64,
    /// Why nothing more may be written.
    closed: Option<&'static str>,
    /// An earlier process wrote it, and nothing is written before all that was told again.
    asleep: bool,
}

impl Journal {
    /// A journal with this many events in this many bytes, all of them whole.
    pub(super) fn new(disk: Box<dyn Disk>, run: &Path, (seq, bytes): (u64, u64)) -> Self {
        Self { disk, path: run.join(names::JOURNAL), seq, bytes, closed: None, asleep: false }
    }

    /// The same, not to be written yet.
    pub(super) fn asleep(self) -> Self {
        Self { asleep: true, ..self }
    }

    /// From now on it is written.
    pub(super) const fn wake(&mut self) {
        self.asleep = false;
    }

    /// Appends an event. It is on the disk when this returns, unless it is one that can be worked out again.
    pub(super) fn append(&mut self, event: &Event) -> Result<(), FolderError> {
        if let Some(why) = self.closed {
            return Err(io_error("write", &self.path)(io::Error::other(why)));
        }
        let failed = |source| FolderError::Journal { path: self.path.clone(), source };
        let line = log::encode(self.seq, event).map_err(failed)?;
        if let Err(error) = self.disk.append(names::JOURNAL, line.as_bytes()) {
            // A part of the line may be there, and nothing may follow it.
            if self.disk.cut(names::JOURNAL, self.bytes).is_err() {
                self.closed = Some("its end is torn after an error of the disk");
            }
            return Err(io_error("write", &self.path)(error));
        }
        let synced = if can_be_repeated(event) { Ok(()) } else { self.disk.sync(names::JOURNAL) };
        if let Err(error) = synced {
            // What the disk holds after a failed sync is not known, and asking again does not tell.
            self.closed = Some("it is not known to be on the disk after an error");
            return Err(io_error("sync", &self.path)(error));
        }
        self.seq += 1;
        self.bytes += line.len() as u64;
        // After the last word for now the files stand for themselves.
        if matches!(event, Event::Stop { .. }) {
            self.disk.settle().map_err(io_error("sync", &self.path))?;
        }
        Ok(())
    }

    /// The last word: nobody writes after it.
    pub(crate) fn close(&mut self, event: &Event) -> Result<(), FolderError> {
        let written = if self.asleep { Ok(()) } else { self.append(event) };
        self.closed = Some("the run was stopped at once");
        written
    }
}

/// Scores follow from the measurements before them.
const fn can_be_repeated(event: &Event) -> bool {
    matches!(event, Event::Scores(_) | Event::FurtherScores { .. })
}

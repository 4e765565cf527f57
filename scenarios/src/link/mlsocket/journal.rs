//! What a learner was told, on disk before the client hears that it arrived: JSON, one line each.

use crate::run::RunError;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    /// What the learner learns from and how it chooses. The first line.
    Start {
        /// Version of these lines.
        version: u32,
        /// SHA-256 of the image's values as doubles, row by row.
        image_sha256: String,
        /// Rows of the image.
        rows: usize,
        /// Columns of the image.
        cols: usize,
        /// The tables of a scenario that the learner was started with.
        scenario: String,
        /// Seed.
        seed: u64,
    },
    /// A number came for a location; `None`: it was not finite, and the location is closed.
    Told {
        /// Number of the measurement, from 0.
        number: usize,
        /// Row of the location.
        row: usize,
        /// Column of the location.
        col: usize,
        /// The number.
        value: Option<f64>,
    },
    /// The client has the location of this measurement.
    Received {
        /// Number of the measurement.
        number: usize,
    },
    /// A number came from a client that never said that it has the location: nothing was learnt from it.
    Unplaced {
        /// The number.
        value: Option<f64>,
    },
}

/// The file. Nobody else writes to it while it is open.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens or begins a journal. Returns what it holds after its start, which must be this one.
    pub(super) fn open(path: &Path, start: &Line) -> Result<(Self, Vec<Line>), RunError> {
        let failed = |what: &str, e: io::Error| RunError::Input(format!("cannot {what} {}: {e}", path.display()));
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = opened.map_err(|e| failed("open", e))?;
        file.try_lock().map_err(|e| failed("take for itself", e.into()))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|e| failed("read", e))?;
        // A line that a power cut left unfinished was not answered: the client sends it again.
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        file.set_len(whole as u64).map_err(|e| failed("shorten", e))?;
        file.seek(SeekFrom::Start(whole as u64)).map_err(|e| failed("read", e))?;
        let mut journal = Self { path: path.to_owned(), file };
        let mut lines = Vec::new();
        for (i, line) in text[..whole].lines().enumerate() {
            let line = serde_json::from_str(line).map_err(|e| {
                RunError::Refused(format!("line {} of {} is no line of a journal: {e}", i + 1, path.display()))
            })?;
            lines.push(line);
        }
        if lines.is_empty() {
            journal.write(start)?;
            return Ok((journal, lines));
        }
        let kept = lines.remove(0);
        if kept != *start {
            let shown = |line: &Line| serde_json::to_string(line).unwrap_or_default();
            let (path, kept, start) = (path.display(), shown(&kept), shown(start));
            return Err(RunError::Refused(format!(
                "{path} belongs to another start: it has {kept}, and this is {start}; accepted: the arguments it was begun with, or another file"
            )));
        }
        Ok((journal, lines))
    }

    /// Writes a line, which is on disk on return.
    pub(super) fn write(&mut self, line: &Line) -> Result<(), RunError> {
        let failed = |e: io::Error| RunError::Input(format!("cannot write to {}: {e}", self.path.display()));
        let mut text = serde_json::to_string(line).map_err(|e| failed(e.into()))?;
        text.push('\n');
        self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data()).map_err(failed)
    }
}

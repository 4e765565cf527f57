//! Reading a journal while it is being written.

use crate::run::{FolderError, names};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use tiptwin_instrument::log::{self, Event};

/// Where reading stands.
#[derive(Debug)]
pub(super) struct Tail {
    journal: PathBuf,
    offset: u64,
    known: u64,
}

/// What was added since the last time.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub(super) events: Vec<Event>,
    /// The journal is another one than before: forget what it said.
    pub(super) anew: bool,
}

impl Tail {
    pub(super) fn new(run: &Path) -> Self {
        Self { journal: run.join(names::JOURNAL), offset: 0, known: 0 }
    }

    /// Number of events read so far.
    pub(super) const fn known(&self) -> u64 {
        self.known
    }

    /// Every whole line that was added. A line is whole once its line feed is there: what stands behind it is still being written, or
    /// torn.
    ///
    /// A journal that does not continue what was read may be that of a new run in the same place: then it is read from its start.
    pub(super) fn read(&mut self) -> Result<Added, FolderError> {
        match self.read_on() {
            Err(FolderError::Journal { .. }) if self.known > 0 => {
                (self.offset, self.known) = (0, 0);
                self.read_on().map(|added| Added { anew: true, ..added })
            }
            result => result,
        }
    }

    fn read_on(&mut self) -> Result<Added, FolderError> {
        let io = |what| crate::run::io_error(what, &self.journal);
        let mut file = match File::open(&self.journal) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Added::default()),
            Err(e) => return Err(io("read")(e)),
        };
        // Journals only grow; a shorter one belongs to a new run in the same place.
        let anew = file.metadata().map_err(io("read"))?.len() < self.offset;
        if anew {
            (self.offset, self.known) = (0, 0);
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.offset)).map_err(io("read"))?;
        file.read_to_end(&mut bytes).map_err(io("read"))?;
        bytes.truncate(bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1));
        let events = log::decode_after(self.known, &String::from_utf8_lossy(&bytes))
            .map_err(|source| FolderError::Journal { path: self.journal.clone(), source })?
            .0;
        self.offset += bytes.len() as u64;
        self.known += events.len() as u64;
        Ok(Added { events, anew })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tiptwin_instrument::log::StopOutcome;

    fn line(seq: u64, message: &str) -> String {
        log::encode(seq, &Event::Stop { outcome: StopOutcome::Completed, message: message.into(), made_safe: None })
            .expect("encodes")
    }

    #[test]
    fn a_growing_journal_is_read_line_by_line_wherever_a_write_ends() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join(names::JOURNAL);
        let mut tail = Tail::new(dir.path());
        assert!(tail.read().expect("no journal yet").events.is_empty());
        let whole = line(0, "ä") + &line(1, "two") + &line(2, "three");
        let mut seen = 0;
        for end in 0..=whole.len() {
            fs::write(&path, &whole.as_bytes()[..end]).expect("writes");
            let added = tail.read().expect("reads");
            assert!(!added.anew);
            seen += added.events.len();
            let lines = [1, 2, 3].map(|n| whole.split_inclusive('\n').take(n).map(str::len).sum::<usize>());
            assert_eq!(seen, lines.iter().filter(|line| **line <= end).count(), "{end} bytes");
        }
        assert_eq!((seen, tail.known()), (3, 3));
    }

    #[test]
    fn a_new_run_in_the_same_place_starts_over_and_a_hole_is_an_error() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join(names::JOURNAL);
        let mut tail = Tail::new(dir.path());
        fs::write(&path, line(0, "one") + &line(1, "two")).expect("writes");
        assert_eq!(tail.read().expect("reads").events.len(), 2);
        fs::write(&path, line(0, "new")).expect("writes");
        let added = tail.read().expect("reads");
        assert!(added.anew && added.events.len() == 1);
        fs::write(&path, line(0, "a longer one") + &line(1, "in its place") + &line(2, "three")).expect("writes");
        let added = tail.read().expect("reads");
        assert!(added.anew && added.events.len() == 3);
        fs::write(&path, line(0, "new") + &line(2, "three")).expect("writes");
        let error = tail.read().expect_err("a hole").to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}

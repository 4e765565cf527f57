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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tiptwin_instrument::Action;
    use tiptwin_instrument::log::{Scores, StopOutcome};

    /// Writes down what it is asked for, and fails where a test says so.
    #[derive(Clone, Debug, Default)]
    struct Told {
        asked: Arc<Mutex<Vec<String>>>,
        fails: Arc<Mutex<Vec<&'static str>>>,
    }

    impl Told {
        fn ask(&self, what: &str, of: &str) -> io::Result<()> {
            self.asked.lock().expect("asked").push(format!("{what} {of}"));
            if self.fails.lock().expect("fails").contains(&what) { Err(io::Error::other("no")) } else { Ok(()) }
        }

        fn asked(&self) -> Vec<String> {
            std::mem::take(&mut self.asked.lock().expect("asked"))
        }

        fn fail(&self, what: &[&'static str]) {
            *self.fails.lock().expect("fails") = what.to_vec();
        }

        fn journal(&self) -> Journal {
            Journal::new(Box::new(self.clone()), Path::new("run"), (3, 500))
        }
    }

    impl Disk for Told {
        fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
            let seq = serde_json::from_slice::<serde_json::Value>(bytes).expect("a line")["seq"].clone();
            self.ask("append", &format!("{name} {seq}"))
        }
        fn sync(&mut self, name: &str) -> io::Result<()> {
            self.ask("sync", name)
        }
        fn settle(&mut self) -> io::Result<()> {
            self.ask("settle", "all")
        }
        fn cut(&mut self, name: &str, length: u64) -> io::Result<()> {
            self.ask("cut", &format!("{name} {length}"))
        }
        fn replace(&mut self, name: &str, _: &[u8]) -> io::Result<()> {
            self.ask("replace", name)
        }
    }

    fn intent() -> Event {
        Event::Intent { action: Action::Approach }
    }

    fn scores() -> Scores {
        Scores { n: 1, r2: 0.0, nrmse: 1.0, spearman: 0.0, nlpd: 1.0, coverage_1sigma: 0.7, coverage_2sigma: 0.9 }
    }

    fn stop() -> Event {
        Event::Stop { outcome: StopOutcome::Completed, message: String::new(), made_safe: None }
    }

    #[test]
    fn every_line_is_waited_for_but_those_that_can_be_worked_out_again() {
        let disk = Told::default();
        let mut journal = disk.journal();
        journal.append(&intent()).expect("an intent");
        assert_eq!(disk.asked(), ["append journal.jsonl 3", "sync journal.jsonl"]);
        journal.append(&Event::Scores(scores())).expect("scores");
        journal.append(&Event::FurtherScores { target: "t".into(), scores: scores() }).expect("scores");
        assert_eq!(disk.asked(), ["append journal.jsonl 4", "append journal.jsonl 5"]);
        journal.append(&stop()).expect("the last word for now");
        assert_eq!(disk.asked(), ["append journal.jsonl 6", "sync journal.jsonl", "settle all"]);
        disk.fail(&["settle"]);
        journal.append(&stop()).expect_err("the files do not stand for themselves");
    }

    #[test]
    fn a_torn_line_is_cut_off_and_nothing_follows_one_that_cannot_be() {
        let disk = Told::default();
        let mut journal = disk.journal();
        let whole = 500 + log::encode(3, &intent()).expect("a line").len();
        journal.append(&intent()).expect("whole");
        disk.asked();
        disk.fail(&["append"]);
        journal.append(&intent()).expect_err("refused");
        assert_eq!(disk.asked(), ["append journal.jsonl 4".to_owned(), format!("cut journal.jsonl {whole}")]);
        disk.fail(&[]);
        journal.append(&intent()).expect("the end is whole");
        assert_eq!(disk.asked()[0], "append journal.jsonl 4", "the number was not used");
        disk.fail(&["append", "cut"]);
        journal.append(&intent()).expect_err("refused");
        disk.fail(&[]);
        disk.asked();
        let error = journal.append(&intent()).expect_err("its end is torn").to_string();
        assert!(error.contains("torn") && error.contains("journal.jsonl"), "{error}");
        assert!(disk.asked().is_empty());
    }

    #[test]
    fn nothing_follows_a_line_that_may_not_be_on_the_disk() {
        let disk = Told::default();
        let mut journal = disk.journal();
        disk.fail(&["sync"]);
        let error = journal.append(&intent()).expect_err("a failed sync").to_string();
        assert!(error.contains("cannot sync"), "{error}");
        disk.fail(&[]);
        disk.asked();
        let error = journal.append(&intent()).expect_err("what is there is not known").to_string();
        assert!(error.contains("not known to be on the disk") && disk.asked().is_empty(), "{error}");
    }

    #[test]
    fn the_last_word_is_the_last_and_a_past_that_sleeps_is_left_alone() {
        let disk = Told::default();
        let mut journal = disk.journal();
        journal.close(&stop()).expect("closes");
        assert_eq!(disk.asked()[0], "append journal.jsonl 3");
        let error = journal.append(&intent()).expect_err("closed").to_string();
        assert!(error.contains("stopped at once") && disk.asked().is_empty(), "{error}");

        disk.journal().asleep().close(&stop()).expect("nothing to write");
        assert!(disk.asked().is_empty());
        let mut awake = disk.journal().asleep();
        awake.wake();
        awake.close(&stop()).expect("closes");
        assert_eq!(disk.asked()[0], "append journal.jsonl 3");
    }
}

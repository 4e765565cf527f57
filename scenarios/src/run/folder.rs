//! The run folder: everything a run leaves behind, written so that nothing half-done looks complete.
//!
//! | file | what | when |
//! |---|---|---|
//! | `scenario.toml` | the scenario as used | at the start |
//! | `journal.jsonl` | one event a line ([`tiptwin_instrument::log`]) | as it happens, synced around every touch |
//! | `invocation.json` | how it was started: folder of the scenario, overrides, device | at the start |
//! | `run.lock` | locked while a process writes | empty |
//! | `run.wal` | what was appended last ([`super::wal`]) | while the run goes on; gone after an orderly end |
//! | `structure.npy` | the structure image, SI, (H, W) | after the scan |
//! | `image-CHANNEL.npy` | further images, SI, (H, W) | after their scans |
//! | `curves.f64` | little-endian f64 rows: the bias, then one row of currents per curve; all curves of a location one after the other | as it happens |
//! | `live.frame` | the newest maps of a run that is watched ([`super::frames`]) | now and then, replaced |
//! | `live.frames` | maps of earlier moments of such a run, one after the other | now and then |
//! | `maps.npz` | `mean`, `sigma`, `truth`, `regions`, `offset`; `mean_NAME`, `sigma_NAME`, `truth_NAME` of each further target | at the end |
//! | `boundaries-explored.npz` | `probability`, `spread`, `line`, `open` (H, W), `members`: what the detector of a run on boundaries found | at the end |
//! | `components.npz` | principal components of the curves and scores on them, where they are learnt | at the end |
//! | `extras.json` | random baseline, example curves, enrichment | at the end |
//! | `summary.json` | the numbers | last but one |
//! | `report.html` | the page | last |
//!
//! Files written at the end appear under their name only when they are whole.

use super::disk::{Disk, RealDisk, replace, sync_folder};
use super::journal::Journal;
use super::past::Past;
use super::wal;
use ndarray::Array2;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tiptwin_instrument::log::{self, Event, LogError, Start};

/// Names of the files in a run folder.
pub mod names {
    /// Scenario text.
    pub const SCENARIO: &str = "scenario.toml";
    /// How the run was started.
    pub const INVOCATION: &str = "invocation.json";
    /// Locked while a process writes.
    pub const LOCK: &str = "run.lock";
    /// Events.
    pub const JOURNAL: &str = "journal.jsonl";
    /// Structure image.
    pub const STRUCTURE: &str = "structure.npy";
    /// A further image, by its channel.
    pub fn further(channel: &str) -> String {
        format!("image-{}.npy", plain(channel))
    }
    /// A name as part of a file name.
    pub fn plain(name: &str) -> String {
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect()
    }
    /// Curves.
    pub const CURVES: &str = "curves.f64";
    /// Newest maps of a watched run.
    pub const FRAME: &str = "live.frame";
    /// Kept maps of a watched run.
    pub const FRAMES: &str = "live.frames";
    /// What the detector of a run on grain boundaries found.
    pub const BOUNDARIES: &str = "boundaries-explored.npz";
    /// Maps.
    pub const MAPS: &str = "maps.npz";
    /// Components of the curves.
    pub const COMPONENTS: &str = "components.npz";
    /// What is known beyond the journal.
    pub const EXTRAS: &str = "extras.json";
    /// Numbers.
    pub const SUMMARY: &str = "summary.json";
    /// Page.
    pub const REPORT: &str = "report.html";
}

/// Why a run folder cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system refused.
    #[error("cannot {what} {}: {source}; accepted: a folder that can be written, with space left", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else lives there.
    #[error("{} is not empty and holds no tiptwin run; accepted: a new or empty folder, or that of an earlier run (which is then kept beside it)", .0.display())]
    Occupied(PathBuf),
    /// Another process writes there.
    #[error("{} is being written by another process; accepted: waiting for it, or another folder", .0.display())]
    Locked(PathBuf),
    /// Repeating the run gives something else than what it left.
    #[error("{}: {what}; accepted: the build, scenario and sample that the run was started with", path.display())]
    Diverged {
        /// The run.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// Not a run folder.
    #[error("{} is not a run folder: it has no {}", path.display(), names::JOURNAL)]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// The journal is damaged.
    #[error("{}: {source}", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What is wrong.
        source: LogError,
    },
    /// A file of the folder is damaged or of another version.
    #[error("{} cannot be read: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

pub(crate) fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io { what, path, source }
}

/// A run folder being written.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    journal: Arc<Mutex<Journal>>,
    curve_rows: usize,
    /// What an earlier process wrote, as far as it was not yet told again.
    past: Past,
    /// What is to be done, once the past is over, before anything new is written.
    mending: Option<Mending>,
    /// Held for as long as this process may write.
    _lock: File,
}

/// Where a journal ends, and how it goes on.
#[derive(Debug)]
struct Mending {
    journal_bytes: u64,
    /// The last line is whole but for its line feed.
    line_feed: bool,
    curve_bytes: u64,
    resumed: Event,
}

/// What was found in the folder of a run that is to be continued.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) start: Start,
    /// Locations with an outcome.
    pub(super) touched: usize,
    /// The decision whose outcome nobody knows.
    pub(super) unknown: Option<usize>,
    /// The scan whose outcome nobody knows.
    pub(super) unknown_scan: Option<&'static str>,
    pub(super) torn: bool,
}

impl RunFolder {
    /// Makes the folder and its journal. An earlier run in the same place is moved aside, never overwritten.
    ///
    /// Returns the folder and where the earlier run went.
    pub fn create(path: &Path, scenario: &str) -> Result<(Self, Option<PathBuf>), FolderError> {
        Self::create_on(path, scenario, &|folder| Box::new(RealDisk::new(folder)))
    }

    pub(super) fn create_on(
        path: &Path,
        scenario: &str,
        disk: &dyn Fn(&Path) -> Box<dyn Disk>,
    ) -> Result<(Self, Option<PathBuf>), FolderError> {
        let moved = make_room(path)?;
        fs::create_dir_all(path).map_err(io_error("create", path))?;
        if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            sync_folder(parent).map_err(io_error("sync", parent))?;
        }
        let lock = lock(path)?;
        let mut disk = disk(path);
        // The journal comes first: a folder with a journal is that of a run, however soon it ends.
        let journal = path.join(names::JOURNAL);
        disk.append(names::JOURNAL, b"").map_err(io_error("create", &journal))?;
        let file = path.join(names::SCENARIO);
        disk.replace(names::SCENARIO, scenario.as_bytes()).map_err(io_error("write", &file))?;
        let journal = Arc::new(Mutex::new(Journal::new(disk, path, (0, 0))));
        let (past, mending) = (Past::default(), None);
        Ok((Self { path: path.to_owned(), journal, curve_rows: 0, past, mending, _lock: lock }, moved))
    }

    /// Opens the folder of a run that was cut off or stopped. What a crash of the machine took is put back; apart from that, nothing in it is changed
    /// until everything it holds was told again.
    pub(super) fn reopen(
        path: &Path,
        repeats_unknown: bool,
        disk: &dyn Fn(&Path) -> Box<dyn Disk>,
    ) -> Result<(Self, Found), FolderError> {
        let journal_path = path.join(names::JOURNAL);
        if !journal_path.is_file() {
            return Err(FolderError::NotARun { path: path.to_owned() });
        }
        let lock = lock(path)?;
        wal::recover(path).map_err(io_error("mend", path))?;
        let bytes = fs::read(&journal_path).map_err(io_error("read", &journal_path))?;
        // A tear may go through a character.
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(e) => std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default(),
        };
        let (events, torn) =
            log::decode(text).map_err(|source| FolderError::Journal { path: journal_path.clone(), source })?;
        if text.len() < bytes.len() && bytes[text.len()..].contains(&b'\n') {
            let reason = format!("byte {} is not text", text.len());
            return Err(FolderError::Damaged { path: journal_path, reason });
        }
        let whole: u64 = text.split_inclusive('\n').take(events.len()).map(|line| line.len() as u64).sum();
        let line_feed = whole > 0 && text.as_bytes()[whole as usize - 1] != b'\n';
        let found = Found::read(&events, torn || text.len() < bytes.len(), path)?;
        let curve_path = path.join(names::CURVES);
        let curves = match fs::read(&curve_path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(io_error("read", &curve_path)(e)),
        };
        let seq = events.len() as u64;
        let resumed =
            Event::Resumed { version: env!("CARGO_PKG_VERSION").into(), unknown: found.unknown, repeats_unknown };
        let mending = Mending { journal_bytes: whole, line_feed, curve_bytes: curves.len() as u64, resumed };
        let journal = Journal::new(disk(path), path, (seq, whole + u64::from(line_feed))).asleep();
        let folder = Self {
            path: path.to_owned(),
            journal: Arc::new(Mutex::new(journal)),
            curve_rows: 0,
            past: Past::new(path, events, curves),
            mending: Some(mending),
            _lock: lock,
        };
        Ok((folder, found))
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal, for somebody who must write its last line from another thread.
    pub(super) fn journal(&self) -> Arc<Mutex<Journal>> {
        self.journal.clone()
    }

    /// What is still to be told again.
    pub(super) const fn past(&mut self) -> &mut Past {
        &mut self.past
    }

    fn with_journal<T>(&self, act: impl FnOnce(&mut Journal) -> T) -> T {
        act(&mut self.journal.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Cuts off what a crash left behind the last whole line and the last curve that it tells of, and says that the run goes on.
    pub(super) fn go_on(&mut self) -> Result<(), FolderError> {
        let Some(Mending { journal_bytes, line_feed, curve_bytes, resumed }) = self.mending.take() else {
            return Ok(());
        };
        let (journal, curves) = (self.path.join(names::JOURNAL), self.path.join(names::CURVES));
        let known = self.past.curve_bytes();
        self.with_journal(|j| {
            j.disk.cut(names::JOURNAL, journal_bytes).map_err(io_error("write", &journal))?;
            if line_feed {
                j.disk.append(names::JOURNAL, b"\n").map_err(io_error("write", &journal))?;
            }
            if curve_bytes > known {
                j.disk.cut(names::CURVES, known).map_err(io_error("write", &curves))?;
            }
            j.wake();
            j.append(&resumed)
        })
    }

    /// Appends an event; one around a touch is on the disk when this returns. While there is a past, the event is compared with it.
    pub fn append(&mut self, event: &Event) -> Result<(), FolderError> {
        if !self.past.is_over() {
            return self.past.tell(event);
        }
        self.go_on()?;
        self.with_journal(|j| j.append(event))
    }

    /// Appends the currents of one curve and returns its row number. The first call writes the bias as a row before it.
    pub fn append_curve(&mut self, bias_v: &[f64], current_a: &[f64]) -> Result<usize, FolderError> {
        let mut bytes = if self.curve_rows == 0 { to_bytes(bias_v) } else { Vec::new() };
        bytes.extend(to_bytes(current_a));
        if self.past.is_over() {
            self.go_on()?;
            let path = self.path.join(names::CURVES);
            self.with_journal(|j| j.disk.append(names::CURVES, &bytes).and_then(|()| j.disk.sync(names::CURVES)))
                .map_err(io_error("write", &path))?;
        } else {
            self.past.tell_curve(&bytes)?;
        }
        self.curve_rows += 1;
        Ok(self.curve_rows - 1)
    }

    /// Bias and currents of some curves of the past, by their rows.
    pub(super) fn recall_curves(
        &mut self,
        first: usize,
        count: usize,
        samples: usize,
    ) -> Result<(Vec<f64>, Vec<Vec<f64>>), FolderError> {
        self.curve_rows = self.curve_rows.max(first + count);
        self.past.recall_curves(first, count, samples)
    }

    /// Stores an image under a name of [`names`].
    pub fn write_image(&mut self, name: &str, image: &Array2<f64>) -> Result<(), FolderError> {
        use ndarray_npy::WriteNpyExt;
        let path = self.path.join(name);
        let mut bytes = Vec::new();
        image.write_npy(&mut bytes).map_err(|e| io_error("write", &path)(io::Error::other(e)))?;
        if !self.past.is_over() && !matches!(self.past.next(), Some(Event::Scan { .. })) {
            return Err(self.past.diverged(format!("{name} is not what was scanned next")));
        }
        if self.past.is_over() {
            self.go_on()?;
            return self.with_journal(|j| j.disk.replace(name, &bytes)).map_err(io_error("write", &path));
        }
        let recorded = fs::read(&path).map_err(io_error("read", &path))?;
        if recorded == bytes { Ok(()) } else { Err(self.past.diverged(format!("{name} differs"))) }
    }

    /// An image of the past.
    pub(super) fn recall_image(&self, name: &str) -> Result<Array2<f64>, FolderError> {
        use ndarray_npy::ReadNpyExt;
        let path = self.path.join(name);
        let file = File::open(&path).map_err(io_error("read", &path))?;
        Array2::read_npy(file).map_err(|e| FolderError::Damaged { path, reason: e.to_string() })
    }

    /// Stores a text under a name of [`names`], whole or not at all.
    pub fn write_text(&self, name: &str, text: &str) -> Result<(), FolderError> {
        let path = self.path.join(name);
        self.with_journal(|j| j.disk.replace(name, text.as_bytes())).map_err(io_error("write", &path))
    }
}

impl Found {
    fn read(events: &[Event], torn: bool, run: &Path) -> Result<Self, FolderError> {
        let Some(Event::Start(start)) = events.first() else {
            let reason = "it has no start: nothing was done yet, and there is nothing to continue".to_owned();
            return Err(FolderError::Damaged { path: run.join(names::JOURNAL), reason });
        };
        let (mut touched, mut unknown, mut unknown_scan) = (0, None, None);
        for event in events {
            match event {
                Event::Intent { action } => unknown_scan = Some(action.name()),
                Event::Scan { .. } => unknown_scan = None,
                Event::Decision(d) => unknown = Some(d.index),
                Event::Measurement(_) | Event::Rejected { .. } => (touched, unknown) = (touched + 1, None),
                _ => {}
            }
        }
        Ok(Self { start: start.as_ref().clone(), touched, unknown, unknown_scan, torn })
    }
}

/// The lock of a run folder: one process writes, whoever else wants to is told.
fn lock(path: &Path) -> Result<File, FolderError> {
    let file = path.join(names::LOCK);
    let lock = OpenOptions::new().create(true).append(true).open(&file).map_err(io_error("lock", &file))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(FolderError::Locked(path.to_owned())),
        Err(fs::TryLockError::Error(e)) => Err(io_error("lock", &file)(e)),
    }
}

fn to_bytes(row: &[f64]) -> Vec<u8> {
    row.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Moves an earlier run out of the way; refuses any other content.
fn make_room(path: &Path) -> Result<Option<PathBuf>, FolderError> {
    let occupied = match fs::read_dir(path) {
        // A lock alone is what a process leaves that ended before it wrote anything.
        Ok(mut entries) => entries.any(|e| e.is_ok_and(|e| e.file_name() != names::LOCK)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => false,
        Err(e) => return Err(io_error("use", path)(e)),
    };
    if !occupied {
        return Ok(None);
    }
    if !path.join(names::JOURNAL).is_file() {
        return Err(FolderError::Occupied(path.to_owned()));
    }
    // Whoever still writes there goes on with its own run.
    if path.join(names::LOCK).is_file() {
        drop(lock(path)?);
    }
    let shown = path.display().to_string();
    let numbered = |k: u32| PathBuf::from(format!("{}.previous-{k}", shown.trim_end_matches('/')));
    let aside = (1..u32::MAX).map(numbered).find(|p| !p.exists()).unwrap_or_default();
    fs::rename(path, &aside).map_err(io_error("move aside", path))?;
    Ok(Some(aside))
}

/// Writes a file so that it appears under its name only when it is whole and on the disk.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    write_with(path, |file| file.write_all(bytes))
}

pub(crate) fn write_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), FolderError> {
    replace(path, write).map_err(io_error("write", path))
}

/// All events of a run folder and whether the last line was torn.
pub(crate) fn read_journal(run: &Path) -> Result<(Vec<Event>, bool), FolderError> {
    let path = run.join(names::JOURNAL);
    if !path.is_file() {
        return Err(FolderError::NotARun { path: run.to_owned() });
    }
    let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
    log::decode(&text).map_err(|source| FolderError::Journal { path, source })
}

/// The bias and the currents of every curve of a run.
pub(crate) type Curves = (Vec<f64>, Vec<Vec<f64>>);

/// The curves of a run folder; `None` if it has none. A torn last row is left out.
pub(crate) fn read_curves(run: &Path, samples: usize) -> Result<Option<Curves>, FolderError> {
    let path = run.join(names::CURVES);
    if !path.is_file() || samples == 0 {
        return Ok(None);
    }
    let bytes = fs::read(&path).map_err(io_error("read", &path))?;
    let mut rows = bytes.chunks_exact(8 * samples).map(|row| {
        row.chunks_exact(8).map(|x| f64::from_le_bytes(x.try_into().unwrap_or_default())).collect::<Vec<f64>>()
    });
    Ok(rows.next().map(|bias_v| (bias_v, rows.collect())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::log::StopOutcome;

    fn stop() -> Event {
        Event::Stop { outcome: StopOutcome::Completed, message: String::new(), made_safe: None }
    }

    #[test]
    fn an_earlier_run_is_kept_and_other_content_refused() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join("run");
        let (mut first, moved) = RunFolder::create(&path, "a = 1").expect("creates");
        assert_eq!(moved, None);
        first.append(&stop()).expect("appends");
        assert!(matches!(RunFolder::create(&path, "a = 2"), Err(FolderError::Locked(_))), "somebody writes there");
        drop(first);
        let (_, moved) = RunFolder::create(&path, "a = 2").expect("creates again");
        let moved = moved.expect("moved aside");
        assert_eq!(read_journal(&moved).expect("still a run").0.len(), 1);
        assert_eq!(read_journal(&path).expect("new run").0.len(), 0);

        let other = dir.path().join("other");
        fs::create_dir(&other).expect("dir");
        fs::write(other.join("thesis.doc"), "precious").expect("file");
        assert!(matches!(RunFolder::create(&other, ""), Err(FolderError::Occupied(_))));
        assert!(matches!(read_journal(&other), Err(FolderError::NotARun { .. })));
    }

    #[test]
    fn curves_survive_a_torn_last_row() {
        let dir = tempfile::tempdir().expect("temp");
        let (mut run, _) = RunFolder::create(dir.path(), "").expect("creates");
        assert_eq!(run.append_curve(&[0.0, 1.0, 2.0], &[1e-9, 2e-9, 3e-9]).expect("row"), 0);
        assert_eq!(run.append_curve(&[0.0, 1.0, 2.0], &[4e-9, 5e-9, 6e-9]).expect("row"), 1);
        let path = dir.path().join(names::CURVES);
        let bytes = fs::read(&path).expect("bytes");
        fs::write(&path, &bytes[..bytes.len() - 5]).expect("torn");
        let (bias, rows) = read_curves(dir.path(), 3).expect("reads").expect("some");
        assert_eq!((bias, rows), (vec![0.0, 1.0, 2.0], vec![vec![1e-9, 2e-9, 3e-9]]));
    }
}

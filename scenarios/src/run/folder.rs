//! The run folder: everything a run leaves behind, written so that nothing half-done looks complete.
//!
//! | file | what | when |
//! |---|---|---|
//! | `scenario.toml` | the scenario as used | at the start |
//! | `journal.jsonl` | one event a line ([`tiptwin_instrument::log`]) | as it happens, synced around every touch |
//! | `structure.npy` | the structure image, SI, (H, W) | after the scan |
//! | `image-CHANNEL.npy` | further images, SI, (H, W) | after their scans |
//! | `curves.f64` | little-endian f64 rows: the bias, then one row of currents per curve; all curves of a location one after the other | as it happens |
//! | `live.frame` | the newest maps of a run that is watched ([`super::frames`]) | now and then, replaced |
//! | `live.frames` | maps of earlier moments of such a run, one after the other | now and then |
//! | `maps.npz` | `mean`, `sigma`, `truth`, `regions`, `offset`; `mean_NAME`, `sigma_NAME`, `truth_NAME` of each further target | at the end |
//! | `components.npz` | principal components of the curves and scores on them, where they are learnt | at the end |
//! | `extras.json` | random baseline, example curves, enrichment | at the end |
//! | `summary.json` | the numbers | last but one |
//! | `report.html` | the page | last |
//!
//! Files written at the end appear under their name only when they are whole.

use ndarray::Array2;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tiptwin_instrument::log::{self, Event, LogError};

/// Names of the files in a run folder.
pub mod names {
    /// Scenario text.
    pub const SCENARIO: &str = "scenario.toml";
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
    journal: File,
    seq: u64,
    curves: Option<File>,
    curve_rows: usize,
}

impl RunFolder {
    /// Makes the folder and its journal. An earlier run in the same place is moved aside, never overwritten.
    ///
    /// Returns the folder and where the earlier run went.
    pub fn create(path: &Path, scenario: &str) -> Result<(Self, Option<PathBuf>), FolderError> {
        let moved = make_room(path)?;
        fs::create_dir_all(path).map_err(io_error("create", path))?;
        write_whole(&path.join(names::SCENARIO), scenario.as_bytes())?;
        let journal_path = path.join(names::JOURNAL);
        let journal = OpenOptions::new()
            .create_new(true)
            .append(true)
            .open(&journal_path)
            .map_err(io_error("create", &journal_path))?;
        Ok((Self { path: path.to_owned(), journal, seq: 0, curves: None, curve_rows: 0 }, moved))
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends an event and waits until it is on the disk.
    pub fn append(&mut self, event: &Event) -> Result<(), FolderError> {
        let path = self.path.join(names::JOURNAL);
        let line =
            log::encode(self.seq, event).map_err(|source| FolderError::Journal { path: path.clone(), source })?;
        self.journal.write_all(line.as_bytes()).map_err(io_error("write", &path))?;
        self.journal.sync_data().map_err(io_error("write", &path))?;
        self.seq += 1;
        Ok(())
    }

    /// Appends the currents of one curve and returns its row number. The first call writes the bias as a row before it.
    pub fn append_curve(&mut self, bias_v: &[f64], current_a: &[f64]) -> Result<usize, FolderError> {
        let path = self.path.join(names::CURVES);
        if self.curves.is_none() {
            let mut file = File::create_new(&path).map_err(io_error("create", &path))?;
            file.write_all(&to_bytes(bias_v)).map_err(io_error("write", &path))?;
            self.curves = Some(file);
        }
        if let Some(file) = &mut self.curves {
            file.write_all(&to_bytes(current_a)).map_err(io_error("write", &path))?;
            file.sync_data().map_err(io_error("write", &path))?;
        }
        self.curve_rows += 1;
        Ok(self.curve_rows - 1)
    }

    /// Stores an image under a name of [`names`].
    pub fn write_image(&self, name: &str, image: &Array2<f64>) -> Result<(), FolderError> {
        write_with(&self.path.join(name), |file| {
            use ndarray_npy::WriteNpyExt;
            image.write_npy(file).map_err(io::Error::other)
        })
    }

    /// Stores a text under a name of [`names`], whole or not at all.
    pub fn write_text(&self, name: &str, text: &str) -> Result<(), FolderError> {
        write_whole(&self.path.join(name), text.as_bytes())
    }
}

fn to_bytes(row: &[f64]) -> Vec<u8> {
    row.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Moves an earlier run out of the way; refuses any other content.
fn make_room(path: &Path) -> Result<Option<PathBuf>, FolderError> {
    let occupied = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => false,
        Err(e) => return Err(io_error("use", path)(e)),
    };
    if !occupied {
        return Ok(None);
    }
    if !path.join(names::JOURNAL).is_file() {
        return Err(FolderError::Occupied(path.to_owned()));
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
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(io_error("write into", folder))?;
    write(temporary.as_file_mut()).map_err(io_error("write", path))?;
    // A temporary file is private; what a run leaves behind is as readable as any file its user makes.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(io_error("write", path))?;
    }
    temporary.as_file().sync_all().map_err(io_error("write", path))?;
    temporary.persist(path).map_err(|e| io_error("write", path)(e.error))?;
    Ok(())
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
        Event::Stop { outcome: StopOutcome::Completed, message: String::new() }
    }

    #[test]
    fn an_earlier_run_is_kept_and_other_content_refused() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join("run");
        let (mut first, moved) = RunFolder::create(&path, "a = 1").expect("creates");
        assert_eq!(moved, None);
        first.append(&stop()).expect("appends");
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

//! What a run folder asks of the disk: a few operations, so that each of them can be made to fail.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The operations. Names are those of files in one folder.
pub(crate) trait Disk: fmt::Debug + Send {
    /// Adds bytes to the end of a file, which is made if it is not there.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Waits until what was appended to a file is on the disk.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Cuts a file to a length, and waits until that is on the disk.
    fn cut(&mut self, name: &str, length: u64) -> io::Result<()>;

    /// Writes a file so that it appears under its name only when it is whole and on the disk.
    fn replace(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
}

/// A real folder.
#[derive(Debug)]
pub(crate) struct RealDisk {
    folder: PathBuf,
    open: BTreeMap<String, File>,
}

impl RealDisk {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), open: BTreeMap::new() }
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        if !self.open.contains_key(name) {
            let path = self.folder.join(name);
            let is_new = !path.exists();
            let file = OpenOptions::new().create(true).append(true).open(&path)?;
            if is_new {
                sync_folder(&self.folder)?;
            }
            self.open.insert(name.to_owned(), file);
        }
        self.open.get_mut(name).ok_or_else(|| io::Error::other("the file was not opened"))
    }
}

impl Disk for RealDisk {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.file(name)?.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.sync_data()
    }

    fn cut(&mut self, name: &str, length: u64) -> io::Result<()> {
        let file = self.file(name)?;
        file.set_len(length)?;
        file.sync_data()
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        replace(&self.folder.join(name), |file| file.write_all(bytes))
    }
}

/// Writes a file so that it appears under its name only when it is whole and on the disk, and the name is, too.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    write(temporary.as_file_mut())?;
    // A temporary file is private; what a run leaves behind is as readable as any file its user makes.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|e| e.error)?;
    sync_folder(folder)
}

/// Waits until the names in a folder are on the disk. Elsewhere than on Unix a folder cannot be asked.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = fs::metadata(folder)?;
    Ok(())
}

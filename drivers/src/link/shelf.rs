//! Where the bytes of a journal lie: a file that one server has.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where the bytes of a journal lie.
pub(super) trait Shelf: Send {
    fn len(&self) -> u64;
    fn read(&mut self, at: u64, bytes: usize) -> io::Result<Vec<u8>>;
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    fn sync(&mut self) -> io::Result<()>;
    fn cut(&mut self, len: u64) -> io::Result<()>;
    /// Puts these bytes and, after them, parts of what there is in the place of all there is. Whatever happens meanwhile, afterwards there are the
    /// old bytes or the new ones, and after a good end the new ones.
    fn replace(&mut self, head: &[u8], kept: &[Range<u64>]) -> io::Result<()>;
}

/// A file that one process has.
pub(super) struct FileShelf {
    file: File,
    path: PathBuf,
    len: u64,
    /// What was replaced stays locked: somebody who opened it under its name a moment before must not take it for the journal.
    replaced: Vec<File>,
}

impl FileShelf {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(named)?;
        lock(&file, path)?;
        let len = file.metadata().map_err(named)?.len();
        Ok(Self { file, path: path.to_owned(), len, replaced: Vec::new() })
    }

    fn named(&self, e: &io::Error) -> io::Error {
        io::Error::new(e.kind(), format!("{}: {e}", self.path.display()))
    }

    /// The new file, whole and on the disk, under a name of its own.
    fn beside(&mut self, path: &Path, head: &[u8], kept: &[Range<u64>]) -> io::Result<File> {
        // Left by somebody who was cut off while it was being made.
        match fs::remove_file(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut new = OpenOptions::new().read(true).append(true).create_new(true).open(path)?;
        lock(&new, path)?;
        new.write_all(head)?;
        for range in kept {
            self.file.seek(SeekFrom::Start(range.start))?;
            let bytes = range.end - range.start;
            if io::copy(&mut (&self.file).take(bytes), &mut new)? != bytes {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        new.sync_all()?;
        Ok(new)
    }
}

fn lock(file: &File, path: &Path) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let why = format!("{}: another server writes it; accepted: one server a journal", path.display());
            Err(io::Error::new(io::ErrorKind::WouldBlock, why))
        }
        Err(TryLockError::Error(e)) => Err(io::Error::new(e.kind(), format!("{}: {e}", path.display()))),
    }
}

impl Shelf for FileShelf {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&mut self, at: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; bytes];
        let read = self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(&mut buffer));
        read.map_err(|e| self.named(&e))?;
        Ok(buffer)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).map_err(|e| self.named(&e))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data().map_err(|e| self.named(&e))
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let cut = self.file.set_len(len).and_then(|()| self.file.sync_all());
        cut.map_err(|e| self.named(&e))?;
        self.len = len;
        Ok(())
    }

    fn replace(&mut self, head: &[u8], kept: &[Range<u64>]) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new_path = PathBuf::from(name);
        let new = self.beside(&new_path, head, kept).map_err(|e| self.named(&e))?;
        fs::rename(&new_path, &self.path).map_err(|e| self.named(&e))?;
        let folder = self.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        // The new name has to be on the disk before anything is written under it. Elsewhere the system has no such call.
        if cfg!(unix) {
            File::open(folder).and_then(|f| f.sync_all()).map_err(|e| self.named(&e))?;
        }
        self.len = new.metadata().map_err(|e| self.named(&e))?.len();
        self.replaced.push(std::mem::replace(&mut self.file, new));
        Ok(())
    }
}

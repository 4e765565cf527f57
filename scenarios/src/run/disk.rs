//! What a run folder asks of the disk: a few operations, so that each of them can be made to fail.

use super::wal::{self, Wal};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The operations. Names are those of files in one folder.
pub(crate) trait Disk: fmt::Debug + Send {
    /// Adds bytes to the end of a file, which is made if it is not there.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Waits until what was appended to a file can no longer be lost.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Nothing is appended any more: waits until every file is on the disk in itself.
    fn settle(&mut self) -> io::Result<()>;

    /// Cuts a file to a length, and waits until that is on the disk.
    fn cut(&mut self, name: &str, length: u64) -> io::Result<()>;

    /// Writes a file so that it appears under its name only when it is whole and on the disk.
    fn replace(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
}

/// A real folder. What is appended is made safe by a [write-ahead log](wal), and by each file itself where there is no room for one.
#[derive(Debug)]
pub(crate) struct RealDisk {
    folder: PathBuf,
    open: BTreeMap<String, Open>,
    log: Log,
}

#[derive(Debug)]
struct Open {
    file: File,
    length: u64,
    /// As much of it as is on the disk in itself.
    synced: u64,
}

#[derive(Debug)]
enum Log {
    /// Nothing had to be made safe so far.
    NotYet,
    Written(Wal),
    /// Every file is synced itself.
    Without,
}

impl RealDisk {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), open: BTreeMap::new(), log: Log::NotYet }
    }

    fn file(&mut self, name: &str) -> io::Result<&mut Open> {
        if !self.open.contains_key(name) {
            let path = self.folder.join(name);
            let is_new = !path.exists();
            let file = OpenOptions::new().create(true).append(true).open(&path)?;
            if is_new {
                sync_folder(&self.folder)?;
            }
            let length = file.metadata()?.len();
            self.open.insert(name.to_owned(), Open { file, length, synced: if is_new { 0 } else { length } });
        }
        self.open.get_mut(name).ok_or_else(|| io::Error::other("the file was not opened"))
    }

    /// Waits until every file is on the disk in itself, and empties the log.
    fn checkpoint(&mut self) -> io::Result<()> {
        for open in self.open.values_mut().filter(|o| o.synced < o.length) {
            open.file.sync_data()?;
            open.synced = open.length;
        }
        if let Log::Written(log) = &mut self.log
            && log.restart().is_err()
        {
            self.without_log()?;
        }
        Ok(())
    }

    fn without_log(&mut self) -> io::Result<()> {
        self.log = Log::Without;
        match fs::remove_file(self.folder.join(wal::NAME)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// What was appended goes to the log, too.
    fn note(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let Log::Written(log) = &mut self.log else { return Ok(()) };
        if matches!(log.put(name, offset, bytes), Ok(true)) {
            return Ok(());
        }
        // It is full, or too small for this, or fails: then the files are synced, this one with them.
        self.checkpoint()
    }

    /// Lengths of the files as they are certainly on the disk in themselves.
    #[cfg(test)]
    pub(super) fn synced(&self) -> impl Iterator<Item = (&String, u64)> {
        self.open.iter().map(|(name, open)| (name, open.synced))
    }
}

impl Disk for RealDisk {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let open = self.file(name)?;
        let offset = open.length;
        open.file.write_all(bytes)?;
        open.length += bytes.len() as u64;
        self.note(name, offset, bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        match &mut self.log {
            Log::Written(log) => log.sync(),
            Log::NotYet => {
                self.checkpoint()?;
                self.log = Wal::create(&self.folder).map_or(Log::Without, Log::Written);
                sync_folder(&self.folder)
            }
            Log::Without => {
                let open = self.file(name)?;
                open.file.sync_data()?;
                open.synced = open.length;
                Ok(())
            }
        }
    }

    fn settle(&mut self) -> io::Result<()> {
        self.checkpoint()?;
        self.without_log()
    }

    fn cut(&mut self, name: &str, length: u64) -> io::Result<()> {
        // What the log knows of the end that is cut off must not be put back.
        self.checkpoint()?;
        let open = self.file(name)?;
        open.file.set_len(length)?;
        open.file.sync_data()?;
        (open.length, open.synced) = (length, length);
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["a", "b"];

    fn read(folder: &Path) -> [Vec<u8>; 2] {
        NAMES.map(|name| fs::read(folder.join(name)).unwrap_or_default())
    }

    /// Takes from the files what only the log has, as a crash of the machine may.
    fn lose_power(disk: &RealDisk) -> usize {
        let mut lost = 0;
        for (name, synced) in disk.synced() {
            let path = disk.folder.join(name);
            lost += fs::metadata(&path).expect("file").len() as usize - synced as usize;
            OpenOptions::new().write(true).open(&path).and_then(|f| f.set_len(synced)).expect("lost");
        }
        lost
    }

    #[test]
    fn what_was_synced_is_there_after_a_crash_of_the_machine() {
        let dir = tempfile::tempdir().expect("temp");
        let mut disk = RealDisk::new(dir.path());
        // More than the log holds, several times.
        let row = [7u8; 900];
        for k in 0..40 {
            disk.append(NAMES[k % 2], &row[..500 + 10 * k]).expect("appends");
            disk.sync(NAMES[k % 2]).expect("syncs");
        }
        let whole = read(dir.path());
        assert_eq!(whole[0].len() + whole[1].len(), (0..40).map(|k| 500 + 10 * k).sum::<usize>());
        let lost = lose_power(&disk);
        assert!(lost > 0 && read(dir.path()) != whole, "{lost} bytes");
        wal::recover(dir.path()).expect("recovers");
        assert_eq!(read(dir.path()), whole);
        assert!(!dir.path().join(wal::NAME).exists());
    }

    #[test]
    fn what_is_too_large_for_the_log_and_what_was_there_before_are_safe_too() {
        let dir = tempfile::tempdir().expect("temp");
        fs::write(dir.path().join("a"), b"before").expect("file");
        let mut disk = RealDisk::new(dir.path());
        disk.append("a", b" and").expect("appends");
        disk.sync("a").expect("syncs");
        disk.append("b", &vec![1; 1 << 20]).expect("appends");
        disk.append("a", b" after").expect("appends");
        disk.sync("a").expect("syncs");
        lose_power(&disk);
        wal::recover(dir.path()).expect("recovers");
        assert_eq!(read(dir.path()), [b"before and after".to_vec(), vec![1; 1 << 20]]);
    }

    #[test]
    fn what_was_cut_off_does_not_come_back() {
        let dir = tempfile::tempdir().expect("temp");
        let mut disk = RealDisk::new(dir.path());
        for part in ["one ", "two ", "three"] {
            disk.append("a", part.as_bytes()).expect("appends");
            disk.sync("a").expect("syncs");
        }
        disk.cut("a", 8).expect("cuts");
        disk.append("a", b"four").expect("appends");
        disk.sync("a").expect("syncs");
        lose_power(&disk);
        wal::recover(dir.path()).expect("recovers");
        assert_eq!(read(dir.path())[0], b"one two four");
    }

    #[test]
    fn after_an_orderly_end_the_files_stand_for_themselves() {
        let dir = tempfile::tempdir().expect("temp");
        let mut disk = RealDisk::new(dir.path());
        for part in ["one ", "two"] {
            disk.append("a", part.as_bytes()).expect("appends");
            disk.sync("a").expect("syncs");
        }
        assert!(dir.path().join(wal::NAME).exists());
        disk.settle().expect("settles");
        assert!(!dir.path().join(wal::NAME).exists());
        disk.append("a", b" three").expect("appends");
        disk.sync("a").expect("syncs itself");
        assert_eq!(lose_power(&disk), 0);
        assert_eq!(read(dir.path())[0], b"one two three");
    }

    #[test]
    fn without_room_for_a_log_every_file_is_synced_itself() {
        let dir = tempfile::tempdir().expect("temp");
        fs::create_dir(dir.path().join(wal::NAME)).expect("in its way");
        let mut disk = RealDisk::new(dir.path());
        for part in ["one ", "two"] {
            disk.append("a", part.as_bytes()).expect("appends");
            disk.sync("a").expect("syncs");
        }
        assert_eq!(lose_power(&disk), 0);
        assert_eq!(read(dir.path())[0], b"one two");
    }
}

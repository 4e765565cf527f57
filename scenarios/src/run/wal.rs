//! A write-ahead log: what a run appends is safe after one short sync.
//!
//! A file that grows makes the file system write its own books at every sync, which costs milliseconds on most disks; bytes that go to a place which
//! is there already cost one write. So what is appended goes to its own file, which is synced now and then, and to the next place of `run.wal`,
//! which is synced at once. After a crash of the machine [`recover`] puts what the files lost back at its place; after one of the process alone
//! they lack nothing, and putting it back changes nothing.
//!
//! A record is, in little-endian order, CRC-32 of all that follows in it (u32), pass (u64), offset in its file (u64), number of bytes (u32),
//! length of the name (u8), name, bytes. Records follow each other from the start of the log. When it is full, all files are synced and the next
//! pass begins at the start again; the first record that is not whole, or is of another pass, ends the log.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Its name in the folder.
pub(super) const NAME: &str = "run.wal";
/// About a hundred curves, and so few in tests that passes end in all of them. Zeros are written at the start of a run so that the places exist.
const SIZE: usize = if cfg!(test) { 1 << 13 } else { 1 << 18 };
const HEAD: usize = 4 + 8 + 8 + 4 + 1;

/// A log that is written.
#[derive(Debug)]
pub(super) struct Wal {
    file: File,
    pass: u64,
    at: usize,
}

/// Bytes that belong at an offset of a file.
#[derive(Debug, PartialEq)]
struct Record<'a> {
    pass: u64,
    name: &'a str,
    offset: u64,
    bytes: &'a [u8],
}

impl Wal {
    /// A new log in a folder, on the disk when this returns.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let path = folder.join(NAME);
        let made = OpenOptions::new().write(true).create(true).truncate(true).open(&path).and_then(|mut file| {
            file.write_all(&vec![0; SIZE])?;
            file.sync_all()?;
            Ok(file)
        });
        match made {
            Ok(file) => Ok(Self { file, pass: 1, at: 0 }),
            Err(error) => {
                drop(fs::remove_file(&path));
                Err(error)
            }
        }
    }

    /// Writes bytes that were appended to a file at an offset; `false` if there is no room before the next [`Wal::restart`].
    pub(super) fn put(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<bool> {
        let record = encode(&Record { pass: self.pass, name, offset, bytes });
        if self.at + record.len() > SIZE {
            return Ok(false);
        }
        self.file.seek(SeekFrom::Start(self.at as u64))?;
        self.file.write_all(&record)?;
        self.at += record.len();
        Ok(true)
    }

    /// Waits until all that was put is on the disk.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Begins the next pass, on the disk when this returns: nothing that was put before is put back any more.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        self.pass += 1;
        self.at = 0;
        self.put("", 0, &[])?;
        self.sync()
    }
}

fn encode(record: &Record<'_>) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend(record.pass.to_le_bytes());
    out.extend(record.offset.to_le_bytes());
    out.extend((record.bytes.len() as u32).to_le_bytes());
    out.push(record.name.len() as u8);
    out.extend(record.name.as_bytes());
    out.extend(record.bytes);
    let crc = crc32fast::hash(&out[4..]);
    out[..4].copy_from_slice(&crc.to_le_bytes());
    out
}

/// The record at the start of some bytes, and what follows it.
fn decode(log: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (crc, rest) = log.split_first_chunk()?;
    let (pass, rest) = rest.split_first_chunk()?;
    let (offset, rest) = rest.split_first_chunk()?;
    let (count, rest) = rest.split_first_chunk()?;
    let (name, rest) = rest.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*name))?;
    let (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*count) as usize)?;
    if crc32fast::hash(&log[4..HEAD + name.len() + bytes.len()]) != u32::from_le_bytes(*crc) {
        return None;
    }
    let (pass, offset) = (u64::from_le_bytes(*pass), u64::from_le_bytes(*offset));
    Some((Record { pass, name: std::str::from_utf8(name).ok()?, offset, bytes }, rest))
}

/// Puts back what files of a folder lost, waits until it is on the disk, and ends the log. Without a log there is nothing to put back.
pub(super) fn recover(folder: &Path) -> io::Result<()> {
    let mut log = Vec::new();
    match File::open(folder.join(NAME)) {
        Ok(file) => file.take(SIZE as u64).read_to_end(&mut log)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    let mut rest = &log[..];
    let mut pass = None;
    let mut mended: Vec<(&str, File)> = Vec::new();
    while let Some((record, after)) = decode(rest) {
        if *pass.get_or_insert(record.pass) != record.pass {
            break;
        }
        rest = after;
        if record.bytes.is_empty() || record.name.contains(['/', '\\']) {
            continue;
        }
        let path = folder.join(record.name);
        if !mended.iter().any(|(name, _)| *name == record.name) {
            mended.push((record.name, OpenOptions::new().write(true).create(true).truncate(false).open(&path)?));
        }
        let Some((_, file)) = mended.iter_mut().find(|(name, _)| *name == record.name) else { continue };
        // Bytes before a record were synced before its pass began. If they are gone, this is not the file that the log is of.
        if file.metadata()?.len() < record.offset {
            break;
        }
        file.seek(SeekFrom::Start(record.offset))?;
        file.write_all(record.bytes)?;
    }
    mended.iter().try_for_each(|(_, file)| file.sync_all())?;
    fs::remove_file(folder.join(NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("temp")
    }

    fn file(folder: &tempfile::TempDir, name: &str) -> Vec<u8> {
        fs::read(folder.path().join(name)).unwrap_or_default()
    }

    #[test]
    fn what_files_lost_is_put_back_from_every_length_they_may_have() {
        let dir = folder();
        let mut wal = Wal::create(dir.path()).expect("log");
        let (journal, curves) = (b"one\ntwo\nthree\n", [7u8; 40]);
        assert!(wal.put("journal", 0, &journal[..4]).expect("put"));
        assert!(wal.put("curves", 0, &curves).expect("put"));
        assert!(wal.put("journal", 4, &journal[4..]).expect("put"));
        wal.sync().expect("sync");
        let log = file(&dir, NAME);
        let recover = |folder: &Path| {
            fs::write(folder.join(NAME), &log)?;
            super::recover(folder)
        };
        for length in 0..=journal.len() {
            fs::write(dir.path().join("journal"), &journal[..length]).expect("cut");
            fs::write(dir.path().join("curves"), &curves[..length]).expect("cut");
            recover(dir.path()).expect("recovers");
            assert_eq!((file(&dir, "journal"), file(&dir, "curves")), (journal.to_vec(), curves.to_vec()), "{length}");
        }
        // Places that the file system gave and never filled.
        fs::write(dir.path().join("journal"), [0; 14]).expect("zeros");
        recover(dir.path()).expect("recovers");
        assert_eq!(file(&dir, "journal"), journal);
    }

    #[test]
    fn a_log_torn_at_any_byte_puts_back_whole_records_alone() {
        let dir = folder();
        let mut wal = Wal::create(dir.path()).expect("log");
        let text: Vec<u8> = (b'a'..=b'z').collect();
        for (k, part) in text.chunks(5).enumerate() {
            assert!(wal.put("text", 5 * k as u64, part).expect("put"));
        }
        let (log, end) = (file(&dir, NAME), wal.at);
        for (torn, filling) in (0..=end).flat_map(|k| [(k, 0u8), (k, 0xff)]) {
            let mut damaged = log.clone();
            damaged[torn..].fill(filling);
            fs::write(dir.path().join(NAME), &damaged).expect("torn");
            drop(fs::remove_file(dir.path().join("text")));
            recover(dir.path()).expect("recovers");
            let got = file(&dir, "text");
            assert!(text.starts_with(&got) && (got.len().is_multiple_of(5) || got == text), "{torn}: {got:?}");
            assert!(torn < end || got == text, "whole");
        }
    }

    #[test]
    fn a_new_pass_forgets_the_last() {
        let dir = folder();
        let mut wal = Wal::create(dir.path()).expect("log");
        assert!(wal.put("text", 0, b"first").expect("put"));
        assert!(wal.put("text", 5, b"second").expect("put"));
        wal.restart().expect("restarts");
        assert!(wal.put("text", 0, b"third").expect("put"));
        recover(dir.path()).expect("recovers");
        assert_eq!(file(&dir, "text"), b"third", "what was synced is not put back over what was cut since");
        assert!(!dir.path().join(NAME).exists(), "it is put back once");
    }

    #[test]
    fn a_full_log_says_so_and_a_foreign_one_harms_nothing() {
        let dir = folder();
        let mut wal = Wal::create(dir.path()).expect("log");
        assert!(!wal.put("text", 0, &vec![1; SIZE]).expect("asks"));
        let mut puts = 0;
        while wal.put("text", puts * 1000, &[1; 1000]).expect("put") {
            puts += 1;
        }
        assert_eq!(puts as usize, SIZE / (HEAD + 4 + 1000));
        // The file is not the one that the log is of: it ends before the log's first record.
        let mut wal = Wal::create(dir.path()).expect("log");
        assert!(wal.put("text", 100, b"late").expect("put"));
        assert!(wal.put("../outside", 0, b"never").expect("put"));
        fs::write(dir.path().join("text"), b"short").expect("file");
        recover(dir.path()).expect("recovers");
        assert_eq!(file(&dir, "text"), b"short");
        assert!(!dir.path().join("../outside").exists());
        fs::write(dir.path().join(NAME), b"no log").expect("file");
        recover(dir.path()).expect("nothing to put back");
        recover(dir.path()).expect("nothing to put back from");
        fs::create_dir(dir.path().join(NAME)).expect("folder");
        assert!(recover(dir.path()).is_err(), "what cannot be read is not taken for none");
    }
}

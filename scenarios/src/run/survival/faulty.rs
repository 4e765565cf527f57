//! A disk on which one operation goes wrong.

use crate::run::disk::{Disk, RealDisk};
use crate::run::{folder::names, wal};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// What goes wrong, at the operation of a number and (but for a sync) at all later ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// The process is gone after half of the operation.
    KilledWithin,
    /// The process is gone after the operation.
    KilledAfter,
    /// Half of it fits.
    Full,
    /// The file system has become read-only.
    ReadOnly,
    /// The disk says that it could not write, once.
    SyncFails,
}

#[derive(Debug, Default)]
pub(super) struct Operations {
    pub(super) done: usize,
    pub(super) fault: Option<(usize, Fault)>,
    /// Whether the fault has come to pass.
    pub(super) struck: bool,
    pub(super) on_the_disk: OnTheDisk,
}

/// What a crash of the machine leaves: of everything else it is as if it had never been written.
#[derive(Clone, Debug, Default)]
pub(super) struct OnTheDisk {
    pub(super) lengths: BTreeMap<String, u64>,
    pub(super) log: Option<Vec<u8>>,
    /// As much of the journal as the run was told is safe.
    pub(super) promised: Vec<u8>,
}

/// A real folder in which one operation goes wrong.
#[derive(Debug)]
pub(super) struct FaultyDisk {
    pub(super) folder: PathBuf,
    pub(super) real: RealDisk,
    pub(super) operations: Arc<Mutex<Operations>>,
}

pub(super) fn error(fault: Fault) -> io::Error {
    io::Error::from(match fault {
        Fault::Full => io::ErrorKind::StorageFull,
        Fault::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
        _ => io::ErrorKind::Other,
    })
}

impl FaultyDisk {
    /// What is to happen to the next operation: nothing, or a fault that strikes now (`true`) or struck before.
    fn next(&self, is_sync: bool) -> Option<(Fault, bool)> {
        let mut operations = self.operations.lock().expect("operations");
        let number = operations.done;
        operations.done += 1;
        let (at, fault) = operations.fault?;
        if fault == Fault::SyncFails {
            let now = !operations.struck && number >= at && is_sync;
            operations.struck |= now;
            return now.then_some((fault, true));
        }
        operations.struck |= number >= at;
        (number >= at).then_some((fault, number == at))
    }

    /// Notes what has reached the disk by now. The log is what it was at its last sync.
    fn note(&self, synced: bool) {
        let lengths: BTreeMap<String, u64> = self.real.synced().map(|(name, length)| (name.clone(), length)).collect();
        let mut operations = self.operations.lock().expect("operations");
        let safe = &mut operations.on_the_disk;
        if synced || safe.lengths != lengths {
            safe.log = fs::read(self.folder.join(wal::NAME)).ok();
        }
        if synced {
            safe.promised = fs::read(self.folder.join(names::JOURNAL)).unwrap_or_default();
        }
        safe.lengths = lengths;
    }
}

impl Disk for FaultyDisk {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self.next(false) {
            None => self.real.append(name, bytes)?,
            Some((fault, now)) => {
                match (fault, now) {
                    (Fault::KilledWithin | Fault::Full, true) => self.real.append(name, &bytes[..bytes.len() / 2])?,
                    (Fault::KilledAfter, true) => self.real.append(name, bytes)?,
                    _ => {}
                }
                self.note(false);
                return Err(error(fault));
            }
        }
        self.note(false);
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.certainly(true, |disk| disk.sync(name))
    }

    fn settle(&mut self) -> io::Result<()> {
        self.certainly(true, RealDisk::settle)
    }

    fn cut(&mut self, name: &str, length: u64) -> io::Result<()> {
        // A full disk can be cut.
        if matches!(self.operations.lock().expect("operations").fault, Some((_, Fault::Full))) {
            return self.real.cut(name, length);
        }
        self.certainly(false, |disk| disk.cut(name, length))
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.certainly(false, |disk| disk.replace(name, bytes))
    }
}

impl FaultyDisk {
    /// An operation that is done when it returns, and is done wholly or not at all. What was written and not waited for is there: that a crash of
    /// the machine may take it is what [`OnTheDisk`] is for.
    fn certainly(&mut self, is_sync: bool, act: impl FnOnce(&mut RealDisk) -> io::Result<()>) -> io::Result<()> {
        match self.next(is_sync) {
            None => {
                act(&mut self.real)?;
                self.note(true);
                Ok(())
            }
            Some((fault, now)) => {
                if (fault, now) == (Fault::KilledAfter, true) {
                    act(&mut self.real)?;
                    self.note(true);
                }
                Err(error(fault))
            }
        }
    }
}

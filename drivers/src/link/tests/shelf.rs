//! A disk that loses what was not synced when the power goes.

use crate::link::shelf::Shelf;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug, Default)]
struct Bytes {
    all: Vec<u8>,
    synced: usize,
}

/// A disk that outlives its servers.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<Bytes>>);

impl Disk {
    fn with<T>(&self, f: impl FnOnce(&mut Bytes) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The power goes: of what was not synced this share stays.
    pub(super) fn cut_power(&self, share: f64) {
        self.with(|b| {
            let loose = b.all.len() - b.synced;
            b.all.truncate(b.synced + (share * loose as f64) as usize);
            b.synced = b.all.len();
        });
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.with(|b| b.all.clone())
    }

    pub(super) fn put(&self, bytes: Vec<u8>) {
        self.with(|b| *b = Bytes { synced: bytes.len(), all: bytes });
    }
}

impl Shelf for Disk {
    fn len(&self) -> u64 {
        self.with(|b| b.all.len() as u64)
    }

    fn read(&mut self, at: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let at = at as usize;
        self.with(|b| b.all.get(at..at + bytes).map(<[u8]>::to_vec)).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.with(|b| b.all.extend(bytes));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.with(|b| b.synced = b.all.len());
        Ok(())
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.with(|b| {
            b.all.truncate(len as usize);
            b.synced = b.all.len();
        });
        Ok(())
    }

    fn replace(&mut self, head: &[u8], kept: &[Range<u64>]) -> io::Result<()> {
        self.with(|b| {
            let parts = kept.iter().flat_map(|r| &b.all[r.start as usize..r.end as usize]);
            b.all = head.iter().chain(parts).copied().collect();
            b.synced = b.all.len();
        });
        Ok(())
    }
}

//! One at a time in a campaign folder, where two would only do the same work twice.

use crate::run::{RunError, io_error};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held until it is dropped; the system gives it back when the process dies, however it does.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock is the open file")] File);

impl Lock {
    /// Takes the lock of that name in a folder, or says that somebody else is at it. A file system that knows no locks lets everybody in:
    /// what is written stays right without them.
    pub fn take(folder: &Path, what: &str) -> Result<Self, RunError> {
        let path = folder.join(format!("{what}.lock"));
        let file = File::create(&path).map_err(io_error("create", &path))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(RunError::Input(format!(
                "another \"campaign {what}\" is at work in {}; accepted: to wait until it is done",
                folder.display()
            ))),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self(file)),
        }
    }
}

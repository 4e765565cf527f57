//! Being asked to stop, by a signal.

use super::RunError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Number of the signal that asked to stop; 0 while nobody did.
#[derive(Clone, Debug, Default)]
pub struct Stopper(Arc<AtomicUsize>);

impl Stopper {
    /// The place where a signal handler leaves its number.
    pub const fn flag(&self) -> &Arc<AtomicUsize> {
        &self.0
    }

    /// An error once somebody asked to stop.
    pub(crate) fn check(&self, measured: usize) -> Result<(), RunError> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            signal => Err(RunError::Interrupted { signal, measured }),
        }
    }
}

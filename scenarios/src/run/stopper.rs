//! Being asked to stop, by a signal: once in order, twice at once.

use super::RunError;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

type AtOnce = Box<dyn FnOnce(usize) + Send>;

/// Number of the signal that asked to stop; 0 while nobody did. And what is to be done if somebody asks again.
#[derive(Clone, Default)]
pub struct Stopper {
    flag: Arc<AtomicUsize>,
    at_once: Arc<Mutex<Option<AtOnce>>>,
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stopper").field(&self.flag).finish()
    }
}

impl Stopper {
    /// The place where a signal handler leaves its number.
    pub const fn flag(&self) -> &Arc<AtomicUsize> {
        &self.flag
    }

    /// Takes a signal. The first asks to finish the point and stop; `true` says that it was a further one, that everything was done that must not
    /// wait for the point, and that the process is to end.
    pub fn signal(&self, signal: usize) -> bool {
        if self.flag.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            return false;
        }
        let act = self.at_once.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(act) = act {
            act(signal);
        }
        true
    }

    /// What a second signal does before the process ends: `None` once the run is over.
    pub(super) fn at_once(&self, act: Option<AtOnce>) {
        *self.at_once.lock().unwrap_or_else(PoisonError::into_inner) = act;
    }

    /// An error once somebody asked to stop.
    pub(crate) fn check(&self, measured: usize) -> Result<(), RunError> {
        match self.flag.load(Ordering::Relaxed) {
            0 => Ok(()),
            signal => Err(RunError::Interrupted { signal, measured }),
        }
    }
}

//! One real microscope: opened once, however many parts of a run speak of it.

use super::RunError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tiptwin_drivers::cypher::{self, Settings};
use tiptwin_drivers::link::{ClientId, Remote, RemoteSettings};
use tiptwin_instrument::{Action, Description, Instrument, InstrumentError, Observation};

/// A handle of an open microscope.
#[derive(Clone)]
pub struct Microscope {
    instrument: Arc<Mutex<Box<dyn Instrument>>>,
    description: Description,
}

impl std::fmt::Debug for Microscope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Microscope").field("description", &self.description).finish_non_exhaustive()
    }
}

impl Microscope {
    /// Opens a Cypher: asks who it is. Nothing moves.
    pub fn cypher(settings: &Settings) -> Result<Self, RunError> {
        Ok(Self::over(cypher::open(settings).map_err(|source| RunError::NotOpened { source })?))
    }

    /// Takes control of a served instrument. Nothing moves.
    pub fn remote(settings: &RemoteSettings) -> Result<Self, RunError> {
        let remote = Remote::connect(settings, ClientId::new_for_this_process());
        Ok(Self::over(Box::new(remote.map_err(|source| RunError::NotOpened { source })?)))
    }

    fn over(instrument: Box<dyn Instrument>) -> Self {
        let description = instrument.describe();
        Self { instrument: Arc::new(Mutex::new(instrument)), description }
    }

    /// A panic elsewhere must not keep anybody from making the microscope safe.
    fn lock(&self) -> MutexGuard<'_, Box<dyn Instrument>> {
        self.instrument.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Instrument for Microscope {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        self.lock().execute(action)
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.lock().make_safe()
    }
}

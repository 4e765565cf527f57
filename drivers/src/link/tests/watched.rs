//! A twin that counts how often each place was touched, and knows whether it is safe.

use crate::{Limited, SafetyLimits, Twin};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tiptwin_instrument::{
    Action, Description, Instrument, InstrumentError, MasterSeed, Observation, Position, Seconds, Volts, Waveform,
};
use tiptwin_sim::FilmSpec;

/// The twin of all tests here; making its film takes longer than they do.
pub(super) fn twin() -> Twin {
    static TWIN: OnceLock<Twin> = OnceLock::new();
    let make = || Twin::new(&FilmSpec::default(), MasterSeed(3), MasterSeed(4)).expect("the default film");
    TWIN.get_or_init(make).clone()
}

/// The sweep number k, each at a place of its own.
pub(super) fn sweep(k: u64) -> Action {
    let at = Position::new(0.1e-6 + 0.05e-6 * k as f64, 1e-6);
    let waveform = Waveform::Triangle { peak: Volts(1.0), samples: 11, duration: Seconds(1.0) };
    Action::SweepIv { at, waveform, repeat: 0 }
}

#[derive(Debug)]
pub(super) struct Seen {
    twin: Twin,
    pub(super) touches: HashMap<u64, usize>,
    pub(super) safe: bool,
    /// How long a sweep takes.
    pub(super) takes: Duration,
}

/// One microscope that outlives its servers.
#[derive(Clone, Debug)]
pub(super) struct Watched(Arc<Mutex<Seen>>);

impl Watched {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Seen { twin: twin(), touches: HashMap::new(), safe: false, takes: Duration::ZERO })))
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Touches of the place of [`sweep`] number k.
    pub(super) fn touches(&self, k: u64) -> usize {
        self.seen().touches.get(&key(&sweep(k))).copied().unwrap_or(0)
    }

    pub(super) fn limited(&self) -> Limited<Box<dyn Instrument>> {
        let boxed: Box<dyn Instrument> = Box::new(self.clone());
        Limited::new(boxed, SafetyLimits::default(), crate::limits::Probes::default()).expect("simulated")
    }
}

fn key(action: &Action) -> u64 {
    match action {
        Action::SweepIv { at, .. } => at.x.0.to_bits(),
        _ => 0,
    }
}

impl Instrument for Watched {
    fn describe(&self) -> Description {
        self.seen().twin.describe()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        let mut seen = self.seen();
        seen.safe = false;
        if matches!(action, Action::SweepIv { .. }) {
            *seen.touches.entry(key(action)).or_default() += 1;
            std::thread::sleep(seen.takes);
        }
        seen.twin.execute(action)
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        let mut seen = self.seen();
        seen.safe = true;
        seen.twin.make_safe()
    }
}

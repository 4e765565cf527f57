//! A twin that says it is real.

use crate::run::stopper::Stopper;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tiptwin_instrument::{Action, Description, ErrorKind, Instrument, InstrumentError, Observation, Seconds, Suns};

/// How the rig stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) down: bool,
    pub(super) lamp: Suns,
    pub(super) actions: usize,
    pub(super) made_safe: usize,
}

/// The twin as a microscope that says it is real.
pub(super) struct Rig {
    pub(super) twin: Box<dyn Instrument>,
    pub(super) touches: PathBuf,
    pub(super) state: Arc<Mutex<State>>,
    /// Done before the action of this number.
    pub(super) at: Option<(usize, Incident)>,
}

#[derive(Clone, Debug)]
pub(super) enum Incident {
    /// A signal comes.
    Signal(Stopper, usize),
    /// The clock jumps by this many seconds.
    Jump(f64),
    /// The instrument fails.
    Fails,
    /// The instrument fails and cannot be made safe.
    Lost,
    /// The driver panics.
    Panics,
}

impl Rig {
    fn touch(&self, what: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.touches).expect("touches");
        writeln!(file, "{what}").expect("touch");
    }
}

impl Instrument for Rig {
    fn describe(&self) -> Description {
        let mut d = self.twin.describe();
        d.capabilities.simulated = false;
        d.serial = Some("RIG-7".into());
        d
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        let number = {
            let mut state = self.state.lock().expect("state");
            state.actions += 1;
            state.down = !matches!(action, Action::Withdraw);
            if let Action::SetLight { intensity } = action {
                state.lamp = *intensity;
            }
            state.actions - 1
        };
        match action {
            Action::SweepIv { at, .. } => self.touch(&format!("{} {}", at.x.0, at.y.0)),
            Action::ScanTopography { .. } => self.touch("scan"),
            _ => {}
        }
        let mut observation = self.twin.execute(action)?;
        match &self.at {
            Some((k, incident)) if *k <= number => match incident {
                Incident::Signal(stop, signal) if *k == number => assert!(!stop.signal(*signal), "the first"),
                Incident::Signal(..) => {}
                Incident::Jump(by) => observation.instrument_time = Seconds(observation.instrument_time.0 + by),
                Incident::Fails | Incident::Lost => {
                    return Err(InstrumentError::new(ErrorKind::Fault, "the controller says no"));
                }
                Incident::Panics => panic!("a defect of the driver"),
            },
            _ => {}
        }
        Ok(observation)
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        if matches!(self.at, Some((_, Incident::Lost))) {
            return Err(InstrumentError::new(ErrorKind::Fault, "no answer"));
        }
        let mut state = self.state.lock().expect("state");
        (state.down, state.lamp, state.made_safe) = (false, Suns::ZERO, state.made_safe + 1);
        self.twin.make_safe()
    }
}

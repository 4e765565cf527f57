//! The images before the first measurement, taken once for all strategies of a sample: they are the same for each.

use crate::config::Explore;
use crate::run::{Contender, RunError};
use std::collections::VecDeque;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::{Plan, Session, Step};
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Action, Description, ErrorKind, Instrument, InstrumentError, Observation};

/// A twin that has taken its images, and what it answered.
#[derive(Clone, Debug)]
pub(super) struct Rehearsal {
    said: Vec<Observation>,
    twin: Twin,
}

impl Rehearsal {
    /// Does what a plan asks before its first measurement, on a fresh twin.
    pub(super) fn new(plan: Plan, mut twin: Twin, device: ComputeDevice) -> Result<Self, RunError> {
        // Whoever would choose locations: no location is chosen here.
        let nobody = Explore { strategy: "random".into(), acquisition: "random".into(), ..Explore::default() };
        let strategy = Contender::named(&nobody, plan.seed.0, device)?.strategy;
        let mut session = Session::new(plan, strategy, &twin.describe())?;
        let mut said = Vec::new();
        while let Step::Prepare(action) = session.next()? {
            let observation = twin.execute(&action).map_err(|source| RunError::Instrument { source })?;
            drop(session.tell(&observation)?);
            said.push(observation);
        }
        Ok(Self { said, twin })
    }

    /// An instrument that answers as a fresh twin would.
    pub(super) fn instrument(&self) -> Box<dyn Instrument> {
        Box::new(Rehearsed { said: self.said.clone().into(), then: self.twin.clone() })
    }
}

/// Says what was said, then goes on from there.
struct Rehearsed {
    said: VecDeque<Observation>,
    then: Twin,
}

impl Instrument for Rehearsed {
    fn describe(&self) -> Description {
        self.then.describe()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        match self.said.pop_front() {
            None => self.then.execute(action),
            Some(known) if known.action == *action => Ok(known),
            Some(known) => {
                let message = format!("strategies prepare differently: {action:?} instead of {:?}", known.action);
                Err(InstrumentError::new(ErrorKind::Fault, message))
            }
        }
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.said.clear();
        self.then.make_safe()
    }
}

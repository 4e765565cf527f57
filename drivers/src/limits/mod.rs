//! Limits between whoever decides and whatever measures.
//!
//! [`Limited`] is the only way in which a run holds an instrument, the twin included. It looks at every action before it reaches the instrument and at
//! every outcome after it, keeps count of what was done to each spot, and lets nothing but [`Instrument::make_safe`] past. The numbers are
//! [`SafetyLimits`], one [`Rule`] each. What a check can know beforehand it refuses beforehand, with nothing done; what only the outcome shows
//! (a current, a clock, the charge that flowed) makes the instrument safe and ends everything but making safe again.
//!
//! [`Watchdog`] is the second line under it for instruments that can hang.

mod check;
mod ledger;
mod rule;
#[cfg(test)]
mod tests;
mod watchdog;

pub use ledger::{Ledger, Spot};
pub use rule::{LimitsError, Rule, SafetyLimits};
pub use watchdog::{SafeHandle, Watchdog, WatchdogTimes};

use check::{Moment, charge_of};
use std::fmt;
use tiptwin_instrument::{
    Action, Capabilities, Description, ErrorKind, Instrument, InstrumentError, IvCurve, Observation, Outcome, Seconds,
};

/// What the limits ask the world: how time passes between actions, and how much space is left on the disk.
pub struct Probes {
    /// Seconds on a clock that never jumps. A simulated instrument has no time of its own between actions: there it stands still.
    pub clock_s: Box<dyn FnMut() -> f64 + Send>,
    /// Free space where the run is written, in bytes; not a number where nobody can tell, which keeps no limit.
    pub free_bytes: Box<dyn FnMut() -> f64 + Send>,
}

impl Default for Probes {
    /// A clock that stands still, and a disk that nobody asks.
    fn default() -> Self {
        Self { clock_s: Box::new(|| 0.0), free_bytes: Box::new(|| f64::NAN) }
    }
}

impl fmt::Debug for Probes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probes")
    }
}

/// An instrument that cannot be asked for what its limits forbid.
pub struct Limited<I> {
    inner: I,
    description: Description,
    limits: SafetyLimits,
    probes: Probes,
    ledger: Ledger,
    /// Reading of the probe's clock at the last observation.
    seen_s: f64,
    tripped: Option<String>,
}

impl<I> fmt::Debug for Limited<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Limited");
        shown.field("instrument", &self.description.identity).field("tripped", &self.tripped).finish_non_exhaustive()
    }
}

impl<I: Instrument> Limited<I> {
    /// Takes an instrument under limits. Those of a real one must be complete.
    pub fn new(inner: I, limits: SafetyLimits, mut probes: Probes) -> Result<Self, LimitsError> {
        let description = inner.describe();
        if !description.capabilities.simulated {
            limits.complete()?;
        }
        let seen_s = (probes.clock_s)();
        Ok(Self { inner, description, limits, probes, ledger: Ledger::default(), seen_s, tripped: None })
    }

    /// The limits.
    pub const fn limits(&self) -> &SafetyLimits {
        &self.limits
    }

    /// What was done so far.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Counts what an earlier process did, from its journal: a continued run has the doses of the whole run behind it. A sweep without a curve is
    /// one whose outcome nobody knows, and counts with the most that may have flowed.
    pub fn remember(
        &mut self,
        action: &Action,
        curve: Option<&IvCurve>,
        clock: Option<Seconds>,
    ) -> Result<(), InstrumentError> {
        if let Some(clock) = clock {
            self.ledger.pass(clock).map_err(|e| InstrumentError::new(ErrorKind::Data, e))?;
        }
        let outcome = curve.map(|c| Outcome::Curve(c.clone()));
        self.count(action, outcome.as_ref());
        Ok(())
    }

    /// The instrument was opened anew after what was [remembered](Self::remember): its clock starts again at 0, and it is safe.
    pub fn reopened(&mut self) {
        self.ledger.reopen();
    }

    fn count(&mut self, action: &Action, outcome: Option<&Outcome>) {
        match action {
            Action::SweepIv { at, waveform, .. } => {
                self.ledger.touch(*at, charge_of(outcome, waveform, &self.limits));
            }
            Action::ReadScalar { at } => self.ledger.touch(*at, 0.0),
            Action::SetLight { intensity } => self.ledger.lamp = *intensity,
            _ => {}
        }
        self.ledger.moved(action);
    }

    fn moment(&self, since_s: f64, free_bytes: f64) -> Moment<'_> {
        Moment { limits: &self.limits, ledger: &self.ledger, since_s, free_bytes }
    }

    /// Checks an action as [`Instrument::execute`] would, and does nothing.
    pub fn check(&mut self, action: &Action) -> Result<(), InstrumentError> {
        if let Some(why) = &self.tripped {
            let message = format!("nothing more is done after a violation ({why}); accepted: making it safe");
            return Err(InstrumentError::new(ErrorKind::Fault, message));
        }
        // What the instrument cannot do at all is for the instrument to refuse.
        if can(&self.description.capabilities, action) {
            self.description.limits.check(action)?;
        }
        let since_s = (self.probes.clock_s)() - self.seen_s;
        let free_bytes = match self.limits.get(Rule::DiskFree) {
            Some(_) => (self.probes.free_bytes)(),
            None => f64::NAN,
        };
        let checked = self.moment(since_s, free_bytes).before(action);
        checked.map_err(|why| InstrumentError::new(ErrorKind::OutOfLimits, format!("{why}; nothing was done")))
    }

    /// Lifts the tip where it would be dragged.
    fn lift(&mut self, action: &Action) -> Result<(), InstrumentError> {
        let to = match action {
            Action::SweepIv { at, .. } | Action::ReadScalar { at } | Action::MoveTo { at } => Some(*at),
            Action::ScanTopography { .. } | Action::ScanChannel { .. } | Action::ScanCurrent { .. } => None,
            Action::SetLight { .. } | Action::Approach | Action::Withdraw => return Ok(()),
        };
        let stays = to.is_some() && to == self.ledger.tip;
        if !self.limits.lift() || !self.ledger.contact || stays {
            return Ok(());
        }
        match self.inner.execute(&Action::Withdraw) {
            Ok(observation) => self.take(&observation),
            Err(error) => Err(self.trip(format!("the tip could not be lifted before it moves: {error}"))),
        }
    }

    /// Takes an outcome into the ledger and looks at it.
    fn take(&mut self, observation: &Observation) -> Result<(), InstrumentError> {
        let passed = self.ledger.pass(observation.instrument_time);
        self.seen_s = (self.probes.clock_s)();
        self.count(&observation.action, Some(&observation.outcome));
        let looked = passed.and_then(|()| self.moment(0.0, f64::NAN).after(observation));
        looked.map_err(|why| self.trip(why))
    }

    /// Makes the instrument safe and ends the run.
    fn trip(&mut self, why: String) -> InstrumentError {
        let safe = match self.make_safe() {
            Ok(()) => "the instrument was made safe".to_owned(),
            Err(e) => format!("and making it safe failed: {e}. Check bias, light and tip by hand"),
        };
        let message = format!("{why}; {safe}");
        self.tripped = Some(why);
        InstrumentError::new(ErrorKind::Fault, message)
    }
}

impl<I: Instrument> Instrument for Limited<I> {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        self.check(action)?;
        self.lift(action)?;
        match self.inner.execute(action) {
            Ok(mut observation) => {
                // A driver that answers another question must not get past the count.
                observation.action.clone_from(action);
                self.take(&observation)?;
                Ok(observation)
            }
            Err(error) => {
                let done = !matches!(
                    error.kind(),
                    ErrorKind::InvalidRequest | ErrorKind::Unsupported | ErrorKind::OutOfLimits
                );
                if done {
                    let lamp = self.ledger.lamp;
                    self.count(action, None);
                    // It may or may not have been switched.
                    self.ledger.lamp.0 = self.ledger.lamp.0.max(lamp.0);
                }
                Err(error)
            }
        }
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        // The lamp was on until now.
        let since_s = (self.probes.clock_s)() - self.seen_s;
        self.inner.make_safe()?;
        self.ledger.light_dose_suns_s += self.ledger.lamp.0 * since_s;
        self.ledger.safe();
        Ok(())
    }
}

fn can(able: &Capabilities, action: &Action) -> bool {
    match action {
        Action::SweepIv { .. } => able.sweep_iv,
        Action::ReadScalar { .. } => able.scalar_unit.is_some(),
        Action::SetLight { .. } => able.light,
        Action::ScanCurrent { .. } => able.scan_current,
        _ => true,
    }
}

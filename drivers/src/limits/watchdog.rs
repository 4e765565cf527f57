//! An instrument on a thread of its own, so that waiting for it can end.
//!
//! A driver bounds its own calls; this is for one that fails to. What is guaranteed: whoever asked gets an answer within the time of
//! [`WatchdogTimes`], nothing is executed after a call was given up, and making safe is the next thing the instrument does when its driver comes back. What is
//! not: a driver that never comes back cannot be made safe by anybody on this side of it, and then the error says so. A driver that panics
//! is an instrument fault, and is still made safe.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tiptwin_instrument::{Action, Description, ErrorKind, Instrument, InstrumentError, Observation};

/// How long to wait for an instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WatchdogTimes {
    /// For a sweep, beyond twice its own time; for anything short.
    pub action: Duration,
    /// For a line of a scan.
    pub line: Duration,
    /// For being made safe.
    pub safe: Duration,
}

impl Default for WatchdogTimes {
    /// A minute, twenty seconds a line, and a minute to be made safe.
    fn default() -> Self {
        Self { action: Duration::from_mins(1), line: Duration::from_secs(20), safe: Duration::from_mins(1) }
    }
}

impl WatchdogTimes {
    /// For one action.
    pub(crate) fn of(&self, action: &Action) -> Duration {
        match action {
            Action::ScanTopography { grid } | Action::ScanChannel { grid, .. } | Action::ScanCurrent { grid, .. } => {
                self.action + self.line * u32::try_from(grid.rows).unwrap_or(u32::MAX)
            }
            Action::SweepIv { waveform, .. } => {
                let sweep_s = if waveform.check().is_ok() { waveform.total_time().0 } else { 0.0 };
                self.action + Duration::from_secs_f64(2.0 * sweep_s)
            }
            _ => self.action,
        }
    }
}

enum Order {
    Execute(Action, Sender<Result<Observation, InstrumentError>>),
    MakeSafe(Sender<Result<(), InstrumentError>>),
}

/// An instrument that cannot keep anybody waiting for ever.
#[derive(Debug)]
pub struct Watchdog {
    description: Description,
    times: WatchdogTimes,
    handle: SafeHandle,
    given_up: bool,
}

/// Makes the instrument safe from another thread.
#[derive(Clone, Debug)]
pub struct SafeHandle {
    orders: Sender<Order>,
    wait: Duration,
    at_once: Arc<AtomicBool>,
}

impl SafeHandle {
    /// Ends the present wait for the instrument, and makes it safe as soon as its driver comes back, within the watchdog's time.
    pub fn make_safe_now(&self) -> Result<(), InstrumentError> {
        self.at_once.store(true, Ordering::SeqCst);
        self.make_safe()
    }

    fn make_safe(&self) -> Result<(), InstrumentError> {
        let (answer, wait) = channel();
        let gone = |_| InstrumentError::new(ErrorKind::Fault, "the driver's thread is gone");
        self.orders.send(Order::MakeSafe(answer)).map_err(|e| gone(e.to_string()))?;
        match wait.recv_timeout(self.wait) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                let message = format!("the driver did not come back within {} s", self.wait.as_secs_f64());
                Err(InstrumentError::new(ErrorKind::Timeout, message))
            }
            Err(RecvTimeoutError::Disconnected) => Err(gone(String::new())),
        }
    }
}

impl Watchdog {
    /// Moves an instrument to a thread of its own.
    pub fn new(instrument: Box<dyn Instrument>, times: WatchdogTimes) -> Self {
        let description = instrument.describe();
        let (orders, inbox) = channel();
        std::thread::spawn(move || work(instrument, &inbox));
        let handle = SafeHandle { orders, wait: times.safe, at_once: Arc::default() };
        Self { description, times, handle, given_up: false }
    }

    /// Makes the instrument safe from another thread.
    pub fn handle(&self) -> SafeHandle {
        self.handle.clone()
    }

    fn give_up(&mut self, message: String) -> InstrumentError {
        self.given_up = true;
        InstrumentError::new(ErrorKind::Timeout, message)
    }
}

/// How often a wait looks up.
const LOOK: Duration = Duration::from_millis(20);

impl Instrument for Watchdog {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        if self.given_up || self.handle.at_once.load(Ordering::SeqCst) {
            let message = "nothing more is asked of an instrument that was given up; accepted: making it safe";
            return Err(InstrumentError::new(ErrorKind::Fault, message));
        }
        let (answer, wait) = channel();
        let patience = self.times.of(action);
        let deadline = Instant::now() + patience;
        if self.handle.orders.send(Order::Execute(action.clone(), answer)).is_err() {
            return Err(InstrumentError::new(ErrorKind::Fault, "the driver's thread is gone"));
        }
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match wait.recv_timeout(left.min(LOOK)) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.give_up(format!("the driver's thread ended during {}", action.name())));
                }
                Err(RecvTimeoutError::Timeout) if self.handle.at_once.load(Ordering::SeqCst) => {
                    return Err(self.give_up(format!("{} was given up: asked to stop at once", action.name())));
                }
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    let seconds = patience.as_secs_f64();
                    return Err(self.give_up(format!("{} took longer than {seconds} s", action.name())));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.handle.make_safe()
    }
}

/// Carries orders out, one after the other, until nobody can give any more.
fn work(mut instrument: Box<dyn Instrument>, inbox: &Receiver<Order>) {
    // Whoever asked may have given up: then nobody hears the answer.
    while let Ok(order) = inbox.recv() {
        match order {
            Order::Execute(action, answer) => {
                let result = catch_unwind(AssertUnwindSafe(|| instrument.execute(&action)));
                drop(answer.send(result.unwrap_or_else(|_| Err(panicked(action.name())))));
            }
            Order::MakeSafe(answer) => {
                let result = catch_unwind(AssertUnwindSafe(|| instrument.make_safe()));
                drop(answer.send(result.unwrap_or_else(|_| Err(panicked("make_safe")))));
            }
        }
    }
}

fn panicked(during: &str) -> InstrumentError {
    InstrumentError::new(ErrorKind::Fault, format!("the driver panicked during {during}"))
}

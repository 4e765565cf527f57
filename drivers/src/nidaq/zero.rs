//! The way back to 0 V: slewed, read back, tried again on a new connection and after a reset, and never longer than that.

use super::Output;
use super::calls::DaqmxCalls;
use super::error::{DaqError, StillOn};
use super::programme::slew;
use super::rig::{Held, Rig};
use std::thread;
use std::time::{Duration, Instant};
use tiptwin_instrument::{ErrorKind, InstrumentError};

/// Time between two steps of a slew.
const STEP_S: f64 = 0.005;

/// Outputs that could not be shown to be at 0 V.
#[derive(Clone, Debug)]
pub(crate) struct NotOff(Vec<StillOn>);

impl NotOff {
    pub(crate) fn into_error(self, before: &str) -> InstrumentError {
        let outputs: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        let message = format!("{before} {}; switch it off by hand", outputs.join(", "));
        InstrumentError::new(ErrorKind::Fault, message)
    }
}

impl<C: DaqmxCalls> Rig<C> {
    /// Brings outputs to 0 V and looks whether they are there. What it says on success belongs behind a message.
    pub(super) fn zero(&mut self, outputs: &[Output]) -> Result<&'static str, NotOff> {
        let Err(first) = self.zero_once(outputs) else { return Ok("") };
        if let Err(e) = self.calls.reconnect() {
            let why = |mut still: StillOn| {
                still.why = e.to_string();
                still
            };
            return Err(NotOff(first.0.into_iter().map(why).collect()));
        }
        let Err(second) = self.zero_once(outputs) else { return Ok("") };
        // Tasks of a program that vanished hold an output until the device is reset, and a reset ends every voltage on it.
        let device = self.config.device.clone();
        if self.calls.reset_device(&device).is_err() {
            return Err(second);
        }
        self.light = Held::default();
        self.zero_once(outputs).map(|()| ", after a reset of the device that also put the light out")
    }

    fn zero_once(&mut self, outputs: &[Output]) -> Result<(), NotOff> {
        while let Some(task) = self.open.last().cloned() {
            let stopped = self.calls.stop_task(&task);
            let cleared = stopped.and_then(|()| self.calls.clear_task(&task));
            match cleared {
                Err(e) if e.of_the_road() => return Err(self.unknown(outputs, &e)),
                // DAQmx no longer knows it, or will not let go of it: the next step shows whether that matters.
                _ => drop(self.open.pop()),
            }
        }
        let mut still = Vec::new();
        for (i, output) in outputs.iter().enumerate() {
            match self.slew_to(*output, 0.0).and_then(|()| self.seen(*output)) {
                Ok(v) if v.abs() <= self.config.zero_tolerance.0 => *self.held(*output) = Held::default(),
                Ok(v) => {
                    let tolerance = self.config.zero_tolerance;
                    let why = format!("it was told 0 V and should read within {tolerance}");
                    still.push(self.still(*output, v.is_finite().then_some(v), why));
                }
                Err(e) if e.of_the_road() => {
                    still.extend(self.unknown(&outputs[i..], &e).0);
                    break;
                }
                Err(e) => still.push(self.still(*output, None, e.to_string())),
            }
        }
        if still.is_empty() { Ok(()) } else { Err(NotOff(still)) }
    }

    fn still(&mut self, output: Output, seen_v: Option<f64>, why: String) -> StillOn {
        let channel = self.channels(output).map_or_else(String::new, |(channel, ..)| channel);
        self.held(output).in_doubt = true;
        StillOn { channel, seen_v, told_v: self.held(output).told_v, why }
    }

    fn unknown(&mut self, outputs: &[Output], e: &DaqError) -> NotOff {
        NotOff(outputs.iter().map(|output| self.still(*output, None, e.to_string())).collect())
    }

    /// Leads an output to a voltage in steps that its slew allows.
    pub(super) fn slew_to(&mut self, output: Output, to_v: f64) -> Result<(), DaqError> {
        let Some((channel, _, max_v)) = self.channels(output) else { return Ok(()) };
        let told_v = self.held(output).told_v;
        let from_v = match self.seen(output) {
            Ok(v) if v.is_finite() => v.clamp(-max_v, max_v),
            Err(e) if e.of_the_road() => return Err(e),
            // Without a reading, from where it was told to be.
            _ => told_v,
        };
        let task = self.task()?;
        self.calls.create_ao_voltage_chan(&task, &channel, max_v)?;
        let steps = slew(from_v, to_v, self.config.slew_v_per_s * STEP_S);
        let (begun, patience_s) = (Instant::now(), 2.0 * STEP_S * steps.len() as f64 + self.config.call_timeout.0);
        for v in steps {
            // Behind a server that takes its time, being at the end matters more than being gentle.
            if begun.elapsed().as_secs_f64() > patience_s {
                break;
            }
            *self.held(output) = Held { told_v: v, in_doubt: true };
            self.calls.write_analog(&task, true, &[v])?;
            thread::sleep(Duration::from_secs_f64(STEP_S));
        }
        *self.held(output) = Held { told_v: to_v, in_doubt: true };
        self.calls.write_analog(&task, true, &[to_v])?;
        self.calls.stop_task(&task)?;
        self.finish()
    }

    /// What an output is at, by its monitor, V.
    pub(super) fn seen(&mut self, output: Output) -> Result<f64, DaqError> {
        let Some((_, monitor, _)) = self.channels(output) else { return Ok(0.0) };
        let task = self.task()?;
        self.input(&task, &monitor)?;
        let volts = self.calls.read_analog(&task, 1, 1, self.config.call_timeout.0)?;
        self.finish()?;
        Ok(volts.first().copied().unwrap_or(f64::NAN))
    }
}

//! The order of calls that makes a sweep, in one place for both roads.
//!
//! The output's task owns the clock, the input's task listens to it. The listener is started first, then the output: started the
//! other way round, the inputs would miss the beginning. Whatever happens, the last thing is to bring the bias back to 0 V and to
//! look whether it is there, because an output keeps its last voltage when its task is stopped, cleared or forgotten.

use super::calls::{DaqmxCalls, TERMINAL_DEFAULT, terminal_number};
use super::config::DaqConfig;
use super::error::{DaqError, said};
use super::programme::Programme;
use super::reading::{Played, judge};
use super::{Daq, Output, Sweep};
use tiptwin_instrument::{ErrorKind, InstrumentError, Volts, Waveform};

/// Samples that travel in one call: servers and clients of gRPC refuse messages above 4 MiB unless told otherwise.
const CHUNK: usize = 100_000;
/// Longest time of samples that one call waits for: a server that hangs is noticed in the middle of a long programme too.
const READ_S: f64 = 1.0;
/// How far the clock's real rate may be from the one asked for.
const RATE_TOLERANCE: f64 = 0.01;

/// A set-up behind one of the roads.
pub(crate) struct Rig<C: DaqmxCalls> {
    pub(super) calls: C,
    pub(super) config: DaqConfig,
    /// Tasks that DAQmx may still know.
    pub(super) open: Vec<C::Task>,
    pub(super) bias: Held,
    pub(super) light: Held,
}

/// An output as far as is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    /// What it was told last, V.
    pub(super) told_v: f64,
    /// Whether it was told anything since it was last seen at that.
    pub(super) in_doubt: bool,
}

impl<C: DaqmxCalls> Rig<C> {
    /// Takes a set-up over, in whatever state it was left, and makes it safe.
    pub(crate) fn open(calls: C, config: DaqConfig) -> Result<Self, InstrumentError> {
        let mut rig = Self { calls, config, open: Vec::new(), bias: Held::default(), light: Held::default() };
        rig.make_safe()?;
        Ok(rig)
    }

    pub(super) fn held(&mut self, output: Output) -> &mut Held {
        match output {
            Output::Bias => &mut self.bias,
            Output::Light => &mut self.light,
        }
    }

    /// An output's physical channel, the one it is read back on, and its range.
    pub(super) fn channels(&self, output: Output) -> Option<(String, String, f64)> {
        let full = |channel: &str| format!("{}/{channel}", self.config.device);
        match output {
            Output::Bias => {
                Some((full(&self.config.bias_output), full(&self.config.monitor()), self.config.bias_max.0))
            }
            Output::Light => {
                let (channel, monitor) = self.config.light_channels()?;
                Some((full(channel), full(&monitor), self.config.light_max.0))
            }
        }
    }

    pub(super) fn task(&mut self) -> Result<C::Task, DaqError> {
        let task = self.calls.create_task()?;
        self.open.push(task.clone());
        Ok(task)
    }

    /// Clears the task that was made last.
    pub(super) fn finish(&mut self) -> Result<(), DaqError> {
        let Some(task) = self.open.last() else { return Ok(()) };
        self.calls.clear_task(task)?;
        self.open.pop();
        Ok(())
    }

    /// Adds an input, wired as configured unless it is inside of the device.
    pub(super) fn input(&mut self, task: &C::Task, channel: &str) -> Result<(), DaqError> {
        let inside = channel.contains("/_");
        let terminal = if inside { TERMINAL_DEFAULT } else { terminal_number(self.config.terminal) };
        self.calls.create_ai_voltage_chan(task, channel, terminal, self.config.input_range.0)
    }

    fn play(&mut self, programme: &Programme) -> Result<Played, InstrumentError> {
        let total = programme.volts.len();
        let (output, monitor, range_v) =
            self.channels(Output::Bias).ok_or_else(|| InstrumentError::new(ErrorKind::Fault, "no bias output"))?;
        let device = self.config.device.clone();

        let ao = self.task()?;
        self.calls.create_ao_voltage_chan(&ao, &output, range_v)?;
        self.calls.cfg_samp_clk_timing(&ao, "", programme.rate_hz, total)?;
        let rate_hz = self.calls.samp_clk_rate(&ao)?;
        let off = (rate_hz / programme.rate_hz - 1.0).abs();
        if off.is_nan() || off > RATE_TOLERANCE {
            let message = format!(
                "{device} would run at {rate_hz} Hz where {} Hz were asked for; accepted: within 1 %",
                programme.rate_hz
            );
            return Err(InstrumentError::new(ErrorKind::OutOfLimits, message));
        }

        let ai = self.task()?;
        let current = format!("{device}/{}", self.config.current_input);
        self.input(&ai, &current)?;
        self.input(&ai, &monitor)?;
        self.calls.cfg_samp_clk_timing(&ai, &format!("/{device}/ao/SampleClock"), rate_hz, total)?;

        for chunk in programme.volts.chunks(CHUNK) {
            self.calls.write_analog(&ao, false, chunk)?;
        }
        self.calls.start_task(&ai)?;
        let peak_v =
            programme.volts.iter().copied().fold(0.0, |most: f64, v| if v.abs() > most.abs() { v } else { most });
        self.bias = Held { told_v: peak_v, in_doubt: true };
        self.calls.start_task(&ao)?;

        let mut played = Played { amplifier_v: Vec::with_capacity(total), bias_v: Vec::with_capacity(total), rate_hz };
        let at_once = CHUNK.min((rate_hz * READ_S) as usize).max(1);
        while played.bias_v.len() < total {
            let samples = at_once.min(total - played.bias_v.len());
            let wait_s = samples as f64 / rate_hz + self.config.call_timeout.0;
            let rows = self.calls.read_analog(&ai, 2, samples, wait_s)?;
            played.amplifier_v.extend(&rows[..samples]);
            played.bias_v.extend(&rows[samples..]);
        }
        self.calls.wait_until_task_done(&ao, self.config.call_timeout.0)?;
        for task in [&ai, &ao] {
            self.calls.stop_task(task)?;
            self.finish()?;
        }
        Ok(played)
    }

    /// What the outputs to be switched off are.
    pub(super) fn outputs(&self) -> Vec<Output> {
        let light = self.config.light_output.as_ref().map(|_| Output::Light);
        std::iter::once(Output::Bias).chain(light).collect()
    }
}

impl<C: DaqmxCalls> Daq for Rig<C> {
    fn describe(&self) -> String {
        let DaqConfig { device, bias_output, current_input, gain_a_per_v, .. } = &self.config;
        format!(
            "{device} ({}): bias on {bias_output}, current on {current_input} at {gain_a_per_v:e} A/V",
            self.calls.place()
        )
    }

    fn sweep(&mut self, waveform: &Waveform) -> Result<Sweep, InstrumentError> {
        waveform.check().map_err(|e| InstrumentError::with_source(ErrorKind::InvalidRequest, e.to_string(), e))?;
        if waveform.peak().0 > self.config.bias_max.0 {
            let message =
                format!("a bias of {} is above the set-up's limit of {}", waveform.peak(), self.config.bias_max);
            return Err(InstrumentError::new(ErrorKind::OutOfLimits, message));
        }
        let programme = Programme::new(waveform, &self.config)?;
        let played = self.play(&programme);
        let off = self.zero(&[Output::Bias]);
        let warnings = self.calls.take_warnings();
        match (played, off) {
            (Ok(played), Ok(_)) => {
                judge(waveform, &programme, &played, &self.config).map(|sweep| Sweep { warnings, ..sweep })
            }
            (Ok(_), Err(still)) => Err(still.into_error("the sweep was made, but afterwards")),
            (Err(e), Ok(note)) => {
                let message = format!("the sweep failed: {}; the bias is back at 0 V{note}", said(&e));
                Err(InstrumentError::with_source(e.kind(), message, e))
            }
            (Err(e), Err(still)) => Err(still.into_error(&format!("the sweep failed: {}; and", said(&e)))),
        }
    }

    fn set_output(&mut self, output: Output, to: Volts) -> Result<(), InstrumentError> {
        let Some((channel, _, max_v)) = self.channels(output) else {
            let message = "this set-up has no light output; accepted where one is configured";
            return Err(InstrumentError::new(ErrorKind::Unsupported, message));
        };
        let lowest_v = if output == Output::Light { 0.0 } else { -max_v };
        if !(lowest_v..=max_v).contains(&to.0) {
            let kind = if to.0.is_finite() { ErrorKind::OutOfLimits } else { ErrorKind::InvalidRequest };
            let message = format!("{} V on {channel} is not accepted; accepted: {lowest_v} to {max_v} V", to.0);
            return Err(InstrumentError::new(kind, message));
        }
        let set = self.slew_to(output, to.0).and_then(|()| self.seen(output));
        let failed = match set {
            Ok(v) if (v - to.0).abs() <= self.config.bias_tolerance.0 => {
                self.held(output).in_doubt = false;
                return Ok(());
            }
            Ok(v) => InstrumentError::new(
                ErrorKind::Fault,
                format!(
                    "{channel} was told {} V and reads {v:.4} V; accepted: within {}",
                    to.0, self.config.bias_tolerance
                ),
            ),
            Err(e) => e.into(),
        };
        match self.zero(&[output]) {
            Ok(note) => {
                let message = format!("{}; {channel} is back at 0 V{note}", said(&failed));
                Err(InstrumentError::with_source(failed.kind(), message, failed))
            }
            Err(still) => Err(still.into_error(&format!("{}; and", said(&failed)))),
        }
    }

    fn read_back(&mut self, output: Output) -> Result<Volts, InstrumentError> {
        if self.channels(output).is_none() {
            return Err(InstrumentError::new(ErrorKind::Unsupported, "this set-up has no light output"));
        }
        Ok(Volts(self.seen(output)?))
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        let outputs = self.outputs();
        self.zero(&outputs).map(drop).map_err(|still| still.into_error("the outputs cannot be made safe:"))
    }
}

impl<C: DaqmxCalls> Drop for Rig<C> {
    fn drop(&mut self) {
        let on: Vec<Output> = self
            .outputs()
            .into_iter()
            .filter(|output| {
                let held = *self.held(*output);
                held.in_doubt || held.told_v != 0.0
            })
            .collect();
        if !on.is_empty() || !self.open.is_empty() {
            // There is nobody left to tell; whoever wants to know calls `make_safe`.
            drop(self.zero(&on));
        }
    }
}

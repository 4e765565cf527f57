//! A device as DAQmx shows it: tasks, clocks, reservations, and outputs that keep what they were told last.

use super::{Bench, Converters, Input, Readings, Setup};
use std::collections::HashMap;

pub(super) const RESOURCE_RESERVED: i32 = -50_103;
pub(super) const INVALID_ATTRIBUTE: i32 = -200_077;
pub(super) const INVALID_TASK: i32 = -200_088;
pub(super) const NO_SUCH_CHANNEL: i32 = -200_170;
pub(super) const NO_SUCH_DEVICE: i32 = -200_220;
pub(super) const READ_BUFFER_TOO_SMALL: i32 = -200_229;
pub(super) const SAMPLES_NOT_YET_AVAILABLE: i32 = -200_284;
pub(super) const RATE_TOO_LOW: i32 = -200_331;
pub(super) const RATE_TOO_HIGH: i32 = -200_332;
pub(super) const ATTRIBUTE_NOT_SUPPORTED: i32 = -200_452;
pub(super) const OUTPUT_BUFFER_EMPTY: i32 = -200_462;
pub(super) const TASK_RUNNING: i32 = -200_479;
pub(super) const NOT_DONE: i32 = -200_560;
pub(super) const OUTPUT_OUT_OF_RANGE: i32 = -200_561;
pub(super) const OUTPUT_BUFFER_TOO_SMALL: i32 = -200_609;

/// What a status means, in words of our own.
pub(super) fn explain(status: i32) -> &'static str {
    match status {
        RESOURCE_RESERVED => "the channel is reserved by another task",
        INVALID_ATTRIBUTE => "a value is not supported here",
        INVALID_TASK => "the task does not exist",
        NO_SUCH_CHANNEL => "the device has no such channel",
        NO_SUCH_DEVICE => "there is no such device",
        READ_BUFFER_TOO_SMALL => "the array is too small for what is to be read",
        SAMPLES_NOT_YET_AVAILABLE => "the samples have not been acquired yet",
        RATE_TOO_LOW => "the sample rate is too low",
        RATE_TOO_HIGH => "the sample rate is too high",
        ATTRIBUTE_NOT_SUPPORTED => "the attribute is not supported by the task",
        OUTPUT_BUFFER_EMPTY => "there is nothing to put out",
        TASK_RUNNING => "this cannot be done while the task is running",
        NOT_DONE => "the task was not done within the time given",
        OUTPUT_OUT_OF_RANGE => "a voltage is outside the range of the output",
        OUTPUT_BUFFER_TOO_SMALL => "fewer samples were written than the task is to put out",
        s if s > 0 => "an emulated warning",
        _ => "an emulated error",
    }
}

/// The clock that rates are divided from, Hz.
const TIMEBASE_HZ: f64 = 100e6;
/// Full scale of the outputs and what 16 bits of it are, V.
const OUTPUT_V: f64 = 10.0;
const LEVELS: f64 = 65_536.0;

#[derive(Clone, Debug)]
enum Channel {
    Output { index: usize, max_v: f64 },
    Input { source: Source, max_v: f64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Amplifier,
    Output(usize),
    Open,
}

#[derive(Clone, Debug)]
struct Clock {
    of_output: bool,
    rate_hz: f64,
    samples: usize,
}

#[derive(Clone, Debug, Default)]
struct Task {
    channels: Vec<Channel>,
    clock: Option<Clock>,
    buffer: Vec<f64>,
    running: bool,
    /// Samples of an input task, one row a channel, and how many were read.
    acquired: Vec<Vec<f64>>,
    read: usize,
}

impl Task {
    fn output(&self) -> Option<usize> {
        self.channels.iter().find_map(|c| if let Channel::Output { index, .. } = c { Some(*index) } else { None })
    }
}

/// The emulated device with its bench.
pub(super) struct Device {
    setup: Setup,
    bench: Box<dyn Bench>,
    outputs_v: [f64; 2],
    tasks: HashMap<String, Task>,
    made: u64,
    pub(super) stuck: [bool; 2],
    pub(super) readings: HashMap<Input, Readings>,
    /// Share of the next programme after which the device stops where it is.
    pub(super) crash_at: Option<f64>,
}

fn quantised(v: f64, full_v: f64) -> f64 {
    let step_v = 2.0 * full_v / LEVELS;
    ((v / step_v).round() * step_v).clamp(-full_v, full_v)
}

impl Device {
    pub(super) fn new(setup: Setup, bench: Box<dyn Bench>) -> Self {
        let outputs_v = setup.outputs_v;
        let mut device = Self {
            setup,
            bench,
            outputs_v,
            tasks: HashMap::new(),
            made: 0,
            stuck: [false; 2],
            readings: HashMap::new(),
            crash_at: None,
        };
        for (output, v) in outputs_v.into_iter().enumerate() {
            device.bench.hold(output, v);
        }
        device
    }

    pub(super) const fn output_v(&self, output: usize) -> f64 {
        self.outputs_v[output]
    }

    pub(super) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// The server behind the device died: its tasks are gone, the outputs stay.
    pub(super) fn forget_tasks(&mut self) {
        self.tasks.clear();
    }

    fn put_out(&mut self, output: usize, v: f64) {
        if !self.stuck[output] {
            self.outputs_v[output] = quantised(v, OUTPUT_V);
            self.bench.hold(output, self.outputs_v[output]);
        }
    }

    fn task(&mut self, name: &str) -> Result<&mut Task, i32> {
        self.tasks.get_mut(name).ok_or(INVALID_TASK)
    }

    pub(super) fn create_task(&mut self) -> String {
        self.made += 1;
        let name = format!("session-{}", self.made);
        self.tasks.insert(name.clone(), Task::default());
        name
    }

    /// The part of a channel's name behind the device.
    fn local<'a>(&self, channel: &'a str) -> Result<&'a str, i32> {
        let (device, local) = channel.split_once('/').ok_or(NO_SUCH_CHANNEL)?;
        if device == self.setup.device { Ok(local) } else { Err(NO_SUCH_DEVICE) }
    }

    pub(super) fn create_output(&mut self, task: &str, channel: &str, max_v: f64) -> Result<(), i32> {
        let index = match self.local(channel)? {
            "ao0" => 0,
            "ao1" => 1,
            _ => return Err(NO_SUCH_CHANNEL),
        };
        if !(max_v > 0.0 && max_v <= OUTPUT_V) {
            return Err(INVALID_ATTRIBUTE);
        }
        self.task(task)?.channels.push(Channel::Output { index, max_v });
        Ok(())
    }

    pub(super) fn create_input(&mut self, task: &str, channel: &str, max_v: f64) -> Result<(), i32> {
        let source = match (self.local(channel)?, self.setup.converters) {
            ("ai0", _) => Source::Amplifier,
            ("ai1", _) | ("_ao0_vs_aognd", Converters::Multiplexed) => Source::Output(0),
            ("ai2", _) | ("_ao1_vs_aognd", Converters::Multiplexed) => Source::Output(1),
            ("ai3" | "ai4" | "ai5" | "ai6" | "ai7", _) => Source::Open,
            _ => return Err(NO_SUCH_CHANNEL),
        };
        if !(max_v > 0.0 && max_v <= 10.0) {
            return Err(INVALID_ATTRIBUTE);
        }
        self.task(task)?.channels.push(Channel::Input { source, max_v });
        Ok(())
    }

    pub(super) fn clock(&mut self, task: &str, source: &str, rate_hz: f64, samples: u64) -> Result<(), i32> {
        let listens = format!("/{}/ao/SampleClock", self.setup.device);
        let of_output = match source {
            "" => false,
            s if s == listens => true,
            _ => return Err(INVALID_ATTRIBUTE),
        };
        let (min_hz, max_hz) = self.setup.rates_hz;
        if rate_hz.is_nan() || rate_hz < min_hz {
            return Err(RATE_TOO_LOW);
        }
        if rate_hz > max_hz {
            return Err(RATE_TOO_HIGH);
        }
        let divided_hz = TIMEBASE_HZ / (TIMEBASE_HZ / rate_hz).round();
        let samples = usize::try_from(samples).map_err(|_| INVALID_ATTRIBUTE)?;
        let clock = Clock { of_output, rate_hz: if of_output { rate_hz } else { divided_hz }, samples };
        let task = self.task(task)?;
        if task.running {
            return Err(TASK_RUNNING);
        }
        task.clock = Some(clock);
        Ok(())
    }

    pub(super) fn rate(&mut self, task: &str) -> Result<f64, i32> {
        self.task(task)?.clock.as_ref().map(|c| c.rate_hz).ok_or(ATTRIBUTE_NOT_SUPPORTED)
    }

    /// Whether another task that runs has this output.
    fn reserved(&self, task: &str, output: usize) -> bool {
        self.tasks.iter().any(|(name, t)| name != task && t.running && t.output() == Some(output))
    }

    pub(super) fn write(&mut self, task: &str, auto_start: bool, volts: &[f64]) -> Result<usize, i32> {
        let (output, max_v) = {
            let of_output = |c: &Channel| {
                if let Channel::Output { index, max_v } = c { Some((*index, *max_v)) } else { None }
            };
            self.task(task)?.channels.iter().find_map(of_output).ok_or(INVALID_ATTRIBUTE)?
        };
        if volts.iter().any(|v| v.is_nan() || v.abs() > max_v) {
            return Err(OUTPUT_OUT_OF_RANGE);
        }
        if self.task(task)?.clock.is_some() {
            self.task(task)?.buffer.extend(volts);
        } else {
            if self.reserved(task, output) {
                return Err(RESOURCE_RESERVED);
            }
            self.task(task)?.running |= auto_start;
            for v in volts {
                self.put_out(output, *v);
            }
        }
        Ok(volts.len())
    }

    pub(super) fn start(&mut self, task: &str) -> Result<(), i32> {
        if self.task(task)?.running {
            return Err(TASK_RUNNING);
        }
        let Some(output) = self.task(task)?.output() else {
            self.task(task)?.running = true;
            return Ok(());
        };
        if self.reserved(task, output) {
            return Err(RESOURCE_RESERVED);
        }
        let started = self.task(task)?;
        started.running = true;
        let Some(clock) = started.clock.clone() else { return Ok(()) };
        if started.buffer.is_empty() {
            started.running = false;
            return Err(OUTPUT_BUFFER_EMPTY);
        }
        if started.buffer.len() < clock.samples {
            started.running = false;
            return Err(OUTPUT_BUFFER_TOO_SMALL);
        }
        let volts: Vec<f64> = started.buffer[..clock.samples].iter().map(|v| quantised(*v, OUTPUT_V)).collect();
        self.play(output, volts, clock.rate_hz);
        Ok(())
    }

    /// Plays a programme, which takes no time here, and lets the listeners have their samples.
    fn play(&mut self, output: usize, mut volts: Vec<f64>, rate_hz: f64) {
        if self.stuck[output] {
            volts.fill(self.outputs_v[output]);
        }
        let crashed = self.crash_at.take();
        if let Some(share) = crashed {
            volts.truncate(((volts.len() as f64 * share) as usize).max(1));
        }
        let amplifier_before = self.bench.read();
        let amplifier =
            if output == 0 { self.bench.play(&volts, rate_hz) } else { vec![amplifier_before; volts.len()] };
        let before = self.outputs_v;
        self.outputs_v[output] = volts[volts.len() - 1];
        let at_edges = |before: f64, after: &[f64]| -> Vec<f64> {
            match self.setup.converters {
                Converters::Simultaneous => {
                    std::iter::once(before).chain(after.iter().copied()).take(after.len()).collect()
                }
                Converters::Multiplexed => after.to_vec(),
            }
        };
        let amplifier = at_edges(amplifier_before, &amplifier);
        let output_row = at_edges(before[output], &volts);
        let readings = &self.readings;
        for listener in self.tasks.values_mut().filter(|t| t.running && t.clock.as_ref().is_some_and(|c| c.of_output)) {
            listener.acquired = listener
                .channels
                .iter()
                .filter_map(|c| if let Channel::Input { source, max_v } = c { Some((*source, *max_v)) } else { None })
                .map(|(source, max_v)| {
                    let row: Vec<f64> = match source {
                        Source::Amplifier => amplifier.clone(),
                        Source::Output(i) if i == output => output_row.clone(),
                        Source::Output(i) => vec![before[i]; volts.len()],
                        Source::Open => vec![0.0; volts.len()],
                    };
                    row.into_iter().map(|v| converted(v, source, max_v, readings)).collect()
                })
                .collect();
        }
    }

    /// Samples of each channel, how many of them are real, and a status.
    pub(super) fn read(&mut self, task: &str, samples: usize, room: usize) -> Result<(Vec<f64>, usize, i32), i32> {
        let amplifier = self.bench.read();
        let outputs_v = self.outputs_v;
        let readings = self.readings.clone();
        let task = self.task(task)?;
        let channels = task.channels.len();
        if channels == 0 || task.output().is_some() {
            return Err(INVALID_ATTRIBUTE);
        }
        if room < channels * samples {
            return Err(READ_BUFFER_TOO_SMALL);
        }
        let mut row = Vec::with_capacity(room);
        if task.clock.is_none() {
            for channel in &task.channels {
                if let Channel::Input { source, max_v } = channel {
                    let v = match source {
                        Source::Amplifier => amplifier,
                        Source::Output(i) => outputs_v[*i],
                        Source::Open => 0.0,
                    };
                    row.resize(row.len() + samples, converted(v, *source, *max_v, &readings));
                }
            }
            return Ok((row, samples, 0));
        }
        let available = task.acquired.first().map_or(0, Vec::len) - task.read;
        let got = samples.min(available);
        for acquired in &task.acquired {
            row.extend(&acquired[task.read..task.read + got]);
        }
        row.resize(room, 0.0);
        task.read += got;
        Ok((row, got, if got < samples { SAMPLES_NOT_YET_AVAILABLE } else { 0 }))
    }

    pub(super) fn wait(&mut self, task: &str) -> Result<(), i32> {
        let task = self.task(task)?;
        let listens = task.clock.as_ref().is_some_and(|c| c.of_output);
        if task.running && listens && task.acquired.is_empty() { Err(NOT_DONE) } else { Ok(()) }
    }

    pub(super) fn stop(&mut self, task: &str) -> Result<(), i32> {
        self.task(task).map(|t| t.running = false)
    }

    pub(super) fn clear(&mut self, task: &str) -> Result<(), i32> {
        self.tasks.remove(task).map(drop).ok_or(INVALID_TASK)
    }

    pub(super) fn reset(&mut self, device: &str) -> Result<(), i32> {
        if device != self.setup.device {
            return Err(NO_SUCH_DEVICE);
        }
        self.tasks.clear();
        for output in 0..2 {
            self.put_out(output, 0.0);
        }
        Ok(())
    }
}

/// What a 16-bit converter makes of a voltage.
fn converted(v: f64, source: Source, max_v: f64, readings: &HashMap<Input, Readings>) -> f64 {
    let input = match source {
        Source::Amplifier => Input::Amplifier,
        Source::Output(0) => Input::BiasMonitor,
        _ => return quantised(v, max_v),
    };
    match readings.get(&input) {
        None | Some(Readings::True) => quantised(v, max_v),
        Some(Readings::NotANumber) => f64::NAN,
        Some(Readings::Constant(constant_v)) => *constant_v,
        Some(Readings::Saturated) => max_v,
    }
}

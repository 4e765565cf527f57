//! The controller: variables, channels, and what each command does to the bench.

use super::Habits;
use super::bench::Bench;
use super::faults::{Counted, FaultKind, Faults};
use super::files;
use crate::cypher::Electrode;
use crate::cypher::proto::command::read_batch;
use crate::cypher::proto::iv::Programme;
use crate::cypher::proto::{Command, Setting, Source, names};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tiptwin_instrument::{Meters, Position, ScanGrid, Seconds, Suns};

/// Where the amplifier's output clips, V.
pub(super) const RAIL_V: f64 = 10.0;
/// Set points of the deflection below this take the tip off.
const TIP_OFF_V: f64 = -5.0;
/// As a Cypher's notes say them, m/V and V.
const SENSITIVITY_M_PER_V: [f64; 2] = [3.824e-6, 3.9923e-6];
const SENSOR_OFFSET_V: [f64; 2] = [-0.09, -0.1];
/// Everything that a panel shows and that can be set there.
const PANELS: [Setting; 6] = [
    Setting::RATE,
    Setting::TIP_BIAS,
    Setting::SAMPLE_BIAS,
    Setting::IV_AMPLITUDE,
    Setting::IV_FREQUENCY,
    Setting::IV_CYCLES,
];

/// A file that is due.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) due: Seconds,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Whether stopping the scan stops it.
    frame: bool,
}

/// An answer, by the name of its file.
pub(super) type Answer = (String, Vec<u8>);

#[derive(Debug)]
pub(super) struct Controller {
    bench: Arc<Mutex<Bench>>,
    pub(super) faults: Faults,
    habits: Habits,
    variables: HashMap<String, f64>,
    channels: HashMap<String, f64>,
    loops_v: [f64; 2],
    /// Offset of the last scan's centre, m: a changed one becomes real with the next scan.
    scanned_m: [f64; 2],
    /// How far the sensors have jumped along x, m.
    jump_m: f64,
    edge_m: f64,
    read_out: Vec<f64>,
    last_answer: Vec<u8>,
    pub(super) pending: Vec<Pending>,
    files: usize,
}

impl Controller {
    pub(super) fn new(bench: Arc<Mutex<Bench>>, habits: Habits, faults: Faults) -> Self {
        let (edge_m, gain) = {
            let bench = lock(&bench);
            let twin = bench.twin();
            (twin.film().spec().film_size.0, twin.realism().amplifier.full_scale.0 / RAIL_V)
        };
        let start = [
            ("XOffset", 0.0),
            ("YOffset", 0.0),
            ("ScanAngle", 0.0),
            ("FastScanSize", edge_m),
            ("SlowScanSize", edge_m),
            ("ScanPoints", 256.0),
            ("ScanLines", 256.0),
            ("ScanRate", 1.0),
            ("TipVoltage", 0.0),
            ("SurfaceVoltage", 0.0),
            ("ARDoIVAmp", 1.0),
            ("ARDoIVFrequency", 1.0),
            ("ARDoIVCycles", 1.0),
            ("NumPtsPerSec", 1000.0),
            ("XLVDTSens", SENSITIVITY_M_PER_V[0]),
            ("YLVDTSens", SENSITIVITY_M_PER_V[1]),
            ("XLVDTOffset", SENSOR_OFFSET_V[0]),
            ("YLVDTOffset", SENSOR_OFFSET_V[1]),
            (names::LARGEST_SCAN, edge_m),
            (names::CURRENT_GAIN, gain),
        ];
        let channels = [(names::HEIGHT_SETPOINT.to_owned(), -10.0), (habits.lamp.0.clone(), 0.0)];
        let controller = Self {
            bench,
            faults,
            habits,
            variables: start.map(|(name, value)| (name.to_owned(), value)).into(),
            channels: channels.into(),
            loops_v: SENSOR_OFFSET_V,
            scanned_m: [0.0; 2],
            jump_m: 0.0,
            edge_m,
            read_out: Vec::new(),
            last_answer: Vec::new(),
            pending: Vec::new(),
            files: 0,
        };
        controller.place_tip();
        controller
    }

    /// Carries out a batch; gives the answers that are to be written.
    pub(super) fn obey(&mut self, now: Seconds, text: &str) -> Vec<Answer> {
        let ignored = self.faults.on(FaultKind::CommandIgnored);
        let mut answers = Vec::new();
        // A line that is not understood is skipped, and nobody learns of it.
        for command in read_batch(text).into_iter().flatten() {
            match command {
                Command::Make { points } => self.read_out = vec![0.0; points.min(10_000)],
                Command::Fill { index, source } => {
                    let value = self.value(&source);
                    if let Some(slot) = self.read_out.get_mut(index) {
                        *slot = value;
                    }
                }
                Command::Save { path } => answers.push((file_name(&path), self.answer())),
                Command::Identify { path, nonce } => {
                    let text = format!("{nonce}\r{}\r{nonce}\r", self.habits.serial);
                    answers.push((file_name(&path), text.into_bytes()));
                }
                _ if ignored => {}
                Command::Name { base } => self.habits.base_name = base,
                Command::Control { control, panel, value, .. } => self.control(now, &control, &panel, value),
                Command::Put { variable, value } => {
                    if let Some(v) = self.variables.get_mut(&variable) {
                        *v = value;
                    }
                }
                Command::Write { channel, value } => self.write(&channel, value),
            }
        }
        answers
    }

    fn answer(&mut self) -> Vec<u8> {
        if self.faults.on(FaultKind::ReadoutNan)
            && let [_, value, .., _] = &mut self.read_out[..]
        {
            *value = f64::NAN;
        }
        // Fifteen digits, as Igor saves numbers of double precision.
        let mut text = String::new();
        for v in &self.read_out {
            let _ = write!(text, "{v:.14e}\r");
        }
        let mut bytes = std::mem::replace(&mut self.last_answer, text.clone().into_bytes());
        if !self.faults.on(FaultKind::ReadoutStale) {
            bytes = text.into_bytes();
        }
        if self.faults.on(FaultKind::ReadoutHalf) {
            bytes.truncate(bytes.len() / 2);
        }
        bytes
    }

    fn value(&self, source: &Source) -> f64 {
        match source {
            Source::Number(x) => *x,
            Source::Variable(name) => self.variables.get(name).copied().unwrap_or(f64::NAN),
            Source::Channel(name) => {
                let lateral = |of: [&str; 2]| of.iter().position(|n| n == name);
                if let Some(k) = lateral(names::LATERAL_SETPOINT) {
                    self.loops_v[k]
                } else if let Some(k) = lateral(names::LATERAL_SENSOR) {
                    let jump_m = if k == 0 { self.jump_m } else { 0.0 };
                    self.loops_v[k] + jump_m / SENSITIVITY_M_PER_V[k]
                } else if *name == self.habits.photodiode.0 {
                    lock(&self.bench).lamp().0 * self.habits.photodiode.1
                } else {
                    self.channels.get(name).copied().unwrap_or(f64::NAN)
                }
            }
        }
    }

    fn write(&mut self, channel: &str, value: f64) {
        if let Some(k) = names::LATERAL_SETPOINT.iter().position(|n| *n == channel) {
            if k == 0 {
                self.faults.happens(Counted::Move);
                self.jump_m += self.faults.now(FaultKind::DriftJump).and_then(|f| f.amount).unwrap_or(0.0);
            }
            self.loops_v[k] = value;
            self.place_tip();
        } else if let Some(v) = self.channels.get_mut(channel) {
            *v = value;
            if channel == names::HEIGHT_SETPOINT {
                let mut bench = lock(&self.bench);
                let up = value < TIP_OFF_V;
                bench.touches += usize::from(bench.tip_up && !up);
                bench.tip_up = up;
            } else if channel == self.habits.lamp.0 {
                self.faults.happens(Counted::Light);
                if !self.faults.on(FaultKind::LightStuck) {
                    lock(&self.bench).set_light(Suns(value / self.habits.lamp.1));
                }
            }
        }
    }

    fn place_tip(&self) {
        let along = |k: usize| 0.5 * self.edge_m + (self.loops_v[k] - SENSOR_OFFSET_V[k]) * SENSITIVITY_M_PER_V[k];
        lock(&self.bench).tip = Position::new(along(0) + self.jump_m, along(1));
    }

    fn control(&mut self, now: Seconds, control: &str, panel: &str, value: f64) {
        let pressed = (control, panel);
        if pressed == names::DOWN_SCAN {
            self.scan(now);
        } else if pressed == names::STOP_SCAN {
            self.pending.retain(|p| !p.frame);
        } else if pressed == names::GO_THERE {
            self.loops_v = [0, 1].map(|k| SENSOR_OFFSET_V[k] + self.scanned_m[k] / SENSITIVITY_M_PER_V[k]);
            self.place_tip();
        } else if pressed == names::DO_IV {
            self.sweep(now);
        }
        let shown = PANELS.iter().find_map(|s| match s {
            Setting::Panel { control: c, panel: p, variable } if (*c, *p) == pressed => Some(*variable),
            _ => None,
        });
        if let Some(variable) = shown {
            self.variables.insert(variable.to_owned(), value);
            let mut bench = lock(&self.bench);
            match variable {
                "TipVoltage" => bench.tip_bias_v = value,
                "SurfaceVoltage" => bench.sample_bias_v = value,
                _ => {}
            }
        }
    }

    fn number(&self, variable: &str) -> f64 {
        self.variables.get(variable).copied().unwrap_or(0.0)
    }

    fn scan(&mut self, now: Seconds) {
        let offset = ["XOffset", "YOffset"].map(|v| self.number(v));
        let extent = ["FastScanSize", "SlowScanSize"].map(|v| self.number(v));
        let pixels = ["ScanPoints", "ScanLines"].map(|v| self.number(v).round() as usize);
        if !pixels.iter().all(|n| (2..=4096).contains(n)) {
            return;
        }
        let pixel = [0, 1].map(|k| extent[k] / (pixels[k] - 1) as f64);
        let size = [0, 1].map(|k| pixel[k] * pixels[k] as f64);
        let corner = [0, 1].map(|k| 0.5 * self.edge_m + offset[k] - 0.5 * size[k]);
        let grid = ScanGrid {
            origin: Position::new(corner[0], corner[1]),
            width: Meters(size[0]),
            height: Meters(size[1]),
            rows: pixels[1],
            cols: pixels[0],
        };
        let mut layers = Vec::new();
        {
            let mut bench = lock(&self.bench);
            let lit = bench.lamp() != Suns::ZERO;
            let Ok(height) = bench.height(grid) else { return };
            layers.push(("HeightTrace".to_owned(), height));
            if bench.bias_v() != 0.0 || lit {
                let Ok(current) = bench.current(grid) else { return };
                let sign = self.sign();
                layers.push(("CurrentTrace".to_owned(), current.mapv(|i| sign * i)));
            }
        }
        self.scanned_m = offset;
        let name = self.next_name();
        let start = [0, 1].map(|k| offset[k] - 0.5 * extent[k]);
        let wave = files::image(&name, &grid, start, &layers, &self.variables);
        let lasts = grid.rows as f64 / self.number("ScanRate").max(1e-3);
        self.put_out(now, lasts, name, wave, true);
    }

    /// 1 or −1: from a voltage of the electrode that is biased to one of the tip against the sample.
    const fn sign(&self) -> f64 {
        match self.habits.biased {
            Electrode::Tip => 1.0,
            Electrode::Sample => -1.0,
        }
    }

    fn sweep(&mut self, now: Seconds) {
        let [amplitude_v, frequency_hz, cycles, points_per_s] =
            ["ARDoIVAmp", "ARDoIVFrequency", "ARDoIVCycles", "NumPtsPerSec"].map(|v| self.number(v));
        let samples = (cycles / frequency_hz * points_per_s).round() as usize + 1;
        let programme = Programme { amplitude_v, frequency_hz, cycles, points_per_s, samples };
        let Some(waveform) = programme.waveform() else { return };
        let sign = self.sign();
        let of_tip = if sign < 0.0 { waveform.clone().reversed() } else { waveform.clone() };
        let swept = lock(&self.bench).come_down_and_sweep(&of_tip);
        let Ok(mut curve) = swept else { return };
        for v in curve.bias_v.iter_mut().chain(&mut curve.current_a) {
            *v *= sign;
        }
        let name = self.next_name();
        let wave = files::curve(&name, &curve, &programme, &self.variables);
        self.put_out(now, waveform.total_time().0, name, wave, false);
    }

    fn next_name(&mut self) -> String {
        let name = format!("{}{:04}", self.habits.base_name, self.files);
        self.files += 1;
        name
    }

    fn put_out(&mut self, now: Seconds, lasts_s: f64, name: String, wave: tiptwin_formats::ibw::Wave, frame: bool) {
        self.faults.happens(Counted::File);
        if self.faults.on(FaultKind::IbwMissing) {
            return;
        }
        let late = self.faults.now(FaultKind::IbwLate).and_then(|f| f.amount).unwrap_or(0.0);
        let due = Seconds(now.0 + lasts_s * self.habits.time_scale + late);
        let bytes = files::bytes(wave, &self.faults, RAIL_V * self.number(names::CURRENT_GAIN));
        if self.faults.on(FaultKind::IbwTwo) {
            let name = self.next_name();
            self.pending.push(Pending { due, name, bytes: bytes.clone(), frame });
        }
        self.pending.push(Pending { due, name, bytes, frame });
    }
}

/// The last part of a path, however it is written: answers go into the emulator's own folder and nowhere else.
fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\', ':']).next().unwrap_or_default().to_owned()
}

pub(super) fn lock(bench: &Mutex<Bench>) -> MutexGuard<'_, Bench> {
    bench.lock().unwrap_or_else(PoisonError::into_inner)
}

//! What has to be said about a Cypher before it is driven. All in SI units.

use crate::nidaq::DaqConfig;
use std::path::PathBuf;
use tiptwin_instrument::{Amps, Meters, Seconds, Suns, Volts};

/// Everything the driver has to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Folder of command and answer files.
    pub buffer: PathBuf,
    /// Folder that the controller saves `.ibw` files in.
    pub data: PathBuf,
    /// Igor.exe, started with the command file; `None` where the other side watches the folder itself.
    pub program: Option<PathBuf>,
    /// The serial number that must answer; `None` takes any.
    pub serial: Option<String>,
    /// What sweeps the bias and records the current.
    pub iv: IvPath,
    /// The converters, where they sweep or switch the light.
    pub daq: Option<DaqConfig>,
    /// Which electrode the controller biases.
    pub biased: Electrode,
    /// The lamp, if it can be switched.
    pub light: Option<Light>,
    /// Gain of the current amplifier, A/V; it must be the one that the controller says.
    pub gain_a_per_v: f64,
    /// Voltage at which the amplifier's output clips.
    pub rail: Volts,
    /// Noise of one current sample, where it is known.
    pub current_noise: Option<Amps>,
    /// Largest bias that is commanded.
    pub bias_max: Volts,
    /// Channel of an image that is the height.
    pub height_channel: String,
    /// Channel of an image that is the current.
    pub current_channel: String,
    /// Lines of a scan per second.
    pub scan_rate_hz: f64,
    /// Deflection that is held in contact.
    pub contact_setpoint: Volts,
    /// Deflection that the feedback can only reach by withdrawing.
    pub withdrawn_setpoint: Volts,
    /// How far the sensors may be from where the tip was sent.
    pub position_tolerance: Meters,
    /// Times.
    pub waits: Waits,
}

/// What sweeps the bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IvPath {
    /// The controller's own generator.
    ArDoIv,
    /// A data acquisition device beside it.
    Daq,
}

/// An electrode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Electrode {
    /// The tip.
    Tip,
    /// The sample: its voltage is the tip's with the other sign.
    Sample,
}

/// What drives the lamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LightOutput {
    /// A channel of the controller.
    Controller(String),
    /// The DAQ's output for light.
    Daq,
}

/// A lamp behind an analogue output.
#[derive(Clone, Debug, PartialEq)]
pub struct Light {
    /// Where the output is.
    pub output: LightOutput,
    /// Volts for one sun.
    pub volts_per_sun: f64,
    /// Brightest light that is commanded.
    pub max: Suns,
    /// Input channel of a photodiode that sees the lamp, and its volts for one sun. Without one a lamp that does not obey its output
    /// is not noticed.
    pub monitor: Option<(String, f64)>,
}

/// How long things take at most, and how long they settle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waits {
    /// After commands.
    pub settle_command: Seconds,
    /// After a move of the tip.
    pub settle_move: Seconds,
    /// After the lamp was set.
    pub settle_light: Seconds,
    /// For the answer to commands.
    pub answer: Seconds,
    /// For a file, beyond the time that the measurement takes.
    pub file: Seconds,
    /// How long the length of a file has to stay.
    pub file_stable: Seconds,
    /// Between two looks.
    pub poll: Seconds,
    /// For the program that takes the commands to end.
    pub program: Seconds,
}

impl Default for Waits {
    /// 0.35 s after commands and 1 s after a move are what published programs wait; the rest are choices.
    fn default() -> Self {
        Self {
            settle_command: Seconds(0.35),
            settle_move: Seconds(1.0),
            settle_light: Seconds(1.0),
            answer: Seconds(10.0),
            file: Seconds(60.0),
            file_stable: Seconds(0.5),
            poll: Seconds(0.05),
            program: Seconds(10.0),
        }
    }
}

impl Waits {
    /// For an emulator that obeys at once: nothing settles, and nothing is waited for longer than two seconds.
    pub fn at_once() -> Self {
        let zero = Seconds::ZERO;
        Self {
            settle_command: zero,
            settle_move: zero,
            settle_light: zero,
            answer: Seconds(2.0),
            file: Seconds(2.0),
            file_stable: zero,
            poll: Seconds(0.001),
            program: Seconds(2.0),
        }
    }
}

impl Settings {
    /// Settings for two folders: the controller's own sweeps, tip biased, 1 nA/V, ±10 V, no lamp, one line a second.
    pub fn new(buffer: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self {
            buffer: buffer.into(),
            data: data.into(),
            program: None,
            serial: None,
            iv: IvPath::ArDoIv,
            daq: None,
            biased: Electrode::Tip,
            light: None,
            gain_a_per_v: 1e-9,
            rail: Volts(10.0),
            current_noise: None,
            bias_max: Volts(10.0),
            height_channel: "HeightTrace".into(),
            current_channel: "CurrentTrace".into(),
            scan_rate_hz: 1.0,
            contact_setpoint: Volts(0.5),
            withdrawn_setpoint: Volts(-10.0),
            position_tolerance: Meters(5e-9),
            waits: Waits::default(),
        }
    }
}

impl Settings {
    /// Largest bias that everything on its way accepts.
    pub fn bias_limit(&self) -> Volts {
        match (&self.daq, self.iv) {
            (Some(daq), IvPath::Daq) => Volts(self.bias_max.0.min(daq.bias_max.0)),
            _ => self.bias_max,
        }
    }
}

/// Igor.exe where the vendor's installers put it, the newest first.
pub fn find_igor() -> Option<PathBuf> {
    // As published programs look for it.
    (13..=19)
        .rev()
        .map(|v| PathBuf::from(format!("C:\\AsylumResearch\\v{v}\\RealTime\\Igor Pro Folder\\Igor.exe")))
        .find(|path| path.is_file())
}

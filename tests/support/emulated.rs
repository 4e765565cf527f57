//! A Cypher whose other side is emulated: the real driver, real files.

use std::path::Path;
use tempfile::TempDir;
use tiptwin_drivers::Twin;
use tiptwin_drivers::cypher::{self, Electrode, IvPath, Light, LightOutput, Settings, Waits};
use tiptwin_drivers::emulator::{Bench, Converters, Emulator, Faults, Habits, Running, Wiring};
use tiptwin_drivers::nidaq::server::{EmulatedServer, Setup};
use tiptwin_drivers::nidaq::{DaqConfig, Transport};
use tiptwin_instrument::{
    Action, Amps, Description, Image, Instrument, InstrumentError, IvCurve, Observation, Outcome, Suns, Volts, Waveform,
};

/// The real driver, the emulated controller in a thread, and their folders.
#[derive(Debug)]
pub struct Emulated<I> {
    instrument: I,
    running: Running,
    _server: Option<EmulatedServer>,
    _folder: TempDir,
}

/// Settings for an emulator with these habits in a folder: nothing is waited for longer than needed.
pub fn cypher_settings(folder: &Path, habits: &Habits, twin: &Twin) -> Settings {
    let amplifier = &twin.realism().amplifier;
    Settings {
        waits: Waits::at_once(),
        gain_a_per_v: amplifier.full_scale.0 / 10.0,
        current_noise: Some(Amps(amplifier.noise_rms_a())),
        light: Some(Light {
            output: LightOutput::Controller(habits.lamp.0.clone()),
            volts_per_sun: habits.lamp.1,
            max: Suns(2.0),
            monitor: Some(habits.photodiode.clone()),
        }),
        ..Settings::new(folder.join("buffer"), folder.join("data"))
    }
}

/// A Cypher over a twin's film.
pub fn emulated(twin: Twin) -> Emulated<Box<dyn Instrument>> {
    let folder = tempfile::tempdir().expect("temp");
    let habits = Habits::at_once();
    let settings = cypher_settings(folder.path(), &habits, &twin);
    let emulator = Emulator::new(Bench::new(twin), &settings.buffer, &settings.data, habits, Faults::default());
    let running = emulator.expect("folders").start();
    let instrument = cypher::open(&settings).expect("opens");
    Emulated { instrument, running, _server: None, _folder: folder }
}

/// A Cypher over a twin's film, with emulated converters that sweep and switch the light.
pub fn emulated_with_daq(twin: Twin) -> Emulated<Box<dyn Instrument>> {
    let folder = tempfile::tempdir().expect("temp");
    let habits = Habits::at_once();
    let mut settings = cypher_settings(folder.path(), &habits, &twin);
    let (samples_per_point, amps_per_volt) = (8, settings.gain_a_per_v);
    let light_volts_per_sun = Some(LIGHT_VOLTS_PER_SUN);
    let wiring = Wiring { biased: Electrode::Tip, samples_per_point, amps_per_volt, light_volts_per_sun };
    let emulator = Emulator::new(Bench::new(twin), &settings.buffer, &settings.data, habits, Faults::default());
    let running = emulator.expect("folders").start();
    let server = EmulatedServer::start(Setup::default(), Box::new(Converters::new(running.shared(), wiring)));
    let server = server.expect("listens");
    settings.iv = IvPath::Daq;
    settings.light =
        settings.light.map(|light| Light { output: LightOutput::Daq, volts_per_sun: LIGHT_VOLTS_PER_SUN, ..light });
    settings.daq = Some(DaqConfig {
        transport: Transport::Grpc { address: server.address().to_string(), plain_text_beyond_this_machine: false },
        light_output: Some("ao1".into()),
        bias_monitor: Some("ai1".into()),
        light_monitor: Some("ai2".into()),
        light_max: Volts(10.0),
        gain_a_per_v: amps_per_volt,
        samples_per_point,
        ..DaqConfig::default()
    });
    let instrument = cypher::open(&settings).expect("opens");
    Emulated { instrument, running, _server: Some(server), _folder: folder }
}

/// Volts of the converters' output for one sun.
const LIGHT_VOLTS_PER_SUN: f64 = 5.0;
/// 16 bits over ±10 V.
const STEP_V: f64 = 20.0 / 65_536.0;

fn converted(v: f64) -> f64 {
    (v / STEP_V).round() * STEP_V
}

/// A twin behind converters of 16 bits: its bias and its light are the nearest that they can put out, its current the nearest that they
/// can read behind an amplifier with the gain of the twin's. Images are those of [`InSinglePrecision`].
#[derive(Debug)]
pub struct ThroughConverters(pub InSinglePrecision);

impl ThroughConverters {
    /// Amperes behind one step of the converter.
    pub fn step_a(&self) -> f64 {
        STEP_V * self.0.0.realism().amplifier.full_scale.0 / 10.0
    }
}

impl Instrument for ThroughConverters {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        let observation = match action {
            Action::SetLight { intensity } => {
                let intensity = Suns(converted(intensity.0 * LIGHT_VOLTS_PER_SUN) / LIGHT_VOLTS_PER_SUN);
                self.0.execute(&Action::SetLight { intensity })?
            }
            Action::SweepIv { at, waveform, repeat } => {
                let (asked_v, interval) = (waveform.bias_v(), waveform.sample_interval());
                let bias_v = asked_v.iter().copied().map(converted).collect();
                let waveform = Waveform::List { bias_v, interval };
                // Not through single precision: nothing of a sweep goes through a file here.
                let swept = self.0.0.execute(&Action::SweepIv { at: *at, waveform, repeat: *repeat })?;
                let Outcome::Curve(curve) = swept.outcome else { return Ok(swept) };
                let amps_per_volt = self.step_a() / STEP_V;
                let current_a = curve.current_a.iter().map(|i| converted(i / amps_per_volt) * amps_per_volt).collect();
                Observation { outcome: Outcome::Curve(IvCurve { bias_v: asked_v, current_a, ..curve }), ..swept }
            }
            other => self.0.execute(other)?,
        };
        Ok(Observation { action: action.clone(), ..observation })
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.0.make_safe()
    }
}

impl<I> Emulated<I> {
    /// The emulated side.
    pub const fn running(&self) -> &Running {
        &self.running
    }
}

impl Instrument for Emulated<Box<dyn Instrument>> {
    fn describe(&self) -> Description {
        self.instrument.describe()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        self.instrument.execute(action)
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.instrument.make_safe()
    }
}

/// A twin whose data went through a format of single precision, as everything does that a microscope saves.
#[derive(Debug)]
pub struct InSinglePrecision(pub Twin);

fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

impl Instrument for InSinglePrecision {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        let observation = self.0.execute(action)?;
        let outcome = match observation.outcome {
            Outcome::Image(image) => Outcome::Image(Image { values: image.values.mapv(single), ..image }),
            Outcome::Curve(curve) => Outcome::Curve(IvCurve {
                bias_v: curve.bias_v.into_iter().map(single).collect(),
                current_a: curve.current_a.into_iter().map(single).collect(),
                ..curve
            }),
            other => other,
        };
        Ok(Observation { outcome, ..observation })
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.0.make_safe()
    }
}

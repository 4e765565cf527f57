//! A Cypher whose other side is emulated: the real driver, real files.

use std::path::Path;
use tempfile::TempDir;
use tiptwin_drivers::Twin;
use tiptwin_drivers::cypher::{self, Light, Settings, Waits};
use tiptwin_drivers::emulator::{Bench, Emulator, Faults, Habits, Running};
use tiptwin_instrument::{
    Action, Amps, Description, Image, Instrument, InstrumentError, IvCurve, Observation, Outcome, Suns,
};

/// The real driver, the emulated controller in a thread, and their folders.
#[derive(Debug)]
pub struct Emulated<I> {
    instrument: I,
    running: Running,
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
            output: habits.lamp.0.clone(),
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
    Emulated { instrument, running, _folder: folder }
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

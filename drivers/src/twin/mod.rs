//! The digital twin: a simulated film and microscope behind the instrument trait, with a clock of its own.
//!
//! With [`Realism::plain`], what it returns depends on where, in which light and how often something is measured, never on
//! the order of the calls: noise is keyed by the measurement ([`tiptwin_instrument::random::measurement_unit`]). Wear, damage,
//! drift and memory are what make a real microscope depend on its past; each can be switched on by itself.

mod clock;
mod current_image;
mod images;
mod touch;

use clock::Clock;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use tiptwin_instrument::{
    Action, Amps, Capabilities, Description, ErrorKind, Instrument, InstrumentError, IvCurve, Limits, MasterSeed,
    Meters, Observation, Outcome, Position, ScanGrid, Seconds, Suns, Volts, Waveform,
};
use tiptwin_sim::SimError;
use tiptwin_sim::contact::{Damage, TipState};
use tiptwin_sim::film::{Film, FilmSpec};
use tiptwin_sim::image::tip::Tip;
use tiptwin_sim::image::{self, Direction};
use tiptwin_sim::realism::Realism;
use tiptwin_sim::scanner::Scanner;
use tiptwin_sim::transport::{self, Constants};

/// A simulated microscope over a simulated film.
#[derive(Clone, Debug)]
pub struct Twin {
    film: Arc<Film>,
    film_seed: MasterSeed,
    constants: Constants,
    realism: Realism,
    noise: MasterSeed,
    scanner: Scanner,
    new_tip: Tip,
    past: Past,
}

/// Everything that measuring changes.
#[derive(Clone, Debug)]
struct Past {
    clock: Clock,
    lamp: Suns,
    /// What the film felt of the lamp, and when.
    effective: (Suns, Seconds),
    tip: TipState,
    damage: Damage,
    /// When the structure image began: points are commanded in its coordinates.
    image: Seconds,
    /// Images taken so far, by what was imaged.
    frames: HashMap<String, u32>,
    /// Ion charge that the last sweep of a place left, and when; when a layer was last broken there.
    places: HashMap<(i64, i64), PlaceMemory>,
}

/// What a place remembers.
#[derive(Clone, Copy, Debug, Default)]
struct PlaceMemory {
    ions: Option<(f64, f64)>,
    broken_s: Option<f64>,
}

impl Twin {
    /// A twin over a film drawn from a specification and a seed, with nothing but white noise between film and record. `noise`
    /// seeds everything that differs between two measurements of the same spot.
    pub fn new(spec: &FilmSpec, film_seed: MasterSeed, noise: MasterSeed) -> Result<Self, SimError> {
        Self::with_realism(spec, &Realism::plain(), Constants::default(), film_seed, noise)
    }

    /// A twin with everything that a microscope adds.
    pub fn with_realism(
        spec: &FilmSpec,
        realism: &Realism,
        constants: Constants,
        film_seed: MasterSeed,
        noise: MasterSeed,
    ) -> Result<Self, SimError> {
        realism.check()?;
        constants.check()?;
        let new_tip = image::new_tip(&realism.image, noise);
        // A needle that images everything still has the apex that the contact radius was worked out for.
        let apex = if new_tip.radius.0 > 0.0 { new_tip.radius } else { Meters(25e-9) };
        Ok(Self {
            film: Arc::new(Film::generate(spec, film_seed)?),
            film_seed,
            constants,
            realism: *realism,
            noise,
            scanner: Scanner::new(realism.scanner, noise),
            new_tip,
            past: Past {
                clock: Clock::default(),
                lamp: Suns::ZERO,
                effective: (Suns::ZERO, Seconds::ZERO),
                tip: TipState::new(realism.wear, apex, noise),
                damage: Damage::new(realism.damage),
                image: Seconds::ZERO,
                frames: HashMap::new(),
                places: HashMap::new(),
            },
        })
    }

    /// The film behind the instrument: the truth, for scores and pictures. No strategy is given it.
    pub const fn film(&self) -> &Arc<Film> {
        &self.film
    }

    /// How much of a microscope it shows.
    pub const fn realism(&self) -> &Realism {
        &self.realism
    }

    /// Material and contact.
    pub const fn constants(&self) -> &Constants {
        &self.constants
    }

    /// The tip as it is now.
    pub const fn tip(&self) -> &TipState {
        &self.past.tip
    }

    /// Damage of the film at a place, 0 to 1.
    pub fn damage(&self, at: Position) -> f64 {
        self.past.damage.at(at, self.past.clock.now())
    }

    /// The curve that a new tip and a perfect amplifier would record at an untouched, rested place.
    pub fn noiseless_curve(&self, at: Position, light: Suns, waveform: &Waveform) -> Result<IvCurve, SimError> {
        let sweep = transport::sweep(&self.film.site(at), light, waveform, &self.constants)?;
        Ok(IvCurve {
            bias_v: waveform.bias_v(),
            current_a: sweep.current_a,
            sample_interval: waveform.sample_interval(),
            saturated: false,
        })
    }
}

impl Instrument for Twin {
    fn describe(&self) -> Description {
        let edge = self.film.spec().film_size;
        Description {
            driver: "twin".into(),
            identity: format!(
                "simulated film, preset {}, seed {}, {} grains on {} × {}",
                self.film.spec().preset.name(),
                self.film_seed.0,
                self.film.graph().grains.len(),
                edge,
                edge
            ),
            serial: None,
            capabilities: Capabilities {
                structure_channel: "height".into(),
                structure_unit: "m".into(),
                further_channels: images::channels(),
                sweep_iv: true,
                scalar_unit: None,
                current_noise: Some(Amps(self.realism.amplifier.noise_rms_a())),
                scalar_noise: None,
                scan_current: true,
                light: true,
                any_grid: true,
                simulated: true,
            },
            limits: Limits {
                reach: ScanGrid { origin: Position::new(0.0, 0.0), width: edge, height: edge, rows: 1, cols: 1 },
                bias_max: Volts(10.0),
                light_max: Suns(2.0),
                sweep_max: Seconds(3600.0),
            },
        }
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        self.describe().limits.check(action)?;
        let started = Instant::now();
        let (outcome, read_back) = match action {
            Action::ScanTopography { grid } => {
                let image = self.topography(grid, Direction::Trace);
                self.past.clock.scan(grid);
                (Outcome::Image(image), None)
            }
            Action::ScanChannel { grid, channel } => {
                let image = self.channel(grid, channel)?;
                self.past.clock.scan(grid);
                (Outcome::Image(image), None)
            }
            Action::ScanCurrent { grid, bias } => (Outcome::Image(self.scan_current_at(grid, *bias)?), None),
            Action::SweepIv { at, waveform, repeat } => {
                (Outcome::Curve(self.touch(*at, waveform, *repeat)?), Some(*at))
            }
            Action::SetLight { intensity } => {
                self.light_now();
                self.past.lamp = *intensity;
                self.past.clock.switch_light();
                (Outcome::Done, None)
            }
            Action::MoveTo { at } => {
                self.past.clock.travel(*at);
                (Outcome::Done, Some(*at))
            }
            Action::Approach | Action::Withdraw => {
                self.past.clock.approach();
                (Outcome::Done, None)
            }
            Action::ReadScalar { .. } => return Err(unsupported("the twin measures curves; ask for a sweep")),
        };
        Ok(Observation {
            action: action.clone(),
            read_back,
            instrument_time: self.past.clock.now(),
            wall_time: Seconds(started.elapsed().as_secs_f64()),
            outcome,
        })
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.light_now();
        self.past.lamp = Suns::ZERO;
        Ok(())
    }
}

fn unsupported(message: &str) -> InstrumentError {
    InstrumentError::new(ErrorKind::Unsupported, message)
}

fn failed(at: Position, e: SimError) -> InstrumentError {
    InstrumentError::with_source(ErrorKind::Fault, format!("the sweep at ({}, {}) failed: {e}", at.x, at.y), e)
}

/// Distance between two positions.
fn distance(a: Position, b: Position) -> Meters {
    Meters((a.x.0 - b.x.0).hypot(a.y.0 - b.y.0))
}

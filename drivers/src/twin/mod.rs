//! The digital twin: a simulated film and amplifier behind the instrument trait, with a clock of its own.
//!
//! What it returns depends on where, in which light and how often something is measured, never on the order of the
//! calls: noise is keyed by the measurement ([`tiptwin_instrument::random::measurement_unit`]).

mod clock;

use clock::Clock;
use ndarray::Array2;
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;
use std::time::Instant;
use tiptwin_instrument::random::measurement_unit;
use tiptwin_instrument::{
    Action, Amps, Capabilities, Description, ErrorKind, Image, Instrument, InstrumentError, IvCurve, Limits,
    MasterSeed, Meters, Observation, Outcome, Position, ScanGrid, Seconds, Stream, Suns, Volts, Waveform,
};
use tiptwin_sim::SimError;
use tiptwin_sim::amplifier::Amplifier;
use tiptwin_sim::film::{Film, FilmSpec};
use tiptwin_sim::transport::{self, Constants};

/// White noise of the height channel (1.3 of the twin's physics: 0.05–0.15 nm).
const HEIGHT_NOISE_M: f64 = 0.1e-9;

/// A simulated microscope over a simulated film.
#[derive(Clone, Debug)]
pub struct Twin {
    film: Arc<Film>,
    film_seed: MasterSeed,
    constants: Constants,
    amplifier: Amplifier,
    noise: MasterSeed,
    light: Suns,
    clock: Clock,
}

impl Twin {
    /// A twin over a film drawn from a specification and a seed. `noise` seeds everything that differs between two
    /// measurements of the same spot.
    pub fn new(spec: &FilmSpec, film_seed: MasterSeed, noise: MasterSeed) -> Result<Self, SimError> {
        Ok(Self {
            film: Arc::new(Film::generate(spec, film_seed)?),
            film_seed,
            constants: Constants::default(),
            amplifier: Amplifier::default(),
            noise,
            light: Suns::ZERO,
            clock: Clock::default(),
        })
    }

    /// The film behind the instrument: the truth, for scores and pictures. No strategy is given it.
    pub const fn film(&self) -> &Arc<Film> {
        &self.film
    }

    /// The curve that a perfect amplifier would record.
    pub fn noiseless_curve(&self, at: Position, light: Suns, waveform: &Waveform) -> Result<IvCurve, SimError> {
        let sweep = transport::sweep(&self.film.site(at), light, waveform, &self.constants)?;
        Ok(IvCurve {
            bias_v: waveform.bias_v(),
            current_a: sweep.current_a,
            sample_interval: waveform.sample_interval(),
            saturated: false,
        })
    }

    fn topography(&self, grid: &ScanGrid) -> Image {
        let mut values: Array2<f64> = self.film.topography(grid);
        for (row, mut line) in values.outer_iter_mut().enumerate() {
            let at = grid.position(tiptwin_instrument::Pixel { row, col: 0 });
            let mut rng = self.noise.rng(Stream::ImageNoise, measurement_unit(at, 0.0, grid.cols as u32));
            for height in &mut line {
                let noise: f64 = StandardNormal.sample(&mut rng);
                *height += HEIGHT_NOISE_M * noise;
            }
        }
        Image { channel: "height".into(), unit: "m".into(), grid: *grid, values }
    }

    fn sweep(&self, at: Position, waveform: &Waveform, repeat: u32) -> Result<IvCurve, InstrumentError> {
        let ideal = self.noiseless_curve(at, self.light, waveform).map_err(|e| {
            InstrumentError::with_source(ErrorKind::Fault, format!("the sweep at ({}, {}) failed: {e}", at.x, at.y), e)
        })?;
        let mut rng = self.noise.rng(Stream::CurrentNoise, measurement_unit(at, self.light.0, repeat));
        let (current_a, saturated) = self.amplifier.record(&ideal.current_a, ideal.sample_interval, &mut rng);
        Ok(IvCurve { current_a, saturated, ..ideal })
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
            capabilities: Capabilities {
                structure_channel: "height".into(),
                structure_unit: "m".into(),
                further_channels: Vec::new(),
                sweep_iv: true,
                scalar_unit: None,
                current_noise: Some(Amps(self.amplifier.noise_rms_a())),
                scalar_noise: None,
                scan_current: false,
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
                self.clock.scan(grid);
                (Outcome::Image(self.topography(grid)), None)
            }
            Action::SweepIv { at, waveform, repeat } => {
                let curve = self.sweep(*at, waveform, *repeat)?;
                self.clock.touch(*at, waveform.total_time());
                (Outcome::Curve(curve), Some(*at))
            }
            Action::SetLight { intensity } => {
                self.light = *intensity;
                self.clock.switch_light();
                (Outcome::Done, None)
            }
            Action::MoveTo { at } => {
                self.clock.travel(*at);
                (Outcome::Done, Some(*at))
            }
            Action::Approach | Action::Withdraw => {
                self.clock.approach();
                (Outcome::Done, None)
            }
            Action::ReadScalar { .. } => return Err(unsupported("the twin measures curves; ask for a sweep")),
            Action::ScanChannel { channel, .. } => {
                return Err(unsupported(&format!("the twin has no channel \"{channel}\"")));
            }
            Action::ScanCurrent { .. } => return Err(unsupported("the twin has no current-image mode yet")),
        };
        Ok(Observation {
            action: action.clone(),
            read_back,
            instrument_time: self.clock.now(),
            wall_time: Seconds(started.elapsed().as_secs_f64()),
            outcome,
        })
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.light = Suns::ZERO;
        Ok(())
    }
}

fn unsupported(message: &str) -> InstrumentError {
    InstrumentError::new(ErrorKind::Unsupported, message)
}

/// Distance between two positions.
fn distance(a: Position, b: Position) -> Meters {
    Meters((a.x.0 - b.x.0).hypot(a.y.0 - b.y.0))
}

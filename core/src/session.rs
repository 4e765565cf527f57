//! The ask/tell loop: what to do next, and what came of it.
//!
//! A [`Session`] is sans-IO: it holds no instrument, reads no clock and writes no file. [`Session::next`] says what to do,
//! the caller does it on whatever instrument it has and hands the answer to [`Session::tell`]. The same session therefore
//! serves the twin, a replay, a remote microscope and a test.

use crate::candidates::{Candidates, CandidatesError};
use crate::descriptor::{self, Descriptor};
use crate::model::{Measured, ModelError, Prediction, View};
use crate::strategy::{Choice, Strategy};
use rand::RngExt;
use std::collections::BTreeMap;
use std::fmt;
use tiptwin_instrument::{
    Action, Description, IvCurve, MasterSeed, Observation, Outcome, Pixel, Position, ScanGrid, Stream, Suns, Volts,
    Waveform,
};

/// What is learnt.
#[derive(Debug)]
pub enum Target {
    /// A descriptor of the current–voltage curve at each location.
    Descriptor(Box<dyn Descriptor>),
    /// The number that the instrument itself returns at each location.
    Scalar,
}

/// Where the first measurement is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Any candidate, from the session's seed.
    Random,
    /// A location that the operator names, as in the published experiment.
    At(Pixel),
}

/// An image that is taken besides the structure image.
#[derive(Clone, Debug, PartialEq)]
pub enum Further {
    /// A further structure channel, shown to the learner.
    Channel(String),
    /// The current at a static bias, in the light of the measurements.
    Current {
        /// The bias.
        bias: Volts,
        /// Whether the learner is shown it.
        learn: bool,
    },
}

/// What a session is to do.
#[derive(Debug)]
pub struct Plan {
    /// Structure scan.
    pub grid: ScanGrid,
    /// Images besides the structure image, in this order.
    pub further: Vec<Further>,
    /// Window edge in pixels.
    pub window_px: usize,
    /// Number of locations to touch.
    pub steps: usize,
    /// What is learnt.
    pub target: Target,
    /// Light during the measurements; the scan is made in the dark.
    pub light: Suns,
    /// Bias programme, for descriptor targets.
    pub waveform: Waveform,
    /// First location.
    pub first: First,
    /// Where random numbers come from.
    pub seed: MasterSeed,
    /// Which stream the strategy draws from: a baseline beside a run uses its own.
    pub stream: Stream,
}

impl Plan {
    /// Checks what window, grid, steps and first location say about each other.
    pub fn check(&self) -> Result<(), SessionError> {
        let (rows, cols, window) = (self.grid.rows, self.grid.cols, self.window_px);
        if window == 0 || window > rows.min(cols) {
            return Err(CandidatesError::Window { window, rows, cols }.into());
        }
        let (candidate_rows, candidate_cols) = (rows - window + 1, cols - window + 1);
        let candidates = candidate_rows * candidate_cols;
        if self.steps == 0 || self.steps > candidates {
            return Err(SessionError::Steps { steps: self.steps, candidates });
        }
        let low = Pixel { row: window / 2, col: window / 2 };
        let high = Pixel { row: low.row + candidate_rows - 1, col: low.col + candidate_cols - 1 };
        match self.first {
            First::At(at) if at.row < low.row || at.col < low.col || at.row > high.row || at.col > high.col => {
                Err(SessionError::First { at, low, high })
            }
            _ => Ok(()),
        }
    }
}

/// The next thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Prepare the instrument or take the structure image.
    Prepare(Action),
    /// Touch a location.
    Measure(Planned),
    /// All planned locations were touched.
    Finished,
}

/// A location about to be touched.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Number of the measurement, from 0.
    pub number: usize,
    /// Candidate index, predicted mean and deviation.
    pub choice: Choice,
    /// Its pixel.
    pub pixel: Pixel,
    /// Its position on the sample.
    pub position: Position,
    /// What to execute.
    pub action: Action,
}

/// What the session made of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The instrument is prepared, or the image is in.
    Prepared,
    /// A usable value.
    Measured {
        /// Target value in the target's unit.
        value: f64,
        /// Whether it is only a bound.
        censored: bool,
        /// All descriptors that the curve has, by name; empty for scalars.
        descriptors: BTreeMap<String, f64>,
    },
    /// The measurement cannot be used; its location is closed.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// Why a session cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The instrument cannot give what the target needs.
    #[error("target {target} needs an instrument that can {needs}; {driver} cannot")]
    Incapable {
        /// Target name.
        target: String,
        /// The missing ability.
        needs: &'static str,
        /// Driver name.
        driver: String,
    },
    /// The instrument has no such channel.
    #[error("the instrument has no further channel \"{name}\"; accepted: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    Channel {
        /// The channel asked for.
        name: String,
        /// The channels it has.
        known: Vec<String>,
    },
    /// The image leaves no candidates.
    #[error(transparent)]
    Candidates(#[from] CandidatesError),
    /// More locations were asked for than exist.
    #[error(
        "{steps} steps were asked for, but the window leaves only {candidates} locations; accepted: 1 to {candidates}"
    )]
    Steps {
        /// Steps asked for.
        steps: usize,
        /// Candidates there are.
        candidates: usize,
    },
    /// The first location has no complete window.
    #[error("the first location (row {}, column {}) has no complete window; accepted: rows {} to {}, columns {} to {}", at.row, at.col, low.row, high.row, low.col, high.col)]
    First {
        /// The location.
        at: Pixel,
        /// Lowest accepted row and column.
        low: Pixel,
        /// Highest accepted row and column.
        high: Pixel,
    },
    /// The model failed.
    #[error("after {measured} measurements: {source}")]
    Model {
        /// Usable measurements so far.
        measured: usize,
        /// What failed.
        source: ModelError,
    },
    /// An answer that does not belong to what was asked.
    #[error("the session expected the outcome of {expected}, and was told that of {got}")]
    Mismatch {
        /// What was asked.
        expected: &'static str,
        /// What was answered.
        got: &'static str,
    },
    /// All locations are closed before the planned number was reached.
    #[error("no open location is left after {touched} of {steps} steps")]
    Exhausted {
        /// Locations touched.
        touched: usize,
        /// Steps planned.
        steps: usize,
    },
}

#[derive(Clone, Copy)]
enum Phase {
    Darken,
    Scan,
    /// The further image of this number.
    Further(usize),
    Illuminate,
    /// The current image, also one of the further images.
    Current(usize),
    Measure,
}

/// One exploration in progress.
pub struct Session {
    plan: Plan,
    strategy: Box<dyn Strategy>,
    noise_sigma: Option<f64>,
    current_noise: tiptwin_instrument::Amps,
    descriptors: Vec<Box<dyn Descriptor>>,
    phase: Phase,
    explored: Option<Explored>,
    pending: Option<Planned>,
    touched: usize,
}

/// What is known once the image is in.
struct Explored {
    candidates: Candidates,
    open: Vec<bool>,
    measured: Vec<Measured>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("plan", &self.plan)
            .field("strategy", &self.strategy.name())
            .field("touched", &self.touched)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// A session for one instrument, checked against what that instrument can do.
    pub fn new(plan: Plan, strategy: Box<dyn Strategy>, instrument: &Description) -> Result<Self, SessionError> {
        plan.check()?;
        let able = &instrument.capabilities;
        let incapable = |target: &str, needs| SessionError::Incapable {
            target: target.to_owned(),
            needs,
            driver: instrument.driver.clone(),
        };
        let noise_sigma = match &plan.target {
            Target::Descriptor(d) if !able.sweep_iv => return Err(incapable(d.name(), "sweep IV curves")),
            Target::Descriptor(d) => able.current_noise.and_then(|noise| d.noise_sigma(&plan.waveform, noise)),
            Target::Scalar if able.scalar_unit.is_none() => return Err(incapable("scalar", "read a scalar")),
            Target::Scalar => able.scalar_noise,
        };
        for further in &plan.further {
            match further {
                Further::Channel(name) if !able.further_channels.iter().any(|c| c.name == *name) => {
                    let known = able.further_channels.iter().map(|c| c.name.clone()).collect();
                    return Err(SessionError::Channel { name: name.clone(), known });
                }
                Further::Current { .. } if !able.scan_current => {
                    return Err(incapable(target_name(&plan.target), "scan the current at a static bias"));
                }
                _ => {}
            }
        }
        if plan.light.0 > 0.0 && !able.light {
            return Err(incapable(target_name(&plan.target), "switch a light"));
        }
        Ok(Self {
            noise_sigma,
            current_noise: able.current_noise.unwrap_or_default(),
            plan,
            strategy,
            descriptors: descriptor::all(),
            // Without a light there is nothing to darken.
            phase: if able.light { Phase::Darken } else { Phase::Scan },
            explored: None,
            pending: None,
            touched: 0,
        })
    }

    /// What to do next. Asking twice without telling gives the same answer.
    #[expect(clippy::should_implement_trait, reason = "a session is asked and told; it is not an iterator")]
    pub fn next(&mut self) -> Result<Step, SessionError> {
        match self.phase {
            Phase::Darken => Ok(Step::Prepare(Action::SetLight { intensity: Suns::ZERO })),
            Phase::Scan => Ok(Step::Prepare(Action::ScanTopography { grid: self.plan.grid })),
            Phase::Illuminate => Ok(Step::Prepare(Action::SetLight { intensity: self.plan.light })),
            Phase::Further(i) | Phase::Current(i) => Ok(Step::Prepare(match &self.plan.further[i] {
                Further::Channel(name) => Action::ScanChannel { grid: self.plan.grid, channel: name.clone() },
                Further::Current { bias, .. } => Action::ScanCurrent { grid: self.plan.grid, bias: *bias },
            })),
            Phase::Measure if self.touched >= self.plan.steps => Ok(Step::Finished),
            Phase::Measure => {
                if self.pending.is_none() {
                    self.pending = Some(self.choose()?);
                }
                Ok(self.pending.clone().map_or(Step::Finished, Step::Measure))
            }
        }
    }

    /// Takes in what came back. The observation must belong to what [`Session::next`] asked for.
    pub fn tell(&mut self, observation: &Observation) -> Result<Told, SessionError> {
        match (self.phase, &observation.outcome) {
            (Phase::Darken, Outcome::Done) => self.phase = Phase::Scan,
            (Phase::Illuminate, Outcome::Done) => self.phase = self.current_from(0),
            (Phase::Scan, Outcome::Image(image)) => {
                let candidates = Candidates::new(
                    image.values.clone(),
                    self.plan.window_px,
                    image.grid.pixel_width(),
                    image.grid.pixel_height(),
                )?;
                let open = vec![true; candidates.len()];
                self.explored = Some(Explored { candidates, open, measured: Vec::new() });
                self.phase = self.channel_from(0);
            }
            (Phase::Further(i) | Phase::Current(i), Outcome::Image(image)) => {
                let further = &self.plan.further[i];
                let learn = matches!(further, Further::Channel(_) | Further::Current { learn: true, .. });
                if let (true, Some(explored)) = (learn, self.explored.as_mut()) {
                    explored.candidates.add(image.values.clone())?;
                }
                let done = matches!(self.phase, Phase::Current(_));
                self.phase = if done { self.current_from(i + 1) } else { self.channel_from(i + 1) };
            }
            (Phase::Measure, outcome) if self.pending.is_some() => return Ok(self.take(outcome)),
            _ => {
                let expected = match self.phase {
                    Phase::Darken | Phase::Illuminate => "set_light",
                    Phase::Scan => "scan_topography",
                    Phase::Further(_) => "scan_channel",
                    Phase::Current(_) => "scan_current",
                    Phase::Measure => "a measurement",
                };
                return Err(SessionError::Mismatch { expected, got: observation.action.name() });
            }
        }
        Ok(Told::Prepared)
    }

    /// Closes the pending location because the instrument could not measure there.
    pub fn reject(&mut self, reason: impl Into<String>) -> Told {
        self.close_pending();
        Told::Rejected { reason: reason.into() }
    }

    /// The map learnt so far; `None` before the first usable measurement or without a model.
    pub fn predict(&mut self) -> Result<Option<Prediction>, SessionError> {
        let Some(explored) = self.explored.as_ref().filter(|e| !e.measured.is_empty()) else { return Ok(None) };
        let view =
            View { candidates: &explored.candidates, measured: &explored.measured, noise_sigma: self.noise_sigma };
        self.strategy.predict(&view).map_err(|source| SessionError::Model { measured: explored.measured.len(), source })
    }

    /// The structure image and its windows, once scanned.
    pub fn candidates(&self) -> Option<&Candidates> {
        self.explored.as_ref().map(|e| &e.candidates)
    }

    /// Which candidates were neither measured nor rejected; empty before the scan.
    pub fn open(&self) -> &[bool] {
        self.explored.as_ref().map_or(&[], |e| &e.open)
    }

    /// Usable measurements so far, in order.
    pub fn measured(&self) -> &[Measured] {
        self.explored.as_ref().map_or(&[], |e| &e.measured)
    }

    /// Number of locations touched, usable or not.
    pub const fn touched(&self) -> usize {
        self.touched
    }

    /// The plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    fn choose(&mut self) -> Result<Planned, SessionError> {
        let number = self.touched;
        let exhausted = || SessionError::Exhausted { touched: number, steps: self.plan.steps };
        let explored = self.explored.as_ref().ok_or_else(exhausted)?;
        if !explored.open.contains(&true) {
            return Err(exhausted());
        }
        let choice = if explored.measured.is_empty() {
            // Also after a rejected first measurement: nothing is known yet, so any open place will do.
            let index = match self.plan.first {
                First::At(pixel) if number == 0 => explored.candidates.index(pixel).unwrap_or_default(),
                _ => {
                    let mut rng = self.plan.seed.rng(Stream::FirstLocation, number as u64);
                    let open: Vec<usize> = (0..explored.open.len()).filter(|&i| explored.open[i]).collect();
                    open[rng.random_range(0..open.len())]
                }
            };
            Choice { index, mean: None, sigma: None }
        } else {
            let view =
                View { candidates: &explored.candidates, measured: &explored.measured, noise_sigma: self.noise_sigma };
            let mut rng = self.plan.seed.rng(self.plan.stream, number as u64);
            self.strategy
                .choose(&view, &explored.open, &mut rng)
                .map_err(|source| SessionError::Model { measured: explored.measured.len(), source })?
        };
        let pixel = explored.candidates.pixel(choice.index);
        let position = self.plan.grid.position(pixel);
        let action = match self.plan.target {
            Target::Descriptor(_) => Action::SweepIv { at: position, waveform: self.plan.waveform.clone(), repeat: 0 },
            Target::Scalar => Action::ReadScalar { at: position },
        };
        Ok(Planned { number, choice, pixel, position, action })
    }

    fn take(&mut self, outcome: &Outcome) -> Told {
        match (&self.plan.target, outcome) {
            (Target::Descriptor(target), Outcome::Curve(curve)) if curve.is_sound() => {
                let value = match target.evaluate(curve, self.current_noise) {
                    Ok(value) => value,
                    Err(why) => return self.reject(format!("this curve has no {}: {why}", target.name())),
                };
                if !value.value.is_finite() {
                    let name = target.name();
                    return self.reject(format!(
                        "the {name} of this curve is {}: its bias does not rise and fall once",
                        value.value
                    ));
                }
                let descriptors = self.evaluate_all(curve);
                self.keep(value.value, value.censored, descriptors)
            }
            (Target::Descriptor(_), Outcome::Curve(_)) => {
                self.reject("the curve is empty, of unequal columns or holds a value that is not finite")
            }
            (Target::Scalar, Outcome::Scalar(value)) if value.is_finite() => self.keep(*value, false, BTreeMap::new()),
            (Target::Scalar, Outcome::Scalar(value)) => self.reject(format!("the value is {value}")),
            _ => self.reject("the instrument answered with another kind of data"),
        }
    }

    fn evaluate_all(&self, curve: &IvCurve) -> BTreeMap<String, f64> {
        self.descriptors
            .iter()
            .filter_map(|d| Some((d.name().to_owned(), d.evaluate(curve, self.current_noise).ok()?.value)))
            .filter(|(_, value)| value.is_finite())
            .collect()
    }

    fn keep(&mut self, value: f64, censored: bool, descriptors: BTreeMap<String, f64>) -> Told {
        if let Some(planned) = self.close_pending()
            && let Some(explored) = self.explored.as_mut()
        {
            explored.measured.push(Measured { index: planned.choice.index, value });
        }
        Told::Measured { value, censored, descriptors }
    }

    /// The next structure channel from a number on, or what comes after the last: they are scanned in the dark.
    fn channel_from(&self, first: usize) -> Phase {
        let next = (first..self.plan.further.len()).find(|&i| matches!(self.plan.further[i], Further::Channel(_)));
        match next {
            Some(i) => Phase::Further(i),
            None if self.plan.light.0 > 0.0 => Phase::Illuminate,
            None => self.current_from(0),
        }
    }

    /// The next current image from a number on, or the measurements: they share their light.
    fn current_from(&self, first: usize) -> Phase {
        (first..self.plan.further.len())
            .find(|&i| matches!(self.plan.further[i], Further::Current { .. }))
            .map_or(Phase::Measure, Phase::Current)
    }

    fn close_pending(&mut self) -> Option<Planned> {
        let planned = self.pending.take()?;
        self.touched += 1;
        if let Some(explored) = self.explored.as_mut() {
            explored.open[planned.choice.index] = false;
        }
        Some(planned)
    }
}

fn target_name(target: &Target) -> &'static str {
    match target {
        Target::Descriptor(d) => d.name(),
        Target::Scalar => "scalar",
    }
}

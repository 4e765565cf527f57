//! The ask/tell loop: what to do next, and what came of it.
//!
//! A [`Session`] is sans-IO: it holds no instrument, reads no clock and writes no file. [`Session::next`] says what to do,
//! the caller does it on whatever instrument it has and hands the answer to [`Session::tell`]. The same session therefore
//! serves the twin, a replay, a remote microscope and a test. A caller that measures several locations at once, or some of its own choice, asks and
//! tells with `choose_beside` and `tell_at` instead.

mod beside;
mod error;
mod learning;
mod plan;
mod step;
mod target;
mod within;

pub use error::SessionError;
pub use plan::{First, Further, Plan};
pub use step::{Planned, Step, Told};
pub use target::{Property, Target, Vector, component_of};
pub use within::OnBoundaries;

use crate::candidates::Candidates;
use crate::descriptor::{self, CurveComponents, CurveSet, Descriptor, SetCurve};
use crate::levelling::corrected;
use crate::model::{Measured, Prediction, View};
use crate::strategy::{Choice, Strategy};
use learning::Learning;
use rand::RngExt;
use std::collections::BTreeMap;
use std::fmt;
use tiptwin_instrument::log::Reading;
use tiptwin_instrument::{Action, Description, IvCurve, Observation, Outcome, Pixel, Position, Stream, Suns};

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
    learning: Learning,
    current_noise: tiptwin_instrument::Amps,
    descriptors: Vec<Box<dyn Descriptor>>,
    phase: Phase,
    /// Light that is on, as far as this session switched it.
    lamp: Suns,
    explored: Option<Explored>,
    pending: Option<Planned>,
    /// Light and repeat of every sweep at a location.
    sweeps: Vec<(Suns, u32)>,
    /// The curves of the pending location so far.
    set: CurveSet,
    touched: usize,
}

/// What is known once the image is in.
struct Explored {
    candidates: Candidates,
    open: Vec<bool>,
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
        let name = plan.target.names().swap_remove(0);
        let incapable =
            |needs| SessionError::Incapable { target: name.clone(), needs, driver: instrument.driver.clone() };
        match &plan.target {
            Target::Scalar if able.scalar_unit.is_none() => return Err(incapable("read a scalar")),
            Target::Descriptor(_) | Target::Vector(_) if !able.sweep_iv => return Err(incapable("sweep IV curves")),
            _ => {}
        }
        for further in &plan.further {
            match further {
                Further::Channel(name) if !able.further_channels.iter().any(|c| c.name == *name) => {
                    let known = able.further_channels.iter().map(|c| c.name.clone()).collect();
                    return Err(SessionError::Channel { name: name.clone(), known });
                }
                Further::Current { .. } if !able.scan_current => {
                    return Err(incapable("scan the current at a static bias"));
                }
                _ => {}
            }
        }
        let sweeps = plan.target.sweeps(plan.light);
        if !able.light && sweeps.iter().any(|(light, _)| light.0 > 0.0) {
            return Err(incapable("switch a light"));
        }
        let learning =
            Learning::new(&plan.target, strategy.as_ref(), &plan.waveform, able.current_noise, able.scalar_noise);
        Ok(Self {
            learning,
            sweeps,
            set: CurveSet::default(),
            lamp: Suns::ZERO,
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
                let part = self.pending.as_ref().map_or(0, |p| p.part);
                let (light, _) = self.sweeps[part];
                if light != self.lamp {
                    return Ok(Step::Prepare(Action::SetLight { intensity: light }));
                }
                Ok(self.pending.clone().map_or(Step::Finished, Step::Measure))
            }
        }
    }

    /// Takes in what came back. The observation must belong to what [`Session::next`] asked for.
    pub fn tell(&mut self, observation: &Observation) -> Result<Told, SessionError> {
        match (self.phase, &observation.outcome) {
            (Phase::Darken, Outcome::Done) => self.phase = Phase::Scan,
            (Phase::Illuminate, Outcome::Done) => {
                self.lamp = self.plan.light;
                self.phase = self.current_from(0);
            }
            (Phase::Measure, Outcome::Done) if matches!(observation.action, Action::SetLight { .. }) => {
                if let Action::SetLight { intensity } = observation.action {
                    self.lamp = intensity;
                }
            }
            (Phase::Scan, Outcome::Image(image)) => {
                let candidates = Candidates::new(
                    corrected(&image.values, &self.plan.corrections),
                    self.plan.window_px,
                    image.grid.pixel_width(),
                    image.grid.pixel_height(),
                )?;
                let open = match &self.plan.within {
                    Some(within) => within.open(&image.values, &candidates, self.plan.steps)?,
                    None => vec![true; candidates.len()],
                };
                if let (First::At(at), Some(_)) = (self.plan.first, &self.plan.within)
                    && !candidates.index(at).is_some_and(|i| open[i])
                {
                    return Err(SessionError::FirstOffBoundaries { at });
                }
                self.explored = Some(Explored { candidates, open });
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

    /// Takes in the pending location as it was journalled before, from the values that were made of its curves. `currents` are those of all its
    /// curves, one after the other, where they were kept.
    pub fn recall(&mut self, value: Option<f64>, further: &[Reading], currents: Vec<f64>) {
        let Some(planned) = self.close_pending() else { return };
        self.learning.recall(planned.choice.index, value, further, currents);
        if let Some((light, _)) = self.sweeps.last() {
            self.lamp = *light;
        }
    }

    /// Takes a choice as it was journalled before, where the strategy would make the same one again without having been asked for the ones before
    /// it ([`Strategy::forgets`]). Does nothing where it is not a choice's turn.
    pub fn recall_choice(&mut self, pixel: Pixel, mean: Option<f64>, sigma: Option<f64>) {
        let its_turn = matches!(self.phase, Phase::Measure) && self.pending.is_none() && self.touched < self.plan.steps;
        if !its_turn || !self.strategy.forgets() {
            return;
        }
        let index = self.explored.as_ref().and_then(|e| e.candidates.index(pixel).filter(|&i| e.open[i]));
        self.pending = index.map(|index| self.planned(Choice { index, mean, sigma }));
    }

    /// Whether the strategy needs no past ([`Strategy::forgets`]).
    pub fn forgets(&self) -> bool {
        self.strategy.forgets()
    }

    /// Whether some curves of a location are in, and some are not.
    pub const fn is_within_location(&self) -> bool {
        !self.set.curves.is_empty()
    }

    /// Light that is on, as far as this session switched it.
    pub const fn lamp(&self) -> Suns {
        self.lamp
    }

    /// Light and number of repeats before it of every sweep at a location, in order.
    pub fn sweeps(&self) -> &[(Suns, u32)] {
        &self.sweeps
    }

    /// Closes the pending location because the instrument could not measure there.
    pub fn reject(&mut self, reason: impl Into<String>) -> Told {
        self.close_pending();
        Told::Rejected { reason: reason.into(), further: Vec::new() }
    }

    /// The map learnt so far of the target that steers; `None` before the first usable measurement or without a model.
    pub fn predict(&mut self) -> Result<Option<Prediction>, SessionError> {
        self.predict_target(0)
    }

    /// The map of one of [`Session::targets`] by its number; `None` also where the strategy has no model for further targets.
    pub fn predict_target(&mut self, number: usize) -> Result<Option<Prediction>, SessionError> {
        let (Some(explored), Some(learnt)) = (&self.explored, self.learning.targets.get_mut(number)) else {
            return Ok(None);
        };
        let strategy = match (&mut learnt.strategy, number) {
            (Some(strategy), _) => strategy,
            (None, 0) => &mut self.strategy,
            (None, _) => return Ok(None),
        };
        let measured = learnt.measured.len();
        if measured == 0 {
            return Ok(None);
        }
        let view =
            View { candidates: &explored.candidates, measured: &learnt.measured, noise_sigma: learnt.noise_sigma };
        strategy.predict(&view).map_err(|source| SessionError::Model { measured, source })
    }

    /// Names of everything that is learnt; the first steers.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.learning.targets.iter().map(|t| t.name.as_str())
    }

    /// Usable measurements of one of [`Session::targets`], in order. A score on a component is that on the present components.
    pub fn measured_of(&self, number: usize) -> &[Measured] {
        self.learning.targets.get(number).map_or(&[], |t| &t.measured)
    }

    /// The present principal components of the curves, where they are learnt.
    pub const fn components(&self) -> Option<&CurveComponents> {
        self.learning.components.as_ref()
    }

    /// The structure image and its windows, once scanned.
    pub fn candidates(&self) -> Option<&Candidates> {
        self.explored.as_ref().map(|e| &e.candidates)
    }

    /// Which candidates were neither measured nor rejected; empty before the scan.
    pub fn open(&self) -> &[bool] {
        self.explored.as_ref().map_or(&[], |e| &e.open)
    }

    /// Usable measurements so far of the target that steers, in order.
    pub fn measured(&self) -> &[Measured] {
        self.measured_of(0)
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
        let open = self.open().to_vec();
        let choice = self.choose_among(&open, self.touched)?;
        Ok(self.planned(choice))
    }

    /// The choice of this number among these candidates.
    fn choose_among(&mut self, open: &[bool], number: usize) -> Result<Choice, SessionError> {
        let exhausted = || SessionError::Exhausted { touched: self.touched, steps: self.plan.steps };
        let explored = self.explored.as_ref().ok_or_else(exhausted)?;
        if !open.contains(&true) {
            return Err(exhausted());
        }
        let learnt = &self.learning.targets[0];
        let choice = if learnt.measured.is_empty() {
            // Also after a rejected first measurement: nothing is known yet, so any open place will do.
            let index = match self.plan.first {
                First::At(pixel) if number == 0 => explored.candidates.index(pixel).unwrap_or_default(),
                _ => {
                    let mut rng = self.plan.seed.rng(Stream::FirstLocation, number as u64);
                    let open: Vec<usize> = (0..open.len()).filter(|&i| open[i]).collect();
                    open[rng.random_range(0..open.len())]
                }
            };
            Choice { index, mean: None, sigma: None }
        } else {
            let view =
                View { candidates: &explored.candidates, measured: &learnt.measured, noise_sigma: learnt.noise_sigma };
            let mut rng = self.plan.seed.rng(self.plan.stream, number as u64);
            self.strategy
                .choose(&view, open, &mut rng)
                .map_err(|source| SessionError::Model { measured: learnt.measured.len(), source })?
        };
        Ok(choice)
    }

    fn planned(&self, choice: Choice) -> Planned {
        let pixel = self.explored.as_ref().map_or(Pixel { row: 0, col: 0 }, |e| e.candidates.pixel(choice.index));
        let position = self.plan.grid.position(pixel);
        let action = match self.plan.target {
            Target::Descriptor(_) | Target::Vector(_) => self.sweep(position, 0),
            Target::Scalar => Action::ReadScalar { at: position },
        };
        Planned { number: self.touched, choice, pixel, position, action, part: 0 }
    }

    fn sweep(&self, at: Position, part: usize) -> Action {
        Action::SweepIv { at, waveform: self.plan.waveform.clone(), repeat: self.sweeps[part].1 }
    }

    fn take(&mut self, outcome: &Outcome) -> Told {
        match (&self.plan.target, outcome) {
            (Target::Descriptor(_) | Target::Vector(_), Outcome::Curve(curve)) if curve.is_sound() => {
                self.take_curve(curve)
            }
            (Target::Descriptor(_) | Target::Vector(_), Outcome::Curve(_)) => {
                self.reject("the curve is empty, of unequal columns or holds a value that is not finite")
            }
            (Target::Scalar, Outcome::Scalar(value)) if value.is_finite() => {
                if let Some(planned) = self.close_pending() {
                    self.learning.targets[0].measured.push(Measured { index: planned.choice.index, value: *value });
                }
                Told::Measured { value: *value, censored: false, descriptors: BTreeMap::new(), further: Vec::new() }
            }
            (Target::Scalar, Outcome::Scalar(value)) => self.reject(format!("the value is {value}")),
            _ => self.reject("the instrument answered with another kind of data"),
        }
    }

    /// One of the curves of the pending location; the last one closes it.
    fn take_curve(&mut self, curve: &IvCurve) -> Told {
        let part = self.set.curves.len();
        let (light, repeat) = self.sweeps[part];
        self.set.curves.push(SetCurve { light, repeat, curve: curve.clone() });
        if part + 1 < self.sweeps.len() {
            if let Some(at) = self.pending.as_ref().map(|p| p.position) {
                let action = self.sweep(at, part + 1);
                self.pending = self.pending.take().map(|p| Planned { action, part: part + 1, ..p });
            }
            return Told::Part;
        }
        let set = std::mem::take(&mut self.set);
        let index = self.close_pending().map_or(0, |p| p.choice.index);
        let mut answers = self.learning.take(&self.plan.target, index, &set).into_iter();
        let steering = answers.next();
        let further = self.learning.targets[1..].iter().zip(answers).map(|(learnt, answer)| match answer {
            Ok((value, censored)) => {
                Reading { target: learnt.name.clone(), value: Some(value), censored, reason: String::new() }
            }
            Err(reason) => Reading { target: learnt.name.clone(), value: None, censored: false, reason },
        });
        let further = further.collect();
        match steering {
            Some(Ok((value, censored))) => {
                Told::Measured { value, censored, descriptors: self.evaluate_all(&set), further }
            }
            Some(Err(reason)) => Told::Rejected { reason, further },
            None => Told::Rejected { reason: "nothing is learnt".into(), further },
        }
    }

    fn evaluate_all(&self, set: &CurveSet) -> BTreeMap<String, f64> {
        self.descriptors
            .iter()
            .filter_map(|d| Some((d.name().to_owned(), d.evaluate_set(set, self.current_noise).ok()?.value)))
            .filter(|(_, value)| value.is_finite())
            .collect()
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
        self.set.curves.clear();
        self.touched += 1;
        if let Some(explored) = self.explored.as_mut() {
            explored.open[planned.choice.index] = false;
        }
        Some(planned)
    }
}

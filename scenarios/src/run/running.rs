//! The loop itself: ask the session, do it on the instrument, write it down, tell the session.

use super::RunError;
use super::folder::{RunFolder, names};
use super::frames::Frames;
use super::sample::Sample;
use super::stopper::Stopper;
use crate::config::Scenario;
use crate::progress::Progress;
use std::time::Instant;
use tiptwin_core::metrics;
use tiptwin_core::session::{Planned, Session, Step, Told, component_of};
use tiptwin_drivers::Limited;
use tiptwin_instrument::log::{Decision, Event, Measurement, Scores, Start, StopOutcome};
use tiptwin_instrument::{
    Action, ErrorKind, Image, Instrument, InstrumentError, IvCurve, Observation, Outcome, Seconds, Suns,
};

/// Numbers of measurements at which maps are scored: dense where learning is fast, always 25, 50, 100, 200 and the end.
pub(super) fn score_points(steps: usize) -> Vec<usize> {
    let mut points = vec![5, 10, 15, 25, 35, 50, 75, 100, 125, 150, 175, 200];
    points.extend((300..=1000).step_by(100));
    points.extend((1500..=steps.max(1500)).step_by(500));
    points.retain(|&n| n < steps);
    points.push(steps);
    points
}

/// An exploration under way.
pub(super) struct Running {
    pub(super) start: Start,
    pub(super) session: Session,
    pub(super) folder: RunFolder,
    pub(super) decide_s: Vec<f64>,
    pub(super) instrument_s: f64,
    /// Of each target, the one that steers first.
    pub(super) scores: Vec<Vec<Scores>>,
    /// Noise-free values of every candidate for each target, where known.
    pub(super) truths: Vec<Option<Vec<f64>>>,
    /// Maps for who watches, if somebody may.
    pub(super) frames: Option<Frames>,
    /// The curves of the pending location so far.
    set: Vec<IvCurve>,
    /// Bias of all curves of a location, one after the other.
    pub(super) bias_v: Vec<f64>,
    /// On a real instrument that goes on: nothing of the past is repeated.
    real_past: Option<RealPast>,
    /// Light that is on at the instrument itself.
    lamp: Suns,
    /// Whether that instrument was used since it was opened anew.
    reopened: bool,
}

/// What is to be known of a past that cannot be repeated.
#[derive(Clone, Copy, Debug)]
pub(super) struct RealPast {
    /// The decision whose outcome nobody knows.
    pub(super) unknown: Option<usize>,
    /// Whether it is carried out once more.
    pub(super) repeats: bool,
}

/// The instrument of a run: nothing is driven without limits.
pub(super) type Held = Limited<Box<dyn Instrument>>;

impl Running {
    /// A run over a folder. `real_past` says that what the folder holds was done on a real instrument.
    pub(super) fn new(start: Start, session: Session, folder: RunFolder, real_past: Option<RealPast>) -> Self {
        let targets = session.targets().count();
        Self {
            start,
            session,
            folder,
            decide_s: Vec::new(),
            instrument_s: 0.0,
            scores: vec![Vec::new(); targets],
            truths: vec![None; targets],
            frames: None,
            set: Vec::new(),
            bias_v: Vec::new(),
            real_past,
            lamp: Suns::ZERO,
            reopened: false,
        }
    }

    pub(super) fn perform(
        &mut self,
        instrument: &mut Held,
        scenario: &Scenario,
        sample: &Sample,
        progress: Progress,
        stop: &Stopper,
    ) -> Result<(), RunError> {
        let steps = self.session.plan().steps;
        let points = score_points(steps);
        let mut bar = None;
        let mut deciding = 0.0;
        loop {
            // A point that was begun is finished.
            if !self.session.is_within_location() {
                stop.check(self.session.measured().len())?;
            }
            if let Some(d) = self.folder.past().decision() {
                let (pixel, mean, sigma) = (d.pixel, d.mean, d.sigma);
                self.session.recall_choice(pixel, mean, sigma);
            }
            let asked = Instant::now();
            let step = self.session.next()?;
            // A lamp that must be switched first comes between a decision and its measurement.
            deciding += asked.elapsed().as_secs_f64();
            match step {
                Step::Finished => break,
                Step::Prepare(action) => self.prepare(instrument, &action, scenario, sample, progress)?,
                Step::Measure(planned) => {
                    if planned.part == 0 {
                        // What deciding took is what it took when it was decided.
                        let then = self.folder.past().decision().map(|d| d.decide.0);
                        self.decide_s.push(then.unwrap_or(deciding));
                        // The map that led to this choice is at hand now.
                        self.score(&points)?;
                        self.show(false, progress);
                    }
                    let told = self.measure(instrument, &planned, Seconds(deciding))?;
                    deciding = 0.0;
                    let bar = bar.get_or_insert_with(|| progress.steps("exploring", steps));
                    bar.at(self.session.touched(), &shown(&told, &self.start.target_unit));
                }
            }
        }
        self.score(&points)?;
        self.show(true, progress);
        self.score_components(scenario, sample)
    }

    /// Scores on components are compared at the end alone: components change, and so do the scores of the truth.
    fn score_components(&mut self, scenario: &Scenario, sample: &Sample) -> Result<(), RunError> {
        let (Some(components), Some(candidates)) = (self.session.components(), self.session.candidates()) else {
            return Ok(());
        };
        let grid = self.session.plan().grid;
        let pixels: Vec<_> = (0..candidates.len()).map(|i| candidates.pixel(i)).collect();
        let Some(columns) = sample.component_truth(scenario, &grid, &pixels, components)? else { return Ok(()) };
        let names: Vec<String> = self.session.targets().map(str::to_owned).collect();
        for (target, name) in names.iter().enumerate() {
            let Some(truth) = component_of(name).and_then(|k| columns.get(k)) else { continue };
            let n = self.session.measured_of(target).len();
            self.truths[target] = Some(truth.clone());
            if let Some(map) = self.session.predict_target(target)?
                && let Some(scores) = metrics::scores(n, &map, truth, self.session.open())
            {
                self.record(target, scores)?;
            }
        }
        Ok(())
    }

    fn prepare(
        &mut self,
        instrument: &mut Held,
        action: &Action,
        scenario: &Scenario,
        sample: &Sample,
        progress: Progress,
    ) -> Result<(), RunError> {
        let scans = !matches!(action, Action::SetLight { .. });
        if scans {
            self.folder.append(&Event::Intent { action: action.clone() })?;
        }
        if self.real_past.is_some() && !self.folder.past().is_over() {
            return self.recall_preparation(instrument, action, sample, (scenario, progress));
        }
        match action {
            Action::ScanTopography { .. } => progress.stage("scanning the structure image"),
            Action::ScanChannel { channel, .. } => progress.stage(&format!("scanning the channel {channel}")),
            Action::ScanCurrent { bias, .. } => progress.stage(&format!("scanning the current at {bias}")),
            _ => {}
        }
        let observation = self.execute(instrument, action).map_err(|source| RunError::Instrument { source })?;
        self.session.tell(&observation)?;
        let Outcome::Image(image) = &observation.outcome else { return Ok(()) };
        let structure = matches!(action, Action::ScanTopography { .. });
        let file = if structure { names::STRUCTURE.to_owned() } else { names::further(&image.channel) };
        self.folder.write_image(&file, &image.values)?;
        self.folder.append(&Event::Scan {
            channel: image.channel.clone(),
            unit: image.unit.clone(),
            grid: image.grid,
            instrument_time: observation.instrument_time,
            wall_time: observation.wall_time,
        })?;
        if structure { self.know_truths(scenario, sample, progress) } else { Ok(()) }
    }

    fn know_truths(&mut self, scenario: &Scenario, sample: &Sample, progress: Progress) -> Result<(), RunError> {
        let Some(candidates) = self.session.candidates() else { return Ok(()) };
        let pixels: Vec<_> = (0..candidates.len()).map(|i| candidates.pixel(i)).collect();
        let bar = progress.steps("computing the truth for scores", pixels.len());
        let grid = self.session.plan().grid;
        self.truths = sample.truths(scenario, &grid, &pixels, &|done| bar.at(done, ""))?;
        Ok(())
    }

    /// Tells the session of a preparation that a real instrument once made.
    fn recall_preparation(
        &mut self,
        instrument: &mut Held,
        action: &Action,
        sample: &Sample,
        (scenario, progress): (&Scenario, Progress),
    ) -> Result<(), RunError> {
        let grid = self.session.plan().grid;
        let (outcome, time) = match self.folder.past().next() {
            Some(Event::Scan { channel, unit, instrument_time, .. }) if !matches!(action, Action::SetLight { .. }) => {
                let (channel, unit, time) = (channel.clone(), unit.clone(), *instrument_time);
                let structure = matches!(action, Action::ScanTopography { .. });
                let file = if structure { names::STRUCTURE.to_owned() } else { names::further(&channel) };
                let values = self.folder.recall_image(&file)?;
                self.folder.past().take();
                (Outcome::Image(Image { channel, unit, grid, values }), Some(time))
            }
            _ => (Outcome::Done, None),
        };
        let remembered = instrument.remember(action, None, time);
        remembered.map_err(|source| RunError::Instrument { source })?;
        let (instrument_time, wall_time) = (time.unwrap_or_default(), Seconds::default());
        let action = action.clone();
        self.session.tell(&Observation {
            action: action.clone(),
            read_back: None,
            instrument_time,
            wall_time,
            outcome,
        })?;
        let structure = matches!(action, Action::ScanTopography { .. });
        if structure { self.know_truths(scenario, sample, progress) } else { Ok(()) }
    }

    /// Tells the session of a location that a real instrument once measured.
    fn recall_location(&mut self, instrument: &mut Held, planned: &Planned) -> Result<Told, RunError> {
        let (value, further, curve, time) = match self.folder.past().take() {
            Some(Event::Measurement(m)) if m.index == planned.number => {
                let told = (m.value, m.censored, m.descriptors);
                (Ok(told), m.further, m.curve, Some(m.instrument_time))
            }
            Some(Event::Rejected { index, reason, further, curve, .. }) if index == planned.number => {
                (Err(reason), further, curve, None)
            }
            _ => {
                let what = format!("location {} has another outcome than the journal says", planned.number);
                return Err(self.folder.past().diverged(what).into());
            }
        };
        let sweeps = self.session.sweeps().to_vec();
        let samples = self.session.plan().waveform.samples();
        let (bias_v, rows) = match curve {
            Some(first) => self.folder.recall_curves(first, sweeps.len(), samples)?,
            None => Default::default(),
        };
        if self.bias_v.is_empty() && curve.is_some() {
            self.bias_v = bias_v.repeat(sweeps.len());
        }
        let sample_interval = self.session.plan().waveform.sample_interval();
        for (part, (light, _)) in sweeps.iter().enumerate() {
            let lit = Action::SetLight { intensity: *light };
            let current_a = rows.get(part).cloned();
            let curve = current_a.map(|current_a| IvCurve {
                bias_v: bias_v.clone(),
                current_a,
                sample_interval,
                saturated: false,
            });
            let time = time.filter(|_| part + 1 == sweeps.len());
            if self.start.instrument.capabilities.light {
                drop(instrument.remember(&lit, None, None));
            }
            let remembered = instrument.remember(&planned.action, curve.as_ref(), time);
            remembered.map_err(|source| RunError::Instrument { source })?;
        }
        self.session.recall(value.as_ref().ok().map(|(v, ..)| *v), &further, rows.concat());
        Ok(match value {
            Ok((value, censored, descriptors)) => Told::Measured { value, censored, descriptors, further },
            Err(reason) => Told::Rejected { reason, further },
        })
    }

    fn measure(&mut self, instrument: &mut Held, planned: &Planned, decide: Seconds) -> Result<Told, RunError> {
        let index = planned.number;
        if planned.part == 0 {
            self.set.clear();
            self.folder.append(&Event::Decision(Decision {
                index,
                pixel: planned.pixel,
                position: planned.position,
                mean: planned.choice.mean,
                sigma: planned.choice.sigma,
                decide,
            }))?;
        }
        if self.real_past.is_some() && !self.folder.past().is_over() {
            return self.recall_location(instrument, planned);
        }
        if let Some(past) = self.real_past.filter(|p| planned.part == 0 && p.unknown == Some(index)) {
            // It may have been touched, and counts as touched.
            for _ in self.session.sweeps() {
                let remembered = instrument.remember(&planned.action, None, None);
                remembered.map_err(|source| RunError::Instrument { source })?;
            }
            if !past.repeats {
                return self.leave_unknown(planned);
            }
        }
        let mut curve = None;
        let told = match self.execute(instrument, &planned.action) {
            Ok(observation) => {
                let told = self.session.tell(&observation)?;
                if let Outcome::Curve(c) = &observation.outcome {
                    self.set.push(c.clone());
                }
                curve = self.keep_curves(&told)?;
                if let Told::Measured { value, censored, descriptors, further } = &told {
                    self.folder.append(&Event::Measurement(Measurement {
                        index,
                        pixel: planned.pixel,
                        position: observation.read_back.unwrap_or(planned.position),
                        value: *value,
                        censored: *censored,
                        descriptors: descriptors.clone(),
                        further: further.clone(),
                        curve,
                        instrument_time: observation.instrument_time,
                        wall_time: observation.wall_time,
                    }))?;
                }
                told
            }
            Err(error) if error.kind() == ErrorKind::BadMeasurement => self.session.reject(error.to_string()),
            Err(source) => return Err(RunError::Instrument { source }),
        };
        if let Told::Rejected { reason, further } = &told {
            let (reason, further) = (reason.clone(), further.clone());
            self.folder.append(&Event::Rejected { index, pixel: planned.pixel, reason, further, curve })?;
        }
        Ok(told)
    }

    /// Closes the location that was about to be touched when the run was cut off.
    fn leave_unknown(&mut self, planned: &Planned) -> Result<Told, RunError> {
        let told = self
            .session
            .reject("the run was cut off here: whether the sample was touched is unknown, and it is not touched again");
        if let Told::Rejected { reason, further } = &told {
            let (index, pixel) = (planned.number, planned.pixel);
            let (reason, further) = (reason.clone(), further.clone());
            self.folder.append(&Event::Rejected { index, pixel, reason, further, curve: None })?;
        }
        Ok(told)
    }

    /// Stores the curves of a location once they are complete and say something; returns the row of the first.
    fn keep_curves(&mut self, told: &Told) -> Result<Option<usize>, RunError> {
        let useful = match told {
            Told::Measured { .. } => true,
            Told::Rejected { further, .. } => further.iter().any(|reading| reading.value.is_some()),
            _ => false,
        };
        let mut first = None;
        if useful {
            for c in &self.set {
                let row = self.folder.append_curve(&c.bias_v, &c.current_a)?;
                first.get_or_insert(row);
            }
            if self.bias_v.is_empty() {
                self.bias_v = self.set.iter().flat_map(|c| c.bias_v.iter().copied()).collect();
            }
        }
        Ok(first)
    }

    fn execute(&mut self, instrument: &mut Held, action: &Action) -> Result<Observation, InstrumentError> {
        let begun = Instant::now();
        let switches = matches!(action, Action::SetLight { .. });
        // An instrument that was opened anew is dark, and the session does not know.
        if self.real_past.is_some() && !self.reopened {
            instrument.reopened();
            self.reopened = true;
        }
        let lamp = self.session.lamp();
        if self.real_past.is_some() && !switches && self.lamp != lamp {
            instrument.execute(&Action::SetLight { intensity: lamp })?;
            self.lamp = lamp;
        }
        let result = instrument.execute(action);
        if let (Action::SetLight { intensity }, Ok(_)) = (action, &result) {
            self.lamp = *intensity;
        }
        self.instrument_s += begun.elapsed().as_secs_f64();
        result
    }

    /// Scores the maps of what is measured so far, once for each of the announced numbers.
    fn score(&mut self, points: &[usize]) -> Result<(), RunError> {
        for target in 0..self.truths.len() {
            let n = self.session.measured_of(target).len();
            let due = n > 0 && points.contains(&n) && self.scores[target].last().is_none_or(|s| s.n != n);
            let Some(truth) = self.truths[target].as_ref().filter(|_| due) else { continue };
            // A map that nobody needs is not made again where the model does not miss it.
            if self.session.forgets() {
                let name = target.checked_sub(1).map(|further| self.start.further_targets[further].target.clone());
                if let Some(scores) = self.folder.past().take_scores(name.as_deref()) {
                    self.scores[target].push(scores);
                    continue;
                }
            }
            let Some(map) = self.session.predict_target(target)? else { continue };
            if let (0, Some(frames), Some(candidates)) = (target, &mut self.frames, self.session.candidates()) {
                frames.keep(n, &map, candidates);
            }
            let Some(scores) = metrics::scores(n, &map, truth, self.session.open()) else { continue };
            self.record(target, scores)?;
        }
        Ok(())
    }

    /// Journals scores of a target, the one that steers by 0.
    pub(super) fn record(&mut self, target: usize, scores: Scores) -> Result<(), RunError> {
        let event = match target.checked_sub(1).map(|further| &self.start.further_targets[further]) {
            None => Event::Scores(scores),
            Some(further) => Event::FurtherScores { target: further.target.clone(), scores },
        };
        self.folder.append(&event)?;
        self.scores[target].push(scores);
        Ok(())
    }

    /// Leaves a frame for who watches, where one is due. Watching must not end a run: after a failure there are no more frames.
    fn show(&mut self, last: bool, progress: Progress) {
        let Some(frames) = self.frames.as_mut().filter(|_| self.folder.past().is_over()) else { return };
        frames.offer(&mut self.session, last);
        if let Some(error) = frames.trouble() {
            progress.note(&format!("warning: the live page gets no more maps: {error}"));
            self.frames = None;
        }
    }

    /// Writes the last event, and says how the run ended. An error of the run goes before one of the journal.
    pub(super) fn close(
        &mut self,
        performed: Result<(), RunError>,
        safe: Result<(), InstrumentError>,
    ) -> Result<(), RunError> {
        // What repeating a run does not bring up again is kept as it is.
        if performed.is_err() && !self.folder.past().is_over() {
            return performed;
        }
        let made_safe = Some(safe.is_ok());
        let outcome = match (performed, safe) {
            (performed, Ok(())) => performed,
            (Ok(()), Err(safe)) => Err(RunError::Unsafe { cause: "all was measured".into(), safe }),
            (Err(error), Err(safe)) => Err(RunError::Unsafe { cause: error.cause(), safe }),
        };
        let (outcome, (how, message)) = match outcome {
            Ok(()) => (Ok(()), (StopOutcome::Completed, String::new())),
            Err(e @ RunError::Interrupted { .. }) => {
                let message = e.to_string();
                (Err(e), (StopOutcome::Interrupted, message))
            }
            Err(e) => {
                let message = e.to_string();
                (Err(e), (StopOutcome::Failed, message))
            }
        };
        let written = self.folder.append(&Event::Stop { outcome: how, message, made_safe });
        outcome?;
        Ok(written?)
    }
}

fn shown(told: &Told, unit: &str) -> String {
    match told {
        Told::Measured { value, censored, .. } => {
            format!("{}{}", if *censored { "≥ " } else { "" }, tiptwin_instrument::units::engineering(*value, unit))
        }
        Told::Rejected { .. } => "rejected".into(),
        Told::Prepared | Told::Part => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announced_numbers_are_always_scored() {
        assert_eq!(score_points(3), vec![3]);
        for steps in [200, 250, 1200, 5000] {
            let points = score_points(steps);
            assert!([25, 50, 100, 200, steps].iter().all(|n| points.contains(n)), "{points:?}");
            assert!(points.windows(2).all(|w| w[0] < w[1]), "{points:?}");
        }
    }
}

//! The decisions of a run, made again from its journal: by its own rule, which must come to the same, and by others.

use super::Evidence;
use super::evidence::Touch;
use crate::progress::Progress;
use crate::run::{Contender, RunError};
use tiptwin_core::acquisition::{Goal, normal_cdf, normal_pdf};
use tiptwin_core::descriptor;
use tiptwin_core::model::{Measured, ModelError, View};
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::component_of;
use tiptwin_core::statistics::simple_regret;
use tiptwin_core::strategy::{Alternative, ModelStrategy, Rule};
use tiptwin_instrument::{MasterSeed, Stream, StreamRng};

/// How well the model predicts each measurement from the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftOut {
    /// Root mean square of the error over the standard deviation of the measured values.
    pub nrmse: f64,
    /// Root mean square of the error over what the model says of it: 1 if its deviations are right.
    pub standardised: f64,
}

/// One decision, looked at again.
#[derive(Clone, Debug, PartialEq)]
pub struct StepBack {
    /// Number of the decision, from 0.
    pub number: usize,
    /// Candidate that the run chose.
    pub index: usize,
    /// Predicted mean and deviation there, in the target's unit.
    pub believed: (f64, f64),
    /// Expected improvement there by its two parts: a better mean, and uncertainty.
    pub improvement: (f64, f64),
    /// Rank of the chosen candidate under the run's own rule among the open ones, 1 the best; `None` for rules without scores.
    pub rank: Option<usize>,
    /// What each of the rules would have chosen.
    pub alternatives: Vec<Option<usize>>,
    /// `None` for models that cannot say.
    pub left_out: Option<LeftOut>,
}

/// All of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    /// Rules of the alternatives; the run's own first where it has scores.
    pub rules: Vec<Rule>,
    /// Whether the first of them is the run's own.
    pub own: bool,
    /// Steps that were looked at.
    pub steps: Vec<StepBack>,
    /// Regret after each usable measurement, where a truth is known.
    pub regret: Vec<f64>,
    /// Best value so far after each usable measurement, towards the run's goal, in the target's unit.
    pub best: Vec<f64>,
}

impl Decisions {
    /// At how many of the steps the run's own rule came to the same choice, and of how many.
    pub fn reproduced(&self) -> Option<(usize, usize)> {
        let same = self.steps.iter().filter(|s| s.alternatives.first() == Some(&Some(s.index))).count();
        self.own.then_some((same, self.steps.len()))
    }
}

/// Makes every `every`-th decision again. `None`, with the reason in `missing`, where that cannot be done.
pub(super) fn again(
    evidence: &Evidence,
    every: usize,
    progress: Progress,
    missing: &mut Vec<String>,
) -> Result<Option<Decisions>, RunError> {
    let start = &evidence.report.start;
    let (Some(settings), Some(at_first)) = (&evidence.settings, &evidence.open) else { return Ok(None) };
    let mut not = |why: String| {
        missing.push(why);
        Ok(None)
    };
    if settings.explore.strategy != start.strategy {
        return not(format!(
            "the strategy {} is not one of this build: its decisions cannot be made again",
            start.strategy
        ));
    }
    if component_of(&start.target).is_some() {
        return not("scores on curve components change as curves come in: decisions by them are not made again".into());
    }
    let strategy = match Contender::with_model(&settings.explore, start.seed, ComputeDevice::default()) {
        Ok(strategy) => strategy,
        Err(e) => return not(format!("decisions cannot be made again: {e}")),
    };
    let (own, goal) = strategy.rule();
    let scores = !matches!(own, Rule::Random | Rule::Grid { .. }) && settings.explore.strategy != "points";
    let others = Rule::ALL.into_iter().filter(|r| *r != Rule::Random && (!scores || r.name() != own.name()));
    let rules: Vec<Rule> = scores.then_some(own).into_iter().chain(others).collect();
    let noise_sigma = noise_sigma(evidence);
    let stream = MasterSeed(start.seed);
    let batch = strategy.batch();
    let mut learner = Learner { evidence, strategy, rules: &rules, own: scores, goal, noise_sigma, batch: Vec::new() };
    let (mut measured, mut open) = (Vec::new(), at_first.clone());
    let (mut steps, mut chosen, mut known) = (Vec::new(), 0..0, 0);
    let mut rng = stream.rng(Stream::Strategy, 0);
    let bar = progress.steps("decisions made again", evidence.touches.len());
    for (k, touch) in evidence.touches.iter().enumerate() {
        if !measured.is_empty() {
            if !chosen.contains(&k) {
                (chosen, known) = (k..k + batch, measured.len());
                rng = stream.rng(Stream::Strategy, touch.number as u64);
                learner.batch.clear();
            }
            // Within a batch every choice builds on those before it: batches are looked at as wholes.
            if chosen.clone().any(|k| k % every == 0 || k + 1 == evidence.touches.len()) {
                steps.push(learner.look(touch, &measured[..known], &open, &mut rng)?);
            }
        }
        measured.extend(touch.value.map(|value| Measured { index: touch.index, value }));
        open[touch.index] = false;
        bar.at(k + 1, "");
    }
    if steps.is_empty() {
        return not("no decision was made by a model: there is nothing to make again".into());
    }
    let usable = evidence.usable();
    let toward = |v: f64| goal.toward(v);
    let regret = evidence.report.truth.as_ref().map_or_else(Vec::new, |truth| {
        let at = |i: usize| {
            let p = evidence.candidates.pixel(i);
            toward(truth[[p.row, p.col]])
        };
        // What could not be measured is no place to find.
        let all: Vec<f64> = (0..at_first.len()).map(|i| if at_first[i] { at(i) } else { f64::NAN }).collect();
        simple_regret(&all, &usable.iter().map(|u| u.0).collect::<Vec<_>>())
    });
    let best = usable.iter().scan(f64::NEG_INFINITY, |best, (_, value)| {
        *best = best.max(toward(*value));
        Some(toward(*best))
    });
    let best = best.collect();
    Ok(Some(Decisions { rules, own: scores, steps, regret, best }))
}

/// Who decided, with what it was told.
struct Learner<'a> {
    evidence: &'a Evidence,
    strategy: ModelStrategy,
    rules: &'a [Rule],
    /// Whether the first rule is the run's own.
    own: bool,
    goal: Goal,
    noise_sigma: Option<f64>,
    /// What it believes of the locations of a batch that are not measured yet.
    batch: Vec<Measured>,
}

impl Learner<'_> {
    /// One decision from what was measured when it was made. `rng` is that of the step, or of the first step of its batch.
    fn look(
        &mut self,
        touch: &Touch,
        measured: &[Measured],
        open: &[bool],
        rng: &mut StreamRng,
    ) -> Result<StepBack, RunError> {
        let failed = |e: ModelError| RunError::Input(e.to_string());
        let known = View { candidates: &self.evidence.candidates, measured, noise_sigma: self.noise_sigma };
        let supposed = [measured, &self.batch].concat();
        let view = View { measured: &supposed, ..known };
        if self.strategy.batch() > 1 {
            self.strategy.suppose(&known, &self.batch).map_err(failed)?;
        }
        let mut alternatives = Vec::new();
        for (k, rule) in self.rules.iter().enumerate() {
            let seed = MasterSeed(self.evidence.report.start.seed);
            let mut other = seed.rng(Stream::Strategy, touch.number as u64);
            let rng = if self.own && k == 0 { &mut *rng } else { &mut other };
            let found = match self.strategy.would_choose((*rule, Some(self.goal)), &view, open, rng) {
                Err(ModelError::NoCovariances { .. }) => None,
                found => found.map_err(failed)?,
            };
            alternatives.push(found);
        }
        let rank = if self.own { alternatives[0].as_ref().map(|a| rank(a, touch.index, open)) } else { None };
        let alternatives = alternatives.into_iter().map(|a| a.map(|a| a.index)).collect();
        let step = back(&mut self.strategy, (&known, &view), (touch.number, touch.index), (rank, alternatives))?;
        if self.strategy.batch() > 1 {
            let value = self.strategy.believes(&view).map_err(failed)?.quantile(touch.index, 0.0);
            self.batch.push(Measured { index: touch.index, value });
        }
        Ok(step)
    }
}

/// `known` is what was measured, `view` holds what was believed in a batch, too.
fn back(
    strategy: &mut ModelStrategy,
    (known, view): (&View<'_>, &View<'_>),
    (number, index): (usize, usize),
    (rank, alternatives): (Option<usize>, Vec<Option<usize>>),
) -> Result<StepBack, RunError> {
    let failed = |e: ModelError| RunError::Input(e.to_string());
    let goal = strategy.rule().1;
    let map = strategy.believes(view).map_err(failed)?;
    let believed = (map.mean[index], map.sigma[index]);
    let best = view.measured.iter().map(|m| goal.toward(map.mean[m.index])).fold(f64::NEG_INFINITY, f64::max);
    let ahead = goal.toward(believed.0) - best;
    let z = ahead / believed.1;
    let improvement =
        if believed.1 > 0.0 { (ahead * normal_cdf(z), believed.1 * normal_pdf(z)) } else { (ahead.max(0.0), 0.0) };
    let left_out = strategy.left_out(known).map_err(failed)?.and_then(|left| {
        let values: Vec<f64> = known.measured.iter().map(|m| m.value).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let errors = values.iter().zip(&left).map(|(v, l)| (v - l.value).powi(2)).sum::<f64>() / n;
        let standardised = (left.iter().map(|l| l.standardised.powi(2)).sum::<f64>() / n).sqrt();
        (n > 2.0 && spread > 0.0).then(|| LeftOut { nrmse: errors.sqrt() / spread, standardised })
    });
    Ok(StepBack { number, index, believed, improvement, rank, alternatives, left_out })
}

/// How many open candidates score better, and one.
fn rank(alternative: &Alternative, index: usize, open: &[bool]) -> usize {
    let own = alternative.scores[index];
    let better = alternative.scores.iter().zip(open).filter(|(score, open)| **open && **score > own);
    1 + better.count()
}

/// The noise that the session was told of, as it was told.
fn noise_sigma(evidence: &Evidence) -> Option<f64> {
    let able = &evidence.report.start.instrument.capabilities;
    let (name, _) = crate::config::rule_and_light(&evidence.report.start.target);
    let settings = evidence.settings.as_ref()?;
    match descriptor::by_name(name).filter(|_| able.sweep_iv) {
        Some(rule) => {
            let repeats = f64::from(settings.measurement.repeats.max(1));
            let of = able.current_noise.and_then(|noise| rule.noise_sigma(&settings.measurement.waveform, noise));
            of.map(|sigma| sigma / repeats.sqrt())
        }
        None => able.scalar_noise,
    }
}

//! What was read from the curves so far, one list for each target.

use super::target::{Property, Target, component_of};
use crate::descriptor::{CurveComponents, CurveSet, Undefined, Value};
use crate::model::{Measured, training_is_due};
use crate::strategy::Strategy;
use ndarray::Array2;
use tiptwin_instrument::log::Reading;
use tiptwin_instrument::{Amps, Waveform};

/// What a target said at a location: its value and whether that is only a bound, or why it has none.
pub(super) type Answer = Result<(f64, bool), String>;

/// All targets of a session.
pub(super) struct Learning {
    /// The one that steers first.
    pub(super) targets: Vec<Learnt>,
    pub(super) components: Option<CurveComponents>,
    /// Components that targets ask for.
    keep: usize,
    /// Candidate and currents of every location, its curves one after the other; only kept for components.
    curves: Vec<(usize, Vec<f64>)>,
    noise: Amps,
}

/// One target.
pub(super) struct Learnt {
    pub(super) name: String,
    pub(super) noise_sigma: Option<f64>,
    /// Predicts this target; the one that steers has the session's.
    pub(super) strategy: Option<Box<dyn Strategy>>,
    pub(super) measured: Vec<Measured>,
}

impl Learning {
    pub(super) fn new(
        target: &Target,
        steering: &dyn Strategy,
        waveform: &Waveform,
        current_noise: Option<Amps>,
        scalar_noise: Option<f64>,
    ) -> Self {
        let learnt = |name: String, noise_sigma, first: bool| Learnt {
            name,
            noise_sigma,
            strategy: if first { None } else { steering.sibling() },
            measured: Vec::new(),
        };
        let (mut targets, mut keep) = (Vec::new(), 0);
        match target {
            Target::Scalar => targets.push(learnt("scalar".into(), scalar_noise, true)),
            Target::Descriptor(d) => {
                let sigma = current_noise.and_then(|noise| d.noise_sigma(waveform, noise));
                targets.push(learnt(d.name().into(), sigma, true));
            }
            Target::Vector(vector) => {
                for (i, property) in vector.properties.iter().enumerate() {
                    let sigma = match property {
                        // The mean of repeats.
                        Property::Descriptor(d) | Property::InLight(d, _) => current_noise
                            .and_then(|noise| d.noise_sigma(waveform, noise))
                            .map(|sigma| sigma / f64::from(vector.repeats.max(1)).sqrt()),
                        Property::Component(k) => {
                            keep = keep.max(k + 1);
                            None
                        }
                    };
                    targets.push(learnt(property.name(), sigma, i == 0));
                }
            }
        }
        Self { targets, components: None, keep, curves: Vec::new(), noise: current_noise.unwrap_or_default() }
    }

    /// Takes in the curves of a candidate and says what each target made of them.
    pub(super) fn take(&mut self, target: &Target, index: usize, set: &CurveSet) -> Vec<Answer> {
        let currents = set.curves.iter().flat_map(|c| c.curve.current_a.iter().copied()).collect();
        let scores = self.scores(index, currents);
        let noise = self.noise;
        let answer = |name: &str, value: Result<Value, Undefined>| match value {
            Ok(v) if v.value.is_finite() => Ok((v.value, v.censored)),
            Ok(v) => Err(format!("the {name} of this curve is {}: its bias does not rise and fall once", v.value)),
            Err(why) => Err(format!("this curve has no {name}: {why}")),
        };
        let answers: Vec<Answer> = match target {
            Target::Scalar => Vec::new(),
            Target::Descriptor(d) => vec![answer(d.name(), d.evaluate_set(set, noise))],
            Target::Vector(vector) => vector
                .properties
                .iter()
                .map(|property| match property {
                    Property::Component(k) => scores.clone().map(|s| (s[*k], false)),
                    rule => {
                        let value = rule.read(set, noise).unwrap_or(Err(Undefined("it is not a rule")));
                        answer(&rule.name(), value)
                    }
                })
                .collect(),
        };
        for (learnt, answer) in self.targets.iter_mut().zip(&answers) {
            learnt.measured.extend(answer.as_ref().ok().map(|&(value, _)| Measured { index, value }));
        }
        answers
    }

    /// Takes in what was made of a candidate before, from its values and, for components, its currents (none where none were kept).
    pub(super) fn recall(&mut self, index: usize, value: Option<f64>, further: &[Reading], currents: Vec<f64>) {
        let scores = if currents.is_empty() { Err(String::new()) } else { self.scores(index, currents) };
        for (i, learnt) in self.targets.iter_mut().enumerate() {
            let reading = || further.iter().find(|r| r.target == learnt.name).and_then(|r| r.value);
            let recorded = if i == 0 { value } else { reading() };
            let value = match component_of(&learnt.name) {
                Some(k) => scores.as_ref().ok().and_then(|s| s.get(k).copied()),
                None => recorded,
            };
            learnt.measured.extend(value.map(|value| Measured { index, value }));
        }
    }

    /// Scores of a new curve. Where models train anew, components are found anew, and every earlier score changes with them: what is
    /// known depends on what was measured in which order, never on when somebody asked.
    fn scores(&mut self, index: usize, currents: Vec<f64>) -> Result<Vec<f64>, String> {
        if self.keep == 0 {
            return Ok(Vec::new());
        }
        if let Some((_, first)) = self.curves.first()
            && first.len() != currents.len()
        {
            return Err(format!("it has {} samples where the first curve had {}", currents.len(), first.len()));
        }
        let samples = currents.len();
        self.curves.push((index, currents));
        let n = self.curves.len();
        if self.components.is_none() || n < 4 || training_is_due(n) {
            let rows = Array2::from_shape_fn((n, samples), |(i, j)| self.curves[i].1[j]);
            let components = CurveComponents::of(&rows, self.keep, self.noise);
            for learnt in &mut self.targets {
                let Some(k) = component_of(&learnt.name) else { continue };
                learnt.measured = self.curves[..n - 1]
                    .iter()
                    .map(|(index, currents)| Measured { index: *index, value: components.scores(currents)[k] })
                    .collect();
            }
            self.components = Some(components);
        }
        let newest = &self.curves[n - 1].1;
        Ok(self.components.as_ref().map(|c| c.scores(newest)).unwrap_or_default())
    }
}

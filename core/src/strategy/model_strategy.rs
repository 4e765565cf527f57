//! A model and a rule: the shape of nearly every strategy.

use super::{Choice, Strategy, grid};
use crate::acquisition;
use crate::model::{Model, ModelError, Prediction, View};
use rand::RngExt;
use std::fmt;
use tiptwin_instrument::StreamRng;

/// How a location is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Largest predicted variance (the published rule).
    MaxVariance,
    /// Largest expected improvement over the best value measured so far, for maximisation.
    ExpectedImprovement {
        /// Margin, in standard deviations of the measured values.
        xi: f64,
    },
    /// Largest expected drop of the variance of the whole map, over a sample of candidates and of places.
    IntegratedVariance,
    /// Any open candidate, all alike. The model is not asked.
    Random,
    /// A serpentine grid of this many points. The model is not asked.
    Grid {
        /// Planned number of measurements.
        points: usize,
    },
}

/// A strategy from a model and a rule. The same model under two rules compares the rules; two models under
/// [`Rule::Random`] are compared on equal data.
pub struct ModelStrategy {
    name: String,
    model: Box<dyn Model>,
    rule: Rule,
    /// The newest map and the number of measurements it was made from: choosing and scoring share it.
    newest: Option<(usize, Prediction)>,
}

impl fmt::Debug for ModelStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelStrategy").field("name", &self.name).field("rule", &self.rule).finish_non_exhaustive()
    }
}

impl ModelStrategy {
    /// A strategy under a name of its own.
    pub fn new(name: impl Into<String>, model: Box<dyn Model>, rule: Rule) -> Self {
        Self { name: name.into(), model, rule, newest: None }
    }

    fn map(&mut self, view: &View<'_>) -> Result<&Prediction, ModelError> {
        let n = view.measured.len();
        if self.newest.as_ref().is_none_or(|(at, _)| *at != n) {
            self.newest = Some((n, self.model.predict(view)?));
        }
        Ok(&self.newest.as_ref().expect("was set above").1)
    }
}

impl Strategy for ModelStrategy {
    fn name(&self) -> &str {
        &self.name
    }

    fn choose(&mut self, view: &View<'_>, open: &[bool], rng: &mut StreamRng) -> Result<Choice, ModelError> {
        let rule = self.rule;
        match rule {
            Rule::Random => Ok(without_model(random_open(open, rng))),
            Rule::Grid { points } => {
                // A node that is already closed (the free first location, a rejected spot) is skipped.
                let next = grid::serpentine(view.candidates, points).into_iter().find(|&i| open[i]);
                Ok(without_model(next.unwrap_or_else(|| random_open(open, rng))))
            }
            Rule::MaxVariance => {
                let map = self.map(view)?;
                let scores = map.sigma.iter().map(|&s| acquisition::variance(s));
                from_map(map, acquisition::argmax(scores, open, rng))
            }
            Rule::IntegratedVariance => {
                let sample = sample_open(open, CANDIDATES, rng);
                let reference = sample_open(open, REFERENCE, rng);
                let gains = self.model.variance_reduction(view, &sample, &reference)?.ok_or_else(|| {
                    ModelError::Diverged(format!(
                        "the model {} knows no covariances for integrated-variance",
                        self.model.name()
                    ))
                })?;
                let everywhere = vec![true; sample.len()];
                let best = acquisition::argmax(gains.into_iter(), &everywhere, rng);
                let best = best.ok_or_else(|| ModelError::Diverged("no candidate has a finite gain".into()))?;
                Ok(without_model(sample[best]))
            }
            Rule::ExpectedImprovement { xi } => {
                let best = view.measured.iter().map(|m| m.value).fold(f64::NEG_INFINITY, f64::max);
                let margin = xi * standard_deviation(view);
                let map = self.map(view)?;
                let scores = map
                    .mean
                    .iter()
                    .zip(&map.sigma)
                    .map(|(&m, &s)| acquisition::expected_improvement(m, s, best, margin));
                from_map(map, acquisition::argmax(scores, open, rng))
            }
        }
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Option<Prediction>, ModelError> {
        self.map(view).map(|map| Some(map.clone()))
    }
}

/// How many candidates the integrated variance is worked out for, and over how many places it is averaged: the best of a
/// thousand is as good as the best of all to within the noise of 300 places.
const CANDIDATES: usize = 1000;
const REFERENCE: usize = 300;

/// A random sample of the open candidates, all of them if they are fewer.
fn sample_open(open: &[bool], count: usize, rng: &mut StreamRng) -> Vec<usize> {
    let all: Vec<usize> = (0..open.len()).filter(|&i| open[i]).collect();
    rand::seq::index::sample(rng, all.len(), count.min(all.len())).into_iter().map(|k| all[k]).collect()
}

/// One of the open candidates, all alike.
fn random_open(open: &[bool], rng: &mut StreamRng) -> usize {
    let count = open.iter().filter(|&&o| o).count();
    let nth = rng.random_range(0..count.max(1));
    open.iter().enumerate().filter(|(_, o)| **o).nth(nth).map_or(0, |(i, _)| i)
}

fn without_model(index: usize) -> Choice {
    Choice { index, mean: None, sigma: None }
}

fn from_map(map: &Prediction, index: Option<usize>) -> Result<Choice, ModelError> {
    let index = index.ok_or_else(|| ModelError::Diverged("no candidate has a finite acquisition value".into()))?;
    Ok(Choice { index, mean: Some(map.mean[index]), sigma: Some(map.sigma[index]) })
}

fn standard_deviation(view: &View<'_>) -> f64 {
    let n = view.measured.len() as f64;
    let mean = view.measured.iter().map(|m| m.value).sum::<f64>() / n;
    (view.measured.iter().map(|m| (m.value - mean).powi(2)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Candidates, Measured};
    use ndarray::Array2;
    use tiptwin_instrument::{MasterSeed, Meters, Stream};

    /// Mean rises and deviation falls along the candidates.
    struct Ramp;
    impl Model for Ramp {
        fn name(&self) -> &'static str {
            "ramp"
        }
        fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
            let n = view.candidates.len();
            Ok(Prediction {
                mean: (0..n).map(|i| i as f64).collect(),
                sigma: (0..n).map(|i| 1.0 + (n - i) as f64 * 1e-3).collect(),
            })
        }
    }

    fn choose(rule: Rule, closed: &[usize]) -> Choice {
        let candidates = Candidates::new(Array2::zeros((6, 6)), 2, Meters(1.0), Meters(1.0)).expect("fits");
        let measured = [Measured { index: 3, value: 3.0 }, Measured { index: 4, value: 4.0 }];
        let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
        let mut open = vec![true; candidates.len()];
        for &i in closed {
            open[i] = false;
        }
        let mut rng = MasterSeed(5).rng(Stream::Strategy, 0);
        ModelStrategy::new("ramp", Box::new(Ramp), rule).choose(&view, &open, &mut rng).expect("chooses")
    }

    #[test]
    fn rules_take_their_own_optimum_among_open_candidates() {
        assert_eq!(choose(Rule::MaxVariance, &[0, 1]).index, 2);
        assert_eq!(choose(Rule::ExpectedImprovement { xi: 0.01 }, &[24]).index, 23);
        assert_eq!(choose(Rule::MaxVariance, &[]).sigma, Some(1.025));
        let all_but_seven: Vec<usize> = (0..25).filter(|&i| i != 7).collect();
        for rule in [Rule::Random, Rule::Grid { points: 9 }, Rule::MaxVariance] {
            assert_eq!(choose(rule, &all_but_seven).index, 7, "{rule:?}");
        }
    }
}

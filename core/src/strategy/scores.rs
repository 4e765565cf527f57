//! The score of every candidate under a rule. Candidates that a rule does not look at have no number.

use super::Rule;
use crate::acquisition::{self, Goal};
use crate::model::{Model, ModelError, Prediction, View};
use tiptwin_instrument::StreamRng;

/// How many candidates are looked at together, and over how many places an average is taken: the best of a thousand is as good
/// as the best of all to within the noise of 300 places, and a thousand's joint covariance takes 8 MB.
const CANDIDATES: usize = 1000;
const REFERENCE: usize = 300;

/// Scores from a map; `None` for a rule that needs more than one.
pub(super) fn from_map(rule: Rule, goal: Goal, map: &Prediction, view: &View<'_>) -> Option<Vec<f64>> {
    // The best predicted mean at a measured place: the best measured value would be the luckiest one (Picheny, Wagner &
    // Ginsbourger, Struct. Multidiscip. Optim. 48, 607 (2013), §3.2).
    let best = view.measured.iter().map(|m| goal.toward(map.mean[m.index])).fold(f64::NEG_INFINITY, f64::max);
    let margin = |xi: f64| xi * standard_deviation(view);
    let score = |f: &dyn Fn(f64, f64) -> f64| {
        Some(map.mean.iter().zip(&map.sigma).map(|(&m, &s)| f(goal.toward(m), s)).collect())
    };
    match rule {
        Rule::MaxVariance => score(&|_, s| acquisition::variance(s)),
        Rule::ExpectedImprovement { xi } => score(&|m, s| acquisition::expected_improvement(m, s, best, margin(xi))),
        Rule::LogExpectedImprovement { xi } => {
            score(&|m, s| acquisition::log_expected_improvement(m, s, best, margin(xi)))
        }
        Rule::ProbabilityOfImprovement { xi } => {
            score(&|m, s| acquisition::probability_of_improvement(m, s, best, margin(xi)))
        }
        Rule::UpperConfidenceBound { kappa } => score(&|m, s| acquisition::upper_confidence_bound(m, s, kappa)),
        _ => None,
    }
}

/// Scores that need the model's covariances, on a sample of the open candidates.
pub(super) fn from_covariances(
    rule: Rule,
    goal: Goal,
    (model, map): (&mut dyn Model, &Prediction),
    view: &View<'_>,
    open: &[bool],
    rng: &mut StreamRng,
) -> Result<Vec<f64>, ModelError> {
    let sample = sample_open(open, CANDIDATES, rng);
    let known = if rule == Rule::Thompson {
        let draw = model.draw(view, &sample, rng)?;
        draw.map(|d| d.iter().zip(&sample).map(|(d, i)| acquisition::thompson(*d, map.mean[*i], goal)).collect())
    } else {
        let reference = sample_open(open, REFERENCE, rng);
        model.variance_reduction(view, &sample, &reference)?
    };
    let scores: Vec<f64> = known.ok_or(ModelError::NoCovariances { model: model.name(), rule: rule.name() })?;
    let mut all = vec![f64::NAN; open.len()];
    sample.into_iter().zip(scores).for_each(|(i, s)| all[i] = s);
    Ok(all)
}

/// A random sample of the open candidates, all of them if they are fewer.
fn sample_open(open: &[bool], count: usize, rng: &mut StreamRng) -> Vec<usize> {
    let all: Vec<usize> = (0..open.len()).filter(|&i| open[i]).collect();
    rand::seq::index::sample(rng, all.len(), count.min(all.len())).into_iter().map(|k| all[k]).collect()
}

fn standard_deviation(view: &View<'_>) -> f64 {
    let n = view.measured.len() as f64;
    let mean = view.measured.iter().map(|m| m.value).sum::<f64>() / n;
    (view.measured.iter().map(|m| (m.value - mean).powi(2)).sum::<f64>() / n).sqrt()
}

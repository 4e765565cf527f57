//! Several places at once, before any of them is measured: local penalisation.
//!
//! A chosen place x_j is expected to exclude a ball around it: if the property changes by at most L per metre and its largest
//! value is M, no place nearer than `(M − f(x_j))/L` can be the largest. With `f(x_j) ~ N(μ_j, σ_j²)` the probability that x is
//! outside is `φ(x) = Φ((L |x − x_j| − M + μ_j)/σ_j)`, and the acquisition is multiplied with one φ per chosen place (González, Dai,
//! Hennig & Lawrence, AISTATS 2016, arXiv:1505.08052, eq. 8–10). It ignores what the other places would teach; the other way, in
//! which the model believes its own mean at the chosen places, is `ModelStrategy::choose_batch`.

use super::{Goal, argmax, normal_cdf};
use crate::Candidates;
use crate::model::Prediction;
use tiptwin_instrument::StreamRng;

/// `φ`: the probability that a place at a distance (metres) is outside the ball that a chosen place excludes. `slope` is L (unit per
/// metre), `best` is M.
pub fn local_penalty(distance: f64, mean: f64, sigma: f64, best: f64, slope: f64) -> f64 {
    let margin = slope * distance - best + mean;
    if sigma > 0.0 { normal_cdf(margin / sigma) } else { f64::from(u8::from(margin >= 0.0)) }
}

/// The steepest slope of a map between neighbouring candidates, in its unit per metre: the estimate of L that its source
/// proposes, on the pixels instead of by an optimiser.
pub fn steepest(map: &[f64], candidates: &Candidates) -> f64 {
    let (rows, cols) = (candidates.rows(), candidates.cols());
    let (width, height) = candidates.pixel_size();
    let mut steepest = 0.0f64;
    for (i, value) in map.iter().enumerate() {
        if i % cols + 1 < cols {
            steepest = steepest.max((map[i + 1] - value).abs() / width.0);
        }
        if i / cols + 1 < rows {
            steepest = steepest.max((map[i + cols] - value).abs() / height.0);
        }
    }
    steepest
}

/// Up to `count` open candidates, in the order chosen: each the largest of `scores` (never negative) under the penalties of
/// those before it.
pub fn locally_penalised(
    scores: &[f64],
    map: &Prediction,
    (candidates, open): (&Candidates, &[bool]),
    count: usize,
    goal: Goal,
    rng: &mut StreamRng,
) -> Vec<usize> {
    let (mut scores, mut open) = (scores.to_vec(), open.to_vec());
    let slope = steepest(&map.mean, candidates);
    let best = map.mean.iter().map(|m| goal.toward(*m)).fold(f64::NEG_INFINITY, f64::max);
    let (width, height) = candidates.pixel_size();
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count {
        let Some(next) = argmax(scores.iter().copied(), &open, rng) else { break };
        chosen.push(next);
        open[next] = false;
        let here = candidates.pixel(next);
        for (i, score) in scores.iter_mut().enumerate() {
            let there = candidates.pixel(i);
            let (dx, dy) = (there.col as f64 - here.col as f64, there.row as f64 - here.row as f64);
            let distance = (dx * width.0).hypot(dy * height.0);
            *score *= local_penalty(distance, goal.toward(map.mean[next]), map.sigma[next], best, slope);
        }
    }
    chosen
}

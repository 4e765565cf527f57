//! Probability that a place is better than the best so far, for maximisation.
//!
//! `PI = P(y > best + ξ) = Φ((μ − best − ξ)/σ)` (Kushner, J. Basic Eng. 86, 97 (1964)). It ignores *how much* better, and
//! so creeps around the best place unless ξ is large.

use super::normal_cdf;

/// Probability of improvement, from 0 to 1. At σ = 0 it is 1 where the mean gains and 0 elsewhere.
pub fn probability_of_improvement(mean: f64, sigma: f64, best: f64, xi: f64) -> f64 {
    let gain = mean - best - xi;
    if sigma <= 0.0 {
        return f64::from(u8::from(gain > 0.0));
    }
    normal_cdf(gain / sigma)
}

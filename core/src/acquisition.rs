//! Acquisition functions: how interesting a place is, from the mean and the deviation predicted there.
//!
//! Each is a pure function of (mean μ, deviation σ); the largest value is measured next.

use rand::RngExt;
use std::f64::consts::PI;
use tiptwin_instrument::StreamRng;

/// Variance of the prediction: explores where the model knows least. The published experiment used this.
pub fn variance(sigma: f64) -> f64 {
    sigma * sigma
}

/// Expected improvement over the best value so far, for maximisation.
///
/// `EI = σ (u Φ(u) + φ(u))`, `u = (μ − best − ξ)/σ` (Jones, Schonlau & Welch, J. Glob. Optim. 13, 455 (1998), eq. 15);
/// `max(μ − best − ξ, 0)` at σ = 0. ξ shifts towards exploration and has the unit of μ.
pub fn expected_improvement(mean: f64, sigma: f64, best: f64, xi: f64) -> f64 {
    let gain = mean - best - xi;
    if sigma <= 0.0 {
        return gain.max(0.0);
    }
    let u = gain / sigma;
    // For very negative u both terms cancel to rounding noise; EI itself is never negative.
    (sigma * (u * normal_cdf(u) + normal_pdf(u))).max(0.0)
}

/// Density of the standard normal.
pub fn normal_pdf(u: f64) -> f64 {
    (-0.5 * u * u).exp() / (2.0 * PI).sqrt()
}

/// Distribution function of the standard normal, absolute error below 1e-15.
///
/// For |u| < 6 by the series `Φ(u) = 1/2 + φ(u) Σ u^(2k+1)/(1·3·5…(2k+1))` (Marsaglia, J. Stat. Softw. 11(4), 2004), beyond by its limits
/// with the continued fraction of the tail.
pub fn normal_cdf(u: f64) -> f64 {
    if u.abs() > 6.0 {
        let x = u.abs();
        let mut fraction = 0.0;
        for k in (1..=40).rev() {
            fraction = f64::from(k) / (x + fraction);
        }
        let tail = normal_pdf(x) / (x + fraction);
        return if u > 0.0 { 1.0 - tail } else { tail };
    }
    let (mut term, mut sum, mut k) = (u, u, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        k += 2.0;
        term *= u * u / k;
        sum += term;
    }
    0.5 + normal_pdf(u) * sum
}

/// Index of the largest score among the open candidates; ties are broken at random, since the first of many
/// equal pixels would always be a corner. `None` if nothing is open or no score is a number.
pub fn argmax(scores: impl Iterator<Item = f64>, open: &[bool], rng: &mut StreamRng) -> Option<usize> {
    let (mut best, mut best_score, mut ties) = (None, f64::NEG_INFINITY, 0u64);
    for (i, score) in scores.enumerate().filter(|&(i, s)| open[i] && !s.is_nan()) {
        if score > best_score || best.is_none() {
            (best, best_score, ties) = (Some(i), score, 1);
        } else if score == best_score {
            ties += 1;
            if rng.random_range(0..ties) == 0 {
                best = Some(i);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    #[test]
    fn normal_cdf_matches_tabulated_values() {
        for (u, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-1.959_963_984_540_054, 0.025),
            (3.0, 0.998_650_101_968_369_9),
            (-7.0, 1.279_812_543_885_835e-12),
        ] {
            assert!((normal_cdf(u) - p).abs() < 1e-15 + 1e-12 * p, "Φ({u}) = {}", normal_cdf(u));
        }
    }

    proptest! {
        #[test]
        fn prop_expected_improvement_is_its_integral(mean in -3.0..3.0f64, sigma in 0.05..3.0f64, best in -2.0..2.0f64) {
            // ∫ max(y − best, 0) N(y; μ, σ²) dy by the midpoint rule over ±10 σ.
            let n = 200_000;
            let h = 20.0 * sigma / f64::from(n);
            let integral: f64 = (0..n).map(|k| {
                let y = mean - 10.0 * sigma + (f64::from(k) + 0.5) * h;
                (y - best).max(0.0) * normal_pdf((y - mean) / sigma) / sigma * h
            }).sum();
            let ei = expected_improvement(mean, sigma, best, 0.0);
            prop_assert!((ei - integral).abs() < 1e-7 * sigma, "{ei} against {integral}");
        }

        #[test]
        fn prop_expected_improvement_grows_with_mean_and_deviation(mean in -3.0..3.0f64, sigma in 0.0..3.0f64, d in 0.0..2.0f64) {
            let ei = |m, s| expected_improvement(m, s, 0.5, 0.01);
            prop_assert!(ei(mean + d, sigma) >= ei(mean, sigma) - 1e-14);
            prop_assert!(ei(mean, sigma + d) >= ei(mean, sigma) - 1e-14);
        }
    }

    #[test]
    fn argmax_skips_closed_and_nan_and_spreads_ties() {
        let mut rng = MasterSeed(1).rng(Stream::Strategy, 0);
        let scores = [3.0, f64::NAN, 2.0, 2.0, 2.0];
        let open = [false, true, true, true, true];
        let mut hits = [0; 5];
        for _ in 0..3000 {
            hits[argmax(scores.into_iter(), &open, &mut rng).expect("open")] += 1;
        }
        assert_eq!((hits[0], hits[1]), (0, 0));
        assert!(hits[2..].iter().all(|&h| (850..1150).contains(&h)), "{hits:?}");
        assert_eq!(argmax(scores.into_iter(), &[false; 5], &mut rng), None);
    }
}

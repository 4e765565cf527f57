//! How the error depends on the predicted value.
//!
//! A stationary process is equally unsure of a junction that never conducts and of a grain whose current nobody can tell from its
//! shape. The leave-one-out residuals know better. With `z² = (y − μ₋ᵢ)²/σ²₋ᵢ` at the predictions μ₋ᵢ, the factor on the
//! predicted variance at a mean μ is the kernel regression
//!
//! ```text
//! f(μ) = (Σᵢ wᵢ z²ᵢ + n₀)/(Σᵢ wᵢ + n₀),   wᵢ = exp(−(μ − μ₋ᵢ)²/(2h²))
//! ```
//!
//! in standardised units, drawn towards 1 by n₀ pseudo-measurements. It changes deviations and never the mean, so it cannot spoil
//! a map; it is kernel regression after Nadaraya, Theory Probab. Appl. 9, 141 (1964). What it buys is in
//! docs/decisions/0003-tiptwin-learner.md.

use crate::gp::LeftOut;

/// Bandwidth, in deviations of the targets.
const BANDWIDTH: f64 = 0.35;
/// Pseudo-measurements of factor 1.
const PRIOR_WEIGHT: f64 = 4.0;
/// A single outlier may speak for itself, but not for all its neighbours.
const LARGEST_Z2: f64 = 16.0;
const NODES: usize = 129;

/// The factor as a table over the predicted mean, linear between its nodes and constant beyond its ends.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    low: f64,
    step: f64,
    factor: Vec<f64>,
}

impl Spread {
    /// From leave-one-out predictions, standardised.
    pub(super) fn new(left_out: &[LeftOut]) -> Self {
        let means = || left_out.iter().map(|l| l.mean);
        let low = means().fold(f64::INFINITY, f64::min);
        let high = means().fold(f64::NEG_INFINITY, f64::max);
        let step = if high > low { (high - low) / (NODES - 1) as f64 } else { 1.0 };
        let factor = (0..NODES)
            .map(|k| {
                let at = low + k as f64 * step;
                let (mut sum, mut weight) = (PRIOR_WEIGHT, PRIOR_WEIGHT);
                for l in left_out {
                    let w = (-0.5 * ((at - l.mean) / BANDWIDTH).powi(2)).exp();
                    sum += w * l.standardised.powi(2).min(LARGEST_Z2);
                    weight += w;
                }
                sum / weight
            })
            .collect();
        Self { low, step, factor }
    }

    /// Factor on the variance where the predicted mean is `mean`.
    pub(super) fn factor(&self, mean: f64) -> f64 {
        let place = ((mean - self.low) / self.step).clamp(0.0, (NODES - 1) as f64);
        let (i, t) = ((place as usize).min(NODES - 2), place.fract());
        let t = if place >= (NODES - 1) as f64 { 1.0 } else { t };
        self.factor[i] + t * (self.factor[i + 1] - self.factor[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(mean: f64, standardised: f64) -> LeftOut {
        LeftOut { mean, variance: 1.0, standardised }
    }

    #[test]
    fn errors_that_grow_with_the_value_are_found_and_nothing_is_made_of_nothing() {
        let grows: Vec<LeftOut> = (0..100)
            .map(|i| {
                let mean = -1.0 + 2.0 * f64::from(i) / 99.0;
                left(mean, if i % 2 == 0 { 1.0 } else { -1.0 } * if mean > 0.0 { 1.5 } else { 0.2 })
            })
            .collect();
        let spread = Spread::new(&grows);
        assert!(spread.factor(-0.8) < 0.4 && spread.factor(0.8) > 1.7);
        assert_eq!(spread.factor(-50.0), spread.factor(-1.0));
        assert_eq!(spread.factor(50.0), spread.factor(1.0));
        let right = Spread::new(&grows.iter().map(|l| left(l.mean, 1.0)).collect::<Vec<_>>());
        assert!((right.factor(0.3) - 1.0).abs() < 1e-12);
        let single = Spread::new(&[left(0.0, 50.0)]);
        assert!(single.factor(0.0) <= (16.0 + 4.0) / 5.0 && single.factor(2.0).is_finite());
    }
}

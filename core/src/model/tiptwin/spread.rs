//! How the error depends on the predicted value.
//!
//! A stationary process is equally unsure of a junction that never conducts and of a grain whose current nobody can tell from its
//! shape. The leave-one-out residuals know better. With `z² = (y − μ₋ᵢ)²/σ²₋ᵢ` at the predictions μ₋ᵢ and `F` their empirical
//! distribution function, the factor on the predicted variance at a mean μ is the kernel regression
//!
//! ```text
//! f(μ) = (Σᵢ wᵢ z²ᵢ + n₀ g)/(Σᵢ wᵢ + n₀),   wᵢ = exp(−(F(μ) − F(μ₋ᵢ))²/(2h²)),   g = (Σᵢ z²ᵢ + n₀)/(N + n₀)
//! ```
//!
//! drawn by n₀ pseudo-measurements towards the factor g of all measurements together, and that towards 1. Ranks instead of values keep as many
//! measurements under the window where a skewed property crowds, most of a film that hardly conducts, as where it is spread out. It
//! changes deviations and never the mean, so it cannot spoil a map; it is kernel regression after Nadaraya, Theory Probab. Appl. 9, 141
//! (1964). What it buys is in docs/decisions/0003-tiptwin-learner.md.

use crate::gp::LeftOut;

/// Bandwidth, as a share of the measurements.
const BANDWIDTH: f64 = 0.1;
/// Pseudo-measurements of the factor that stands above.
const PRIOR_WEIGHT: f64 = 4.0;
/// A single outlier may speak for itself, but not for all its neighbours.
const LARGEST_Z2: f64 = 16.0;
const NODES: usize = 65;

/// The factor as a table over the rank of the predicted mean, linear between its nodes.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    /// Leave-one-out means in rising order.
    means: Vec<f64>,
    factor: Vec<f64>,
}

impl Spread {
    /// From leave-one-out predictions, standardised; at least one.
    pub(super) fn new(left_out: &[LeftOut]) -> Self {
        let mut means: Vec<f64> = left_out.iter().map(|l| l.mean).collect();
        means.sort_by(f64::total_cmp);
        let squared = |l: &LeftOut| l.standardised.powi(2).min(LARGEST_Z2);
        let overall = (left_out.iter().map(squared).sum::<f64>() + PRIOR_WEIGHT) / (means.len() as f64 + PRIOR_WEIGHT);
        let placed: Vec<(f64, f64)> = left_out.iter().map(|l| (rank(&means, l.mean), squared(l))).collect();
        let factor = |k: usize| {
            let at = k as f64 / (NODES - 1) as f64;
            let (mut sum, mut weight) = (PRIOR_WEIGHT * overall, PRIOR_WEIGHT);
            for (rank, squared) in &placed {
                let w = (-0.5 * ((at - rank) / BANDWIDTH).powi(2)).exp();
                sum += w * squared;
                weight += w;
            }
            sum / weight
        };
        Self { factor: (0..NODES).map(factor).collect(), means }
    }

    /// Factor on the variance where the predicted mean is `mean`.
    pub(super) fn factor(&self, mean: f64) -> f64 {
        let place = rank(&self.means, mean) * (NODES - 1) as f64;
        let i = (place as usize).min(NODES - 2);
        let t = place - i as f64;
        self.factor[i] + t * (self.factor[i + 1] - self.factor[i])
    }
}

/// The share of `sorted` below a value, from 0 to 1: middle of its equals, linear between neighbours.
fn rank(sorted: &[f64], value: f64) -> f64 {
    let n = sorted.len();
    let below = sorted.partition_point(|m| *m < value);
    let upto = sorted.partition_point(|m| *m <= value);
    let position = if upto > below {
        0.5 * (below + upto) as f64
    } else if below == 0 {
        0.0
    } else if below == n {
        n as f64
    } else {
        below as f64 - 0.5 + (value - sorted[below - 1]) / (sorted[below] - sorted[below - 1])
    };
    position / n as f64
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
        // The outermost measurement stands half a rank from the end, beyond which the factor stays.
        assert!((spread.factor(-50.0) - spread.factor(-1.0)).abs() < 0.02);
        assert_eq!(spread.factor(-50.0), spread.factor(-51.0));
        assert_eq!(spread.factor(50.0), spread.factor(51.0));
        let right = Spread::new(&grows.iter().map(|l| left(l.mean, 1.0)).collect::<Vec<_>>());
        assert!((right.factor(0.3) - 1.0).abs() < 1e-12);
        let single = Spread::new(&[left(0.0, 50.0)]);
        // By hand: all together (16 + 4)/5 = 4, and at its own rank (16 + 4·4)/5.
        assert!((single.factor(0.0) - 6.4).abs() < 1e-12 && single.factor(2.0) < 6.4);
    }

    #[test]
    fn ranks_are_shares_below() {
        let sorted = [1.0, 2.0, 2.0, 4.0];
        let at = |value: f64| rank(&sorted, value);
        assert_eq!([at(-9.0), at(1.0), at(2.0), at(4.0), at(9.0)], [0.0, 0.125, 0.5, 0.875, 1.0]);
        assert!((at(3.0) - 0.75).abs() < 1e-15 && at(3.9) > at(3.1));
    }

    #[test]
    fn a_crowd_of_small_values_gets_a_factor_of_its_own() {
        // Nine in ten places hardly conduct and are well predicted; all of them lie within a tenth of the spread.
        let skewed: Vec<LeftOut> = (0..100)
            .map(|i| {
                let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
                if i < 90 {
                    left(f64::from(i) * 1e-3, 0.3 * sign)
                } else {
                    left(0.2 + f64::from(i - 90) * 0.3, 2.0 * sign)
                }
            })
            .collect();
        let spread = Spread::new(&skewed);
        assert!(
            spread.factor(0.02) < 0.2 && spread.factor(2.0) > 2.0,
            "{} {}",
            spread.factor(0.02),
            spread.factor(2.0)
        );
    }
}

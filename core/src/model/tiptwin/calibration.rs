//! Whether the deviations are of the right size, and where.
//!
//! One noise for all places is not true of a film: what insulates does so for sure, what conducts differs from grain to grain. The factor on the predicted variance
//! therefore depends on the predicted value m (latent): the mean of the squared leave-one-out residuals zᵢ, standardised, of measurements that were predicted alike,
//!
//! ```text
//! c(m) = (Σᵢ w(m − mᵢ) zᵢ² + ν c̄)/(Σᵢ w(m − mᵢ) + ν),   w(u) = exp(−u²/2h²)
//! ```
//!
//! (kernel regression: Nadaraya, Theory Probab. Appl. 9, 141 (1964)), drawn towards that of all measurements, c̄, which is drawn towards 1. It widens and narrows beliefs and, since a
//! belief's mean in the target's unit depends on its width, moves the map where the [warp](crate::model::Warp) is bent.

use crate::gp::LeftOut;

/// Pseudo-measurements that say that deviations are of the right size, ν.
const PRIOR_WEIGHT: f64 = 4.0;
/// A single outlier may speak for itself, but not for all others: contacts that are none (one in twenty on the twin) say nothing about the property. Of normal residuals
/// one in seventy is larger.
const LARGEST_Z2: f64 = 6.0;
/// How alike predictions are that speak for each other, h, in latent units. Values from a quarter to three fifths do the same.
const ALIKE: f64 = 0.4;
/// Predicted values at which the factor is computed; it is straight between them, and constant beyond what was predicted of any measurement.
const NODES: usize = 65;

/// Factors on the predicted variance.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    first: f64,
    step: f64,
    factors: Vec<f64>,
}

impl Calibration {
    /// From every measurement as the others predict it, at least one.
    pub(super) fn new(left_out: &[LeftOut]) -> Self {
        let squared = |l: &LeftOut| l.standardised.powi(2).min(LARGEST_Z2);
        let of_all = drawn(left_out.iter().map(|l| (1.0, squared(l))), 1.0);
        let predicted = || left_out.iter().map(|l| l.mean);
        let (first, last) = (predicted().fold(f64::INFINITY, f64::min), predicted().fold(f64::NEG_INFINITY, f64::max));
        let step = (last - first) / (NODES - 1) as f64;
        let factor = |node: usize| {
            let at = first + step * node as f64;
            drawn(left_out.iter().map(|l| ((-0.5 * ((l.mean - at) / ALIKE).powi(2)).exp(), squared(l))), of_all)
        };
        Self { first, step, factors: (0..NODES).map(factor).collect() }
    }

    /// The factor where a value is predicted.
    pub(super) fn at(&self, predicted: f64) -> f64 {
        let place = if self.step > 0.0 { (predicted - self.first) / self.step } else { 0.0 };
        let place = place.clamp(0.0, (NODES - 1) as f64);
        let below = (place as usize).min(NODES - 2);
        let share = place - below as f64;
        (1.0 - share) * self.factors[below] + share * self.factors[below + 1]
    }
}

/// The mean of weighted values, drawn towards another by [`PRIOR_WEIGHT`].
fn drawn(weighted: impl Iterator<Item = (f64, f64)>, towards: f64) -> f64 {
    let (weights, sum) = weighted.fold((0.0, 0.0), |(weights, sum), (w, v)| (weights + w, sum + w * v));
    (sum + PRIOR_WEIGHT * towards) / (weights + PRIOR_WEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(mean: f64, standardised: f64) -> LeftOut {
        LeftOut { mean, variance: 1.0, standardised }
    }

    #[test]
    fn residuals_larger_than_said_widen_and_one_wild_one_does_not() {
        let all = |z: f64| Calibration::new(&[left(0.0, z), left(0.0, -z), left(0.0, z), left(0.0, -z)]).at(3.0);
        // Half of the weight is theirs, half that of (z² + 1)/2.
        assert_eq!((all(1.0), all(2.0)), (1.0, 3.25));
        let wild = Calibration::new(&[left(0.0, 1e6)]).at(0.0);
        assert!((wild - (6.0 + 4.0 * 2.0) / 5.0).abs() < 1e-12, "{wild}");
    }

    #[test]
    fn where_predictions_are_too_wide_they_are_narrowed_and_elsewhere_not() {
        let sure = (0..40).map(|i| left(-2.0, if i % 2 == 0 { 0.3 } else { -0.3 }));
        let doubtful = (0..40).map(|i| left(2.0, if i % 2 == 0 { 1.2 } else { -1.2 }));
        let calibration = Calibration::new(&sure.chain(doubtful).collect::<Vec<_>>());
        assert!(calibration.at(-2.0) < 0.2 && calibration.at(2.0) > 1.3, "{calibration:?}");
        assert_eq!((calibration.at(-9.0), calibration.at(9.0)), (calibration.at(-2.0), calibration.at(2.0)));
        let middle = calibration.at(0.0);
        assert!((0.6..0.9).contains(&middle), "nobody speaks for the middle but all: {middle}");
    }
}

//! Whether the deviations are of the right size.

use crate::gp::LeftOut;

/// Pseudo-measurements that say they are.
const PRIOR_WEIGHT: f64 = 4.0;
/// A single outlier may speak for itself, but not for all others.
const LARGEST_Z2: f64 = 16.0;

/// The factor on the predicted variance: the mean of the squared leave-one-out residuals, standardised, drawn towards 1.
pub(super) fn factor(left_out: &[LeftOut]) -> f64 {
    let squared = |l: &LeftOut| l.standardised.powi(2).min(LARGEST_Z2);
    (left_out.iter().map(squared).sum::<f64>() + PRIOR_WEIGHT) / (left_out.len() as f64 + PRIOR_WEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residuals_larger_than_said_widen_and_one_wild_one_does_not() {
        let left = |standardised: f64| LeftOut { mean: 0.0, variance: 1.0, standardised };
        let all = |z: f64| factor(&[left(z), left(-z), left(z), left(-z)]);
        assert_eq!((all(1.0), all(2.0)), (1.0, 2.5));
        assert_eq!(factor(&[left(1e6)]), 4.0);
    }
}

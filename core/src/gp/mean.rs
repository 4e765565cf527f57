//! What to expect before any measurement: a constant.
//!
//! `m(x) = c`, c in the target's unit (R&W §2.7). It ignores trends; those are the kernel's business.

/// A constant prior mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ConstantMean(pub f64);

impl ConstantMean {
    /// Targets minus the mean.
    pub fn residual(self, targets: &[f64]) -> Vec<f64> {
        targets.iter().map(|y| y - self.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residuals_of_the_mean_itself_vanish() {
        assert_eq!(ConstantMean(2.5).residual(&[2.5, 3.0]), vec![0.0, 0.5]);
    }
}

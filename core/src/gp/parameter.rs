//! Positive numbers in a form that can be optimised without bounds.
//!
//! * logarithm: `v = exp(raw)`;
//! * softplus with a floor: `v = floor + ln(1 + exp(raw))`, gpytorch's `Positive` and `GreaterThan(floor)` constraints
//!   (`gpytorch/constraints/constraints.py`); raw = 0 gives `floor + ln 2`.

/// How a raw number stands for a positive one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// `exp(raw)`.
    Log,
    /// `floor + ln(1 + exp(raw))`.
    Softplus {
        /// Smallest value that can be reached.
        floor: f64,
    },
}

impl Link {
    /// The positive value.
    pub fn value(self, raw: f64) -> f64 {
        match self {
            Self::Log => raw.exp(),
            // ln(1 + eʳ) = max(r, 0) + ln(1 + e^−|r|) neither overflows nor loses small values.
            Self::Softplus { floor } => floor + raw.max(0.0) + (-raw.abs()).exp().ln_1p(),
        }
    }

    /// `d value / d raw`.
    pub fn slope(self, raw: f64) -> f64 {
        match self {
            Self::Log => raw.exp(),
            Self::Softplus { .. } => 1.0 / (1.0 + (-raw).exp()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_start_values() {
        // softplus(0) = ln 2 = 0.6931…; the noise starts at ln 2 + 1e-4.
        assert!((Link::Softplus { floor: 0.0 }.value(0.0) - std::f64::consts::LN_2).abs() < 1e-14);
        assert!((Link::Softplus { floor: 1e-4 }.value(0.0) - std::f64::consts::LN_2 - 1e-4).abs() < 1e-14);
    }

    #[test]
    fn values_stay_positive_and_slopes_are_derivatives() {
        for link in [Link::Log, Link::Softplus { floor: 1e-4 }] {
            for raw in [-20.0, -3.0, 0.0, 0.5, 4.0] {
                let h = 1e-6;
                let numeric = (link.value(raw + h) - link.value(raw - h)) / (2.0 * h);
                // Rounding of a difference of values of order v costs v·1e-16/h.
                assert!((link.slope(raw) - numeric).abs() < 1e-8 * link.value(raw).max(1e-2), "{link:?} at {raw}");
                assert!(link.value(raw) > 0.0);
            }
        }
        assert!(Link::Softplus { floor: 0.0 }.value(800.0) == 800.0);
    }
}

//! Logarithm of the expected improvement, exact also where the improvement itself underflows.
//!
//! `ln EI = ln σ + ln h(u)`, `h(u) = φ(u) + u Φ(u)`, `u = (μ − best − ξ)/σ`: the same order of places as EI, without the flat zero far below the
//! best (Ament et al., NeurIPS 2023, arXiv:2310.20708, eq. 9). There, with x = −u, `h = φ(x) (1 − x R(x))` and Mills' ratio
//! `R(x) = 1/(x + K)`, `K = 1/(x + 2/(x + 3/(x + …)))` (Abramowitz & Stegun 26.2.14), so that `1 − x R = K/(x + K)` holds without
//! cancellation.

use super::normal::mills_remainder;
use super::{normal_cdf, normal_pdf};

/// From here down the two terms of h cancel, and the tail formula takes over.
const TAIL: f64 = -3.0;

/// `ln EI`; all arguments in the unit of the property, the result in nats relative to that unit. −∞ at σ = 0 without a gain.
pub fn log_expected_improvement(mean: f64, sigma: f64, best: f64, xi: f64) -> f64 {
    let gain = mean - best - xi;
    if sigma <= 0.0 {
        return gain.max(0.0).ln();
    }
    sigma.ln() + log_h(gain / sigma)
}

fn log_h(u: f64) -> f64 {
    if u > TAIL {
        return (normal_pdf(u) + u * normal_cdf(u)).ln();
    }
    let k = mills_remainder(-u);
    -0.5 * u * u - 0.5 * std::f64::consts::TAU.ln() + (k / (k - u)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_far_tail_against_high_precision() {
        // mpmath 1.3 at 60 digits (1000 for the last two): log(npdf(u) + u*ncdf(u)).
        for (u, expected) in REFERENCE {
            assert!((log_h(u) / expected - 1.0).abs() < 1e-13, "ln h({u}) = {} instead of {expected}", log_h(u));
        }
        assert!(log_h(-1e8).is_finite());
    }

    const REFERENCE: [(f64, f64); 6] = [
        (-2.5, -6.212_541_645_443_513),
        (-3.0, -7.869_686_059_603_028),
        (-5.0, -16.744_301_162_660_99),
        (-12.0, -77.909_100_545_007_35),
        (-40.0, -808.298_568_356_619_9),
        (-1000.0, -500_014.734_452_091_1),
    ];

    #[test]
    fn the_two_formulas_meet() {
        let (above, below) = (log_h(TAIL + 1e-9), log_h(TAIL));
        assert!((above - below).abs() < 1e-8, "{above} {below}");
    }
}

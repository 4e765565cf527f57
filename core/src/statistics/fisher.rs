//! Fisher's F distribution: how far the ratio of two variances may stray from 1 when both are estimated from few values.
//!
//! ```text
//! P(F ≤ f; ν₁, ν₂) = I_x(ν₁/2, ν₂/2),   x = ν₁ f/(ν₁ f + ν₂)
//! ```
//!
//! with the regularised incomplete beta function I. Source: Snedecor & Cochran, Statistical Methods, 8th ed. (1989), section 10.4.

use super::incomplete_beta::incomplete_beta;

/// The value that a ratio of variances with `nu` degrees of freedom above and below (1 or more each) stays below with probability `p`,
/// 0 < p < 1.
pub fn fisher_quantile(p: f64, nu: (usize, usize)) -> f64 {
    let (above, below) = (nu.0 as f64, nu.1 as f64);
    let x = super::bisect(0.0, 1.0, |x| incomplete_beta(x, 0.5 * above, 0.5 * below) < p);
    below * x / (above * (1.0 - x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17 `scipy.stats.f.ppf(p, dfn, dfd)`.
    #[test]
    fn val_quantiles_agree_with_scipy() {
        for (p, nu, f) in SCIPY {
            let found = fisher_quantile(p, nu);
            assert!((found - f).abs() < 1e-9 * f, "F({p}, {nu:?}) = {found}, not {f}");
        }
    }

    const SCIPY: [(f64, (usize, usize), f64); 6] = [
        (0.975, (5, 18), 3.381_967_805_875_243),
        (0.975, (18, 5), 6.361_883_204_654_352),
        (0.95, (1, 1), 161.447_638_797_588_2),
        (0.99, (3, 7), 8.451_285_053_079_983),
        (0.025, (60, 140), 0.637_809_205_669_559_7),
        (0.975, (60, 140), 1.510_130_470_296_019_2),
    ];
}

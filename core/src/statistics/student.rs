//! Student's t distribution: how far the mean of a few values may stray when their spread is estimated from few values too.
//!
//! ```text
//! F(t; ν) = 1 − I_x(ν/2, 1/2)/2  for t ≥ 0,   x = ν/(ν + t²)
//! ```
//!
//! with the regularised incomplete beta function I. Source: Student, Biometrika 6, 1 (1908), doi:10.2307/2331554.

use super::incomplete_beta::incomplete_beta;

/// The value that Student's t with `nu` degrees of freedom (1 or more) stays below with probability `p`, 0 < p < 1.
pub fn student_quantile(p: f64, nu: usize) -> f64 {
    // At one degree of freedom the tail falls as 1/t: 1e9 covers p down to 1e-9.
    super::bisect(-1e9, 1e9, |t| student_cdf(t, nu as f64) < p)
}

/// The distribution function.
fn student_cdf(t: f64, nu: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(nu / (nu + t * t), 0.5 * nu, 0.5);
    if t > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17 `scipy.stats.t.ppf(p, nu)`.
    #[test]
    fn val_quantiles_agree_with_scipy() {
        for (p, nu, t) in SCIPY {
            let found = student_quantile(p, nu);
            assert!((found - t).abs() < 1e-9 * t.abs().max(1.0), "t({p}, {nu}) = {found}, not {t}");
        }
        assert!(student_quantile(0.5, 7).abs() < 1e-6);
    }

    const SCIPY: [(f64, usize, f64); 7] = [
        (0.975, 1, 12.706_204_736_174_694),
        (0.99, 2, 6.964_556_734_283_271_5),
        (0.95, 5, 2.015_048_373_333_023_3),
        (0.999, 9, 4.296_805_662_729_918),
        (0.01, 19, -2.539_483_190_623_963),
        (0.9999, 19, 4.589_864_596_755_082),
        (0.7, 120, 0.525_796_390_607_105_3),
    ];
}

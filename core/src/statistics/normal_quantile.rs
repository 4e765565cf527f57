//! The quantile function of the standard normal.
//!
//! `Φ⁻¹(p)` by bisection of the distribution function ([`normal_cdf`]): exact to rounding where a table would do, for p that
//! Φ tells apart, |z| < 9.

use crate::acquisition::normal_cdf;

/// The value that a standard normal stays below with probability `p`, 0 < p < 1.
pub fn normal_quantile(p: f64) -> f64 {
    super::bisect(-9.0, 9.0, |z| normal_cdf(z) < p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_normal_quantiles_agree_with_scipy() {
        // scipy.stats.norm.ppf
        for (p, z) in [(0.001, -3.090_232_31), (0.025, -1.959_963_98), (0.3, -0.524_400_51), (0.9, 1.281_551_57)] {
            assert!((normal_quantile(p) - z).abs() < 1e-8);
        }
    }
}

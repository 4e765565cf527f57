//! How often the truth lies within k predicted standard deviations.
//!
//! For a Gaussian prediction, P(|t − μ| ≤ kσ) = erf(k/√2): 0.683 at k = 1, 0.954 at k = 2. A curve below it is
//! overconfident, a curve above it too careful.

/// Share of the distances at or below each `k` from 0 to 3, as `(k, share)`; empty without distances.
///
/// A distance is `|truth − mean| / σ`, or what a belief that is not Gaussian says instead: deviations of a standard normal. Those that are
/// not a number are left out.
pub fn observed(distances: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    let mut z: Vec<f64> = distances.filter(|z| !z.is_nan()).collect();
    if z.is_empty() {
        return Vec::new();
    }
    z.sort_by(f64::total_cmp);
    steps().map(|k| (k, z.partition_point(|z| *z <= k) as f64 / z.len() as f64)).collect()
}

/// The same curve for a Gaussian prediction that is right about its σ.
pub fn gaussian() -> Vec<(f64, f64)> {
    // erf(k/√2) = √(2/π) ∫₀ᵏ exp(−u²/2) du, by Simpson's rule between steps of 0.05: error below 1e-8.
    let density = |u: f64| (2.0 / std::f64::consts::PI).sqrt() * (-0.5 * u * u).exp();
    let mut share = 0.0;
    let mut before = 0.0;
    steps()
        .map(|k| {
            share += (k - before) / 6.0 * (density(before) + 4.0 * density(f64::midpoint(before, k)) + density(k));
            before = k;
            (k, share)
        })
        .collect()
}

fn steps() -> impl Iterator<Item = f64> {
    (0..=60).map(|i| f64::from(i) * 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_the_reference_is_the_error_function() {
        let curve = gaussian();
        // erf(1/√2), erf(2/√2), erf(3/√2), e.g. DLMF 7.2 with its tables.
        for (i, expected) in [(0, 0.0), (20, 0.682_689_492), (40, 0.954_499_736), (60, 0.997_300_204)] {
            assert!((curve[i].1 - expected).abs() < 1e-8, "{:?}", curve[i]);
        }
    }

    #[test]
    fn the_observed_curve_counts() {
        let curve = observed([1.0, 2.0, 0.0, 9.0, f64::NAN].into_iter());
        assert_eq!((curve[0].1, curve[20].1, curve[40].1, curve[60].1), (0.25, 0.5, 0.75, 0.75));
        assert!(observed([].into_iter()).is_empty());
    }
}

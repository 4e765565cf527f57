//! Quantiles of a list, by linear interpolation between its values.
//!
//! With the sorted values x₀ … xₙ₋₁ and h = q (n − 1): `x_⌊h⌋ + (h − ⌊h⌋)(x_⌊h⌋₊₁ − x_⌊h⌋)`. This is type 7 of R. J. Hyndman and Y. Fan,
//! Am. Stat. 50, 361 (1996), doi:10.2307/2684934, and what NumPy does.

/// The quantile `q` (0 to 1) of some values; NaN of nothing.
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let (i, share) = (place.floor() as usize, place.fract());
    // Infinities stay what they are: their difference would not be a number.
    if share == 0.0 || sorted[i] == sorted[i + 1] {
        return sorted[i];
    }
    sorted[i] + share * (sorted[i + 1] - sorted[i])
}

/// The median; NaN of nothing.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2 `np.quantile([0.3, -1, 2.5, 7, 0.1], q)`.
    #[test]
    fn val_quantiles_agree_with_numpy() {
        let x = [0.3, -1.0, 2.5, 7.0, 0.1];
        for (q, expected) in [(0.0, -1.0), (0.25, 0.1), (0.5, 0.3), (0.9, 5.2), (0.33, 0.164), (1.0, 7.0)] {
            assert!((quantile(&x, q) - expected).abs() < 1e-12, "{q}");
        }
        assert_eq!(median(&[3.0, 1.0]), 2.0);
        assert_eq!(median(&[1.0, f64::INFINITY, f64::INFINITY]), f64::INFINITY);
        assert!(median(&[]).is_nan());
    }
}

//! How sure a share of a count is.
//!
//! Wilson's score interval: the shares `p` for which `|k/n − p| ≤ z √(p (1 − p)/n)`, with `k` of `n` and the normal quantile `z` (1.96 for
//! 95 %). It stays inside 0 to 1 and keeps its coverage for small counts. It takes the `n` for independent.
//!
//! Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209, doi:10.1080/01621459.1927.10502953.

/// Two-sided 95 % quantile of the standard normal.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of the share that `k` of `n` are a sample of; 0 to 1 where there is no sample.
pub fn wilson(k: usize, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (k, n, z2) = (k as f64, n as f64, Z * Z);
    let middle = (k + 0.5 * z2) / (n + z2);
    let half = Z / (n + z2) * (k * (n - k) / n + 0.25 * z2).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Newcombe, Stat. Med. 17 (1998) 857, table I, method 3.
    #[test]
    fn val_the_published_examples_come_out() {
        for (k, n, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (l, h) = wilson(k, n);
            assert!((l - low).abs() < 5e-5 && (h - high).abs() < 5e-5, "{k} of {n}: {l} {h}");
        }
    }

    proptest! {
        #[test]
        fn prop_the_share_lies_inside_and_the_other_share_mirrors(n in 1_usize..500, part in 0.0_f64..=1.0) {
            let k = (part * n as f64) as usize;
            let (low, high) = wilson(k, n);
            let share = k as f64 / n as f64;
            prop_assert!(low <= share + 1e-12 && share <= high + 1e-12);
            let (mirrored_low, mirrored_high) = wilson(n - k, n);
            prop_assert!((low + mirrored_high - 1.0).abs() < 1e-12 && (high + mirrored_low - 1.0).abs() < 1e-12);
        }
    }
}

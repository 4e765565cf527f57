//! The sign test, and the confidence interval of a median that goes with it.
//!
//! ```text
//! p = P(B ≥ k),  B ~ Binomial(n, ½)          k of n films exceed the threshold
//! P(x₍ᵣ₎ ≤ median ≤ x₍ₙ₊₁₋ᵣ₎) = 1 − 2 P(B < r)    order statistics r from either end
//! ```
//!
//! Source: Conover, Practical Nonparametric Statistics, 3rd ed., 3.2 and 3.4. Exact for any distribution of the films'
//! effects, symmetric or not. Films must be independent, which films of different seeds are; locations of one film are not,
//! which is why they enter only through one number per film.

/// The one-sided p value of `successes` or more out of `trials` fair coins; 1 where there are no trials.
pub fn p_value(successes: usize, trials: usize) -> f64 {
    (successes..=trials).map(|k| coin(k, trials)).sum::<f64>().min(1.0)
}

/// The probability of exactly `k` heads in `n` tosses, by logarithms: factorials overflow from 171.
fn coin(k: usize, n: usize) -> f64 {
    let choose: f64 = (1..=k).map(|i| ((n - k + i) as f64 / i as f64).ln()).sum();
    (choose - n as f64 * std::f64::consts::LN_2).exp()
}

/// A median with an interval that holds the true median in at least 95 of 100 repetitions where there are enough values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MedianInterval {
    /// Median of the values.
    pub median: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Probability that the interval holds the true median: at least 0.95 from six values on.
    pub coverage: f64,
}

/// The interval between the innermost order statistics that still cover 95 %; `None` without values.
pub fn median_interval(values: &[f64]) -> Option<MedianInterval> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let last = n.checked_sub(1)?;
    let below = |r: usize| (0..r).map(|k| coin(k, n)).sum::<f64>();
    // With r from either end, 1 − 2 P(B < r) is left; the largest r that leaves 0.95, or the extremes.
    let r = (1..=n.div_ceil(2)).rev().find(|r| 1.0 - 2.0 * below(*r) >= 0.95).unwrap_or(1);
    Some(MedianInterval {
        median: f64::midpoint(sorted[last / 2], sorted[n / 2]),
        low: sorted[r - 1],
        high: sorted[n - r],
        coverage: 1.0 - 2.0 * below(r),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_p_values_are_those_of_the_binomial_table() {
        // 2⁻²⁰ and (1 + 20 + 190 + 1140 + 4845)/2²⁰: sums of binomial coefficients, exact.
        assert!((p_value(20, 20) - 1.0 / 1_048_576.0).abs() < 1e-15);
        assert!((p_value(16, 20) - 6196.0 / 1_048_576.0).abs() < 1e-12);
        assert!((p_value(0, 20) - 1.0).abs() < 1e-12);
        assert!((p_value(500, 1000) - 0.512_6).abs() < 1e-4, "large numbers do not overflow");
        assert_eq!(p_value(0, 0), 1.0);
    }

    #[test]
    fn val_the_interval_of_twenty_values_runs_from_the_sixth_to_the_fifteenth() {
        // Conover's table A3: r = 6 for n = 20, coverage 0.9586.
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        let found = median_interval(&values).expect("values");
        assert_eq!((found.median, found.low, found.high), (10.5, 6.0, 15.0));
        assert!((found.coverage - 0.9586).abs() < 1e-4, "{}", found.coverage);
        assert_eq!(median_interval(&[]), None);
        let one = median_interval(&[3.0]).expect("a value");
        assert_eq!((one.median, one.low, one.high, one.coverage), (3.0, 3.0, 3.0, 0.0));
    }
}

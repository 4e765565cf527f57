//! Bias-corrected and accelerated (BCa) bootstrap intervals.
//!
//! With θ̂ the statistic of the data, θ* that of resamples with replacement and θ₍ᵢ₎ that without the i-th value:
//!
//! ```text
//! z₀ = Φ⁻¹(share of θ* below θ̂, half of those equal to it)
//! a  = Σ (θ̄ − θ₍ᵢ₎)³ / (6 (Σ (θ̄ − θ₍ᵢ₎)²)^(3/2))
//! α' = Φ(z₀ + (z₀ + z_α)/(1 − a (z₀ + z_α)))      for both ends α of the interval
//! ```
//!
//! and the interval runs between the α' quantiles of θ*.
//!
//! Source: B. Efron, J. Am. Stat. Assoc. 82, 171 (1987), doi:10.2307/2289144. For a median of few values the resamples take few
//! values too, so the interval ends on data points; below about 10 values it is optimistic.

use super::normal_quantile;
use crate::acquisition::normal_cdf;
use rand::{Rng, RngExt};

/// An estimate and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Statistic of the data.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The median of paired differences with its BCa interval at `level` (0.95) from `resamples` resamples.
///
/// `None` for fewer than two values or values that are not finite: nothing can be resampled then.
pub fn paired_median_interval(
    differences: &[f64],
    level: f64,
    resamples: usize,
    rng: &mut impl Rng,
) -> Option<Interval> {
    let n = differences.len();
    if n < 2 || differences.iter().any(|v| !v.is_finite()) {
        return None;
    }
    // The median of a resample, or of all values but one, is read off the places of its values in the sorted list: a campaign has
    // half a million differences, and sorting each of ten thousand resamples of them would take days.
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| differences[a].total_cmp(&differences[b]));
    let sorted: Vec<f64> = order.iter().map(|&i| differences[i]).collect();
    let mut place = vec![0; n];
    order.iter().enumerate().for_each(|(k, &i)| place[i] = k);
    let mut drawn = vec![0u32; n];
    let star = (0..resamples).map(|_| {
        drawn.fill(0);
        (0..n).for_each(|_| drawn[place[rng.random_range(0..n)]] += 1);
        let (mut k, mut passed) = (0, drawn[0] as usize);
        middle(n, |wanted| {
            while passed <= wanted {
                k += 1;
                passed += drawn[k] as usize;
            }
            sorted[k]
        })
    });
    let star = star.collect();
    let without: Vec<f64> = place.iter().map(|&gone| middle(n - 1, |k| sorted[k + usize::from(k >= gone)])).collect();
    Some(interval(middle(n, |k| sorted[k]), star, &without, level))
}

/// The median of a sorted list of n values, as [`median`](super::median) computes it; `at` is asked for places in rising order.
fn middle(n: usize, mut at: impl FnMut(usize) -> f64) -> f64 {
    let low = at((n - 1) / 2);
    if n % 2 == 1 {
        return low;
    }
    let high = at(n / 2);
    if low == high { low } else { low + 0.5 * (high - low) }
}

/// The interval from the estimate, the statistic of each resample, and the statistic without each value.
fn interval(estimate: f64, mut star: Vec<f64>, without: &[f64], level: f64) -> Interval {
    let (n, resamples) = (without.len(), star.len());
    star.sort_unstable_by(f64::total_cmp);
    let (below, equal) = (star.partition_point(|&s| s < estimate), star.partition_point(|&s| s <= estimate));
    let share = 0.5 * (below + equal) as f64 / resamples as f64;
    // With every resample on one side there is no finite correction; half a resample is the honest bound.
    let half = 0.5 / resamples as f64;
    let z0 = normal_quantile(share.clamp(half, 1.0 - half));
    let mean = without.iter().sum::<f64>() / n as f64;
    let (cubes, squares) =
        without.iter().fold((0.0, 0.0), |(c, s), w| (c + (mean - w).powi(3), s + (mean - w).powi(2)));
    let acceleration = if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 };
    let end = |alpha: f64| {
        let z = z0 + normal_quantile(alpha);
        let place = normal_cdf(z0 + z / (1.0 - acceleration * z)) * (resamples - 1) as f64;
        let (i, t) = (place.floor() as usize, place.fract());
        star[i] + t * (star[(i + 1).min(resamples - 1)] - star[i])
    };
    Interval { estimate, low: end(0.5 * (1.0 - level)), high: end(0.5 * (1.0 + level)) }
}

#[cfg(test)]
mod tests {
    use super::super::median;
    use super::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    /// The textbook's way: every resample and every list without one value is made and handed to the statistic.
    fn bca(
        values: &[f64],
        statistic: impl Fn(&[f64]) -> f64,
        level: f64,
        resamples: usize,
        rng: &mut impl Rng,
    ) -> Interval {
        let n = values.len();
        let star = (0..resamples)
            .map(|_| statistic(&(0..n).map(|_| values[rng.random_range(0..n)]).collect::<Vec<_>>()))
            .collect();
        let without = |i| {
            let others: Vec<f64> = values.iter().enumerate().filter(|(k, _)| *k != i).map(|(_, v)| *v).collect();
            statistic(&others)
        };
        interval(statistic(values), star, &(0..n).map(without).collect::<Vec<_>>(), level)
    }

    #[test]
    fn medians_are_those_of_the_textbook_to_the_bit() {
        for n in [2, 3, 4, 5, 14, 15, 100, 101] {
            // Ties, and zeros of both signs, among them.
            let values: Vec<f64> = (0..n).map(|i| f64::from((i * 37 % 23) - 11) * 0.1 * f64::from(1 - i % 3)).collect();
            let rng = || MasterSeed(3).rng(Stream::Strategy, n as u64);
            let found = paired_median_interval(&values, 0.95, 500, &mut rng()).expect("values");
            assert_eq!(found, bca(&values, median, 0.95, 500, &mut rng()), "{n}");
        }
    }

    const X: [f64; 15] = [0.12, 0.3, -0.05, 0.22, 0.41, 0.18, 0.07, 0.35, -0.11, 0.27, 0.16, 0.09, 0.5, 0.02, 1.24];

    /// scipy 1.17 `bootstrap((x,), np.mean, method="BCa", n_resamples=400000)`; its own resamples move the ends by 0.001.
    #[test]
    fn val_bca_interval_of_a_mean_agrees_with_scipy() {
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let rng = &mut MasterSeed(1).rng(Stream::Strategy, 0);
        let found = bca(&X, mean, 0.95, 100_000, rng);
        assert!((found.low - SCIPY.0).abs() < 0.003 && (found.high - SCIPY.1).abs() < 0.006, "{found:?}");
    }

    const SCIPY: (f64, f64) = (0.139_6, 0.490_6);

    #[test]
    fn a_median_and_its_interval_lie_on_the_data() {
        let rng = &mut MasterSeed(1).rng(Stream::Strategy, 0);
        let found = paired_median_interval(&X, 0.95, 20_000, rng).expect("values");
        assert_eq!(found.estimate, 0.18);
        // scipy gives 0.07 or 0.09 and 0.30 with other resamples.
        assert!([0.07, 0.09].contains(&found.low) && (found.high - 0.3).abs() < 0.06, "{found:?}");
        assert!(paired_median_interval(&[1.0], 0.95, 100, rng).is_none());
        let same = paired_median_interval(&[2.0; 5], 0.95, 100, rng).expect("values");
        assert_eq!((same.low, same.high), (2.0, 2.0));
    }
}

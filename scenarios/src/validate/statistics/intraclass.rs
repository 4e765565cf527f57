//! How much values of one group have in common: the intraclass correlation of a one-way analysis of variance.
//!
//! ```text
//! ICC(1) = (MSB − MSW)/(MSB + (n₀ − 1) MSW),   n₀ = (N − Σ n_g²/N)/(G − 1)
//! MSB = Σ n_g (x̄_g − x̄)²/(G − 1),   MSW = Σ Σ (x_gi − x̄_g)²/(N − G)
//! ```
//!
//! for G groups of `n_g` values, N in all: the share of the variance that lies between groups. 0 when groups are drawn from one
//! lot, 1 when values of a group are equal; negative when values of a group avoid each other.
//!
//! The interval follows from F = MSB/MSW, whose ratio to its expectation has Fisher's distribution with G − 1 and N − G degrees of freedom for normal values:
//! `(F/F₊ − 1)/(F/F₊ + n₀ − 1)` with a quantile `F₊`, exact for equal groups.
//!
//! Source: Fisher's estimator with unequal groups, Donner, Int. Stat. Rev. 54, 67 (1986), doi:10.2307/1403259; form (1,1) of
//! Shrout & Fleiss, Psychol. Bull. 86, 420 (1979). Measures likeness for whatever reason, nearness of the places included.

use tiptwin_core::statistics::{Interval, fisher_quantile};

/// The table of a one-way analysis of variance.
struct Table {
    /// Mean squares between and within groups.
    between: f64,
    within: f64,
    /// Typical size n₀ of a group.
    typical: f64,
    /// Degrees of freedom between and within groups.
    freedom: (usize, usize),
}

impl Table {
    fn new<T: AsRef<[f64]>>(groups: &[T]) -> Option<Self> {
        let groups: Vec<&[f64]> = groups.iter().map(AsRef::as_ref).filter(|g| !g.is_empty()).collect();
        let total: usize = groups.iter().map(|g| g.len()).sum();
        let (count, total_f) = (groups.len() as f64, total as f64);
        if groups.len() < 2 || total == groups.len() {
            return None;
        }
        let mean = |g: &[f64]| g.iter().sum::<f64>() / g.len() as f64;
        let grand = groups.iter().flat_map(|g| g.iter()).sum::<f64>() / total_f;
        let between: f64 = groups.iter().map(|g| g.len() as f64 * (mean(g) - grand).powi(2)).sum();
        let within: f64 = groups.iter().flat_map(|g| g.iter().map(|x| (x - mean(g)).powi(2))).sum();
        let squares: f64 = groups.iter().map(|g| (g.len() * g.len()) as f64).sum();
        Some(Self {
            between: between / (count - 1.0),
            within: within / (total_f - count),
            typical: (total_f - squares / total_f) / (count - 1.0),
            freedom: (groups.len() - 1, total - groups.len()),
        })
    }

    fn intraclass(&self) -> Option<f64> {
        let spread = self.between + (self.typical - 1.0) * self.within;
        (spread > 0.0).then(|| (self.between - self.within) / spread)
    }
}

/// The intraclass correlation; `None` with fewer than two groups, without a group of two, or where nothing varies.
pub fn intraclass<T: AsRef<[f64]>>(groups: &[T]) -> Option<f64> {
    Table::new(groups)?.intraclass()
}

/// The intraclass correlation with its interval at `level` (0.95) for normal values; `None` as for [`intraclass`].
pub fn intraclass_interval<T: AsRef<[f64]>>(groups: &[T], level: f64) -> Option<Interval> {
    let table = Table::new(groups)?;
    let estimate = table.intraclass()?;
    if table.within == 0.0 {
        return Some(Interval { estimate, low: estimate, high: estimate });
    }
    let p = 0.5 * (1.0 + level);
    let (above, below) = table.freedom;
    let ratio = table.between / table.within;
    let end = |ratio: f64| (ratio - 1.0) / (ratio + table.typical - 1.0);
    let low = end(ratio / fisher_quantile(p, (above, below)));
    Some(Interval { estimate, low, high: end(ratio * fisher_quantile(p, (below, above))) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};
    use tiptwin_instrument::{MasterSeed, Stream};

    /// Six targets rated by four judges: table 2 of Shrout and Fleiss.
    const RATINGS: [[f64; 4]; 6] = [
        [9.0, 2.0, 5.0, 8.0],
        [6.0, 1.0, 3.0, 2.0],
        [8.0, 4.0, 6.0, 8.0],
        [7.0, 1.0, 2.0, 6.0],
        [10.0, 5.0, 6.0, 9.0],
        [6.0, 2.0, 4.0, 7.0],
    ];

    #[test]
    fn val_the_example_of_shrout_and_fleiss() {
        // Their table 4 gives ICC(1,1) = 0.17; the function ICC of the R package psych gives −0.133 to 0.72 for it.
        let found = intraclass_interval(&RATINGS, 0.95).expect("varies");
        assert!((found.estimate - 0.17).abs() < 0.005, "{found:?}");
        assert!((found.low + 0.133).abs() < 5e-4 && (found.high - 0.72).abs() < 5e-3, "{found:?}");
        assert_eq!(intraclass(&RATINGS), Some(found.estimate));
    }

    #[test]
    fn val_the_interval_holds_the_truth_as_often_as_it_says_for_unequal_groups() {
        // One to nine values a group, as a run measures its boundaries; a third of the variance lies between groups.
        let (sizes, truth) = ([1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 9], 1.0_f64 / 3.0);
        let mut rng = MasterSeed(4).rng(Stream::Strategy, 0);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let held = (0..4000).filter(|_| {
            let mut group = |n: usize| {
                let own = truth.sqrt() * draw();
                (0..n).map(|_| own + (1.0 - truth).sqrt() * draw()).collect::<Vec<f64>>()
            };
            let groups = sizes.map(&mut group);
            intraclass_interval(&groups, 0.95).is_some_and(|i| i.low <= truth && truth <= i.high)
        });
        let share = held.count() as f64 / 4000.0;
        // It is exact for equal groups only.
        assert!((0.93..=0.97).contains(&share), "{share}");
    }

    #[test]
    fn the_ends_of_the_scale() {
        assert_eq!(intraclass(&[vec![1.0, 1.0], vec![2.0, 2.0, 2.0]]), Some(1.0));
        // Equal means: MSB = 0 and ICC = −1/(n − 1).
        assert_eq!(intraclass(&[[1.0, 3.0], [3.0, 1.0], [2.0, 2.0]]), Some(-1.0));
        assert_eq!(intraclass(&[vec![1.0], vec![2.0]]), None);
        assert_eq!(intraclass(&[[1.0, 1.0], [1.0, 1.0]]), None);
    }
}

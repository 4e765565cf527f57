//! Whether a difference is one, and what it is worth: each formula in its own file, with its source.
//!
//! They compare strategies on the same films with the same seeds, so tests and intervals are about paired differences.

mod acceleration;
mod area;
mod bootstrap;
mod density;
mod fisher;
mod holm;
mod hypergeometric;
mod incomplete_beta;
mod normal_quantile;
mod profile;
mod proportion;
mod quantile;
mod regret;
mod student;
mod wilcoxon;
mod win_rate;

pub use acceleration::{acceleration, enhancement, reached_at};
pub use area::area_under_curve;
pub use bootstrap::{Interval, paired_median_interval};
pub use density::{Density, PlaneGrid, SubsetTest, subset_test, total_variation};
pub use fisher::fisher_quantile;
pub use holm::holm;
pub use hypergeometric::Hypergeometric;
pub use normal_quantile::normal_quantile;
pub use profile::{performance_ratios, share_below};
pub use proportion::wilson;
pub use quantile::{median, quantile};
pub use regret::simple_regret;
pub use student::student_quantile;
pub use wilcoxon::{SignedRank, signed_rank};
pub use win_rate::win_rate;

/// The place in an interval where a condition that holds first ceases to, to rounding.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

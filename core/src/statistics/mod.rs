//! Whether a difference is one: paired tests and intervals, each formula in its own file.
//!
//! They compare strategies on the same films with the same seeds, so everything here is about paired differences.

mod bootstrap;
mod holm;
mod wilcoxon;

pub use bootstrap::{Interval, median, paired_median_interval};
pub use holm::holm;
pub use wilcoxon::{SignedRank, signed_rank};

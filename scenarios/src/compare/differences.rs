//! Paired differences of R² to the first strategy.

use super::grouped::Grouped;
use super::table::{ALL, per_seed};
use serde::Serialize;
use tiptwin_core::statistics::{holm, paired_median_interval, signed_rank, win_rate};
use tiptwin_instrument::{MasterSeed, Stream};

pub(super) const RESAMPLES: usize = 10_000;
pub(super) const LEVEL: f64 = 0.95;

/// A strategy against the first one, over all seeds of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Case; "all" takes for each seed the mean over its cases.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Label of the first strategy.
    pub against: String,
    /// Measurements.
    pub n: usize,
    /// Pairs: seeds that both were played on.
    pub pairs: usize,
    /// Median of R²(strategy) − R²(first).
    pub median: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of pairs in which the strategy is better, ties counting half.
    pub win_rate: f64,
    /// Two-sided p of the signed-rank test.
    pub p: f64,
    /// The same after Holm's correction over all strategies and cases at this n; the pooled ones are corrected among themselves.
    pub p_holm: f64,
}

pub(super) fn differences(grouped: &Grouped<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut strategies = grouped.strategies();
    let Some(first) = strategies.next() else { return found };
    let others: Vec<&str> = strategies.collect();
    for case in grouped.cases() {
        for &n in &grouped.plan.table_at {
            found.extend(others.iter().filter_map(|strategy| one(grouped, case, strategy, first, n)));
        }
    }
    for &n in &grouped.plan.table_at {
        for pooled in [false, true] {
            let mut family: Vec<&mut Difference> =
                found.iter_mut().filter(|d| d.n == n && (d.case == ALL) == pooled).collect();
            let adjusted = holm(&family.iter().map(|d| d.p).collect::<Vec<_>>());
            family.iter_mut().zip(adjusted).for_each(|(d, p)| d.p_holm = p);
        }
    }
    found
}

fn one(grouped: &Grouped<'_>, case: &str, strategy: &str, first: &str, n: usize) -> Option<Difference> {
    let pairs = grouped.pairs(case, strategy, first);
    let differences = per_seed(pairs.iter().filter_map(|(a, b)| Some((a.seed, a.at(n)?.r2 - b.at(n)?.r2))));
    let [median, low, high] = median_and_interval(&differences, n as u64)?;
    let p = signed_rank(&differences).p;
    Some(Difference {
        case: case.to_owned(),
        strategy: strategy.to_owned(),
        against: first.to_owned(),
        n,
        pairs: differences.len(),
        median,
        low,
        high,
        win_rate: win_rate(&differences),
        p,
        p_holm: p,
    })
}

/// Median, lower and upper end. The resamples are the same for every list of a length: the table does not depend on its order.
pub(super) fn median_and_interval(values: &[f64], unit: u64) -> Option<[f64; 3]> {
    median_and_interval_at(LEVEL, values, unit)
}

/// The same with a level of its own.
pub(super) fn median_and_interval_at(level: f64, values: &[f64], unit: u64) -> Option<[f64; 3]> {
    let rng = &mut MasterSeed(0).rng(Stream::Baseline, unit);
    let found = paired_median_interval(values, level, RESAMPLES, rng)?;
    Some([found.estimate, found.low, found.high])
}

//! How many measurements each strategy needs to bring the error of its map below fixed values.
//!
//! A problem is a sample (case and seed) with an error to reach; it is solved by the first scored map that is good enough. Over all
//! problems at once this gives the empirical distribution of what is needed (N. Hansen et al., arXiv:1605.03560) and a performance
//! profile ([`performance_ratios`]).

use super::grouped::Grouped;
use super::table::ALL;
use super::{Named, Outcome};
use serde::Serialize;
use tiptwin_core::statistics::{performance_ratios, quantile, share_below};

/// Errors to reach, in standard deviations of the truth: R² of 0.19, 0.36, 0.51, 0.64 and 0.75. They are fixed so that comparisons can
/// be compared.
pub const NRMSE_TARGETS: [f64; 5] = [0.9, 0.8, 0.7, 0.6, 0.5];

/// Everything about reaching errors, over all cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reach {
    /// Errors that count as targets.
    pub nrmse_targets: Vec<f64>,
    /// By strategy: which share of its problems it had solved after each number of measurements.
    pub solved: Vec<Steps>,
    /// By strategy: in which share of the problems it needed at most so many times the measurements of the best. Only strategies that
    /// were played on all seeds.
    pub profile: Vec<Steps>,
    /// Problems of the profile: those that any strategy solved.
    pub profile_problems: usize,
    /// By case, strategy and error.
    pub table: Vec<Reached>,
}

/// A distribution that rises in steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Steps {
    /// Label of the strategy.
    pub strategy: String,
    /// Places of the steps.
    pub x: Vec<f64>,
    /// Share up to there.
    pub share: Vec<f64>,
}

/// One error on one case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// Case; "all" pools all cases and seeds.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Error to reach.
    pub nrmse: f64,
    /// Explorations.
    pub runs: usize,
    /// Those that reached it.
    pub reached: usize,
    /// Median number of measurements, where at least half reached it.
    pub median_n: Option<f64>,
}

/// The first scored number of measurements with an error at or below a target.
fn needed(outcome: &Outcome, target: f64) -> Option<f64> {
    outcome.played.scores.iter().find(|s| s.nrmse <= target).map(|s| s.n as f64)
}

pub(super) fn reach(grouped: &Grouped<'_>) -> Reach {
    let plan = grouped.plan;
    let solved = grouped.strategies().map(|strategy| solved(grouped, strategy)).collect();
    let whole: Vec<&Named> = plan.strategies.iter().filter(|s| plan.seeds_of(s).len() == plan.seeds.len()).collect();
    let mut problems = Vec::new();
    if let Some(first) = whole.first() {
        let by_sample: Vec<_> = whole.iter().map(|s| grouped.by_sample(ALL, &s.label)).collect();
        for outcome in grouped.of(ALL, &first.label) {
            for target in NRMSE_TARGETS {
                let same = (outcome.case.as_str(), outcome.seed);
                problems.push(by_sample.iter().map(|by| needed(by.get(&same)?, target)).collect::<Vec<_>>());
            }
        }
    }
    let ratios = performance_ratios(&problems);
    let profile = whole.iter().zip(&ratios).map(|(s, r)| steps(&s.label, r)).collect();
    let mut table = Vec::new();
    for case in grouped.cases() {
        for target in NRMSE_TARGETS {
            table.extend(grouped.strategies().map(|strategy| reached(grouped, case, strategy, target)));
        }
    }
    let profile_problems = ratios.first().map_or(0, Vec::len);
    Reach { nrmse_targets: NRMSE_TARGETS.to_vec(), solved, profile, profile_problems, table }
}

fn solved(grouped: &Grouped<'_>, strategy: &str) -> Steps {
    let problems = || grouped.of(ALL, strategy).flat_map(|o| NRMSE_TARGETS.map(|t| needed(o, t)));
    let mut all: Vec<f64> = problems().map(|n| n.unwrap_or(f64::INFINITY)).collect();
    all.sort_unstable_by(f64::total_cmp);
    steps(strategy, &all)
}

/// The finite steps of a sorted list.
fn steps(strategy: &str, sorted: &[f64]) -> Steps {
    let mut x: Vec<f64> = sorted.iter().copied().filter(|v| v.is_finite()).collect();
    x.dedup();
    let share = x.iter().map(|&at| share_below(sorted, at)).collect();
    Steps { strategy: strategy.to_owned(), x, share }
}

fn reached(grouped: &Grouped<'_>, case: &str, strategy: &str, target: f64) -> Reached {
    let all: Vec<f64> = grouped.of(case, strategy).map(|o| needed(o, target).unwrap_or(f64::INFINITY)).collect();
    let median = quantile(&all, 0.5);
    Reached {
        case: case.to_owned(),
        strategy: strategy.to_owned(),
        nrmse: target,
        runs: all.len(),
        reached: all.iter().filter(|n| n.is_finite()).count(),
        median_n: median.is_finite().then_some(median),
    }
}

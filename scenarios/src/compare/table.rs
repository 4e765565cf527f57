//! From outcomes to numbers: means by case and strategy, and paired differences.

use super::plan::Plan;
use super::store::Outcome;
use serde::Serialize;
use tiptwin_core::statistics::{holm, paired_median_interval, signed_rank};
use tiptwin_instrument::log::Scores;
use tiptwin_instrument::{MasterSeed, Stream};

const RESAMPLES: usize = 10_000;
const LEVEL: f64 = 0.95;

/// Everything a comparison says, without times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Means over seeds, by case, strategy and number of measurements.
    pub rows: Vec<Row>,
    /// Differences of R² to the first strategy, paired by seed.
    pub differences: Vec<Difference>,
}

/// Means over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Case; "all" is the mean over cases.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Measurements.
    pub n: usize,
    /// Explorations behind it.
    pub runs: usize,
    /// Coefficient of determination.
    pub r2: f64,
    /// Its standard deviation over seeds (over cases and seeds for "all").
    pub r2_sd: f64,
    /// Normalised root mean squared error.
    pub nrmse: f64,
    /// Negative log predictive density.
    pub nlpd: f64,
    /// Share of the truth inside ±1σ.
    pub coverage_1sigma: f64,
    /// Share inside ±2σ.
    pub coverage_2sigma: f64,
}

/// A strategy against the first one, over all seeds of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Case; "all" pools all cases and seeds.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Label of the first strategy.
    pub against: String,
    /// Measurements.
    pub n: usize,
    /// Pairs.
    pub pairs: usize,
    /// Median of R²(strategy) − R²(first).
    pub median: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of pairs in which the strategy is better.
    pub win_rate: f64,
    /// Two-sided p of the signed-rank test.
    pub p: f64,
    /// The same after Holm's correction over all strategies of this case and n.
    pub p_holm: f64,
}

impl Table {
    /// The table of all outcomes of a plan.
    pub fn new(plan: &Plan, outcomes: &[Outcome]) -> Self {
        let mut names: Vec<&str> = plan.cases.iter().map(|c| c.name.as_str()).collect();
        if names.len() > 1 {
            names.push(ALL);
        }
        let (mut rows, mut differences) = (Vec::new(), Vec::new());
        for case in names {
            for &n in &plan.points {
                let scores: Vec<Vec<(usize, Scores)>> =
                    plan.strategies.iter().map(|s| scored(outcomes, case, &s.label, n)).collect();
                for (strategy, scores) in plan.strategies.iter().zip(&scores) {
                    rows.extend(row(case, &strategy.label, n, scores));
                }
                differences.extend(compared(plan, case, n, &scores));
            }
        }
        Self { rows, differences }
    }
}

/// The name under which all cases are pooled.
pub(super) const ALL: &str = "all";

/// Scores of a strategy, each with the number of its pair.
fn scored(outcomes: &[Outcome], case: &str, strategy: &str, n: usize) -> Vec<(usize, Scores)> {
    outcomes
        .iter()
        .filter(|o| o.strategy == strategy && (case == ALL || o.case == case))
        .enumerate()
        .filter_map(|(pair, o)| o.played.scores.iter().find(|s| s.n == n).map(|s| (pair, *s)))
        .collect()
}

fn row(case: &str, strategy: &str, n: usize, scores: &[(usize, Scores)]) -> Option<Row> {
    let runs = scores.len();
    let mean = |value: fn(&Scores) -> f64| scores.iter().map(|s| value(&s.1)).sum::<f64>() / runs as f64;
    let r2 = mean(|s| s.r2);
    let spread = scores.iter().map(|s| (s.1.r2 - r2).powi(2)).sum::<f64>() / (runs.max(2) - 1) as f64;
    (runs > 0).then(|| Row {
        case: case.to_owned(),
        strategy: strategy.to_owned(),
        n,
        runs,
        r2,
        r2_sd: spread.sqrt(),
        nrmse: mean(|s| s.nrmse),
        nlpd: mean(|s| s.nlpd),
        coverage_1sigma: mean(|s| s.coverage_1sigma),
        coverage_2sigma: mean(|s| s.coverage_2sigma),
    })
}

fn compared(plan: &Plan, case: &str, n: usize, scores: &[Vec<(usize, Scores)>]) -> Vec<Difference> {
    let Some((first, others)) = scores.split_first() else { return Vec::new() };
    let against = &plan.strategies[0].label;
    let mut found: Vec<Difference> = others
        .iter()
        .zip(&plan.strategies[1..])
        .filter_map(|(scores, strategy)| {
            let differences: Vec<f64> = scores
                .iter()
                .filter_map(|(pair, s)| first.iter().find(|f| f.0 == *pair).map(|f| s.r2 - f.1.r2))
                .collect();
            // The resamples are the same for every pair of strategies: the table does not depend on its order.
            let rng = &mut MasterSeed(0).rng(Stream::Baseline, n as u64);
            let interval = paired_median_interval(&differences, LEVEL, RESAMPLES, rng)?;
            let pairs = differences.len();
            let p = signed_rank(&differences).p;
            Some(Difference {
                case: case.to_owned(),
                strategy: strategy.label.clone(),
                against: against.clone(),
                n,
                pairs,
                median: interval.estimate,
                low: interval.low,
                high: interval.high,
                win_rate: differences.iter().filter(|d| **d > 0.0).count() as f64 / pairs as f64,
                p,
                p_holm: p,
            })
        })
        .collect();
    let adjusted = holm(&found.iter().map(|d| d.p).collect::<Vec<_>>());
    found.iter_mut().zip(adjusted).for_each(|(d, p)| d.p_holm = p);
    found
}

//! Everything that a comparison says, in one value.

use super::curves::{self, Calibration, Curve};
use super::differences::{self, Difference};
use super::grouped::Grouped;
use super::plan::Plan;
use super::reach::{self, Reach};
use super::store::Outcome;
use super::{Control, Cost, Enriched, Factors, control, cost, enrichment, factors};
use serde::Serialize;
use std::collections::BTreeMap;
use tiptwin_core::statistics::median;
use tiptwin_instrument::log::Scores;

/// Version of these fields.
const SCHEMA: u32 = 1;

/// The name under which all cases are pooled.
pub(crate) const ALL: &str = "all";

/// Everything a comparison says. Apart from `timing_s`, the same build, scenarios and seeds give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Version of these fields.
    pub schema: u32,
    /// Version of tiptwin.
    pub version: String,
    /// Cases, in their order.
    pub cases: Vec<String>,
    /// Strategies, in their order; the first is what the others are compared with.
    pub strategies: Vec<String>,
    /// Seeds.
    pub seeds: Vec<u64>,
    /// Which strategy stands for random picks, if one does.
    pub random: Option<String>,
    /// What a reader should know before believing anything else.
    pub notes: Vec<String>,
    /// Means over seeds, by case, strategy and number of measurements.
    pub rows: Vec<Row>,
    /// Differences of R² to the first strategy, paired by seed.
    pub differences: Vec<Difference>,
    /// What became of those that could learn nothing, where there are any.
    pub control: Option<Control>,
    /// Learning curves.
    pub curves: Vec<Curve>,
    /// Measurements needed to reach fixed errors.
    pub reach: Reach,
    /// Nominal against observed coverage of the last maps.
    pub calibration: Vec<Calibration>,
    /// How much sooner and better than random picks.
    pub factors: Vec<Factors>,
    /// Where the picks went.
    pub enrichment: Vec<Enriched>,
    /// What explorations cost on the instrument.
    pub cost: Vec<Cost>,
    /// Median wall-clock time of all decisions of an exploration, by strategy. Depends on machine and load.
    pub timing_s: BTreeMap<String, f64>,
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

impl Table {
    /// The table of all outcomes of a plan.
    pub fn new(plan: &Plan, outcomes: &[Outcome]) -> Self {
        let grouped = Grouped::new(plan, outcomes);
        let timing = |label: &String| {
            let all: Vec<f64> = grouped.of(ALL, label).map(|o| o.played.decide_s).collect();
            (label.clone(), median(&all))
        };
        let strategies: Vec<String> = plan.strategies.iter().map(|s| s.label.clone()).collect();
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").into(),
            cases: plan.cases.iter().map(|c| c.name.clone()).collect(),
            seeds: plan.seeds.clone(),
            random: plan.random().map(|s| s.label.clone()),
            notes: notes(plan),
            rows: rows(&grouped),
            differences: differences::differences(&grouped),
            control: control::control(&grouped),
            curves: curves::curves(&grouped),
            reach: reach::reach(&grouped),
            calibration: curves::calibration(&grouped),
            factors: factors::factors(&grouped),
            enrichment: enrichment::enrichment(&grouped),
            cost: cost::cost(&grouped),
            timing_s: strategies.iter().map(timing).collect(),
            strategies,
        }
    }
}

/// One value for each seed, the mean over its cases: cases of one seed share film and first location, and counting them as if they were
/// independent would make every difference look sure.
pub(super) fn per_seed(values: impl Iterator<Item = (u64, f64)>) -> Vec<f64> {
    let mut by_seed: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (seed, value) in values {
        by_seed.entry(seed).or_default().push(value);
    }
    by_seed.into_values().map(|v| v.iter().sum::<f64>() / v.len() as f64).collect()
}

impl Outcome {
    /// The scores after n measurements.
    pub(crate) fn at(&self, n: usize) -> Option<&Scores> {
        self.played.scores.iter().find(|s| s.n == n)
    }
}

fn rows(grouped: &Grouped<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for case in grouped.cases() {
        for &n in &grouped.plan.table_at {
            for strategy in grouped.strategies() {
                let scores: Vec<Scores> = grouped.of(case, strategy).filter_map(|o| o.at(n).copied()).collect();
                rows.extend(row(case, strategy, n, &scores));
            }
        }
    }
    rows
}

fn row(case: &str, strategy: &str, n: usize, scores: &[Scores]) -> Option<Row> {
    let runs = scores.len();
    let mean = |value: fn(&Scores) -> f64| scores.iter().map(value).sum::<f64>() / runs as f64;
    let r2 = mean(|s| s.r2);
    let spread = scores.iter().map(|s| (s.r2 - r2).powi(2)).sum::<f64>() / (runs.max(2) - 1) as f64;
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

fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    if plan.seeds.len() < 6 && plan.strategies.len() > 1 {
        notes.push(format!(
            "{} seeds: whatever the differences, the signed-rank test cannot give a p below {:.3}; six seeds can reach 0.031.",
            plan.seeds.len(),
            0.5f64.powi(plan.seeds.len() as i32 - 1)
        ));
    }
    for case in plan.cases.iter().filter(|c| c.one_sample()) {
        notes.push(format!(
            "{}: every seed explores the same sample, so intervals say how sure the difference is on this sample, not on others.",
            case.name
        ));
    }
    for s in plan.strategies.iter().filter(|s| plan.seeds_of(s).len() < plan.seeds.len()) {
        notes.push(format!(
            "{} was played on the first {} seeds only: compare it through its paired differences, not through means.",
            s.label,
            plan.seeds_of(s).len()
        ));
    }
    notes
}

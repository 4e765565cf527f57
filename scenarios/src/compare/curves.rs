//! Learning curves and calibration: the middle of all films, and where half of them lie.

use super::grouped::Grouped;
use serde::Serialize;
use tiptwin_core::metrics::NOMINAL_COVERAGE;
use tiptwin_core::statistics::quantile;

/// R² of a strategy on a case against the number of measurements.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// Case; "all" pools all cases and seeds.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Explorations behind it.
    pub runs: usize,
    /// Measurements.
    pub n: Vec<usize>,
    /// Median R² over the seeds.
    pub r2: Vec<f64>,
    /// Lower quartile.
    pub r2_low: Vec<f64>,
    /// Upper quartile.
    pub r2_high: Vec<f64>,
    /// Median normalised error.
    pub nrmse: Vec<f64>,
    /// Median normalised simple regret; empty where the truth does not vary.
    pub regret: Vec<f64>,
}

/// Observed coverage of the last map of a strategy on a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Case; "all" pools all cases and seeds.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Nominal coverage.
    pub nominal: Vec<f64>,
    /// Mean observed coverage over the seeds.
    pub observed: Vec<f64>,
}

pub(super) fn curves(grouped: &Grouped<'_>) -> Vec<Curve> {
    let mut curves = Vec::new();
    for case in grouped.cases() {
        for strategy in grouped.strategies() {
            curves.push(curve(grouped, case, strategy));
        }
    }
    curves
}

fn curve(grouped: &Grouped<'_>, case: &str, strategy: &str) -> Curve {
    let mut curve = Curve {
        case: case.to_owned(),
        strategy: strategy.to_owned(),
        runs: grouped.of(case, strategy).count(),
        n: Vec::new(),
        r2: Vec::new(),
        r2_low: Vec::new(),
        r2_high: Vec::new(),
        nrmse: Vec::new(),
        regret: Vec::new(),
    };
    for &n in &grouped.plan.points {
        let scores: Vec<_> = grouped.of(case, strategy).filter_map(|o| o.at(n)).collect();
        if scores.is_empty() {
            continue;
        }
        let r2: Vec<f64> = scores.iter().map(|s| s.r2).collect();
        let nrmse: Vec<f64> = scores.iter().map(|s| s.nrmse).collect();
        let regret: Vec<f64> = grouped.of(case, strategy).filter_map(|o| o.regret.get(n - 1).copied()).collect();
        curve.n.push(n);
        curve.r2.push(quantile(&r2, 0.5));
        curve.r2_low.push(quantile(&r2, 0.25));
        curve.r2_high.push(quantile(&r2, 0.75));
        curve.nrmse.push(quantile(&nrmse, 0.5));
        if !regret.is_empty() {
            curve.regret.push(quantile(&regret, 0.5));
        }
    }
    curve
}

pub(super) fn calibration(grouped: &Grouped<'_>) -> Vec<Calibration> {
    let mut found = Vec::new();
    for case in grouped.cases() {
        for strategy in grouped.strategies() {
            let all: Vec<&[f64]> =
                grouped.of(case, strategy).map(|o| o.played.coverage.as_slice()).filter(|c| !c.is_empty()).collect();
            if all.is_empty() {
                continue;
            }
            let mean = |k: usize| all.iter().map(|c| c[k]).sum::<f64>() / all.len() as f64;
            found.push(Calibration {
                case: case.to_owned(),
                strategy: strategy.to_owned(),
                nominal: NOMINAL_COVERAGE.to_vec(),
                observed: (0..NOMINAL_COVERAGE.len()).map(mean).collect(),
            });
        }
    }
    found
}

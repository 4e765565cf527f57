//! How much sooner, and how much better, than random picks: of maps and of the best place found.

use super::curves::Curve;
use super::grouped::Grouped;
use super::table::per_seed;
use super::{Outcome, curves, differences};
use serde::Serialize;
use tiptwin_core::statistics::{acceleration, area_under_curve, enhancement, median, reached_at};

/// Acceleration and enhancement of a strategy on a case, from its median learning curves.
///
/// The quality of a map is 1/NRMSE; that of the best place found is 1 − regret, 0 for an average place and 1 for the best. Acceleration is
/// read at the quality that random picks have in the end, enhancement at the end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Factors {
    /// Case; "all" pools all cases and seeds.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Label of what stands for random picks.
    pub random: String,
    /// Measurements to the last error of random picks.
    pub needed: Option<Needed>,
    /// Of the map.
    pub map_acceleration: Option<f64>,
    /// Of the map.
    pub map_enhancement: Option<f64>,
    /// Median normalised simple regret in the end.
    pub regret: Option<f64>,
    /// Median over seeds of the mean regret over the budget.
    pub regret_auc: Option<f64>,
    /// Median of the paired difference of that mean regret to random picks; negative is better.
    pub regret_auc_difference: Option<f64>,
    /// Its 95 % interval.
    pub regret_auc_interval: Option<[f64; 2]>,
    /// Of the best place found.
    pub best_acceleration: Option<f64>,
    /// Of the best place found.
    pub best_enhancement: Option<f64>,
}

/// How many measurements a strategy needs, on each sample, for the map error that random picks have there in the end.
///
/// Straight between scored numbers of measurements. Where it is not reached, all measurements of the exploration count, which is too
/// few: the median is right while more than half reach it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// Median over seeds, of the mean over the cases of a seed.
    pub median: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// Explorations that reached it.
    pub reached: usize,
    /// Explorations in pairs with random picks.
    pub runs: usize,
}

fn needed(pairs: &[(&Outcome, &Outcome)]) -> Option<Needed> {
    let reached = |(own, random): &(&Outcome, &Outcome)| {
        let curve: Vec<(f64, f64)> = own.played.scores.iter().map(|s| (s.n as f64, 1.0 / s.nrmse)).collect();
        reached_at(&curve, 1.0 / random.played.scores.last()?.nrmse)
    };
    let all = |(own, _): &(&Outcome, &Outcome)| own.played.scores.last().map(|s| s.n as f64);
    let per_seed = per_seed(pairs.iter().filter_map(|p| Some((p.0.seed, reached(p).or_else(|| all(p))?))));
    let [median, low, high] = differences::median_and_interval(&per_seed, 2)?;
    let reached = pairs.iter().filter(|p| reached(p).is_some()).count();
    Some(Needed { median, interval: [low, high], reached, runs: pairs.len() })
}

pub(super) fn factors(grouped: &Grouped<'_>) -> Vec<Factors> {
    let Some(random) = grouped.plan.random() else { return Vec::new() };
    let curves = curves::curves(grouped);
    let mut found = Vec::new();
    for case in grouped.cases() {
        let of = |label: &str| curves.iter().find(|c| c.case == case && c.strategy == label);
        let Some(base) = of(&random.label) else { continue };
        for strategy in grouped.strategies() {
            found.extend(of(strategy).map(|c| factor(grouped, c, base)));
        }
    }
    found
}

fn factor(grouped: &Grouped<'_>, curve: &Curve, base: &Curve) -> Factors {
    let auc = |regret: &[f64]| {
        let points: Vec<(f64, f64)> = regret.iter().enumerate().map(|(k, r)| ((k + 1) as f64, *r)).collect();
        area_under_curve(&points)
    };
    let pairs = grouped.pairs(&curve.case, &curve.strategy, &base.strategy);
    let own: Vec<f64> = grouped.of(&curve.case, &curve.strategy).filter_map(|o| auc(&o.regret)).collect();
    let gain = |(a, b): &(&Outcome, &Outcome)| Some((a.seed, auc(&a.regret)? - auc(&b.regret)?));
    let differences = per_seed(pairs.iter().filter_map(gain));
    let interval = differences::median_and_interval(&differences, 0);
    let (map, map_base) = (qualities(curve, &curve.nrmse, |e| 1.0 / e), qualities(base, &base.nrmse, |e| 1.0 / e));
    let (best, best_base) = (qualities(curve, &curve.regret, |r| 1.0 - r), qualities(base, &base.regret, |r| 1.0 - r));
    let at_end = |of: &[(f64, f64)]| of.last().map(|p| p.1);
    let accelerated = |a: &[(f64, f64)], b: &[(f64, f64)]| acceleration(a, b, at_end(b)?);
    let enhanced = |a: &[(f64, f64)], b: &[(f64, f64)]| enhancement(at_end(a)?, at_end(b)?);
    Factors {
        case: curve.case.clone(),
        strategy: curve.strategy.clone(),
        random: base.strategy.clone(),
        needed: needed(&pairs),
        map_acceleration: accelerated(&map, &map_base),
        map_enhancement: enhanced(&map, &map_base),
        regret: curve.regret.last().copied(),
        regret_auc: (!own.is_empty()).then(|| median(&own)),
        regret_auc_difference: interval.map(|i| i[0]),
        regret_auc_interval: interval.map(|i| [i[1], i[2]]),
        best_acceleration: accelerated(&best, &best_base),
        best_enhancement: enhanced(&best, &best_base),
    }
}

fn qualities(curve: &Curve, values: &[f64], quality: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    curve.n.iter().zip(values).map(|(&n, &v)| (n as f64, quality(v))).collect()
}

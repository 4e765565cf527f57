//! Where nothing can be learnt: whoever wins there has found a leak.
//!
//! Nothing can be learnt from the structure of a film of the preset `random`, and nothing at all from shuffled targets. A strategy's own picks
//! can then be no better than random picks with the same model. They can be worse: choosing by a model that is wrong costs.

use super::altered::Alteration;
use super::differences::{LEVEL, median_and_interval_at};
use super::grouped::Grouped;
use super::label::Named;
use super::plan::Case;
use super::table::per_seed;
use crate::config::InstrumentChoice;
use serde::Serialize;
use tiptwin_core::statistics::{holm, signed_rank};
use tiptwin_sim::Preset;

/// All comparisons in which nothing can be learnt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Control {
    /// Chance that all intervals together hold their medians, by Bonferroni's inequality.
    pub level: f64,
    /// Whether no strategy is shown to be better than random picks.
    pub nobody_wins: bool,
    /// Whether every interval includes zero.
    pub all_include_zero: bool,
    /// By case, number of measurements and strategy.
    pub comparisons: Vec<Controlled>,
}

/// A strategy's own picks against random picks with the same model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Controlled {
    /// Case.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Label of the random picks.
    pub against: String,
    /// Measurements.
    pub n: usize,
    /// Seeds that both were played on.
    pub pairs: usize,
    /// Median of R²(strategy) − R²(random picks).
    pub median: f64,
    /// Its interval, wide enough for all comparisons at once.
    pub interval: [f64; 2],
    /// Two-sided p of the signed-rank test after Holm's correction over all of these comparisons.
    pub p_holm: f64,
}

impl Controlled {
    /// Whether it is shown to be better than random picks. The test decides, which is exact for few seeds too.
    pub fn wins(&self) -> bool {
        self.p_holm < 1.0 - LEVEL && self.median > 0.0
    }

    /// Whether it is shown to be worse.
    pub fn loses(&self) -> bool {
        self.p_holm < 1.0 - LEVEL && self.median < 0.0
    }

    /// Whether its interval includes zero.
    pub fn includes_zero(&self) -> bool {
        self.interval[0] <= 0.0 && self.interval[1] >= 0.0
    }
}

/// `None` where something can be learnt everywhere, or where no random picks stand beside.
pub(super) fn control(grouped: &Grouped<'_>) -> Option<Control> {
    let plan = grouped.plan;
    let mut asked = Vec::new();
    for case in &plan.cases {
        for &n in &plan.table_at {
            for named in plan.strategies.iter().filter(|s| learns_nothing(case, s)) {
                let fair =
                    |s: &&Named| s.picks_at_random() && s.alteration == named.alteration && s.model() == named.model();
                let Some(random) =
                    plan.strategies.iter().find(fair).filter(|r| !named.picks_at_random() && r.label != named.label)
                else {
                    continue;
                };
                let pairs = grouped.pairs(&case.name, &named.label, &random.label);
                let gain = |(a, b): &(&super::Outcome, &super::Outcome)| Some((a.seed, a.at(n)?.r2 - b.at(n)?.r2));
                asked.push((case, n, named, random, per_seed(pairs.iter().filter_map(gain))));
            }
        }
    }
    let one_level = 1.0 - (1.0 - LEVEL) / asked.len().max(1) as f64;
    let adjusted = holm(&asked.iter().map(|a| signed_rank(&a.4).p).collect::<Vec<_>>());
    let compared = |((case, n, named, random, gains), p_holm): (&(&Case, usize, &Named, &Named, Vec<f64>), f64)| {
        let [median, low, high] = median_and_interval_at(one_level, gains, *n as u64)?;
        Some(Controlled {
            case: case.name.clone(),
            strategy: named.label.clone(),
            against: random.label.clone(),
            n: *n,
            pairs: gains.len(),
            median,
            interval: [low, high],
            p_holm,
        })
    };
    let comparisons: Vec<Controlled> = asked.iter().zip(adjusted).filter_map(compared).collect();
    (!comparisons.is_empty()).then(|| Control {
        level: LEVEL,
        nobody_wins: !comparisons.iter().any(Controlled::wins),
        all_include_zero: comparisons.iter().all(Controlled::includes_zero),
        comparisons,
    })
}

fn learns_nothing(case: &Case, named: &Named) -> bool {
    match named.alteration {
        Some(Alteration::ShuffledTargets) => true,
        Some(_) => false,
        None => matches!(&case.scenario.instrument, InstrumentChoice::Twin(twin) if twin.film.preset == Preset::Random),
    }
}

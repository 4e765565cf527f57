//! Where the picks went: share of the picks over share of the area, with the area as the base rate.

use super::differences::median_and_interval;
use super::grouped::Grouped;
use super::table::{ALL, per_seed};
use super::{Alteration, Outcome};
use crate::run::Enrichment;
use serde::Serialize;
use tiptwin_core::statistics::{holm, signed_rank};

/// Picks of a strategy on a case in one kind of region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Enriched {
    /// Case; "all" takes for each seed the mean over its cases.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// `gb` (grain boundaries outside the junction discs) or `junction`.
    pub region: String,
    /// Seeds behind it.
    pub runs: usize,
    /// Picks there, of all explorations.
    pub there: usize,
    /// All picks.
    pub picks: usize,
    /// Base rate: mean share of the candidates that lie there.
    pub area: f64,
    /// Median over seeds of the share of picks over the share of area; 1 is what chance gives.
    pub median: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// Two-sided p of the signed-rank test that it is 1, after Holm's correction over all strategies, cases and both regions; the pooled ones
    /// are corrected among themselves.
    pub p_holm: f64,
    /// Against the same strategy on shuffled targets, where that was played: what the targets themselves add to its habits.
    pub beyond_habit: Option<BeyondHabit>,
}

/// Enrichment of a strategy minus that of the same strategy on shuffled targets, film by film.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BeyondHabit {
    /// Label of the control.
    pub control: String,
    /// Median of the difference.
    pub median: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// Two-sided p of the signed-rank test that it is 0, after Holm's correction as above.
    pub p_holm: f64,
}

pub(super) fn enrichment(grouped: &Grouped<'_>) -> Vec<Enriched> {
    let mut found = Vec::new();
    for case in grouped.cases() {
        for region in ["gb", "junction"] {
            found.extend(grouped.strategies().filter_map(|strategy| one(grouped, case, strategy, region)));
        }
    }
    for pooled in [false, true] {
        let mut family: Vec<&mut Enriched> = found.iter_mut().filter(|e| (e.case == ALL) == pooled).collect();
        let adjusted = holm(&family.iter().map(|e| e.p_holm).collect::<Vec<_>>());
        family.iter_mut().zip(adjusted).for_each(|(e, p)| e.p_holm = p);
        let mut beyond: Vec<&mut BeyondHabit> = family.into_iter().filter_map(|e| e.beyond_habit.as_mut()).collect();
        let adjusted = holm(&beyond.iter().map(|b| b.p_holm).collect::<Vec<_>>());
        beyond.iter_mut().zip(adjusted).for_each(|(b, p)| b.p_holm = p);
    }
    found
}

fn one(grouped: &Grouped<'_>, case: &str, strategy: &str, region: &str) -> Option<Enriched> {
    let gb = region == "gb";
    let all: Vec<Enrichment> = grouped.of(case, strategy).filter_map(|o| o.enrichment).collect();
    let factor = |o: &Outcome| o.enrichment.and_then(|e| if gb { e.gb } else { e.junction });
    let control = format!("{strategy}+{}", Alteration::ShuffledTargets.name());
    let pairs = grouped.pairs(case, strategy, &control);
    let gains = per_seed(pairs.iter().filter_map(|(a, b)| Some((a.seed, factor(a)? - factor(b)?))));
    let beyond_habit = median_and_interval(&gains, 1).map(|[median, low, high]| BeyondHabit {
        control,
        median,
        interval: [low, high],
        p_holm: signed_rank(&gains).p,
    });
    let factors = per_seed(grouped.of(case, strategy).filter_map(|o| Some((o.seed, factor(o)?))));
    let [median, low, high] = median_and_interval(&factors, 1)?;
    let area: f64 = all.iter().map(|e| if gb { e.gb_area } else { e.junction_area }).sum();
    Some(Enriched {
        case: case.to_owned(),
        strategy: strategy.to_owned(),
        region: region.to_owned(),
        runs: factors.len(),
        there: all.iter().map(|e| if gb { e.gb_picks } else { e.junction_picks }).sum(),
        picks: all.iter().map(|e| e.picks).sum(),
        area: area / all.len() as f64,
        median,
        interval: [low, high],
        p_holm: signed_rank(&factors.iter().map(|f| f - 1.0).collect::<Vec<_>>()).p,
        beyond_habit,
    })
}

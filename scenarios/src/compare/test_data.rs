//! Outcomes that nobody played, with differences that are known.

use super::{Case, Named, Outcome, Plan, Table};
use crate::config::Scenario;
use crate::run::{Enrichment, Played};
use std::path::Path;
use tiptwin_instrument::log::Scores;

pub(crate) const LABELS: [&str; 4] = ["random", "tiptwin", "tiptwin/expected-improvement", "reference@3"];

/// Six seeds, two cases, three strategies and a slow one on three seeds.
pub(crate) fn plan() -> Plan {
    let scenario =
        Scenario::parse("s", "s.toml", "[instrument]\ndriver = \"twin\"\n", Path::new("."), &[]).expect("valid");
    let strategies = LABELS.iter().map(|l| Named::parse(l, &scenario).expect("known")).collect();
    let case = |name: &str| Case { name: name.into(), scenario: scenario.clone() };
    Plan {
        cases: vec![case("dark"), case("<light>")],
        strategies,
        seeds: (0..6).collect(),
        points: vec![5, 10, 20, 40],
        table_at: vec![10, 40],
    }
}

/// R² is that of random picks plus 0.1 + 0.002·seed, 0.05·seed − 0.1 and −0.2, whatever the film.
pub(crate) fn outcomes(plan: &Plan) -> Vec<Outcome> {
    let mut all = Vec::new();
    for (c, case) in plan.cases.iter().enumerate() {
        for &seed in &plan.seeds {
            for (k, named) in plan.strategies.iter().enumerate() {
                if !plan.seeds_of(named).contains(&seed) {
                    continue;
                }
                let gain = [0.0, 0.1 + 0.002 * seed as f64, 0.05 * seed as f64 - 0.1, -0.2][k];
                let score = |&n: &usize| {
                    let r2 = 0.1 * c as f64 + 0.01 * (seed * seed) as f64 + 0.01 * n as f64 + gain;
                    Scores {
                        n,
                        r2,
                        nrmse: (1.0f64 - r2).sqrt(),
                        spearman: r2,
                        nlpd: 1.4 - r2,
                        coverage_1sigma: 0.6,
                        coverage_2sigma: 0.9,
                    }
                };
                let played = Played {
                    scores: plan.points.iter().map(score).collect(),
                    coverage: vec![0.5; 12],
                    uncertainty_rank: 0.2,
                    picks: (0..40).collect(),
                    values: vec![1.0; 40],
                    touches: 41,
                    travel_m: 1e-4 * (k + 1) as f64,
                    charge_c: (k != 3).then_some(2e-8 * (seed + 1) as f64),
                    near_touches: k,
                    instrument_s: 3600.0,
                    decide_s: 1.5,
                };
                let enrichment = Enrichment {
                    gb: Some(1.5),
                    junction: Some(1.0 + 0.1 * (seed as f64 - 2.5)),
                    gb_picks: 12,
                    junction_picks: 4,
                    picks: 40,
                    gb_area: 0.2,
                    junction_area: 0.1,
                };
                let speed = if k == 2 { 2.0 } else { 1.0 };
                all.push(Outcome {
                    case: case.name.clone(),
                    strategy: named.label.clone(),
                    seed,
                    played,
                    enrichment: Some(enrichment),
                    regret: (1..=40).map(|n| (1.0 - speed * f64::from(n) / 80.0).max(0.0)).collect(),
                });
            }
        }
    }
    all
}

pub(crate) fn table() -> Table {
    let plan = plan();
    Table::new(&plan, &outcomes(&plan))
}

//! A check: this build on the judged films, each against what was recorded for it.

use super::calibrate::values;
use super::file::Gate;
use super::judge::{Judged, Verdict, judge};
use super::{Workshop, scenario_hash};
use crate::compare::Plan;
use crate::run::RunError;
use serde::Serialize;

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checked {
    /// Name of the scenario.
    pub scenario: String,
    /// Label of the strategy that was played.
    pub strategy: String,
    /// Label of the strategy that was recorded.
    pub recorded: String,
    /// The worst of all verdicts.
    pub verdict: Verdict,
    /// By quantity.
    pub quantities: Vec<Judged>,
}

/// Plays the judged films with the gate's strategy, or with another one in its place.
pub fn check(gate: &Gate, strategy: Option<&str>, shop: &Workshop) -> Result<Checked, RunError> {
    let label = strategy.unwrap_or(&gate.strategy);
    let seeds = gate.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let plan = shop.plan(vec![label.to_owned()], &seeds)?;
    same_scenario(gate, &plan)?;
    let outcomes = shop.play(&plan)?;
    let quantities: Vec<Judged> = gate
        .quantity
        .iter()
        .map(|q| {
            let new = values(&plan, &outcomes, 0, q.measure);
            let gains: Vec<f64> = new.iter().zip(&q.recorded).map(|(n, o)| q.measure.gain(*n, *o)).collect();
            judge(q, &gains)
        })
        .collect();
    Ok(Checked {
        scenario: gate.scenario.clone(),
        strategy: plan.strategies[0].label.clone(),
        recorded: gate.strategy.clone(),
        verdict: quantities.iter().map(|q| q.verdict).max().unwrap_or(Verdict::Inconclusive),
        quantities,
    })
}

/// Refuses a gate that was made from something else.
pub(super) fn same_scenario(gate: &Gate, plan: &Plan) -> Result<(), RunError> {
    let found = scenario_hash(&plan.cases[0]);
    if found == gate.scenario_sha256 {
        return Ok(());
    }
    Err(RunError::Input(format!(
        "the gate was made from another scenario: \"{}\" with SHA-256 {}…, and \"{}\" has {}…; accepted: the scenario with the overrides \
         that it was made from, or a new gate from this one",
        gate.scenario,
        &gate.scenario_sha256[..gate.scenario_sha256.len().min(12)],
        plan.cases[0].name,
        &found[..12]
    )))
}

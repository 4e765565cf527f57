//! Is the gate any good? Faults are planted and counted, and so are alarms without one.

use super::Workshop;
use super::calibrate::gains;
use super::check::same_scenario;
use super::file::Gate;
use super::judge::{Verdict, judge};
use super::measure::Measure;
use crate::compare::Alteration;
use crate::run::RunError;
use rand::RngExt;
use rand::seq::SliceRandom;
use serde::Serialize;
use tiptwin_instrument::{MasterSeed, Stream};

/// What became of checks of one altered strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Caught {
    /// What was altered.
    pub alteration: Alteration,
    /// Checks.
    pub checks: usize,
    /// Of them failed.
    pub failed: usize,
    /// Of them inconclusive.
    pub inconclusive: usize,
    /// Of them passed.
    pub passed: usize,
    /// Mean gain over all films, by quantity of the gate; negative is worse.
    pub mean_gain: Vec<(Measure, f64)>,
}

/// All planted faults, and the strategy against itself first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultTable {
    /// Name of the scenario.
    pub scenario: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Films that each was played on.
    pub films: usize,
    /// Films of one check.
    pub n: usize,
    /// The first is the strategy itself with other random numbers: each of its failures is a false alarm.
    pub rows: Vec<Caught>,
}

/// Plays the strategy, itself again and every fault on `films` films, and draws `checks` checks of n films from each.
///
/// Films are drawn without replacement within a check, so that each check is one that could have happened. Checks share films: counts of
/// many checks are unbiased, but no surer than so many films allow.
/// A strategy against itself may have either sign: it is drawn too.
pub fn faults(gate: &Gate, films: usize, checks: usize, shop: &Workshop) -> Result<FaultTable, RunError> {
    let (n, first) = (gate.seeds.len(), gate.seeds.first().copied().unwrap_or(0));
    if films < n || checks == 0 {
        return Err(RunError::Input(format!(
            "{films} films and {checks} checks: a check draws {n} films; accepted: --films {n} or more, --checks 1 or more"
        )));
    }
    let last = first + films as u64 - 1;
    if let Some(twice) = gate.calibration_seeds.iter().find(|s| (first..=last).contains(s)) {
        return Err(RunError::Input(format!(
            "{films} films from seed {first} reach the calibration seed {twice}; accepted: --films {} or fewer",
            twice - first
        )));
    }
    let alterations: Vec<Alteration> = [Alteration::Again].into_iter().chain(Alteration::FAULTS).collect();
    let altered = alterations.iter().map(|a| format!("{}+{}", gate.strategy, a.name()));
    let labels = std::iter::once(gate.strategy.clone()).chain(altered).collect();
    let plan = shop.plan(labels, &format!("{first}..{last}"))?;
    same_scenario(gate, &plan)?;
    let outcomes = shop.play(&plan)?;
    let rows = alterations.iter().enumerate().map(|(k, &alteration)| {
        let all: Vec<Vec<f64>> = gate.quantity.iter().map(|q| gains(&plan, &outcomes, k + 1, q.measure)).collect();
        let verdicts: Vec<Verdict> = (0..checks).map(|c| one(gate, alteration, &all, c as u64)).collect();
        let count = |of: Verdict| verdicts.iter().filter(|v| **v == of).count();
        let mean = |(q, gains): (&super::Quantity, &Vec<f64>)| (q.measure, gains.iter().sum::<f64>() / films as f64);
        Caught {
            alteration,
            checks,
            failed: count(Verdict::Fail),
            inconclusive: count(Verdict::Inconclusive),
            passed: count(Verdict::Pass),
            mean_gain: gate.quantity.iter().zip(&all).map(mean).collect(),
        }
    });
    let rows = rows.collect();
    Ok(FaultTable { scenario: gate.scenario.clone(), strategy: gate.strategy.clone(), films, n, rows })
}

/// One check of n drawn films; `all` holds the gains by quantity and film.
fn one(gate: &Gate, alteration: Alteration, all: &[Vec<f64>], check: u64) -> Verdict {
    let rng = &mut MasterSeed(0).rng(Stream::Baseline, check);
    let mut order: Vec<usize> = (0..all[0].len()).collect();
    order.shuffle(rng);
    order.truncate(gate.seeds.len());
    let signs: Vec<f64> = order
        .iter()
        .map(|_| if alteration == Alteration::Again && rng.random::<bool>() { -1.0 } else { 1.0 })
        .collect();
    let drawn = |gains: &Vec<f64>| order.iter().zip(&signs).map(|(&i, s)| s * gains[i]).collect::<Vec<f64>>();
    gate.quantity
        .iter()
        .zip(all)
        .map(|(q, gains)| judge(q, &drawn(gains)).verdict)
        .max()
        .unwrap_or(Verdict::Inconclusive)
}

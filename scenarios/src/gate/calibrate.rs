//! Thresholds from a pilot: a strategy against itself.

use super::file::{Gate, Quantity};
use super::measure::Measure;
use super::{Workshop, scenario_hash};
use crate::compare::{Alteration, Outcome, Plan};
use crate::run::RunError;
use tiptwin_core::statistics::student_quantile;

/// What a gate is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Label of the strategy.
    pub strategy: String,
    /// Seeds of the pilot.
    pub calibration_seeds: String,
    /// First of the judged seeds.
    pub first_seed: u64,
    /// Most seeds that a check may play.
    pub most: usize,
    /// Losses that do not matter, where others than the default.
    pub margins: Vec<(Measure, f64)>,
    /// Chance of a false alarm, all quantities together.
    pub alarm: f64,
    /// Chance of catching a loss as large as the margin, and of passing an equal strategy.
    pub power: f64,
}

/// Fewest films of a pilot: a deviation from fewer is a guess.
const PILOT: usize = 10;

/// Plays the pilot, decides how many films a check needs, records what this build reaches on them.
///
/// n is the smallest number of films for which an equal strategy passes, and a loss as large as the margin fails, with the planned power:
/// `n = max (( t_alarm + t_power ) s₀ / δ)²` over the quantities. Returns the gate and what a person should know about it.
pub fn calibrate(wanted: &Wanted, shop: &Workshop) -> Result<(Gate, Vec<String>), RunError> {
    let label = &wanted.strategy;
    if label.contains(['+', '@']) {
        return Err(RunError::Input(format!(
            "\"{label}\" is not a plain strategy; accepted: such as tiptwin/max-variance"
        )));
    }
    let pilot =
        shop.plan(vec![label.clone(), format!("{label}+{}", Alteration::Again.name())], &wanted.calibration_seeds)?;
    if pilot.seeds.len() < PILOT {
        return Err(RunError::Input(format!(
            "a pilot of {} seeds says too little about how far equal strategies differ; accepted: {PILOT} or more, such as 1000..1019",
            pilot.seeds.len()
        )));
    }
    let outcomes = shop.play(&pilot)?;
    let deviations = Measure::ALL.map(|m| deviation(&gains(&pilot, &outcomes, 1, m)));
    let dof = pilot.seeds.len();
    let quantile = student_quantile(1.0 - wanted.alarm / Measure::ALL.len() as f64, dof);
    let reserve = student_quantile(wanted.power, dof);
    let margin = |m: Measure| wanted.margins.iter().find(|(of, _)| *of == m).map_or(m.default_margin(), |(_, x)| *x);
    let needed =
        Measure::ALL.iter().zip(deviations).map(|(m, s)| ((quantile + reserve) * s / margin(*m)).powi(2).ceil());
    let needed = needed.fold(0.0, f64::max) as usize;
    let n = needed.clamp(6, wanted.most.max(6));
    let mut notes = Vec::new();
    if needed > n {
        notes.push(format!(
            "the margins would need {needed} films, and at most {n} are allowed: equal strategies will often be inconclusive, and the \
             smallest losses that are caught are larger than the margins. More films with --most, or wider margins with --margin"
        ));
    }
    let seeds: Vec<u64> = (wanted.first_seed..).take(n).collect();
    if let Some(twice) = seeds.iter().find(|s| pilot.seeds.contains(s)) {
        return Err(RunError::Input(format!(
            "seed {twice} would be used for thresholds and for judging ({n} films from {}); accepted: calibration seeds that are not \
             judged, such as 1000..1019",
            wanted.first_seed
        )));
    }
    let plan = shop.plan(vec![label.clone()], &format!("{}..{}", seeds[0], seeds[n - 1]))?;
    let recorded = shop.play(&plan)?;
    let quantity = Measure::ALL
        .iter()
        .zip(deviations)
        .map(|(&measure, deviation)| {
            let of_mean = deviation / (n as f64).sqrt();
            let interval = quantile * of_mean;
            // A loss fails once it is beyond the interval and not within the margin.
            let effect = interval.max(margin(measure) - interval) + reserve * of_mean;
            let recorded = values(&plan, &recorded, 0, measure);
            Quantity { measure, margin: margin(measure), deviation, quantile, interval, effect, recorded }
        })
        .collect();
    let gate = Gate {
        schema: 0,
        version: String::new(),
        scenario: plan.cases[0].name.clone(),
        scenario_sha256: scenario_hash(&plan.cases[0]),
        strategy: label.clone(),
        alarm: wanted.alarm,
        power: wanted.power,
        calibration_seeds: pilot.seeds,
        seeds,
        quantity,
    };
    Ok((gate.stamped(), notes))
}

/// The values of a strategy of a plan, by seed.
pub(super) fn values(plan: &Plan, outcomes: &[Outcome], strategy: usize, measure: Measure) -> Vec<f64> {
    let label = &plan.strategies[strategy].label;
    let all = plan.seeds.iter().filter_map(|seed| outcomes.iter().find(|o| o.seed == *seed && o.strategy == *label));
    all.map(|o| measure.of(o)).collect()
}

/// Gains of a strategy of a plan over the first, by seed.
pub(super) fn gains(plan: &Plan, outcomes: &[Outcome], strategy: usize, measure: Measure) -> Vec<f64> {
    let (new, old) = (values(plan, outcomes, strategy, measure), values(plan, outcomes, 0, measure));
    new.iter().zip(&old).map(|(n, o)| measure.gain(*n, *o)).collect()
}

/// Deviation of gains between equal strategies: their mean is zero by construction, since either could be called the new one.
fn deviation(gains: &[f64]) -> f64 {
    (gains.iter().map(|d| d * d).sum::<f64>() / gains.len() as f64).sqrt()
}

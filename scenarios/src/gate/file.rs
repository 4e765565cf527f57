//! The file of a gate.

use super::measure::Measure;
use crate::run::RunError;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Version of the file's fields.
const SCHEMA: u32 = 1;

/// Everything that a check needs to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Version of these fields.
    pub schema: u32,
    /// Version of tiptwin that made the gate.
    pub version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// SHA-256 of its text with overrides, and of the recording it reads.
    pub scenario_sha256: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Chance that a check of an equal strategy fails, all quantities together, as planned.
    pub alarm: f64,
    /// Chance that a loss of [`Quantity::effect`] fails, as planned.
    pub power: f64,
    /// Seeds that the thresholds come from.
    pub calibration_seeds: Vec<u64>,
    /// Seeds that are judged: none of the former.
    pub seeds: Vec<u64>,
    /// What is judged.
    pub quantity: Vec<Quantity>,
}

/// One quantity, with its threshold and what the recorded build reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// Which.
    pub measure: Measure,
    /// Loss that does not matter.
    pub margin: f64,
    /// Deviation of the gain between two equal strategies on one film, from the pilot.
    pub deviation: f64,
    /// Quantile of Student's t for the chance of an alarm.
    pub quantile: f64,
    /// Half width of the interval of the mean gain: `quantile · deviation / √n`. A loss beyond it fails.
    pub interval: f64,
    /// Smallest mean loss that fails with the planned power.
    pub effect: f64,
    /// Value of the recorded build on each of the judged seeds.
    pub recorded: Vec<f64>,
}

impl Gate {
    /// Reads a file and refuses what it cannot judge by.
    pub fn load(path: &Path) -> Result<Self, RunError> {
        let refused = |why: String| RunError::Input(format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|e| refused(format!("cannot be read: {e}")))?;
        let gate: Self = toml::from_str(&text).map_err(|e| {
            refused(format!("is not a gate: {}; accepted: a file that `tiptwin gate calibrate` wrote", e.message()))
        })?;
        let here = env!("CARGO_PKG_VERSION");
        if gate.schema != SCHEMA || gate.version != here {
            return Err(refused(format!(
                "was made by tiptwin {} (fields {}), and this is {here} (fields {SCHEMA}): what an equal strategy reaches may have changed; \
                 accepted: a gate made by this version with `tiptwin gate calibrate`",
                gate.version, gate.schema
            )));
        }
        let n = gate.seeds.len();
        if n < 2 || gate.quantity.is_empty() {
            return Err(refused(format!(
                "has {n} seeds and {} quantities; accepted: 2 or more and 1 or more",
                gate.quantity.len()
            )));
        }
        let sound = |q: &Quantity| {
            let numbers = [q.margin, q.deviation, q.quantile];
            q.recorded.len() == n
                && numbers.iter().all(|x| x.is_finite() && *x > 0.0)
                && q.recorded.iter().all(|x| x.is_finite())
        };
        match gate.quantity.iter().find(|q| !sound(q)) {
            Some(q) => Err(refused(format!(
                "{}: margin, deviation and quantile must be positive and {n} recorded values finite",
                q.measure.name()
            ))),
            None => Ok(gate),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let list = |seeds: &[u64]| seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let mut out = String::from(
            "# Made by `tiptwin gate calibrate`; `tiptwin gate check` judges by it. What each key means: scenarios/src/gate/file.rs\n",
        );
        let _ = writeln!(out, "schema = {}\nversion = {:?}\nscenario = {:?}", self.schema, self.version, self.scenario);
        let _ = writeln!(out, "scenario_sha256 = {:?}\nstrategy = {:?}", self.scenario_sha256, self.strategy);
        let _ = writeln!(out, "alarm = {:?}\npower = {:?}", self.alarm, self.power);
        let _ =
            writeln!(out, "calibration_seeds = [{}]\nseeds = [{}]", list(&self.calibration_seeds), list(&self.seeds));
        for q in &self.quantity {
            let recorded: Vec<String> = q.recorded.iter().map(|v| format!("{v:?}")).collect();
            let _ = write!(
                out,
                "\n[[quantity]]\nmeasure = {:?}\nmargin = {:?}\ndeviation = {:?}\nquantile = {:?}\ninterval = {:?}\neffect = {:?}\nrecorded = [{}]\n",
                q.measure.name(),
                q.margin,
                q.deviation,
                q.quantile,
                q.interval,
                q.effect,
                recorded.join(", ")
            );
        }
        out
    }

    /// A gate with this build's schema and version.
    pub(super) fn stamped(self) -> Self {
        Self { schema: SCHEMA, version: env!("CARGO_PKG_VERSION").into(), ..self }
    }
}

//! The numbers of a run, as `summary.json` and `--json` carry them.

use crate::boundaries::picks::PickNumbers;
use serde::{Deserialize, Serialize};
use tiptwin_instrument::log::Scores;

/// Version of the summary's fields.
pub(super) const SUMMARY_SCHEMA: u32 = 1;

/// The numbers of a run. Apart from `timing_s`, two runs of the same build, scenario and seed give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of these fields.
    pub schema: u32,
    /// Version of tiptwin.
    pub version: String,
    /// Name of the scenario.
    pub run: String,
    /// Master seed.
    pub seed: u64,
    /// Strategy.
    pub strategy: String,
    /// Rule the strategy chose by.
    pub acquisition: String,
    /// Driver of the instrument, as in a scenario.
    pub driver: String,
    /// Which instrument or recording it was.
    pub instrument: String,
    /// Target property.
    pub target: String,
    /// Its unit; empty for arbitrary units.
    pub target_unit: String,
    /// Light during the measurements.
    pub light_suns: f64,
    /// Light of each curve of a location, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve_light_suns: Vec<f64>,
    /// Locations touched.
    pub steps: usize,
    /// Locations whose measurement could be used.
    pub measured: usize,
    /// Locations that could be chosen.
    pub candidates: usize,
    /// Scores of the strategy's maps, by number of measurements; empty where no truth is known.
    pub scores: Vec<Scores>,
    /// Scores of the same model on random picks.
    pub random_scores: Vec<Scores>,
    /// What was learnt beside the target that steered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_targets: Vec<TargetSummary>,
    /// Where the picks went, where boundaries are known.
    pub enrichment: Option<Enrichment>,
    /// For a run on grain boundaries: where the picks went by boundaries and junctions as they were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundaries: Option<PickNumbers>,
    /// Seconds and megabytes.
    pub timing_s: Timing,
}

/// The numbers of a further target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetSummary {
    /// Name.
    pub target: String,
    /// Its unit; empty for pure numbers.
    pub target_unit: String,
    /// Locations whose curves have the property.
    pub measured: usize,
    /// Scores of its maps, by number of measurements; empty where no truth is known. Those of a component of the curves are of the last map.
    pub scores: Vec<Scores>,
}

/// Share of picks over share of area. 1 is what chance gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enrichment {
    /// At grain boundaries outside the junction discs.
    pub gb: Option<f64>,
    /// At junctions.
    pub junction: Option<f64>,
    /// Picks at boundaries.
    pub gb_picks: usize,
    /// Picks at junctions.
    pub junction_picks: usize,
    /// All picks.
    pub picks: usize,
    /// Share of the candidates at boundaries.
    pub gb_area: f64,
    /// Share of the candidates at junctions.
    pub junction_area: f64,
}

/// What the run cost. Everything here depends on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Median time per decision.
    pub decide_median: f64,
    /// 99th percentile of it.
    pub decide_p99: f64,
    /// All decisions together.
    pub decide_total: f64,
    /// All instrument actions together (for a twin: the simulation).
    pub instrument_total: f64,
    /// The whole run.
    pub wall_total: f64,
    /// Peak resident memory in megabytes; `null` where the system does not tell.
    pub peak_mb: Option<f64>,
}

impl Summary {
    /// The scores at exactly n measurements.
    pub fn scores_at(&self, n: usize) -> Option<&Scores> {
        self.scores.iter().find(|s| s.n == n)
    }
}

//! What a run would do to the sample, before it does anything.

use super::RunError;
use super::contender::Contender;
use super::explore::open;
use super::sample::Sample;
use crate::config::Scenario;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use tiptwin_core::session::{Further, Plan, Session};
use tiptwin_drivers::limits::Rule;
use tiptwin_instrument::units::engineering;
use tiptwin_instrument::{Action, Instrument, Meters, Position};

/// Assumed where the instrument does not say: one scan line a second, both ways; between points 2 µm/s, and 0.3 s to settle and touch down (as
/// the twin's clock has it).
const LINE_S: f64 = 1.0;
const TRAVEL_M_PER_S: f64 = 2e-6;
const CONTACT_S: f64 = 0.3;
/// Mean distance of two random points of a square, in edges (Ghosh, Bull. Calcutta Math. Soc. 43, 17 (1951)).
const MEAN_WAY: f64 = 0.5214;
/// Journal entries of a location.
const JOURNAL_BYTES: f64 = 1500.0;

/// The plan of a run, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// The plan in words.
    pub text: String,
    /// Locations.
    pub locations: usize,
    /// Sweeps or readings, all locations together; scans are not counted.
    pub touches: usize,
    /// Largest voltage in magnitude.
    pub bias_max_v: f64,
    /// Time, about: the scan rate of a real instrument is set on it.
    pub time_s: f64,
    /// Light on the sample, about.
    pub light_dose_suns_s: f64,
    /// The most charge that limits let through one location; none without a limit on the current.
    pub charge_per_spot_max_c: Option<f64>,
    /// Space on the disk, about.
    pub disk_bytes: f64,
    /// The limits that hold, as in a file.
    pub limits: String,
    /// Serial number that `--arm` needs; none for what cannot be harmed.
    pub arm: Option<String>,
}

/// Checks everything that can be checked without measuring, the limits included, and says what would be done.
pub fn dry_run(scenario: &Scenario, contender: Contender, seed: u64) -> Result<Forecast, RunError> {
    let (sample, plan) = open(scenario, seed)?;
    let (mut instrument, _) = Sample::limited(sample.instrument(), scenario, Path::new("."))?;
    let description = instrument.describe();
    let targets: Vec<String> = sample.targets(scenario)?.1.into_iter().map(|t| t.target).collect();
    let (grid, steps, window) = (plan.grid, plan.steps, plan.window_px);
    let candidates = (grid.rows - window + 1) * (grid.cols - window + 1);
    let mut forecast = forecast(scenario, &plan, description.capabilities.sweep_iv);
    forecast.charge_per_spot_max_c = scenario
        .limits
        .get(Rule::Current)
        .map(|current| current * plan.waveform.total_time().0 * (forecast.touches / steps.max(1)) as f64);
    forecast.arm = description.serial.clone().filter(|_| !description.capabilities.simulated);
    for action in first_actions(&plan, &description.capabilities) {
        instrument.check(&action).map_err(|source| RunError::Instrument { source })?;
    }
    for (rule, value) in [(Rule::Run, forecast.time_s), (Rule::LightDose, forecast.light_dose_suns_s)] {
        if let Some(limit) = scenario.limits.get(rule)
            && !rule.allows(value, limit)
        {
            let message =
                format!("the plan needs about {value:.0} {}, above the limit {} = {limit}", rule.unit(), rule.key());
            return Err(scenario.problem(&format!("limits.{}", rule.key()), message).into());
        }
    }
    let mut text = format!(
        "{}: would scan {} × {} pixels over {} × {} on {}, then measure {} at {steps} of {candidates} locations (window {window} px, strategy {}, acquisition {}), seed {seed}",
        scenario.name,
        grid.cols,
        grid.rows,
        grid.width,
        grid.height,
        description.identity,
        targets.join(", "),
        contender.name,
        contender.acquisition,
    );
    let charge = forecast.charge_per_spot_max_c.map_or("not limited".into(), |c| engineering(c, "C"));
    let _ = write!(
        text,
        "\n{} touches, at most {} V; about {:.0} s, {:.0} suns·s of light, {:.1} MB; charge through one location at most: {charge}",
        forecast.touches,
        forecast.bias_max_v,
        forecast.time_s,
        forecast.light_dose_suns_s,
        forecast.disk_bytes / 1e6,
    );
    if !forecast.limits.is_empty() {
        let _ = write!(text, "\nlimits:\n{}", forecast.limits);
    }
    if let Some(serial) = &forecast.arm {
        let _ = write!(text, "\na real instrument: --arm {serial}");
    }
    Session::new(plan, contender.strategy, &description)?;
    forecast.text = text;
    Ok(forecast)
}

fn forecast(scenario: &Scenario, plan: &Plan, sweeps_iv: bool) -> Forecast {
    let sweeps = if sweeps_iv { plan.target.sweeps(plan.light) } else { vec![(plan.light, 0)] };
    let sweep_s = if sweeps_iv { plan.waveform.total_time().0 } else { 0.0 };
    let way_s = MEAN_WAY * plan.grid.width.0.max(plan.grid.height.0) / TRAVEL_M_PER_S;
    let location_s = way_s + sweeps.len() as f64 * (CONTACT_S + sweep_s);
    let scan_s = plan.grid.rows as f64 * LINE_S;
    // Between sweeps the lamp stays as it is.
    let mean_suns = sweeps.iter().map(|(light, _)| light.0).sum::<f64>() / sweeps.len() as f64;
    let lit_scans = plan.further.iter().filter(|f| matches!(f, Further::Current { .. })).count() as f64;
    let static_v = plan.further.iter().map(|f| if let Further::Current { bias, .. } = f { bias.0.abs() } else { 0.0 });
    let peak_v = if sweeps_iv { plan.waveform.peak().0 } else { 0.0 };
    let touches = plan.steps * sweeps.len();
    let images = 1.0 + plan.further.len() as f64;
    // Mean, deviation, bounds and truth of each target.
    let maps = 6.0 * plan.target.names().len() as f64;
    let samples = if sweeps_iv { plan.waveform.samples() as f64 } else { 0.0 };
    Forecast {
        text: String::new(),
        locations: plan.steps,
        touches,
        bias_max_v: static_v.fold(peak_v, f64::max),
        time_s: scan_s * images + plan.steps as f64 * location_s,
        light_dose_suns_s: mean_suns * plan.steps as f64 * location_s + plan.light.0 * lit_scans * scan_s,
        charge_per_spot_max_c: None,
        disk_bytes: 8.0 * (images + maps) * plan.grid.len() as f64
            + 8.0 * samples * touches as f64
            + JOURNAL_BYTES * plan.steps as f64,
        limits: scenario.limits.to_string(),
        arm: None,
    }
}

/// One action of each kind that the plan holds: what its limits refuse now they would refuse in the middle of the run.
fn first_actions(plan: &Plan, able: &tiptwin_instrument::Capabilities) -> Vec<Action> {
    let grid = plan.grid;
    let Meters(x) = grid.origin.x;
    let at = Position::new(x + grid.width.0 / 2.0, grid.origin.y.0 + grid.height.0 / 2.0);
    let mut actions = vec![Action::ScanTopography { grid }];
    for further in &plan.further {
        actions.push(match further {
            Further::Channel(channel) => Action::ScanChannel { grid, channel: channel.clone() },
            Further::Current { bias, .. } => Action::ScanCurrent { grid, bias: *bias },
        });
    }
    if able.light {
        let lights = plan.target.sweeps(plan.light);
        actions.extend(lights.into_iter().map(|(intensity, _)| Action::SetLight { intensity }));
    }
    if able.sweep_iv {
        actions.push(Action::SweepIv { at, waveform: plan.waveform.clone(), repeat: 0 });
    }
    actions
}

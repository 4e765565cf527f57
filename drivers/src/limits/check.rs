//! What is looked at before an action, and what at its outcome.

use super::ledger::{Ledger, charge_c};
use super::rule::{Rule, SafetyLimits};
use tiptwin_instrument::{Action, Observation, Outcome, Position, ScanGrid, Waveform};

/// What the checks need to know besides the action.
pub(super) struct Moment<'a> {
    pub(super) limits: &'a SafetyLimits,
    pub(super) ledger: &'a Ledger,
    /// Time since the last observation, in which the lamp may have been on.
    pub(super) since_s: f64,
    /// Free space on the disk in bytes; not a number where nobody can tell.
    pub(super) free_bytes: f64,
}

impl Moment<'_> {
    fn keep(&self, rule: Rule, what: &str, value: f64) -> Result<(), String> {
        let Some(limit) = self.limits.get(rule) else { return Ok(()) };
        if rule.allows(value, limit) {
            return Ok(());
        }
        let side = match (value.is_nan(), rule.is_floor()) {
            (true, _) => "is not a number, and is held against",
            (_, true) => "is below",
            (_, false) => "is above",
        };
        Err(format!("{what} of {} {side} the limit {} = {}", rule.shown(value), rule.key(), rule.shown(limit)))
    }

    /// Everything that can be known of an action beforehand.
    pub(super) fn before(&self, action: &Action) -> Result<(), String> {
        // What takes energy away from the sample is never refused.
        if is_relief(action) {
            return Ok(());
        }
        let elapsed_s = self.ledger.elapsed().0 + self.since_s;
        let takes_s = match action {
            Action::SweepIv { waveform, .. } => waveform.total_time().0,
            _ => 0.0,
        };
        self.keep(Rule::Run, "a run", elapsed_s + takes_s)?;
        let dose = self.ledger.light_dose_suns_s() + self.ledger.lamp.0 * (self.since_s + takes_s);
        self.keep(Rule::LightDose, "a light dose", dose)?;
        if has_data(action) {
            self.keep(Rule::DiskFree, "free disk space", self.free_bytes)?;
        }
        match action {
            Action::ScanTopography { grid } | Action::ScanChannel { grid, .. } => self.grid(grid),
            Action::ScanCurrent { grid, bias } => {
                self.keep(Rule::Bias, "a bias", bias.0.abs())?;
                self.grid(grid)
            }
            Action::SweepIv { at, waveform, .. } => self.sweep(*at, waveform),
            Action::ReadScalar { at } => self.touch(*at, 0.0),
            Action::MoveTo { at } => self.place(*at),
            Action::SetLight { intensity } => self.keep(Rule::Light, "a light", intensity.0),
            Action::Approach | Action::Withdraw => Ok(()),
        }
    }

    fn sweep(&self, at: Position, waveform: &Waveform) -> Result<(), String> {
        waveform.check().map_err(|e| e.to_string())?;
        self.keep(Rule::Bias, "a bias", waveform.peak().0)?;
        self.keep(Rule::Slew, "a slew rate", slew_v_per_s(waveform))?;
        let time_s = waveform.total_time().0;
        self.keep(Rule::Sweep, "a sweep", time_s)?;
        // The most that the compliance lets through; without one only what has flowed can be counted.
        let most_c = self.limits.get(Rule::Current).map_or(0.0, |current| current * time_s);
        self.touch(at, most_c)
    }

    fn touch(&self, at: Position, charge_c: f64) -> Result<(), String> {
        self.place(at)?;
        let spot = self.ledger.spot(at);
        self.keep(Rule::Touches, "touches of a spot", f64::from(spot.map_or(0, |s| s.touches)) + 1.0)?;
        self.keep(Rule::Charge, "a possible charge through a spot", spot.map_or(0.0, |s| s.charge_c) + charge_c)?;
        self.keep(Rule::Spacing, "a spacing", self.ledger.nearest_other_m(at))
    }

    fn place(&self, at: Position) -> Result<(), String> {
        for rule in [Rule::XMin, Rule::XMax] {
            self.keep(rule, "a place along x", at.x.0)?;
        }
        for rule in [Rule::YMin, Rule::YMax] {
            self.keep(rule, "a place along y", at.y.0)?;
        }
        Ok(())
    }

    fn grid(&self, grid: &ScanGrid) -> Result<(), String> {
        self.place(grid.origin)?;
        self.place(Position::new(grid.origin.x.0 + grid.width.0, grid.origin.y.0 + grid.height.0))
    }

    /// What an outcome shows, once it is in the ledger.
    pub(super) fn after(&self, observation: &Observation) -> Result<(), String> {
        if let Some(at) = observation.read_back {
            self.place(at)?;
        }
        match (&observation.action, &observation.outcome) {
            (Action::SweepIv { at, .. }, Outcome::Curve(curve)) => {
                let most = curve.current_a.iter().copied().fold(0.0, largest);
                self.keep(Rule::Current, "a current", most)?;
                if curve.saturated && self.limits.get(Rule::Current).is_some() {
                    return Err("the current clipped: it is not known to have kept current_max_na".into());
                }
                self.keep(
                    Rule::Charge,
                    "the charge through a spot",
                    self.ledger.spot(*at).map_or(0.0, |s| s.charge_c),
                )?;
            }
            (Action::ScanCurrent { .. }, Outcome::Image(image)) => {
                self.keep(Rule::Current, "a current", image.values.iter().copied().fold(0.0, largest))?;
            }
            _ => {}
        }
        self.keep(Rule::LightDose, "the light dose", self.ledger.light_dose_suns_s())
    }
}

/// The larger magnitude; not a number as soon as one is not.
fn largest(most: f64, value: f64) -> f64 {
    if most.is_nan() || value.abs() <= most { most } else { value.abs() }
}

/// Whether an action takes energy away: light off, tip up.
pub(super) fn is_relief(action: &Action) -> bool {
    match action {
        Action::SetLight { intensity } => intensity.0 == 0.0,
        Action::Withdraw => true,
        _ => false,
    }
}

const fn has_data(action: &Action) -> bool {
    matches!(
        action,
        Action::ScanTopography { .. }
            | Action::ScanChannel { .. }
            | Action::ScanCurrent { .. }
            | Action::SweepIv { .. }
            | Action::ReadScalar { .. }
    )
}

/// The fastest change of the bias, volts per second. The way from 0 V to the first sample, to and from a hold, and back to 0 V after the last
/// sample is one step each.
pub(super) fn slew_v_per_s(waveform: &Waveform) -> f64 {
    let bias_v = waveform.bias_v();
    let (mut most, mut last) = (0.0, 0.0);
    let mut step = |to: f64| {
        most = largest(most, to - last);
        last = to;
    };
    for segment in waveform.segments() {
        segment.before.iter().for_each(|(bias, _)| step(bias.0));
        bias_v[segment.samples].iter().for_each(|v| step(*v));
    }
    step(0.0);
    most / waveform.sample_interval().0
}

/// Charge of what came back from a sweep; of one that failed, the most that may have flowed.
pub(super) fn charge_of(outcome: Option<&Outcome>, waveform: &Waveform, limits: &SafetyLimits) -> f64 {
    match outcome {
        Some(Outcome::Curve(curve)) => charge_c(curve, waveform),
        _ => limits.get(Rule::Current).map_or(0.0, |current| current * waveform.total_time().0),
    }
}

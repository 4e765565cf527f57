//! What can be limited, and the numbers: read from a file beside the instrument, tightened by a scenario, loosened by nobody.

use std::fmt;
use std::fmt::Write as _;

/// One limit. A ceiling must not be exceeded, a floor not be undercut; both are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Largest bias in magnitude, of sweeps, holds and current images.
    Bias,
    /// Fastest change of the bias from sample to sample, the way from and to 0 V included.
    Slew,
    /// Largest current in magnitude. A sweep that shows more, clips or has no number is a violation.
    Current,
    /// Charge driven through one spot by all sweeps, ∫|I| dt.
    Charge,
    /// Sweeps and readings at one spot.
    Touches,
    /// Distance between two spots.
    Spacing,
    /// Left edge of the area the tip may visit.
    XMin,
    /// Right edge.
    XMax,
    /// Lower edge.
    YMin,
    /// Upper edge.
    YMax,
    /// Brightest light.
    Light,
    /// Light on the sample over the whole run, intensity × time.
    LightDose,
    /// Longest sweep with its holds and rests.
    Sweep,
    /// Longest run by the instrument's clock.
    Run,
    /// Space that must be left on the disk before something is measured.
    DiskFree,
}

impl Rule {
    /// Every rule, in the order in which a limits file has them.
    pub const ALL: [Self; 15] = [
        Self::Bias,
        Self::Slew,
        Self::Current,
        Self::Charge,
        Self::Touches,
        Self::Spacing,
        Self::XMin,
        Self::XMax,
        Self::YMin,
        Self::YMax,
        Self::Light,
        Self::LightDose,
        Self::Sweep,
        Self::Run,
        Self::DiskFree,
    ];

    /// Key in a file, its unit at the end.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Bias => "bias_max_v",
            Self::Slew => "slew_max_v_per_s",
            Self::Current => "current_max_na",
            Self::Charge => "charge_per_spot_max_nc",
            Self::Touches => "touches_per_spot_max",
            Self::Spacing => "spacing_min_nm",
            Self::XMin => "x_min_um",
            Self::XMax => "x_max_um",
            Self::YMin => "y_min_um",
            Self::YMax => "y_max_um",
            Self::Light => "light_max_suns",
            Self::LightDose => "light_dose_max_suns_s",
            Self::Sweep => "sweep_max_s",
            Self::Run => "run_max_s",
            Self::DiskFree => "disk_free_min_mb",
        }
    }

    /// The unit of the key.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Bias => "V",
            Self::Slew => "V/s",
            Self::Current => "nA",
            Self::Charge => "nC",
            Self::Touches => "",
            Self::Spacing => "nm",
            Self::XMin | Self::XMax | Self::YMin | Self::YMax => "µm",
            Self::Light => "suns",
            Self::LightDose => "suns·s",
            Self::Sweep | Self::Run => "s",
            Self::DiskFree => "MB",
        }
    }

    /// Units of the key in one SI unit: inside, everything is SI (and bytes).
    pub const fn per_si(self) -> f64 {
        match self {
            Self::Current | Self::Charge | Self::Spacing => 1e9,
            Self::XMin | Self::XMax | Self::YMin | Self::YMax => 1e6,
            Self::DiskFree => 1e-6,
            _ => 1.0,
        }
    }

    /// Whether it bounds from below.
    pub const fn is_floor(self) -> bool {
        matches!(self, Self::Spacing | Self::XMin | Self::YMin | Self::DiskFree)
    }

    /// Whether a value keeps the limit. What is not a number keeps none.
    pub fn allows(self, value: f64, limit: f64) -> bool {
        if self.is_floor() { value >= limit } else { value <= limit }
    }

    /// A value in the unit of the key, as a person reads it.
    pub(super) fn shown(self, si: f64) -> String {
        // Twelve digits are more than anybody measures and fewer than the conversion gets wrong.
        let value = format!("{:.11e}", si * self.per_si()).parse().unwrap_or(f64::NAN);
        format!("{value} {}", self.unit()).trim_end().to_owned()
    }
}

/// Limits that cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LimitsError {
    /// Not a limit.
    #[error("{key} = {value} is not a limit; accepted: {accepted}")]
    Value {
        /// The key.
        key: &'static str,
        /// Its value.
        value: f64,
        /// What would be.
        accepted: &'static str,
    },
    /// A scenario asks for more than the instrument's own limits.
    #[error(
        "{key} = {asked} would loosen the limit of {limit} {unit}; a scenario may only tighten: accepted is {limit} or {}",
        if *.is_floor { "more" } else { "less" }
    )]
    Looser {
        /// The key.
        key: &'static str,
        /// What was asked, in the unit of the key.
        asked: String,
        /// What holds, in the unit of the key.
        limit: String,
        /// That unit.
        unit: &'static str,
        /// Whether it bounds from below.
        is_floor: bool,
    },
    /// A scenario switches a safeguard off.
    #[error(
        "lift_before_lateral_move = false would loosen the limits, which say true; a scenario may only tighten: leave it out"
    )]
    Lift,
    /// A real instrument must be limited in every respect.
    #[error("the limits of a real instrument must be complete; missing: {}", .0.join(", "))]
    Missing(Vec<&'static str>),
}

/// The numbers, in SI units. What is not set is not limited beyond what the instrument itself refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SafetyLimits {
    values: [Option<f64>; Rule::ALL.len()],
    pub(super) lift: Option<bool>,
}

impl SafetyLimits {
    /// The limit of a rule, in SI units.
    pub fn get(&self, rule: Rule) -> Option<f64> {
        self.values[rule as usize]
    }

    /// Sets a limit in the unit of its key.
    pub fn set(&mut self, rule: Rule, value: f64) -> Result<(), LimitsError> {
        let edge = matches!(rule, Rule::XMin | Rule::XMax | Rule::YMin | Rule::YMax);
        if !value.is_finite() || (!edge && value < 0.0) {
            let accepted = if edge { "a finite number" } else { "a finite number, 0 or above" };
            return Err(LimitsError::Value { key: rule.key(), value, accepted });
        }
        self.values[rule as usize] = Some(value / rule.per_si());
        Ok(())
    }

    /// The same with one more limit, in the unit of its key.
    pub fn with(mut self, rule: Rule, value: f64) -> Result<Self, LimitsError> {
        self.set(rule, value)?;
        Ok(self)
    }

    /// Whether the tip is lifted before it moves sideways out of a contact.
    pub fn lift(&self) -> bool {
        self.lift.unwrap_or(false)
    }

    /// Says whether the tip is lifted before it moves sideways out of a contact.
    pub const fn set_lift(&mut self, lift: bool) {
        self.lift = Some(lift);
    }

    /// These limits with those of a scenario on top, none of which may be looser.
    pub fn tightened(&self, by: &Self) -> Result<Self, LimitsError> {
        let mut tight = *self;
        for rule in Rule::ALL {
            let Some(asked) = by.get(rule) else { continue };
            if let Some(limit) = self.get(rule)
                && !rule.allows(asked, limit)
            {
                let number = |si: f64| rule.shown(si).split(' ').next().unwrap_or_default().to_owned();
                let (asked, limit) = (number(asked), number(limit));
                let (key, unit, is_floor) = (rule.key(), rule.unit(), rule.is_floor());
                return Err(LimitsError::Looser { key, asked, limit, unit, is_floor });
            }
            tight.values[rule as usize] = Some(asked);
        }
        match (self.lift, by.lift) {
            (Some(true), Some(false)) => return Err(LimitsError::Lift),
            (_, Some(lift)) => tight.lift = Some(lift),
            _ => {}
        }
        Ok(tight)
    }

    /// Refuses limits with a gap: nothing real is driven without all of them.
    pub fn complete(&self) -> Result<(), LimitsError> {
        let mut missing: Vec<&str> = Rule::ALL.into_iter().filter(|r| self.get(*r).is_none()).map(Rule::key).collect();
        if self.lift.is_none() {
            missing.push("lift_before_lateral_move");
        }
        if missing.is_empty() { Ok(()) } else { Err(LimitsError::Missing(missing)) }
    }
}

impl fmt::Display for SafetyLimits {
    /// One limit a line, as in a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for rule in Rule::ALL {
            if let Some(limit) = self.get(rule) {
                let shown = rule.shown(limit);
                let _ = writeln!(text, "{} = {}", rule.key(), shown.split(' ').next().unwrap_or_default());
            }
        }
        if let Some(lift) = self.lift {
            let _ = writeln!(text, "lift_before_lateral_move = {lift}");
        }
        f.write_str(&text)
    }
}

//! Limits: those of a file beside the instrument, and the tables of scenarios that may only tighten them.

use super::problem::{Problem, Source};
use super::reader::Reader;
use super::scenario::Scenario;
use super::tree;
use std::cell::RefCell;
use std::fs;
use std::path::Path;
use tiptwin_drivers::limits::{LimitsError, Rule, SafetyLimits};

const LIFT: &str = "lift_before_lateral_move";

/// The keys of a limits file, or of the table `[limits]` of a scenario.
pub(super) fn read_limits(r: &Reader<'_>) -> SafetyLimits {
    let mut limits = SafetyLimits::default();
    for rule in Rule::ALL {
        let edge = matches!(rule, Rule::XMin | Rule::XMax | Rule::YMin | Rule::YMax);
        let range = if edge { -1e9..=1e9 } else { 0.0..=1e12 };
        if let Some(value) = r.number(rule.key(), range, rule.unit())
            && let Err(error) = limits.set(rule, value)
        {
            r.complain(rule.key(), &error.to_string(), None);
        }
    }
    if let Some(lift) = r.boolean(LIFT) {
        limits.set_lift(lift);
    }
    limits
}

/// Puts the limits of a file under those of the scenario; returns what is wrong with either, and the file as a source of problems.
pub(super) fn under(
    scenario: &mut Scenario,
    (name, folder): (&str, &Path),
    source: usize,
) -> Result<Source, (Option<Source>, Vec<Problem>)> {
    let file = folder.join(name);
    let at = |message: String, accepted: &str| Problem {
        place: scenario.place("instrument.limits"),
        message,
        accepted: Some(accepted.to_owned()),
    };
    let text = fs::read_to_string(&file).map_err(|e| {
        let message = format!("the limits cannot be read from {}: {e}", file.display());
        (None, vec![at(message, "a readable TOML file, beside the scenario or by its path")])
    })?;
    let written = Source { name: file.display().to_string(), text };
    let table = match tree::parse(&written.text, source) {
        Ok(table) => table,
        Err(problems) => return Err((Some(written), problems)),
    };
    let problems = RefCell::new(Vec::new());
    let root = Reader::new(String::new(), None, &table, &problems);
    let base = read_limits(&root);
    root.finish();
    let problems = problems.into_inner();
    if !problems.is_empty() {
        return Err((Some(written), problems));
    }
    match base.tightened(&scenario.limits) {
        Ok(tight) => {
            scenario.limits = tight;
            scenario.limits_file = Some(file);
            Ok(written)
        }
        Err(error) => {
            let key = match &error {
                LimitsError::Looser { key, .. } => key,
                _ => LIFT,
            };
            let place = scenario.place(&format!("limits.{key}"));
            Err((Some(written), vec![Problem { place, message: format!("limits.{error}"), accepted: None }]))
        }
    }
}

//! What is compared: cases × strategies × seeds.

use crate::config::{ACQUISITIONS, Problems, STRATEGIES, Scenario};
use crate::run::RunError;
use std::fs;
use std::path::PathBuf;

/// A whole comparison.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Samples and targets.
    pub cases: Vec<Case>,
    /// Strategies; the first is what the others are compared with.
    pub strategies: Vec<Named>,
    /// Seeds, the same for every strategy.
    pub seeds: Vec<u64>,
    /// Numbers of measurements at which maps are scored.
    pub points: Vec<usize>,
}

/// One scenario with one target, light and preset.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name for tables.
    pub name: String,
    /// The scenario, which every strategy is put into.
    pub scenario: Scenario,
}

/// A strategy and the rule that it chooses by, written `strategy/acquisition`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As it was written.
    pub label: String,
    /// One of [`STRATEGIES`].
    pub strategy: String,
    /// One of [`ACQUISITIONS`].
    pub acquisition: String,
}

/// What the command line says on top of the table `[compare]` of the first scenario.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Scenario files, one or more.
    pub scenarios: Vec<PathBuf>,
    /// Overrides of scenario keys.
    pub set: Vec<String>,
    /// Strategies instead of those of the scenario.
    pub strategies: Option<Vec<String>>,
    /// Seeds instead of those of the scenario.
    pub seeds: Option<String>,
}

impl Plan {
    /// Reads the scenarios and expands their axes.
    pub fn new(wanted: &Wanted) -> Result<Self, RunError> {
        let mut cases = Vec::new();
        let mut first = None;
        for path in &wanted.scenarios {
            let base = Scenario::load(path, &wanted.set)?;
            for overrides in axes(&base) {
                let set: Vec<String> =
                    wanted.set.iter().cloned().chain(overrides.iter().map(|o| o.1.clone())).collect();
                let scenario = Scenario::load(path, &set)?;
                let name = std::iter::once(scenario.name.clone()).chain(overrides.into_iter().map(|o| o.0));
                cases.push(Case { name: name.collect::<Vec<_>>().join(" "), scenario });
            }
            first.get_or_insert(base);
        }
        let Some(first) = first else { return Err(RunError::Input("no scenario was given".into())) };
        let axes = first.compare.clone();
        let labels = wanted.strategies.clone().unwrap_or(axes.strategies);
        let strategies = labels.iter().map(|l| Named::parse(l, &first)).collect::<Result<Vec<_>, _>>()?;
        if strategies.is_empty() {
            return Err(RunError::Input(
                "no strategy was given; accepted: compare.strategies in the scenario, or --strategies a,b".into(),
            ));
        }
        let seeds = match &wanted.seeds {
            Some(text) => seeds(text).map_err(RunError::Input)?,
            None => axes.seeds,
        };
        let steps = cases.iter().map(|c| c.scenario.explore.steps).min().unwrap_or(0);
        let mut points = if axes.score_at.is_empty() { vec![25, 50, 100, 200] } else { axes.score_at };
        points.retain(|n| *n < steps);
        points.push(steps);
        Ok(Self { cases, strategies, seeds, points })
    }
}

/// Every combination of what `[compare]` lists: names for the table and overrides for the scenario.
fn axes(scenario: &Scenario) -> Vec<Vec<(String, String)>> {
    let c = &scenario.compare;
    let lists: [Vec<(String, String)>; 3] = [
        c.presets.iter().map(|p| (p.clone(), format!("instrument.twin.preset={p:?}"))).collect(),
        c.targets.iter().map(|t| (t.replace('_', " "), format!("measurement.target={t:?}"))).collect(),
        c.light_suns
            .iter()
            .map(|&l| {
                let name = if l > 0.0 { format!("{l} sun") } else { "dark".to_owned() };
                (name, format!("measurement.light_suns={l:?}"))
            })
            .collect(),
    ];
    lists.iter().filter(|list| !list.is_empty()).fold(vec![Vec::new()], |all, list| {
        all.iter().flat_map(|chosen| list.iter().map(move |one| [chosen.clone(), vec![one.clone()]].concat())).collect()
    })
}

impl Named {
    fn parse(label: &str, scenario: &Scenario) -> Result<Self, RunError> {
        let (strategy, acquisition) = match label.split_once('/') {
            Some((s, a)) => (s.trim(), a.trim().to_owned()),
            None => (label.trim(), scenario.explore.acquisition.clone()),
        };
        let unknown = |what: &str, word: &str, known: &[&str]| {
            let accepted = known.join(", ");
            RunError::Scenario(Problems::one(format!("{what} \"{word}\" of \"{label}\" is not known"), Some(accepted)))
        };
        if !STRATEGIES.contains(&strategy) {
            return Err(unknown("the strategy", strategy, &STRATEGIES));
        }
        if !ACQUISITIONS.contains(&acquisition.as_str()) {
            return Err(unknown("the acquisition", &acquisition, &ACQUISITIONS));
        }
        Ok(Self { label: label.trim().to_owned(), strategy: strategy.to_owned(), acquisition })
    }
}

/// `0..29` (both ends), `7`, or a list of such parts.
pub(crate) fn seeds(text: &str) -> Result<Vec<u64>, String> {
    let wrong = || format!("\"{text}\" is no list of seeds; accepted: 0..29, 5, or 1,4,10..12");
    let mut all = Vec::new();
    for part in text.split(',') {
        let (low, high) = match part.split_once("..") {
            Some((low, high)) => (low.trim().parse(), high.trim().parse()),
            None => (part.trim().parse(), part.trim().parse()),
        };
        let (low, high): (u64, u64) = (low.map_err(|_| wrong())?, high.map_err(|_| wrong())?);
        if low > high || high - low > 100_000 {
            return Err(wrong());
        }
        all.extend(low..=high);
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// The bytes that decide what a case measures: its scenario without the strategy, and the recording it reads.
pub(super) fn fingerprint(case: &Case) -> Vec<u8> {
    let mut bytes = case.scenario.text.clone().into_bytes();
    if let crate::config::InstrumentChoice::Replay(layout) = &case.scenario.instrument {
        bytes.extend(fs::read(&layout.file).unwrap_or_default());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_ranges_and_lists() {
        assert_eq!(seeds("0..3"), Ok(vec![0, 1, 2, 3]));
        assert_eq!(seeds("7, 1..2,2"), Ok(vec![1, 2, 7]));
        for wrong in ["", "a", "3..1", "1..", "0..9999999"] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
    }
}

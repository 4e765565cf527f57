//! What is compared: cases × strategies × seeds.

use super::label::Named;
use crate::config::{InstrumentChoice, Scenario};
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
    /// Numbers of measurements at which maps are scored: what learning curves are drawn through.
    pub points: Vec<usize>,
    /// Those of them that stand in tables.
    pub table_at: Vec<usize>,
}

/// Where learning curves are drawn through, besides their end.
const CURVE: [usize; 20] = [5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500, 700, 1000];

/// One scenario with one target, light and preset.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name for tables.
    pub name: String,
    /// The scenario, which every strategy is put into.
    pub scenario: Scenario,
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

impl Case {
    /// Whether every seed explores the same film or recording.
    pub fn one_sample(&self) -> bool {
        match &self.scenario.instrument {
            InstrumentChoice::Twin(twin) => twin.seed.is_some(),
            InstrumentChoice::Replay(_) | InstrumentChoice::Cypher(_) | InstrumentChoice::Remote(_) => true,
        }
    }
}

impl Plan {
    /// Reads the scenarios and expands their axes.
    pub fn new(wanted: &Wanted) -> Result<Self, RunError> {
        let mut cases = Vec::new();
        let mut first = None;
        for path in &wanted.scenarios {
            let base = Scenario::load(path, &wanted.set)?;
            if matches!(base.instrument, InstrumentChoice::Cypher(_) | InstrumentChoice::Remote(_)) {
                let message = "names a real microscope: a sample that is measured again and again is not the same sample; accepted: twin, replay";
                return Err(base.problem("instrument.driver", message).into());
            }
            for overrides in axes(&base) {
                let set: Vec<String> =
                    wanted.set.iter().cloned().chain(overrides.iter().map(|o| o.1.clone())).collect();
                let scenario = Scenario::load(path, &set)?;
                // The name of the file says nothing where there is one file and its cases have names of their own.
                let needless = wanted.scenarios.len() == 1 && !overrides.is_empty();
                let file = (!needless).then(|| scenario.name.clone());
                let name = file.into_iter().chain(overrides.into_iter().map(|o| o.0));
                cases.push(Case { name: name.collect::<Vec<_>>().join(" "), scenario });
            }
            first.get_or_insert(base);
        }
        let Some(first) = first else { return Err(RunError::Input("no scenario was given".into())) };
        let axes = first.compare.clone();
        let labels = wanted.strategies.clone().unwrap_or(axes.strategies);
        let strategies = labels.iter().map(|l| Named::parse(l, &first)).collect::<Result<Vec<_>, _>>()?;
        let seeds = match &wanted.seeds {
            Some(text) => seeds(text).map_err(RunError::Input)?,
            None => axes.seeds,
        };
        check(&strategies, &seeds, &cases)?;
        let steps = cases.iter().map(|c| c.scenario.explore.steps).min().unwrap_or(0);
        let mut table_at = if axes.score_at.is_empty() { vec![25, 50, 100, 200] } else { axes.score_at };
        table_at.retain(|n| *n < steps);
        table_at.push(steps);
        table_at.sort_unstable();
        table_at.dedup();
        let mut points: Vec<usize> = CURVE.into_iter().filter(|n| *n < steps).chain(table_at.iter().copied()).collect();
        points.sort_unstable();
        points.dedup();
        Ok(Self { cases, strategies, seeds, points, table_at })
    }

    /// The scenario of every case as text, for whoever wants to know what was compared.
    pub fn text(&self) -> String {
        let named = |c: &Case| ["# ", &c.name, "\n", c.scenario.text.trim_end(), "\n"].concat();
        self.cases.iter().map(named).collect()
    }

    /// The seeds of a strategy: all, or the first few.
    pub fn seeds_of(&self, strategy: &Named) -> &[u64] {
        &self.seeds[..strategy.first_seeds.unwrap_or(usize::MAX).min(self.seeds.len())]
    }

    /// The strategy that stands for random picks: its own name first, any model on random picks second.
    pub fn random(&self) -> Option<&Named> {
        let plain = self.strategies.iter().find(|s| s.strategy == "random" && s.is_random());
        plain.or_else(|| self.strategies.iter().find(|s| s.is_random()))
    }
}

/// What strategies, seeds and cases say about each other.
fn check(strategies: &[Named], seeds: &[u64], cases: &[Case]) -> Result<(), RunError> {
    let refused = |message: String| Err(RunError::Input(message));
    if strategies.is_empty() {
        return refused(
            "no strategy was given; accepted: compare.strategies in the scenario, or --strategies a,b".into(),
        );
    }
    if let Some(twice) =
        strategies.iter().enumerate().find(|(i, s)| strategies[..*i].iter().any(|o| o.label == s.label))
    {
        return refused(format!("the strategy \"{}\" is given twice; accepted: each once", twice.1.label));
    }
    if strategies.iter().any(|s| s.strategy == "points") {
        return refused(
            "the strategy \"points\" measures a list made for one image; it cannot be compared over seeds".into(),
        );
    }
    if let Some(twice) = cases.iter().enumerate().find(|(i, c)| cases[..*i].iter().any(|o| o.name == c.name)) {
        return refused(format!(
            "two cases are named \"{}\"; accepted: scenario files of different names",
            twice.1.name
        ));
    }
    if seeds.len() < 2 {
        return refused(format!(
            "one seed only ({seeds:?}): nothing can be said about a difference from one pair, since films differ more than \
             strategies; accepted: two seeds or more, such as --seeds 0..9 (6 or more for a p below 0.05)"
        ));
    }
    Ok(())
}

/// Every combination of what `[compare]` lists: names for the table and overrides for the scenario.
fn axes(scenario: &Scenario) -> Vec<Vec<(String, String)>> {
    let c = &scenario.compare;
    let lists: [Vec<(String, String)>; 4] = [
        c.presets.iter().map(|p| (p.clone(), format!("instrument.twin.preset={p:?}"))).collect(),
        c.films.iter().map(|f| (format!("film {f}"), format!("instrument.twin.seed={f}"))).collect(),
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
pub(crate) fn fingerprint(case: &Case) -> Vec<u8> {
    let mut bytes = case.scenario.text.clone().into_bytes();
    if let InstrumentChoice::Replay(layout) = &case.scenario.instrument {
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

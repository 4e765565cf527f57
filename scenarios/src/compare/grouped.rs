//! Outcomes by case and strategy, found without looking through all of them: a campaign has a million.

use super::plan::Plan;
use super::store::Outcome;
use super::table::ALL;
use std::collections::HashMap;

/// Outcomes as tables ask for them.
#[derive(Clone, Debug)]
pub(super) struct Grouped<'a> {
    pub(super) plan: &'a Plan,
    /// By strategy and case, in the order in which they came.
    groups: HashMap<(&'a str, &'a str), Vec<&'a Outcome>>,
}

impl<'a> Grouped<'a> {
    pub(super) fn new(plan: &'a Plan, outcomes: &'a [Outcome]) -> Self {
        let mut groups: HashMap<_, Vec<_>> = HashMap::new();
        for outcome in outcomes {
            groups.entry((outcome.strategy.as_str(), outcome.case.as_str())).or_default().push(outcome);
        }
        Self { plan, groups }
    }

    /// Names of the cases, and [`ALL`] if there are several.
    pub(super) fn cases(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.plan.cases.iter().map(|c| c.name.as_str()).collect();
        if names.len() > 1 {
            names.push(ALL);
        }
        names
    }

    /// Labels of the strategies.
    pub(super) fn strategies(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.plan.strategies.iter().map(|s| s.label.as_str())
    }

    /// The explorations of a strategy on a case.
    pub(super) fn of<'s>(
        &'s self,
        case: &'s str,
        strategy: &'s str,
    ) -> impl Iterator<Item = &'a Outcome> + use<'a, 's> {
        let cases = self.plan.cases.iter().map(|c| c.name.as_str()).filter(move |c| case == ALL || *c == case);
        cases.flat_map(move |case| self.groups.get(&(strategy, case)).into_iter().flatten().copied())
    }

    /// The same by case and seed, which is one sample.
    pub(super) fn by_sample(&self, case: &str, strategy: &str) -> HashMap<(&'a str, u64), &'a Outcome> {
        self.of(case, strategy).map(|o| ((o.case.as_str(), o.seed), o)).collect()
    }

    /// Explorations of two strategies on the same samples.
    pub(super) fn pairs(&self, case: &str, one: &str, other: &str) -> Vec<(&'a Outcome, &'a Outcome)> {
        let others = self.by_sample(case, other);
        self.of(case, one).filter_map(|a| others.get(&(a.case.as_str(), a.seed)).map(|b| (a, *b))).collect()
    }
}

//! A model and a rule: the shape of nearly every strategy.

use super::{Choice, Rule, Strategy, farthest_point, grid, scores};
use crate::acquisition::cost::Cost;
use crate::acquisition::{Goal, argmax};
use crate::model::{Measured, Model, ModelError, Prediction, View};
use rand::RngExt;
use std::fmt;
use tiptwin_instrument::StreamRng;

/// A strategy from a model and a rule. The same model under two rules compares the rules; two models under
/// [`Rule::Random`] are compared on equal data.
pub struct ModelStrategy {
    name: String,
    model: Box<dyn Model>,
    rule: Rule,
    goal: Goal,
    cost: Cost,
    /// The newest map and the number of measurements it was made from: choosing and scoring share it.
    newest: Option<(usize, Prediction)>,
}

impl fmt::Debug for ModelStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelStrategy").field("name", &self.name).field("rule", &self.rule).finish_non_exhaustive()
    }
}

impl ModelStrategy {
    /// A strategy under a name of its own, for the first of the rule's goals and at no cost.
    pub fn new(name: impl Into<String>, model: Box<dyn Model>, rule: Rule) -> Self {
        let goal = rule.goals()[0];
        Self { name: name.into(), model, rule, goal, cost: Cost::default(), newest: None }
    }

    /// The same for another goal. A goal that the rule cannot serve changes nothing.
    #[must_use]
    pub fn toward(self, goal: Goal) -> Self {
        let goal = if self.rule.goals().contains(&goal) { goal } else { self.goal };
        Self { goal, ..self }
    }

    /// The same with costs. Random and grid picks do not mind them.
    #[must_use]
    pub fn minding(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }

    /// Scores of all candidates, weighed by their costs; `None` for rules without scores.
    fn scores(&mut self, view: &View<'_>, open: &[bool], rng: &mut StreamRng) -> Result<Option<Vec<f64>>, ModelError> {
        let (rule, goal, cost) = (self.rule, self.goal, self.cost);
        let mut scores = match rule {
            Rule::Random | Rule::Grid { .. } => return Ok(None),
            Rule::FarthestPoint => farthest_point::distances(view.candidates, open),
            _ => {
                let map = self.map(view)?;
                if let Some(scores) = scores::from_map(rule, goal, map, view) {
                    scores
                } else {
                    let map = map.clone();
                    scores::from_covariances(rule, goal, (self.model.as_mut(), &map), view, open, rng)?
                }
            }
        };
        let tip = view.measured.last().map(|m| m.index);
        cost.weigh(&mut scores, rule.sign(), view.candidates, open, tip);
        Ok(Some(scores))
    }

    /// Chooses up to `count` open candidates before any of them is measured. After each the model believes that its own mean was
    /// measured there, and is not trained again: deviations shrink around the chosen places, means stay (kriging believer: Ginsbourger,
    /// Le Riche & Carraro, in *Computational Intelligence in Expensive Optimization Problems*, Springer 2010, §3.3).
    pub fn choose_batch(
        &mut self,
        view: &View<'_>,
        open: &[bool],
        count: usize,
        rng: &mut StreamRng,
    ) -> Result<Vec<Choice>, ModelError> {
        let (mut open, mut all) = (open.to_vec(), view.measured.to_vec());
        let mut batch: Vec<Choice> = Vec::with_capacity(count);
        while batch.len() < count && open.contains(&true) {
            if self.rule.asks_the_model() {
                let map = self.model.predict_believing(view, &all[view.measured.len()..])?;
                self.newest = Some((all.len(), map));
            }
            let choice = self.choose(&View { measured: &all, ..*view }, &open, rng)?;
            open[choice.index] = false;
            if let Some(mean) = choice.mean {
                all.push(Measured { index: choice.index, value: mean });
            }
            batch.push(choice);
        }
        // The newest map holds beliefs, which no later question may see.
        self.newest = None;
        Ok(batch)
    }

    fn map(&mut self, view: &View<'_>) -> Result<&Prediction, ModelError> {
        let n = view.measured.len();
        if self.newest.as_ref().is_none_or(|(at, _)| *at != n) {
            self.newest = Some((n, self.model.predict(view)?));
        }
        Ok(&self.newest.as_ref().expect("was set above").1)
    }
}

impl Strategy for ModelStrategy {
    fn name(&self) -> &str {
        &self.name
    }

    fn choose(&mut self, view: &View<'_>, open: &[bool], rng: &mut StreamRng) -> Result<Choice, ModelError> {
        let Some(scores) = self.scores(view, open, rng)? else {
            let node = match self.rule {
                // A node that is already closed (the free first location, a rejected spot) is skipped.
                Rule::Grid { points } => grid::serpentine(view.candidates, points).into_iter().find(|&i| open[i]),
                _ => None,
            };
            return Ok(without_model(node.unwrap_or_else(|| random_open(open, rng))));
        };
        let index = argmax(scores.into_iter(), open, rng)
            .ok_or_else(|| ModelError::Diverged("no candidate has a finite acquisition value".into()))?;
        if !self.rule.asks_the_model() {
            return Ok(without_model(index));
        }
        let map = self.map(view)?;
        Ok(Choice { index, mean: Some(map.mean[index]), sigma: Some(map.sigma[index]) })
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Option<Prediction>, ModelError> {
        self.map(view).map(|map| Some(map.clone()))
    }

    fn sibling(&self) -> Option<Box<dyn Strategy>> {
        Some(Box::new(Self::new(&self.name, self.model.sibling()?, self.rule)))
    }
}

/// One of the open candidates, all alike.
fn random_open(open: &[bool], rng: &mut StreamRng) -> usize {
    let count = open.iter().filter(|&&o| o).count();
    let nth = rng.random_range(0..count.max(1));
    open.iter().enumerate().filter(|(_, o)| **o).nth(nth).map_or(0, |(i, _)| i)
}

fn without_model(index: usize) -> Choice {
    Choice { index, mean: None, sigma: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Candidates, Measured};
    use ndarray::Array2;
    use tiptwin_instrument::{MasterSeed, Meters, Stream};

    /// Mean rises and deviation falls along the candidates, both slowly enough for probabilities to differ.
    struct Ramp;
    impl Model for Ramp {
        fn name(&self) -> &'static str {
            "ramp"
        }
        fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
            let n = view.candidates.len();
            Ok(Prediction {
                mean: (0..n).map(|i| 0.2 * i as f64).collect(),
                sigma: (0..n).map(|i| 1.0 + (n - i) as f64 * 1e-3).collect(),
            })
        }
    }

    fn choose(rule: Rule, closed: &[usize]) -> Choice {
        with(|model| ModelStrategy::new("ramp", model, rule), closed)
    }

    fn with(strategy: impl Fn(Box<dyn Model>) -> ModelStrategy, closed: &[usize]) -> Choice {
        let candidates = Candidates::new(Array2::zeros((6, 6)), 2, Meters(1.0), Meters(1.0)).expect("fits");
        let measured = [Measured { index: 3, value: 3.0 }, Measured { index: 4, value: 4.0 }];
        let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
        let mut open = vec![true; candidates.len()];
        for &i in closed {
            open[i] = false;
        }
        let mut rng = MasterSeed(5).rng(Stream::Strategy, 0);
        strategy(Box::new(Ramp)).choose(&view, &open, &mut rng).expect("chooses")
    }

    #[test]
    fn rules_take_their_own_optimum_among_open_candidates() {
        assert_eq!(choose(Rule::MaxVariance, &[0, 1]).index, 2);
        assert_eq!(choose(Rule::ExpectedImprovement { xi: 0.01 }, &[24]).index, 23);
        assert_eq!(choose(Rule::MaxVariance, &[]).sigma, Some(1.025));
        let all_but_seven: Vec<usize> = (0..25).filter(|&i| i != 7).collect();
        for rule in [Rule::Random, Rule::Grid { points: 9 }, Rule::MaxVariance] {
            assert_eq!(choose(rule, &all_but_seven).index, 7, "{rule:?}");
        }
    }

    #[test]
    fn goals_turn_the_search_round() {
        for rule in Rule::ALL.into_iter().filter(|r| r.goals().contains(&Goal::Minimise) && !r.needs_covariances()) {
            let toward = |goal| with(|model| ModelStrategy::new("ramp", model, rule).toward(goal), &[]).index;
            assert_eq!((toward(Goal::Maximise), toward(Goal::Minimise)), (24, 0), "{rule:?}");
            assert_eq!(toward(Goal::Explore), 24, "{rule:?} cannot explore and keeps its own goal");
        }
    }

    #[test]
    fn names_are_found_and_every_rule_has_a_goal() {
        for rule in Rule::ALL {
            assert_eq!(Rule::by_name(rule.name()), Some(rule));
            assert!(!rule.goals().is_empty());
        }
        assert_eq!(Rule::by_name("expected-loss"), None);
    }

    #[test]
    fn farthest_points_fill_the_image() {
        // 5 × 5 candidates and one touch in a corner: the opposite one first.
        assert_eq!(choose(Rule::FarthestPoint, &[0]).index, 24);
        let third = choose(Rule::FarthestPoint, &[0, 24]).index;
        assert!(third == 4 || third == 20, "{third}");
    }

    #[test]
    fn costs_are_minded() {
        // The tip is at candidate 4 (row 0, column 4); deviations alone would choose candidate 0.
        let near = |way: f64| {
            let cost = Cost { travel: Some(Meters(way)), spacing: None };
            with(|model| ModelStrategy::new("ramp", model, Rule::MaxVariance).minding(cost), &[4]).index
        };
        assert_eq!(near(1e6), 0, "a way that takes no time");
        assert!([3, 9].contains(&near(1e-3)), "a neighbour of the tip, if ways take all the time");
        let cost = Cost { travel: None, spacing: Some(Meters(10.0)) };
        let far = with(|model| ModelStrategy::new("ramp", model, Rule::MaxVariance).minding(cost), &[0]).index;
        assert_eq!(far, 24, "as far as possible from a touch whose damage reaches everywhere");
    }

    #[test]
    fn a_model_without_covariances_says_so() {
        let candidates = Candidates::new(Array2::zeros((6, 6)), 2, Meters(1.0), Meters(1.0)).expect("fits");
        let measured = [Measured { index: 3, value: 3.0 }];
        let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
        let mut rng = MasterSeed(5).rng(Stream::Strategy, 0);
        for rule in [Rule::Thompson, Rule::IntegratedVariance] {
            let mut strategy = ModelStrategy::new("ramp", Box::new(Ramp), rule);
            let error = strategy.choose(&view, &[true; 25], &mut rng).expect_err("knows none").to_string();
            assert!(error.contains("ramp") && error.contains(rule.name()), "{error}");
        }
    }
}

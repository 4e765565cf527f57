//! A model and a rule: the shape of nearly every strategy.

use super::{Choice, Rule, Strategy, farthest_point, grid, scores};
use crate::acquisition::cost::Cost;
use crate::acquisition::{Goal, argmax};
use crate::model::{Measured, Model, ModelError, Prediction, View};
use rand::RngExt;
use std::collections::VecDeque;
use std::fmt;
use tiptwin_instrument::StreamRng;

/// A strategy from a model and a rule. The same model under two rules compares the rules; two models under
/// [`Rule::Random`] are compared on equal data.
pub struct ModelStrategy {
    name: String,
    pub(super) model: Box<dyn Model>,
    pub(super) rule: Rule,
    pub(super) goal: Goal,
    cost: Cost,
    /// How many locations are chosen at a time.
    pub(super) batch: usize,
    /// Those that were chosen and not yet asked for.
    chosen: VecDeque<Choice>,
    /// The newest map and the number of measurements it was made from: choosing and scoring share it.
    pub(super) newest: Option<(usize, Prediction)>,
    /// Candidates of the newest choices and what their acquisition gave them.
    merits: Vec<(usize, f64)>,
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
        Self {
            name: name.into(),
            model,
            rule,
            goal,
            cost: Cost::default(),
            batch: 1,
            chosen: VecDeque::new(),
            newest: None,
            merits: Vec::new(),
        }
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

    /// The same with `batch` locations chosen at a time ([`Self::choose_batch`]): the model is asked again once all of them were measured
    /// or closed. It changes nothing where the model is not asked.
    #[must_use]
    pub fn in_batches(self, batch: usize) -> Self {
        Self { batch: if self.rule.asks_the_model() { batch.max(1) } else { 1 }, ..self }
    }

    /// Scores of all candidates, weighed by their costs; `None` for rules without scores.
    pub(super) fn scores(
        &mut self,
        view: &View<'_>,
        open: &[bool],
        rng: &mut StreamRng,
    ) -> Result<Option<Vec<f64>>, ModelError> {
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

    /// Chooses up to `count` open candidates before any of them is measured. After each the model believes that its own median was
    /// measured there, and is not trained again: deviations shrink around the chosen places, means stay (kriging believer: Ginsbourger,
    /// Le Riche & Carraro, in *Computational Intelligence in Expensive Optimization Problems*, Springer 2010, §3.3; its mean is the
    /// median where the belief is skewed, since only that leaves the latent mean as it is).
    pub fn choose_batch(
        &mut self,
        view: &View<'_>,
        open: &[bool],
        count: usize,
        rng: &mut StreamRng,
    ) -> Result<Vec<Choice>, ModelError> {
        self.merits.clear();
        let (mut open, mut all) = (open.to_vec(), view.measured.to_vec());
        let mut batch: Vec<Choice> = Vec::with_capacity(count);
        while batch.len() < count && open.contains(&true) {
            if self.rule.asks_the_model() {
                let map = self.model.predict_believing(view, &all[view.measured.len()..])?;
                self.newest = Some((all.len(), map));
            }
            let choice = self.choose_one(&View { measured: &all, ..*view }, &open, rng)?;
            open[choice.index] = false;
            if let Some((_, map)) = &self.newest {
                all.push(Measured { index: choice.index, value: map.quantile(choice.index, 0.0) });
            }
            batch.push(choice);
        }
        // The newest map holds beliefs, which no later question may see.
        self.newest = None;
        Ok(batch)
    }

    fn choose_one(&mut self, view: &View<'_>, open: &[bool], rng: &mut StreamRng) -> Result<Choice, ModelError> {
        let Some(scores) = self.scores(view, open, rng)? else {
            let node = match self.rule {
                // A node that is already closed (the free first location, a rejected spot) is skipped.
                Rule::Grid { points } => grid::serpentine(view.candidates, points).into_iter().find(|&i| open[i]),
                _ => None,
            };
            return Ok(without_model(node.unwrap_or_else(|| random_open(open, rng))));
        };
        let index = argmax(scores.iter().copied(), open, rng)
            .ok_or_else(|| ModelError::Diverged("no candidate has a finite acquisition value".into()))?;
        self.merits.push((index, scores[index]));
        if !self.rule.asks_the_model() {
            return Ok(without_model(index));
        }
        let map = self.map(view)?;
        Ok(Choice { index, mean: Some(map.mean[index]), sigma: Some(map.sigma[index]) })
    }

    pub(super) fn map(&mut self, view: &View<'_>) -> Result<&Prediction, ModelError> {
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
        if self.batch == 1 {
            self.merits.clear();
            return self.choose_one(view, open, rng);
        }
        self.chosen.retain(|c| open[c.index]);
        if self.chosen.is_empty() {
            self.chosen = self.choose_batch(view, open, self.batch, rng)?.into();
        }
        self.chosen.pop_front().ok_or_else(|| ModelError::Diverged("no location is open".into()))
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Option<Prediction>, ModelError> {
        self.map(view).map(|map| Some(map.clone()))
    }

    /// A batch is kept from one call to the next.
    fn forgets(&self) -> bool {
        self.batch == 1 && self.model.forgets()
    }

    fn merit(&self, index: usize) -> Option<f64> {
        self.merits.iter().find(|(i, _)| *i == index).map(|(_, merit)| *merit)
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
    use crate::model::{GpBaseline, Tiptwin};
    use crate::net::ComputeDevice;
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
            let sigma = (0..n).map(|i| 1.0 + (n - i) as f64 * 1e-3);
            Ok(Prediction::normal((0..n).map(|i| 0.2 * i as f64).collect(), sigma.collect()))
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

    /// A film with a value that falls off from its middle, measured at three places.
    struct Film {
        candidates: Candidates,
        measured: Vec<Measured>,
        open: Vec<bool>,
    }

    impl Film {
        fn new() -> Self {
            let image =
                Array2::from_shape_fn((40, 40), |(r, c)| ((r as f64 * 0.4).sin() + (c as f64 * 0.3).cos()) * 1e-8);
            let candidates = Candidates::new(image, 8, Meters(1e-8), Meters(1e-8)).expect("fits");
            let mut film = Self { open: vec![true; candidates.len()], candidates, measured: Vec::new() };
            for index in [5, 400, 777, 1000, 90] {
                film.measure(index);
            }
            film
        }

        fn measure(&mut self, index: usize) {
            let p = self.candidates.pixel(index);
            let value = (-0.01 * ((p.row as f64 - 20.0).powi(2) + (p.col as f64 - 15.0).powi(2))).exp();
            self.measured.push(Measured { index, value });
            self.open[index] = false;
        }

        fn view(&self) -> View<'_> {
            View { candidates: &self.candidates, measured: &self.measured, noise_sigma: None }
        }

        /// The smallest distance between any two of some candidates, in pixels.
        fn nearest(&self, of: &[usize]) -> f64 {
            let place = |i: usize| {
                let p = self.candidates.pixel(i);
                (p.row as f64, p.col as f64)
            };
            let pairs = of.iter().enumerate().flat_map(|(k, a)| of[..k].iter().map(move |b| (place(*a), place(*b))));
            pairs.map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1)).fold(f64::INFINITY, f64::min)
        }
    }

    fn models() -> [fn() -> Box<dyn Model>; 2] {
        let tiptwin = || -> Box<dyn Model> {
            Box::new(Tiptwin::new(MasterSeed(2).rng(Stream::NetworkInit, 0), ComputeDevice::Flex))
        };
        [|| Box::new(GpBaseline::coordinates()), tiptwin]
    }

    fn rng() -> StreamRng {
        MasterSeed(5).rng(Stream::Strategy, 0)
    }

    #[test]
    fn a_batch_is_what_one_chooses_who_believes_his_own_medians() {
        let film = Film::new();
        for model in models() {
            let mut strategy = ModelStrategy::new("batch", model(), Rule::MaxVariance);
            let batch = strategy.choose_batch(&film.view(), &film.open, 4, &mut rng()).expect("chooses");
            // The same by hand, from the maps of a model that was told what is believed.
            let (mut hand, mut believed, mut open) = (model(), Vec::new(), film.open.clone());
            let before = hand.predict(&film.view()).expect("predicts");
            for choice in &batch {
                let map = hand.predict_believing(&film.view(), &believed).expect("predicts");
                let best = (0..open.len()).filter(|i| open[*i]).max_by(|a, b| map.sigma[*a].total_cmp(&map.sigma[*b]));
                let best = best.expect("open");
                assert_eq!((choice.index, choice.sigma), (best, Some(map.sigma[best])));
                open[best] = false;
                believed.push(Measured { index: best, value: map.quantile(best, 0.0) });
            }
            // Beliefs teach nothing about values: medians stay, while deviations shrink around the chosen places.
            let after = hand.predict_believing(&film.view(), &believed).expect("predicts");
            let chosen: Vec<usize> = batch.iter().map(|c| c.index).collect();
            for i in 0..open.len() {
                assert!((after.quantile(i, 0.0) - before.quantile(i, 0.0)).abs() < 1e-6, "{i}");
            }
            assert!(chosen.iter().all(|i| after.sigma[*i] < 0.9 * before.sigma[*i]));
            // The four places of largest deviation lie side by side; a batch does not.
            let mut order: Vec<usize> = (0..open.len()).filter(|i| film.open[*i]).collect();
            order.sort_by(|a, b| before.sigma[*b].total_cmp(&before.sigma[*a]));
            assert!(film.nearest(&chosen) > 2.0 * film.nearest(&order[..4]), "{chosen:?} and {:?}", &order[..4]);
            // The map that follows knows nothing of beliefs.
            let map = strategy.predict(&film.view()).expect("predicts").expect("has a model");
            assert_eq!(map, before);
        }
    }

    #[test]
    fn a_strategy_in_batches_asks_again_when_the_batch_is_used_up() {
        let mut film = Film::new();
        let new = || ModelStrategy::new("batch", Box::new(GpBaseline::coordinates()), Rule::MaxVariance);
        let mut strategy = new().in_batches(3);
        for _ in 0..2 {
            let batch = new().choose_batch(&film.view(), &film.open, 3, &mut rng()).expect("chooses");
            for (k, planned) in batch.iter().enumerate() {
                let choice = strategy.choose(&film.view(), &film.open, &mut rng()).expect("chooses");
                assert_eq!(choice, *planned);
                // A rejected spot is closed without a value.
                if k == 1 { film.open[choice.index] = false } else { film.measure(choice.index) }
            }
        }
        let one = new().in_batches(1).choose(&film.view(), &film.open, &mut rng()).expect("chooses");
        assert_eq!(strategy.choose(&film.view(), &film.open, &mut rng()).expect("chooses"), one);
        // What was planned is dropped if it was closed in the meantime.
        let next = new().choose_batch(&film.view(), &film.open, 3, &mut rng()).expect("chooses");
        film.open[next[1].index] = false;
        assert_eq!(strategy.choose(&film.view(), &film.open, &mut rng()).expect("chooses"), next[2]);
    }
}

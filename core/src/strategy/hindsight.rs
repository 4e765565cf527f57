//! Afterwards: what other rules would have chosen with the same knowledge, and how well the model knew what it had measured.

use super::{ModelStrategy, Rule};
use crate::acquisition::{Goal, argmax};
use crate::model::{LeftOutValue, Measured, ModelError, Prediction, View};
use tiptwin_instrument::StreamRng;

/// What a rule would have chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Candidate index.
    pub index: usize,
    /// Scores of all candidates under the rule; not a number where the rule did not look.
    pub scores: Vec<f64>,
}

impl ModelStrategy {
    /// What a rule would choose of the open candidates, for a goal if it can serve it and for its own first goal if not. `None` for rules without
    /// scores. Of one history the model is asked once for all rules. `rng` is the step's own stream, as in
    /// [`choose`](super::Strategy::choose).
    pub fn would_choose(
        &mut self,
        (rule, goal): (Rule, Option<Goal>),
        view: &View<'_>,
        open: &[bool],
        rng: &mut StreamRng,
    ) -> Result<Option<Alternative>, ModelError> {
        let own = (self.rule, self.goal);
        let goal = goal.filter(|g| rule.goals().contains(g)).unwrap_or(rule.goals()[0]);
        (self.rule, self.goal) = (rule, goal);
        let scores = self.scores(view, open, rng);
        (self.rule, self.goal) = own;
        let Some(scores) = scores? else { return Ok(None) };
        Ok(argmax(scores.iter().copied(), open, rng).map(|index| Alternative { index, scores }))
    }

    /// The model's map, without choosing.
    pub fn believes(&mut self, view: &View<'_>) -> Result<&Prediction, ModelError> {
        self.map(view)
    }

    /// The model's map when it believes that something was measured, as within a batch ([`Self::choose_batch`]). Whoever is asked next with a view that
    /// ends in what is believed is answered from it.
    pub fn suppose(&mut self, view: &View<'_>, believed: &[Measured]) -> Result<&Prediction, ModelError> {
        let map = self.model.predict_believing(view, believed)?;
        Ok(&self.newest.insert((view.measured.len() + believed.len(), map)).1)
    }

    /// How many locations it chooses at a time.
    pub const fn batch(&self) -> usize {
        self.batch
    }

    /// Every measurement as the model predicts it from the others; `None` for a model that cannot say.
    pub fn left_out(&mut self, view: &View<'_>) -> Result<Option<Vec<LeftOutValue>>, ModelError> {
        self.model.leave_one_out(view)
    }

    /// Its rule and goal.
    pub const fn rule(&self) -> (Rule, Goal) {
        (self.rule, self.goal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GpBaseline, Measured, Model, Tiptwin};
    use crate::net::ComputeDevice;
    use crate::{Candidates, Strategy};
    use ndarray::Array2;
    use tiptwin_instrument::{MasterSeed, Meters, Stream};

    fn film() -> (Candidates, Vec<Measured>, Vec<bool>) {
        let image = Array2::from_shape_fn((30, 30), |(r, c)| ((r as f64 * 0.5).sin() + (c as f64 * 0.4).cos()) * 1e-8);
        let candidates = Candidates::new(image, 8, Meters(1e-8), Meters(1e-8)).expect("fits");
        let mut open = vec![true; candidates.len()];
        let measured = (0..24).map(|k| (k * 21 + k * k) % 529).map(|index| {
            open[index] = false;
            let p = candidates.pixel(index);
            Measured { index, value: (p.row as f64 * 0.2).sin() + 0.1 * p.col as f64 }
        });
        let measured = measured.collect();
        (candidates, measured, open)
    }

    fn models() -> [fn() -> Box<dyn Model>; 2] {
        let tiptwin = || -> Box<dyn Model> {
            Box::new(Tiptwin::new(MasterSeed(2).rng(Stream::NetworkInit, 0), ComputeDevice::Flex))
        };
        [|| Box::new(GpBaseline::coordinates()), tiptwin]
    }

    #[test]
    fn a_rule_would_choose_what_a_strategy_with_it_chooses() {
        let (candidates, measured, open) = film();
        let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
        let rng = || MasterSeed(7).rng(Stream::Strategy, 24);
        for model in models() {
            let mut one = ModelStrategy::new("one", model(), Rule::Random);
            for rule in Rule::ALL {
                for goal in [Goal::Maximise, Goal::Minimise] {
                    let told = one.would_choose((rule, Some(goal)), &view, &open, &mut rng()).expect("asked");
                    let mut own = ModelStrategy::new("own", model(), rule).toward(goal);
                    let choice = own.choose(&view, &open, &mut rng()).expect("chooses");
                    match told {
                        Some(told) => assert_eq!(told.index, choice.index, "{rule:?}"),
                        None => assert_eq!(rule, Rule::Random),
                    }
                }
            }
            assert_eq!(one.rule().0, Rule::Random);
        }
    }

    #[test]
    fn a_batch_is_made_again_from_what_was_supposed_in_it() {
        let (candidates, measured, open) = film();
        let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
        let rng = || MasterSeed(7).rng(Stream::Strategy, 24);
        for model in models() {
            for rule in [Rule::MaxVariance, Rule::ExpectedImprovement { xi: 0.01 }, Rule::Thompson] {
                let mut own = ModelStrategy::new("own", model(), rule).in_batches(4);
                let batch = own.choose_batch(&view, &open, 4, &mut rng()).expect("chooses");
                let mut again = ModelStrategy::new("again", model(), rule).in_batches(4);
                let (mut believed, mut open, mut rng) = (Vec::new(), open.clone(), rng());
                for choice in batch {
                    again.suppose(&view, &believed).expect("predicts");
                    let all = [measured.as_slice(), &believed].concat();
                    let view = View { measured: &all, ..view };
                    let found = again.would_choose((rule, None), &view, &open, &mut rng).expect("asked");
                    assert_eq!(found.map(|a| a.index), Some(choice.index), "{rule:?}");
                    let value = again.believes(&view).expect("a map").quantile(choice.index, 0.0);
                    believed.push(Measured { index: choice.index, value });
                    open[choice.index] = false;
                }
            }
        }
    }

    #[test]
    fn leaving_one_out_says_what_a_model_without_it_says() {
        let (candidates, measured, _) = film();
        let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
        // The last of 24 lies after the last training at 20: hyper-parameters are the same without it.
        let mut strategy = ModelStrategy::new("gp", Box::new(GpBaseline::coordinates()), Rule::MaxVariance);
        let left = strategy.left_out(&view).expect("asked").expect("a process can say");
        let shorter = View { measured: &measured[..23], ..view };
        let without = GpBaseline::coordinates().predict(&shorter).expect("predicts").mean[measured[23].index];
        let spread = measured.iter().fold(0.0f64, |m, x| m.max(x.value.abs()));
        // The scale of the values is that of all: with 24 of them it hardly differs.
        assert_eq!(left.len(), 24);
        assert!((left[23].value - without).abs() < 0.02 * spread, "{} {without}", left[23].value);
    }
}

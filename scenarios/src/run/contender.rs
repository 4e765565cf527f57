//! Strategies by name, and the random picks that each is compared with.

use super::RunError;
use crate::config::Explore;
use std::fmt;
use tiptwin_core::acquisition::Goal;
use tiptwin_core::model::{GpBaseline, Model, NearestNeighbours, Reference, Shuffled, Tiptwin};
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::strategy::{Listed, ModelStrategy, Rule, Strategy};
use tiptwin_instrument::{MasterSeed, Stream};

/// A strategy and the same model on random picks: the fair question is what the *choosing* buys.
pub struct Contender {
    /// Name of the strategy.
    pub name: String,
    /// Name of the rule it chooses by.
    pub acquisition: String,
    /// Chooses the locations of the run.
    pub strategy: Box<dyn Strategy>,
    /// Runs beside it on random picks, if that is another thing.
    pub random: Option<Box<dyn Strategy>>,
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender")
            .field("name", &self.name)
            .field("acquisition", &self.acquisition)
            .finish_non_exhaustive()
    }
}

impl Contender {
    /// The model of a scenario's strategy with its rule, goal, cost and batch: to ask afterwards. A list of points has the rule of
    /// the largest variance.
    pub(crate) fn with_model(explore: &Explore, seed: u64, device: ComputeDevice) -> Result<ModelStrategy, RunError> {
        let strategy = ModelStrategy::new(&explore.strategy, model(&explore.strategy, seed, device), rule(explore)?);
        let strategy = strategy.minding(explore.cost).in_batches(explore.batch);
        Ok(match explore.goal {
            Some(goal) => strategy.toward(goal),
            None => strategy,
        })
    }

    /// The strategy that a scenario names. `random`, `grid` and `farthest-point` predict with tiptwin's own model, so that their maps
    /// differ only by where the points lie.
    pub fn named(explore: &Explore, seed: u64, device: ComputeDevice) -> Result<Self, RunError> {
        let model = || model(&explore.strategy, seed, device);
        let name = explore.strategy.clone();
        let random = || Box::new(ModelStrategy::new("random", model(), Rule::Random)) as Box<dyn Strategy>;
        if name == "points" {
            let strategy = Box::new(Listed::new(&name, model(), explore.points.clone()));
            let random = explore.compare_random.then(random);
            return Ok(Self { name, acquisition: "chosen".into(), strategy, random });
        }
        let rule = rule(explore)?;
        let strategy = ModelStrategy::new(&name, model(), rule).minding(explore.cost).in_batches(explore.batch);
        let (strategy, acquisition) = match explore.goal {
            Some(Goal::Explore) if !rule.goals().contains(&Goal::Explore) => {
                let message = format!("{} cannot explore; accepted: goal maximise or minimise", rule.name());
                return Err(RunError::Input(message));
            }
            Some(goal) if rule.goals().contains(&goal) && rule.goals()[0] != goal => {
                (strategy.toward(goal), format!("{} ({})", rule.name(), goal.name()))
            }
            _ => (strategy, rule.name().to_owned()),
        };
        let random = (rule != Rule::Random && explore.compare_random).then(random);
        Ok(Self { name, acquisition, strategy: Box::new(strategy), random })
    }
}

fn model(strategy: &str, seed: u64, device: ComputeDevice) -> Box<dyn Model> {
    let weights = MasterSeed(seed).rng(Stream::NetworkInit, 0);
    match strategy {
        "reference" => Box::new(Reference::new(weights, device)),
        "gp-coordinates" => Box::new(GpBaseline::coordinates()),
        "gp-patches" => Box::new(GpBaseline::patches()),
        "gp-filters" => Box::new(GpBaseline::filters()),
        "knn" => Box::new(NearestNeighbours::default()),
        // Steps count from 0, so the last unit is free for what belongs to the whole run.
        "shuffled" => {
            let rng = MasterSeed(seed).rng(Stream::Baseline, u64::MAX);
            Box::new(Shuffled::new(Box::new(Tiptwin::new(weights, device)), rng))
        }
        _ => Box::new(Tiptwin::new(weights, device)),
    }
}

fn rule(explore: &Explore) -> Result<Rule, RunError> {
    let xi = explore.xi;
    Ok(match (explore.strategy.as_str(), explore.acquisition.as_str()) {
        ("random", _) => Rule::Random,
        ("grid", _) => Rule::Grid { points: explore.steps },
        ("farthest-point", _) => Rule::FarthestPoint,
        (_, name) => match Rule::by_name(name) {
            Some(Rule::ExpectedImprovement { .. }) => Rule::ExpectedImprovement { xi },
            Some(Rule::LogExpectedImprovement { .. }) => Rule::LogExpectedImprovement { xi },
            Some(Rule::ProbabilityOfImprovement { .. }) => Rule::ProbabilityOfImprovement { xi },
            Some(Rule::UpperConfidenceBound { .. }) => Rule::UpperConfidenceBound { kappa: explore.kappa },
            Some(rule) => rule,
            None => return Err(RunError::Input(format!("unknown acquisition {name}"))),
        },
    })
}

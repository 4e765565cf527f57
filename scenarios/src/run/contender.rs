//! Strategies by name, and the random picks that each is compared with.

use super::RunError;
use crate::config::Explore;
use std::fmt;
use tiptwin_core::model::Model;
use tiptwin_core::model::reference::Reference;
use tiptwin_core::model::tiptwin::Tiptwin;
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
    /// The strategy that a scenario names. `random` and `grid` predict with tiptwin's own model, so that their maps differ only by
    /// where the points lie.
    pub fn named(explore: &Explore, seed: u64, device: ComputeDevice) -> Result<Self, RunError> {
        let weights = MasterSeed(seed).rng(Stream::NetworkInit, 0);
        let model = || -> Box<dyn Model> {
            match explore.strategy.as_str() {
                "reference" => Box::new(Reference::new(weights.clone(), device)),
                _ => Box::new(Tiptwin::new(weights.clone(), device)),
            }
        };
        let rule = match (explore.strategy.as_str(), explore.acquisition.as_str()) {
            ("random", _) | (_, "random") => Rule::Random,
            ("grid", _) => Rule::Grid { points: explore.steps },
            (_, "max-variance") => Rule::MaxVariance,
            (_, "integrated-variance") => Rule::IntegratedVariance,
            (_, "expected-improvement") => Rule::ExpectedImprovement { xi: 0.01 },
            (_, other) => return Err(RunError::Input(format!("unknown acquisition {other}"))),
        };
        let name = explore.strategy.clone();
        if name == "points" {
            let strategy = Box::new(Listed::new(&name, model(), explore.points.clone()));
            let random = explore
                .compare_random
                .then(|| Box::new(ModelStrategy::new("random", model(), Rule::Random)) as Box<dyn Strategy>);
            return Ok(Self { name, acquisition: "chosen".into(), strategy, random });
        }
        let acquisition = match rule {
            Rule::Random => "random",
            Rule::Grid { .. } => "grid",
            Rule::MaxVariance => "max-variance",
            Rule::IntegratedVariance => "integrated-variance",
            Rule::ExpectedImprovement { .. } => "expected-improvement",
        };
        let random = (rule != Rule::Random && explore.compare_random)
            .then(|| Box::new(ModelStrategy::new("random", model(), Rule::Random)) as Box<dyn Strategy>);
        Ok(Self {
            strategy: Box::new(ModelStrategy::new(&name, model(), rule)),
            name,
            acquisition: acquisition.to_owned(),
            random,
        })
    }
}

//! Strategies: where the tip measures next.
//!
//! A strategy sees what a [`View`] holds and nothing else. Most are a model and a rule for choosing on its
//! map ([`ModelStrategy`]); a user's own is one file with one type that implements [`Strategy`].

mod farthest_point;
mod grid;
mod hindsight;
mod listed;
mod model_strategy;
mod rule;
mod scores;

pub use hindsight::Alternative;
pub use listed::Listed;
pub use model_strategy::ModelStrategy;
pub use rule::{DEFAULT_KAPPA, DEFAULT_XI, Rule};

use crate::model::{ModelError, Prediction, View};
use tiptwin_instrument::StreamRng;

/// The next location and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Candidate index.
    pub index: usize,
    /// Predicted mean there, if a model was asked.
    pub mean: Option<f64>,
    /// Predicted deviation there.
    pub sigma: Option<f64>,
}

/// Decides where to measure next.
pub trait Strategy: Send {
    /// Name as in a scenario file.
    fn name(&self) -> &str;

    /// Chooses one of the open candidates (`open[i]`: not measured, not rejected; at least one is).
    ///
    /// `view.measured` holds at least one measurement. `rng` is this step's own stream: equal histories give equal choices.
    fn choose(&mut self, view: &View<'_>, open: &[bool], rng: &mut StreamRng) -> Result<Choice, ModelError>;

    /// The map learnt so far; `None` if this strategy has no model.
    fn predict(&mut self, view: &View<'_>) -> Result<Option<Prediction>, ModelError>;

    /// Whether every choice and every map are worked out anew from what is asked, with nothing kept from earlier calls. Then a resumed run takes
    /// its old choices from the journal; otherwise (provided) it makes and checks them again.
    fn forgets(&self) -> bool {
        false
    }

    /// What its acquisition gave a candidate that is among its newest choices: larger is better. `None` (provided) without such a number.
    fn merit(&self, index: usize) -> Option<f64> {
        let _ = index;
        None
    }

    /// A strategy that predicts another property of the same locations, as this one would; it is never asked to choose. `None`
    /// (provided): further targets of a [vector](crate::session::Vector) are read and have no map.
    fn sibling(&self) -> Option<Box<dyn Strategy>> {
        None
    }
}

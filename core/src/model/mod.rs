//! Models: from what was measured to a map of mean and deviation over all candidates.

pub mod baseline;
mod prediction;
pub mod reference;
mod targets;
pub mod tiptwin;
mod warp;

pub use baseline::{GpBaseline, NearestNeighbours, Shuffled};
pub use prediction::{Prediction, Warped};
pub use reference::Reference;
pub(crate) use targets::training_is_due;
pub use tiptwin::Tiptwin;
pub use warp::Warp;

use crate::Candidates;
use crate::boundaries::BoundaryError;
use crate::gp::GpError;
use crate::net::DeviceError;
use tiptwin_instrument::StreamRng;

/// One usable measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Which candidate ([`Candidates::pixel`]).
    pub index: usize,
    /// Target value, in the target's SI unit.
    pub value: f64,
}

/// All that a strategy or a model may know at one moment.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The structure image and its windows.
    pub candidates: &'a Candidates,
    /// Usable measurements in the order they were made, at least one. A location can occur more than once.
    pub measured: &'a [Measured],
    /// Standard deviation of the measurement noise of the target, where the instrument knows it.
    pub noise_sigma: Option<f64>,
}

/// A measurement as a model predicts it from the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftOutValue {
    /// Predicted median, in the target's unit.
    pub value: f64,
    /// What was measured less the mean over the deviation, noise included, where the belief is normal: of unit variance if the model is
    /// right.
    pub standardised: f64,
}

/// Why a model has no prediction.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Nothing was measured yet.
    #[error("a model needs at least one measurement")]
    NoData,
    /// The Gaussian process could not be conditioned.
    #[error("the Gaussian process failed: {0}")]
    Gp(#[from] GpError),
    /// The network cannot compute where it was told to.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Grain boundaries cannot be looked for.
    #[error(transparent)]
    Boundaries(#[from] BoundaryError),
    /// A list of chosen points is used up or names a place that cannot be measured.
    #[error("{0}")]
    Points(String),
    /// A rule asks for covariances that the model does not have.
    #[error(
        "the acquisition {rule} asks how places vary together, which the model {model} does not know; accepted: max-variance, or a Gaussian process"
    )]
    NoCovariances {
        /// The model.
        model: &'static str,
        /// The rule.
        rule: &'static str,
    },
    /// Training left the range of numbers.
    #[error("training diverged: {0}")]
    Diverged(String),
}

/// A regression model. It may keep state between calls (warm starts) but must not need any call order.
pub trait Model: Send {
    /// Name as in a scenario file.
    fn name(&self) -> &'static str;

    /// A fresh model of the same kind for another property of the same image; what depends on the image alone may be shared. `None`
    /// (provided) for a kind that cannot.
    fn sibling(&self) -> Option<Box<dyn Model>> {
        None
    }

    /// Whether it keeps nothing at all between calls ([`crate::strategy::Strategy::forgets`]).
    fn forgets(&self) -> bool {
        false
    }

    /// Learns from everything measured so far and predicts all candidates.
    fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError>;

    /// For each of `candidates` (indices), by how much measuring it is expected to lower the variance at the `reference`
    /// candidates, on average. In any one unit: only the order matters. `None` for a model that knows no covariances.
    fn variance_reduction(
        &mut self,
        view: &View<'_>,
        candidates: &[usize],
        reference: &[usize],
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let _ = (view, candidates, reference);
        Ok(None)
    }

    /// One joint draw of the property at `candidates` (indices) from what is believable, in the unit of the target. `None` for a
    /// model that knows no covariances.
    fn draw(
        &mut self,
        view: &View<'_>,
        candidates: &[usize],
        rng: &mut StreamRng,
    ) -> Result<Option<Vec<f64>>, ModelError> {
        let _ = (view, candidates, rng);
        Ok(None)
    }

    /// Every measurement, in their order, as the others predict it with the hyper-parameters that were learnt from all. `None`
    /// (provided) for a model that cannot say.
    fn leave_one_out(&mut self, view: &View<'_>) -> Result<Option<Vec<LeftOutValue>>, ModelError> {
        let _ = view;
        Ok(None)
    }

    /// Predicts as if `believed` had been measured too. A model that can conditions on them without training on them.
    fn predict_believing(&mut self, view: &View<'_>, believed: &[Measured]) -> Result<Prediction, ModelError> {
        let measured = [view.measured, believed].concat();
        self.predict(&View { measured: &measured, ..*view })
    }
}

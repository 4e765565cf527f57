//! Acquisition functions: how interesting a place is, from what is predicted there. The largest value is measured next.
//!
//! One formula a file, each a pure function of mean μ, deviation σ and little else, with its source. What counts as better
//! is a [`Goal`]: the improvement-like functions are written for a property that should be large, and a search for a small one hands
//! them [`Goal::toward`]. [`cost`] holds what a place costs besides its measurement, [`batch`] how several places are
//! chosen before any of them is measured.

mod argmax;
pub mod batch;
pub mod cost;
mod expected_improvement;
mod goal;
mod integrated_variance;
mod log_expected_improvement;
mod max_variance;
mod normal;
mod probability_of_improvement;
mod thompson;
mod upper_confidence_bound;

pub use argmax::argmax;
pub use expected_improvement::expected_improvement;
pub use goal::Goal;
pub use integrated_variance::integrated_variance;
pub use log_expected_improvement::log_expected_improvement;
pub use max_variance::variance;
pub use normal::{normal_cdf, normal_pdf};
pub use probability_of_improvement::probability_of_improvement;
pub use thompson::thompson;
pub use upper_confidence_bound::upper_confidence_bound;

#[cfg(test)]
mod tests;

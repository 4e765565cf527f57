//! What one would use without a deep kernel: the rivals that a learner has to beat.
//!
//! Three textbook [Gaussian processes](GpBaseline) that differ only in what they look at, [nearest neighbours](NearestNeighbours), and a
//! [control](Shuffled) that learns values of the wrong places.

#![expect(clippy::needless_pass_by_value, reason = "array views are two words and are passed by value everywhere")]

mod fit;
mod inputs;
mod nearest_neighbours;
mod process;
mod shuffled;

pub use nearest_neighbours::NearestNeighbours;
pub use process::GpBaseline;
pub use shuffled::Shuffled;

#[cfg(test)]
mod tests;

//! Does the twin show what was published? Directional statements of the experiment, tested over many films.
//!
//! Every [`Statement`] turns one film into one number ([`statements`]); over films, a sign test asks whether that number lies
//! above the statement's threshold ([`verdict`]). A statement about structure must hold for the preset `seed` and must not hold
//! for the negative control `random`, whose transport follows a tessellation that the topography does not show: what holds there
//! too is no evidence of a link between structure and property.
//!
//! Which locations enter and how they are read: [`sample`], [`reading`]. The statement that a learner goes to boundaries and
//! junctions needs a learner, and is tested by exploring.

pub mod reading;
pub mod sample;
pub mod statements;
pub mod statistics;
pub mod verdict;

pub use sample::FilmSample;
pub use statements::Statement;
pub use verdict::{Requirement, Verdict};

/// A statement holds when its sign test over films has a p value below this: 16 of 20 films, or all of 7.
pub const SIGNIFICANCE: f64 = 0.01;

/// The fewest films with which anything can be significant: 2⁻⁷ is below [`SIGNIFICANCE`], 2⁻⁶ is not.
pub const FEWEST_FILMS: usize = 7;

//! Exact Gaussian-process regression in double precision: seven nouns, one file each.
//!
//! A [`Kernel`] says how alike two places are, a [mean](mean::ConstantMean) what to expect before any measurement,
//! a [noise](noise::WhiteNoise) how far a repeated measurement scatters. A [transform](transform::ScaleToBounds) changes
//! the inputs first (a network does the same and is called a deep kernel). The [solver](solver::Factor) factorises the
//! covariance and says what it had to add to it. A [`Process`] puts kernel, mean and noise together; a [`Likelihood`] knows how
//! likely given targets are under it, with gradients; a [`Posterior`] is a process conditioned on measurements, at one place or at several
//! [together](joint), and a [`Field`] one that grows with them at fixed places. A process that sees more likeness than the measurements bear out can
//! be [shrunk](Process::shrunk). Beside them, [`parameter`] holds positive numbers in a
//! form that can be optimised, and [`optimize`] does that.
//!
//! Rasmussen & Williams, *Gaussian Processes for Machine Learning*, MIT Press 2006 ("R&W" below).

#![expect(clippy::needless_pass_by_value, reason = "array views are two words and are passed by value everywhere")]

pub mod field;
mod gram;
pub mod joint;
pub mod kernel;
pub mod leave_one_out;
pub mod likelihood;
pub mod mean;
pub mod noise;
pub mod optimize;
pub mod parameter;
pub mod posterior;
pub mod process;
pub mod shape;
mod shrinkage;
pub mod solver;
pub mod transform;

pub use field::{Field, Room};
pub use kernel::{Kernel, Term};
pub use leave_one_out::LeftOut;
pub use likelihood::{Evaluation, Likelihood};
pub use posterior::Posterior;
pub use process::Process;
pub use shape::Shape;
pub use solver::{Factor, GpError};

//! Everything that decides, from observations alone.
//!
//! This room never sees the truth: it depends on the shared language (`tiptwin-instrument`) and on nothing
//! that knows a film. It reads no clock and does no I/O. A [`session`] says what to measure next and is told
//! what came back; a [`strategy`] chooses the location, usually by asking a [`model`] for a map of mean and
//! deviation and an [`acquisition`] function for the most interesting place on it. A [`descriptor`] turns a
//! curve into the number that is learnt, [`levelling`] corrects the image that is learnt from, and [`metrics`] say how good a map is.

pub mod acquisition;
pub mod boundaries;
pub mod candidates;
pub mod descriptor;
pub mod features;
pub mod gp;
pub mod levelling;
pub mod metrics;
pub mod model;
pub mod net;
pub mod session;
pub mod statistics;
pub mod strategy;
mod vector;

pub use candidates::Candidates;
pub use descriptor::Descriptor;
pub use model::{Measured, Model, ModelError, Prediction, View};
pub use session::{Plan, Session, Step, Told};
pub use strategy::Strategy;

//! Scenario files: what a run is to do, written by a person and checked before anything moves.
//!
//! A text becomes a tree that remembers where each value was written, a reader takes checked values
//! out of it, and the result is a [`Scenario`] in SI units. All problems are reported together, each with its file, line,
//! column, value, limit and what would be accepted.

mod boundaries;
mod campaign;
mod cypher;
mod daq;
mod explore;
mod instrument;
mod limits;
mod measurement;
mod points;
mod problem;
mod reader;
mod remote;
mod scenario;
mod task;
mod tree;
mod twin;
mod waveform;

pub use boundaries::Boundaries;
pub use campaign::{Campaign, Slurm};
pub(crate) use measurement::{CURVE_PCA, rule_and_light};
pub use problem::{Place, Problem, Problems, Source};
pub use scenario::{
    ACQUISITIONS, Compare, Explore, FurtherImages, InstrumentChoice, Invocation, Measurement, STRATEGIES, Scan,
    Scenario,
};
pub use task::Task;
pub use twin::{Amount, Biased, TwinChoice, amounts};
pub use waveform::waveform;

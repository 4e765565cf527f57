//! Grain boundaries found in an image, where no truth exists.
//!
//! An [`Ensemble`] of small networks ([`crate::net::ResHedNet`]) gives for every pixel the probability that a boundary passes within one pixel of it,
//! and how far its members disagree; [`Classical`] is the detector of textbooks to compare with. Either map is [thinned](thin) to lines, from which
//! [`BoundaryGraph`] makes junctions and boundaries with ids. [`training`] makes ensembles from images whose grains are known, and
//! [`score`] says how good a detection is.
//!
//! # What counts as boundary
//!
//! The truth is a map of grain ids in the frame of the image. The *line* is every pixel whose right or lower neighbour belongs to another grain, the
//! *band* every pixel within one pixel of the line along rows and columns. Networks learn the band, which is what a tolerance of one pixel
//! asks for; scores compare the thinned detection with the line. Line and band lie half a pixel above and to the left of the boundary itself, which runs
//! between pixels: [`Detection::centred`] and [`graph::MIDDLE_PX`] put that right.

/// Mean probability from which a pixel counts as within one pixel of a boundary.
pub const THRESHOLD: f64 = 0.5;
/// Free ends and loose pieces of lines that are shorter than this are not boundaries, pixels.
pub const BURR_PX: usize = 4;

mod classical;
mod ensemble;
mod error;
mod file;
pub mod graph;
pub mod input;
pub mod loss;
pub mod score;
mod shipped;
pub mod thin;
pub mod training;
pub mod truth;
mod watershed;

pub use classical::Classical;
pub use ensemble::{Detection, Ensemble};
pub use error::BoundaryError;
pub use graph::BoundaryGraph;
pub use loss::Loss;
pub use training::{Augmentation, Example, Recipe};

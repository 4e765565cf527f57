//! Ground truth of a synthetic perovskite film.
//!
//! The learner never sees this room: it sees what an instrument makes of it. Here a film is drawn from a seed (grains,
//! boundaries, junctions, topography, electronic character, all as continuous fields that can be asked anywhere), and
//! the current at any location follows from transport laws, one law per file, each with its equation and its source.
//! The amplifier turns a current into what would be recorded.
//!
//! No clock, no I/O, no instrument: drivers own those. Same seed, same bytes.

pub mod amplifier;
pub mod contact;
pub mod error;
pub mod field;
pub mod film;
pub mod image;
pub mod preset;
pub mod realism;
pub mod scanner;
pub mod transport;

pub use amplifier::{Amplifier, displacement_current_a};
pub use error::SimError;
pub use film::{
    Channel, DefectKind, Defects, Edge, Film, FilmSpec, FilmStatistics, Generator, Grain, Graph, Nearest, Region,
    Vertex,
};
pub use preset::Preset;
pub use realism::{Group, Level, Realism};
pub use transport::{Constants, Site, Sweep, sweep};

//! A film, drawn from a seed.
//!
//! A [`Film`] is a torus: it repeats after its size in both directions, so every window of it is as good as any other
//! and no grain is cut by an edge. Structure is an exact vector graph ([`Graph`]), and everything else (heights,
//! transport parameters) is a continuous function of position, so it can be sampled on any grid at any resolution.
//!
//! How it is made: weighted points → power diagram (`power_diagram`) → graph and lookup (`structure`, `index`); a smooth
//! displacement bends the straight boundaries; `relief` puts heights on it and `electronic` transport parameters.

mod channels;
mod defects;
mod electronic;
mod fields;
mod graph;
mod index;
mod power_diagram;
mod region;
mod relaxation;
mod relief;
mod spec;
mod statistics;
mod structure;
mod torus;
mod whole;

pub use channels::Channel;
pub use defects::{DefectKind, Defects};
pub use graph::{Edge, Grain, Graph, Vertex};
pub use region::Region;
pub use spec::{FilmSpec, Generator};
pub use statistics::{FilmStatistics, Target, WindowStatistics, targets};
pub use whole::{Film, Nearest};

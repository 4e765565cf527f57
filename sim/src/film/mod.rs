//! A film, drawn from a seed.
//!
//! A [`Film`] is a torus: it repeats after its size in both directions, so every window of it is as good as any other
//! and no grain is cut by an edge. Structure is an exact vector graph ([`Graph`]), and everything else (heights,
//! transport parameters) is a continuous function of position, so it can be sampled on any grid at any resolution.
//!
//! How it is made: a `tessellation` (`power_diagram` or `johnson_mehl`) gives the outlines of grains, `structure` joins them to a network
//! of boundaries, `index` looks places up in it, `relaxation` moves the boundaries by their curvature, a smooth displacement bends
//! them; `relief` puts heights on it, `electronic` transport parameters, `defects` what does not belong there.

mod channels;
mod defects;
mod electronic;
mod fields;
mod graph;
mod index;
mod johnson_mehl;
mod network;
mod power_diagram;
mod region;
mod relaxation;
mod relief;
mod spec;
mod statistics;
mod structure;
mod tessellation;
mod torus;
mod whole;

pub use channels::Channel;
pub use defects::{DefectKind, Defects};
pub use graph::{Edge, Grain, Graph, Vertex};
pub use region::Region;
pub use spec::{FilmSpec, Generator};
pub use statistics::{FilmStatistics, Target, WindowStatistics, targets};
pub use whole::{Film, Nearest};

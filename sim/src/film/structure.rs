//! The tessellation as an exact vector structure that can be asked at any point.
//!
//! A [`Network`] in straight [`Piece`]s, one for a straight boundary and several for a curved one, with an [`Index`] to look places up.
//! Areas and centroids are those of the pieces, so the grains tile the torus to rounding.

use super::index::Index;
use super::network::{Corner, Network};
use super::torus::{Point, displacement, wrap_point};
use std::ops::Range;

/// A straight piece of a boundary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) start: Point,
    pub(crate) run: Point,
    /// One over the length, 1/m, 0 for a piece without length: lookups would spend their time on the division.
    pub(crate) per_m: f64,
    pub(crate) edge: usize,
    /// The grains on the left and on the right of the way.
    pub(crate) sides: [usize; 2],
}

/// A boundary between two junctions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Boundary {
    /// Smaller index first.
    pub(crate) grains: [usize; 2],
    pub(crate) vertices: [usize; 2],
    /// Its pieces, from the first junction to the second.
    pub(crate) pieces: Range<usize>,
    pub(crate) length_m: f64,
}

/// A grain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GrainCell {
    pub(crate) centroid: Point,
    pub(crate) area_m2: f64,
    /// Its boundaries, counter-clockwise.
    pub(crate) edges: Vec<usize>,
    /// Lower and upper corner of the box around it, from the centroid.
    pub(crate) extent: [Point; 2],
}

/// Grains, boundaries and junctions of a torus, before boundaries are bent.
#[derive(Clone, Debug)]
pub(crate) struct Structure {
    pub(crate) side: f64,
    pub(crate) grains: Vec<GrainCell>,
    pub(crate) edges: Vec<Boundary>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) corners: Vec<Corner>,
    pub(crate) index: Index,
}

impl Structure {
    /// Makes a network ready to be asked.
    pub(crate) fn new(network: Network) -> Self {
        let side = network.side;
        let (mut edges, mut pieces) = (Vec::with_capacity(network.paths.len()), Vec::new());
        for (edge, path) in network.paths.iter().enumerate() {
            let first = pieces.len();
            let [left, right] = path.sides;
            for pair in path.points.windows(2) {
                let (start, run) = (wrap_point(pair[0], side), displacement(pair[0], pair[1], side));
                let length = run[0].hypot(run[1]);
                let per_m = if length > 0.0 { 1.0 / length } else { 0.0 };
                pieces.push(Piece { start, run, per_m, edge, sides: path.sides });
            }
            let (grains, length_m) = ([left.min(right), left.max(right)], path.length_m(side));
            edges.push(Boundary { grains, vertices: path.vertices, pieces: first..pieces.len(), length_m });
        }
        let grains = (0..network.around.len()).map(|g| cell(&network, g)).collect();
        let index = Index::new(side, &pieces, &network.corners);
        Self { side, grains, edges, pieces, corners: network.corners, index }
    }

    /// The point at a share of a boundary's length, 0 at its first junction.
    pub(crate) fn along(&self, edge: &Boundary, share: f64) -> Point {
        let mut left = share * edge.length_m;
        for piece in &self.pieces[edge.pieces.clone()] {
            let length = piece.run[0].hypot(piece.run[1]);
            if left <= length && length > 0.0 {
                let t = left / length;
                return wrap_point([piece.start[0] + t * piece.run[0], piece.start[1] + t * piece.run[1]], self.side);
            }
            left -= length;
        }
        self.corners[edge.vertices[1]].point
    }
}

fn cell(network: &Network, grain: usize) -> GrainCell {
    let (area_m2, centroid) = network.area_centroid(grain);
    let mut extent = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
    for (start, _) in network.runs(grain) {
        let d = displacement(centroid, start, network.side);
        for k in 0..2 {
            extent[0][k] = extent[0][k].min(d[k]);
            extent[1][k] = extent[1][k].max(d[k]);
        }
    }
    GrainCell { centroid, area_m2, edges: network.around[grain].clone(), extent }
}

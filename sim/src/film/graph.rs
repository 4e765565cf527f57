//! Grains, edges and junctions as a graph.
//!
//! On a torus a tessellation whose corners all join three grains obeys V − E + F = 0 exactly: two junctions and three
//! edges for every grain, and six edges around a grain on average.

use tiptwin_instrument::{Meters, Position};

/// A grain; its index in [`Graph::grains`] is its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Grain {
    /// Centroid, on the film.
    pub centre: Position,
    /// Area, m².
    pub area_m2: f64,
    /// The edges around it, counter-clockwise, as indices of [`Graph::edges`].
    pub edges: Vec<usize>,
}

/// A grain boundary between two junctions; its index in [`Graph::edges`] is its id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The two grains that it separates, smaller id first.
    pub grains: [usize; 2],
    /// The two junctions at its ends.
    pub vertices: [usize; 2],
    /// Length, before the boundaries are bent.
    pub length: Meters,
}

/// A triple junction; its index in [`Graph::vertices`] is its id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vertex {
    /// Where it is, on the film.
    pub position: Position,
    /// The three grains that meet, in rising order.
    pub grains: [usize; 3],
}

/// The structure of a film. Areas and lengths are those before the boundaries are bent; bending
/// conserves the total area and changes single grains by a few per cent.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// All grains.
    pub grains: Vec<Grain>,
    /// All grain boundaries.
    pub edges: Vec<Edge>,
    /// All triple junctions.
    pub vertices: Vec<Vertex>,
}

impl Graph {
    /// Number of neighbours of each grain. On films of straight boundaries that is the number of its edges; curved ones can meet the same
    /// neighbour twice.
    pub fn sides(&self) -> Vec<usize> {
        (0..self.grains.len()).map(|g| self.neighbours(g).len()).collect()
    }

    /// The grains around a grain, each once, in rising order.
    pub fn neighbours(&self, grain: usize) -> Vec<usize> {
        let mut around: Vec<usize> = self.grains[grain].edges.iter().map(|&e| self.across(grain, e)).collect();
        around.sort_unstable();
        around.dedup();
        around
    }

    /// The grain on the other side of an edge.
    pub fn across(&self, grain: usize, edge: usize) -> usize {
        let [a, b] = self.edges[edge].grains;
        if a == grain { b } else { a }
    }
}

//! Junctions and boundaries of an image, with ids, from a map of lines.
//!
//! A pixel of a line from which three or more branches leave is part of a junction, and junction pixels that touch are one junction; what remains of
//! the lines falls into boundaries. A short branch that ends nowhere is a burr of the thinning and is taken off; one that leaves the image stays.

use super::thin::{AROUND, beside, components, components_where, thinned};
use ndarray::Array2;

/// From a pixel of a line to the boundary that it stands for, in rows and in columns: lines mark the pixel above or to the left of it.
pub const MIDDLE_PX: f64 = 0.5;

/// Rounds in which burrs are taken off: taking one off can make another.
const ROUNDS: usize = 8;

/// Where three boundaries or more meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Junction {
    /// Row and column of its middle, pixels.
    pub at: (f64, f64),
    /// Ids of the boundaries that meet, in rising order.
    pub edges: Vec<usize>,
}

/// A boundary between two junctions, or with an end that is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Its pixels (row, column), in the order of rows. Those of junctions belong to none.
    pub pixels: Vec<(usize, usize)>,
    /// The junctions that it touches: two, one where it leaves the image or ends, none where it does both or closes on itself.
    pub junctions: Vec<usize>,
}

/// Junctions and boundaries; an index in a list is an id.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundaryGraph {
    /// Rows and columns of the image.
    pub dim: (usize, usize),
    /// Where boundaries meet.
    pub junctions: Vec<Junction>,
    /// Boundaries.
    pub edges: Vec<Edge>,
    /// Lines that they were made from, without burrs.
    pub line: Array2<bool>,
    /// Id of the boundary at each pixel plus one, 0 where there is none.
    ids: Array2<u32>,
}

impl BoundaryGraph {
    /// The graph of lines of one pixel ([`super::thin::thinned`]). Free branches and loose pieces of fewer than `burr_px` pixels are left out.
    pub fn new(line: &Array2<bool>, burr_px: usize) -> Self {
        let mut line = line.clone();
        for _ in 0..ROUNDS {
            let graph = Self::of(thinned(&line));
            line.clone_from(&graph.line);
            let mut burrs = graph
                .edges
                .iter()
                .filter(|e| e.junctions.len() < 2 && e.pixels.len() < burr_px && !leaves(&e.pixels, graph.dim))
                .peekable();
            if burrs.peek().is_none() {
                return graph;
            }
            burrs.flat_map(|e| &e.pixels).for_each(|&p| line[p] = false);
        }
        Self::of(thinned(&line))
    }

    fn of(line: Array2<bool>) -> Self {
        let dim = line.dim();
        let mut branching = Array2::from_elem(dim, false);
        for (at, _) in line.indexed_iter().filter(|(_, on)| **on) {
            branching[at] = branches(&line, at) >= 3;
        }
        let mut junction_of = Array2::<u32>::zeros(dim);
        let mut junctions = Vec::new();
        for (id, pixels) in components(&branching).into_iter().enumerate() {
            let n = pixels.len() as f64;
            let (r, c) = pixels.iter().fold((0.0, 0.0), |(r, c), p| (r + p.0 as f64, c + p.1 as f64));
            for &p in &pixels {
                junction_of[p] = id as u32 + 1;
            }
            junctions.push(Junction { at: (r / n, c / n), edges: Vec::new() });
        }
        let free = ndarray::Zip::from(&line).and(&branching).map_collect(|l, b| *l && !*b);
        let (mut edges, mut ids) = (Vec::new(), Array2::zeros(dim));
        // Around a junction the first pixels of two boundaries can touch at a corner: they are two boundaries all the same.
        let apart = |a: (usize, usize), b: (usize, usize)| {
            a.0 != b.0 && a.1 != b.1 && (branching[[a.0, b.1]] || branching[[b.0, a.1]])
        };
        for (id, pixels) in components_where(&free, |a, b| !apart(a, b)).into_iter().enumerate() {
            let mut touched: Vec<usize> = Vec::new();
            for &at in &pixels {
                ids[at] = id as u32 + 1;
                let near =
                    AROUND.iter().filter_map(|&by| beside(dim, at, by)).map(|p| junction_of[p]).filter(|j| *j > 0);
                touched.extend(near.map(|j| j as usize - 1));
            }
            touched.sort_unstable();
            touched.dedup();
            for &j in &touched {
                junctions[j].edges.push(id);
            }
            edges.push(Edge { pixels, junctions: touched });
        }
        Self { dim, junctions, edges, line, ids }
    }

    /// The boundary nearest to a pixel and its distance in pixels, if one lies within `reach_px`. Of several at the same distance, the one with
    /// the smallest id.
    pub fn nearest_edge(&self, row: usize, col: usize, reach_px: usize) -> Option<(usize, f64)> {
        let (rows, cols) = self.dim;
        let around = |at: usize, n: usize| at.saturating_sub(reach_px)..=(at + reach_px).min(n - 1);
        let near = around(row, rows).flat_map(|r| around(col, cols).map(move |c| (r, c))).filter(|&p| self.ids[p] > 0);
        let distance2 = |(r, c): (usize, usize)| r.abs_diff(row).pow(2) + c.abs_diff(col).pow(2);
        let best = near.map(|p| (distance2(p), self.ids[p] as usize - 1)).min()?;
        (best.0 <= reach_px * reach_px).then(|| (best.1, (best.0 as f64).sqrt()))
    }

    /// Distance of every pixel from the nearest junction, pixels; infinite where there is none.
    pub fn junction_distance_px(&self) -> Array2<f64> {
        let least = |(r, c): (usize, usize)| {
            let distances = self.junctions.iter().map(|j| (j.at.0 - r as f64).hypot(j.at.1 - c as f64));
            distances.fold(f64::INFINITY, f64::min)
        };
        Array2::from_shape_fn(self.dim, least)
    }

    /// Id of the boundary at each pixel, −1 where there is none.
    pub fn edge_ids(&self) -> Array2<i32> {
        self.ids.mapv(|id| id as i32 - 1)
    }
}

/// Lines that leave a pixel: changes from off to on once around it.
fn branches(line: &Array2<bool>, at: (usize, usize)) -> usize {
    let n = AROUND.map(|by| beside(line.dim(), at, by).is_some_and(|p| line[p]));
    let crossings = (0..8).filter(|&k| !n[k] && n[(k + 1) % 8]).count();
    // Four along rows and columns count as four branches even where the diagonal between two of them is on.
    crossings.max([0, 2, 4, 6].into_iter().filter(|&k| n[k]).count())
}

fn leaves(pixels: &[(usize, usize)], (rows, cols): (usize, usize)) -> bool {
    pixels.iter().any(|&(r, c)| r == 0 || c == 0 || r + 1 == rows || c + 1 == cols)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture in characters: `#` is on a line.
    fn drawn(rows: &[&str]) -> Array2<bool> {
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(r, c)| rows[r].as_bytes()[c] == b'#')
    }

    const Y: [&str; 7] = [
        "#.......#", //
        ".#.....#.",
        "..#...#..",
        "...#.#...",
        "....#....",
        "....#....",
        "....#....",
    ];

    #[test]
    fn three_lines_that_meet_are_three_boundaries_and_one_junction() {
        let graph = BoundaryGraph::new(&drawn(&Y), 3);
        assert_eq!(graph.junctions.len(), 1);
        assert_eq!(graph.junctions[0].at, (4.0, 4.0));
        assert_eq!(graph.junctions[0].edges, [0, 1, 2]);
        assert_eq!(graph.edges.len(), 3);
        assert!(graph.edges.iter().all(|e| e.junctions == [0]));
        let (id, distance) = graph.nearest_edge(1, 3, 3).expect("near");
        assert_eq!(graph.edges[id].pixels[0], (0, 0));
        assert!((distance - 2f64.sqrt()).abs() < 1e-12);
        assert_eq!(graph.nearest_edge(6, 0, 3), None);
        assert_eq!(graph.junction_distance_px()[[4, 8]], 4.0);
    }

    #[test]
    fn burrs_are_taken_off_and_lines_that_leave_the_image_stay() {
        let line = [
            "....#.....", //
            "....#.....",
            "##########",
            ".......#..",
            ".......#..",
            "..........",
        ];
        // The burr below leaves nothing of its junction; the two pixels above reach the edge.
        let graph = BoundaryGraph::new(&drawn(&line), 3);
        assert_eq!((graph.junctions.len(), graph.edges.len()), (1, 3));
        assert!(!graph.line[[4, 7]] && graph.line[[0, 4]]);
    }

    #[test]
    fn a_ring_is_one_boundary_without_junctions() {
        let ring = Array2::from_shape_fn((15, 15), |(r, c)| {
            let d = (r as f64 - 7.0).hypot(c as f64 - 7.0);
            (4.0..5.5).contains(&d)
        });
        let graph = BoundaryGraph::new(&ring, 3);
        assert_eq!((graph.junctions.len(), graph.edges.len()), (0, 1));
        assert!(graph.edges[0].junctions.is_empty());
        assert_eq!(graph.junction_distance_px()[[0, 0]], f64::INFINITY);
    }

    #[test]
    fn every_pixel_of_the_lines_is_a_boundarys_or_a_junctions() {
        let grid = Array2::from_shape_fn((33, 33), |(r, c)| r % 8 == 4 || c % 8 == 4);
        let graph = BoundaryGraph::new(&grid, 3);
        assert_eq!(graph.junctions.len(), 16);
        assert_eq!(graph.edges.len(), 40);
        let inside = graph.edges.iter().filter(|e| e.junctions.len() == 2).count();
        assert_eq!(inside, 24);
        let pixels: usize = graph.edges.iter().map(|e| e.pixels.len()).sum();
        let on = graph.line.iter().filter(|l| **l).count();
        assert!(on - pixels >= 16 && on - pixels <= 5 * 16, "{on} {pixels}");
    }
}

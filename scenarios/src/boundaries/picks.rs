//! Where a run measured, by the boundaries that a detector finds in its structure image.

use crate::run::{RunError, read_journal};
use crate::validate::statistics::intraclass::intraclass;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use tiptwin_core::boundaries::BoundaryGraph;
use tiptwin_core::boundaries::score::JUNCTION_PX;
use tiptwin_instrument::Pixel;
use tiptwin_instrument::log::Event;

/// A location counts as on a boundary up to this distance from its line, pixels.
pub const REACH_PX: usize = 1;

/// What a run measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Locations in their order with their values.
    pub at: Vec<(Pixel, f64)>,
    /// What was measured, for people.
    pub target: String,
    /// SI unit of the values; may be empty.
    pub unit: String,
    /// Window edge: locations nearer to the edge of the image than half of it were no candidates.
    pub window_px: usize,
}

/// Measurements on one boundary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OnEdge {
    /// Id of the boundary.
    pub edge: usize,
    /// Measurements on it.
    pub picks: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation; none for a single one.
    pub sd: Option<f64>,
}

/// Where the measurements lie.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picks {
    /// Usable measurements.
    pub measured: usize,
    /// Those on a boundary.
    pub on_boundaries: usize,
    /// Boundaries that were visited, the most visited first.
    pub edges: Vec<OnEdge>,
    /// Share of the values' variance that lies between boundaries (intraclass correlation); none without two boundaries and a second
    /// value on one.
    pub between_boundaries: Option<f64>,
    /// Share of the measurements on boundaries that lie near a junction, over the share of the boundaries' pixels that do.
    pub junction_enrichment: Option<f64>,
}

impl Measured {
    /// The measurements in the journal of a run folder.
    pub fn of_run(run: &Path) -> Result<Self, RunError> {
        let (events, _) = read_journal(run)?;
        let mut measured = Self { at: Vec::new(), target: String::new(), unit: String::new(), window_px: 1 };
        for event in events {
            match event {
                Event::Start(start) => {
                    measured.target = start.target.replace('_', " ");
                    measured.unit.clone_from(&start.target_unit);
                    measured.window_px = start.window_px;
                }
                Event::Measurement(m) => measured.at.push((m.pixel, m.value)),
                _ => {}
            }
        }
        Ok(measured)
    }

    /// Where they lie.
    pub fn picks(&self, graph: &BoundaryGraph) -> Picks {
        let junction = graph.junction_distance_px();
        let near = |row: usize, col: usize| junction[[row, col]] <= JUNCTION_PX;
        let (mut by_edge, mut on, mut at_junctions) = (BTreeMap::<usize, Vec<f64>>::new(), 0, 0);
        for (pixel, value) in &self.at {
            let edge = graph.nearest_edge(pixel.row, pixel.col, REACH_PX).map(|(edge, _)| edge);
            // A junction's own pixels belong to none of its boundaries.
            if edge.is_none() && !near(pixel.row, pixel.col) {
                continue;
            }
            on += 1;
            at_junctions += usize::from(near(pixel.row, pixel.col));
            if let Some(edge) = edge {
                by_edge.entry(edge).or_default().push(*value);
            }
        }
        let margin = self.window_px / 2;
        let (rows, cols) = graph.dim;
        let candidate = |r: usize, c: usize| r >= margin && c >= margin && r + margin <= rows && c + margin <= cols;
        let lines: Vec<bool> = graph
            .line
            .indexed_iter()
            .filter(|((r, c), l)| **l && candidate(*r, *c))
            .map(|((r, c), _)| near(r, c))
            .collect();
        let usual = lines.iter().filter(|n| **n).count() as f64 / lines.len().max(1) as f64;
        let groups: Vec<&Vec<f64>> = by_edge.values().collect();
        let between_boundaries = intraclass(&groups);
        let mut edges: Vec<OnEdge> = by_edge.iter().map(|(edge, values)| on_edge(*edge, values)).collect();
        edges.sort_by(|a, b| b.picks.cmp(&a.picks).then(a.edge.cmp(&b.edge)));
        Picks {
            measured: self.at.len(),
            on_boundaries: on,
            edges,
            between_boundaries,
            junction_enrichment: (on > 0 && usual > 0.0).then(|| at_junctions as f64 / on as f64 / usual),
        }
    }
}

fn on_edge(edge: usize, values: &[f64]) -> OnEdge {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.len() > 1).then(|| (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt());
    OnEdge { edge, picks: values.len(), mean, sd }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn measurements_are_counted_by_boundary_and_junction() {
        // One horizontal line across, one vertical from it downwards: three boundaries, one junction at (20, 20).
        let line = Array2::from_shape_fn((41, 41), |(r, c)| r == 20 || (c == 20 && r > 20));
        let graph = BoundaryGraph::new(&line, 4);
        assert_eq!((graph.edges.len(), graph.junctions.len()), (3, 1));
        let at = |row, col, value| (Pixel { row, col }, value);
        let values = vec![
            at(20, 5, 1.0),
            at(21, 8, 1.2),
            at(20, 35, 5.0),
            at(19, 33, 5.2),
            at(35, 20, 9.0),
            at(20, 20, 2.0),
            at(5, 5, 7.0),
        ];
        let measured = Measured { at: values, target: "x".into(), unit: String::new(), window_px: 1 };
        let picks = measured.picks(&graph);
        assert_eq!((picks.measured, picks.on_boundaries, picks.edges.len()), (7, 6, 3));
        // The pixel of the junction is one pixel beside a boundary, and goes to one of them.
        assert_eq!(picks.edges.iter().map(|e| e.picks).sum::<usize>(), 6);
        assert!(picks.between_boundaries.expect("three boundaries") > 0.8);
        // One of six, where 10 of the 61 pixels of the lines lie within three pixels of the junction.
        assert!((picks.junction_enrichment.expect("a junction") - (1.0 / 6.0) / (10.0 / 61.0)).abs() < 1e-12);
    }
}

//! Where a run measured, by the boundaries that a detector finds in its structure image.

use crate::run::{RunError, read_journal, target_title};
use crate::validate::statistics::intraclass::intraclass_interval;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use tiptwin_core::boundaries::BoundaryGraph;
use tiptwin_core::boundaries::thin::dilated;
use tiptwin_core::statistics::{Hypergeometric, quantile};
use tiptwin_instrument::Pixel;
use tiptwin_instrument::log::Event;

/// A location counts as on a boundary up to this distance from its line, pixels.
pub const REACH_PX: usize = 1;

/// A location counts as near a junction up to this distance, pixels: half of the pixels of boundaries do where grains are ten pixels large.
pub const NEAR_JUNCTION_PX: f64 = 2.0;

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
    /// Locations on it that could be measured.
    pub locations: usize,
    /// Measurements on it.
    pub picks: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation; none for a single one.
    pub sd: Option<f64>,
    /// What was measured, in the order of the run.
    pub values: Vec<f64>,
}

/// Where the measurements lie, boundary by boundary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picks {
    /// What that comes to.
    #[serde(flatten)]
    pub numbers: PickNumbers,
    /// Boundaries that were visited, the most visited first.
    pub edges: Vec<OnEdge>,
    /// Distance from the nearest junction of every location and of every measurement on boundaries, pixels; infinite without junctions.
    #[serde(skip)]
    pub from_junction_px: (Vec<f64>, Vec<f64>),
}

/// Where the measurements lie, in numbers. Chance is the same number of different locations drawn at random from all on boundaries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickNumbers {
    /// Usable measurements.
    pub measured: usize,
    /// Those on a boundary.
    pub on_boundaries: usize,
    /// Locations on boundaries that could be measured.
    pub locations: usize,
    /// Boundaries with such a location.
    pub boundaries: usize,
    /// Boundaries that were visited.
    pub boundaries_visited: usize,
    /// How many chance would visit: mean and standard deviation; none without measurements on boundaries.
    pub visited_by_chance: Option<(f64, f64)>,
    /// How alike values of one boundary are; none without two boundaries and a second value on one.
    pub between_boundaries: Option<Between>,
    /// How often they lie near junctions; none without measurements on boundaries or without a location near a junction.
    pub junctions: Option<AtJunctions>,
}

/// Variation between boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Between {
    /// Share of the variance that lies between boundaries (intraclass correlation).
    pub intraclass: f64,
    /// Lower end of its 95 % interval for normal values.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether it is that of the logarithms ([`logarithmic`]).
    pub of_logarithms: bool,
    /// Values it is made of.
    pub values: usize,
    /// Boundaries with more than one of them.
    pub repeated: usize,
}

/// Measurements near junctions among those on boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtJunctions {
    /// Measurements near a junction.
    pub picks: usize,
    /// Share of the locations on boundaries that lie near one: the base rate.
    pub base_rate: f64,
    /// Share of the measurements over that.
    pub enrichment: f64,
    /// How probable so unequal a share is by chance, two-sided (hypergeometric).
    pub p: f64,
}

impl PickNumbers {
    /// In one line, for a terminal.
    pub fn words(&self) -> String {
        let mut text = format!(
            "{} of {} measurements on {} of {} boundaries",
            self.on_boundaries, self.measured, self.boundaries_visited, self.boundaries
        );
        if let Some((mean, sd)) = self.visited_by_chance {
            let _ = write!(text, " (random ones: {mean:.0} ± {sd:.0})");
        }
        if let Some(b) = &self.between_boundaries {
            let of = if b.of_logarithms { " of logarithms" } else { "" };
            let (value, low, high) = (b.intraclass, b.low, b.high);
            let _ = write!(text, "; intraclass correlation{of} {value:.2} ({low:.2} to {high:.2})");
        }
        if let Some(j) = &self.junctions {
            let (picks, base, times, p) = (j.picks, 100.0 * j.base_rate, j.enrichment, j.p);
            let _ = write!(
                text,
                "; {picks} near junctions, {times:.2} times as often as chance (base rate {base:.0} %, p = {p:.1e})"
            );
        }
        text
    }
}

impl Measured {
    /// The measurements in the journal of a run folder.
    pub fn of_run(run: &Path) -> Result<Self, RunError> {
        let (events, _) = read_journal(run)?;
        let mut measured = Self { at: Vec::new(), target: String::new(), unit: String::new(), window_px: 1 };
        for event in events {
            match event {
                Event::Start(start) => {
                    measured.target = target_title(&start);
                    measured.unit.clone_from(&start.target_unit);
                    measured.window_px = start.window_px;
                }
                Event::Measurement(m) => measured.at.push((m.pixel, m.value)),
                _ => {}
            }
        }
        Ok(measured)
    }

    /// Where they lie on boundaries, which reach so many pixels to both sides of their lines. `open` says which pixels could be measured, where that was
    /// not all that are farther from the edge than half a window.
    pub fn picks(&self, graph: &BoundaryGraph, open: Option<&Array2<bool>>, reach_px: usize) -> Picks {
        let junction = graph.junction_distance_px();
        let near = |at: (usize, usize)| junction[at] <= NEAR_JUNCTION_PX;
        let edge_at = |(row, col)| graph.nearest_edge(row, col, reach_px).map(|(edge, _)| edge);
        let on = dilated(&graph.line, reach_px * reach_px);
        let (before, (rows, cols)) = (self.window_px / 2, graph.dim);
        let after = self.window_px - before;
        let inside = |&(r, c): &(usize, usize)| r >= before && c >= before && r + after <= rows && c + after <= cols;
        let locations: Vec<(usize, usize)> = on
            .indexed_iter()
            .filter(|(at, on)| **on && open.is_none_or(|open| open[*at]))
            .map(|(at, _)| at)
            .filter(inside)
            .collect();
        // A junction's own pixels belong to none of its boundaries.
        let mut sizes = BTreeMap::<usize, usize>::new();
        locations.iter().filter_map(|at| edge_at(*at)).for_each(|edge| *sizes.entry(edge).or_default() += 1);
        let measured: Vec<((usize, usize), f64)> =
            self.at.iter().map(|(p, v)| ((p.row, p.col), *v)).filter(|(at, _)| on[*at]).collect();
        let mut by_edge = BTreeMap::<usize, Vec<f64>>::new();
        for (at, value) in &measured {
            if let Some(edge) = edge_at(*at) {
                by_edge.entry(edge).or_default().push(*value);
            }
        }
        let groups: Vec<&Vec<f64>> = by_edge.values().collect();
        let (drawn, near_junctions) = (measured.len(), locations.iter().filter(|at| near(**at)).count());
        let chance = Hypergeometric::new(locations.len());
        // Measurements off the locations are possible where another detector than the run's was asked: chance says nothing then.
        let comparable = drawn > 0 && measured.iter().all(|(at, _)| inside(at) && open.is_none_or(|open| open[*at]));
        let sizes_alone: Vec<usize> = sizes.values().copied().collect();
        let numbers = PickNumbers {
            measured: self.at.len(),
            on_boundaries: drawn,
            locations: locations.len(),
            boundaries: sizes.len(),
            boundaries_visited: by_edge.len(),
            visited_by_chance: comparable.then(|| chance.groups_visited(drawn, &sizes_alone)),
            between_boundaries: between(&groups),
            junctions: (comparable && near_junctions > 0).then(|| {
                let picks = measured.iter().filter(|(at, _)| near(*at)).count();
                let base_rate = near_junctions as f64 / locations.len() as f64;
                let enrichment = picks as f64 / drawn as f64 / base_rate;
                AtJunctions { picks, base_rate, enrichment, p: chance.two_sided(picks, drawn, near_junctions) }
            }),
        };
        let mut edges: Vec<OnEdge> = by_edge
            .into_iter()
            .map(|(edge, values)| on_edge(edge, sizes.get(&edge).copied().unwrap_or(0), values))
            .collect();
        edges.sort_by(|a, b| b.picks.cmp(&a.picks).then(a.edge.cmp(&b.edge)));
        let distances = |at: &mut dyn Iterator<Item = (usize, usize)>| at.map(|at| junction[at]).collect::<Vec<f64>>();
        let from_junction_px =
            (distances(&mut locations.iter().copied()), distances(&mut measured.iter().map(|(at, _)| *at)));
        Picks { numbers, edges, from_junction_px }
    }
}

/// Whether values are looked at by their logarithms: all are positive, and the middle nine tenths of them span more than a decade.
pub fn logarithmic(values: &[f64]) -> bool {
    values.iter().all(|v| *v > 0.0) && quantile(values, 0.95) > 10.0 * quantile(values, 0.05)
}

fn between(groups: &[&Vec<f64>]) -> Option<Between> {
    let of_logarithms = logarithmic(&groups.iter().flat_map(|g| g.iter().copied()).collect::<Vec<_>>());
    let scaled = |v: f64| if of_logarithms { v.ln() } else { v };
    let scaled: Vec<Vec<f64>> = groups.iter().map(|g| g.iter().map(|v| scaled(*v)).collect()).collect();
    let found = intraclass_interval(&scaled, 0.95)?;
    Some(Between {
        intraclass: found.estimate,
        low: found.low,
        high: found.high,
        of_logarithms,
        values: groups.iter().map(|g| g.len()).sum(),
        repeated: groups.iter().filter(|g| g.len() > 1).count(),
    })
}

fn on_edge(edge: usize, locations: usize, values: Vec<f64>) -> OnEdge {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.len() > 1).then(|| (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt());
    OnEdge { edge, locations, picks: values.len(), mean, sd, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One horizontal line across, one vertical from it downwards: three boundaries, one junction at (20, 20).
    fn graph() -> BoundaryGraph {
        let line = Array2::from_shape_fn((41, 41), |(r, c)| r == 20 || (c == 20 && r > 20));
        BoundaryGraph::new(&line, 4)
    }

    fn measured() -> Measured {
        let at = |row, col, value| (Pixel { row, col }, value);
        let at = vec![
            at(20, 5, 1.0),
            at(21, 8, 1.2),
            at(20, 35, 5.0),
            at(19, 33, 5.2),
            at(35, 20, 9.0),
            at(20, 20, 2.0),
            at(5, 5, 7.0),
            // Near the junction and inside a grain.
            at(18, 20, 3.0),
        ];
        Measured { at, target: "x".into(), unit: String::new(), window_px: 1 }
    }

    #[test]
    fn measurements_are_counted_by_boundary_and_junction() {
        let graph = graph();
        assert_eq!((graph.edges.len(), graph.junctions.len()), (3, 1));
        let picks = measured().picks(&graph, None, REACH_PX);
        let n = &picks.numbers;
        assert_eq!((n.measured, n.on_boundaries, n.boundaries, n.boundaries_visited), (8, 6, 3, 3));
        // The pixel of the junction is one pixel beside a boundary, and goes to one of them.
        assert_eq!(picks.edges.iter().map(|e| e.picks).sum::<usize>(), 6);
        let between = n.between_boundaries.expect("three boundaries");
        assert!(between.intraclass > 0.7 && between.low < between.intraclass && between.high <= 1.0, "{between:?}");
        assert!(!between.of_logarithms && between.values == 6);
        // The horizontal band has 3 × 41 pixels, the vertical one below it 3 × 19.
        assert_eq!(n.locations, 3 * 41 + 3 * 19);
        // Within two pixels of the junction lie 5 of row 20, 3 each of rows 19 and 21, and 1 of row 22.
        let junctions = n.junctions.expect("a junction");
        assert!((junctions.base_rate - 12.0 / 180.0).abs() < 1e-12, "{junctions:?}");
        assert!((junctions.enrichment - (1.0 / 6.0) / (12.0 / 180.0)).abs() < 1e-12);
        // scipy: 2 * hypergeom.sf(0, 180, 12, 6).
        assert_eq!(junctions.picks, 1);
        assert!((junctions.p - 0.685_956_591_756_753).abs() < 1e-9, "{junctions:?}");
        assert_eq!((picks.from_junction_px.0.len(), picks.from_junction_px.1[5]), (180, 0.0));
    }

    #[test]
    fn only_open_locations_are_what_chance_draws_from() {
        let (graph, mut measured) = (graph(), measured());
        measured.at.truncate(1);
        let picks = measured.picks(&graph, Some(&graph.line), REACH_PX);
        assert_eq!((picks.numbers.locations, picks.numbers.boundaries), (61, 3));
        let (mean, sd) = picks.numbers.visited_by_chance.expect("one measurement");
        assert!((mean - 1.0).abs() < 1e-9 && sd < 1e-4, "one location lies on one boundary: {mean} ± {sd}");
        assert_eq!(picks.numbers.between_boundaries, None);
        // A window of 10 pixels keeps the outermost five away.
        measured.window_px = 10;
        assert_eq!(measured.picks(&graph, Some(&graph.line), REACH_PX).numbers.locations, 32 + 16);
        measured.at.clear();
        let none = measured.picks(&graph, None, REACH_PX).numbers;
        assert_eq!((none.visited_by_chance, none.junctions), (None, None));
    }
}

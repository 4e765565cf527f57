//! The tessellation as an exact vector structure that can be asked at any point.
//!
//! Built once per film from Poisson points, two Lloyd steps and log-normal radii; equivalent diameters come out
//! log-normal with σ ≈ 0.41 for a radius σ of 0.35, which is what is reported for perovskite films.

use super::index::Index;
use super::power_diagram::{Cell, UNCUT, lloyd_step, power_diagram};
use super::torus::{Point, wrap_point};
use crate::error::SimError;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use std::collections::BTreeMap;

/// A straight side of a grain, seen from the grain: n·x ≤ offset inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Side {
    pub(crate) normal: Point,
    pub(crate) offset: f64,
    pub(crate) edge: usize,
}

/// A grain: where its generating point is, its weight, and its sides relative to that point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GrainCell {
    pub(crate) point: Point,
    pub(crate) weight: f64,
    pub(crate) area_m2: f64,
    pub(crate) centroid: Point,
    pub(crate) sides: Vec<Side>,
}

/// A straight boundary from `start` along `run`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) start: Point,
    pub(crate) run: Point,
    pub(crate) grains: [usize; 2],
    pub(crate) vertices: [usize; 2],
}

/// A triple junction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Corner {
    pub(crate) point: Point,
    pub(crate) grains: [usize; 3],
}

/// Grains, boundaries and junctions of a torus with straight sides.
#[derive(Clone, Debug)]
pub(crate) struct Structure {
    pub(crate) side: f64,
    pub(crate) grains: Vec<GrainCell>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) corners: Vec<Corner>,
    pub(crate) index: Index,
    /// Whether junctions were moved: then grains are found by their sides, not by power distances.
    pub(crate) moved: bool,
}

impl Structure {
    /// Draws the Voronoi tessellation of about `grains` Poisson points.
    pub(crate) fn draw_poisson(side: f64, grains: usize, rng: &mut impl Rng) -> Result<Self, SimError> {
        let points: Vec<Point> =
            (0..grains).map(|_| [side * rng.random::<f64>(), side * rng.random::<f64>()]).collect();
        Self::from_weighted_points(&points, &vec![0.0; grains], side)
    }

    /// Draws a tessellation of about `grains` grains with log-normal radii.
    pub(crate) fn draw(side: f64, grains: usize, radius_sigma: f64, rng: &mut impl Rng) -> Result<Self, SimError> {
        let mut points: Vec<Point> =
            (0..grains).map(|_| [side * rng.random::<f64>(), side * rng.random::<f64>()]).collect();
        for _ in 0..2 {
            lloyd_step(&mut points, side);
        }
        // Discs of these radii would cover the film once.
        let rms_radius = side / (std::f64::consts::PI * grains as f64).sqrt();
        let weights: Vec<f64> = (0..grains)
            .map(|_| {
                let z: f64 = StandardNormal.sample(rng);
                let radius = rms_radius * (radius_sigma * z - radius_sigma * radius_sigma).exp();
                radius * radius
            })
            .collect();
        Self::from_weighted_points(&points, &weights, side)
    }

    /// The tessellation of given points (m) and weights (m²).
    pub(crate) fn from_weighted_points(points: &[Point], weights: &[f64], side: f64) -> Result<Self, SimError> {
        let cells = power_diagram(points, weights, side);
        let mut id = vec![UNCUT; points.len()];
        let kept: Vec<usize> = (0..points.len()).filter(|&i| !cells[i].corners.is_empty()).collect();
        for (new, &old) in kept.iter().enumerate() {
            id[old] = new;
        }
        let mut joints = Joints::default();
        let mut grains = Vec::with_capacity(kept.len());
        for (grain, &old) in kept.iter().enumerate() {
            let cell = &cells[old];
            let neighbours: Vec<usize> =
                cell.neighbours.iter().map(|&n| if n == UNCUT { UNCUT } else { id[n] }).collect();
            if neighbours.contains(&UNCUT) {
                return Err(SimError::Degenerate { grain });
            }
            let edges = joints.add(grain, cell, &neighbours, points[old], side);
            let (area_m2, centroid) = cell.area_centroid();
            let sides = edges.iter().enumerate().map(|(k, &edge)| side_of(cell, k, edge)).collect();
            grains.push(GrainCell { point: points[old], weight: weights[old], area_m2, centroid, sides });
        }
        let (segments, corners) = joints.finish(grains.len())?;
        Ok(Self::from_parts(side, grains, segments, corners, false))
    }

    /// A structure whose grains, boundaries and junctions already know each other.
    pub(crate) fn from_parts(
        side: f64,
        grains: Vec<GrainCell>,
        segments: Vec<Segment>,
        corners: Vec<Corner>,
        moved: bool,
    ) -> Self {
        let index = Index::new(side, &grains, &segments, &corners);
        Self { side, grains, segments, corners, index, moved }
    }
}

fn side_of(cell: &Cell, k: usize, edge: usize) -> Side {
    let a = cell.corners[k];
    let b = cell.corners[(k + 1) % cell.corners.len()];
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
    // Counter-clockwise corners have the outside on the right of the way.
    let normal = [dy / length, -dx / length];
    Side { normal, offset: normal[0] * a[0] + normal[1] * a[1], edge }
}

/// Recognises the same corner and the same side when it is met from another grain.
#[derive(Default)]
struct Joints {
    corner_of: BTreeMap<[usize; 3], usize>,
    segment_of: BTreeMap<[usize; 2], usize>,
    corners: Vec<Corner>,
    segments: Vec<Segment>,
    corner_visits: Vec<usize>,
    segment_visits: Vec<usize>,
}

impl Joints {
    fn add(&mut self, grain: usize, cell: &Cell, neighbours: &[usize], point: Point, side: f64) -> Vec<usize> {
        let n = neighbours.len();
        let at = |k: usize| [point[0] + cell.corners[k % n][0], point[1] + cell.corners[k % n][1]];
        let vertices: Vec<usize> = (0..n)
            .map(|k| {
                let mut key = [grain, neighbours[(k + n - 1) % n], neighbours[k]];
                key.sort_unstable();
                let vertex = *self.corner_of.entry(key).or_insert_with(|| {
                    self.corners.push(Corner { point: wrap_point(at(k), side), grains: key });
                    self.corner_visits.push(0);
                    self.corners.len() - 1
                });
                self.corner_visits[vertex] += 1;
                vertex
            })
            .collect();
        (0..n)
            .map(|k| {
                let key = [grain.min(neighbours[k]), grain.max(neighbours[k])];
                let segment = *self.segment_of.entry(key).or_insert_with(|| {
                    let (a, b) = (at(k), at(k + 1));
                    self.segments.push(Segment {
                        start: wrap_point(a, side),
                        run: [b[0] - a[0], b[1] - a[1]],
                        grains: key,
                        vertices: [vertices[k], vertices[(k + 1) % n]],
                    });
                    self.segment_visits.push(0);
                    self.segments.len() - 1
                });
                self.segment_visits[segment] += 1;
                segment
            })
            .collect()
    }

    /// Every junction must have been met from three grains and every boundary from two.
    fn finish(self, grains: usize) -> Result<(Vec<Segment>, Vec<Corner>), SimError> {
        let odd = self.corner_visits.iter().position(|&visits| visits != 3).map(|v| self.corners[v].grains[0]);
        let odd = odd.or(self.segment_visits.iter().position(|&v| v != 2).map(|s| self.segments[s].grains[0]));
        if let Some(grain) = odd {
            return Err(SimError::Degenerate { grain });
        }
        if self.corners.len() != 2 * grains || self.segments.len() != 3 * grains {
            return Err(SimError::Degenerate { grain: 0 });
        }
        Ok((self.segments, self.corners))
    }
}

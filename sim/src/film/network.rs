//! Grains, boundaries and junctions as a planar network on a torus, without the means to look places up in it.
//!
//! Every generator ([`super::power_diagram`], [`super::johnson_mehl`]) gives the [`Outline`] of each grain; the network is what the
//! outlines share: junctions that were met from three grains, and boundaries that were met from two.

use super::torus::{Point, displacement, wrap_point};
use crate::error::SimError;
use std::collections::BTreeMap;

/// A neighbour that no grain has cut yet; left over only where the torus is too small.
pub(crate) const UNCUT: usize = usize::MAX;

/// A grain as a generator gives it: its sides counter-clockwise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outline {
    /// The point that the sides are relative to.
    pub(crate) origin: Point,
    pub(crate) sides: Vec<OutlineSide>,
}

/// One side of an outline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutlineSide {
    /// The grain on the other side.
    pub(crate) neighbour: usize,
    /// From the first corner up to, and without, the next one.
    pub(crate) path: Vec<Point>,
}

/// A triple junction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Corner {
    pub(crate) point: Point,
    /// In rising order.
    pub(crate) grains: [usize; 3],
}

/// A boundary: its points from junction to junction.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// The grains on the left and on the right of the way.
    pub(super) sides: [usize; 2],
    pub(super) vertices: [usize; 2],
    pub(super) points: Vec<Point>,
}

/// Boundaries, junctions and, for every grain, its boundaries counter-clockwise.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(super) side: f64,
    pub(super) around: Vec<Vec<usize>>,
    pub(super) paths: Vec<Path>,
    pub(super) corners: Vec<Corner>,
}

impl Network {
    /// The network of outlines; grains without sides are left out. Refuses outlines that do not fit together.
    pub(crate) fn from_outlines(outlines: &[Outline], side: f64) -> Result<Self, SimError> {
        let mut id = vec![UNCUT; outlines.len()];
        let kept: Vec<usize> = (0..outlines.len()).filter(|&i| !outlines[i].sides.is_empty()).collect();
        for (new, &old) in kept.iter().enumerate() {
            id[old] = new;
        }
        let mut joints = Joints { side, ..Joints::default() };
        let mut around = Vec::with_capacity(kept.len());
        for (grain, &old) in kept.iter().enumerate() {
            let known = |n: usize| if n == UNCUT { UNCUT } else { id[n] };
            let neighbours: Vec<usize> = outlines[old].sides.iter().map(|s| known(s.neighbour)).collect();
            if neighbours.len() < 2 || neighbours.contains(&UNCUT) {
                return Err(SimError::Degenerate { grain });
            }
            around.push(joints.add(grain, &outlines[old], &neighbours));
        }
        joints.check(kept.len())?;
        Ok(Self { side, around, paths: joints.found, corners: joints.corners })
    }

    /// The straight runs around a grain, counter-clockwise; they close.
    pub(super) fn runs(&self, grain: usize) -> impl Iterator<Item = (Point, Point)> {
        self.around[grain].iter().flat_map(move |&e| {
            let path = &self.paths[e];
            let last = path.points.len() - 1;
            let forward = path.sides[0] == grain;
            (0..last).map(move |k| {
                let (from, to) = if forward { (k, k + 1) } else { (last - k, last - k - 1) };
                (path.points[from], displacement(path.points[from], path.points[to], self.side))
            })
        })
    }

    /// Area in m² and centroid of a grain, by the shoelace formula.
    pub(super) fn area_centroid(&self, grain: usize) -> (f64, Point) {
        let (mut twice, mut moment) = (0.0, [0.0, 0.0]);
        let (mut origin, mut at) = (None, [0.0, 0.0]);
        for (start, run) in self.runs(grain) {
            origin.get_or_insert(start);
            let next = [at[0] + run[0], at[1] + run[1]];
            let cross = at[0] * next[1] - at[1] * next[0];
            twice += cross;
            moment = [moment[0] + cross * (at[0] + next[0]), moment[1] + cross * (at[1] + next[1])];
            at = next;
        }
        let origin = origin.unwrap_or([0.0, 0.0]);
        let centre = [0, 1].map(|k| origin[k] + if twice > 0.0 { moment[k] / (3.0 * twice) } else { 0.0 });
        (0.5 * twice, wrap_point(centre, self.side))
    }
}

impl Path {
    /// Length, m.
    pub(super) fn length_m(&self, side: f64) -> f64 {
        let length = |pair: &[Point]| {
            let d = displacement(pair[0], pair[1], side);
            d[0].hypot(d[1])
        };
        self.points.windows(2).map(length).sum()
    }

    /// The points at shares of its length, in rising order.
    pub(super) fn cut(&self, shares: &[f64], side: f64) -> Vec<Point> {
        let mut along = Vec::with_capacity(self.points.len());
        let mut length = 0.0;
        for pair in self.points.windows(2) {
            let run = displacement(pair[0], pair[1], side);
            along.push((length, pair[0], run));
            length += (run[0] * run[0] + run[1] * run[1]).sqrt();
        }
        let mut piece = 0;
        let at = |share: &f64| {
            let target = share * length;
            while piece + 1 < along.len() && along[piece + 1].0 <= target {
                piece += 1;
            }
            let (before, start, run) = along[piece];
            let size = (run[0] * run[0] + run[1] * run[1]).sqrt();
            let t = if size > 0.0 { (target - before) / size } else { 0.0 };
            [start[0] + t * run[0], start[1] + t * run[1]]
        };
        shares.iter().map(at).collect()
    }
}

/// Corners of the same three grains closer than this are the same corner, met from another grain; m.
const SAME_CORNER_M: f64 = 1e-11;

/// Recognises the same corner and the same side when it is met from another grain.
#[derive(Default)]
struct Joints {
    side: f64,
    /// Three grains can meet twice, at both ends of a lens-shaped one.
    corners_of: BTreeMap<[usize; 3], Vec<usize>>,
    edge_of: BTreeMap<[usize; 4], usize>,
    corners: Vec<Corner>,
    found: Vec<Path>,
    corner_visits: Vec<usize>,
    edge_visits: Vec<usize>,
}

impl Joints {
    /// The edges around a grain, in the order of its sides.
    fn add(&mut self, grain: usize, outline: &Outline, neighbours: &[usize]) -> Vec<usize> {
        let n = neighbours.len();
        let on_torus = |p: Point| [outline.origin[0] + p[0], outline.origin[1] + p[1]];
        let vertices: Vec<usize> = (0..n)
            .map(|k| {
                let mut grains = [grain, neighbours[(k + n - 1) % n], neighbours[k]];
                grains.sort_unstable();
                self.corner(grains, wrap_point(on_torus(outline.sides[k].path[0]), self.side))
            })
            .collect();
        (0..n)
            .map(|k| {
                let (a, b) = (vertices[k], vertices[(k + 1) % n]);
                let key = [grain.min(neighbours[k]), grain.max(neighbours[k]), a.min(b), a.max(b)];
                let edge = *self.edge_of.entry(key).or_insert_with(|| {
                    let mut points: Vec<Point> = outline.sides[k].path.iter().map(|&p| on_torus(p)).collect();
                    // Both ends are the corners as all grains know them, so that the network closes to the last bit.
                    points[0] = self.corners[a].point;
                    points.push(self.corners[b].point);
                    self.found.push(Path { sides: [grain, neighbours[k]], vertices: [a, b], points });
                    self.edge_visits.push(0);
                    self.found.len() - 1
                });
                self.edge_visits[edge] += 1;
                edge
            })
            .collect()
    }

    fn corner(&mut self, grains: [usize; 3], point: Point) -> usize {
        let known = self.corners_of.entry(grains).or_default();
        let same = known.iter().copied().find(|&c| {
            let d = displacement(self.corners[c].point, point, self.side);
            d[0].hypot(d[1]) < SAME_CORNER_M
        });
        let corner = same.unwrap_or_else(|| {
            known.push(self.corners.len());
            self.corners.push(Corner { point, grains });
            self.corner_visits.push(0);
            self.corners.len() - 1
        });
        self.corner_visits[corner] += 1;
        corner
    }

    /// Every junction must have been met from three grains and every boundary from two, and the network must be that of a torus.
    fn check(&self, grains: usize) -> Result<(), SimError> {
        let odd = self.corner_visits.iter().position(|&visits| visits != 3).map(|v| self.corners[v].grains[0]);
        let odd = odd.or(self.edge_visits.iter().position(|&v| v != 2).map(|e| self.found[e].sides[0]));
        if let Some(grain) = odd {
            return Err(SimError::Degenerate { grain });
        }
        if self.corners.len() != 2 * grains || self.found.len() != 3 * grains {
            return Err(SimError::Degenerate { grain: 0 });
        }
        Ok(())
    }
}

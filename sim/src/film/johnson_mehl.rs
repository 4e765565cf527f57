//! Johnson–Mehl tessellation: grains nucleate at random times wherever there is still room, and grow at one speed until they meet.
//!
//! A location x belongs to the nucleus i that reaches it first, the smallest `|x − pᵢ| + v tᵢ`. Lengths are in units of the growth,
//! so v = 1 and the delays `wᵢ = v tᵢ` are lengths. Seen from pᵢ in the direction θ, the boundary with a nucleus at displacement d and
//! with a delay larger by −δ lies at
//!
//! ```text
//! 1/r = 2 (d·(cos θ, sin θ) + δ)/(|d|² − δ²),    δ = wᵢ − wⱼ
//! ```
//!
//! a branch of a hyperbola, and a sinusoid in θ. A grain is therefore the upper envelope of sinusoids, which is found exactly: two of them
//! cross at most twice. Grains are star-shaped, boundaries curved, and grains with two or three sides are common.
//!
//! Source: W. A. Johnson & R. F. Mehl, Trans. AIME 135, 416 (1939); the number of grains per area of the rate I and the speed v,
//! `Γ(4/3) (3/π)^(1/3) (I/v)^(2/3)`, from J. L. Meijering, Philips Res. Rep. 8, 270 (1953). Ignores impingement of the film's faces.

use super::network::{Outline, OutlineSide, UNCUT};
use super::power_diagram::ring_offsets;
use super::torus::{Point, displacement};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Poisson};
use std::f64::consts::{PI, TAU};

/// Γ(4/3).
const GAMMA_4_3: f64 = 0.892_979_511_569_249_2;
/// The film is taken as full when this much of it, exp(−25), is left on average.
const LEFT_OPEN: f64 = 25.0;
/// A curved boundary leaves its straight pieces by at most this, m.
const SAGITTA_M: f64 = 0.2e-9;

/// A nucleus and its delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Nucleus {
    pub(super) point: Point,
    pub(super) delay_m: f64,
}

/// Nuclei that are not yet overgrown when they appear, about `grains` of them, in the order of their appearance.
pub(super) fn nuclei(side: f64, grains: usize, rng: &mut impl Rng) -> Vec<Nucleus> {
    let per_m2 = grains as f64 / (side * side);
    let rate = (per_m2 / (GAMMA_4_3 * (3.0 / PI).cbrt())).powf(1.5);
    let last = (3.0 * LEFT_OPEN / (PI * rate)).cbrt();
    let expected = rate * last * side * side;
    let count = Poisson::new(expected).map_or(0, |law| {
        let drawn: f64 = law.sample(rng);
        drawn as usize
    });
    let mut candidates: Vec<Nucleus> = (0..count)
        .map(|_| Nucleus {
            point: [side * rng.random::<f64>(), side * rng.random::<f64>()],
            delay_m: last * rng.random::<f64>(),
        })
        .collect();
    candidates.sort_unstable_by(|a, b| a.delay_m.total_cmp(&b.delay_m));
    let mut grown = Nuclei::new(side, grains);
    for new in candidates {
        let overgrown =
            grown.within(new.point, new.delay_m).any(|(_, old, d)| d[0].hypot(d[1]) <= new.delay_m - old.delay_m);
        if !overgrown {
            grown.push(new);
        }
    }
    grown.all
}

/// The grains of nuclei none of which is overgrown.
pub(super) fn outlines(nuclei: &[Nucleus], side: f64) -> Vec<Outline> {
    let mut near = Nuclei::new(side, nuclei.len());
    for &nucleus in nuclei {
        near.push(nucleus);
    }
    nuclei
        .iter()
        .enumerate()
        .map(|(i, nucleus)| {
            let envelope = envelope(i, nucleus, &near);
            Outline { origin: nucleus.point, sides: envelope.sides() }
        })
        .collect()
}

fn envelope(i: usize, nucleus: &Nucleus, near: &Nuclei) -> Envelope {
    let mut envelope = Envelope::new(2.0 / near.side);
    for ring in 0..=near.per_side as isize / 2 {
        for (j, other, d) in near.ring(nucleus.point, ring).filter(|&(j, ..)| j != i) {
            envelope.insert(j, Sinusoid::between(d, nucleus.delay_m - other.delay_m));
        }
        // What lies farther than this ring is reached half-way at best, later by the delay of the first nucleus.
        let nearest = ring as f64 * near.cell_m;
        if 0.5 * (nearest - (nucleus.delay_m - near.earliest_m)) > envelope.extent_m() {
            break;
        }
    }
    envelope
}

/// `1/r = a cos θ + b sin θ + c`.
#[derive(Clone, Copy, Debug)]
struct Sinusoid {
    a: f64,
    b: f64,
    c: f64,
}

impl Sinusoid {
    fn between(d: Point, delay_m: f64) -> Self {
        let scale = 2.0 / (d[0] * d[0] + d[1] * d[1] - delay_m * delay_m);
        Self { a: scale * d[0], b: scale * d[1], c: scale * delay_m }
    }

    fn at(&self, angle: f64) -> f64 {
        let (sin, cos) = angle.sin_cos();
        self.a * cos + self.b * sin + self.c
    }

    /// Where the first exceeds the second: middle and half width of an interval of angles; a half width of π is everywhere, a negative
    /// one nowhere.
    fn above(&self, other: &Self) -> (f64, f64) {
        let (a, b, c) = (self.a - other.a, self.b - other.b, self.c - other.c);
        let size = a.hypot(b);
        if c.abs() >= size {
            return (0.0, if c > 0.0 { PI } else { -1.0 });
        }
        (b.atan2(a), (-c / size).acos())
    }
}

/// One neighbour's share of the directions.
#[derive(Clone, Copy, Debug)]
struct Arc {
    neighbour: usize,
    law: Sinusoid,
    start: f64,
    width: f64,
}

/// The neighbours around a nucleus, by direction.
#[derive(Clone, Debug)]
struct Envelope {
    arcs: Vec<Arc>,
}

impl Envelope {
    /// Nothing but a circle.
    fn new(per_radius: f64) -> Self {
        let law = Sinusoid { a: 0.0, b: 0.0, c: per_radius };
        Self { arcs: vec![Arc { neighbour: UNCUT, law, start: 0.0, width: TAU }] }
    }

    fn insert(&mut self, neighbour: usize, law: Sinusoid) {
        let mut changed = false;
        let mut arcs: Vec<Arc> = Vec::with_capacity(self.arcs.len() + 2);
        for arc in &self.arcs {
            let (middle, half) = law.above(&arc.law);
            // Offsets from the arc's start at which one of the two takes over.
            let mut cuts = vec![0.0, arc.width];
            if half > 0.0 && half < PI {
                let crossings = [middle - half, middle + half].map(|angle| (angle - arc.start).rem_euclid(TAU));
                cuts.extend(crossings.into_iter().filter(|&c| c > 0.0 && c < arc.width));
                cuts.sort_unstable_by(f64::total_cmp);
            }
            for pair in cuts.windows(2) {
                let centre = arc.start + 0.5 * (pair[0] + pair[1]);
                let wins = half > 0.0 && (half >= PI || law.at(centre) > arc.law.at(centre));
                changed |= wins;
                let (neighbour, law) = if wins { (neighbour, law) } else { (arc.neighbour, arc.law) };
                let (start, width) = (arc.start + pair[0], pair[1] - pair[0]);
                match arcs.last_mut() {
                    Some(last) if last.neighbour == neighbour => last.width += width,
                    _ => arcs.push(Arc { neighbour, law, start, width }),
                }
            }
        }
        if !changed {
            return;
        }
        // The list is a ring: its end and its beginning may be one arc.
        if arcs.len() > 1 && arcs[0].neighbour == arcs[arcs.len() - 1].neighbour {
            let last = arcs.swap_remove(arcs.len() - 1);
            arcs[0] = Arc { start: last.start, width: last.width + arcs[0].width, ..arcs[0] };
        }
        self.arcs = arcs;
    }

    /// Distance of the farthest corner.
    fn extent_m(&self) -> f64 {
        self.arcs.iter().map(|a| 1.0 / a.law.at(a.start).min(a.law.at(a.start + a.width))).fold(0.0, f64::max)
    }

    fn sides(&self) -> Vec<OutlineSide> {
        self.arcs
            .iter()
            .map(|arc| {
                let mut path = vec![point(arc, 0.0)];
                bisect(arc, (0.0, path[0]), (arc.width, point(arc, arc.width)), &mut path);
                path.pop();
                OutlineSide { neighbour: arc.neighbour, path }
            })
            .collect()
    }
}

fn point(arc: &Arc, offset: f64) -> Point {
    let angle = arc.start + offset;
    let (sin, cos) = angle.sin_cos();
    let r = 1.0 / arc.law.at(angle);
    [r * cos, r * sin]
}

/// Adds what lies between two points of an arc, and the second of them, so densely that straight pieces stay within the sagitta.
fn bisect(arc: &Arc, from: (f64, Point), to: (f64, Point), path: &mut Vec<Point>) {
    let offset = 0.5 * (from.0 + to.0);
    let middle = point(arc, offset);
    let (run, half) = ([to.1[0] - from.1[0], to.1[1] - from.1[1]], [middle[0] - from.1[0], middle[1] - from.1[1]]);
    let length = run[0].hypot(run[1]);
    let sagitta = if length > 0.0 { (run[0] * half[1] - run[1] * half[0]).abs() / length } else { 0.0 };
    if sagitta > SAGITTA_M {
        bisect(arc, from, (offset, middle), path);
        bisect(arc, (offset, middle), to, path);
    } else {
        path.push(to.1);
    }
}

/// Nuclei by square cells of the torus.
struct Nuclei {
    all: Vec<Nucleus>,
    cells: Vec<Vec<usize>>,
    per_side: usize,
    cell_m: f64,
    side: f64,
    earliest_m: f64,
}

impl Nuclei {
    fn new(side: f64, expected: usize) -> Self {
        let per_side = ((expected as f64 / 2.0).sqrt() as usize).max(1);
        let cells = vec![Vec::new(); per_side * per_side];
        Self { all: Vec::new(), cells, per_side, cell_m: side / per_side as f64, side, earliest_m: f64::INFINITY }
    }

    fn cell(&self, p: Point) -> [isize; 2] {
        p.map(|x| ((x / self.cell_m) as usize).min(self.per_side - 1) as isize)
    }

    fn push(&mut self, nucleus: Nucleus) {
        let [x, y] = self.cell(nucleus.point);
        self.cells[y as usize * self.per_side + x as usize].push(self.all.len());
        self.earliest_m = self.earliest_m.min(nucleus.delay_m);
        self.all.push(nucleus);
    }

    /// The nuclei of the cells at a Chebyshev distance, with their displacements.
    fn ring(&self, from: Point, ring: isize) -> impl Iterator<Item = (usize, Nucleus, Point)> {
        let [x, y] = self.cell(from);
        let n = self.per_side as isize;
        ring_offsets(ring)
            .flat_map(move |(dy, dx)| &self.cells[((y + dy).rem_euclid(n) * n + (x + dx).rem_euclid(n)) as usize])
            .map(move |&j| (j, self.all[j], displacement(from, self.all[j].point, self.side)))
    }

    /// At least all nuclei within a distance.
    fn within(&self, from: Point, distance_m: f64) -> impl Iterator<Item = (usize, Nucleus, Point)> {
        let rings = ((distance_m / self.cell_m) as isize + 1).min(self.per_side as isize / 2);
        (0..=rings).flat_map(move |ring| self.ring(from, ring))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::film::network::Network;
    use crate::film::structure::Structure;
    use tiptwin_instrument::{MasterSeed, Stream};

    fn drawn(seed: u64) -> Vec<Nucleus> {
        nuclei(6.0, 600, &mut MasterSeed(seed).rng(Stream::Tessellation, 0))
    }

    #[test]
    fn as_many_grains_appear_as_meijering_says() {
        // 16 × 600 grains; counts of such a process scatter less than Poisson's, √9600 = 98.
        let total: usize = (0..16).map(|seed| drawn(seed).len()).sum();
        assert!((9300..9900).contains(&total), "{total}");
    }

    #[test]
    fn every_place_belongs_to_the_nucleus_that_reaches_it_first() {
        let (side, nuclei) = (6.0e-6, nuclei(6.0e-6, 600, &mut MasterSeed(3).rng(Stream::Tessellation, 0)));
        let structure = Structure::new(Network::from_outlines(&outlines(&nuclei, side), side).expect("network"));
        assert_eq!(structure.grains.len(), nuclei.len());
        let total: f64 = structure.grains.iter().map(|g| g.area_m2).sum();
        assert!((total / (side * side) - 1.0).abs() < 1e-12, "{total}");
        assert!(structure.grains.iter().all(|g| g.area_m2 > 0.0));
        for i in 1..4000 {
            let at = [0.754_877_666, 0.569_840_29].map(|step| side * (f64::from(i) * step).fract());
            let reached = |n: &Nucleus| {
                let d = displacement(n.point, at, side);
                d[0].hypot(d[1]) + n.delay_m
            };
            let first =
                (0..nuclei.len()).min_by(|&a, &b| reached(&nuclei[a]).total_cmp(&reached(&nuclei[b]))).expect("nuclei");
            let place = structure.place(at);
            assert!(place.grain == first || place.edge_m < SAGITTA_M, "at {at:?}, {} from a boundary", place.edge_m);
        }
    }
}

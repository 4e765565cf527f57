//! What lies anywhere: inclusions and pinholes.
//!
//! Inclusions of lead iodide or of the hexagonal polytype trap carriers (Macpherson et al., Nature 607, 294 (2022)) and
//! sit preferentially where grains meet (Alberti et al., Nat. Commun. 10 (2019)): 60 % at junctions, 30 % on boundaries, 10 % inside.
//! Their diameters are log-normal with a median of 45 nm and σ = 0.5; they stand out by 5 to 25 nm, block holes by 0.40 or 0.35 eV with
//! little response to light, hold their ions (0.55 eV) and give no photocurrent. Pinholes are 30 to 100 nm wide, half to all of
//! the film deep, and leak (1e8 to 1e9 Ω). Edges are 4 nm wide, so every quantity is continuous. Sizes and shares are choices.

use super::{DefectKind, Defects};
use crate::film::index::Place;
use crate::film::structure::Structure;
use crate::film::torus::{Point, displacement, wrap_point};
use crate::transport::Site;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::{PI, TAU};

const DIAMETER_M: f64 = 45e-9;
const DIAMETER_SIGMA: f64 = 0.5;
/// The log-normal's tail is cut where an inclusion would be a grain.
const DIAMETER_MAX_M: f64 = 150e-9;
const AT_JUNCTION: f64 = 0.6;
const AT_BOUNDARY: f64 = 0.3;
const STANDS_OUT_M: (f64, f64) = (5e-9, 25e-9);
const LEAD_IODIDE_SHARE: f64 = 0.5;
const BARRIER_EV: [f64; 2] = [0.40, 0.35];
const ACTIVATION_EV: f64 = 0.55;
/// Light that halves an inclusion's barrier over that of the film (0.5 sun over 0.02), and the same for its carriers (1 over 0.05).
const LIGHT_SCALES: [f64; 2] = [25.0, 20.0];
const HOLE_DIAMETER_M: (f64, f64) = (30e-9, 100e-9);
const HOLE_DEPTH: (f64, f64) = (0.5, 1.0);
const HOLE_LOG_OHM: (f64, f64) = (8.0, 9.0);
const EDGE_M: f64 = 4e-9;
/// Beyond so many edge widths nothing is left of a spot (exp(−8) of it).
const EDGES: f64 = 8.0;
const CELLS_PER_SIDE: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Spot {
    at: Point,
    radius_m: f64,
    /// Above the surface; negative for holes.
    height_m: f64,
    kind: DefectKind,
    leak_ohm: f64,
}

/// All spots, by square cells of the torus.
#[derive(Clone, Debug)]
pub(crate) struct Spots {
    all: Vec<Spot>,
    cells: Vec<Vec<u32>>,
    per_side: usize,
    cell_m: f64,
}

impl Spots {
    pub(super) fn draw(structure: &Structure, defects: &Defects, thickness_m: f64, rng: &mut impl Rng) -> Self {
        let film_m2 = structure.side * structure.side;
        let mut spots = Vec::new();
        let mut covered = 0.0;
        while covered < defects.inclusion_area * film_m2 {
            let z: f64 = StandardNormal.sample(rng);
            let radius_m = 0.5 * (DIAMETER_M * (DIAMETER_SIGMA * z).exp()).min(DIAMETER_MAX_M);
            let u: [f64; 6] = std::array::from_fn(|_| rng.random::<f64>());
            let at = somewhere(structure, u[0], [u[1], u[2], u[3]]);
            let lead = u[4] < LEAD_IODIDE_SHARE;
            covered += PI * radius_m * radius_m;
            spots.push(Spot {
                at,
                radius_m,
                height_m: STANDS_OUT_M.0 + (STANDS_OUT_M.1 - STANDS_OUT_M.0) * u[5],
                kind: if lead { DefectKind::LeadIodide } else { DefectKind::Delta },
                leak_ohm: f64::INFINITY,
            });
        }
        covered = 0.0;
        while covered < defects.pinhole_area * film_m2 {
            let u: [f64; 5] = std::array::from_fn(|_| rng.random::<f64>());
            let between = |range: (f64, f64), u: f64| range.0 + (range.1 - range.0) * u;
            let radius_m = 0.5 * between(HOLE_DIAMETER_M, u[0]);
            covered += PI * radius_m * radius_m;
            spots.push(Spot {
                at: [u[1] * structure.side, u[2] * structure.side],
                radius_m,
                height_m: -thickness_m * between(HOLE_DEPTH, u[3]),
                kind: DefectKind::Pinhole,
                leak_ohm: 10f64.powf(between(HOLE_LOG_OHM, u[4])),
            });
        }
        Self::indexed(structure.side, spots)
    }

    /// Every cell lists the spots that reach it, so that a place only has to ask its own.
    fn indexed(side: f64, spots: Vec<Spot>) -> Self {
        let per_side = CELLS_PER_SIDE;
        let cell_m = side / per_side as f64;
        let mut cells = vec![Vec::new(); per_side * per_side];
        for (id, spot) in spots.iter().enumerate() {
            let reach = spot.radius_m + EDGES * EDGE_M;
            let span = |at: f64| {
                let low = ((at - reach) / cell_m).floor() as isize;
                low..=(((at + reach) / cell_m).floor() as isize).min(low + per_side as isize - 1)
            };
            for y in span(spot.at[1]) {
                for x in span(spot.at[0]) {
                    let [x, y] = [x, y].map(|k| k.rem_euclid(per_side as isize) as usize);
                    cells[y * per_side + x].push(id as u32);
                }
            }
        }
        Self { all: spots, cells, per_side, cell_m }
    }

    /// Spots that reach a place, each with how much of it is there (1 inside, 0 outside) and how far its middle is.
    fn here(&self, structure: &Structure, place: &Place, mut each: impl FnMut(&Spot, f64, f64)) {
        let [x, y] = place.point.map(|v| ((v / self.cell_m) as usize).min(self.per_side - 1));
        for &id in &self.cells[y * self.per_side + x] {
            let spot = &self.all[id as usize];
            let d = displacement(spot.at, place.point, structure.side);
            let distance = d[0].hypot(d[1]);
            let beyond = (distance - spot.radius_m) / EDGE_M;
            if beyond < EDGES {
                each(spot, 1.0 / (1.0 + beyond.exp()), distance);
            }
        }
    }

    pub(super) fn height_m(&self, structure: &Structure, place: &Place) -> f64 {
        let mut height = 0.0;
        self.here(structure, place, |spot, share, distance| {
            // Inclusions are domed, holes have steep walls.
            let dome = if spot.height_m > 0.0 { 1.0 - 0.5 * (distance / spot.radius_m).min(1.0).powi(2) } else { 1.0 };
            height += spot.height_m * share * dome;
        });
        height
    }

    pub(super) fn applied(&self, structure: &Structure, place: &Place, mut site: Site) -> Site {
        // Where inclusions overlap, the one that fills more of the place counts, and its two kinds hand over smoothly.
        let (mut most, mut barrier_ev) = (0.0, 0.0f64);
        self.here(structure, place, |spot, share, _| {
            site.photo_yield *= 1.0 - share;
            if spot.kind == DefectKind::Pinhole {
                let siemens = (1.0 - share) / site.leak_ohm + share / spot.leak_ohm;
                site.leak_ohm = 1.0 / siemens;
            } else {
                most = share.max(most);
                barrier_ev = barrier_ev.max(share * BARRIER_EV[usize::from(spot.kind == DefectKind::Delta)]);
            }
        });
        site.boundary_barrier_ev += barrier_ev;
        site.activation_ev += most * (ACTIVATION_EV - site.activation_ev);
        site.barrier_light_scale *= 1.0 + most * (LIGHT_SCALES[0] - 1.0);
        site.carrier_light_scale *= 1.0 + most * (LIGHT_SCALES[1] - 1.0);
        site
    }

    pub(super) fn kind(&self, structure: &Structure, place: &Place) -> Option<DefectKind> {
        let mut found = None;
        self.here(structure, place, |spot, share, _| {
            if share > 0.5 {
                found = Some(spot.kind);
            }
        });
        found
    }
}

/// A place at a junction, on a boundary or anywhere.
fn somewhere(structure: &Structure, kind: f64, u: [f64; 3]) -> Point {
    let pick = |n: usize| ((u[0] * n as f64) as usize).min(n - 1);
    let at = if kind < AT_JUNCTION {
        let corner = structure.corners[pick(structure.corners.len())].point;
        // Not all of them hit the junction exactly.
        let (sin, cos) = (TAU * u[1]).sin_cos();
        [corner[0] + 8e-9 * u[2] * cos, corner[1] + 8e-9 * u[2] * sin]
    } else if kind < AT_JUNCTION + AT_BOUNDARY {
        structure.along(&structure.edges[pick(structure.edges.len())], u[1])
    } else {
        [structure.side * u[1], structure.side * u[2]]
    };
    wrap_point(at, structure.side)
}

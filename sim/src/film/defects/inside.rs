//! What belongs to a grain: a hidden boundary, twin stripes, an inverted loop.
//!
//! A hidden boundary is a straight line through the grain with a hole barrier of 0 to 40 meV, 25 nm wide, and no groove: domains seen
//! by topography are often not crystallographic grains (Muscarella et al., J. Phys. Chem. Lett. 10, 6010 (2019)). Twins are
//! stripes 100 to 300 nm wide with steps of 0.5 to 1.5 nm, whose walls lie at 0, 45 or 90 degrees to the grain's own axis
//! (Rothmann et al., Nat. Commun. 8, 14547 (2017), for MAPbI3; weak or absent in this material at room temperature); the two orientations
//! differ by ±5 meV in the tip barrier and ±10 % in mobility. All of it fades within 10 nm of the grain's boundary, so nothing
//! jumps there.

use super::{DefectKind, Defects};
use crate::film::index::Place;
use crate::film::structure::Structure;
use crate::film::torus::Point;
use crate::transport::Site;
use rand::{Rng, RngExt};
use std::f64::consts::{FRAC_PI_4, PI};

const BARRIER_MAX_EV: f64 = 0.040;
const BARRIER_WIDTH_M: f64 = 25e-9;
const TWIN_WIDTH_M: (f64, f64) = (100e-9, 300e-9);
const TWIN_STEP_M: (f64, f64) = (0.5e-9, 1.5e-9);
const TWIN_TIP_EV: f64 = 0.005;
const TWIN_MOBILITY: f64 = 0.1;
/// Half width of a twin wall, m.
const WALL_M: f64 = 5e-9;
const FADE_M: f64 = 10e-9;
/// Barrier shift of a grain with an inverted loop, eV.
const INVERTED_EV: f64 = -0.02;

#[derive(Clone, Copy, Debug, Default)]
struct Grain {
    hidden: Option<Hidden>,
    twin: Option<Twin>,
    inverted: bool,
}

/// A line n·(r − c) = offset, seen from the grain's centroid.
#[derive(Clone, Copy, Debug)]
struct Hidden {
    normal: Point,
    offset_m: f64,
    barrier_ev: f64,
}

#[derive(Clone, Copy, Debug)]
struct Twin {
    normal: Point,
    width_m: f64,
    phase_m: f64,
    step_m: f64,
}

/// What is inside every grain.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    grains: Vec<Grain>,
}

fn direction(angle: f64) -> Point {
    let (sin, cos) = angle.sin_cos();
    [cos, sin]
}

impl Inside {
    pub(super) fn draw(structure: &Structure, defects: &Defects, rng: &mut impl Rng) -> Self {
        let between = |range: (f64, f64), u: f64| range.0 + (range.1 - range.0) * u;
        let grains = structure
            .grains
            .iter()
            .map(|cell| {
                // Every grain draws the same numbers, so more twins do not move the hidden boundaries.
                let mut u = || rng.random::<f64>();
                let radius_m = (cell.area_m2 / PI).sqrt();
                let hidden = Hidden {
                    normal: direction(2.0 * PI * u()),
                    offset_m: 0.4 * radius_m * (2.0 * u() - 1.0),
                    barrier_ev: BARRIER_MAX_EV * u(),
                };
                let has_hidden = u() < defects.hidden_boundary_share;
                let wall = PI * u() + FRAC_PI_4 * (3.0 * u()).floor();
                let width_m = between(TWIN_WIDTH_M, u());
                let twin = Twin {
                    normal: direction(wall),
                    width_m,
                    phase_m: 2.0 * width_m * u(),
                    step_m: between(TWIN_STEP_M, u()),
                };
                let has_twin = u() < defects.twin_share;
                let inverted = u() < defects.inverted_share;
                Grain { hidden: has_hidden.then_some(hidden), twin: has_twin.then_some(twin), inverted }
            })
            .collect();
        Self { grains }
    }

    pub(super) fn height_m(&self, place: &Place) -> f64 {
        match &self.grains[place.grain].twin {
            Some(twin) => 0.5 * twin.step_m * twin.side(place.from_centroid) * fade(place),
            None => 0.0,
        }
    }

    pub(super) fn applied(&self, place: &Place, mut site: Site) -> Site {
        let grain = &self.grains[place.grain];
        if let Some(hidden) = &grain.hidden {
            let d = hidden.distance_m(place.from_centroid);
            site.boundary_barrier_ev += hidden.barrier_ev * (-0.5 * (d / BARRIER_WIDTH_M).powi(2)).exp() * fade(place);
        }
        if let Some(twin) = &grain.twin {
            let side = twin.side(place.from_centroid) * fade(place);
            site.tip_barrier_ev = (site.tip_barrier_ev + TWIN_TIP_EV * side).max(0.0);
            site.mobility_factor *= 1.0 + TWIN_MOBILITY * side;
        }
        if grain.inverted {
            site.ion_barrier_shift_ev += INVERTED_EV * fade(place);
        }
        site
    }

    pub(super) fn kind(&self, place: &Place) -> Option<DefectKind> {
        let grain = &self.grains[place.grain];
        let at = place.from_centroid;
        if grain.hidden.is_some_and(|h| h.distance_m(at).abs() < BARRIER_WIDTH_M) {
            return Some(DefectKind::HiddenBoundary);
        }
        grain.twin.is_some_and(|t| t.side(at).abs() < (10e-9 / WALL_M / 2.0).tanh()).then_some(DefectKind::TwinWall)
    }
}

impl Hidden {
    fn distance_m(&self, at: Point) -> f64 {
        self.normal[0] * at[0] + self.normal[1] * at[1] - self.offset_m
    }
}

impl Twin {
    /// −1 in one orientation, 1 in the other, smooth across the walls.
    fn side(&self, at: Point) -> f64 {
        let along = self.normal[0] * at[0] + self.normal[1] * at[1] + self.phase_m;
        let place = (along / self.width_m).rem_euclid(2.0);
        // Distance to the nearest wall; walls lie at 0, 1 and 2 widths.
        let from_wall = (place - place.round()).abs() * self.width_m;
        let sign = if place < 1.0 { 1.0 } else { -1.0 };
        sign * (from_wall / WALL_M / 2.0).tanh()
    }
}

/// 0 on the grain's boundary, 1 inside.
fn fade(place: &Place) -> f64 {
    -(-(place.edge_m / FADE_M).powi(2)).exp_m1()
}

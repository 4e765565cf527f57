//! The true surface: domed, tilted grains that fall off into grooves, with pits at the junctions.
//!
//! ```text
//! h = H (1 − exp(−d/45 nm)) + (o + g·(r − c)) (1 − exp(−d/20 nm)) − 8 nm exp(−(d_J/30 nm)²) + roughness
//! ```
//!
//! with d the distance to the boundary, `d_J` to the junction, and per grain the dome height H, the offset o, the tilt g
//! and the centroid c. Every term of a grain vanishes on its boundary, so the surface is continuous and boundaries are
//! sharp grooves; zero height is the mean level of the boundaries.
//!
//! The numbers are choices, made to give an rms of about 11 nm (6–25 nm is usual for such films).

use super::fields::{OnTorus, TextureField};
use super::index::Place;
use super::structure::Structure;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

/// Dome height of a grain and its spread over grains, m.
const DOME_M: (f64, f64) = (28e-9, 8e-9);
const DOME_RANGE_M: (f64, f64) = (10e-9, 60e-9);
const DOME_DECAY_M: f64 = 45e-9;
const OFFSET_SPREAD_M: f64 = 6e-9;
const TILT_SPREAD_DEG: f64 = 3.0;
const TILT_MAX_DEG: f64 = 10.0;
const FADE_M: f64 = 20e-9;
const PIT_DEPTH_M: f64 = 8e-9;
const PIT_RADIUS_M: f64 = 30e-9;
const ROUGHNESS_M: f64 = 0.8e-9;
const ROUGHNESS_CORRELATION_M: f64 = 12e-9;

#[derive(Clone, Copy, Debug)]
struct Cap {
    dome_m: f64,
    offset_m: f64,
    gradient: [f64; 2],
}

/// Heights of a film.
#[derive(Clone, Debug)]
pub(crate) struct Relief {
    caps: Vec<Cap>,
    roughness: TextureField,
}

impl Relief {
    pub(crate) fn draw(structure: &Structure, rng: &mut impl Rng) -> Self {
        let caps = structure
            .grains
            .iter()
            .map(|_| {
                let mut normal = || -> f64 { StandardNormal.sample(rng) };
                let dome_m = (DOME_M.0 + DOME_M.1 * normal()).clamp(DOME_RANGE_M.0, DOME_RANGE_M.1);
                let offset_m = OFFSET_SPREAD_M * normal();
                let slope = (TILT_SPREAD_DEG * normal().abs()).min(TILT_MAX_DEG).to_radians().tan();
                let (sin, cos) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
                Cap { dome_m, offset_m, gradient: [slope * cos, slope * sin] }
            })
            .collect();
        let roughness = TextureField::new(structure.side, ROUGHNESS_CORRELATION_M, ROUGHNESS_M, rng);
        Self { caps, roughness }
    }

    /// Height in metres at a place.
    pub(crate) fn height_m(&self, place: &Place, torus: OnTorus) -> f64 {
        let cap = &self.caps[place.grain];
        let tilt: f64 = (0..2).map(|k| cap.gradient[k] * place.from_centroid[k]).sum();
        let dome = -(-place.edge_m / DOME_DECAY_M).exp_m1();
        let fade = -(-place.edge_m / FADE_M).exp_m1();
        let pit = (-(place.corner_m / PIT_RADIUS_M).powi(2)).exp();
        cap.dome_m * dome + (cap.offset_m + tilt) * fade - PIT_DEPTH_M * pit + self.roughness.at(torus)
    }
}

//! From the structure around a location to its transport parameters.
//!
//! ```text
//! u_g   = exp(−d²/(2·25² nm²))      nearness to a boundary
//! u_j   = exp(−d_J²/(2·35² nm²))    nearness to a junction
//! φ_GB0 = u_g clip(0.06 + 0.03 z_e, 0, 0.14) + 0.20 u_j clip(1 + 0.15 z_v, 0.6, 1.4)   eV
//! φ_T   = 0.22 + 0.020 z_k + 0.015 h + 0.025 u_g                                       eV
//! φ_B   = 0.66 + 0.01 z_k                                                              eV
//! E_a   = 0.435 + 0.010 z_k + 0.006 h − 0.055 u_g − 0.015 u_j                          eV
//! R_sp0 = 0.8 GΩ exp(0.35 ξ)
//! ```
//!
//! with unit normal numbers z per boundary (e), junction (v) and grain (k), and unit Gaussian fields h and ξ that the
//! topography does not show. The presets change coefficients. All fields are continuous: where two boundaries, junctions
//! or grains compete, their numbers are blended with weights that fall off smoothly, so nothing jumps beside a junction.
//! A boundary's number varies along it by 20 % with a correlation of 40 nm.
//!
//! Source: choices, tuned to the observations that junctions insulate in the dark and conduct under light and that
//! boundaries differ from each other. Ignores inclusions, twins and hidden boundaries.

use super::fields::GaussianField;
use super::index::Place;
use super::structure::Structure;
use crate::preset::ElectronicLaw;
use crate::transport::Site;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Width of the boundaries' influence, m.
pub(crate) const BOUNDARY_WIDTH_M: f64 = 25e-9;
/// Width of the junctions' influence, m.
pub(crate) const JUNCTION_WIDTH_M: f64 = 35e-9;
const EDGE_BLEND_M: f64 = 12e-9;
const CORNER_BLEND_M: f64 = 15e-9;
const GRAIN_BLEND_M: f64 = 8e-9;
const ALONG_EDGE: f64 = 0.2;
const ALONG_EDGE_CORRELATION_M: f64 = 40e-9;
const TEXTURE_CORRELATION_M: f64 = 50e-9;
const SPREADING_CORRELATION_M: f64 = 94e-9;

/// Electronic character of a film's grains, boundaries and junctions.
#[derive(Clone, Debug)]
pub(crate) struct Electronic {
    law: ElectronicLaw,
    grain_z: Vec<f64>,
    edge_z: Vec<f64>,
    corner_z: Vec<f64>,
    along_edge: GaussianField,
    texture: GaussianField,
    spreading: GaussianField,
}

/// Nearness to boundaries u_g and to junctions u_j: 1 on them, 0 far away.
pub(crate) fn nearness(place: &Place) -> (f64, f64) {
    let at = |distance_m: f64, width_m: f64| (-0.5 * (distance_m / width_m).powi(2)).exp();
    (at(place.edge_m, BOUNDARY_WIDTH_M), at(place.corner_m, JUNCTION_WIDTH_M))
}

impl Electronic {
    pub(crate) fn draw(structure: &Structure, law: ElectronicLaw, rng: &mut impl Rng) -> Self {
        let mut normals = |n: usize| -> Vec<f64> { (0..n).map(|_| StandardNormal.sample(rng)).collect() };
        let grain_z = normals(structure.grains.len());
        let edge_z = normals(structure.edges.len());
        let corner_z = normals(structure.corners.len());
        let side = structure.side;
        Self {
            law,
            grain_z,
            edge_z,
            corner_z,
            along_edge: GaussianField::new(side, ALONG_EDGE_CORRELATION_M, rng),
            texture: GaussianField::new(side, TEXTURE_CORRELATION_M, rng),
            spreading: GaussianField::new(side, SPREADING_CORRELATION_M, rng),
        }
    }

    /// The transport parameters at a place of `structure`, the one that this character was drawn for.
    pub(crate) fn site(&self, structure: &Structure, place: &Place) -> Site {
        let law = &self.law;
        let (u_g, u_j) = nearness(place);
        let z_k = blend(structure.grains_near(place), 2.0 * GRAIN_BLEND_M, &self.grain_z, place.grain);
        let edges = structure.edges_near(place);
        let z_e = (1.0 - ALONG_EDGE * ALONG_EDGE).sqrt()
            * blend(edges, 2.0 * EDGE_BLEND_M.powi(2), &self.edge_z, place.edge)
            + ALONG_EDGE * self.along_edge.at(place.point);
        let z_v = blend(structure.corners_near(place), 2.0 * CORNER_BLEND_M.powi(2), &self.corner_z, place.corner);
        let h = self.texture.at(place.point);
        let default = Site::default();
        let boundary_ev =
            (law.boundary_ev + law.boundary_spread_ev * z_e).clamp(law.boundary_range_ev.0, law.boundary_range_ev.1);
        let junction_ev = law.junction_ev * (1.0 + law.junction_spread * z_v).clamp(0.6, 1.4);
        Site {
            boundary_barrier_ev: u_g * boundary_ev + u_j * junction_ev,
            tip_barrier_ev: default.tip_barrier_ev
                + law.tip_by_grain_ev * z_k
                + law.tip_by_texture_ev * h
                + law.tip_at_boundary_ev * u_g,
            back_barrier_ev: default.back_barrier_ev + law.back_by_grain_ev * z_k,
            activation_ev: default.activation_ev
                + law.activation_by_grain_ev * z_k
                + law.activation_by_texture_ev * h
                + law.activation_at_boundary_ev * u_g
                + law.activation_at_junction_ev * u_j,
            spreading_ohm: default.spreading_ohm * (law.spreading_log_spread * self.spreading.at(place.point)).exp(),
            ..default
        }
    }
}

/// The mean of `z` over what is near, weighted by exp(−excess/scale) over the nearest; that of `alone` where nothing
/// is within reach.
fn blend(near: impl Iterator<Item = (usize, f64)> + Clone, scale: f64, z: &[f64], alone: usize) -> f64 {
    // exp(−36) is the rounding of 1: what is farther cannot be seen.
    const CUT: f64 = 36.0;
    let least = near.clone().map(|(_, d)| d).fold(f64::INFINITY, f64::min);
    let (mut sum, mut weights) = (0.0, 0.0);
    for (id, d) in near {
        let excess = (d - least) / scale;
        if excess < CUT {
            let weight = (-excess).exp();
            sum += weight * z[id];
            weights += weight;
        }
    }
    if weights > 0.0 { sum / weights } else { z[alone] }
}

//! The tip's shape, and what it makes of a surface.
//!
//! `h_m(r) = max_u [h(r + u) − t(u)]`: the lowest position at which the tip touches the surface anywhere (grey-scale
//! dilation by the reflected tip). The tip is a sphere on a cone, `t = R − √(R² − u²)` for u ≤ R and `R + (u − R)/tan α`
//! beyond, and may have a second apex beside the first.
//!
//! Source: J. S. Villarrubia, J. Res. Natl. Inst. Stand. Technol. 102, 425 (1997). Exact for a rigid tip and film in contact; the
//! offset from one pixel to the next is resolved by sampling finer than the tip. Ignores that the sphere meets the cone
//! with a kink.

use ndarray::Array2;
use rand::{Rng, RngExt};
use rayon::prelude::*;
use std::f64::consts::TAU;
use tiptwin_instrument::Meters;

/// A tip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tip {
    /// Radius of the apex; 0 is a needle that sees everything.
    pub radius: Meters,
    /// Half angle of the cone, degrees.
    pub half_angle_deg: f64,
    /// A second apex of the same shape.
    pub second: Option<SecondApex>,
}

/// A second apex beside the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SecondApex {
    /// Where it is, from the first.
    pub offset_m: [f64; 2],
    /// By how much it is shorter.
    pub shorter_m: f64,
}

/// Distance and shortness of a second apex, m.
const APART_M: (f64, f64) = (20e-9, 100e-9);
const SHORTER_M: (f64, f64) = (0.0, 10e-9);

impl Tip {
    /// A needle.
    pub const NEEDLE: Self = Self { radius: Meters(0.0), half_angle_deg: 23.5, second: None };

    /// A tip as it comes out of the box: with some chance it has a second apex.
    pub fn draw(radius: Meters, half_angle_deg: f64, double_share: f64, rng: &mut impl Rng) -> Self {
        let u: [f64; 4] = std::array::from_fn(|_| rng.random::<f64>());
        let distance = APART_M.0 + (APART_M.1 - APART_M.0) * u[1];
        let (sin, cos) = (TAU * u[2]).sin_cos();
        let second = SecondApex {
            offset_m: [distance * cos, distance * sin],
            shorter_m: SHORTER_M.0 + (SHORTER_M.1 - SHORTER_M.0) * u[3],
        };
        Self { radius, half_angle_deg, second: (u[0] < double_share).then_some(second) }
    }

    /// Height of the tip's surface above its apex at a distance from its axis, m.
    pub fn profile_m(&self, distance_m: f64) -> f64 {
        let r = self.radius.0;
        if distance_m <= r {
            r - (r * r - distance_m * distance_m).sqrt()
        } else {
            r + (distance_m - r) / self.half_angle_deg.to_radians().tan()
        }
    }

    /// How far from its axis the tip can touch a surface whose heights span `range_m`.
    pub fn reach_m(&self, range_m: f64) -> f64 {
        let r = self.radius.0;
        let one = if range_m <= r {
            (2.0 * r * range_m - range_m * range_m).max(0.0).sqrt()
        } else {
            r + (range_m - r) * self.half_angle_deg.to_radians().tan()
        };
        one + self.second.map_or(0.0, |s| s.offset_m[0].hypot(s.offset_m[1]))
    }

    /// What the tip makes of heights on a square grid of the given pitch, at the points that are at least `margin` from the edge:
    /// every `every`-th of them in both directions.
    ///
    /// Offsets are tried from the shallowest part of the tip outwards and given up as soon as even the highest point of the
    /// surface could not be touched, so a deep hole does not make the whole image slow.
    pub fn dilate(&self, heights: &Array2<f64>, pitch_m: f64, margin: usize, every: usize) -> Array2<f64> {
        let (rows, cols) = heights.dim();
        let count = |n: usize| (n - 2 * margin - 1) / every + 1;
        let highest = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let offsets = self.offsets(pitch_m, margin);
        let mut out = Array2::zeros((count(rows), count(cols)));
        let width = out.ncols();
        if let Some(flat) = out.as_slice_mut() {
            flat.par_chunks_mut(width).enumerate().for_each(|(i, line)| {
                let row = (margin + i * every) as isize;
                for (j, value) in line.iter_mut().enumerate() {
                    let col = (margin + j * every) as isize;
                    let mut best = f64::NEG_INFINITY;
                    for &(t, dr, dc) in &offsets {
                        if highest - t <= best {
                            break;
                        }
                        best = best.max(heights[[(row + dr) as usize, (col + dc) as usize]] - t);
                    }
                    *value = best;
                }
            });
        }
        out
    }

    /// (t(u), rows, columns) of every offset within `margin`, the shallowest first.
    fn offsets(&self, pitch_m: f64, margin: usize) -> Vec<(f64, isize, isize)> {
        let margin = margin as isize;
        let mut all: Vec<(f64, isize, isize)> = (-margin..=margin)
            .flat_map(|dr| (-margin..=margin).map(move |dc| (dr, dc)))
            .map(|(dr, dc)| {
                let at = [dc as f64 * pitch_m, dr as f64 * pitch_m];
                let first = self.profile_m(at[0].hypot(at[1]));
                let second = self.second.map_or(f64::INFINITY, |s| {
                    self.profile_m((at[0] - s.offset_m[0]).hypot(at[1] - s.offset_m[1])) + s.shorter_m
                });
                (first.min(second), dr, dc)
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all
    }
}

//! Boundaries under tension: junctions move until the three boundaries that meet there pull alike.
//!
//! Every boundary pulls with the same tension, so a junction feels `F = Σ t̂_k`, the sum of the unit vectors along its three
//! boundaries, and is at rest where they meet at 120°. The vertices of a network of straight boundaries move as
//!
//! ```text
//! dr/dt = 6 F/(ℓ₁ + ℓ₂ + ℓ₃)        in units of M γ, the product of boundary mobility and tension
//! ```
//!
//! with the boundary lengths ℓ (Kawasaki, Nagai & Nakashima, Philos. Mag. B 60, 399 (1989), from balancing the energy gained against
//! the dissipation of moving boundaries). One step takes the time σ²/2 with σ = 12 nm, which is what one step of threshold dynamics
//! with a Gaussian of that width takes (Merriman, Bence & Osher 1994): the drive is the same, and the network stays an exact
//! graph. Valid for steps too short to make boundaries vanish; junctions closer than that are held. Ignores the curvature of
//! boundaries between junctions.

use super::structure::{GrainCell, Segment, Side, Structure};
use super::torus::{Point, displacement, wrap_point};

const SIGMA_M: f64 = 12e-9;
const SUBSTEPS: usize = 8;
/// A junction moves at most by this share of its shortest boundary in a substep.
const STRIDE: f64 = 0.05;
/// A boundary keeps at least this share of the grain spacing, so that no neighbours are exchanged.
const SHORTEST: f64 = 0.01;

/// The structure after `steps` steps.
pub(super) fn relaxed(structure: &Structure, steps: usize) -> Structure {
    let side = structure.side;
    let spacing = side / (structure.grains.len() as f64).sqrt();
    let mut corners: Vec<Point> = structure.corners.iter().map(|c| c.point).collect();
    let mut around: Vec<Vec<usize>> = vec![Vec::new(); corners.len()];
    for s in &structure.segments {
        let [a, b] = s.vertices;
        around[a].push(b);
        around[b].push(a);
    }
    let time = 0.5 * SIGMA_M * SIGMA_M / SUBSTEPS as f64;
    for _ in 0..steps * SUBSTEPS {
        let moved: Vec<Point> = (0..corners.len())
            .map(|v| {
                let (mut force, mut length, mut shortest) = ([0.0, 0.0], 0.0, f64::INFINITY);
                for &n in &around[v] {
                    let d = displacement(corners[v], corners[n], side);
                    let l = d[0].hypot(d[1]).max(f64::MIN_POSITIVE);
                    force = [force[0] + d[0] / l, force[1] + d[1] / l];
                    length += l;
                    shortest = l.min(shortest);
                }
                if shortest < SHORTEST * spacing {
                    return corners[v];
                }
                let strength = force[0].hypot(force[1]);
                let stride = (6.0 * time / length).min(STRIDE * shortest / strength.max(f64::MIN_POSITIVE));
                wrap_point([corners[v][0] + stride * force[0], corners[v][1] + stride * force[1]], side)
            })
            .collect();
        corners = moved;
    }
    rebuilt(structure, &corners)
}

/// The same graph on moved junctions.
fn rebuilt(structure: &Structure, corners: &[Point]) -> Structure {
    let side = structure.side;
    let segments: Vec<Segment> = structure
        .segments
        .iter()
        .map(|s| {
            let [a, b] = s.vertices.map(|v| corners[v]);
            Segment { start: a, run: displacement(a, b, side), ..*s }
        })
        .collect();
    let grains: Vec<GrainCell> = structure.grains.iter().map(|g| moved(g, &segments, corners, side)).collect();
    let corners =
        structure.corners.iter().zip(corners).map(|(c, &point)| super::structure::Corner { point, ..*c }).collect();
    Structure::from_parts(side, grains, segments, corners, true)
}

fn moved(grain: &GrainCell, segments: &[Segment], corners: &[Point], side: f64) -> GrainCell {
    let n = grain.sides.len();
    // The corner at the start of side k is the one it shares with the side before.
    let at: Vec<Point> = (0..n)
        .map(|k| {
            let before = segments[grain.sides[(k + n - 1) % n].edge].vertices;
            let own = segments[grain.sides[k].edge].vertices;
            let shared = if before.contains(&own[0]) { own[0] } else { own[1] };
            displacement(grain.point, corners[shared], side)
        })
        .collect();
    let (mut twice_area, mut moment) = (0.0, [0.0, 0.0]);
    let mut sides = Vec::with_capacity(n);
    for k in 0..n {
        let (a, b) = (at[k], at[(k + 1) % n]);
        let cross = a[0] * b[1] - a[1] * b[0];
        twice_area += cross;
        moment = [moment[0] + (a[0] + b[0]) * cross, moment[1] + (a[1] + b[1]) * cross];
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
        let normal = [dy / length, -dx / length];
        sides.push(Side { normal, offset: normal[0] * a[0] + normal[1] * a[1], edge: grain.sides[k].edge });
    }
    let centroid = moment.map(|m| m / (3.0 * twice_area));
    GrainCell { area_m2: 0.5 * twice_area, centroid, sides, ..grain.clone() }
}

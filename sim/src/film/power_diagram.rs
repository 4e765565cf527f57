//! Power (Laguerre) diagram of weighted points on a torus, by clipping one polygon per point.
//!
//! A location x belongs to the point i of the smallest |x − pᵢ|² − wᵢ. Against a neighbour at displacement d the
//! cell is the half-plane d·x ≤ (|d|² + wᵢ − wⱼ)/2; with equal weights this is the Voronoi diagram. Points with a small
//! weight among heavy ones may get no cell at all.
//!
//! Source: Aurenhammer, SIAM J. Comput. 16, 78 (1987), doi:10.1137/0216006. Exact to rounding. The torus must be
//! several cells wide, so that no cell meets its own image.

use super::network::{Outline, OutlineSide, UNCUT};
use super::torus::{Point, displacement, wrap_point};
use rayon::prelude::*;

/// A convex cell around a point: corner k starts the side that faces `neighbours[k]`, counter-clockwise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    /// Corners relative to the point; empty where the point has no cell.
    pub(crate) corners: Vec<Point>,
    /// Index of the point on the other side.
    pub(crate) neighbours: Vec<usize>,
}

impl Cell {
    /// Area in m² and centroid relative to the point.
    pub(crate) fn area_centroid(&self) -> (f64, Point) {
        let (mut twice, mut cx, mut cy) = (0.0, 0.0, 0.0);
        for (k, a) in self.corners.iter().enumerate() {
            let b = self.corners[(k + 1) % self.corners.len()];
            let cross = a[0] * b[1] - a[1] * b[0];
            twice += cross;
            cx += cross * (a[0] + b[0]);
            cy += cross * (a[1] + b[1]);
        }
        if twice <= 0.0 {
            return (0.0, [0.0, 0.0]);
        }
        (0.5 * twice, [cx / (3.0 * twice), cy / (3.0 * twice)])
    }

    /// The grain of the cell's point.
    pub(crate) fn outline(self, point: Point) -> Outline {
        let side = |(neighbour, corner)| OutlineSide { neighbour, path: vec![corner] };
        Outline { origin: point, sides: self.neighbours.into_iter().zip(self.corners).map(side).collect() }
    }

    /// Keeps what lies at n·x ≤ limit.
    fn clip(&mut self, n: Point, limit: f64, neighbour: usize, scratch: &mut Cell) {
        let excess = |p: Point| n[0] * p[0] + n[1] * p[1] - limit;
        if self.corners.iter().all(|&p| excess(p) <= 0.0) {
            return;
        }
        scratch.corners.clear();
        scratch.neighbours.clear();
        for (k, &a) in self.corners.iter().enumerate() {
            let b = self.corners[(k + 1) % self.corners.len()];
            let (ea, eb) = (excess(a), excess(b));
            if ea <= 0.0 {
                scratch.corners.push(a);
                scratch.neighbours.push(self.neighbours[k]);
            }
            if (ea <= 0.0) != (eb <= 0.0) {
                let t = ea / (ea - eb);
                scratch.corners.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
                scratch.neighbours.push(if ea <= 0.0 { neighbour } else { self.neighbours[k] });
            }
        }
        std::mem::swap(self, scratch);
    }
}

/// The cells of all points; `points` lie in `0..side` in both directions, `weights` are in m².
pub(crate) fn power_diagram(points: &[Point], weights: &[f64], side: f64) -> Vec<Cell> {
    // About two points to a bucket.
    let per_side = ((points.len() as f64 / 2.0).sqrt() as usize).max(1);
    let bucket_m = side / per_side as f64;
    let mut buckets = vec![Vec::new(); per_side * per_side];
    let bucket_of = |x: f64| ((x / bucket_m) as usize).min(per_side - 1);
    for (i, p) in points.iter().enumerate() {
        buckets[bucket_of(p[1]) * per_side + bucket_of(p[0])].push(i);
    }
    let heaviest = weights.iter().copied().fold(0.0, f64::max);
    let half = 0.5 * side;
    let cell_of = |scratch: &mut Cell, (i, &p): (usize, &Point)| {
        let mut cell = Cell {
            corners: vec![[-half, -half], [half, -half], [half, half], [-half, half]],
            neighbours: vec![UNCUT; 4],
        };
        let (column, row) = (bucket_of(p[0]) as isize, bucket_of(p[1]) as isize);
        for ring in 0..=per_side as isize / 2 {
            for (dy, dx) in ring_offsets(ring) {
                let wrapped = |k: isize| k.rem_euclid(per_side as isize) as usize;
                for &j in &buckets[wrapped(row + dy) * per_side + wrapped(column + dx)] {
                    if j == i {
                        continue;
                    }
                    let d = displacement(p, points[j], side);
                    let limit = 0.5 * (d[0] * d[0] + d[1] * d[1] + weights[i] - weights[j]);
                    cell.clip(d, limit, j, scratch);
                }
            }
            let extent = cell.corners.iter().map(|c| c[0] * c[0] + c[1] * c[1]).fold(0.0, f64::max).sqrt();
            // The nearest point outside this ring, if it were the heaviest one.
            let nearest = ring as f64 * bucket_m;
            if nearest > 0.0 && 0.5 * (nearest + (weights[i] - heaviest) / nearest) > extent {
                break;
            }
        }
        cell
    };
    let scratch = || Cell { corners: Vec::new(), neighbours: Vec::new() };
    points.par_iter().enumerate().map_init(scratch, cell_of).collect()
}

/// Bucket offsets at Chebyshev distance `ring`.
pub(crate) fn ring_offsets(ring: isize) -> impl Iterator<Item = (isize, isize)> + Clone {
    (-ring..=ring).flat_map(move |dy| {
        let step = if dy.abs() == ring { 1 } else { 2 * ring as usize };
        (-ring..=ring).step_by(step).map(move |dx| (dy, dx))
    })
}

/// Moves every point to the centroid of its Voronoi cell (Lloyd, IEEE Trans. Inf. Theory 28, 129 (1982)).
pub(crate) fn lloyd_step(points: &mut [Point], side: f64) {
    let cells = power_diagram(points, &vec![0.0; points.len()], side);
    for (p, cell) in points.iter_mut().zip(cells) {
        let (_, c) = cell.area_centroid();
        *p = wrap_point([p[0] + c[0], p[1] + c[1]], side);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points and weights without any order, from the fractional parts of multiples of irrational numbers.
    fn scattered(n: usize, heaviest: f64) -> (Vec<Point>, Vec<f64>) {
        let part = |i: usize, step: f64| (i as f64 * step).fract();
        let points = (1..=n).map(|i| [part(i * i, 0.754_877_666), part(i * i, 0.569_840_29)]).collect();
        (points, (1..=n).map(|i| heaviest * part(i, 0.618_033_99)).collect())
    }

    #[test]
    fn cells_tile_the_torus() {
        for heaviest in [0.0, 1e-3, 4e-3] {
            let (points, weights) = scattered(150, heaviest);
            let cells = power_diagram(&points, &weights, 1.0);
            let total: f64 = cells.iter().map(|c| c.area_centroid().0).sum();
            assert!((total - 1.0).abs() < 1e-12, "{total}");
            assert!(cells.iter().all(|c| !c.neighbours.contains(&UNCUT)));
        }
    }

    #[test]
    fn the_inside_of_a_cell_is_nearest_to_its_point() {
        let (points, weights) = scattered(120, 3e-3);
        let cells = power_diagram(&points, &weights, 1.0);
        let power = |k: usize, at: Point| {
            let d = displacement(points[k], at, 1.0);
            d[0] * d[0] + d[1] * d[1] - weights[k]
        };
        for (i, cell) in cells.iter().enumerate().filter(|(_, c)| !c.corners.is_empty()) {
            let (_, c) = cell.area_centroid();
            for corner in &cell.corners {
                // Just inside each corner, as seen from the centroid.
                let at = [0, 1].map(|k| points[i][k] + c[k] + 0.999 * (corner[k] - c[k]));
                let least = (0..points.len()).map(|k| power(k, at)).fold(f64::INFINITY, f64::min);
                assert!(power(i, at) <= least + 1e-12, "cell {i}");
            }
        }
    }

    #[test]
    fn prop_06_translated_points_give_translated_cells() {
        let (points, weights) = scattered(100, 2e-3);
        let moved: Vec<Point> = points.iter().map(|p| wrap_point([p[0] + 0.25, p[1] - 0.4375], 1.0)).collect();
        let (a, b) = (power_diagram(&points, &weights, 1.0), power_diagram(&moved, &weights, 1.0));
        for (a, b) in a.iter().zip(&b) {
            // Clipping starts elsewhere, so the first corner may be another one.
            assert_eq!(a.neighbours.len(), b.neighbours.len());
            let ((area, c), (moved_area, moved_c)) = (a.area_centroid(), b.area_centroid());
            assert!((area - moved_area).abs() < 1e-13);
            assert!((c[0] - moved_c[0]).abs() < 1e-12 && (c[1] - moved_c[1]).abs() < 1e-12);
        }
    }

    #[test]
    fn lloyd_steps_even_out_the_areas() {
        let (mut points, _) = scattered(150, 0.0);
        let spread = |points: &[Point]| -> f64 {
            let cells = power_diagram(points, &vec![0.0; points.len()], 1.0);
            cells.iter().map(|c| (c.area_centroid().0 * points.len() as f64 - 1.0).powi(2)).sum()
        };
        let before = spread(&points);
        lloyd_step(&mut points, 1.0);
        assert!(spread(&points) < 0.7 * before, "{} {before}", spread(&points));
    }
}

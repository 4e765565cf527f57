//! Finds what is near a point without asking every grain.
//!
//! The torus is divided into square buckets. Each lists the boundaries within [`REACH_M`] of it and the grains of
//! these boundaries; a bucket far from all boundaries lies within one grain. Junctions are searched ring by ring, so
//! the nearest one is exact at any distance.

use super::structure::{Corner, GrainCell, Segment, Structure};
use super::torus::{Point, displacement, segment_distance2, wrap_point};

/// Boundaries at least this close to a point are listed there. Nearness functions are below 4e-4 at this distance.
pub(crate) const REACH_M: f64 = 100e-9;
const BUCKET_M: f64 = 60e-9;

/// The lists of all buckets.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    per_side: usize,
    bucket_m: f64,
    grains: Lists,
    segments: Lists,
    corners: Lists,
}

/// A list of ids for every bucket, end to end.
#[derive(Clone, Debug)]
struct Lists {
    starts: Vec<u32>,
    ids: Vec<u32>,
}

impl Lists {
    fn new(lists: &[Vec<u32>]) -> Self {
        let mut starts = vec![0];
        let mut ids = Vec::new();
        for list in lists {
            ids.extend_from_slice(list);
            starts.push(ids.len() as u32);
        }
        Self { starts, ids }
    }

    fn of(&self, bucket: usize) -> &[u32] {
        &self.ids[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}

/// A point's grain and the exact distances around it, in the straight-sided plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) point: Point,
    pub(crate) grain: usize,
    /// From the grain's generating point.
    pub(crate) from_grain: Point,
    pub(crate) edge: usize,
    pub(crate) edge_m: f64,
    pub(crate) corner: usize,
    pub(crate) corner_m: f64,
    bucket: usize,
}

impl Index {
    pub(crate) fn new(side: f64, grains: &[GrainCell], segments: &[Segment], corners: &[Corner]) -> Self {
        let per_side = ((side / BUCKET_M) as usize).max(3);
        let bucket_m = side / per_side as f64;
        let count = per_side * per_side;
        let mut near_segments = vec![Vec::new(); count];
        // Half a diagonal, so that the reach holds for every point of the bucket.
        let reach = REACH_M + bucket_m * std::f64::consts::FRAC_1_SQRT_2;
        for (id, s) in segments.iter().enumerate() {
            let span = |axis: usize| {
                let (a, b) = (s.start[axis], s.start[axis] + s.run[axis]);
                let low = ((a.min(b) - reach) / bucket_m).floor() as isize;
                let high = ((a.max(b) + reach) / bucket_m).floor() as isize;
                low..=high.min(low + per_side as isize - 1)
            };
            for row in span(1) {
                for column in span(0) {
                    let middle = [(column as f64 + 0.5) * bucket_m, (row as f64 + 0.5) * bucket_m];
                    let start = [s.start[0] - middle[0], s.start[1] - middle[1]];
                    if segment_distance2(start, s.run) <= reach * reach {
                        near_segments[bucket(row, column, per_side)].push(id as u32);
                    }
                }
            }
        }
        let near_grains: Vec<Vec<u32>> = near_segments
            .iter()
            .enumerate()
            .map(|(b, list)| {
                let mut ids: Vec<u32> =
                    list.iter().flat_map(|&s| segments[s as usize].grains).map(|g| g as u32).collect();
                if ids.is_empty() {
                    let middle = [((b % per_side) as f64 + 0.5) * bucket_m, ((b / per_side) as f64 + 0.5) * bucket_m];
                    ids.extend(least_power(middle, 0..grains.len(), grains, side).map(|(g, _)| g as u32));
                }
                ids.sort_unstable();
                ids.dedup();
                ids
            })
            .collect();
        let mut own_corners = vec![Vec::new(); count];
        for (id, c) in corners.iter().enumerate() {
            let [x, y] = c.point.map(|x| (x / bucket_m) as isize);
            own_corners[bucket(y, x, per_side)].push(id as u32);
        }
        Self {
            per_side,
            bucket_m,
            grains: Lists::new(&near_grains),
            segments: Lists::new(&near_segments),
            corners: Lists::new(&own_corners),
        }
    }
}

fn bucket(row: isize, column: isize, per_side: usize) -> usize {
    let n = per_side as isize;
    (row.rem_euclid(n) * n + column.rem_euclid(n)) as usize
}

/// The grain of least power distance and the displacement from its point.
fn least_power(
    at: Point,
    among: impl Iterator<Item = usize>,
    grains: &[GrainCell],
    side: f64,
) -> Option<(usize, Point)> {
    let mut best: Option<(f64, usize, Point)> = None;
    for g in among {
        let d = displacement(grains[g].point, at, side);
        let power = d[0] * d[0] + d[1] * d[1] - grains[g].weight;
        if best.is_none_or(|(least, _, _)| power < least) {
            best = Some((power, g, d));
        }
    }
    best.map(|(_, g, d)| (g, d))
}

impl Structure {
    /// Where a point of the plane lies.
    pub(crate) fn place(&self, at: Point) -> Place {
        let point = wrap_point(at, self.side);
        let [column, row] = point.map(|x| (x / self.index.bucket_m) as isize);
        let here = bucket(row, column, self.index.per_side);
        let candidates = self.index.grains.of(here).iter().map(|&g| g as usize);
        let found = if self.moved {
            self.most_inside(point, candidates)
        } else {
            least_power(point, candidates, &self.grains, self.side)
        };
        let (grain, from_grain) = found.expect("every bucket lists a grain");
        let (mut edge_m, mut edge) = (f64::INFINITY, 0);
        for s in &self.grains[grain].sides {
            let distance = s.offset - s.normal[0] * from_grain[0] - s.normal[1] * from_grain[1];
            if distance < edge_m {
                (edge_m, edge) = (distance, s.edge);
            }
        }
        let (corner, corner_m) = self.nearest_corner(point, row, column);
        Place { point, grain, from_grain, edge, edge_m: edge_m.max(0.0), corner, corner_m, bucket: here }
    }

    /// The grain that a point is deepest in, and the displacement from its generating point.
    fn most_inside(&self, at: Point, among: impl Iterator<Item = usize>) -> Option<(usize, Point)> {
        among
            .map(|g| {
                let d = displacement(self.grains[g].point, at, self.side);
                (self.depth_m(g, d), g, d)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, g, d)| (g, d))
    }

    /// Distance of a point (from the grain's generating point) to the nearest side; negative outside.
    fn depth_m(&self, grain: usize, d: Point) -> f64 {
        let depth = |s: &super::structure::Side| s.offset - s.normal[0] * d[0] - s.normal[1] * d[1];
        self.grains[grain].sides.iter().map(depth).fold(f64::INFINITY, f64::min)
    }

    fn nearest_corner(&self, point: Point, row: isize, column: isize) -> (usize, f64) {
        let (mut best, mut best2) = (0, f64::INFINITY);
        for ring in 0..=self.index.per_side as isize / 2 {
            // Everything outside this ring is at least as far as the ring is thick.
            let cleared = (ring - 1).max(0) as f64 * self.index.bucket_m;
            if ring > 1 && best2 <= cleared * cleared {
                break;
            }
            for (y, x) in super::power_diagram::ring_offsets(ring) {
                for &id in self.index.corners.of(bucket(row + y, column + x, self.index.per_side)) {
                    let d = displacement(point, self.corners[id as usize].point, self.side);
                    let d2 = d[0] * d[0] + d[1] * d[1];
                    if d2 < best2 {
                        (best, best2) = (id as usize, d2);
                    }
                }
            }
        }
        (best, best2.sqrt())
    }

    /// Boundaries within reach of a place, with their squared distances.
    pub(crate) fn segments_near(&self, place: &Place) -> impl Iterator<Item = (usize, f64)> + Clone {
        self.index.segments.of(place.bucket).iter().map(|&id| {
            let s = &self.segments[id as usize];
            let start = displacement(place.point, s.start, self.side);
            (id as usize, segment_distance2(start, s.run))
        })
    }

    /// Junctions within two buckets (120 nm) of a place, with their squared distances.
    pub(crate) fn corners_near(&self, place: &Place) -> impl Iterator<Item = (usize, f64)> + Clone {
        let [column, row] = place.point.map(|x| (x / self.index.bucket_m) as isize);
        (-2..=2_isize)
            .flat_map(|y| (-2..=2_isize).map(move |x| (y, x)))
            .flat_map(move |(y, x)| self.index.corners.of(bucket(row + y, column + x, self.index.per_side)))
            .map(|&id| {
                let d = displacement(place.point, self.corners[id as usize].point, self.side);
                (id as usize, d[0] * d[0] + d[1] * d[1])
            })
    }

    /// Grains around a place, with their power distances, or what stands for them where junctions were moved: power distances
    /// differ by twice the distance of the points for every metre from the boundary.
    pub(crate) fn grains_near(&self, place: &Place) -> impl Iterator<Item = (usize, f64)> + Clone {
        let spacing = self.side / (self.grains.len() as f64).sqrt();
        self.index.grains.of(place.bucket).iter().map(move |&g| {
            let cell = &self.grains[g as usize];
            let d = displacement(cell.point, place.point, self.side);
            let power = if self.moved {
                -spacing * self.depth_m(g as usize, d)
            } else {
                d[0] * d[0] + d[1] * d[1] - cell.weight
            };
            (g as usize, power)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    fn structure() -> Structure {
        Structure::draw(2.5e-6, 88, 0.35, &mut MasterSeed(11).rng(Stream::Tessellation, 0)).expect("structure")
    }

    fn probes(side: f64) -> impl Iterator<Item = Point> {
        (1..3000).map(move |i| [0.754_877_666, 0.569_840_29].map(|step| side * (f64::from(i) * step).fract()))
    }

    #[test]
    fn lookup_agrees_with_asking_everything() {
        let s = structure();
        for at in probes(s.side) {
            let place = s.place(at);
            let (grain, _) = least_power(at, 0..s.grains.len(), &s.grains, s.side).expect("grains");
            assert_eq!(place.grain, grain);
            let to_segment = |g: &Segment| segment_distance2(displacement(at, g.start, s.side), g.run).sqrt();
            let nearest = s.segments.iter().map(to_segment).fold(f64::INFINITY, f64::min);
            // The line of a side and the segment between its corners differ by rounding of the corners.
            assert!((place.edge_m - nearest).abs() < 1e-15, "{} {nearest}", place.edge_m);
            assert!((to_segment(&s.segments[place.edge]) - nearest).abs() < 1e-15);
            let to_corner = |c: &Corner| {
                let d = displacement(at, c.point, s.side);
                d[0].hypot(d[1])
            };
            let nearest = s.corners.iter().map(to_corner).fold(f64::INFINITY, f64::min);
            assert!((place.corner_m - nearest).abs() < 1e-18);
        }
    }

    #[test]
    fn nothing_within_reach_is_missing() {
        let s = structure();
        for at in probes(s.side).take(500) {
            let place = s.place(at);
            let listed: Vec<usize> = s.segments_near(&place).map(|(id, _)| id).collect();
            for (id, g) in s.segments.iter().enumerate() {
                let distance = segment_distance2(displacement(at, g.start, s.side), g.run).sqrt();
                assert!(distance > REACH_M || listed.contains(&id));
            }
            let listed: Vec<usize> = s.corners_near(&place).map(|(id, _)| id).collect();
            for (id, c) in s.corners.iter().enumerate() {
                let d = displacement(at, c.point, s.side);
                assert!(d[0].hypot(d[1]) > 2.0 * BUCKET_M || listed.contains(&id));
            }
        }
    }
}

//! Finds what is near a point without asking every grain.
//!
//! The torus is divided into square buckets. Each lists the boundary pieces within [`REACH_M`] of it, or, if there are none, those that
//! can be nearest to one of its points; so the nearest boundary is exact at any distance. Which side of it a point lies on says which
//! grain it is in. Junctions are listed in the same way.

use super::network::Corner;
use super::power_diagram::ring_offsets;
use super::structure::{Piece, Structure};
use super::torus::{Point, displacement, segment_distance2, wrap_index, wrap_point};

/// Boundaries at least this close to a point are listed there. Nearness functions are below 4e-4 at this distance.
pub(crate) const REACH_M: f64 = 100e-9;
const BUCKET_M: f64 = 60e-9;

/// The lists of all buckets.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    per_side: usize,
    bucket_m: f64,
    pieces: Lists,
    /// Junctions in each bucket.
    corners: Lists,
    /// Junctions that can be nearest to a point of each bucket.
    nearest_corners: Lists,
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

    /// From pairs of bucket and id; the order of the ids stays.
    fn from_pairs(buckets: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; buckets + 1];
        pairs.clone().for_each(|(b, _)| starts[b as usize + 1] += 1);
        (0..buckets).for_each(|b| starts[b + 1] += starts[b]);
        let mut ids = vec![0; starts[buckets] as usize];
        let mut next = starts.clone();
        for (b, id) in pairs {
            ids[next[b as usize] as usize] = id;
            next[b as usize] += 1;
        }
        Self { starts, ids }
    }

    fn of(&self, bucket: usize) -> &[u32] {
        &self.ids[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}

/// A point's grain and the exact distances around it, in the plane of the structure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) point: Point,
    pub(crate) grain: usize,
    /// From the grain's centroid.
    pub(crate) from_centroid: Point,
    pub(crate) edge: usize,
    pub(crate) edge_m: f64,
    pub(crate) corner: usize,
    pub(crate) corner_m: f64,
    bucket: usize,
}

impl Index {
    pub(crate) fn new(side: f64, pieces: &[Piece], corners: &[Corner]) -> Self {
        let per_side = ((side / BUCKET_M) as usize).max(3);
        let bucket_m = side / per_side as f64;
        let own = corners.iter().enumerate().map(|(id, c)| {
            let [x, y] = c.point.map(|x| (x / bucket_m) as isize);
            (bucket(y, x, per_side) as u32, id as u32)
        });
        let own = Lists::from_pairs(per_side * per_side, own);
        let (pieces, nearest_corners) =
            rayon::join(|| piece_lists(side, per_side, pieces), || corner_lists(side, per_side, &own, corners));
        Self { per_side, bucket_m, pieces, nearest_corners, corners: own }
    }
}

/// The pieces of every bucket: all within reach of one of its points, and all that can be nearest to one.
fn piece_lists(side: f64, per_side: usize, pieces: &[Piece]) -> Lists {
    let buckets = per_side * per_side;
    // Half a diagonal, so that the reach holds for every point of the bucket.
    let half_diagonal = side / per_side as f64 * std::f64::consts::FRAC_1_SQRT_2;
    let reach = REACH_M + half_diagonal;
    let mut near: Vec<(u32, u32, f64)> = Vec::with_capacity(48 * pieces.len());
    let mut least = vec![f64::INFINITY; buckets];
    around_pieces(side, per_side, reach + 2.0 * half_diagonal, pieces, |id, here, distance| {
        near.push((here as u32, id, distance));
        least[here] = distance.min(least[here]);
    });
    // A piece can be nearest to some point of a bucket if it is no farther from the middle than the nearest piece and a diagonal.
    let wanted = |b: usize| if least[b] <= reach { reach.max(least[b] + 2.0 * half_diagonal) } else { 0.0 };
    let within = near.iter().filter(|(b, _, d)| *d <= wanted(*b as usize)).map(|(b, id, _)| (*b, *id));
    let lists = Lists::from_pairs(buckets, within);
    let empty: Vec<usize> = (0..buckets).filter(|&b| lists.of(b).is_empty()).collect();
    if empty.is_empty() {
        return lists;
    }
    let mut filled: Vec<Vec<u32>> = (0..buckets).map(|b| lists.of(b).to_vec()).collect();
    fill_empty(&mut filled, &empty, half_diagonal, pieces, per_side, side);
    Lists::new(&filled)
}

/// The junctions that can be nearest to a point of every bucket.
fn corner_lists(side: f64, per_side: usize, own: &Lists, corners: &[Corner]) -> Lists {
    let bucket_m = side / per_side as f64;
    let diagonal = bucket_m * std::f64::consts::SQRT_2;
    let mut found: Vec<(f64, u32)> = Vec::new();
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for b in 0..per_side * per_side {
        let (row, column) = ((b / per_side) as isize, (b % per_side) as isize);
        let middle = [(column as f64 + 0.5) * bucket_m, (row as f64 + 0.5) * bucket_m];
        let mut least = f64::INFINITY;
        found.clear();
        for ring in 0..=per_side as isize / 2 {
            // Everything outside the rings so far is at least as far as they are thick, from the middle.
            if least + diagonal < (ring as f64 - 0.5) * bucket_m {
                break;
            }
            for (y, x) in ring_offsets(ring) {
                for &id in own.of(bucket(row + y, column + x, per_side)) {
                    let d = displacement(middle, corners[id as usize].point, side);
                    let distance = (d[0] * d[0] + d[1] * d[1]).sqrt();
                    least = least.min(distance);
                    found.push((distance, id));
                }
            }
        }
        pairs.extend(found.iter().filter(|(d, _)| *d <= least + diagonal).map(|(_, id)| (b as u32, *id)));
    }
    Lists::from_pairs(per_side * per_side, pairs.into_iter())
}

/// Every bucket whose middle is within `reach` of a piece: the piece, the bucket, the distance.
fn around_pieces(side: f64, per_side: usize, reach: f64, pieces: &[Piece], mut each: impl FnMut(u32, usize, f64)) {
    let bucket_m = side / per_side as f64;
    for (id, piece) in pieces.iter().enumerate() {
        let span = |axis: usize| {
            let (a, b) = (piece.start[axis], piece.start[axis] + piece.run[axis]);
            let low = ((a.min(b) - reach) / bucket_m).floor() as isize;
            let high = ((a.max(b) + reach) / bucket_m).floor() as isize;
            low..=high.min(low + per_side as isize - 1)
        };
        for row in span(1) {
            for column in span(0) {
                let middle = [(column as f64 + 0.5) * bucket_m, (row as f64 + 0.5) * bucket_m];
                let start = [piece.start[0] - middle[0], piece.start[1] - middle[1]];
                let distance2 = segment_distance2(start, piece.run);
                if distance2 <= reach * reach {
                    each(id as u32, bucket(row, column, per_side), distance2.sqrt());
                }
            }
        }
    }
}

/// Gives every bucket without pieces those that can be nearest to one of its points, from the buckets around it.
///
/// The way from a point to its nearest piece leads through a bucket beside the point's, and the piece is the nearest one all along it. So
/// handing lists on until nothing changes finds all. `slack` is half a bucket's diagonal.
fn fill_empty(near: &mut [Vec<u32>], empty: &[usize], slack: f64, pieces: &[Piece], per_side: usize, side: f64) {
    let bucket_m = side / per_side as f64;
    let (mut ids, mut candidates): (Vec<u32>, Vec<(f64, u32)>) = (Vec::new(), Vec::new());
    // Only what lies beside a list that changed can change.
    let mut changed = vec![true; near.len()];
    while changed.contains(&true) {
        let mut changes = vec![false; near.len()];
        for &b in empty {
            let (row, column) = ((b / per_side) as isize, (b % per_side) as isize);
            let around = ring_offsets(0).chain(ring_offsets(1)).map(|(y, x)| bucket(row + y, column + x, per_side));
            if !around.clone().any(|n| changed[n]) {
                continue;
            }
            ids.clear();
            around.for_each(|n| ids.extend_from_slice(&near[n]));
            ids.sort_unstable();
            ids.dedup();
            let middle = [(column as f64 + 0.5) * bucket_m, (row as f64 + 0.5) * bucket_m];
            candidates.clear();
            candidates.extend(ids.iter().map(|&id| {
                let piece = &pieces[id as usize];
                (segment_distance2(displacement(middle, piece.start, side), piece.run).sqrt(), id)
            }));
            let least = candidates.iter().map(|c| c.0).fold(f64::INFINITY, f64::min);
            candidates.retain(|c| c.0 <= least + 2.0 * slack);
            if candidates.len() != near[b].len() || candidates.iter().zip(&near[b]).any(|(c, id)| c.1 != *id) {
                near[b] = candidates.iter().map(|c| c.1).collect();
                changes[b] = true;
            }
        }
        changed = changes;
    }
}

/// The bucket of a row and a column at most one torus away.
fn bucket(row: isize, column: isize, per_side: usize) -> usize {
    let n = per_side as isize;
    (wrap_index(row, n) * n + wrap_index(column, n)) as usize
}

/// Two distances whose squares differ by less than this share are those of one point, at which pieces join.
const SAME_DISTANCE: f64 = 1e-12;

impl Structure {
    /// Where a point of the plane lies.
    pub(crate) fn place(&self, at: Point) -> Place {
        let point = wrap_point(at, self.side);
        let [column, row] = point.map(|x| (x / self.index.bucket_m) as isize);
        let here = bucket(row, column, self.index.per_side);
        // Nearest piece; where pieces join, the one that the point is farthest to the side of, because its side is then that of
        // the whole boundary.
        let (mut least2, mut aside, mut found) = (f64::INFINITY, 0.0, 0);
        for &id in self.index.pieces.of(here) {
            let (distance2, cross) = self.to_piece(point, id);
            let tie = (distance2 - least2).abs() <= SAME_DISTANCE * least2;
            if (distance2 < least2 && !tie) || (tie && cross.abs() > f64::abs(aside)) {
                (least2, aside, found) = (distance2, cross, id);
            }
        }
        let piece = &self.pieces[found as usize];
        let grain = piece.sides[usize::from(aside < 0.0)];
        let from_centroid = displacement(self.grains[grain].centroid, point, self.side);
        let (corner, corner_m) = self.nearest_corner(point, here);
        Place { point, grain, from_centroid, edge: piece.edge, edge_m: least2.sqrt(), corner, corner_m, bucket: here }
    }

    /// Squared distance of a point from a piece, and its distance to the left of the piece's line.
    fn to_piece(&self, point: Point, id: u32) -> (f64, f64) {
        let piece = &self.pieces[id as usize];
        let start = displacement(point, piece.start, self.side);
        let run = [piece.run[0] * piece.per_m, piece.run[1] * piece.per_m];
        let along = -(start[0] * run[0] + start[1] * run[1]) * piece.per_m;
        let t = along.clamp(0.0, 1.0);
        let (x, y) = (start[0] + t * piece.run[0], start[1] + t * piece.run[1]);
        (x * x + y * y, run[1] * start[0] - run[0] * start[1])
    }

    fn nearest_corner(&self, point: Point, bucket: usize) -> (usize, f64) {
        let (mut best, mut best2) = (0, f64::INFINITY);
        for &id in self.index.nearest_corners.of(bucket) {
            let d = displacement(point, self.corners[id as usize].point, self.side);
            let d2 = d[0] * d[0] + d[1] * d[1];
            if d2 < best2 {
                (best, best2) = (id as usize, d2);
            }
        }
        (best, best2.sqrt())
    }

    /// Boundaries within reach of a place, with their squared distances.
    pub(crate) fn edges_near(&self, place: &Place) -> impl Iterator<Item = (usize, f64)> + Clone {
        let point = place.point;
        let same = |a: &u32, b: &u32| self.pieces[*a as usize].edge == self.pieces[*b as usize].edge;
        self.index.pieces.of(place.bucket).chunk_by(same).map(move |pieces| {
            let distance2 = pieces.iter().map(|&id| self.to_piece(point, id).0).fold(f64::INFINITY, f64::min);
            (self.pieces[pieces[0] as usize].edge, distance2)
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

    /// Grains within reach of a place, with their distances; that of the place's own grain is negative, its depth.
    pub(crate) fn grains_near(&self, place: &Place) -> impl Iterator<Item = (usize, f64)> + Clone {
        let mut near = [(usize::MAX, f64::INFINITY); GRAINS_NEAR];
        near[0] = (place.grain, -place.edge_m);
        let mut count = 1;
        for (edge, distance2) in self.edges_near(place) {
            for grain in self.edges[edge].grains {
                match near[..count].iter_mut().find(|(g, _)| *g == grain) {
                    Some((_, distance)) if grain != place.grain => *distance = distance.min(distance2.sqrt()),
                    None if count < GRAINS_NEAR => {
                        near[count] = (grain, distance2.sqrt());
                        count += 1;
                    }
                    _ => {}
                }
            }
        }
        near.into_iter().take(count)
    }
}

/// More grains than come within reach of any place on films with grains of 150 nm or more.
const GRAINS_NEAR: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::film::relaxation::relaxed;
    use crate::film::spec::Generator;
    use crate::film::{FilmSpec, tessellation};
    use tiptwin_instrument::{MasterSeed, Meters, Stream};

    fn structure(generator: Generator, seed: u64) -> Structure {
        let spec = FilmSpec { generator, film_size: Meters(2.5e-6), ..FilmSpec::default() };
        let network = tessellation::draw(&spec, &mut MasterSeed(seed).rng(Stream::Tessellation, 0)).expect("network");
        Structure::new(relaxed(network, 5))
    }

    fn probes(side: f64) -> impl Iterator<Item = Point> {
        (1..3000).map(move |i| [0.754_877_666, 0.569_840_29].map(|step| side * (f64::from(i) * step).fract()))
    }

    /// By the winding number: whether the outline of a grain runs around a point.
    fn contains(s: &Structure, grain: usize, at: Point) -> bool {
        let mut turns = 0.0;
        for piece in s.pieces.iter().filter(|p| p.sides.contains(&grain)) {
            let a = displacement(at, piece.start, s.side);
            let b = [a[0] + piece.run[0], a[1] + piece.run[1]];
            let turn = (a[0] * b[1] - a[1] * b[0]).atan2(a[0] * b[0] + a[1] * b[1]);
            turns += if piece.sides[0] == grain { turn } else { -turn };
        }
        turns > std::f64::consts::PI
    }

    #[test]
    fn lookup_agrees_with_asking_everything() {
        for (generator, seed) in Generator::ALL.into_iter().flat_map(|g| (11..14).map(move |seed| (g, seed))) {
            let s = structure(generator, seed);
            for at in probes(s.side) {
                let place = s.place(at);
                assert!(contains(&s, place.grain, at), "{generator:?}, seed {seed}, at {at:?}");
                let to = |p: &Piece| segment_distance2(displacement(at, p.start, s.side), p.run).sqrt();
                let nearest = s.pieces.iter().map(to).fold(f64::INFINITY, f64::min);
                assert!((place.edge_m - nearest).abs() < 1e-18, "{} {nearest}", place.edge_m);
                let own = s.pieces[s.edges[place.edge].pieces.clone()].iter().map(to).fold(f64::INFINITY, f64::min);
                assert!((own - nearest).abs() < 1e-15);
                let to_corner = |c: &Corner| {
                    let d = displacement(at, c.point, s.side);
                    d[0].hypot(d[1])
                };
                let nearest = s.corners.iter().map(to_corner).fold(f64::INFINITY, f64::min);
                assert!((place.corner_m - nearest).abs() < 1e-18);
            }
        }
    }

    #[test]
    fn nothing_within_reach_is_missing() {
        for generator in Generator::ALL {
            let s = structure(generator, 11);
            for at in probes(s.side).take(500) {
                let place = s.place(at);
                let listed: Vec<usize> = s.edges_near(&place).map(|(id, _)| id).collect();
                let grains: Vec<usize> = s.grains_near(&place).map(|(id, _)| id).collect();
                for p in &s.pieces {
                    let distance = segment_distance2(displacement(at, p.start, s.side), p.run).sqrt();
                    assert!(distance > REACH_M || listed.contains(&p.edge));
                    assert!(distance > REACH_M || p.sides.iter().all(|g| grains.contains(g)));
                }
                let listed: Vec<usize> = s.corners_near(&place).map(|(id, _)| id).collect();
                for (id, c) in s.corners.iter().enumerate() {
                    let d = displacement(at, c.point, s.side);
                    assert!(d[0].hypot(d[1]) > 2.0 * BUCKET_M || listed.contains(&id));
                }
            }
        }
    }

    /// Narrow grains between curved boundaries are where relaxation could make boundaries cross.
    #[test]
    fn relaxed_boundaries_never_cross() {
        for seed in 0..20 {
            let spec = FilmSpec { generator: Generator::JohnsonMehl, film_size: Meters(2.5e-6), ..FilmSpec::default() };
            let network =
                tessellation::draw(&spec, &mut MasterSeed(seed).rng(Stream::Tessellation, 0)).expect("network");
            let s = Structure::new(relaxed(network, 10));
            assert!(s.grains.iter().all(|g| g.area_m2 > 0.0));
            for at in probes(s.side).take(1000) {
                assert!(contains(&s, s.place(at).grain, at), "seed {seed} at {at:?}");
            }
        }
    }
}

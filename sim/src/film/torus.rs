//! Plane geometry on a square whose opposite sides are glued together.

/// A point or a displacement in metres.
pub(crate) type Point = [f64; 2];

/// Brings a coordinate into `0..side`.
pub(crate) fn wrap(x: f64, side: f64) -> f64 {
    let wrapped = x - side * (x / side).floor();
    // Rounding can land exactly on the far side for tiny negative x.
    if wrapped >= side { 0.0 } else { wrapped }
}

/// Brings a point into the square.
pub(crate) fn wrap_point(p: Point, side: f64) -> Point {
    [wrap(p[0], side), wrap(p[1], side)]
}

/// Brings the number of a row or a column, at most `n` outside, into `0..n`: far cheaper than a remainder.
pub(crate) fn wrap_index(k: isize, n: isize) -> isize {
    if k < 0 {
        k + n
    } else if k >= n {
        k - n
    } else {
        k
    }
}

/// The shortest displacement from `from` to `to`.
pub(crate) fn displacement(from: Point, to: Point, side: f64) -> Point {
    // Most points are near each other, and rounding is slow on machines without an instruction for it.
    let shortest = |d: f64| if d.abs() < 0.5 * side { d } else { d - side * (d / side).round() };
    [shortest(to[0] - from[0]), shortest(to[1] - from[1])]
}

/// Squared distance of the origin from the segment that starts at `a` and runs along `v`.
pub(crate) fn segment_distance2(a: Point, v: Point) -> f64 {
    let length2 = v[0] * v[0] + v[1] * v[1];
    let t = if length2 > 0.0 { (-(a[0] * v[0] + a[1] * v[1]) / length2).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (a[0] + t * v[0], a[1] + t * v[1]);
    x * x + y * y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_stays_inside_and_displacements_are_short() {
        for x in [-1e-30, -0.1, 0.0, 2.999, 3.0, 3.1, -7.3] {
            let w = wrap(x, 3.0);
            assert!((0.0..3.0).contains(&w), "{x} → {w}");
        }
        assert_eq!(displacement([0.1, 2.9], [2.9, 0.1], 3.0), [2.8 - 3.0, 0.1 - 2.9 + 3.0]);
    }

    #[test]
    fn segment_distance_to_ends_and_to_the_middle() {
        assert!((segment_distance2([-1.0, 2.0], [2.0, 0.0]) - 4.0).abs() < 1e-15);
        assert!((segment_distance2([3.0, 4.0], [1.0, 0.0]) - 25.0).abs() < 1e-15);
        assert!((segment_distance2([3.0, 4.0], [0.0, 0.0]) - 25.0).abs() < 1e-15);
    }
}

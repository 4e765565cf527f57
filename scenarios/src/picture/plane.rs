//! Levelling for the eye: a sample is never mounted flat, and the tilt would use up the colours.

use ndarray::Array2;

/// Heights without the plane that fits them best. On a whole grid rows and columns are independent, so each slope follows alone.
pub fn without_plane(heights: &Array2<f64>) -> Array2<f64> {
    let (rows, cols) = heights.dim();
    let (middle_r, middle_c) = (0.5 * (rows as f64 - 1.0), 0.5 * (cols as f64 - 1.0));
    let mean = heights.sum() / heights.len() as f64;
    let (mut along, mut across, mut squares) = (0.0, 0.0, [0.0, 0.0]);
    for ((r, c), h) in heights.indexed_iter() {
        let (y, x) = (r as f64 - middle_r, c as f64 - middle_c);
        (along, across) = (along + x * (h - mean), across + y * (h - mean));
        squares = [squares[0] + x * x, squares[1] + y * y];
    }
    let slopes = [along / squares[0], across / squares[1]];
    Array2::from_shape_fn((rows, cols), |(r, c)| {
        heights[[r, c]] - mean - slopes[0] * (c as f64 - middle_c) - slopes[1] * (r as f64 - middle_r)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_levelled_away_and_nothing_else() {
        let bumps = |r: usize, c: usize| f64::from(u8::from((r + c).is_multiple_of(2)));
        let tilted = Array2::from_shape_fn((8, 6), |(r, c)| 3.0 - 0.7 * r as f64 + 0.2 * c as f64 + bumps(r, c));
        for ((r, c), h) in without_plane(&tilted).indexed_iter() {
            // A chequerboard has next to no plane of its own: below 0.06 a pixel on so small a grid.
            assert!((h - bumps(r, c) + 0.5).abs() < 0.1, "{r} {c}: {h}");
        }
    }
}

//! Polynomial surfaces taken out of an image by least squares.
//!
//! With r and q the row and column scaled to [−1, 1]: the plane `a + b·r + c·q` is sample tilt; the surface
//! `a + b·r + c·q + d·r² + e·q² + f·r·q` is also the bow of a piezo tube scanner. Neither is structure, and neither knows of jumps between
//! lines.

use crate::gp::Factor;
use ndarray::Array2;

/// The image without its plane.
pub fn without_plane(image: &Array2<f64>) -> Array2<f64> {
    in_own_unit(image, |z| without_surface(z, |r, q| [1.0, r, q]))
}

/// The image without plane and bow.
pub fn without_bow(image: &Array2<f64>) -> Array2<f64> {
    in_own_unit(image, |z| without_surface(z, |r, q| [1.0, r, q, r * r, q * q, r * q]))
}

/// Heights of micrometres with nanometres of structure: the fit wants the mean taken out and a unit of order one.
fn in_own_unit(image: &Array2<f64>, flatten: impl Fn(Array2<f64>) -> Array2<f64>) -> Array2<f64> {
    let mean = image.mean().unwrap_or(0.0);
    let largest = image.iter().fold(0.0f64, |m, v| m.max((v - mean).abs()));
    if largest == 0.0 {
        return Array2::zeros(image.dim());
    }
    flatten(image.mapv(|v| (v - mean) / largest)) * largest
}

/// Least-squares fit of a combination of basis functions of the scaled row and column, subtracted.
///
/// An image of one or two lines has fewer independent terms; the factor's jitter then acts as a ridge.
pub(crate) fn without_surface<const N: usize>(mut z: Array2<f64>, basis: impl Fn(f64, f64) -> [f64; N]) -> Array2<f64> {
    let (rows, cols) = z.dim();
    let scaled = |i: usize, n: usize| if n > 1 { 2.0 * i as f64 / (n - 1) as f64 - 1.0 } else { 0.0 };
    let basis = |r: usize, q: usize| basis(scaled(r, rows), scaled(q, cols));
    let mut gram = Array2::zeros((N, N));
    let mut moment = [0.0; N];
    for ((r, q), v) in z.indexed_iter() {
        let b = basis(r, q);
        for i in 0..N {
            moment[i] += b[i] * v;
            for j in 0..N {
                gram[[i, j]] += b[i] * b[j];
            }
        }
    }
    let Ok(factor) = Factor::new(&gram) else { return z };
    let coefficients = factor.solve(&moment);
    for ((r, q), v) in z.indexed_iter_mut() {
        *v -= basis(r, q).iter().zip(&coefficients).map(|(b, c)| b * c).sum::<f64>();
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(bow: f64) -> Array2<f64> {
        Array2::from_shape_fn((30, 20), |(r, c)| {
            let (r, c) = (r as f64, c as f64);
            1e-6 + 1e-9 * (3.0 * r - 2.0 * c + bow * (0.1 * r * r - 0.03 * c * c + 0.02 * r * c))
        })
    }

    #[test]
    fn each_takes_out_what_it_names() {
        let nothing = |z: &Array2<f64>| z.iter().all(|v| v.abs() < 1e-17);
        assert!(nothing(&without_plane(&image(0.0))));
        assert!(!nothing(&without_plane(&image(1.0))));
        assert!(nothing(&without_bow(&image(1.0))));
        assert!(nothing(&without_bow(&Array2::from_elem((4, 5), 3.0))));
    }

    #[test]
    fn structure_keeps_its_unit() {
        let ripple =
            Array2::from_shape_fn((64, 64), |(r, c)| 5e-9 * (((r as f64) * 0.9).sin() + ((c as f64) * 1.3).cos()));
        let flat = without_bow(&(&ripple + &Array2::from_shape_fn((64, 64), |(r, _)| 1e-8 * r as f64)));
        let rms = |z: &Array2<f64>| (z.iter().map(|v| v * v).sum::<f64>() / 4096.0).sqrt();
        assert!((rms(&flat) / rms(&ripple) - 1.0).abs() < 0.01);
    }
}

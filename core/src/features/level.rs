//! Taking plane and bow out of an image.
//!
//! As in [`crate::levelling`], and divided by the standard deviation of what is left, so that the unit of the image does not matter.

use crate::levelling::without_surface;
use ndarray::Array2;

/// The image without plane and bow, in units of its own standard deviation and in standard layout; all zero if nothing is left.
pub fn levelled(image: &Array2<f64>) -> Array2<f64> {
    let (rows, cols) = image.dim();
    // Heights of micrometres with nanometres of structure: take the mean first, and a unit of order 1.
    let mean = image.mean().unwrap_or(0.0);
    let largest = image.iter().fold(0.0f64, |m, v| m.max((v - mean).abs()));
    if largest <= 1e-13 * mean.abs() || largest == 0.0 {
        return Array2::zeros((rows, cols));
    }
    let z = Array2::from_shape_fn((rows, cols), |at| (image[at] - mean) / largest);
    let z = without_surface(z, |r, q| [1.0, r, q, r * r, q * q, r * q]);
    let deviation = z.iter().map(|v| v * v).sum::<f64>().sqrt() / (z.len() as f64).sqrt();
    // Nothing but rounding is left of an image that is all plane and bow.
    if deviation < 1e-10 {
        return Array2::zeros((rows, cols));
    }
    z.mapv_into(|v| v / deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plane_and_bow_leave_nothing() {
        let image = Array2::from_shape_fn((30, 20), |(r, c)| {
            let (r, c) = (r as f64, c as f64);
            1e-6 + 1e-9 * (3.0 * r - 2.0 * c + 0.1 * r * r - 0.03 * c * c + 0.02 * r * c)
        });
        assert!(levelled(&image).iter().all(|v| *v == 0.0));
    }

    #[test]
    fn structure_stays_with_unit_deviation() {
        let ripple = Array2::from_shape_fn((64, 64), |(r, c)| ((r as f64) * 0.9).sin() + ((c as f64) * 1.3).cos());
        let tilted = Array2::from_shape_fn((64, 64), |(r, c)| 5e-9 * ripple[[r, c]] + 1e-9 * r as f64 + 4e-7);
        let (a, b) = (levelled(&ripple), levelled(&tilted));
        assert!((a.iter().map(|v| v * v).sum::<f64>() / 4096.0 - 1.0).abs() < 1e-12);
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() < 1e-9);
        }
    }
}

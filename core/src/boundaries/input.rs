//! What a detector sees of an image.
//!
//! Lines are aligned and a bow is taken out, because a detector should not learn the ramp of a tilted sample; then the central 99 % of the
//! values are brought to 0 … 1 and the rest to the ends, so that a scar or a particle does not squeeze the grains into a few levels. Units
//! do not matter after that.

use super::BoundaryError;
use crate::levelling::{Correction, corrected};
use ndarray::Array2;

/// Fewest rows and columns.
pub const SMALLEST_PX: usize = 16;
/// Percentiles that become 0 and 1.
const CLIP_PERCENT: (f64, f64) = (0.5, 99.5);

/// The image as detectors take it: 0 … 1, same shape.
pub fn prepared(image: &Array2<f64>) -> Result<Array2<f32>, BoundaryError> {
    let (rows, cols) = image.dim();
    if rows < SMALLEST_PX || cols < SMALLEST_PX {
        return Err(BoundaryError::Small { rows, cols });
    }
    if let Some(((row, col), &value)) = image.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(BoundaryError::NotFinite { row, col, value });
    }
    let level = corrected(image, &[Correction::Lines, Correction::Bow]);
    let mut sorted: Vec<f64> = level.iter().copied().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |percent: f64| sorted[(percent / 100.0 * (sorted.len() - 1) as f64).round() as usize];
    let (low, high) = (at(CLIP_PERCENT.0), at(CLIP_PERCENT.1));
    // What is left of an even ramp is the rounding of its largest value.
    let rounding = 1e-12 * image.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if high - low <= rounding {
        return Err(BoundaryError::Flat { value: image[[0, 0]] });
    }
    Ok(level.mapv(|v| ((v - low) / (high - low)).clamp(0.0, 1.0) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relief() -> Array2<f64> {
        Array2::from_shape_fn((20, 24), |(r, c)| 1e-9 * ((r as f64 * 0.9).sin() + (c as f64 * 0.7).cos()))
    }

    #[test]
    fn units_offsets_and_tilt_do_not_matter() {
        let plain = prepared(&relief()).expect("relief");
        let tilted = Array2::from_shape_fn((20, 24), |(r, c)| {
            3.0 + 250.0 * (1e9 * relief()[[r, c]] + 0.3 * r as f64 - 0.2 * c as f64)
        });
        let tilted = prepared(&tilted).expect("relief");
        let apart = plain.iter().zip(&tilted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-4, "{apart}");
        assert!(plain.iter().all(|v| (0.0..=1.0).contains(v)));
    }

    #[test]
    fn an_outlier_does_not_squeeze_the_rest() {
        let mut image = relief();
        image[[7, 7]] = 1e-6;
        let (with, without) = (prepared(&image).expect("relief"), prepared(&relief()).expect("relief"));
        let spread = |a: &Array2<f32>| a.std(0.0);
        // One pixel at 250 times the relief bends the fitted bow; between its extremes the rest would have a spread of 0.002.
        assert!(spread(&with) > 0.5 * spread(&without), "{} against {}", spread(&with), spread(&without));
    }

    #[test]
    fn images_without_anything_to_see_are_refused_with_the_reason() {
        let refused = |image: Array2<f64>| prepared(&image).expect_err("refused").to_string();
        assert!(refused(Array2::zeros((8, 64))).contains("8 × 64 pixels; accepted: at least 16 × 16"));
        assert!(refused(Array2::from_elem((32, 32), 2.5)).contains("2.5 everywhere"));
        let ramp = Array2::from_shape_fn((32, 32), |(r, c)| 0.1 * r as f64 + 0.7 * c as f64);
        assert!(refused(ramp).contains("levelled"));
        let mut hole = relief();
        hole[[3, 5]] = f64::NAN;
        assert!(refused(hole).contains("NaN at row 3, column 5"));
    }
}

//! What the structure image says about every candidate, before the first measurement.
//!
//! The image is [levelled](level), filtered at several [scales](filters), and the filter responses over all candidates
//! are turned into a few whitened [principal components](components); beside them stands how near [grain boundaries](boundary) are. All of it
//! happens once per image and uses no target.

pub mod boundary;
pub mod components;
pub mod filters;
pub mod level;

use crate::Candidates;
use components::{Basis, Moments};
use filters::{Bank, Workspace};
use ndarray::{Array2, ArrayViewMut2};
use rayon::prelude::*;

/// Standard deviations of the Gaussian windows, in pixels: from what a pixel can resolve to what a window of 16
/// pixels can hold, each about 1.6 times the one before (Lowe, IJCV 60, 91 (2004), §3, for that ratio).
pub const SCALES_PX: [f64; 5] = [1.0, 1.6, 2.5, 4.0, 6.0];

/// Components kept. On five kinds of images 5, 8, 12 and all 25 predict alike; see docs/decisions/0003-tiptwin-learner.md.
pub const COMPONENTS: usize = 8;

/// Whitened components of all candidates: candidates × [`COMPONENTS`], zero mean and unit variance over the candidates (a
/// component that does not vary is 0).
///
/// The filter responses are computed twice, once for the components and once for the scores on them, and never held for more than a
/// row of the image and thread.
pub fn structure_features(candidates: &Candidates) -> Array2<f64> {
    let bank = Bank::new(&SCALES_PX);
    let images: Vec<Array2<f64>> = candidates.images().map(level::levelled).collect();
    let first = candidates.pixel(0);
    let columns = first.col..first.col + candidates.cols();
    let new = || (Workspace::default(), vec![Vec::new(); bank.len() * images.len()]);
    let responses = |(workspace, rows): &mut (Workspace, Vec<Vec<f64>>), row: usize| -> Vec<Vec<f64>> {
        for (image, rows) in images.iter().zip(rows.chunks_exact_mut(bank.len())) {
            bank.row(image, first.row + row, workspace, rows);
        }
        rows.iter().map(|r| r[columns.clone()].to_vec()).collect()
    };
    let moments: Vec<Moments> =
        (0..candidates.rows()).into_par_iter().map_init(new, |room, row| Moments::of(responses(room, row))).collect();
    let basis = Basis::new(&moments.into_iter().fold(Moments::default(), Moments::with), COMPONENTS);
    let mut features = Array2::zeros((candidates.len(), COMPONENTS));
    let all = features.as_slice_mut().expect("a fresh array is contiguous");
    all.par_chunks_mut(candidates.cols() * COMPONENTS).enumerate().for_each_init(new, |room, (row, scores)| {
        let scores = ArrayViewMut2::from_shape((candidates.cols(), COMPONENTS), scores).expect("a row of candidates");
        basis.project_columns(&responses(room, row), scores);
    });
    features
}

/// Row and column of all candidates, in units of the pixel width (candidates × 2).
pub fn coordinates_px(candidates: &Candidates) -> Array2<f64> {
    let (width, height) = candidates.pixel_size();
    let aspect = height.si() / width.si();
    let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 };
    Array2::from_shape_fn((candidates.len(), 2), |(i, j)| {
        let pixel = candidates.pixel(i);
        if j == 0 { pixel.row as f64 * aspect } else { pixel.col as f64 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::Meters;

    fn bumps(tilt: f64, scale: f64) -> Candidates {
        let image = Array2::from_shape_fn((40, 36), |(r, c)| {
            let (r, c) = (r as f64, c as f64);
            scale
                * ((r * 0.7).sin() * (c * 0.45).cos()
                    + 0.3 * (r * c * 0.05).sin()
                    + tilt * (r - 2.0 * c + 0.02 * r * r))
        });
        Candidates::new(image, 8, Meters(1e-9), Meters(2e-9)).expect("fits")
    }

    #[test]
    fn tilt_bow_and_unit_of_the_image_do_not_matter() {
        let plain = structure_features(&bumps(0.0, 1.0));
        let other = structure_features(&bumps(0.3, 1e-8));
        for (a, b) in plain.iter().zip(&other) {
            // Rounding of a tilt 30 times the signal, whitened by components of a few per cent of the variance.
            assert!((a - b).abs() < 1e-8, "{a} against {b}");
        }
    }

    #[test]
    fn a_flat_image_has_features_of_zero() {
        let flat = Candidates::new(Array2::from_elem((20, 20), 3e-8), 4, Meters(1.0), Meters(1.0)).expect("fits");
        assert!(structure_features(&flat).iter().all(|v| *v == 0.0));
    }

    #[test]
    fn coordinates_are_those_of_the_named_pixels() {
        let c = bumps(0.0, 1.0);
        let xy = coordinates_px(&c);
        let last = c.pixel(c.len() - 1);
        assert_eq!(xy.row(c.len() - 1).to_vec(), vec![last.row as f64 * 2.0, last.col as f64]);
    }
}

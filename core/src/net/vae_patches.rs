//! Patches as an autoencoder reads them: only their shape counts, not how high they lie.

use super::vae::VaeError;
use crate::Candidates;
use ndarray::{Array2, Axis};

/// Windows around all candidates of the structure image, one a row (N × window², row by row), each without its own mean, all
/// divided by the standard deviation of what is left.
pub fn standardised(candidates: &Candidates) -> Result<Array2<f32>, VaeError> {
    let (image, edge) = (candidates.structure(), candidates.window());
    let cols = candidates.cols();
    let cut = |(i, p): (usize, usize)| image[[i / cols + p / edge, i % cols + p % edge]];
    standardise(Array2::from_shape_fn((candidates.len(), edge * edge), cut))
}

/// The same of patches that are already cut out.
pub fn standardise(mut patches: Array2<f64>) -> Result<Array2<f32>, VaeError> {
    if let Some(((patch, pixel), value)) = patches.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(VaeError::NotFinite { patch, pixel, value: *value as f32 });
    }
    let largest = patches.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for mut patch in patches.axis_iter_mut(Axis(0)) {
        let mean = patch.sum() / patch.len().max(1) as f64;
        patch -= mean;
    }
    let deviation = (patches.iter().map(|v| v * v).sum::<f64>() / patches.len().max(1) as f64).sqrt();
    // A mean is good to about 1e-16 of the numbers it is of.
    if deviation <= 1e-12 * largest {
        return Err(VaeError::Flat);
    }
    Ok(patches.mapv(|v| (v / deviation) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::Meters;

    #[test]
    fn patches_lose_their_height_and_share_one_scale() {
        let image = Array2::from_shape_fn((9, 11), |(r, c)| 5e-8 + 1e-9 * ((r * r) as f64 * 0.3 + (c as f64).sin()));
        let candidates = Candidates::new(image.clone(), 4, Meters(1e-8), Meters(1e-8)).expect("fits");
        let patches = standardised(&candidates).expect("finite");
        assert_eq!(patches.dim(), (6 * 8, 16));
        assert!(patches.rows().into_iter().all(|p| p.sum().abs() < 1e-4));
        let squares = patches.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / patches.len() as f64;
        assert!((squares - 1.0).abs() < 1e-5);
        // Candidate 9 is the second row, second column: differences within it are those of the image there.
        let unit = (image[[1, 1]] - image[[4, 4]]) / f64::from(patches[[9, 0]] - patches[[9, 15]]);
        let other = (image[[2, 3]] - image[[3, 1]]) / f64::from(patches[[9, 6]] - patches[[9, 8]]);
        assert!((unit / other - 1.0).abs() < 1e-4);
    }

    #[test]
    fn flat_and_broken_patches_are_refused() {
        assert!(matches!(standardise(Array2::from_elem((3, 4), 0.7)), Err(VaeError::Flat)));
        let mut broken = Array2::from_shape_fn((3, 4), |(r, c)| (r * c) as f64);
        broken[[1, 2]] = f64::NAN;
        assert!(matches!(standardise(broken), Err(VaeError::NotFinite { patch: 1, pixel: 2, .. })));
    }
}

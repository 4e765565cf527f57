//! Lines shifted so that neighbours agree: the median of differences.
//!
//! Between two lines a feedback loop can jump; the surface hardly does. Each line is shifted by the median difference, pixel by pixel, to the
//! line before it, and in the end the image gets back its mean. The median does not follow a feature that covers less than
//! half of a line. Drift along the slow axis is taken for jumps and lost. Source: Gwyddion user guide, "Align Rows", method *median of
//! differences*.

use ndarray::Array2;

/// The image with its lines (rows) shifted to each other.
pub fn without_line_offsets(image: &Array2<f64>) -> Array2<f64> {
    let mut out = image.clone();
    let mut shift = 0.0;
    for r in 1..image.nrows() {
        let differences = image.row(r).iter().zip(image.row(r - 1)).map(|(a, b)| a - b).collect();
        shift += median(differences);
        out.row_mut(r).mapv_inplace(|v| v - shift);
    }
    let lost = image.mean().unwrap_or(0.0) - out.mean().unwrap_or(0.0);
    out + lost
}

fn median(mut values: Vec<f64>) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    values.sort_by(f64::total_cmp);
    0.5 * (values[last / 2] + values[last.div_ceil(2)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_go_and_features_stay() {
        // A mound on a flat sample, with jumps between lines.
        let mound = Array2::from_shape_fn((40, 60), |(r, c)| {
            let (dr, dc) = (r as f64 - 20.0, c as f64 - 30.0);
            10.0 * (-(dr * dr + dc * dc) / 50.0).exp()
        });
        let jump = |r: usize| ((r * 7919) % 13) as f64;
        let measured = Array2::from_shape_fn((40, 60), |(r, c)| mound[[r, c]] + jump(r));
        let flat = without_line_offsets(&measured);
        let offset = flat[[0, 0]] - mound[[0, 0]];
        assert!(flat.iter().zip(&mound).all(|(a, b)| (a - b - offset).abs() < 0.2), "the mound is left as it was");
        assert!((flat.mean().expect("not empty") - measured.mean().expect("not empty")).abs() < 1e-9);
    }

    #[test]
    fn a_single_line_is_left_alone() {
        let line = Array2::from_shape_fn((1, 5), |(_, c)| c as f64);
        assert_eq!(without_line_offsets(&line), line);
    }
}

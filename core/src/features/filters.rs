//! Filter responses of an image at several scales.
//!
//! With `G_σ` a Gaussian window of standard deviation σ (pixels) and `L = G_σ * image`, per scale: L; σ|∇L|; `σ²(L_rr + L_cc)`;
//! and the two eigenvalues of σ²·Hessian(L). The powers of σ make responses of different scales comparable
//! (Lindeberg, IJCV 30, 79 (1998), eq. 1). Grooves are a large upper eigenvalue, pits two of them, grain tops none.
//! Pixels count as square. Borders are mirrored (half-sample symmetric), windows cut at 4σ.

use ndarray::Array2;
use rayon::prelude::*;

/// Responses, each of the shape of the image: five per scale in the order above, upper eigenvalue first.
pub fn responses(image: &Array2<f64>, scales_px: &[f64]) -> Vec<Array2<f64>> {
    scales_px.par_iter().flat_map_iter(|&sigma| at_scale(image, sigma)).collect()
}

fn at_scale(image: &Array2<f64>, sigma: f64) -> [Array2<f64>; 5] {
    let windows = [0, 1, 2].map(|order| gaussian(sigma, order));
    let columns = [0, 1, 2].map(|order| along_columns(image, &windows[order]));
    let rows = |of: &Array2<f64>, order: usize| {
        let transposed = of.t().as_standard_layout().into_owned();
        along_columns(&transposed, &windows[order]).t().as_standard_layout().into_owned()
    };
    let smooth = rows(&columns[0], 0);
    let (d_r, d_c) = (rows(&columns[0], 1), rows(&columns[1], 0));
    let (d_rr, d_cc, d_rc) = (rows(&columns[0], 2), rows(&columns[2], 0), rows(&columns[1], 1));
    let shape = image.raw_dim();
    let gradient = Array2::from_shape_fn(shape, |at| sigma * d_r[at].hypot(d_c[at]));
    let laplacian = Array2::from_shape_fn(shape, |at| sigma * sigma * (d_rr[at] + d_cc[at]));
    let split = Array2::from_shape_fn(shape, |at| sigma * sigma * (0.5 * (d_rr[at] - d_cc[at])).hypot(d_rc[at]));
    let (upper, lower) = (0.5 * &laplacian + &split, 0.5 * &laplacian - &split);
    [smooth, gradient, laplacian, upper, lower]
}

/// Samples of the Gaussian of an order of differentiation, from −⌈4σ⌉ to ⌈4σ⌉, for correlation. The sampled window
/// is normalised to sum 1 first, so that a constant image is kept exactly.
fn gaussian(sigma: f64, order: usize) -> Vec<f64> {
    let reach = (4.0 * sigma).ceil() as i64;
    let positions: Vec<f64> = (-reach..=reach).map(|i| i as f64).collect();
    let window: Vec<f64> = positions.iter().map(|x| (-0.5 * x * x / (sigma * sigma)).exp()).collect();
    let sum: f64 = window.iter().sum();
    let s2 = sigma * sigma;
    let mut taps: Vec<f64> = positions
        .iter()
        .zip(&window)
        .map(|(x, g)| match order {
            0 => g / sum,
            1 => x / s2 * g / sum,
            _ => (x * x / s2 - 1.0) / s2 * g / sum,
        })
        .collect();
    if order == 2 {
        // Sampling leaves a small sum, with which a constant image would have curvature.
        let rest = taps.iter().sum::<f64>() / sum;
        taps.iter_mut().zip(&window).for_each(|(t, g)| *t -= rest * g);
    }
    taps
}

/// Correlation of every row with a window of odd length, that is along the column index.
fn along_columns(image: &Array2<f64>, window: &[f64]) -> Array2<f64> {
    let (rows, cols) = image.dim();
    let reach = window.len() / 2;
    let mut out = Array2::zeros((rows, cols));
    let mut line = vec![0.0; cols + 2 * reach];
    for (from, mut to) in image.rows().into_iter().zip(out.rows_mut()) {
        for (i, v) in line.iter_mut().enumerate() {
            *v = from[mirrored(i as i64 - reach as i64, cols)];
        }
        for (c, v) in to.iter_mut().enumerate() {
            *v = line[c..].iter().zip(window).map(|(a, b)| a * b).sum();
        }
    }
    out
}

/// Index of a position beyond the border of n samples, mirrored about the outer edge of the first and last.
fn mirrored(i: i64, n: usize) -> usize {
    let period = 2 * n as i64;
    let i = i.rem_euclid(period);
    (if i < n as i64 { i } else { period - 1 - i }) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_mirror() {
        let indices: Vec<usize> = (-5..8).map(|i| mirrored(i, 3)).collect();
        assert_eq!(indices, [1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]);
    }

    #[test]
    fn a_constant_has_no_derivatives() {
        for sigma in [1.0, 2.5] {
            let [smooth, gradient, laplacian, upper, lower] = at_scale(&Array2::from_elem((9, 12), 2.5), sigma);
            assert!(smooth.iter().all(|v| (v - 2.5).abs() < 1e-14));
            for map in [gradient, laplacian, upper, lower] {
                assert!(map.iter().all(|v| v.abs() < 1e-13));
            }
        }
    }

    #[test]
    fn derivatives_of_a_parabola_in_the_interior() {
        let (n, sigma) = (61, 2.0);
        let image = Array2::from_shape_fn((n, n), |(r, c)| 0.5 * (r as f64 - 30.0).powi(2) - (c as f64 - 30.0).powi(2));
        let [_, gradient, laplacian, upper, lower] = at_scale(&image, sigma);
        let at = [33, 26];
        // L_r = 3, L_c = 8, L_rr = 1, L_cc = -2. The window is cut at 4σ, where it has fallen to 3e-4; its variance is
        // therefore short by about 1e-3.
        for (map, expected) in [
            (gradient, sigma * 3f64.hypot(8.0)),
            (laplacian, -sigma * sigma),
            (upper, sigma * sigma),
            (lower, -2.0 * sigma * sigma),
        ] {
            assert!((map[at] / expected - 1.0).abs() < 1e-2, "{} against {expected}", map[at]);
        }
    }

    #[test]
    fn turning_the_image_turns_the_responses() {
        let image = Array2::from_shape_fn((17, 23), |(r, c)| ((r * 5 + c * c) as f64 * 0.3).sin());
        let turned = image.t().as_standard_layout().into_owned();
        for (a, b) in at_scale(&image, 1.6).iter().zip(&at_scale(&turned, 1.6)) {
            for ((r, c), v) in a.indexed_iter() {
                assert!((v - b[[c, r]]).abs() < 1e-12);
            }
        }
    }
}

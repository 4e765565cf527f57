//! Filter responses of an image at several scales.
//!
//! With `G_σ` a Gaussian window of standard deviation σ (pixels) and `L = G_σ * image`, per scale: L; σ|∇L|; `σ²(L_rr + L_cc)`;
//! and the two eigenvalues of σ²·Hessian(L). The powers of σ make responses of different scales comparable
//! (Lindeberg, IJCV 30, 79 (1998), eq. 1). Grooves are a large upper eigenvalue, pits two of them, grain tops none.
//! Pixels count as square. Borders are mirrored (half-sample symmetric), windows cut at 4σ.

//!
//! Responses are computed row by row of the image: those of all scales for all pixels of a large image would take many times its memory.

use crate::vector::{add_scaled, wide, wide_add_scaled};
use ndarray::Array2;

/// Responses per scale.
pub const PER_SCALE: usize = 5;

/// Filters of several scales.
#[derive(Clone, Debug)]
pub struct Bank {
    scales: Vec<Scale>,
}

#[derive(Clone, Debug)]
struct Scale {
    sigma: f64,
    /// Samples of the window and of its first and second derivative.
    windows: [Vec<f64>; 3],
}

/// Memory for the responses of a row.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// The rows around it, filtered along the row index with each window.
    across: [Vec<f64>; 3],
    /// One of them, continued beyond its ends.
    line: Vec<f64>,
    /// Rows of the derivatives that only others are made of.
    second: [Vec<f64>; 3],
}

impl Bank {
    /// Filters with Gaussian windows of these standard deviations, in pixels.
    pub fn new(scales_px: &[f64]) -> Self {
        let scale = |&sigma: &f64| Scale { sigma, windows: [0, 1, 2].map(|order| gaussian(sigma, order)) };
        Self { scales: scales_px.iter().map(scale).collect() }
    }

    /// Number of responses: [`PER_SCALE`] per scale in the order above, upper eigenvalue first.
    pub fn len(&self) -> usize {
        PER_SCALE * self.scales.len()
    }

    /// Whether there is no scale.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Responses along a row of an image: [`Bank::len`] rows of its width.
    pub fn row(&self, image: &Array2<f64>, row: usize, workspace: &mut Workspace, out: &mut [Vec<f64>]) {
        for (scale, out) in self.scales.iter().zip(out.chunks_exact_mut(PER_SCALE)) {
            scale.row(image, row, workspace, out);
        }
    }
}

impl Scale {
    fn row(&self, image: &Array2<f64>, row: usize, workspace: &mut Workspace, out: &mut [Vec<f64>]) {
        let cols = image.ncols();
        let Workspace { across, line, second: [d_rr, d_cc, d_rc] } = workspace;
        for (to, window) in across.iter_mut().zip(&self.windows) {
            reset(to, cols);
            let reach = (window.len() / 2) as i64;
            for (at, w) in (row as i64 - reach..).zip(window) {
                let from = image.row(mirrored(at, image.nrows()));
                let from = from.as_slice().expect("rows of an image in standard layout");
                wide_add_scaled(to, from, *w);
            }
        }
        let mut along = |across: &[f64], order: usize, to: &mut Vec<f64>| {
            let window = &self.windows[order];
            let reach = window.len() / 2;
            line.clear();
            line.extend((0..cols + 2 * reach).map(|i| across[mirrored(i as i64 - reach as i64, cols)]));
            reset(to, cols);
            correlate(&line[..], &window[..], &mut to[..]);
        };
        let [smooth, gradient, laplacian, upper, lower] = out else { unreachable!("five responses per scale") };
        along(&across[0], 0, smooth);
        // Until all are known, these two hold the slopes along rows and columns.
        along(&across[1], 0, upper);
        along(&across[0], 1, lower);
        along(&across[2], 0, d_rr);
        along(&across[0], 2, d_cc);
        along(&across[1], 1, d_rc);
        for to in [&mut *gradient, &mut *laplacian] {
            reset(to, cols);
        }
        combine(self.sigma, d_rr, d_cc, d_rc, [gradient, laplacian, upper, lower]);
    }
}

wide! {
    /// Gradient, Laplacian and eigenvalues from second derivatives, and from the slopes that stand in the place of the eigenvalues.
    fn combine(sigma: f64, d_rr: &[f64], d_cc: &[f64], d_rc: &[f64], out: [&mut Vec<f64>; 4]) {
        let [gradient, laplacian, upper, lower] = out;
        let (s2, n) = (sigma * sigma, d_rr.len());
        let (gradient, laplacian) = (&mut gradient[..n], &mut laplacian[..n]);
        let (upper, lower, d_cc, d_rc) = (&mut upper[..n], &mut lower[..n], &d_cc[..n], &d_rc[..n]);
        for c in 0..n {
            gradient[c] = sigma * (upper[c] * upper[c] + lower[c] * lower[c]).sqrt();
            laplacian[c] = s2 * (d_rr[c] + d_cc[c]);
            let half = 0.5 * (d_rr[c] - d_cc[c]);
            let split = s2 * (half * half + d_rc[c] * d_rc[c]).sqrt();
            upper[c] = 0.5 * laplacian[c] + split;
            lower[c] = 0.5 * laplacian[c] - split;
        }
    }
}

wide! {
    /// Adds the correlation of a line, which is longer by the window's reach at both ends, with the window.
    fn correlate(line: &[f64], window: &[f64], to: &mut [f64]) {
        for (start, w) in window.iter().enumerate() {
            add_scaled(to, &line[start..start + to.len()], *w);
        }
    }
}

fn reset(row: &mut Vec<f64>, cols: usize) {
    row.clear();
    row.resize(cols, 0.0);
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

/// Index of a position beyond the border of n samples, mirrored about the outer edge of the first and last.
fn mirrored(i: i64, n: usize) -> usize {
    let period = 2 * n as i64;
    let i = i.rem_euclid(period);
    (if i < n as i64 { i } else { period - 1 - i }) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole maps of the five responses at one scale.
    fn at_scale(image: &Array2<f64>, sigma: f64) -> [Array2<f64>; PER_SCALE] {
        let (bank, mut workspace) = (Bank::new(&[sigma]), Workspace::default());
        let mut maps: [Array2<f64>; PER_SCALE] = std::array::from_fn(|_| Array2::zeros(image.raw_dim()));
        let mut row: Vec<Vec<f64>> = vec![Vec::new(); bank.len()];
        for r in 0..image.nrows() {
            bank.row(image, r, &mut workspace, &mut row);
            maps.iter_mut()
                .zip(&row)
                .for_each(|(map, row)| row.iter().zip(map.row_mut(r)).for_each(|(v, to)| *to = *v));
        }
        maps
    }

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

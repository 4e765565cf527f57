//! The detector of textbooks: watershed lines that lie in valleys.
//!
//! The image is smoothed; [watershed](super::watershed) lines between grains that rise enough above the pass between them are kept where the image is
//! curved like a valley (upper eigenvalue of the Hessian, [`crate::features::filters`]). Watershed lines alone are closed but cut grains in
//! two; valleys alone are where boundaries are but have gaps. Heights are those of the prepared image, 0 … 1.

use super::{BoundaryError, Example, input, score, thin, truth, watershed};
use crate::features::filters::{Bank, Workspace};
use ndarray::{Array2, Zip};
use serde::{Deserialize, Serialize};

/// Its four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classical {
    /// Standard deviation of the smoothing before the watershed, pixels.
    pub smooth_px: f64,
    /// Least height of a grain above the pass to a higher one.
    pub depth: f64,
    /// Standard deviation of the window under which the curvature is taken, pixels.
    pub valley_px: f64,
    /// Least curvature of a boundary, σ² times the second derivative.
    pub valley: f64,
}

impl Default for Classical {
    /// The best of [`Classical::tuned`] on the films that `tiptwin boundaries score` tunes it on.
    fn default() -> Self {
        Self { smooth_px: 0.7, depth: 0.03, valley_px: 1.0, valley: 0.01 }
    }
}

/// Smoothed image and valleys at a scale.
fn responses(image: &Array2<f64>, sigma_px: f64) -> [Array2<f64>; 2] {
    let (bank, mut workspace) = (Bank::new(&[sigma_px]), Workspace::default());
    let mut out = [Array2::zeros(image.raw_dim()), Array2::zeros(image.raw_dim())];
    let mut rows = vec![Vec::new(); bank.len()];
    for r in 0..image.nrows() {
        bank.row(image, r, &mut workspace, &mut rows);
        for (map, from) in out.iter_mut().zip([0, 3]) {
            map.row_mut(r).iter_mut().zip(&rows[from]).for_each(|(to, v)| *to = *v);
        }
    }
    out
}

impl Classical {
    /// Boundaries of an image in any unit, as lines of one pixel.
    pub fn lines(&self, image: &Array2<f64>) -> Result<Array2<bool>, BoundaryError> {
        Ok(self.of_prepared(&input::prepared(image)?))
    }

    /// The same for an image that [`input::prepared`] made.
    pub fn of_prepared(&self, image: &Array2<f32>) -> Array2<bool> {
        let image = image.mapv(f64::from);
        let [smooth, _] = responses(&image, self.smooth_px);
        let [_, valley] = responses(&image, self.valley_px);
        let line = truth::line(&watershed::basins(&smooth, self.depth));
        thin::thinned(&Zip::from(&line).and(&valley).map_collect(|l, v| *l && *v >= self.valley))
    }

    /// The parameters, of a grid of 192, whose mean F1 over the examples is best.
    pub fn tuned(examples: &[Example]) -> (Self, f64) {
        let mut sums: Vec<(Self, f64)> = Vec::new();
        let lines: Vec<Array2<bool>> = examples.iter().map(|e| truth::line(&e.grains)).collect();
        for (example, line) in examples.iter().zip(&lines) {
            let image = example.image.mapv(f64::from);
            let valleys = [1.0, 1.5, 2.0].map(|px| (px, responses(&image, px)[1].clone()));
            let mut k = 0;
            for smooth_px in [0.7, 1.0, 1.5, 2.0] {
                let [smooth, _] = responses(&image, smooth_px);
                for depth in [0.01, 0.03, 0.06, 0.12] {
                    let watershed = truth::line(&watershed::basins(&smooth, depth));
                    for (valley_px, valleys) in &valleys {
                        for valley in [-1.0, 0.01, 0.03, 0.06] {
                            let kept = Zip::from(&watershed).and(valleys).map_collect(|l, v| *l && *v >= valley);
                            let f1 = score::lines(&thin::thinned(&kept), line, score::TOLERANCE_PX2).f1;
                            if sums.len() == k {
                                sums.push((Self { smooth_px, depth, valley_px: *valley_px, valley }, 0.0));
                            }
                            sums[k].1 += f1 / examples.len() as f64;
                            k += 1;
                        }
                    }
                }
            }
        }
        sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((Self::default(), 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Domes of 12 pixels with grooves between them.
    fn domes() -> Example {
        let grains = Array2::from_shape_fn((60, 60), |(r, c)| ((r / 12) * 10 + (c + 6 * ((r / 12) % 2)) / 12) as u32);
        let line = truth::line(&grains);
        let near = |r: usize, c: usize| {
            let on = line.indexed_iter().filter(|(_, l)| **l);
            on.map(|((y, x), _)| (y as f64 - r as f64).hypot(x as f64 - c as f64)).fold(f64::INFINITY, f64::min)
        };
        let image = Array2::from_shape_fn((60, 60), |(r, c)| {
            1.0 - (-near(r, c) / 3.0).exp() + 0.01 * ((r * 7 + c * 3) as f64).sin()
        });
        Example::new(&image, grains).expect("an image")
    }

    #[test]
    fn grooves_between_domes_are_found() {
        let example = domes();
        let (best, f1) = Classical::tuned(std::slice::from_ref(&example));
        // Thinning takes two or three pixels off the 22 ends of lines at the edge of an image with 540 of them.
        assert!(f1 > 0.9, "{best:?} {f1}");
        let again =
            score::lines(&best.of_prepared(&example.image), &truth::line(&example.grains), score::TOLERANCE_PX2);
        assert!((again.f1 - f1).abs() < 1e-12, "tuning and use agree");
    }
}

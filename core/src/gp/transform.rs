//! Scaling an embedding into a box, part of the published deep kernel.
//!
//! With `lo` and `hi` the smallest and largest of *all* entries of a training embedding, every entry becomes
//! `z' = 0.95 · ((z − lo) · 2/(hi − lo) − 1)`, so the training points fill [−0.95, 0.95]. At prediction, entries are
//! clamped to [lo, hi] first: a candidate outside the training range collapses onto the edge of the box.
//!
//! Source: `gpytorch/utils/grid.py`, `ScaleToBounds(-1, 1)`, as used by `atomai/nets/gp.py`. Without it
//! the length-scales cannot follow a network that grows: the covariance becomes diagonal and all gradients vanish.
//! It ignores that one outlier sets the range for everyone.

use ndarray::{Array2, ArrayView2};

/// Half the edge of the box that training points fill.
const BOX: f64 = 0.95;

/// The range of a training embedding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleToBounds {
    low: f64,
    high: f64,
    /// Flat positions of the smallest and of the largest entry.
    at: (usize, usize),
}

impl ScaleToBounds {
    /// Takes the range over all rows and columns of `z` (N×z, at least one entry); the first of equal entries counts.
    pub fn fit(z: ArrayView2<'_, f64>) -> Self {
        let mut fit = Self { low: f64::INFINITY, high: f64::NEG_INFINITY, at: (0, 0) };
        for (i, &v) in z.iter().enumerate() {
            if v < fit.low {
                (fit.low, fit.at.0) = (v, i);
            }
            if v > fit.high {
                (fit.high, fit.at.1) = (v, i);
            }
        }
        fit
    }

    /// `0.95 · 2/(hi − lo)`. A range of zero (one measurement and one dimension) is left unscaled.
    fn factor(&self) -> f64 {
        let range = self.high - self.low;
        if range > 0.0 { 2.0 * BOX / range } else { 1.0 }
    }

    /// The scaled embedding, clamped to the training range; training points are inside it by construction.
    pub fn apply(&self, z: ArrayView2<'_, f64>) -> Array2<f64> {
        z.mapv(|v| (v.clamp(self.low, self.high) - self.low) * self.factor() - BOX)
    }

    /// From ∂f/∂z' to ∂f/∂z for the embedding this was fitted to, with the paths through `lo` and `hi`.
    pub fn backward(&self, z: ArrayView2<'_, f64>, d_scaled: ArrayView2<'_, f64>) -> Array2<f64> {
        let factor = self.factor();
        let mut d_z = d_scaled.mapv(|g| g * factor).as_standard_layout().into_owned();
        let range = self.high - self.low;
        if range > 0.0 {
            // ∂z'/∂hi = −factor·(z−lo)/range and ∂z'/∂lo = −factor·(hi−z)/range.
            let (mut d_low, mut d_high) = (0.0, 0.0);
            for (&v, &g) in z.iter().zip(d_scaled) {
                d_low -= g * factor * (self.high - v) / range;
                d_high -= g * factor * (v - self.low) / range;
            }
            let flat = d_z.as_slice_mut().expect("standard layout");
            flat[self.at.0] += d_low;
            flat[self.at.1] += d_high;
        }
        d_z
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn training_points_fill_the_box_and_others_stop_at_its_edge() {
        let fit = ScaleToBounds::fit(array![[-2.0, 0.0], [1.0, 6.0]].view());
        let scaled = fit.apply(array![[-2.0, 6.0], [2.0, -50.0], [50.0, 0.0]].view());
        for (got, expected) in scaled.iter().zip([-0.95, 0.95, 0.0, -0.95, 0.95, -0.475]) {
            assert!((got - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn gradient_includes_the_paths_through_the_range() {
        let z = array![[0.3, -1.1], [2.0, 0.7], [0.2, -0.4]];
        let w = array![[0.5, -1.0], [2.0, 0.3], [-0.7, 1.1]];
        let f = |z: &Array2<f64>| (&ScaleToBounds::fit(z.view()).apply(z.view()) * &w).sum();
        let gradient = ScaleToBounds::fit(z.view()).backward(z.view(), w.view());
        for ((i, j), &analytic) in gradient.indexed_iter() {
            let h = 1e-6;
            let (mut plus, mut minus) = (z.clone(), z.clone());
            plus[[i, j]] += h;
            minus[[i, j]] -= h;
            let numeric = (f(&plus) - f(&minus)) / (2.0 * h);
            assert!((analytic - numeric).abs() < 1e-8, "({i}, {j}): {analytic} against {numeric}");
        }
        // A shift of the whole embedding changes nothing, and neither does a stretch.
        assert!(gradient.sum().abs() < 1e-14);
        assert!((&gradient * &z).sum().abs() < 1e-14);
    }

    #[test]
    fn a_single_entry_is_left_unscaled_and_finite() {
        let z = array![[3.0]];
        let fit = ScaleToBounds::fit(z.view());
        assert_eq!(fit.apply(z.view()), array![[-0.95]]);
        assert_eq!(fit.backward(z.view(), array![[2.0]].view()), array![[2.0]]);
    }
}

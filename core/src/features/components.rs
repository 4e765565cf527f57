//! Whitened principal components.
//!
//! Columns are standardised, `C = ZᵀZ/N = V Λ Vᵀ` is decomposed, and the scores `Z v_k / √λ_k` of the largest λ are kept:
//! uncorrelated, with unit variance over all candidates (Jolliffe, *Principal Component Analysis*, 2nd ed. 2002, §2.3).
//! The sign of a component is arbitrary; here its largest loading is positive. It ignores what is not second order.

use crate::vector::{wide_add_scaled, wide_dot};
use faer::{Mat, Side};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

/// Components that carry less than this share of the largest are rounding or redundancy, not information.
const SMALLEST_SHARE: f64 = 1e-9;
/// Rows taken together.
const BLOCK: usize = 4096;

/// Number, means and products of deviations of F features: what components are made of.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    count: f64,
    mean: Vec<f64>,
    /// `Σ (x_i − mean_i)(x_j − mean_j)`, i ≥ j, row after row.
    products: Vec<f64>,
}

impl Moments {
    /// Of some rows, given column by column.
    pub fn of(mut columns: Vec<Vec<f64>>) -> Self {
        let count = columns.first().map_or(0, Vec::len) as f64;
        let mean: Vec<f64> = columns.iter().map(|c| c.iter().sum::<f64>() / count).collect();
        for (column, mean) in columns.iter_mut().zip(&mean) {
            for v in column {
                *v -= mean;
            }
        }
        let mut products = Vec::with_capacity(columns.len() * (columns.len() + 1) / 2);
        for (i, a) in columns.iter().enumerate() {
            products.extend(columns[..=i].iter().map(|b| wide_dot(a, b)));
        }
        Self { count, mean, products }
    }

    /// Of these rows and others together (Chan, Golub & LeVeque, Am. Stat. 37, 242 (1983), eq. 2.1): no difference of large sums is formed.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        if self.count == 0.0 {
            return other;
        }
        let count = self.count + other.count;
        let apart: Vec<f64> = self.mean.iter().zip(&other.mean).map(|(a, b)| b - a).collect();
        let pairs = (0..apart.len()).flat_map(|i| (0..=i).map(move |j| (i, j)));
        for ((to, from), (i, j)) in self.products.iter_mut().zip(&other.products).zip(pairs) {
            *to += from + apart[i] * apart[j] * self.count * other.count / count;
        }
        self.mean.iter_mut().zip(&apart).for_each(|(m, d)| *m += d * other.count / count);
        Self { count, ..self }
    }

    fn covariance(&self, i: usize, j: usize) -> f64 {
        let (i, j) = (i.max(j), i.min(j));
        self.products[i * (i + 1) / 2 + j] / self.count
    }
}

/// Whitened components of some rows, to which further rows can be projected.
#[derive(Clone, Debug)]
pub struct Basis {
    mean: Vec<f64>,
    /// Columns of features × components, for features as they come; a component that does not exist is zero.
    loadings: Array2<f64>,
}

impl Basis {
    /// The `keep` components of largest variance of N×F features. Columns that do not vary are ignored.
    pub fn of(features: &Array2<f64>, keep: usize) -> Self {
        let columns = |rows: ArrayView2<'_, f64>| rows.columns().into_iter().map(|c| c.to_vec()).collect();
        let parts = features.axis_chunks_iter(Axis(0), BLOCK).map(|rows| Moments::of(columns(rows)));
        Self::new(&parts.fold(Moments::default(), Moments::with), keep)
    }

    /// The same from the moments of the features.
    pub fn new(moments: &Moments, keep: usize) -> Self {
        let f = moments.mean.len();
        let inverse: Vec<f64> = (0..f)
            .map(|i| moments.covariance(i, i).sqrt())
            .map(|deviation| if deviation > 1e-10 { 1.0 / deviation } else { 0.0 })
            .collect();
        let mut basis = Self { mean: moments.mean.clone(), loadings: Array2::zeros((f, keep)) };
        let correlation = Mat::from_fn(f, f, |i, j| moments.covariance(i, j) * inverse[i] * inverse[j]);
        let Ok(eigen) = correlation.self_adjoint_eigen(Side::Lower) else { return basis };
        // Eigenvalues come in rising order.
        let values: Vec<f64> = (0..f).map(|i| eigen.S()[i]).collect();
        let largest = values.last().copied().unwrap_or(0.0);
        for (slot, k) in (0..f).rev().take(keep).enumerate() {
            if values[k] <= SMALLEST_SHARE * largest {
                break;
            }
            let strongest =
                (0..f).map(|i| eigen.U()[(i, k)]).fold(0.0f64, |m, v| if v.abs() > m.abs() { v } else { m });
            let factor = strongest.signum() / values[k].sqrt();
            (0..f).for_each(|i| basis.loadings[[i, slot]] = factor * eigen.U()[(i, k)] * inverse[i]);
        }
        basis
    }

    /// Scores of M×F features: M×`keep`.
    pub fn project(&self, features: &Array2<f64>) -> Array2<f64> {
        let mut scores = Array2::zeros((features.nrows(), self.loadings.ncols()));
        let blocks = features.axis_chunks_iter(Axis(0), BLOCK);
        for (rows, to) in blocks.zip(scores.axis_chunks_iter_mut(Axis(0), BLOCK)) {
            let columns: Vec<Vec<f64>> = rows.columns().into_iter().map(|c| c.to_vec()).collect();
            self.project_columns(&columns, to);
        }
        scores
    }

    /// Scores (M×`keep`) of M rows that are given column by column.
    pub fn project_columns(&self, columns: &[Vec<f64>], mut scores: ArrayViewMut2<'_, f64>) {
        let mut score = Vec::new();
        for (loadings, mut to) in self.loadings.columns().into_iter().zip(scores.columns_mut()) {
            let of_mean: f64 = loadings.iter().zip(&self.mean).map(|(l, m)| l * m).sum();
            score.clear();
            score.resize(to.len(), -of_mean);
            for (column, loading) in columns.iter().zip(loadings) {
                wide_add_scaled(&mut score, column, *loading);
            }
            to.iter_mut().zip(&score).for_each(|(to, s)| *to = *s);
        }
    }
}

/// From N×F features to N×`keep` whitened components, in order of falling variance.
pub fn whitened(features: &Array2<f64>, keep: usize) -> Array2<f64> {
    Basis::of(features, keep).project(features)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_uncorrelated_with_unit_variance() {
        let x = Array2::from_shape_fn((200, 4), |(i, j)| {
            let t = i as f64;
            [(t * 0.3).sin(), (t * 0.3).sin() + 0.2 * (t * 1.7).cos(), 1e-6 * (t * 0.11).cos(), 7.0][j]
        });
        let w = whitened(&x, 4);
        for a in 0..3 {
            for b in 0..3 {
                let mean: f64 = w.column(a).iter().zip(w.column(b)).map(|(a, b)| a * b).sum::<f64>() / 200.0;
                assert!((mean - if a == b { 1.0 } else { 0.0 }).abs() < 1e-9, "{a} {b} {mean}");
            }
        }
        // In parts: 3 rows, 1 row and the rest, merged, are all of them.
        let part = |rows: std::ops::Range<usize>| {
            Moments::of(x.slice(ndarray::s![rows, ..]).columns().into_iter().map(|c| c.to_vec()).collect())
        };
        let merged = part(0..3).with(part(3..4)).with(part(4..200));
        for (a, b) in Basis::new(&merged, 4).project(&x).iter().zip(&w) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
        // The constant column leaves only three components.
        assert!(w.column(3).iter().all(|v| *v == 0.0));
    }
}

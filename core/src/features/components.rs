//! Whitened principal components.
//!
//! Columns are standardised, `C = ZᵀZ/N = V Λ Vᵀ` is decomposed, and the scores `Z v_k / √λ_k` of the largest λ are kept:
//! uncorrelated, with unit variance over all candidates (Jolliffe, *Principal Component Analysis*, 2nd ed. 2002, §2.3).
//! The sign of a component is arbitrary; here its largest loading is positive. It ignores what is not second order.

use faer::{Mat, Side};
use ndarray::{Array2, ArrayView2, Axis};

/// Components that carry less than this share of the largest are rounding or redundancy, not information.
const SMALLEST_SHARE: f64 = 1e-9;
/// Rows standardised at once: an image of millions of candidates is never copied.
const BLOCK: usize = 4096;

/// Whitened components of some rows, to which further rows can be projected.
#[derive(Clone, Debug)]
pub struct Basis {
    mean: Vec<f64>,
    /// 1/deviation, 0 for a column that does not vary.
    inverse: Vec<f64>,
    /// Columns of features × components; a component that does not exist is zero.
    loadings: Array2<f64>,
}

impl Basis {
    /// The `keep` components of largest variance of N×F features. Columns that do not vary are ignored.
    pub fn of(features: &Array2<f64>, keep: usize) -> Self {
        let (n, f) = features.dim();
        let mean: Vec<f64> = features.axis_iter(Axis(1)).map(|c| c.mean().unwrap_or(0.0)).collect();
        let inverse = features.axis_iter(Axis(1)).zip(&mean).map(|(column, mean)| {
            let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
            if deviation > 1e-10 { 1.0 / deviation } else { 0.0 }
        });
        let inverse: Vec<f64> = inverse.collect();
        let mut basis = Self { mean, inverse, loadings: Array2::zeros((f, keep)) };
        let mut covariance = Array2::zeros((f, f));
        for rows in features.axis_chunks_iter(Axis(0), BLOCK) {
            let z = basis.standardised(rows);
            covariance += &(z.t().dot(&z) / n as f64);
        }
        let eigen = Mat::from_fn(f, f, |i, j| covariance[[i, j]]).self_adjoint_eigen(Side::Lower);
        let Ok(eigen) = eigen else { return basis };
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
            (0..f).for_each(|i| basis.loadings[[i, slot]] = factor * eigen.U()[(i, k)]);
        }
        basis
    }

    fn standardised(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        Array2::from_shape_fn(rows.raw_dim(), |(i, j)| (rows[[i, j]] - self.mean[j]) * self.inverse[j])
    }

    /// Scores of M×F features: M×`keep`.
    pub fn project(&self, features: &Array2<f64>) -> Array2<f64> {
        let mut scores = Array2::zeros((features.nrows(), self.loadings.ncols()));
        let blocks = features.axis_chunks_iter(Axis(0), BLOCK);
        for (rows, mut to) in blocks.zip(scores.axis_chunks_iter_mut(Axis(0), BLOCK)) {
            to.assign(&self.standardised(rows).dot(&self.loadings));
        }
        scores
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
        // The constant column leaves only three components.
        assert!(w.column(3).iter().all(|v| *v == 0.0));
    }
}

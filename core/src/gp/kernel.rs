//! Covariance functions: sums of stationary terms, each on some columns of the input.
//!
//! `k(x, x') = Σ_t σ²_t · c_t( Σ_j (x_j − x'_j)² / ℓ²_{t,j} )`, with `σ²_t` the output scale (variance of the term, in
//! squared target units), ℓ the length-scales in the unit of their column and `c_t` a [`Shape`]. A term has one length-scale
//! per column (automatic relevance determination, R&W §5.1) or one for all its columns. Sums of covariance functions
//! are covariance functions (R&W §4.2.4).

use super::Shape;
use crate::vector::{add_squares, wide};
use ndarray::{Array2, ArrayView2};
use std::ops::Range;

/// One term of the sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// How correlation falls with distance.
    pub shape: Shape,
    /// The input columns it looks at.
    pub columns: Range<usize>,
    /// Variance of this term.
    pub output_scale: f64,
    /// One length-scale per column, or a single one for all of them.
    pub length_scales: Vec<f64>,
}

/// A sum of [`Term`]s.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// The terms.
    pub terms: Vec<Term>,
}

/// Derivative of an objective with respect to the parameters of one term.
#[derive(Clone, Debug, PartialEq)]
pub struct TermGradient {
    /// With respect to the output scale.
    pub output_scale: f64,
    /// With respect to each length-scale.
    pub length_scales: Vec<f64>,
}

impl Term {
    /// The length-scale of one of its columns.
    pub(super) fn length_scale(&self, column: usize) -> f64 {
        self.length_scales[column.min(self.length_scales.len() - 1)]
    }

    /// This term's columns of the inputs in length-scales, one after the other.
    pub(super) fn scaled_columns(&self, x: ArrayView2<'_, f64>, to: &mut Vec<f64>) {
        to.clear();
        for (c, of) in self.columns.clone().enumerate() {
            let inverse = 1.0 / self.length_scale(c);
            to.extend(x.column(of).iter().map(|v| v * inverse));
        }
    }
}

impl Kernel {
    /// Prior variance, the same everywhere.
    pub fn variance(&self) -> f64 {
        self.terms.iter().map(|t| t.output_scale).sum()
    }

    /// Covariance between the rows of `a` (N×D) and those of `b` (M×D): N×M.
    pub fn cross(&self, a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut k = Array2::zeros((a.nrows(), b.nrows()));
        let values = k.as_slice_mut().expect("a fresh array is contiguous");
        let (mut rows, mut columns, mut d2) = (Vec::new(), Vec::new(), vec![0.0; b.nrows()]);
        for term in &self.terms {
            term.scaled_columns(a, &mut rows);
            term.scaled_columns(b, &mut columns);
            add_cross(term, &rows[..], &columns[..], &mut d2[..], &mut *values);
        }
        k
    }
}

wide! {
    /// Adds a term's covariances between points that are given column by column. Pairs in the inner loops: they run over contiguous memory.
    fn add_cross(term: &Term, a: &[f64], b: &[f64], d2: &mut [f64], k: &mut [f64]) {
        let (width, m) = (term.columns.len(), d2.len());
        if m == 0 {
            return;
        }
        let n = a.len() / width.max(1);
        for (i, k) in k.chunks_exact_mut(m).enumerate() {
            d2.fill(0.0);
            for c in 0..width {
                add_squares(d2, &b[c * m..(c + 1) * m], a[c * n + i]);
            }
            term.shape.add_correlations(k, d2, term.output_scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn kernel() -> Kernel {
        Kernel {
            terms: vec![
                Term { shape: Shape::Matern52, columns: 0..2, output_scale: 0.7, length_scales: vec![0.8, 1.7] },
                Term { shape: Shape::Rbf, columns: 1..3, output_scale: 0.4, length_scales: vec![1.3] },
            ],
        }
    }

    fn inputs() -> Array2<f64> {
        array![[0.1, -0.4, 0.9], [1.2, 0.3, -0.5], [-0.7, 0.8, 0.2], [0.4, 0.4, 1.4]]
    }

    #[test]
    fn cross_covariance_is_symmetric_with_the_prior_variance_on_the_diagonal() {
        let (k, x) = (kernel(), inputs());
        let c = k.cross(x.view(), x.view());
        for i in 0..4 {
            assert!((c[[i, i]] - k.variance()).abs() < 1e-15);
            for j in 0..4 {
                assert_eq!(c[[i, j]], c[[j, i]]);
            }
        }
        // By hand for the first pair: d² = (1.1/0.8)² + (0.7/1.7)² and (0.7² + 1.4²)/1.3².
        let d2 = (1.1f64 / 0.8).powi(2) + (0.7f64 / 1.7).powi(2);
        let s = (5.0 * d2).sqrt();
        let by_hand = 0.7 * (1.0 + s + s * s / 3.0) * (-s).exp() + 0.4 * (-0.5 * (0.49f64 + 1.96) / 1.69).exp();
        assert!((c[[0, 1]] - by_hand).abs() < 1e-14);
    }
}

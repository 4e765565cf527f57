//! Covariance functions: sums of stationary terms, each on some columns of the input.
//!
//! `k(x, x') = Σ_t σ²_t · c_t( Σ_j (x_j − x'_j)² / ℓ²_{t,j} )`, with `σ²_t` the output scale (variance of the term, in
//! squared target units), ℓ the length-scales in the unit of their column and `c_t` a [`Shape`]. A term has one length-scale
//! per column (automatic relevance determination, R&W §5.1) or one for all its columns. Sums of covariance functions
//! are covariance functions (R&W §4.2.4).

use super::Shape;
use crate::vector::{add_squares, vectorised};
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

    /// This term's columns of the inputs, each divided by its length-scale.
    fn scaled(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let inverse: Vec<f64> = (0..self.columns.len()).map(|j| 1.0 / self.length_scale(j)).collect();
        let start = self.columns.start;
        Array2::from_shape_fn((x.nrows(), self.columns.len()), |(i, j)| x[[i, start + j]] * inverse[j])
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
        let mut d2 = vec![0.0; b.nrows()];
        for term in &self.terms {
            let sa = term.scaled(a);
            // Dimensions outside, pairs inside: the inner loops run over contiguous memory and use vector registers.
            let columns = term.scaled(b).t().as_standard_layout().into_owned();
            let columns: Vec<&[f64]> = columns.rows().into_iter().map(|c| c.to_slice().expect("contiguous")).collect();
            vectorised(|| {
                for (point, mut out) in sa.rows().into_iter().zip(k.rows_mut()) {
                    d2.fill(0.0);
                    for (x, column) in point.iter().zip(&columns) {
                        add_squares(&mut d2, column, *x);
                    }
                    let out = out.as_slice_mut().expect("a fresh array is contiguous");
                    term.shape.add_correlations(out, &d2, term.output_scale);
                }
            });
        }
        k
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

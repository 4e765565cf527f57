//! Covariance functions: sums of stationary terms, each on some columns of the input.
//!
//! `k(x, x') = Σ_t σ²_t · c_t( Σ_j (x_j − x'_j)² / ℓ²_{t,j} )`, with `σ²_t` the output scale (variance of the term, in
//! squared target units), ℓ the length-scales in the unit of their column and `c_t` a [`Shape`]. A term has one length-scale
//! per column (automatic relevance determination, R&W §5.1) or one for all its columns. Sums of covariance functions
//! are covariance functions (R&W §4.2.4).

use super::Shape;
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
    fn length_scale(&self, column: usize) -> f64 {
        self.length_scales[column.min(self.length_scales.len() - 1)]
    }

    /// This term's columns of the inputs, each divided by its length-scale.
    fn scaled(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let inverse: Vec<f64> = (0..self.columns.len()).map(|j| 1.0 / self.length_scale(j)).collect();
        let start = self.columns.start;
        Array2::from_shape_fn((x.nrows(), self.columns.len()), |(i, j)| x[[i, start + j]] * inverse[j])
    }
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn row(x: &Array2<f64>, i: usize) -> &[f64] {
    let width = x.ncols();
    &x.as_slice().expect("a fresh array is contiguous")[i * width..(i + 1) * width]
}

impl Kernel {
    /// Prior variance, the same everywhere.
    pub fn variance(&self) -> f64 {
        self.terms.iter().map(|t| t.output_scale).sum()
    }

    /// Covariance between the rows of `a` (N×D) and those of `b` (M×D): N×M.
    pub fn cross(&self, a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut k = Array2::zeros((a.nrows(), b.nrows()));
        for term in &self.terms {
            let sa = term.scaled(a);
            // Dimensions outside, pairs inside: the inner loops run over contiguous memory and use vector registers.
            let columns = term.scaled(b).t().as_standard_layout().into_owned();
            let mut d2 = vec![0.0; b.nrows()];
            for (point, mut out) in sa.rows().into_iter().zip(k.rows_mut()) {
                d2.fill(0.0);
                for (x, column) in point.iter().zip(columns.rows()) {
                    for (d2, y) in d2.iter_mut().zip(column) {
                        *d2 += (x - y) * (x - y);
                    }
                }
                for (value, d2) in out.iter_mut().zip(&d2) {
                    *value += term.output_scale * term.shape.correlation(*d2);
                }
            }
        }
        k
    }

    /// From `weights[i, j] = ∂f/∂K[i, j]` (N×N, symmetric) to ∂f/∂(parameters of each term) and ∂f/∂x (N×D).
    pub fn backward(&self, x: ArrayView2<'_, f64>, weights: ArrayView2<'_, f64>) -> (Vec<TermGradient>, Array2<f64>) {
        let n = x.nrows();
        let mut d_x = Array2::zeros(x.raw_dim());
        let mut gradients = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            let scaled = term.scaled(x);
            let width = scaled.ncols();
            let mut d_output_scale = 0.0;
            let mut d_lengths = vec![0.0; term.length_scales.len()];
            for i in 0..n {
                let a = row(&scaled, i);
                d_output_scale += weights[[i, i]];
                for j in 0..i {
                    let b = row(&scaled, j);
                    let d2 = squared_distance(a, b);
                    // Each pair stands for two equal entries of the covariance.
                    d_output_scale += 2.0 * weights[[i, j]] * term.shape.correlation(d2);
                    let w = 2.0 * weights[[i, j]] * term.output_scale * term.shape.slope(d2);
                    for c in 0..width {
                        let difference = a[c] - b[c];
                        d_x[[i, term.columns.start + c]] += 2.0 * w * difference / term.length_scale(c);
                        d_x[[j, term.columns.start + c]] -= 2.0 * w * difference / term.length_scale(c);
                        let slot = c.min(d_lengths.len() - 1);
                        d_lengths[slot] -= 2.0 * w * difference * difference / term.length_scale(c);
                    }
                }
            }
            gradients.push(TermGradient { output_scale: d_output_scale, length_scales: d_lengths });
        }
        (gradients, d_x)
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

    #[test]
    fn backward_agrees_with_finite_differences() {
        let x = inputs();
        let w = Array2::from_shape_fn((4, 4), |(i, j)| ((i * j) as f64 * 0.7 + (i + j) as f64).sin());
        let f = |k: &Kernel, x: &Array2<f64>| (&k.cross(x.view(), x.view()) * &w).sum();
        let (terms, d_x) = kernel().backward(x.view(), w.view());
        let h = 1e-6;
        // Central differences in f64 with h = 1e-6 are good to about 1e-9; the values are of order 1.
        let close = |analytic: f64, plus: f64, minus: f64| {
            let numeric = (plus - minus) / (2.0 * h);
            assert!((analytic - numeric).abs() < 1e-8, "{analytic} against {numeric}");
        };
        for (t, term) in terms.iter().enumerate() {
            let with = |change: &dyn Fn(&mut Term)| {
                let mut k = kernel();
                change(&mut k.terms[t]);
                f(&k, &x)
            };
            close(term.output_scale, with(&|t| t.output_scale += h), with(&|t| t.output_scale -= h));
            for (l, analytic) in term.length_scales.iter().enumerate() {
                let (plus, minus) = (with(&|t| t.length_scales[l] += h), with(&|t| t.length_scales[l] -= h));
                close(*analytic, plus, minus);
            }
        }
        for ((i, j), &analytic) in d_x.indexed_iter() {
            let (mut plus, mut minus) = (x.clone(), x.clone());
            plus[[i, j]] += h;
            minus[[i, j]] -= h;
            close(analytic, f(&kernel(), &plus), f(&kernel(), &minus));
        }
    }
}

//! The covariance of measurements among themselves, with what its gradient needs.
//!
//! With `d²ₜ` the squared distance of a pair in the length-scales of term t, `∂K/∂σ²ₜ = cₜ`, `∂K/∂ℓ = −2 σ²ₜ c'ₜ (Δx)²/ℓ³` and `∂K/∂x = 2 σ²ₜ c'ₜ Δx/ℓ²`,
//! c' being the derivative of c with respect to d² ([`Shape::slope`](super::Shape::slope)). Correlations and slopes share an
//! exponential and are kept from the covariance to the gradient. The matrix is symmetric: only pairs i > j are looked at, column by
//! column, and each stands for two entries. Memory is that of a first call and is used again.

use super::Kernel;
use super::kernel::{Term, TermGradient};
use crate::vector::{add_scaled, add_squares, dot, weighted_differences, weighted_squares, wide};
use faer::Mat;
use ndarray::{Array2, ArrayView2};

/// Correlations and slopes of all pairs.
#[derive(Clone, Debug, Default)]
pub(super) struct Gram {
    points: usize,
    terms: Vec<Pairs>,
    /// A column of the gradient.
    column: Vec<f64>,
}

/// What one term says of all pairs i > j, column j after column j.
#[derive(Clone, Debug, Default)]
struct Pairs {
    /// The term's columns of the inputs in length-scales, one after the other.
    scaled: Vec<f64>,
    correlation: Vec<f64>,
    slope: Vec<f64>,
}

impl Gram {
    /// Writes the lower triangle of the covariance of the rows of `x` (N×D), noise on its diagonal.
    pub(super) fn fill(&mut self, kernel: &Kernel, noise: f64, x: ArrayView2<'_, f64>, covariance: &mut Mat<f64>) {
        let n = x.nrows();
        self.points = n;
        self.terms.resize_with(kernel.terms.len(), Pairs::default);
        for j in 0..n {
            let column = &mut covariance.col_as_slice_mut(j)[j..];
            column.fill(0.0);
            column[0] = kernel.variance() + noise;
        }
        for (term, pairs) in kernel.terms.iter().zip(&mut self.terms) {
            term.scaled_columns(x, &mut pairs.scaled);
            fill(term, pairs, n, &mut *covariance);
        }
    }

    /// From `weights[i, j] = ∂f/∂K[i, j]` (symmetric, lower triangle read) to ∂f/∂(parameters of each term).
    pub(super) fn backward(&mut self, kernel: &Kernel, weights: &Mat<f64>) -> Vec<TermGradient> {
        let trace: f64 = (0..self.points).map(|i| weights[(i, i)]).sum();
        let column = &mut self.column;
        let of_term = |(term, pairs): (&Term, &Pairs)| {
            let mut gradient = TermGradient { output_scale: trace, length_scales: vec![0.0; term.length_scales.len()] };
            backward(term, pairs, weights, &mut *column, &mut gradient);
            gradient
        };
        kernel.terms.iter().zip(&self.terms).map(of_term).collect()
    }

    /// From the same weights to ∂f/∂x (N×D).
    pub(super) fn backward_inputs(&mut self, kernel: &Kernel, weights: &Mat<f64>, width: usize) -> Array2<f64> {
        let mut d_x = Array2::zeros((width, self.points));
        let columns = d_x.as_slice_mut().expect("a fresh array is contiguous");
        for (term, pairs) in kernel.terms.iter().zip(&self.terms) {
            backward_inputs(term, pairs, weights, &mut self.column, &mut *columns);
        }
        d_x.reversed_axes()
    }
}

wide! {
    fn fill(term: &Term, pairs: &mut Pairs, n: usize, covariance: &mut Mat<f64>) {
        let count = n * n.saturating_sub(1) / 2;
        pairs.correlation.resize(count, 0.0);
        pairs.slope.clear();
        pairs.slope.resize(count, 0.0);
        let mut start = 0;
        for j in 0..n {
            let end = start + (n - 1 - j);
            let (correlation, d2) = (&mut pairs.correlation[start..end], &mut pairs.slope[start..end]);
            for x in pairs.scaled.chunks_exact(n) {
                add_squares(d2, &x[j + 1..], x[j]);
            }
            term.shape.fill(correlation, d2);
            add_scaled(&mut covariance.col_as_slice_mut(j)[j + 1..], correlation, term.output_scale);
            start = end;
        }
    }
}

wide! {
    fn backward(term: &Term, pairs: &Pairs, weights: &Mat<f64>, column: &mut Vec<f64>, gradient: &mut TermGradient) {
        let n = weights.nrows();
        let mut start = 0;
        for j in 0..n {
            let end = start + (n - 1 - j);
            let below = &weights.col_as_slice(j)[j + 1..];
            gradient.output_scale += 2.0 * dot(below, &pairs.correlation[start..end]);
            weigh(term, below, &pairs.slope[start..end], column);
            for (c, x) in pairs.scaled.chunks_exact(n).enumerate() {
                let slot = c.min(gradient.length_scales.len() - 1);
                gradient.length_scales[slot] -= 2.0 * weighted_squares(column, &x[j + 1..], x[j]) / term.length_scale(c);
            }
            start = end;
        }
    }
}

wide! {
    fn backward_inputs(term: &Term, pairs: &Pairs, weights: &Mat<f64>, column: &mut Vec<f64>, d_x: &mut [f64]) {
        let n = weights.nrows();
        let mut start = 0;
        for j in 0..n {
            let end = start + (n - 1 - j);
            weigh(term, &weights.col_as_slice(j)[j + 1..], &pairs.slope[start..end], column);
            for (c, x) in pairs.scaled.chunks_exact(n).enumerate() {
                let at = (term.columns.start + c) * n;
                let (factor, x_j) = (2.0 / term.length_scale(c), x[j]);
                for ((d, w), x_i) in d_x[at + j + 1..at + n].iter_mut().zip(column.iter()).zip(&x[j + 1..]) {
                    *d += factor * w * (x_i - x_j);
                }
                d_x[at + j] -= factor * weighted_differences(column, &x[j + 1..], x_j);
            }
            start = end;
        }
    }
}

/// ∂f/∂d² of the pairs of a column, both entries of each together.
#[expect(clippy::inline_always, reason = "a loop that is inlined into a `wide!` function")]
#[inline(always)]
fn weigh(term: &Term, weights: &[f64], slopes: &[f64], column: &mut Vec<f64>) {
    column.resize(weights.len(), 0.0);
    for ((to, w), slope) in column.iter_mut().zip(weights).zip(slopes) {
        *to = 2.0 * term.output_scale * w * slope;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::Shape;
    use ndarray::array;

    fn kernel() -> Kernel {
        Kernel {
            terms: vec![
                Term { shape: Shape::Matern52, columns: 0..2, output_scale: 0.7, length_scales: vec![0.8, 1.7] },
                Term { shape: Shape::Rbf, columns: 1..3, output_scale: 0.4, length_scales: vec![1.3] },
                Term { shape: Shape::Matern32, columns: 0..3, output_scale: 0.6, length_scales: vec![2.1] },
            ],
        }
    }

    fn inputs() -> Array2<f64> {
        array![[0.1, -0.4, 0.9], [1.2, 0.3, -0.5], [-0.7, 0.8, 0.2], [0.4, 0.4, 1.4], [0.0, -1.1, 0.6]]
    }

    fn filled(kernel: &Kernel, x: &Array2<f64>) -> (Gram, Mat<f64>) {
        let (mut gram, mut covariance) = (Gram::default(), Mat::zeros(x.nrows(), x.nrows()));
        gram.fill(kernel, 0.05, x.view(), &mut covariance);
        (gram, covariance)
    }

    #[test]
    fn it_is_the_cross_covariance_of_the_points_with_themselves() {
        let (kernel, x) = (kernel(), inputs());
        let plain = kernel.cross(x.view(), x.view());
        let (mut gram, covariance) = filled(&kernel, &x);
        // Used again for fewer points and back: what was left behind must not be seen.
        let mut small = Mat::zeros(3, 3);
        gram.fill(&kernel, 0.05, x.slice(ndarray::s![..3, ..]), &mut small);
        for i in 0..5 {
            for j in 0..=i {
                let expected = plain[[i, j]] + if i == j { 0.05 } else { 0.0 };
                assert!((covariance[(i, j)] - expected).abs() < 1e-15);
                assert!(i > 2 || small[(i, j)] == covariance[(i, j)]);
            }
        }
    }

    #[test]
    fn backward_agrees_with_finite_differences() {
        let x = inputs();
        let weight = |i: usize, j: usize| ((i * j) as f64 * 0.7 + (i + j) as f64).sin();
        let f = |k: &Kernel, x: &Array2<f64>| -> f64 {
            k.cross(x.view(), x.view()).indexed_iter().map(|((i, j), v)| v * weight(i, j)).sum()
        };
        let weights = Mat::from_fn(5, 5, weight);
        let (mut gram, _) = filled(&kernel(), &x);
        let (terms, d_x) = (gram.backward(&kernel(), &weights), gram.backward_inputs(&kernel(), &weights, 3));
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

//! The one place where a covariance is factorised: `K + jitter·I = L Lᵀ`, L lower triangular (R&W algorithm 2.1).
//!
//! A covariance of two nearly equal inputs can be indefinite by rounding. Then a small multiple of its mean diagonal
//! is added and the factorisation repeated, from 1e-10 up to 1e-4 in steps of ten. What was added and how often is
//! kept and shown; when the largest does not help, that is an error and not a result.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Mat, MatMut, Par, Spec};
use ndarray::Array2;

/// Why a Gaussian process could not be conditioned or evaluated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GpError {
    /// Inputs and targets do not belong together.
    #[error("{inputs} inputs and {targets} targets; accepted: the same number of both, at least 1")]
    Shape {
        /// Rows of the inputs.
        inputs: usize,
        /// Number of targets.
        targets: usize,
    },
    /// A number is not finite.
    #[error("{what} holds a value that is not finite; accepted: finite numbers only")]
    NotFinite {
        /// Which quantity.
        what: &'static str,
    },
    /// The covariance cannot be factorised.
    #[error(
        "the covariance of {size} measurements is not positive definite, even with {jitter:e} added to its diagonal \
         (the most that is tried); accepted: positive output scales and noise"
    )]
    NotPositiveDefinite {
        /// Number of measurements.
        size: usize,
        /// The last jitter that was tried.
        jitter: f64,
    },
}

/// A factorised covariance.
#[derive(Clone, Debug)]
pub struct Factor {
    /// L; what stands above its diagonal is not read.
    lower: Mat<f64>,
    jitter: f64,
    attempts: u32,
}

const RELATIVE_JITTER: [f64; 8] = [0.0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4];

impl Factor {
    /// Factorises a symmetric matrix, of which the lower triangle is read.
    pub fn new(covariance: &Array2<f64>) -> Result<Self, GpError> {
        let n = covariance.nrows();
        let mut factor = Self::room(n);
        factor.refactorise(&Mat::from_fn(n, n, |i, j| covariance[[i, j]]), &mut scratch(n))?;
        Ok(factor)
    }

    /// Room for the factor of a matrix of this size.
    pub(super) fn room(size: usize) -> Self {
        Self { lower: Mat::zeros(size, size), jitter: 0.0, attempts: 0 }
    }

    /// Factorises another matrix of the same size in the same room. After an error it is of no use before the next one.
    pub(super) fn refactorise(&mut self, covariance: &Mat<f64>, memory: &mut MemBuffer) -> Result<(), GpError> {
        let n = covariance.nrows();
        let columns = || (0..n).map(|j| &covariance.col_as_slice(j)[j..]);
        if columns().flatten().any(|v| !v.is_finite()) {
            return Err(GpError::NotFinite { what: "the covariance" });
        }
        let level = columns().map(|c| c[0]).sum::<f64>().abs() / n.max(1) as f64;
        for (attempts, relative) in (0..).zip(RELATIVE_JITTER) {
            let jitter = relative * level;
            for (j, column) in columns().enumerate() {
                let to = &mut self.lower.col_as_slice_mut(j)[j..];
                to.copy_from_slice(column);
                to[0] += jitter;
            }
            let none = LltRegularization::default();
            let stack = MemStack::new(memory);
            if cholesky_in_place(self.lower.as_mut(), none, Par::Seq, stack, Spec::default()).is_ok() {
                (self.jitter, self.attempts) = (jitter, attempts);
                return Ok(());
            }
        }
        Err(GpError::NotPositiveDefinite { size: n, jitter: RELATIVE_JITTER[RELATIVE_JITTER.len() - 1] * level })
    }

    /// What was added to the diagonal.
    pub const fn jitter(&self) -> f64 {
        self.jitter
    }

    /// How many factorisations failed before the one that is kept.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Size of the matrix.
    pub fn len(&self) -> usize {
        self.lower.nrows()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `½ ln det(K)`, that is the sum of the logarithms of L's diagonal.
    pub fn half_log_det(&self) -> f64 {
        (0..self.len()).map(|i| self.lower[(i, i)].ln()).sum()
    }

    /// Replaces b by `K⁻¹ b`.
    pub fn solve_in_place(&self, b: &mut [f64]) {
        let mut b = MatMut::from_column_major_slice_mut(b, self.len(), 1);
        solve_lower_triangular_in_place(self.lower.as_ref(), b.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(self.lower.transpose(), b, Par::Seq);
    }

    /// `K⁻¹ b`.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        self.solve_in_place(&mut x);
        x
    }

    /// `L z`.
    pub fn lower_times(&self, z: &[f64]) -> Vec<f64> {
        (0..z.len()).map(|i| (0..=i).map(|j| self.lower[(i, j)] * z[j]).sum()).collect()
    }

    /// `K⁻¹`.
    pub fn inverse(&self) -> Array2<f64> {
        let n = self.len();
        let mut inverse = Mat::zeros(n, n);
        self.inverse_into(&mut inverse, &mut scratch(n));
        Array2::from_shape_fn((n, n), |(i, j)| inverse[(i.max(j), i.min(j))])
    }

    /// Writes the lower triangle of `K⁻¹`.
    pub(super) fn inverse_into(&self, inverse: &mut Mat<f64>, memory: &mut MemBuffer) {
        llt::inverse::inverse(inverse.as_mut(), self.lower.as_ref(), Par::Seq, MemStack::new(memory));
    }

    /// Row i of L, up to its diagonal.
    pub(super) fn row(&self, i: usize) -> impl Iterator<Item = f64> + '_ {
        (0..=i).map(move |j| self.lower[(i, j)])
    }

    /// Replaces B by `L⁻¹ B`.
    pub fn solve_lower_in_place(&self, b: MatMut<'_, f64>) {
        solve_lower_triangular_in_place(self.lower.as_ref(), b, Par::Seq);
    }
}

/// Memory in which a matrix of this size is factorised and inverted.
pub(super) fn scratch(size: usize) -> MemBuffer {
    let factorise = llt::factor::cholesky_in_place_scratch::<f64>(size, Par::Seq, Spec::default());
    MemBuffer::new(factorise.or(llt::inverse::inverse_scratch::<f64>(size, Par::Seq)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_hand_case_needs_no_jitter() {
        // [[4, 2], [2, 3]] = L Lᵀ with L = [[2, 0], [1, √2]]; inverse = [[3, -2], [-2, 4]] / 8.
        let factor = Factor::new(&array![[4.0, 2.0], [2.0, 3.0]]).expect("definite");
        assert_eq!((factor.jitter(), factor.attempts()), (0.0, 0));
        assert!((factor.half_log_det() - 0.5 * 8f64.ln()).abs() < 1e-15);
        let x = factor.solve(&[2.0, 1.0]);
        assert!((x[0] - 0.5).abs() < 1e-15 && x[1].abs() < 1e-15);
        let inverse = factor.inverse();
        for (got, expected) in inverse.iter().zip([0.375, -0.25, -0.25, 0.5]) {
            assert!((got - expected).abs() < 1e-15);
        }
        // L z = [2 z₀, z₀ + √2 z₁].
        let product = factor.lower_times(&[3.0, 2f64.sqrt()]);
        assert!((product[0] - 6.0).abs() < 1e-15 && (product[1] - 5.0).abs() < 1e-15);
        let mut b = Mat::from_fn(2, 1, |i, _| [2.0, 3.0][i]);
        factor.solve_lower_in_place(b.as_mut());
        assert!((b[(0, 0)] - 1.0).abs() < 1e-15 && (b[(1, 0)] - 2f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn jitter_is_added_only_where_needed_and_counted() {
        let slightly_indefinite = array![[1.0, 1.0 + 1e-7], [1.0 + 1e-7, 1.0]];
        let factor = Factor::new(&slightly_indefinite).expect("jitter helps");
        // Eigenvalue -1e-7: 1e-7 is not enough (rounding aside), 1e-6 is.
        assert!(factor.jitter() >= 1e-7 && factor.jitter() <= 1e-6, "{}", factor.jitter());
        assert!(factor.attempts() >= 4);
    }

    #[test]
    fn an_indefinite_matrix_and_a_nan_are_errors() {
        let error = Factor::new(&array![[1.0, 2.0], [2.0, 1.0]]).expect_err("eigenvalue -1");
        assert_eq!(error, GpError::NotPositiveDefinite { size: 2, jitter: 1e-4 });
        let error = Factor::new(&array![[f64::NAN]]).expect_err("not a number");
        assert!(matches!(error, GpError::NotFinite { .. }));
    }
}

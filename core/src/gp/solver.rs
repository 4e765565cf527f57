//! The one place where a covariance is factorised: `K + jitter·I = L Lᵀ`, L lower triangular (R&W algorithm 2.1).
//!
//! A covariance of two nearly equal inputs can be indefinite by rounding. Then a small multiple of its mean diagonal
//! is added and the factorisation repeated, from 1e-10 up to 1e-4 in steps of ten. What was added and how often is
//! kept and shown; when the largest does not help, that is an error and not a result.

use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Mat, MatMut, Par, Side};
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
    llt: faer::linalg::solvers::Llt<f64>,
    jitter: f64,
    attempts: u32,
}

const RELATIVE_JITTER: [f64; 8] = [0.0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4];

impl Factor {
    /// Factorises a symmetric matrix, of which the lower triangle is read.
    pub fn new(covariance: &Array2<f64>) -> Result<Self, GpError> {
        let n = covariance.nrows();
        if covariance.iter().any(|v| !v.is_finite()) {
            return Err(GpError::NotFinite { what: "the covariance" });
        }
        let level = covariance.diag().mean().unwrap_or(1.0).abs();
        for (attempts, relative) in (0..).zip(RELATIVE_JITTER) {
            let jitter = relative * level;
            let matrix = Mat::from_fn(n, n, |i, j| covariance[[i, j]] + if i == j { jitter } else { 0.0 });
            if let Ok(llt) = matrix.llt(Side::Lower) {
                return Ok(Self { llt, jitter, attempts });
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

    /// `½ ln det(K)`, that is the sum of the logarithms of L's diagonal.
    pub fn half_log_det(&self) -> f64 {
        let l = self.llt.L();
        (0..l.nrows()).map(|i| l[(i, i)].ln()).sum()
    }

    /// `K⁻¹ b`.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let x = self.llt.solve(Mat::from_fn(b.len(), 1, |i, _| b[i]));
        (0..b.len()).map(|i| x[(i, 0)]).collect()
    }

    /// `L z`.
    pub fn lower_times(&self, z: &[f64]) -> Vec<f64> {
        let l = self.llt.L();
        (0..z.len()).map(|i| (0..=i).map(|j| l[(i, j)] * z[j]).sum()).collect()
    }

    /// `K⁻¹`.
    pub fn inverse(&self) -> Array2<f64> {
        let inverse = self.llt.inverse();
        Array2::from_shape_fn((inverse.nrows(), inverse.ncols()), |(i, j)| inverse[(i, j)])
    }

    /// Replaces B by `L⁻¹ B`.
    pub fn solve_lower_in_place(&self, b: MatMut<'_, f64>) {
        solve_lower_triangular_in_place(self.llt.L(), b, Par::Seq);
    }
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

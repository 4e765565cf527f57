//! How far a repeated measurement scatters: white noise of one variance everywhere.
//!
//! `y = f(x) + ε`, `ε ~ N(0, σ²_n)` independent (R&W eq. 2.1), so `σ²_n` is added to the diagonal of the covariance of
//! *targets*, and to nothing else: a prediction of the property leaves it out. It ignores scatter that depends on
//! the signal (shot noise) or on the neighbour (drift).

use ndarray::Array2;

/// Homoscedastic Gaussian noise; the variance in squared target units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhiteNoise(pub f64);

impl WhiteNoise {
    /// Adds the variance to the diagonal.
    pub fn add_to(self, covariance: &mut Array2<f64>) {
        covariance.diag_mut().mapv_inplace(|v| v + self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_diagonal_changes() {
        let mut k = Array2::from_elem((2, 2), 1.0);
        WhiteNoise(0.5).add_to(&mut k);
        assert_eq!(k, ndarray::array![[1.5, 1.0], [1.0, 1.5]]);
    }
}

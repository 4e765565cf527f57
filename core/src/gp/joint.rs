//! Several places of a conditioned process together: their covariance, and draws of the property.
//!
//! The posterior covariance of a and b is `k(a, b) − (L⁻¹k_a)ᵀ(L⁻¹k_b)` (R&W eq. 2.24). A draw is `μ + C z` with `C Cᵀ` that covariance and
//! z standard normal (R&W §A.2). M places together cost M² numbers and M³/3 operations, so that a draw of a whole map is drawn over a
//! sample of its places.

use super::{Factor, GpError, Posterior};
use faer::Mat;
use ndarray::{Array2, ArrayView2};
use rand_distr::{Distribution, StandardNormal};
use tiptwin_instrument::StreamRng;

impl Posterior {
    /// Posterior covariance of the property between the rows of `a` (N×D) and those of `b` (M×D): N×M.
    pub fn covariance(&self, a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
        let (half_a, half_b) = (self.half(a), self.half(b));
        let explained = half_a.transpose() * &half_b;
        let mut covariance = self.process.kernel.cross(a, b);
        for ((i, j), c) in covariance.indexed_iter_mut() {
            *c -= explained[(i, j)];
        }
        covariance
    }

    /// One draw of the property at all rows of `at` together. The covariance of close places is singular to rounding;
    /// [`Factor`] says what it adds to it.
    pub fn sample(&self, at: ArrayView2<'_, f64>, rng: &mut StreamRng) -> Result<Vec<f64>, GpError> {
        let (mean, _) = self.predict(at);
        let factor = Factor::new(&self.covariance(at, at))?;
        let normal: Vec<f64> = (0..mean.len()).map(|_| StandardNormal.sample(rng)).collect();
        Ok(mean.iter().zip(factor.lower_times(&normal)).map(|(m, d)| m + d).collect())
    }

    /// `L⁻¹ k(X, at)`.
    fn half(&self, at: ArrayView2<'_, f64>) -> Mat<f64> {
        let cross = self.process.kernel.cross(at, self.inputs.view());
        let mut half = Mat::from_fn(self.inputs.nrows(), at.nrows(), |i, j| cross[[j, i]]);
        self.factor.solve_lower_in_place(half.as_mut());
        half
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Kernel, Process, Shape, Term, mean::ConstantMean, noise::WhiteNoise};
    use ndarray::array;
    use tiptwin_instrument::{MasterSeed, Stream};

    fn posterior() -> Posterior {
        let term = Term { shape: Shape::Matern32, columns: 0..1, output_scale: 1.5, length_scales: vec![1.1] };
        let process = Process { kernel: Kernel { terms: vec![term] }, mean: ConstantMean(0.5), noise: WhiteNoise(0.1) };
        Posterior::new(process, array![[0.0], [1.0], [2.5]], &[1.0, -0.5, 0.7]).expect("conditions")
    }

    #[test]
    fn the_diagonal_is_the_variance() {
        let (posterior, at) = (posterior(), array![[-0.5], [0.4], [1.7], [4.0]]);
        let covariance = posterior.covariance(at.view(), at.view());
        for (i, v) in posterior.predict(at.view()).1.iter().enumerate() {
            assert!((covariance[[i, i]] - v).abs() < 1e-14);
        }
    }

    #[test]
    fn draws_have_the_mean_and_the_covariance_of_the_posterior() {
        let (posterior, at) = (posterior(), array![[0.4], [0.6], [4.0]]);
        let (mean, covariance) = (posterior.predict(at.view()).0, posterior.covariance(at.view(), at.view()));
        let mut rng = MasterSeed(3).rng(Stream::Posterior, 0);
        let n = 20_000;
        let draws: Vec<Vec<f64>> = (0..n).map(|_| posterior.sample(at.view(), &mut rng).expect("draws")).collect();
        for i in 0..3 {
            let m = draws.iter().map(|d| d[i]).sum::<f64>() / f64::from(n);
            // Five standard errors: σ/√n with σ² at most 1.5.
            assert!((m - mean[i]).abs() < 5.0 * (1.5 / f64::from(n)).sqrt(), "{m} {}", mean[i]);
            for j in 0..3 {
                let c = draws.iter().map(|d| (d[i] - mean[i]) * (d[j] - mean[j])).sum::<f64>() / f64::from(n);
                // Five standard errors of a product of normals: √2 · 1.5/√n.
                assert!((c - covariance[[i, j]]).abs() < 5.0 * 2.2 / f64::from(n).sqrt(), "{c} {}", covariance[[i, j]]);
            }
        }
        let twice = posterior.sample(array![[0.4], [0.4]].view(), &mut rng).expect("a singular covariance");
        assert!((twice[0] - twice[1]).abs() < 1e-3, "one place has one value: {twice:?}");
    }
}

//! A process conditioned on measurements: mean and variance of the *property* anywhere.
//!
//! With `K = k(X, X) + σ²_n I = L Lᵀ`, `α = K⁻¹(y − m)` and `k_* = k(X, x_*)`: mean `m + k_*ᵀα`, variance
//! `k(x_*, x_*) − |L⁻¹k_*|²` (R&W eq. 2.25, 2.26, algorithm 2.1). Measurement noise is not in that variance.
//!
//! Candidates are taken in blocks of a fixed size, spread over the threads; a block's numbers do not depend on who
//! computes it, so neither does the result. Memory is the block times N, whatever the size of the image.

use super::{Factor, GpError, Process};
use faer::Mat;
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

/// Candidates per block: its covariance with 200 measurements fits into a second-level cache.
const BLOCK: usize = 256;

/// A conditioned process.
#[derive(Clone, Debug)]
pub struct Posterior {
    pub(super) process: Process,
    pub(super) inputs: Array2<f64>,
    pub(super) alpha: Vec<f64>,
    pub(super) factor: Factor,
}

impl Posterior {
    /// Conditions a process on `targets` (N) measured at `inputs` (N×D).
    pub fn new(process: Process, inputs: Array2<f64>, targets: &[f64]) -> Result<Self, GpError> {
        Process::check(inputs.view(), targets)?;
        let factor = process.factor(inputs.view())?;
        let alpha = factor.solve(&process.mean.residual(targets));
        Ok(Self { process, inputs, alpha, factor })
    }

    /// What had to be added to the diagonal of the covariance.
    pub const fn jitter(&self) -> f64 {
        self.factor.jitter()
    }

    /// Mean and variance of the property at each row of `at` (M×D). Rounding below zero variance is cut off.
    pub fn predict(&self, at: ArrayView2<'_, f64>) -> (Vec<f64>, Vec<f64>) {
        let m = at.nrows();
        let (mut mean, mut variance) = (vec![0.0; m], vec![0.0; m]);
        mean.par_chunks_mut(BLOCK).zip(variance.par_chunks_mut(BLOCK)).enumerate().for_each(|(b, (mean, variance))| {
            let start = b * BLOCK;
            self.predict_block(at.slice(s![start..start + mean.len(), ..]), mean, variance);
        });
        (mean, variance)
    }

    fn predict_block(&self, at: ArrayView2<'_, f64>, mean: &mut [f64], variance: &mut [f64]) {
        let cross = self.process.kernel.cross(at, self.inputs.view());
        let mut half = Mat::from_fn(self.inputs.nrows(), at.nrows(), |i, j| cross[[j, i]]);
        self.factor.solve_lower_in_place(half.as_mut());
        for (j, row) in cross.rows().into_iter().enumerate() {
            mean[j] = self.process.mean.0 + row.iter().zip(&self.alpha).map(|(k, a)| k * a).sum::<f64>();
            let explained: f64 = half.col(j).iter().map(|v| v * v).sum();
            variance[j] = (self.process.kernel.variance() - explained).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Kernel, Shape, Term, mean::ConstantMean, noise::WhiteNoise};
    use ndarray::array;

    fn process(noise: f64) -> Process {
        let term = Term { shape: Shape::Rbf, columns: 0..1, output_scale: 2.0, length_scales: vec![1.5] };
        Process { kernel: Kernel { terms: vec![term] }, mean: ConstantMean(1.0), noise: WhiteNoise(noise) }
    }

    #[test]
    fn two_points_by_hand() {
        let x = array![[0.0], [1.0]];
        let posterior = Posterior::new(process(0.5), x, &[2.0, 0.0]).expect("conditions");
        let (mean, variance) = posterior.predict(array![[0.5]].view());
        // K = [[a, b], [b, a]], a = 2.5, b = 2 exp(-1/4.5); both cross-covariances are c = 2 exp(-0.25/4.5).
        let (a, b, c) = (2.5, 2.0 * (-1.0f64 / 4.5).exp(), 2.0 * (-0.25f64 / 4.5).exp());
        // Residuals +1 and -1 cancel by symmetry; |L⁻¹k|² = kᵀK⁻¹k = 2c²/(a + b).
        assert!((mean[0] - 1.0).abs() < 1e-14);
        assert!((variance[0] - (2.0 - 2.0 * c * c / (a + b))).abs() < 1e-14);
    }

    #[test]
    fn agrees_with_the_dense_formula() {
        let x = array![[-1.0], [0.2], [2.5]];
        let y = [0.3, 1.9, -0.7];
        let p = process(0.1);
        let mut k = p.kernel.cross(x.view(), x.view());
        p.noise.add_to(&mut k);
        let inverse = Factor::new(&k).expect("definite").inverse();
        let at = array![[0.7]];
        let cross = p.kernel.cross(at.view(), x.view());
        let weights = cross.dot(&inverse);
        let mean: f64 = 1.0 + (0..3).map(|i| weights[[0, i]] * (y[i] - 1.0)).sum::<f64>();
        let variance = 2.0 - weights.dot(&cross.t())[[0, 0]];
        let (got_mean, got_variance) = Posterior::new(p, x, &y).expect("conditions").predict(at.view());
        assert!((got_mean[0] - mean).abs() < 1e-12 && (got_variance[0] - variance).abs() < 1e-12);
    }

    #[test]
    fn without_noise_it_interpolates_and_far_away_it_is_the_prior() {
        let posterior = Posterior::new(process(0.0), array![[0.0], [3.0], [5.0]], &[4.0, -1.0, 2.0]).expect("ok");
        let (mean, variance) = posterior.predict(array![[0.0], [3.0], [5.0], [100.0]].view());
        for (got, expected) in mean.iter().zip([4.0, -1.0, 2.0, 1.0]) {
            assert!((got - expected).abs() < 1e-12);
        }
        assert!(variance[..3].iter().all(|v| *v < 1e-12) && variance[3] == 2.0);
    }

    #[test]
    fn more_data_never_raise_the_variance() {
        let at = Array2::from_shape_fn((60, 1), |(i, _)| i as f64 * 0.1);
        let x = array![[0.5], [2.0], [3.3], [5.1]];
        let y = [1.0, 0.0, 2.0, 0.5];
        let mut before = vec![2.0; 60];
        for n in 1..=4 {
            let inputs = x.slice(s![..n, ..]).to_owned();
            let (_, variance) = Posterior::new(process(0.2), inputs, &y[..n]).expect("ok").predict(at.view());
            assert!(variance.iter().zip(&before).all(|(now, before)| *now <= before + 1e-14));
            before = variance;
        }
    }

    #[test]
    fn duplicates_are_averaged() {
        let once = Posterior::new(process(0.2), array![[1.0]], &[3.0]).expect("ok").predict(array![[1.4]].view());
        let twice = Posterior::new(process(0.4), array![[1.0], [1.0]], &[2.0, 4.0]).expect("ok");
        let (mean, variance) = twice.predict(array![[1.4]].view());
        // Two readings with twice the noise variance are one reading of their average.
        assert!((mean[0] - once.0[0]).abs() < 1e-13 && (variance[0] - once.1[0]).abs() < 1e-13);
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let x = Array2::from_shape_fn((30, 1), |(i, _)| (i as f64 * 0.77).sin() * 4.0);
        let y: Vec<f64> = (0..30).map(|i| f64::from(i).cos()).collect();
        let posterior = Posterior::new(process(0.1), x, &y).expect("ok");
        let at = Array2::from_shape_fn((2000, 1), |(i, _)| i as f64 * 0.004 - 4.0);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
            pool.install(|| posterior.predict(at.view()))
        };
        assert_eq!(with(1), with(3));
    }
}

//! How likely targets are under a process.
//!
//! With `r = y − m`, `K = k(X, X) + σ²_n I` and N measurements, the negative logarithm of the marginal likelihood is
//! `L = ½ rᵀK⁻¹r + ½ ln det K + (N/2) ln 2π` (R&W eq. 2.30). With `α = K⁻¹r`, `∂L/∂K = ½ (K⁻¹ − ααᵀ)` (R&W eq. 5.9), from
//! which all gradients follow by the chain rule, also those with respect to the inputs, which train a network
//! in front of the kernel. Valid for Gaussian noise; O(N³) in time, O(N²) in memory.

use super::gram::Gram;
use super::kernel::TermGradient;
use super::solver::scratch;
use super::{Factor, GpError, Process};
use crate::vector::wide;
use faer::Mat;
use faer::dyn_stack::MemBuffer;
use ndarray::{Array2, ArrayView2};
use std::fmt;

/// The negative log marginal likelihood and its gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// `L`, in nats.
    pub value: f64,
    /// With respect to the parameters of each kernel term.
    pub d_terms: Vec<TermGradient>,
    /// With respect to the constant mean.
    pub d_mean: f64,
    /// With respect to the noise variance.
    pub d_noise: f64,
    /// What had to be added to the diagonal.
    pub jitter: f64,
}

/// Evaluates the likelihood, over and over in the same memory.
#[derive(Debug, Default)]
pub struct Likelihood {
    gram: Gram,
    /// Width of the inputs of the newest evaluation.
    width: usize,
    matrices: Option<Matrices>,
}

/// Matrices of N×N, of which only lower triangles are used.
struct Matrices {
    covariance: Mat<f64>,
    factor: Factor,
    /// `∂L/∂K`.
    weights: Mat<f64>,
    scratch: MemBuffer,
}

impl Matrices {
    fn new(n: usize) -> Self {
        let [covariance, weights] = std::array::from_fn(|_| Mat::zeros(n, n));
        Self { covariance, factor: Factor::room(n), weights, scratch: scratch(n) }
    }
}

impl fmt::Debug for Matrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matrices").field("factor", &self.factor).finish_non_exhaustive()
    }
}

impl Likelihood {
    /// Evaluates the negative log marginal likelihood of `targets` (N) at `inputs` (N×D), with gradients.
    pub fn evaluate(
        &mut self,
        process: &Process,
        inputs: ArrayView2<'_, f64>,
        targets: &[f64],
    ) -> Result<Evaluation, GpError> {
        Process::check(inputs, targets)?;
        let n = targets.len();
        self.width = inputs.ncols();
        let sized = self.matrices.take().filter(|m| m.covariance.nrows() == n);
        let Matrices { covariance, factor, weights, scratch } =
            self.matrices.insert(sized.unwrap_or_else(|| Matrices::new(n)));
        self.gram.fill(&process.kernel, process.noise.0, inputs, covariance);
        factor.refactorise(covariance, scratch)?;
        let mut alpha = process.mean.residual(targets);
        factor.solve_in_place(&mut alpha);
        let fit: f64 = targets.iter().zip(&alpha).map(|(y, a)| (y - process.mean.0) * a).sum();
        let value = 0.5 * fit + factor.half_log_det() + 0.5 * n as f64 * std::f64::consts::TAU.ln();
        factor.inverse_into(weights, scratch);
        weigh(&alpha[..], &mut *weights);
        Ok(Evaluation {
            value,
            d_terms: self.gram.backward(&process.kernel, weights),
            d_mean: -alpha.iter().sum::<f64>(),
            d_noise: (0..n).map(|i| weights[(i, i)]).sum(),
            jitter: factor.jitter(),
        })
    }

    /// The gradient of the newest evaluation, which was made with this process, with respect to the inputs: N×D.
    pub fn input_gradient(&mut self, process: &Process) -> Array2<f64> {
        let weights = self.matrices.as_ref().map(|m| &m.weights);
        weights.map_or_else(
            || Array2::zeros((0, self.width)),
            |weights| self.gram.backward_inputs(&process.kernel, weights, self.width),
        )
    }
}

wide! {
    /// From the lower triangle of `K⁻¹` to that of `½ (K⁻¹ − ααᵀ)`.
    fn weigh(alpha: &[f64], weights: &mut Mat<f64>) {
        for (j, a) in alpha.iter().enumerate() {
            for (w, b) in weights.col_as_slice_mut(j)[j..].iter_mut().zip(&alpha[j..]) {
                *w = 0.5 * (*w - a * b);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Kernel, Shape, Term, mean::ConstantMean, noise::WhiteNoise};
    use ndarray::array;

    fn process() -> Process {
        Process {
            kernel: Kernel {
                terms: vec![
                    Term { shape: Shape::Matern32, columns: 0..2, output_scale: 0.8, length_scales: vec![0.9, 1.4] },
                    Term { shape: Shape::Matern52, columns: 2..3, output_scale: 0.3, length_scales: vec![0.5] },
                ],
            },
            mean: ConstantMean(0.2),
            noise: WhiteNoise(0.05),
        }
    }

    fn data() -> (Array2<f64>, Vec<f64>) {
        let x = array![[0.1, -0.4, 0.9], [1.2, 0.3, -0.5], [-0.7, 0.8, 0.2], [0.4, 0.4, 1.4], [0.0, 0.1, 0.8]];
        (x, vec![0.3, -1.0, 0.7, 1.5, 0.1])
    }

    #[test]
    fn one_measurement_is_a_normal_density() {
        let p = process();
        let e = Likelihood::default().evaluate(&p, array![[0.0, 0.0, 0.0]].view(), &[1.0]).expect("evaluates");
        // Variance 0.8 + 0.3 + 0.05, residual 0.8.
        let by_hand = 0.5 * 0.64 / 1.15 + 0.5 * 1.15f64.ln() + 0.5 * std::f64::consts::TAU.ln();
        assert!((e.value - by_hand).abs() < 1e-14);
    }

    #[test]
    fn all_gradients_agree_with_finite_differences() {
        let (x, y) = data();
        let mut likelihood = Likelihood::default();
        let e = likelihood.evaluate(&process(), x.view(), &y).expect("evaluates");
        let d_inputs = likelihood.input_gradient(&process());
        let h = 1e-5;
        // Central differences: truncation h² ≈ 1e-10, rounding 1e-16/h = 1e-11, both times values of order 10.
        let check = |analytic: f64, change: &dyn Fn(&mut Process, &mut Array2<f64>, f64)| {
            let at = |step: f64| {
                let (mut p, mut x) = (process(), x.clone());
                change(&mut p, &mut x, step);
                Likelihood::default().evaluate(&p, x.view(), &y).expect("evaluates").value
            };
            let numeric = (at(h) - at(-h)) / (2.0 * h);
            assert!((analytic - numeric).abs() < 1e-7, "{analytic} against {numeric}");
        };
        check(e.d_mean, &|p, _, s| p.mean.0 += s);
        check(e.d_noise, &|p, _, s| p.noise.0 += s);
        for t in 0..2 {
            check(e.d_terms[t].output_scale, &|p, _, s| p.kernel.terms[t].output_scale += s);
            for l in 0..e.d_terms[t].length_scales.len() {
                check(e.d_terms[t].length_scales[l], &|p, _, s| p.kernel.terms[t].length_scales[l] += s);
            }
        }
        for i in 0..5 {
            for j in 0..3 {
                check(d_inputs[[i, j]], &|_, x, s| x[[i, j]] += s);
            }
        }
    }

    #[test]
    fn memory_that_was_used_before_changes_no_bit() {
        let (x, y) = data();
        let fresh = Likelihood::default().evaluate(&process(), x.view(), &y).expect("evaluates");
        let mut used = Likelihood::default();
        let mut other = process();
        other.noise.0 = 3.0;
        used.evaluate(&other, x.view(), &y).expect("evaluates");
        used.evaluate(&process(), x.slice(ndarray::s![..3, ..]), &y[..3]).expect("evaluates");
        assert_eq!(used.evaluate(&process(), x.view(), &y).expect("evaluates"), fresh);
    }

    #[test]
    fn mismatched_or_broken_data_are_refused() {
        let (x, mut y) = data();
        let evaluate = |y: &[f64]| Likelihood::default().evaluate(&process(), x.view(), y);
        assert_eq!(evaluate(&y[1..]).expect_err("4"), GpError::Shape { inputs: 5, targets: 4 });
        y[2] = f64::INFINITY;
        assert!(matches!(evaluate(&y), Err(GpError::NotFinite { what: "the targets" })));
    }
}

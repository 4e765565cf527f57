//! A Gaussian process: kernel, mean and noise, and how likely targets are under it.
//!
//! With `r = y − m`, `K = k(X, X) + σ²_n I` and N measurements, the negative logarithm of the marginal likelihood is
//! `L = ½ rᵀK⁻¹r + ½ ln det K + (N/2) ln 2π` (R&W eq. 2.30). With `α = K⁻¹r`, `∂L/∂K = ½ (K⁻¹ − ααᵀ)` (R&W eq. 5.9), from
//! which all gradients follow by the chain rule, also those with respect to the inputs, which train a network
//! in front of the kernel. Valid for Gaussian noise; O(N³) in time, O(N²) in memory.

use super::kernel::TermGradient;
use super::{Factor, GpError, Kernel, mean::ConstantMean, noise::WhiteNoise};
use ndarray::{Array2, ArrayView2};

/// Prior over functions, with the noise of their measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Covariance of the property.
    pub kernel: Kernel,
    /// Its prior mean.
    pub mean: ConstantMean,
    /// Noise of a measurement.
    pub noise: WhiteNoise,
}

/// The negative log marginal likelihood and its gradients.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// `L`, in nats.
    pub value: f64,
    /// With respect to the parameters of each kernel term.
    pub d_terms: Vec<TermGradient>,
    /// With respect to the constant mean.
    pub d_mean: f64,
    /// With respect to the noise variance.
    pub d_noise: f64,
    /// With respect to the inputs, N×D.
    pub d_inputs: Array2<f64>,
    /// What had to be added to the diagonal.
    pub jitter: f64,
}

impl Process {
    /// Refuses inputs (N×D) and targets (N) that do not belong together or are not finite.
    pub(super) fn check(inputs: ArrayView2<'_, f64>, targets: &[f64]) -> Result<(), GpError> {
        if targets.is_empty() || inputs.nrows() != targets.len() {
            return Err(GpError::Shape { inputs: inputs.nrows(), targets: targets.len() });
        }
        if inputs.iter().any(|v| !v.is_finite()) {
            return Err(GpError::NotFinite { what: "the inputs" });
        }
        if targets.iter().any(|v| !v.is_finite()) {
            return Err(GpError::NotFinite { what: "the targets" });
        }
        Ok(())
    }

    /// Covariance of the targets at `inputs`, factorised.
    pub(super) fn factor(&self, inputs: ArrayView2<'_, f64>) -> Result<Factor, GpError> {
        let mut covariance = self.kernel.cross(inputs, inputs);
        self.noise.add_to(&mut covariance);
        Factor::new(&covariance)
    }

    /// Evaluates the negative log marginal likelihood of `targets` (N) at `inputs` (N×D) with all gradients.
    pub fn evaluate(&self, inputs: ArrayView2<'_, f64>, targets: &[f64]) -> Result<Evaluation, GpError> {
        Self::check(inputs, targets)?;
        let factor = self.factor(inputs)?;
        let residual = self.mean.residual(targets);
        let alpha = factor.solve(&residual);
        let fit: f64 = residual.iter().zip(&alpha).map(|(r, a)| r * a).sum();
        let n = targets.len() as f64;
        let value = 0.5 * fit + factor.half_log_det() + 0.5 * n * std::f64::consts::TAU.ln();
        let mut weights = factor.inverse();
        for ((i, j), w) in weights.indexed_iter_mut() {
            *w = 0.5 * (*w - alpha[i] * alpha[j]);
        }
        let (d_terms, d_inputs) = self.kernel.backward(inputs, weights.view());
        Ok(Evaluation {
            value,
            d_terms,
            d_mean: -alpha.iter().sum::<f64>(),
            d_noise: weights.diag().sum(),
            d_inputs,
            jitter: factor.jitter(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Shape, Term};
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
        let e = p.evaluate(array![[0.0, 0.0, 0.0]].view(), &[1.0]).expect("evaluates");
        // Variance 0.8 + 0.3 + 0.05, residual 0.8.
        let by_hand = 0.5 * 0.64 / 1.15 + 0.5 * 1.15f64.ln() + 0.5 * std::f64::consts::TAU.ln();
        assert!((e.value - by_hand).abs() < 1e-14);
    }

    #[test]
    fn all_gradients_agree_with_finite_differences() {
        let (x, y) = data();
        let e = process().evaluate(x.view(), &y).expect("evaluates");
        let h = 1e-5;
        // Central differences: truncation h² ≈ 1e-10, rounding 1e-16/h = 1e-11, both times values of order 10.
        let check = |analytic: f64, change: &dyn Fn(&mut Process, &mut Array2<f64>, f64)| {
            let at = |step: f64| {
                let (mut p, mut x) = (process(), x.clone());
                change(&mut p, &mut x, step);
                p.evaluate(x.view(), &y).expect("evaluates").value
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
                check(e.d_inputs[[i, j]], &|_, x, s| x[[i, j]] += s);
            }
        }
    }

    #[test]
    fn mismatched_or_broken_data_are_refused() {
        let (x, mut y) = data();
        assert_eq!(process().evaluate(x.view(), &y[1..]).expect_err("4"), GpError::Shape { inputs: 5, targets: 4 });
        y[2] = f64::INFINITY;
        assert!(matches!(process().evaluate(x.view(), &y), Err(GpError::NotFinite { what: "the targets" })));
    }
}

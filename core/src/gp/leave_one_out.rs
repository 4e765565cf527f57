//! Leave-one-out predictions: what the process would have said of each measurement without it, at the price of one inverse.
//!
//! `μ₋ᵢ = yᵢ − αᵢ/(K⁻¹)ᵢᵢ`, `σ²₋ᵢ = 1/(K⁻¹)ᵢᵢ` with `α = K⁻¹(y − m)`, hyper-parameters held (R&W eq. 5.12). The variance is that of the
//! *measurement*, noise included.

use super::{Posterior, Process};

/// One measurement as the others predict it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftOut {
    /// Predicted measurement.
    pub mean: f64,
    /// Its variance, noise included.
    pub variance: f64,
    /// (measured − mean)/deviation: of unit variance if the model is right.
    pub standardised: f64,
}

impl LeftOut {
    /// From a measurement, its entry of α and its diagonal entry of `K⁻¹`.
    pub(super) fn new(measured: f64, alpha: f64, precision: f64) -> Self {
        let variance = 1.0 / precision;
        let residual = alpha * variance;
        Self { mean: measured - residual, variance, standardised: residual / variance.sqrt() }
    }

    /// Log density of the measurement under the prediction. Their sum is the leave-one-out pseudo-likelihood (R&W eq. 5.11).
    pub fn log_density(&self) -> f64 {
        -0.5 * (self.standardised * self.standardised + (std::f64::consts::TAU * self.variance).ln())
    }
}

impl Posterior {
    /// Every measurement as the others predict it, in their order.
    pub fn leave_one_out(&self, targets: &[f64]) -> Vec<LeftOut> {
        let inverse = self.factor.inverse();
        let left_out = |(i, y): (usize, &f64)| LeftOut::new(*y, self.alpha[i], inverse[[i, i]]);
        targets.iter().enumerate().map(left_out).collect()
    }

    /// The process behind it.
    pub const fn process(&self) -> &Process {
        &self.process
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Kernel, Shape, Term, mean::ConstantMean, noise::WhiteNoise};
    use ndarray::{Array2, Axis};

    #[test]
    fn agrees_with_leaving_each_out() {
        let term = Term { shape: Shape::Matern32, columns: 0..1, output_scale: 1.3, length_scales: vec![0.8] };
        let process =
            Process { kernel: Kernel { terms: vec![term] }, mean: ConstantMean(0.4), noise: WhiteNoise(0.15) };
        let x = Array2::from_shape_fn((6, 1), |(i, _)| (i as f64 * 1.7).sin() * 2.0);
        let y = [0.3, 1.4, -0.2, 0.9, 2.0, -1.1];
        let all = Posterior::new(process.clone(), x.clone(), &y).expect("conditions").leave_one_out(&y);
        for (i, left) in all.iter().enumerate() {
            let rest: Vec<usize> = (0..6).filter(|k| *k != i).collect();
            let targets: Vec<f64> = rest.iter().map(|k| y[*k]).collect();
            let without = Posterior::new(process.clone(), x.select(Axis(0), &rest), &targets).expect("conditions");
            let (mean, variance) = without.predict(x.select(Axis(0), &[i]).view());
            assert!((left.mean - mean[0]).abs() < 1e-12 && (left.variance - variance[0] - 0.15).abs() < 1e-12);
            let normal = -0.5 * (y[i] - mean[0]).powi(2) / (variance[0] + 0.15)
                - 0.5 * (std::f64::consts::TAU * (variance[0] + 0.15)).ln();
            assert!((left.log_density() - normal).abs() < 1e-12);
        }
    }
}

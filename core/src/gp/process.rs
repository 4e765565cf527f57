//! A Gaussian process: kernel, mean and noise.

use super::{Factor, GpError, Kernel, mean::ConstantMean, noise::WhiteNoise};
use ndarray::ArrayView2;

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
}

//! Hyper-parameters of tiptwin's kernel, and what is believed about them before any measurement.
//!
//! All but the mean are positive and live as logarithms with normal priors, for standardised targets and standardised
//! features. Medians and widths are deliberately generic: a length-scale of 2√P features' deviations says that no single
//! feature is expected to matter (the distance between two random candidates is √(2P)), and 4√P for what filters respond that they are
//! expected to matter half as much as whether a grain boundary is near; 5 pixels of range on the coordinates
//! is a few tip widths; variances of 0.7, 0.3 and 0.2 share a unit variance between structure, neighbourhood
//! and noise. Widths of 0.5 to 1 let data move them by factors of 3 to 7 at two deviations.

use super::{COMPONENTS, FEATURES};
use crate::gp::kernel::{Kernel, Term};
use crate::gp::mean::ConstantMean;
use crate::gp::noise::WhiteNoise;
use crate::gp::{Evaluation, GpError, Likelihood, Process, Shape};
use ndarray::Array2;

/// Features' length-scales, then output scale of structure, of neighbourhood, range, white variance, mean.
pub(super) const PARAMETERS: usize = FEATURES + 5;
const STRUCTURE: usize = FEATURES;
const NEIGHBOURHOOD: usize = FEATURES + 1;
const RANGE: usize = FEATURES + 2;
const WHITE: usize = FEATURES + 3;
const MEAN: usize = FEATURES + 4;

/// Keeps the covariance well conditioned when targets are constant: a thousandth of their spread.
const WHITE_FLOOR: f64 = 1e-6;

/// Raw values: logarithms, and the mean as it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hyper {
    pub(super) raw: [f64; PARAMETERS],
}

/// Median and width of the normal prior of raw parameter `i`.
fn prior(i: usize) -> (f64, f64) {
    match i {
        STRUCTURE => (0.7f64.ln(), 1.0),
        NEIGHBOURHOOD => (0.3f64.ln(), 1.0),
        RANGE => (5f64.ln(), 0.7),
        WHITE => (0.2f64.ln(), 1.0),
        MEAN => (0.0, 0.5),
        _ if i < COMPONENTS => ((4.0 * (FEATURES as f64).sqrt()).ln(), 0.5),
        _ => ((2.0 * (FEATURES as f64).sqrt()).ln(), 0.5),
    }
}

impl Hyper {
    pub(super) fn prior_median() -> Self {
        Self { raw: std::array::from_fn(|i| prior(i).0) }
    }

    /// The process on `[features, row, column]`, and the white variance that is *not* known measurement noise.
    /// `noise_variance` is the known part, in standardised units.
    pub(super) fn process(&self, noise_variance: f64) -> (Process, f64) {
        let structure = Term {
            shape: Shape::Matern32,
            columns: 0..FEATURES,
            output_scale: self.raw[STRUCTURE].exp(),
            length_scales: self.raw[..FEATURES].iter().map(|r| r.exp()).collect(),
        };
        let neighbourhood = Term {
            shape: Shape::Matern32,
            columns: FEATURES..FEATURES + 2,
            output_scale: self.raw[NEIGHBOURHOOD].exp(),
            length_scales: vec![self.raw[RANGE].exp()],
        };
        let white = self.raw[WHITE].exp();
        let process = Process {
            kernel: Kernel { terms: vec![structure, neighbourhood] },
            mean: ConstantMean(self.raw[MEAN]),
            noise: WhiteNoise(white + noise_variance + WHITE_FLOOR),
        };
        (process, white)
    }

    /// Negative log posterior density of the hyper-parameters, up to a constant, and its gradient with respect to the raw ones.
    pub(super) fn objective(
        &self,
        likelihood: &mut Likelihood,
        inputs: &Array2<f64>,
        targets: &[f64],
        noise_variance: f64,
    ) -> Result<(f64, Vec<f64>), GpError> {
        let (process, white) = self.process(noise_variance);
        let Evaluation { mut value, d_terms, d_mean, d_noise, .. } =
            likelihood.evaluate(&process, inputs.view(), targets)?;
        let mut d_raw = Vec::with_capacity(PARAMETERS);
        for (term, gradient) in process.kernel.terms.iter().zip(&d_terms).take(1) {
            d_raw.extend(term.length_scales.iter().zip(&gradient.length_scales).map(|(l, g)| l * g));
        }
        d_raw.extend(process.kernel.terms.iter().zip(&d_terms).map(|(t, g)| t.output_scale * g.output_scale));
        d_raw.push(process.kernel.terms[1].length_scales[0] * d_terms[1].length_scales[0]);
        d_raw.push(white * d_noise);
        d_raw.push(d_mean);
        for (i, (raw, gradient)) in self.raw.iter().zip(&mut d_raw).enumerate() {
            let (median, width) = prior(i);
            let u = (raw - median) / width;
            value += 0.5 * u * u;
            *gradient += u / width;
        }
        Ok((value, d_raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradient_agrees_with_finite_differences() {
        let inputs = Array2::from_shape_fn((7, FEATURES + 2), |(i, j)| ((i * 11 + j * 5) as f64 * 0.7).sin() * 2.0);
        let targets = [0.5, -1.2, 0.3, 1.9, -0.4, 0.0, -1.1];
        let mut hyper = Hyper::prior_median();
        hyper.raw.iter_mut().enumerate().for_each(|(i, r)| *r += 0.3 * (i as f64).cos());
        let at = |h: &Hyper| h.objective(&mut Likelihood::default(), &inputs, &targets, 0.03).expect("evaluates");
        let gradient = at(&hyper).1;
        assert_eq!(gradient.len(), PARAMETERS);
        for (i, analytic) in gradient.into_iter().enumerate() {
            let h = 1e-5;
            let (mut plus, mut minus) = (hyper.clone(), hyper.clone());
            plus.raw[i] += h;
            minus.raw[i] -= h;
            let numeric = (at(&plus).0 - at(&minus).0) / (2.0 * h);
            // Truncation h² = 1e-10 and rounding 1e-15/h = 1e-10, times derivatives of order 10.
            assert!((analytic - numeric).abs() < 1e-7, "{i}: {analytic} against {numeric}");
        }
    }
}

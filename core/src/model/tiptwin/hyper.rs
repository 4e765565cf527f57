//! Hyper-parameters of tiptwin's kernel, and what is believed about them before any measurement.
//!
//! All but the mean are positive and live as logarithms with normal priors, for standardised targets and standardised
//! features. Medians and widths are deliberately generic: a length-scale of 4√P deviations for each of P features says that no single
//! one is expected to matter (the distance between two random candidates is √(2P)); 5 pixels of range on the coordinates
//! is a few tip widths; variances of 0.4, 0.3, 0.3 and 0.2 share what varies between nearness to boundaries, the rest of the structure,
//! neighbourhood and noise. Widths of 0.5 to 1 let data move them by factors of 3 to 7 at two deviations.
//!
//! Boundaries and the rest of the structure are two terms of a sum: what a property owes to boundaries is then learnt from all
//! measurements, not only from those that are alike in everything else, too.

use super::{BOUNDARY_FEATURES, COMPONENTS, FEATURES};
use crate::gp::kernel::{Kernel, Term};
use crate::gp::mean::ConstantMean;
use crate::gp::noise::WhiteNoise;
use crate::gp::{Evaluation, GpError, Likelihood, Process, Shape};
use ndarray::Array2;
use std::ops::Range;

/// Length-scales of the features and of the coordinates, then output scales of structure, boundaries and neighbourhood, white variance, mean.
pub(super) const PARAMETERS: usize = FEATURES + 6;
const RANGE: usize = FEATURES;
const STRUCTURE: usize = FEATURES + 1;
const BOUNDARIES: usize = FEATURES + 2;
const NEIGHBOURHOOD: usize = FEATURES + 3;
const WHITE: usize = FEATURES + 4;
const MEAN: usize = FEATURES + 5;

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
        BOUNDARIES => (0.4f64.ln(), 1.0),
        STRUCTURE | NEIGHBOURHOOD => (0.3f64.ln(), 1.0),
        RANGE => (5f64.ln(), 0.7),
        WHITE => (0.2f64.ln(), 1.0),
        MEAN => (0.0, 0.5),
        _ if i < COMPONENTS => ((4.0 * (COMPONENTS as f64).sqrt()).ln(), 0.5),
        _ => ((4.0 * (BOUNDARY_FEATURES as f64).sqrt()).ln(), 0.5),
    }
}

impl Hyper {
    pub(super) fn prior_median() -> Self {
        Self { raw: std::array::from_fn(|i| prior(i).0) }
    }

    /// The process on `[features, row, column]`, and the white variance that is *not* known measurement noise.
    /// `noise_variance` is the known part, in standardised units.
    pub(super) fn process(&self, noise_variance: f64) -> (Process, f64) {
        let term = |columns: Range<usize>, output_scale: usize, length_scales: Range<usize>| Term {
            shape: Shape::Matern32,
            columns,
            output_scale: self.raw[output_scale].exp(),
            length_scales: self.raw[length_scales].iter().map(|r| r.exp()).collect(),
        };
        let terms = vec![
            term(0..COMPONENTS, STRUCTURE, 0..COMPONENTS),
            term(COMPONENTS..FEATURES, BOUNDARIES, COMPONENTS..FEATURES),
            term(FEATURES..FEATURES + 2, NEIGHBOURHOOD, RANGE..RANGE + 1),
        ];
        let white = self.raw[WHITE].exp();
        let process = Process {
            kernel: Kernel { terms },
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
        let terms = || process.kernel.terms.iter().zip(&d_terms);
        let lengths = terms().flat_map(|(t, g)| t.length_scales.iter().zip(&g.length_scales).map(|(l, g)| l * g));
        let scales = terms().map(|(t, g)| t.output_scale * g.output_scale);
        let mut d_raw: Vec<f64> = lengths.chain(scales).collect();
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

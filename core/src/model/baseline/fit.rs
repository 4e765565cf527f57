//! Hyper-parameters of a textbook Gaussian process by type-II maximum likelihood.
//!
//! All positive parameters as logarithms, one start, L-BFGS. The priors are normal with a deviation of [`WIDTH`] around the start, that is
//! a factor of 55 at two deviations: they exclude what is absurd, and keep the optimum finite where few data say nothing.

use super::inputs::TermStart;
use crate::gp::kernel::{Kernel, Term};
use crate::gp::mean::ConstantMean;
use crate::gp::noise::WhiteNoise;
use crate::gp::optimize::lbfgs;
use crate::gp::{GpError, Likelihood, Process, Shape};
use ndarray::ArrayView2;

const WIDTH: f64 = 2.0;
const ITERATIONS: usize = 50;
const WHITE_START: f64 = 0.2;
/// Keeps the covariance well conditioned when targets are constant: a thousandth of their spread.
const WHITE_FLOOR: f64 = 1e-6;

/// Logarithms: per term output scale and length-scales, then the white variance; the mean as it is.
pub(super) fn start(terms: &[TermStart]) -> Vec<f64> {
    let mut raw = Vec::new();
    for t in terms {
        raw.push(t.output_scale.ln());
        raw.extend(std::iter::repeat_n(t.length_scale.ln(), if t.each { t.columns.len() } else { 1 }));
    }
    raw.extend([WHITE_START.ln(), 0.0]);
    raw
}

/// The process of some parameters, and the white variance beyond the known noise (standardised).
pub(super) fn process(terms: &[TermStart], raw: &[f64], noise_variance: f64) -> (Process, f64) {
    let (mut at, mut kernel) = (0, Vec::new());
    for t in terms {
        let lengths = if t.each { t.columns.len() } else { 1 };
        kernel.push(Term {
            shape: Shape::Rbf,
            columns: t.columns.clone(),
            output_scale: raw[at].exp(),
            length_scales: raw[at + 1..=at + lengths].iter().map(|r| r.exp()).collect(),
        });
        at += 1 + lengths;
    }
    let white = raw[at].exp();
    let process = Process {
        kernel: Kernel { terms: kernel },
        mean: ConstantMean(raw[at + 1]),
        noise: WhiteNoise(white + noise_variance + WHITE_FLOOR),
    };
    (process, white)
}

/// The most likely parameters for standardised targets; the start if the likelihood is not finite there.
pub(super) fn fit(terms: &[TermStart], inputs: ArrayView2<'_, f64>, targets: &[f64], noise_variance: f64) -> Vec<f64> {
    let start = start(terms);
    let mut likelihood = Likelihood::default();
    let objective =
        |raw: &[f64]| objective(&mut likelihood, (terms, &start), raw, (inputs, targets), noise_variance).ok();
    lbfgs(&start, ITERATIONS, objective).map_or(start.clone(), |(raw, _)| raw)
}

/// Negative log posterior density and its gradient.
pub(super) fn objective(
    likelihood: &mut Likelihood,
    (terms, start): (&[TermStart], &[f64]),
    raw: &[f64],
    (inputs, targets): (ArrayView2<'_, f64>, &[f64]),
    noise_variance: f64,
) -> Result<(f64, Vec<f64>), GpError> {
    let (process, white) = process(terms, raw, noise_variance);
    let e = likelihood.evaluate(&process, inputs, targets)?;
    let mut gradient = Vec::with_capacity(raw.len());
    for (term, g) in process.kernel.terms.iter().zip(&e.d_terms) {
        gradient.push(term.output_scale * g.output_scale);
        gradient.extend(term.length_scales.iter().zip(&g.length_scales).map(|(l, g)| l * g));
    }
    gradient.extend([white * e.d_noise, e.d_mean]);
    let mut value = e.value;
    for ((raw, start), g) in raw.iter().zip(start).zip(&mut gradient) {
        let u = (raw - start) / WIDTH;
        value += 0.5 * u * u;
        *g += u / WIDTH;
    }
    Ok((value, gradient))
}

//! The published deep-kernel model, with an exact posterior.
//!
//! Liu et al., J. Phys. Chem. Lett. 14, 3352 (2023), doi:10.1021/acs.jpclett.3c00223, as run by `atomai` 0.8.1
//! (`atomai/nets/gp.py`, `trainers/gptrainer.py`): a fully connected network 1000-500-50-2 with `ReLU` on flattened
//! patches; its output scaled into a box; a squared-exponential kernel with two length-scales; learned constant mean and noise;
//! no priors. Network and hyper-parameters are trained together on the marginal likelihood divided by N with 200 steps of Adam
//! at 0.01. Every call starts from the same fresh weights, as the published loop does.
//!
//! Two things differ, on purpose. The published posterior interpolates the kernel on a grid whose cached part goes
//! stale, so its variances are often negative; here the posterior is exact. The published client scales each new value by
//! the range seen so far and never rescales older ones; here all values are scaled by the present range. The image is
//! min-max normalised as a whole. Likelihood, gradients, posterior and schedule are compared with GPyTorch's in `parity`.

use super::{Model, ModelError, Prediction, View};
use crate::Candidates;
use crate::gp::kernel::{Kernel, Term};
use crate::gp::mean::ConstantMean;
use crate::gp::noise::WhiteNoise;
use crate::gp::optimize::Adam;
use crate::gp::parameter::Link;
use crate::gp::transform::ScaleToBounds;
use crate::gp::{Evaluation, GpError, Likelihood, Posterior, Process, Shape};
use crate::net::{Activation, ComputeDevice, Mlp, MlpSpec};
use ndarray::{Array2, s};
use tiptwin_instrument::StreamRng;

const HIDDEN: [usize; 3] = [1000, 500, 50];
const EMBEDDING: usize = 2;
const STEPS: usize = 200;
const RATE: f64 = 0.01;
/// Candidates embedded at once; bounds memory, whatever the size of the image.
const BLOCK: usize = 1024;

const POSITIVE: Link = Link::Softplus { floor: 0.0 };
const NOISE: Link = Link::Softplus { floor: 1e-4 };

/// The published model.
#[derive(Debug)]
pub struct Reference {
    weights_rng: StreamRng,
    device: ComputeDevice,
}

impl Reference {
    /// `weights_rng` gives the start weights, the same ones for every call.
    pub fn new(weights_rng: StreamRng, device: ComputeDevice) -> Self {
        Self { weights_rng, device }
    }

    /// The main settings in words, for a methods paragraph.
    pub fn settings() -> String {
        let hidden = HIDDEN.map(|n| n.to_string()).join("-");
        format!(
            "a fully connected ReLU network {hidden}-{EMBEDDING} on min-max normalised patches, a squared-exponential kernel on its \
             output, trained from fresh weights before every prediction with {STEPS} steps of Adam at {RATE}; exact posterior"
        )
    }
}

impl Model for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn sibling(&self) -> Option<Box<dyn Model>> {
        Some(Box::new(Self::new(self.weights_rng.clone(), self.device)))
    }

    fn forgets(&self) -> bool {
        true
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
        if view.measured.is_empty() {
            return Err(ModelError::NoData);
        }
        let image = Patches::new(view.candidates);
        let scale = TargetRange::of(view);
        let targets: Vec<f64> = view.measured.iter().map(|m| scale.to_unit(m.value)).collect();
        let inputs = image.rows(view.measured.iter().map(|m| m.index));

        let mut widths = vec![inputs.ncols()];
        widths.extend(HIDDEN);
        widths.push(EMBEDDING);
        let spec = MlpSpec { widths, activation: Activation::Relu, zero_output: false, output_precision: 0.0 };
        let mut net = Mlp::new(spec, self.device, &mut self.weights_rng.clone())?;
        let (raw, bounds, _) = train(&mut net, &inputs, &targets, STEPS)?;

        let embedded = bounds.apply(net.forward(inputs.view()).view());
        let posterior = Posterior::new(process(&raw), embedded, &targets)?;
        let mut prediction = Prediction::normal(Vec::new(), Vec::new());
        for start in (0..view.candidates.len()).step_by(BLOCK) {
            let end = (start + BLOCK).min(view.candidates.len());
            let z = net.forward(image.rows(start..end).view());
            let (mean, variance) = posterior.predict(bounds.apply(z.view()).view());
            prediction.mean.extend(mean.iter().map(|m| scale.in_units(*m)));
            prediction.sigma.extend(variance.iter().map(|v| v.sqrt() * scale.range));
        }
        Ok(prediction)
    }
}

/// Raw parameters: two length-scales, output scale, noise, mean. All start at zero.
type Raw = [f64; EMBEDDING + 3];

fn process(raw: &Raw) -> Process {
    let term = Term {
        shape: Shape::Rbf,
        columns: 0..EMBEDDING,
        output_scale: POSITIVE.value(raw[EMBEDDING]),
        length_scales: raw[..EMBEDDING].iter().map(|r| POSITIVE.value(*r)).collect(),
    };
    Process {
        kernel: Kernel { terms: vec![term] },
        mean: ConstantMean(raw[EMBEDDING + 2]),
        noise: WhiteNoise(NOISE.value(raw[EMBEDDING + 1])),
    }
}

fn raw_gradient(raw: &Raw, e: &Evaluation) -> Raw {
    let mut gradient = [0.0; EMBEDDING + 3];
    for (l, g) in gradient[..EMBEDDING].iter_mut().enumerate() {
        *g = e.d_terms[0].length_scales[l] * POSITIVE.slope(raw[l]);
    }
    gradient[EMBEDDING] = e.d_terms[0].output_scale * POSITIVE.slope(raw[EMBEDDING]);
    gradient[EMBEDDING + 1] = e.d_noise * NOISE.slope(raw[EMBEDDING + 1]);
    gradient[EMBEDDING + 2] = e.d_mean;
    gradient
}

/// Trains network and hyper-parameters together. Returns the raw parameters, the box of the *last training pass* (one step
/// older than the weights, as published) and the objective before every step.
fn train(
    net: &mut Mlp,
    inputs: &Array2<f32>,
    targets: &[f64],
    steps: usize,
) -> Result<(Raw, ScaleToBounds, Vec<f64>), ModelError> {
    let n = targets.len() as f64;
    let mut raw: Raw = [0.0; EMBEDDING + 3];
    let mut adam = Adam::new(raw.len(), RATE);
    let mut likelihood = Likelihood::default();
    let mut bounds = None;
    let mut history = Vec::with_capacity(steps);
    for _ in 0..steps {
        let mut failure: Option<GpError> = None;
        net.train_step(inputs.view(), RATE, |z| {
            let box_of_step = ScaleToBounds::fit(z.view());
            bounds = Some(box_of_step);
            let process = process(&raw);
            match likelihood.evaluate(&process, box_of_step.apply(z.view()).view(), targets) {
                Ok(e) => {
                    history.push(e.value / n);
                    let gradient = raw_gradient(&raw, &e).map(|g| g / n);
                    adam.step(&mut raw, &gradient);
                    Some(box_of_step.backward(z.view(), (likelihood.input_gradient(&process) / n).view()))
                }
                Err(error) => {
                    failure = Some(error);
                    None
                }
            }
        });
        if let Some(error) = failure {
            return Err(error.into());
        }
    }
    let bounds = bounds.ok_or_else(|| ModelError::Diverged("no training step was made".into()))?;
    Ok((raw, bounds, history))
}

/// Flattened windows of the min-max normalised image.
struct Patches<'a> {
    candidates: &'a Candidates,
    low: f64,
    inverse_range: f64,
}

impl<'a> Patches<'a> {
    fn new(candidates: &'a Candidates) -> Self {
        let low = candidates.structure().iter().copied().fold(f64::INFINITY, f64::min);
        let high = candidates.structure().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let inverse_range = if high > low { 1.0 / (high - low) } else { 0.0 };
        Self { candidates, low, inverse_range }
    }

    fn rows(&self, indices: impl ExactSizeIterator<Item = usize>) -> Array2<f32> {
        let width = self.candidates.window() * self.candidates.window();
        let mut rows = Array2::zeros((indices.len(), width));
        for (r, index) in indices.enumerate() {
            let patch = self.candidates.patch(index);
            for (to, from) in rows.slice_mut(s![r, ..]).iter_mut().zip(patch) {
                *to = ((from - self.low) * self.inverse_range) as f32;
            }
        }
        rows
    }
}

/// The range of the values measured so far.
struct TargetRange {
    low: f64,
    range: f64,
    constant: bool,
}

impl TargetRange {
    fn of(view: &View<'_>) -> Self {
        let values = || view.measured.iter().map(|m| m.value);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let constant = high <= low;
        // With one value only, nothing is known about the spread: the value itself stands in, as the only scale there is.
        let fallback = if low == 0.0 { 1.0 } else { low.abs() };
        Self { low, range: if constant { fallback } else { high - low }, constant }
    }

    /// 0 to 1 over the measured values; equal values become 0.5, as the published client sends the first.
    fn to_unit(&self, value: f64) -> f64 {
        if self.constant { 0.5 } else { (value - self.low) / self.range }
    }

    fn in_units(&self, unit: f64) -> f64 {
        if self.constant { (unit - 0.5) * self.range + self.low } else { unit * self.range + self.low }
    }
}

#[cfg(test)]
mod parity;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Measured;
    use tiptwin_instrument::{MasterSeed, Meters, Stream};

    fn film() -> Candidates {
        let image = Array2::from_shape_fn((24, 20), |(r, c)| 1e-8 * ((r as f64 * 0.8).sin() + (c as f64 * 0.5).cos()));
        Candidates::new(image, 6, Meters(1e-8), Meters(1e-8)).expect("fits")
    }

    fn measured(n: usize) -> Vec<Measured> {
        (0..n).map(|i| Measured { index: (i * 37) % 285, value: 1e-9 * (i as f64 * 1.1).sin() }).collect()
    }

    fn model() -> Reference {
        Reference::new(MasterSeed(2).rng(Stream::NetworkInit, 0), ComputeDevice::Flex)
    }

    fn predict(data: &[Measured]) -> Prediction {
        model().predict(&View { candidates: &film(), measured: data, noise_sigma: None }).expect("predicts")
    }

    #[test]
    fn published_start_values() {
        let p = process(&[0.0; 5]);
        let ln2 = std::f64::consts::LN_2;
        assert_eq!(p.kernel.terms[0].length_scales, vec![ln2, ln2]);
        assert_eq!((p.kernel.terms[0].output_scale, p.noise.0, p.mean.0), (ln2, ln2 + 1e-4, 0.0));
    }

    #[test]
    fn raw_gradient_agrees_with_finite_differences() {
        let z = Array2::from_shape_fn((6, 2), |(i, j)| ((i * 7 + j * 3) as f64).sin());
        let y = [0.1, 0.9, 0.4, 0.0, 1.0, 0.3];
        let raw = [0.3, -0.5, 0.2, -1.0, 0.4];
        let at = |raw: &Raw| Likelihood::default().evaluate(&process(raw), z.view(), &y).expect("evaluates");
        let gradient = raw_gradient(&raw, &at(&raw));
        for i in 0..5 {
            let (mut plus, mut minus) = (raw, raw);
            plus[i] += 1e-5;
            minus[i] -= 1e-5;
            let numeric = (at(&plus).value - at(&minus).value) / 2e-5;
            assert!((gradient[i] - numeric).abs() < 1e-7, "{i}: {} against {numeric}", gradient[i]);
        }
    }

    #[test]
    fn training_lowers_the_objective_without_collapse() {
        let candidates = film();
        let image = Patches::new(&candidates);
        let data = measured(12);
        let inputs = image.rows(data.iter().map(|m| m.index));
        let targets: Vec<f64> = data.iter().map(|m| m.value * 1e9).collect();
        let spec = MlpSpec {
            widths: vec![36, 40, 20, 2],
            activation: Activation::Relu,
            zero_output: false,
            output_precision: 0.0,
        };
        let mut net = Mlp::new(spec, ComputeDevice::Flex, &mut MasterSeed(2).rng(Stream::NetworkInit, 0)).expect("ok");
        let (raw, bounds, history) = train(&mut net, &inputs, &targets, 120).expect("trains");
        assert!(history[119] < history[0] - 0.1, "{} from {}", history[119], history[0]);
        // Without the box the covariance becomes diagonal within a few steps and every gradient exactly zero.
        let z = bounds.apply(net.forward(inputs.view()).view());
        let mut likelihood = Likelihood::default();
        likelihood.evaluate(&process(&raw), z.view(), &targets).expect("evaluates");
        let largest = likelihood.input_gradient(&process(&raw)).iter().fold(0.0f64, |m, g| m.max(g.abs()));
        assert!(largest > 1e-6 && z.iter().all(|v| v.abs() <= 0.95 + 1e-12));
    }

    #[test]
    fn every_call_starts_from_the_same_weights() {
        let mut model = model();
        let (film, data) = (film(), measured(5));
        let view = View { candidates: &film, measured: &data, noise_sigma: None };
        let first = model.predict(&view).expect("predicts");
        assert_eq!(model.predict(&view).expect("predicts"), first);
        assert!(first.sigma.iter().all(|s| s.is_finite()) && first.mean.len() == film.len());
    }

    #[test]
    fn one_value_and_equal_values_are_sane() {
        for data in [measured(1), vec![Measured { index: 3, value: 2e-9 }; 4]] {
            let map = predict(&data);
            assert!(map.mean.iter().chain(&map.sigma).all(|v| v.is_finite()));
        }
    }
}

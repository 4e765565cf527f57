//! How tiptwin's learner trains: when, on what, and what it accepts.

use super::hyper::Hyper;
use crate::features::COMPONENTS;
use crate::gp::GpError;
use crate::gp::optimize::lbfgs;
use crate::model::{Measured, ModelError};
use crate::net::{Activation, Mlp, MlpSpec};
use ndarray::{Array2, Axis, concatenate, s};

/// Hidden units of the network.
const HIDDEN: usize = 16;
/// Prior deviation of the network's output, in deviations of a component: it bends the components, it does not replace them.
const OUTPUT_DEVIATION: f64 = 0.3;
/// Below this number of measurements the network stays the identity: fewer cannot say in which way to bend.
const NETWORK_FROM: usize = 24;
const NETWORK_STEPS: usize = 25;
const NETWORK_RATE: f64 = 0.003;
const HYPER_ITERATIONS: usize = 25;

/// The numbers of measurements up to `n` at which training happens: 4, then each a quarter or at least 2 more than the
/// one before. Gains per measurement fall as 1/n, so the work per measurement may too.
pub(super) fn schedule(n: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(4), |n| Some(n + (n / 8).max(2))).take_while(move |at| *at <= n)
}

/// The shape of the network: as many outputs as components, zero at first. Activations are at most 1, so weights of
/// deviation 0.3/√16 give outputs of at most about 0.3.
pub(super) fn network() -> MlpSpec {
    let deviation = OUTPUT_DEVIATION / (HIDDEN as f64).sqrt();
    MlpSpec {
        widths: vec![COMPONENTS, HIDDEN, COMPONENTS],
        activation: Activation::Tanh,
        zero_output: true,
        output_precision: 1.0 / (deviation * deviation),
    }
}

/// Standardisation of the targets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl Scale {
    /// Mean and standard deviation of the values. Equal values (or one) have no spread: their size stands in, and for
    /// zeros 1; known noise is a lower limit.
    pub(super) fn of(measured: &[Measured], noise_sigma: Option<f64>) -> Self {
        let n = measured.len() as f64;
        let mean = measured.iter().map(|m| m.value).sum::<f64>() / n;
        let spread = (measured.iter().map(|m| (m.value - mean).powi(2)).sum::<f64>() / n).sqrt();
        let size = measured.iter().fold(0.0f64, |m, v| m.max(v.value.abs()));
        let spread = spread.max(noise_sigma.unwrap_or(0.0));
        let deviation = match () {
            () if spread > 1e-9 * size && spread > 0.0 => spread,
            () if size > 0.0 => size,
            () => 1.0,
        };
        Self { mean, deviation }
    }

    pub(super) fn standardised(&self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }

    pub(super) fn in_units(&self, standardised: f64) -> f64 {
        standardised * self.deviation + self.mean
    }

    /// The known part of the noise, in standardised units.
    pub(super) fn noise_variance(&self, noise_sigma: Option<f64>) -> f64 {
        noise_sigma.map_or(0.0, |s| (s / self.deviation).powi(2))
    }
}

/// The measured rows.
pub(super) struct Data {
    components: Array2<f32>,
    coordinates_px: Array2<f64>,
    targets: Vec<f64>,
    noise_variance: f64,
}

impl Data {
    pub(super) fn new(
        components: &Array2<f32>,
        coordinates_px: &Array2<f64>,
        measured: &[Measured],
        noise_sigma: Option<f64>,
    ) -> Self {
        let rows: Vec<usize> = measured.iter().map(|m| m.index).collect();
        let scale = Scale::of(measured, noise_sigma);
        Self {
            components: components.select(Axis(0), &rows),
            coordinates_px: coordinates_px.select(Axis(0), &rows),
            targets: measured.iter().map(|m| scale.standardised(m.value)).collect(),
            noise_variance: scale.noise_variance(noise_sigma),
        }
    }

    /// `[x + output, coordinates]`.
    fn inputs(&self, output: &Array2<f64>) -> Array2<f64> {
        let embedded = output + &self.components.mapv(f64::from);
        concatenate(Axis(1), &[embedded.view(), self.coordinates_px.view()]).expect("one row per measurement in both")
    }

    fn fit_hyper(&self, inputs: &Array2<f64>, start: &Hyper) -> Option<(Hyper, f64)> {
        let (raw, value) = lbfgs(&start.raw, HYPER_ITERATIONS, |raw| {
            let hyper = Hyper { raw: raw.try_into().ok()? };
            let o = hyper.objective(inputs, &self.targets, self.noise_variance).ok()?;
            Some((o.value, o.d_raw))
        })?;
        Some((Hyper { raw: raw.try_into().ok()? }, value))
    }
}

/// Improves hyper-parameters, then the network, then hyper-parameters again. The network's part is kept only if the
/// posterior density of everything together has risen. Returns whether the network changed.
pub(super) fn improve(data: &Data, hyper: &mut Hyper, net: &mut Mlp) -> Result<bool, ModelError> {
    let inputs = data.inputs(&net.forward(data.components.view()));
    // A warm start can sit in a corner that later data do not support; the prior median is the other start.
    let fits = [hyper.clone(), Hyper::prior_median()].into_iter().filter_map(|start| data.fit_hyper(&inputs, &start));
    let best = fits.min_by(|a, b| a.1.total_cmp(&b.1));
    let Some((fitted, before)) = best else {
        return Err(ModelError::Diverged("the likelihood is not finite at any start".into()));
    };
    *hyper = fitted;
    if data.targets.len() < NETWORK_FROM {
        return Ok(false);
    }
    let before = before + net.penalty();
    let mut candidate = net.snapshot();
    for _ in 0..NETWORK_STEPS {
        let mut failure: Option<GpError> = None;
        candidate.train_step(data.components.view(), NETWORK_RATE, |output| {
            match hyper.objective(&data.inputs(output), &data.targets, data.noise_variance) {
                Ok(o) => Some(o.d_inputs.slice(s![.., ..COMPONENTS]).to_owned()),
                Err(error) => {
                    failure = Some(error);
                    None
                }
            }
        });
        if failure.is_some() {
            return Ok(false);
        }
    }
    let bent = data.inputs(&candidate.forward(data.components.view()));
    match data.fit_hyper(&bent, hyper) {
        Some((fitted, after)) if after + candidate.penalty() < before => {
            *hyper = fitted;
            *net = candidate;
            Ok(true)
        }
        _ => Ok(false),
    }
}

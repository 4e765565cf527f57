//! How tiptwin's learner trains: when, on what, and what it accepts.

use super::FEATURES;
use super::hyper::Hyper;
use crate::gp::optimize::lbfgs;
use crate::gp::{GpError, Likelihood, Posterior};
use crate::model::{Measured, ModelError, Warp};
use crate::net::{Activation, Mlp, MlpSpec};
use ndarray::{Array2, Axis, concatenate, s};

/// Hidden units of the network.
pub(super) const HIDDEN: usize = 16;
/// Prior deviation of the network's output, in deviations of a feature: it bends the features, it does not replace them.
const OUTPUT_DEVIATION: f64 = 0.3;
/// Below this number of measurements the network stays the identity and the kernel is believed: fewer cannot judge them.
const JUDGED_FROM: usize = 24;
const NETWORK_STEPS: usize = 25;
const NETWORK_RATE: f64 = 0.003;
const HYPER_ITERATIONS: usize = 25;
/// Measurements that training looks at, spread evenly over all of them: 16 parameters do not need more, and its time grows with the
/// third power. The posterior always takes all.
const TRAINED_ON: usize = 512;
/// Every how many-th measurement judges the network instead of training it.
const HELD_OUT: usize = 4;

/// The shape of the network: as many outputs as features, zero at first. Activations are at most 1, so weights of
/// deviation 0.3/√16 give outputs of at most about 0.3.
pub(super) fn network() -> MlpSpec {
    let deviation = OUTPUT_DEVIATION / (HIDDEN as f64).sqrt();
    MlpSpec {
        widths: vec![FEATURES, HIDDEN, FEATURES],
        activation: Activation::Tanh,
        zero_output: true,
        output_precision: 1.0 / (deviation * deviation),
    }
}

/// The measured rows.
pub(super) struct Data {
    features: Array2<f32>,
    coordinates_px: Array2<f64>,
    targets: Vec<f64>,
    noise_variance: f64,
}

impl Data {
    pub(super) fn new(
        features: &Array2<f32>,
        coordinates_px: &Array2<f64>,
        measured: &[Measured],
        warp: &Warp,
    ) -> Self {
        let count = measured.len().min(TRAINED_ON);
        let measured: Vec<Measured> = (0..count).map(|i| measured[i * measured.len() / count]).collect();
        let rows: Vec<usize> = measured.iter().map(|m| m.index).collect();
        Self {
            features: features.select(Axis(0), &rows),
            coordinates_px: coordinates_px.select(Axis(0), &rows),
            targets: measured.iter().map(|m| warp.latent(m.value).0).collect(),
            noise_variance: warp.noise_variance(),
        }
    }

    fn rows(&self, rows: &[usize]) -> Self {
        Self {
            features: self.features.select(Axis(0), rows),
            coordinates_px: self.coordinates_px.select(Axis(0), rows),
            targets: rows.iter().map(|r| self.targets[*r]).collect(),
            noise_variance: self.noise_variance,
        }
    }

    /// `[x + output, coordinates]`.
    fn inputs(&self, output: &Array2<f64>) -> Array2<f64> {
        let embedded = output + &self.features.mapv(f64::from);
        concatenate(Axis(1), &[embedded.view(), self.coordinates_px.view()]).expect("one row per measurement in both")
    }

    /// How much of the kernel's likeness these measurements bear out.
    pub(super) fn supported_share(&self, hyper: &Hyper, net: &Mlp) -> f64 {
        if self.targets.len() < JUDGED_FROM {
            return 1.0;
        }
        let (process, _) = hyper.process(self.noise_variance);
        process.supported_share(self.inputs(&net.forward(self.features.view())).view(), &self.targets)
    }

    fn fit_hyper(&self, inputs: &Array2<f64>, start: &Hyper) -> Option<(Hyper, f64)> {
        let mut likelihood = Likelihood::default();
        let (raw, value) = lbfgs(&start.raw, HYPER_ITERATIONS, |raw| {
            let hyper = Hyper { raw: raw.try_into().ok()? };
            hyper.objective(&mut likelihood, inputs, &self.targets, self.noise_variance).ok()
        })?;
        Some((Hyper { raw: raw.try_into().ok()? }, value))
    }
}

/// Improves hyper-parameters, then tries to bend the network. Returns whether the network changed.
pub(super) fn improve(data: &Data, hyper: &mut Hyper, net: &mut Mlp) -> Result<bool, ModelError> {
    let inputs = data.inputs(&net.forward(data.features.view()));
    // A warm start can sit in a corner that later data do not support; the prior median is the other start.
    let (warm, fresh) =
        rayon::join(|| data.fit_hyper(&inputs, hyper), || data.fit_hyper(&inputs, &Hyper::prior_median()));
    let best = [warm, fresh].into_iter().flatten().min_by(|a, b| a.1.total_cmp(&b.1));
    let Some((fitted, _)) = best else {
        return Err(ModelError::Diverged("the likelihood is not finite at any start".into()));
    };
    *hyper = fitted;
    if data.targets.len() < JUDGED_FROM {
        return Ok(false);
    }
    // The marginal likelihood cannot judge a network: it always rises, and maps get worse. Points the network
    // has not seen can.
    let (seen, unseen): (Vec<usize>, Vec<usize>) = (0..data.targets.len()).partition(|i| i % HELD_OUT != HELD_OUT - 1);
    let (seen, unseen) = (data.rows(&seen), data.rows(&unseen));
    let Ok(bent) = bend(&seen, hyper, net) else { return Ok(false) };
    let (Ok(before), Ok(after)) = (log_density(&seen, &unseen, hyper, net), log_density(&seen, &unseen, hyper, &bent))
    else {
        return Ok(false);
    };
    let accepted = is_better(&before, &after);
    if accepted {
        *net = bent;
        let inputs = data.inputs(&net.forward(data.features.view()));
        if let Some((fitted, _)) = data.fit_hyper(&inputs, hyper) {
            *hyper = fitted;
        }
    }
    Ok(accepted)
}

/// A copy of the network after a few steps down the objective, at fixed hyper-parameters.
fn bend(data: &Data, hyper: &Hyper, net: &Mlp) -> Result<Mlp, GpError> {
    let mut bent = net.snapshot();
    let mut likelihood = Likelihood::default();
    let (process, _) = hyper.process(data.noise_variance);
    for _ in 0..NETWORK_STEPS {
        let mut failure: Option<GpError> = None;
        bent.train_step(data.features.view(), NETWORK_RATE, |output| {
            match likelihood.evaluate(&process, data.inputs(output).view(), &data.targets) {
                Ok(_) => Some(likelihood.input_gradient(&process).slice(s![.., ..FEATURES]).to_owned()),
                Err(error) => {
                    failure = Some(error);
                    None
                }
            }
        });
        if let Some(error) = failure {
            return Err(error);
        }
    }
    Ok(bent)
}

/// Log density of each unseen measurement, given the seen ones.
fn log_density(seen: &Data, unseen: &Data, hyper: &Hyper, net: &Mlp) -> Result<Vec<f64>, GpError> {
    let (process, _) = hyper.process(seen.noise_variance);
    let noise = process.noise.0;
    let inputs = |data: &Data| data.inputs(&net.forward(data.features.view()));
    let (mean, variance) = Posterior::new(process, inputs(seen), &seen.targets)?.predict(inputs(unseen).view());
    let density = |(y, (m, v)): (&f64, (f64, f64))| {
        let v = v + noise;
        -0.5 * ((y - m) * (y - m) / v + (std::f64::consts::TAU * v).ln())
    };
    Ok(unseen.targets.iter().zip(mean.into_iter().zip(variance)).map(density).collect())
}

/// Whether the mean gain is positive by two standard errors: at some twenty attempts a run, one by chance is then rare.
fn is_better(before: &[f64], after: &[f64]) -> bool {
    let n = before.len() as f64;
    let gains = || before.iter().zip(after).map(|(b, a)| a - b);
    let mean = gains().sum::<f64>() / n;
    let variance = gains().map(|g| (g - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    mean > 2.0 * (variance / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::ComputeDevice;
    use tiptwin_instrument::{MasterSeed, Stream};

    fn data() -> Data {
        let n = 40;
        let features = Array2::from_shape_fn((n, FEATURES), |(i, j)| (((i * 13 + j * 7) as f32) * 0.61).sin() * 1.5);
        Data {
            // A step along one component: no length-scale suits it, a bent input does.
            targets: features.column(0).iter().map(|x| f64::from((x * 6.0).tanh())).collect(),
            coordinates_px: Array2::from_shape_fn((n, 2), |(i, j)| ((i * (3 + 4 * j)) % 50) as f64 * 3.0),
            features,
            noise_variance: 0.0,
        }
    }

    #[test]
    fn bending_lowers_the_objective_it_follows() {
        let (data, hyper) = (data(), Hyper::prior_median());
        let net = Mlp::new(network(), ComputeDevice::Flex, &mut MasterSeed(1).rng(Stream::NetworkInit, 0)).expect("ok");
        let objective = |net: &Mlp| {
            let inputs = data.inputs(&net.forward(data.features.view()));
            hyper.objective(&mut Likelihood::default(), &inputs, &data.targets, 0.0).expect("evaluates").0
                + net.penalty()
        };
        let bent = bend(&data, &hyper, &net).expect("trains");
        // Single precision leaves the objective uncertain by about 1e-5.
        assert!(objective(&bent) < objective(&net) - 1e-2, "{} from {}", objective(&bent), objective(&net));
        assert!(net.forward(data.features.view()).iter().all(|v| *v == 0.0), "the original is untouched");
    }

    #[test]
    fn a_gain_must_stand_out_of_its_scatter() {
        let before = [0.0; 8];
        assert!(is_better(&before, &[0.1, 0.2, 0.15, 0.1, 0.2, 0.15, 0.1, 0.2]));
        assert!(!is_better(&before, &[1.0, -0.9, 0.8, -1.0, 0.9, -0.7, 1.0, -0.9]));
        assert!(!is_better(&before, &before));
    }
}

//! The same weights, the same numbers: against GPyTorch.
//!
//! tests/data/gpytorch/recipe.py made the file and says which versions. GPyTorch computed in double precision; here the network computes in
//! single precision. Its rounding of 6e-8, magnified 2.5 times by the box (1.9 over the range of the embedding) and added up over four layers,
//! leaves embeddings good to about 1e-6 of the box, and so everything smooth in them.
//!
//! All of it runs on every back end that this build has and this machine can use.

use super::*;
use crate::Measured;
use crate::model::Prediction;
use crate::net::ComputeDevice;
use serde::Deserialize;
use tiptwin_instrument::{MasterSeed, Meters, Stream};

/// Relative to the largest number of each kind: five roundings of 1e-6.
const ONCE: f64 = 5e-6;
/// The gradient of the last biases is a sum whose terms are a hundred times as large as what is left of them: rounding every input once moves
/// it by 1.4e-5 on the default back end.
const CANCELLED: f64 = 3e-5;
/// Forty steps add up forty of them, and half of that again by Adam, which divides gradients by their size.
const TRAINED: f64 = 3e-4;

#[derive(Deserialize)]
struct Parity {
    widths: Vec<usize>,
    layers: Vec<Layer>,
    start_raw: Raw,
    inputs: Vec<Vec<f32>>,
    targets: Vec<f64>,
    test_inputs: Vec<Vec<f32>>,
    once: Once,
    trained: Trained,
}

/// Weights of a layer or their gradient: inputs × outputs.
#[derive(Deserialize)]
struct Layer {
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

#[derive(Deserialize)]
struct Once {
    raw: Raw,
    loss: f64,
    d_raw: Raw,
    d_layers: Vec<Layer>,
    posterior: Map,
}

#[derive(Deserialize)]
struct Trained {
    losses: Vec<f64>,
    raw: Raw,
    posterior: Map,
}

#[derive(Deserialize)]
struct Map {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

fn parity() -> Parity {
    serde_json::from_str(include_str!("../../../../tests/data/gpytorch/parity.json")).expect("the recipe's output")
}

fn rows(x: &[Vec<f32>]) -> Array2<f32> {
    Array2::from_shape_fn((x.len(), x[0].len()), |(i, j)| x[i][j])
}

fn network(p: &Parity, device: ComputeDevice) -> Mlp {
    let spec =
        MlpSpec { widths: p.widths.clone(), activation: Activation::Relu, zero_output: false, output_precision: 0.0 };
    let mut net = Mlp::new(spec, device, &mut MasterSeed(0).rng(Stream::NetworkInit, 0)).expect("usable");
    for (l, layer) in p.layers.iter().enumerate() {
        let single = |v: &f64| *v as f32;
        net.set_layer(l, layer.weight.iter().flatten().map(single).collect(), layer.bias.iter().map(single).collect());
    }
    net
}

fn close(what: &str, ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let scale = theirs.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= tolerance * scale, "{what} {i}: {a} against {b}");
    }
}

fn posterior(p: &Parity, net: &Mlp, raw: &Raw, bounds: ScaleToBounds) -> Prediction {
    let embedded = |x: &[Vec<f32>]| bounds.apply(net.forward(rows(x).view()).view());
    let posterior = Posterior::new(process(raw), embedded(&p.inputs), &p.targets).expect("conditions");
    let (mean, variance) = posterior.predict(embedded(&p.test_inputs).view());
    Prediction::normal(mean, variance.into_iter().map(f64::sqrt).collect())
}

fn compare(what: &str, ours: &Prediction, theirs: &Map, tolerance: f64) {
    close(&format!("{what} mean"), &ours.mean, &theirs.mean, tolerance);
    let variance: Vec<f64> = ours.sigma.iter().map(|s| s * s).collect();
    close(&format!("{what} variance"), &variance, &theirs.variance, tolerance);
}

#[test]
fn val_likelihood_gradients_and_posterior_are_those_of_gpytorch() {
    let p = parity();
    for device in ComputeDevice::usable() {
        let name = |what: &str| format!("{}: {what}", device.name());
        let (net, raw, n) = (network(&p, device), p.once.raw, p.targets.len() as f64);
        let z = net.forward(rows(&p.inputs).view());
        let bounds = ScaleToBounds::fit(z.view());
        let mut likelihood = Likelihood::default();
        let e = likelihood.evaluate(&process(&raw), bounds.apply(z.view()).view(), &p.targets).expect("evaluates");
        close(&name("loss"), &[e.value / n], &[p.once.loss], ONCE);
        close(&name("hyper-parameters"), &raw_gradient(&raw, &e).map(|g| g / n), &p.once.d_raw, ONCE);
        let d_output = bounds.backward(z.view(), (likelihood.input_gradient(&process(&raw)) / n).view());
        let ours = net.gradients(rows(&p.inputs).view(), &d_output);
        for (l, (ours, theirs)) in ours.iter().zip(&p.once.d_layers).enumerate() {
            let flat: Vec<f64> = theirs.weight.iter().flatten().copied().collect();
            close(&name(&format!("weights of layer {l}")), &ours.0, &flat, ONCE);
            let allowed = if l + 1 == p.once.d_layers.len() { CANCELLED } else { ONCE };
            close(&name(&format!("biases of layer {l}")), &ours.1, &theirs.bias, allowed);
        }
        compare(&name("posterior"), &posterior(&p, &net, &raw, bounds), &p.once.posterior, ONCE);
    }
}

#[test]
fn val_the_schedule_follows_gpytorch() {
    let p = parity();
    assert_eq!(p.start_raw, [0.0; EMBEDDING + 3], "the published start values");
    for device in ComputeDevice::usable() {
        let name = |what: &str| format!("{}: {what}", device.name());
        let mut net = network(&p, device);
        let steps = p.trained.losses.len();
        let (raw, bounds, losses) = train(&mut net, &rows(&p.inputs), &p.targets, steps).expect("trains");
        close(&name("losses"), &losses, &p.trained.losses, TRAINED);
        close(&name("hyper-parameters"), &raw, &p.trained.raw, TRAINED);
        compare(&name("posterior after training"), &posterior(&p, &net, &raw, bounds), &p.trained.posterior, TRAINED);
        assert!(losses.last() < losses.first());
    }
}

/// A whole fit of 200 steps, in shares of the range of the measured values, at the pixel where maps differ most. One rounding of every input,
/// up or down, moves the map by about 1e-4 on the default back end, and other back ends round at every sum; other start weights move it by some 3e-3.
///
/// It holds where the target follows the structure. A target that does not makes the fit chaotic: with values that have nothing to do with the
/// image the same rounding moves the map by 0.1 to 0.5, on any back end.
const WHOLE_FIT: f64 = 1e-3;

#[test]
fn val_a_whole_fit_gives_the_same_map_on_every_back_end() {
    let film = |rounding: f64| {
        let image = Array2::from_shape_fn((24, 20), |(r, c)| {
            let up = if (r + c) % 2 == 0 { 1.0 } else { -1.0 };
            1e-8 * ((r as f64 * 0.8).sin() + (c as f64 * 0.5).cos()) * (1.0 + up * rounding)
        });
        Candidates::new(image, 6, Meters(1e-8), Meters(1e-8)).expect("fits")
    };
    let plain = film(0.0);
    let height = |index: usize| {
        let pixel = plain.pixel(index);
        plain.structure()[[pixel.row, pixel.col]]
    };
    let at = |i: usize| (i * 37) % 285;
    let data: Vec<Measured> = (0..60).map(|i| Measured { index: at(i), value: 0.05 * height(at(i)) }).collect();
    let map = |device, seed: u64, film: &Candidates| {
        let mut model = Reference::new(MasterSeed(seed).rng(Stream::NetworkInit, 0), device);
        model.predict(&View { candidates: film, measured: &data, noise_sigma: None }).expect("predicts")
    };
    let values = || data.iter().map(|m| m.value);
    let range = values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min);
    let apart = |a: &Prediction, b: &Prediction| {
        let pairs = a.mean.iter().zip(&b.mean).chain(a.sigma.iter().zip(&b.sigma));
        pairs.map(|(a, b)| (a - b).abs() / range).fold(0.0, f64::max)
    };
    let first = map(ComputeDevice::Flex, 2, &plain);
    let rounded = apart(&first, &map(ComputeDevice::Flex, 2, &film(f64::from(f32::EPSILON))));
    assert!(rounded > 0.0 && rounded < WHOLE_FIT, "rounding alone: {rounded:.1e}");
    let others = apart(&first, &map(ComputeDevice::Flex, 3, &plain));
    assert!(others > WHOLE_FIT, "a tolerance must tell maps apart: {others:.1e}");
    for device in ComputeDevice::usable().skip(1) {
        let other = apart(&first, &map(device, 2, &plain));
        assert!(other < WHOLE_FIT, "{} is {other:.1e} from flex; rounding alone: {rounded:.1e}", device.name());
    }
}

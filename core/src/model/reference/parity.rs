//! The same weights, the same numbers: against GPyTorch.
//!
//! tests/data/gpytorch/recipe.py made the file and says which versions. GPyTorch computed in double precision; here the network computes in
//! single precision. Its rounding of 6e-8, magnified 2.5 times by the box (1.9 over the range of the embedding) and added up over four layers,
//! leaves embeddings good to about 1e-6 of the box, and so everything smooth in them.

use super::*;
use crate::model::Prediction;
use crate::net::ComputeDevice;
use serde::Deserialize;
use tiptwin_instrument::{MasterSeed, Stream};

/// Relative to the largest number of each kind: five roundings of 1e-6.
const ONCE: f64 = 5e-6;
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

fn network(p: &Parity) -> Mlp {
    let spec =
        MlpSpec { widths: p.widths.clone(), activation: Activation::Relu, zero_output: false, output_precision: 0.0 };
    let mut net = Mlp::new(spec, ComputeDevice::Flex, &mut MasterSeed(0).rng(Stream::NetworkInit, 0)).expect("flex");
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
    Prediction { mean, sigma: variance.into_iter().map(f64::sqrt).collect() }
}

fn compare(what: &str, ours: &Prediction, theirs: &Map, tolerance: f64) {
    close(&format!("{what} mean"), &ours.mean, &theirs.mean, tolerance);
    let variance: Vec<f64> = ours.sigma.iter().map(|s| s * s).collect();
    close(&format!("{what} variance"), &variance, &theirs.variance, tolerance);
}

#[test]
fn val_likelihood_gradients_and_posterior_are_those_of_gpytorch() {
    let p = parity();
    let (net, raw, n) = (network(&p), p.once.raw, p.targets.len() as f64);
    let z = net.forward(rows(&p.inputs).view());
    let bounds = ScaleToBounds::fit(z.view());
    let mut likelihood = Likelihood::default();
    let e = likelihood.evaluate(&process(&raw), bounds.apply(z.view()).view(), &p.targets).expect("evaluates");
    close("loss", &[e.value / n], &[p.once.loss], ONCE);
    close("hyper-parameters", &raw_gradient(&raw, &e).map(|g| g / n), &p.once.d_raw, ONCE);
    let d_output = bounds.backward(z.view(), (likelihood.input_gradient(&process(&raw)) / n).view());
    for (l, (ours, theirs)) in net.gradients(rows(&p.inputs).view(), &d_output).iter().zip(&p.once.d_layers).enumerate()
    {
        let flat: Vec<f64> = theirs.weight.iter().flatten().copied().collect();
        close(&format!("weights of layer {l}"), &ours.0, &flat, ONCE);
        close(&format!("biases of layer {l}"), &ours.1, &theirs.bias, ONCE);
    }
    compare("posterior", &posterior(&p, &net, &raw, bounds), &p.once.posterior, ONCE);
}

#[test]
fn val_the_schedule_follows_gpytorch() {
    let p = parity();
    assert_eq!(p.start_raw, [0.0; EMBEDDING + 3], "the published start values");
    let mut net = network(&p);
    let (raw, bounds, losses) = train(&mut net, &rows(&p.inputs), &p.targets, p.trained.losses.len()).expect("trains");
    close("losses", &losses, &p.trained.losses, TRAINED);
    close("hyper-parameters", &raw, &p.trained.raw, TRAINED);
    compare("posterior after training", &posterior(&p, &net, &raw, bounds), &p.trained.posterior, TRAINED);
    assert!(losses.last() < losses.first());
}

//! One suite for every back end: the arithmetic of this file, in double precision, is what each must do.
//!
//! It runs on every back end that this build has and this machine can use; the example `backends` says which those are:
//!
//! ```sh
//! cargo test --release --features tiptwin/ndarray-backend --lib -- backend val_
//! ```
//!
//! `model::reference::parity` goes on from here with the training of the published model.

use super::{Activation, ComputeDevice, Mlp, MlpSpec};
use ndarray::{Array1, Array2};
use tiptwin_instrument::{MasterSeed, Stream};

/// Relative to the largest number of its kind, and for a gradient to the largest sum of its terms' sizes, since terms cancel and rounding does not. Rounding to
/// 24 bits is 6e-8; a sum of up to 1000 such products is good to about √1000 roundings.
const TOLERANCE: f64 = 2e-6;

/// The published network on 16 × 16 windows, and the small one of tiptwin's own learner.
fn shapes() -> [(Vec<usize>, Activation); 2] {
    [(vec![256, 1000, 500, 50, 2], Activation::Relu), (vec![8, 16, 8], Activation::Tanh)]
}

/// Weights and biases that no back end drew: exactly representable in both precisions.
fn layers(widths: &[usize]) -> Vec<(Array2<f64>, Array1<f64>)> {
    let number = |i: usize, fan_in: usize| {
        let single = ((i as f64 * 0.737).sin() / (fan_in as f64).sqrt()) as f32;
        f64::from(single)
    };
    let layer = |w: &[usize]| {
        let weight = Array2::from_shape_fn((w[0], w[1]), |(i, j)| number(i * w[1] + 3 * j, w[0]));
        (weight, Array1::from_shape_fn(w[1], |j| number(7 * j + 1, w[0])))
    };
    widths.windows(2).map(layer).collect()
}

fn network(widths: &[usize], activation: Activation, device: ComputeDevice) -> Mlp {
    let spec = MlpSpec { widths: widths.to_vec(), activation, zero_output: false, output_precision: 0.0 };
    let mut net = Mlp::new(spec, device, &mut MasterSeed(0).rng(Stream::NetworkInit, 0)).expect("usable");
    for (l, (weight, bias)) in layers(widths).into_iter().enumerate() {
        let single = |v: &f64| *v as f32;
        net.set_layer(l, weight.iter().map(single).collect(), bias.iter().map(single).collect());
    }
    net
}

fn inputs(width: usize) -> Array2<f32> {
    Array2::from_shape_fn((60, width), |(i, j)| ((i * 31 + j * 7) as f32 * 0.37).sin())
}

/// Inputs of every layer, and the output.
fn forward(x: &Array2<f32>, widths: &[usize], activation: Activation) -> Vec<Array2<f64>> {
    let mut all = vec![x.mapv(f64::from)];
    for (l, (weight, bias)) in layers(widths).iter().enumerate() {
        let before = all[l].mapv(|v| match (l, activation) {
            (0, _) => v,
            (_, Activation::Relu) => v.max(0.0),
            (_, Activation::Tanh) => v.tanh(),
        });
        all[l].assign(&before);
        all.push(before.dot(weight) + bias);
    }
    all
}

/// A gradient by weights or by biases, and the largest sum of the sizes of its terms.
type Gradient = (Vec<f64>, f64);

/// A sum over terms, with the largest sum of their sizes.
fn gradient(terms: &Array2<f64>, d: &Array2<f64>) -> Gradient {
    let sizes = terms.mapv(f64::abs).t().dot(&d.mapv(f64::abs));
    (terms.t().dot(d).iter().copied().collect(), sizes.iter().fold(0.0, |m, v| m.max(*v)))
}

/// Gradients of Σ output · `d_output` by weights and biases, layer by layer.
fn backward(
    all: &[Array2<f64>],
    widths: &[usize],
    activation: Activation,
    d: Array2<f64>,
) -> Vec<(Gradient, Gradient)> {
    let mut gradients = Vec::new();
    let mut d = d;
    for (l, (weight, _)) in layers(widths).iter().enumerate().rev() {
        gradients.push((gradient(&all[l], &d), gradient(&Array2::ones((d.nrows(), 1)), &d)));
        let slope = all[l].mapv(|h| match activation {
            Activation::Relu => f64::from(h > 0.0),
            Activation::Tanh => 1.0 - h * h,
        });
        d = d.dot(&weight.t()) * slope;
    }
    gradients.reverse();
    gradients
}

fn close(what: &str, ours: &[f64], theirs: &[f64], scale: f64) {
    assert!(scale > 0.0 && ours.len() == theirs.len(), "{what}");
    let worst = ours.iter().zip(theirs).fold(0.0f64, |m, (a, b)| m.max((a - b).abs())) / scale;
    assert!(worst <= TOLERANCE, "{what}: off by {worst:.1e} of the largest, {TOLERANCE:.0e} is allowed");
}

#[test]
fn a_backend_that_is_not_tested_here_says_why() {
    assert_eq!(ComputeDevice::usable().next(), Some(ComputeDevice::Flex));
    for device in ComputeDevice::ALL.into_iter().filter(|d| !ComputeDevice::usable().any(|u| u == *d)) {
        let why = device.check().expect_err("not usable").to_string();
        assert!(why.contains(device.name()) && (why.contains("--features") || why.contains("no CUDA device")), "{why}");
    }
}

#[test]
fn val_backends_compute_what_the_formula_says() {
    for (widths, activation) in shapes() {
        let x = inputs(widths[0]);
        let exact = forward(&x, &widths, activation);
        let output: Vec<f64> = exact.last().expect("layers").iter().copied().collect();
        let largest = output.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for device in ComputeDevice::usable() {
            let ours = network(&widths, activation, device).forward(x.view());
            close(
                &format!("{}, {activation:?}", device.name()),
                &ours.into_iter().collect::<Vec<_>>(),
                &output,
                largest,
            );
        }
    }
}

#[test]
fn val_backends_differentiate_what_the_formula_says() {
    for (widths, activation) in shapes() {
        let x = inputs(widths[0]);
        let d_output =
            Array2::from_shape_fn((60, widths[widths.len() - 1]), |(i, j)| f64::from((i + 5 * j) as f32).sin());
        // What the network is handed is rounded, too.
        let d_output = d_output.mapv(|d| f64::from(d as f32));
        let exact = backward(&forward(&x, &widths, activation), &widths, activation, d_output.clone());
        for device in ComputeDevice::usable() {
            let ours = network(&widths, activation, device).gradients(x.view(), &d_output);
            for (l, (ours, exact)) in ours.iter().zip(&exact).enumerate() {
                let name = |what: &str| format!("{}, {activation:?}, {what} of layer {l}", device.name());
                close(&name("weights"), &ours.0, &exact.0.0, exact.0.1);
                close(&name("biases"), &ours.1, &exact.1.0, exact.1.1);
            }
        }
    }
}

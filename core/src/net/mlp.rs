//! A stack of dense layers, `h_{l+1} = a(h_l W_l + b_l)` with no activation after the last (single precision).
//!
//! Weights and biases start uniform in ±1/√(fan in), the default of torch's `Linear` (`torch/nn/modules/linear.py`), drawn from
//! a stream of ours: the library's own generators are global to the process.

use super::adam::Moments;
use super::{ComputeDevice, DeviceError};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData, activation};
use ndarray::{Array2, ArrayView2, s};
use rand::RngExt;
use std::fmt;
use tiptwin_instrument::StreamRng;

/// Rows embedded at once outside training: bounds memory at about 20 MB for the published network.
const CHUNK: usize = 1024;

/// What happens between layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// max(0, x).
    Relu,
    /// tanh x.
    Tanh,
}

/// The shape of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct MlpSpec {
    /// Units of the input, of each hidden layer and of the output: at least two numbers.
    pub widths: Vec<usize>,
    /// Between layers.
    pub activation: Activation,
    /// Starts the last layer at zero, so that the network's output is zero until it is trained.
    pub zero_output: bool,
    /// Precision τ of a normal prior on the weights of the *last* layer: τ/2 times their squared sum is added to the
    /// objective. 0 switches it off.
    pub output_precision: f64,
}

#[derive(Module, Debug)]
struct Layers {
    layers: Vec<Linear>,
}

/// A network with its optimiser.
pub struct Mlp {
    spec: MlpSpec,
    device: Device,
    layers: Layers,
    /// Weights and biases, layer by layer, as they are trained; the layers hold copies.
    parameters: Vec<[Moments; 2]>,
}

impl fmt::Debug for Mlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mlp").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl Mlp {
    /// A network with fresh weights.
    pub fn new(spec: MlpSpec, device: ComputeDevice, rng: &mut StreamRng) -> Result<Self, DeviceError> {
        let device = device.open()?.autodiff();
        let count = spec.widths.len().saturating_sub(1);
        let parameters: Vec<[Moments; 2]> = (0..count)
            .map(|l| {
                let (fan_in, fan_out) = (spec.widths[l], spec.widths[l + 1]);
                let zero = spec.zero_output && l + 1 == count;
                let bound = if zero { 0.0 } else { 1.0 / (fan_in as f32).sqrt() };
                let mut draw = |n: usize| (0..n).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound).collect::<Vec<_>>();
                let (weight, bias) = (draw(fan_in * fan_out), draw(fan_out));
                [weight, bias].map(Moments::at)
            })
            .collect();
        let layers = (0..count).map(|l| layer(&spec, l, &parameters[l], &device)).collect();
        Ok(Self { layers: Layers { layers }, spec, device, parameters })
    }

    /// Output for each row of `x` (N×in): N×out.
    pub fn forward(&self, x: ArrayView2<'_, f32>) -> Array2<f64> {
        let layers = self.layers.clone().no_grad();
        let mut out = Array2::zeros((x.nrows(), self.width_out()));
        for start in (0..x.nrows()).step_by(CHUNK) {
            let end = (start + CHUNK).min(x.nrows());
            let rows = tensor(x.slice(s![start..end, ..]), &self.device);
            out.slice_mut(s![start..end, ..]).assign(&array(run(&layers, self.spec.activation, rows)));
        }
        out
    }

    /// One training step. `gradient` gets the network's output for `x` (N×in) and answers with ∂objective/∂output
    /// (N×out), or `None` to leave the weights alone. Returns that output, which is from *before* the step.
    pub fn train_step(
        &mut self,
        x: ArrayView2<'_, f32>,
        rate: f64,
        gradient: impl FnOnce(&Array2<f64>) -> Option<Array2<f64>>,
    ) -> Array2<f64> {
        let output = run(&self.layers, self.spec.activation, tensor(x, &self.device));
        let values = array(output.clone());
        let Some(weights) = gradient(&values) else { return values };
        let weights = tensor(weights.mapv(|g| g as f32).view(), &self.device);
        // The gradient of Σ output·weights with `weights` held constant is the gradient of the objective.
        let mut surrogate = (output * weights).sum();
        if self.spec.output_precision > 0.0
            && let Some(last) = self.layers.layers.last()
        {
            let penalty = last.weight.val().square().sum();
            surrogate = surrogate + penalty.mul_scalar(0.5 * self.spec.output_precision);
        }
        let mut gradients = surrogate.backward();
        for (l, parameters) in self.parameters.iter_mut().enumerate() {
            let of = &self.layers.layers[l];
            let weight = of.weight.val().grad_remove(&mut gradients).map(Tensor::into_data);
            let bias = of.bias.as_ref().and_then(|b| b.val().grad_remove(&mut gradients)).map(Tensor::into_data);
            for (parameter, gradient) in parameters.iter_mut().zip([weight, bias]) {
                let gradient = gradient.expect("the output depends on every parameter");
                parameter.step(rate, gradient.as_slice().expect("the network computes in f32"));
            }
            self.layers.layers[l] = layer(&self.spec, l, parameters, &self.device);
        }
        values
    }

    /// What the prior on the last layer adds to the objective.
    pub fn penalty(&self) -> f64 {
        let squares = |l: &Linear| l.weight.val().square().sum().into_scalar::<f32>();
        self.layers.layers.last().map_or(0.0, |l| 0.5 * self.spec.output_precision * f64::from(squares(l)))
    }

    /// The same weights with a fresh optimiser.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        let fresh = |p: &[Moments; 2]| p.each_ref().map(|p| Moments::at(p.values().to_vec()));
        Self {
            spec: self.spec.clone(),
            device: self.device.clone(),
            layers: self.layers.clone(),
            parameters: self.parameters.iter().map(fresh).collect(),
        }
    }

    fn width_out(&self) -> usize {
        self.spec.widths.last().copied().unwrap_or(0)
    }
}

/// Layer number `l` with these weights and biases.
fn layer(spec: &MlpSpec, l: usize, parameters: &[Moments; 2], device: &Device) -> Linear {
    let (fan_in, fan_out) = (spec.widths[l], spec.widths[l + 1]);
    let [weight, bias] = parameters.each_ref().map(|p| p.values().to_vec());
    Linear {
        weight: Param::from_data(TensorData::new(weight, [fan_in, fan_out]), device),
        bias: Some(Param::from_data(TensorData::new(bias, [fan_out]), device)),
    }
}

fn run(network: &Layers, activation: Activation, mut h: Tensor<2>) -> Tensor<2> {
    for (l, layer) in network.layers.iter().enumerate() {
        if l > 0 {
            h = match activation {
                Activation::Relu => activation::relu(h),
                Activation::Tanh => activation::tanh(h),
            };
        }
        h = layer.forward(h);
    }
    h
}

fn tensor(x: ArrayView2<'_, f32>, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(x.iter().copied().collect::<Vec<f32>>(), [x.nrows(), x.ncols()]), device)
}

fn array(t: Tensor<2>) -> Array2<f64> {
    let [rows, cols] = t.dims();
    let values: Vec<f32> = t.into_data().try_to_vec().expect("the network computes in f32");
    Array2::from_shape_fn((rows, cols), |(i, j)| f64::from(values[i * cols + j]))
}

/// For tests that compare with another library.
#[cfg(test)]
impl Mlp {
    /// Replaces weights (inputs × outputs, row by row) and biases of a layer.
    pub(crate) fn set_layer(&mut self, layer: usize, weight: Vec<f32>, bias: Vec<f32>) {
        self.parameters[layer] = [weight, bias].map(Moments::at);
        self.layers.layers[layer] = self::layer(&self.spec, layer, &self.parameters[layer], &self.device);
    }

    /// Gradients of weights and biases, layer by layer, of an objective with the gradient `d_output` at the output for `x`.
    pub(crate) fn gradients(&self, x: ArrayView2<'_, f32>, d_output: &Array2<f64>) -> Vec<(Vec<f64>, Vec<f64>)> {
        let output = run(&self.layers, self.spec.activation, tensor(x, &self.device));
        let gradients = (output * tensor(d_output.mapv(|g| g as f32).view(), &self.device)).sum().backward();
        let values = |data: TensorData| -> Vec<f64> {
            data.try_to_vec::<f32>().expect("f32").into_iter().map(f64::from).collect()
        };
        let of = |layer: &Linear| {
            let weight = layer.weight.val().grad(&gradients).expect("has a gradient");
            let bias = layer.bias.as_ref().expect("has one").val().grad(&gradients).expect("has a gradient");
            (values(weight.into_data()), values(bias.into_data()))
        };
        self.layers.layers.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    fn net(zero_output: bool, output_precision: f64) -> Mlp {
        let spec = MlpSpec { widths: vec![3, 8, 5, 2], activation: Activation::Tanh, zero_output, output_precision };
        Mlp::new(spec, ComputeDevice::Flex, &mut MasterSeed(3).rng(Stream::NetworkInit, 0)).expect("flex is there")
    }

    fn inputs() -> Array2<f32> {
        Array2::from_shape_fn((6, 3), |(i, j)| ((i * 3 + j) as f32 * 1.3).sin())
    }

    fn objective(z: &Array2<f64>) -> f64 {
        z.iter().enumerate().map(|(i, v)| (v - 0.1 * i as f64).powi(2)).sum()
    }

    fn slope(z: &Array2<f64>) -> Array2<f64> {
        let flat: Vec<f64> = z.iter().enumerate().map(|(i, v)| 2.0 * (v - 0.1 * i as f64)).collect();
        Array2::from_shape_vec(z.raw_dim(), flat).expect("same shape")
    }

    /// A copy with one number of one layer changed.
    fn perturbed(net: &Mlp, layer: usize, bias: bool, index: usize, by: f32) -> Mlp {
        let mut net = net.snapshot();
        let linear = &mut net.layers.layers[layer];
        let change = |data: TensorData| {
            let shape = data.shape().clone();
            let mut values: Vec<f32> = data.try_to_vec().expect("f32");
            values[index] += by;
            TensorData::new(values, shape)
        };
        if bias {
            let data = linear.bias.as_ref().expect("has one").val().into_data();
            linear.bias = Some(Param::from_data(change(data), &net.device));
        } else {
            linear.weight = Param::from_data(change(linear.weight.val().into_data()), &net.device);
        }
        net
    }

    #[test]
    fn weights_are_uniform_in_the_published_bound_and_repeat_with_the_seed() {
        let (a, b) = (net(false, 0.0), net(false, 0.0));
        assert_eq!(a.forward(inputs().view()), b.forward(inputs().view()));
        for (layer, fan_in) in a.layers.layers.iter().zip([3.0f32, 8.0, 5.0]) {
            let w: Vec<f32> = layer.weight.val().into_data().try_to_vec().expect("f32");
            let largest = w.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            // 10 to 40 uniform draws: the largest is below 60 % of the bound with probability under 1 %.
            assert!(largest <= 1.0 / fan_in.sqrt() && largest > 0.6 / fan_in.sqrt());
        }
    }

    #[test]
    fn gradients_of_every_layer_agree_with_finite_differences() {
        let net = net(false, 0.0);
        let x = inputs();
        let z = run(&net.layers, Activation::Tanh, tensor(x.view(), &net.device));
        let weights = tensor(slope(&array(z.clone())).mapv(|g| g as f32).view(), &net.device);
        let gradients = (z * weights).sum().backward();
        for layer in 0..3 {
            let weight = net.layers.layers[layer].weight.val().grad(&gradients).expect("has a gradient");
            let bias = net.layers.layers[layer].bias.as_ref().expect("has one").val().grad(&gradients).expect("too");
            for (is_bias, values) in [(false, weight.into_data()), (true, bias.into_data())] {
                let values: Vec<f32> = values.try_to_vec().expect("f32");
                for (index, &analytic) in values.iter().enumerate() {
                    let h = 1e-2;
                    let at = |by| objective(&perturbed(&net, layer, is_bias, index, by).forward(x.view()));
                    let numeric = (at(h) - at(-h)) / (2.0 * f64::from(h));
                    // Single precision: rounding 1e-7 · 5 / 1e-2 = 5e-5; truncation h² · third derivative ≈ 1e-3.
                    assert!(
                        (f64::from(analytic) - numeric).abs() < 2e-3 * numeric.abs().max(1.0),
                        "layer {layer} {is_bias} {index}: {analytic} against {numeric}"
                    );
                }
            }
        }
    }

    #[test]
    fn training_lowers_the_objective_and_returns_the_output_before_the_step() {
        let mut net = net(true, 0.0);
        let x = inputs();
        let first = net.train_step(x.view(), 0.01, |z| Some(slope(z)));
        assert!(first.iter().all(|v| *v == 0.0), "a zero output layer says nothing before training");
        for _ in 0..300 {
            net.train_step(x.view(), 0.01, |z| Some(slope(z)));
        }
        let after = net.forward(x.view());
        assert!(objective(&after) < 0.05 * objective(&first), "{} from {}", objective(&after), objective(&first));
        let unchanged = net.train_step(x.view(), 0.01, |_| None);
        assert_eq!((unchanged, net.forward(x.view())), (after.clone(), after));
    }

    #[test]
    fn the_prior_holds_the_last_layer_back() {
        let trained = |precision| {
            let mut net = net(true, precision);
            for _ in 0..200 {
                net.train_step(inputs().view(), 0.01, |z| Some(slope(z)));
            }
            let w: Vec<f32> = net.layers.layers[2].weight.val().into_data().try_to_vec().expect("f32");
            (w.iter().map(|v| v * v).sum::<f32>(), net.penalty())
        };
        let ((free, nothing), (held, penalty)) = (trained(0.0), trained(100.0));
        assert!(held < 0.25 * free, "{held} against {free}");
        assert!(nothing == 0.0 && (penalty - 50.0 * f64::from(held)).abs() < 1e-5);
    }

    #[test]
    fn chunks_and_threads_do_not_change_the_embedding() {
        let net = net(false, 0.0);
        let x = Array2::from_shape_fn((CHUNK + 100, 3), |(i, j)| ((i * 3 + j) as f32 * 0.37).sin());
        let whole = net.forward(x.view());
        let tail = net.forward(x.slice(s![CHUNK.., ..]));
        assert_eq!(whole.slice(s![CHUNK.., ..]), tail);
        let with =
            |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("pool").install(|| net.forward(x.view()));
        assert_eq!(with(1), with(3));
    }
}

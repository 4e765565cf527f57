//! A variational autoencoder of patches whose code tells an image's angle and shift from its content.
//!
//! Kalinin et al., ACS Nano 15, 6471 (2021), doi:10.1021/acsnano.0c08914, after Kingma & Welling, ICLR 2014, arXiv:1312.6114; details as in
//! AtomAI's `atomai/models/dgm/rvae.py`. Trained is the evidence bound with one sample of the code: half the squared error summed over pixels, plus
//! the divergence from the prior, a standard normal for shift and content; of the angle only the deviation is held, its mean is free.
//! Weights start uniform in ±1/√(fan in) from a stream of ours, and so does every sample; single precision.

use super::adam::Moments;
use super::spatial::{Dense, Pose, SpatialDecoder, grid, homogeneous};
use super::vae_spec::VaeSpec;
use super::{ComputeDevice, DeviceError};
use burn::tensor::{Device, Tensor, TensorData, activation};
use ndarray::{Array2, ArrayView2, s};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};
use std::fmt;
use tiptwin_instrument::StreamRng;

/// Images encoded or decoded at once outside training.
const CHUNK: usize = 512;

/// Why there is no autoencoder.
#[derive(Debug, thiserror::Error)]
pub enum VaeError {
    /// A number of its shape.
    #[error("an autoencoder cannot have this shape: {0}")]
    Spec(String),
    /// A patch has another size than the network.
    #[error("patches have {found} pixels; accepted: {expected}, as the network was made for {window} × {window}")]
    Pixels {
        /// Pixels of a patch that was given.
        found: usize,
        /// Pixels that fit.
        expected: usize,
        /// Edge of the window.
        window: usize,
    },
    /// Nothing to learn from.
    #[error("{found} patches were given; accepted: {needed} or more")]
    TooFew {
        /// Patches given.
        found: usize,
        /// Patches needed.
        needed: usize,
    },
    /// A patch holds what is not a number.
    #[error("pixel {pixel} of patch {patch} is {value}; every pixel must be finite")]
    NotFinite {
        /// Number of the patch.
        patch: usize,
        /// Number of the pixel in it.
        pixel: usize,
        /// Its value.
        value: f32,
    },
    /// All patches are the same constant.
    #[error("all patches are flat: there is nothing that tells one from another")]
    Flat,
    /// Training left the range of numbers.
    #[error("training diverged in epoch {epoch}: the loss is {loss}; accepted: a smaller learning rate")]
    Diverged {
        /// Number of the epoch, from 1.
        epoch: usize,
        /// Its mean loss.
        loss: f64,
    },
    /// A file that is not one of an autoencoder.
    #[error("the model file cannot be used: {0}")]
    File(String),
    /// The network cannot compute where it was told to.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// One parameter with its optimiser.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) shape: [usize; 2],
    pub(super) moments: Moments,
}

/// The network as tensors.
struct Network {
    encoder: Vec<Dense>,
    mean: Dense,
    log_sd: Dense,
    decoder: SpatialDecoder,
}

/// An autoencoder with its optimiser.
pub struct Vae {
    spec: VaeSpec,
    device: ComputeDevice,
    parameters: Vec<Parameter>,
}

impl fmt::Debug for Vae {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vae").field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// Codes of images: one row an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Codes {
    /// Angle in radians and shifts, N × 3; N × 0 for a plain autoencoder.
    pub pose: Array2<f64>,
    /// N × content.
    pub content: Array2<f64>,
}

/// What an epoch of training cost and came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Its number, from 1.
    pub number: usize,
    /// Half the squared error of an image, summed over its pixels, on average.
    pub reconstruction: f64,
    /// Divergence from the prior, nats an image, on average.
    pub divergence: f64,
}

impl Vae {
    /// An untrained autoencoder.
    pub fn new(spec: VaeSpec, device: ComputeDevice, rng: &mut StreamRng) -> Result<Self, VaeError> {
        if let Some(fault) = spec.fault() {
            return Err(VaeError::Spec(fault));
        }
        device.check()?;
        let draw = |(name, shape, fan_in): (String, [usize; 2], usize)| {
            let bound = 1.0 / (fan_in as f32).sqrt();
            let values = (0..shape[0] * shape[1]).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound).collect();
            Parameter { name, shape, moments: Moments::at(values) }
        };
        let parameters = spec.parameters().into_iter().map(draw).collect();
        Ok(Self { spec, device, parameters })
    }

    pub(super) const fn from_parts(spec: VaeSpec, device: ComputeDevice, parameters: Vec<Parameter>) -> Self {
        Self { spec, device, parameters }
    }

    pub(super) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Its shape and how it is trained.
    pub const fn spec(&self) -> &VaeSpec {
        &self.spec
    }

    /// Trains on patches (N × pixels, see [`standardised`](super::standardised)) for as many epochs as the shape says. `rng` orders the images, draws their
    /// codes and chooses pixels; `watch` is told after each epoch. Images that do not fill the last step of an epoch wait for
    /// the next; fewer images than a step are one step.
    pub fn train(
        &mut self,
        patches: ArrayView2<'_, f32>,
        rng: &mut StreamRng,
        watch: &mut dyn FnMut(Epoch),
    ) -> Result<(), VaeError> {
        self.check(patches)?;
        if patches.nrows() < 2 {
            return Err(VaeError::TooFew { found: patches.nrows(), needed: 2 });
        }
        let device = self.device.open()?.autodiff();
        let (batch, pixels) = (self.spec.batch.min(patches.nrows()), patches.ncols());
        let points = grid(self.spec.window_px);
        let mut order: Vec<usize> = (0..patches.nrows()).collect();
        let mut chosen: Vec<usize> = (0..pixels).collect();
        let compared = self.spec.pixels_a_step.min(pixels);
        for number in 1..=self.spec.epochs {
            order.shuffle(rng);
            let (mut sums, mut steps) = ([0.0, 0.0], 0.0);
            for images in order.chunks_exact(batch) {
                let drawn: &[usize] = if compared < pixels { chosen.partial_shuffle(rng, compared).0 } else { &chosen };
                let step = Batch::new(patches, images, drawn, &points, &self.spec, rng);
                let [reconstruction, divergence] = self.step(&step, &device);
                sums = [sums[0] + reconstruction, sums[1] + divergence];
                steps += 1.0;
            }
            let [reconstruction, divergence] = sums.map(|s| s / steps);
            if !(reconstruction + divergence).is_finite() {
                return Err(VaeError::Diverged { epoch: number, loss: reconstruction + divergence });
            }
            watch(Epoch { number, reconstruction, divergence });
        }
        Ok(())
    }

    /// Means of the codes of patches.
    pub fn encode(&self, patches: ArrayView2<'_, f32>) -> Result<Codes, VaeError> {
        self.check(patches)?;
        let device = self.device.open()?;
        let network = self.network(&device, false);
        let (pose, latent) = (self.spec.pose(), self.spec.latent());
        let mut codes = Array2::zeros((patches.nrows(), latent));
        for start in (0..patches.nrows()).step_by(CHUNK) {
            let end = (start + CHUNK).min(patches.nrows());
            let rows = patches.slice(s![start..end, ..]);
            let x = from(rows.iter().copied().collect(), [end - start, rows.ncols()], &device);
            let means = values(network.mean.forward(network.encoded(x)));
            let means =
                Array2::from_shape_vec((end - start, latent), means).map_err(|e| VaeError::File(e.to_string()))?;
            codes.slice_mut(s![start..end, ..]).assign(&means.mapv(f64::from));
        }
        let mut pose = codes.slice(s![.., ..pose]).to_owned();
        if pose.ncols() == 3 {
            pose.slice_mut(s![.., 1..]).mapv_inplace(|v| v * self.spec.translation_prior);
        }
        Ok(Codes { pose, content: codes.slice(s![.., self.spec.pose()..]).to_owned() })
    }

    /// Images of contents (N × content), neither turned nor shifted, with this many pixels along each edge: N × edge², row by row.
    pub fn decode(&self, content: ArrayView2<'_, f64>, edge: usize) -> Result<Array2<f64>, VaeError> {
        if content.ncols() != self.spec.content {
            let found = content.ncols();
            return Err(VaeError::Spec(format!("contents have {found} numbers; accepted: {}", self.spec.content)));
        }
        let device = self.device.open()?;
        let network = self.network(&device, false);
        let points = homogeneous(&grid(edge), &device);
        let mut images = Array2::zeros((content.nrows(), edge * edge));
        let nowhere = Pose { angle: None, shift: None };
        for start in (0..content.nrows()).step_by(CHUNK) {
            let end = (start + CHUNK).min(content.nrows());
            let rows = content.slice(s![start..end, ..]).mapv(|v| v as f32);
            let code = from(rows.iter().copied().collect(), [end - start, rows.ncols()], &device);
            let painted = values(network.decoder.forward(&points, code, &nowhere));
            for (i, value) in painted.into_iter().enumerate() {
                images[[start + i % (end - start), i / (end - start)]] = f64::from(value);
            }
        }
        Ok(images)
    }

    fn check(&self, patches: ArrayView2<'_, f32>) -> Result<(), VaeError> {
        let window = self.spec.window_px;
        if patches.ncols() != window * window {
            return Err(VaeError::Pixels { found: patches.ncols(), expected: window * window, window });
        }
        match patches.indexed_iter().find(|(_, v)| !v.is_finite()) {
            Some(((patch, pixel), value)) => Err(VaeError::NotFinite { patch, pixel, value: *value }),
            None => Ok(()),
        }
    }

    /// One step of training: mean squared error and divergence before it.
    fn step(&mut self, batch: &Batch, device: &Device) -> [f64; 2] {
        let network = self.network(device, true);
        let (reconstruction, divergence) = network.loss(&self.spec, batch, device);
        let told = [&reconstruction, &divergence].map(|t| f64::from(t.clone().into_scalar::<f32>()));
        let mut gradients = (reconstruction + divergence).backward();
        for (parameter, tensor) in self.parameters.iter_mut().zip(network.tensors()) {
            let gradient = tensor.grad_remove(&mut gradients).map(Tensor::into_data).expect("the loss depends on it");
            let gradient = gradient.as_slice::<f32>().expect("the network computes in f32");
            parameter.moments.step(self.spec.learning_rate, gradient);
        }
        told
    }

    /// The parameters as tensors, followed by automatic differentiation where `tracked`.
    fn network(&self, device: &Device, tracked: bool) -> Network {
        let mut tensors = self.parameters.iter().map(|p| {
            let tensor = from(p.moments.values().to_vec(), p.shape, device);
            if tracked { tensor.require_grad() } else { tensor }
        });
        let mut next = || tensors.next().expect("as many as the shape says");
        let mut dense = || Dense { weight: next(), bias: next() };
        let encoder = self.spec.encoder.iter().map(|_| dense()).collect();
        let (mean, log_sd, coordinate) = (dense(), dense(), dense());
        let hidden = self.spec.decoder.iter().skip(1).map(|_| dense()).collect();
        let output = dense();
        Network { encoder, mean, log_sd, decoder: SpatialDecoder { coordinate, content: next(), hidden, output } }
    }
}

impl Network {
    /// All parameters, in the order of [`VaeSpec::parameters`].
    fn tensors(&self) -> Vec<&Tensor<2>> {
        let d = &self.decoder;
        let heads = [&self.mean, &self.log_sd, &d.coordinate];
        let layers = self.encoder.iter().chain(heads).chain(&d.hidden).chain([&d.output]);
        layers.flat_map(|l| [&l.weight, &l.bias]).chain([&d.content]).collect()
    }

    fn encoded(&self, x: Tensor<2>) -> Tensor<2> {
        self.encoder.iter().fold(x, |h, layer| activation::tanh(layer.forward(h)))
    }

    /// Squared error and divergence, averages over the images.
    fn loss(&self, spec: &VaeSpec, batch: &Batch, device: &Device) -> (Tensor<1>, Tensor<1>) {
        let (latent, pose) = (spec.latent(), spec.pose());
        let images = batch.images as f64;
        let h = self.encoded(from(batch.x.clone(), [batch.images, batch.x.len() / batch.images], device));
        let (mean, log_sd) = (self.mean.forward(h.clone()), self.log_sd.forward(h));
        let z = mean.clone() + log_sd.clone().exp() * from(batch.noise.clone(), [batch.images, latent], device);
        let shift = || z.clone().narrow(1, 1, 2).mul_scalar(spec.translation_prior);
        let placed = Pose {
            angle: spec.rotation_and_shift.then(|| z.clone().narrow(1, 0, 1)),
            shift: spec.rotation_and_shift.then(shift),
        };
        let points = homogeneous(&batch.points, device);
        let painted = self.decoder.forward(&points, z.clone().narrow(1, pose, spec.content), &placed);
        let error = painted - from(batch.target.clone(), [batch.points.len(), batch.images], device);
        let reconstruction = error.square().sum().mul_scalar(0.5 * batch.share / images);
        // −ln sd + ln sd₀ + (sd² + μ²)/(2 sd₀²) − ½, without the mean for the angle.
        let s0 = spec.rotation_prior_rad;
        let of_angle = |l: usize| spec.rotation_and_shift && l == 0;
        let weights = |f: &dyn Fn(usize) -> f64| {
            let row: Vec<f32> = (0..latent).map(|l| f(l) as f32).collect();
            from(row, [1, latent], device)
        };
        let of_sd = weights(&|l| if of_angle(l) { 0.5 / (s0 * s0) } else { 0.5 });
        let of_mean = weights(&|l| if of_angle(l) { 0.0 } else { 0.5 });
        let constant = (0..latent).map(|l| if of_angle(l) { s0.ln() - 0.5 } else { -0.5 }).sum::<f64>();
        let terms = log_sd.clone().mul_scalar(2.0).exp() * of_sd + mean.square() * of_mean - log_sd;
        let divergence = terms.sum().mul_scalar(1.0 / images).add_scalar(constant);
        (reconstruction, divergence)
    }
}

/// What one training step is made from.
struct Batch {
    images: usize,
    /// Whole images, row by row.
    x: Vec<f32>,
    /// Standard normal, images × latent.
    noise: Vec<f32>,
    points: Vec<[f32; 2]>,
    /// The images at the points, points × images.
    target: Vec<f32>,
    /// Pixels of an image for each that is compared.
    share: f64,
}

impl Batch {
    fn new(
        patches: ArrayView2<'_, f32>,
        images: &[usize],
        pixels: &[usize],
        grid: &[[f32; 2]],
        spec: &VaeSpec,
        rng: &mut StreamRng,
    ) -> Self {
        let normal = |_| -> f32 { StandardNormal.sample(rng) };
        Self {
            images: images.len(),
            x: images.iter().flat_map(|i| patches.row(*i).to_vec()).collect(),
            noise: (0..images.len() * spec.latent()).map(normal).collect(),
            points: pixels.iter().map(|p| grid[*p]).collect(),
            target: pixels.iter().flat_map(|p| images.iter().map(move |i| patches[[*i, *p]])).collect(),
            share: patches.ncols() as f64 / pixels.len() as f64,
        }
    }
}

fn from(values: Vec<f32>, shape: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn values(t: Tensor<2>) -> Vec<f32> {
    t.into_data().try_to_vec().expect("the network computes in f32")
}

#[cfg(test)]
#[path = "vae_tests.rs"]
mod tests;

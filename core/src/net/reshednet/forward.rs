//! The way through the network, the same in training and in use.

use super::spec::ResHedNetSpec;
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions, MaxPoolOptions};
use burn::tensor::{Tensor, activation, module};

/// Slope of the activation below zero.
const SLOPE: f64 = 0.01;
/// Added to the variance of a channel, as in torch.
const EPSILON: f64 = 1e-5;

/// Walks along the tensors of a network in the order of [`ResHedNetSpec::slots`].
pub(super) struct Pass<'a> {
    tensors: std::slice::Iter<'a, Tensor<1>>,
    /// Whether channels are normalised by what the batch shows, as in training, or by running statistics.
    training: bool,
    /// Mean and variance of every channel of every normalisation, in training.
    pub(super) statistics: Vec<[Tensor<1>; 2]>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(tensors: &'a [Tensor<1>], training: bool) -> Self {
        Self { tensors: tensors.iter(), training, statistics: Vec::new() }
    }

    /// Logits (N, 1, H, W) of images (N, 1, H, W).
    pub(super) fn run(&mut self, spec: &ResHedNetSpec, images: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = images.dims();
        let mut h = images;
        let mut sides = Vec::with_capacity(3);
        for (segment, blocks) in spec.blocks.into_iter().enumerate() {
            if segment > 0 {
                h = module::max_pool2d(h, MaxPoolOptions::new([2, 2]));
            }
            let channels = spec.filters << segment;
            for _ in 0..blocks {
                h = self.block(h, channels);
            }
            let side = self.convolution(h.clone(), 1, 1);
            let side = self.norm(side);
            sides.push(if segment == 0 { side } else { resized(side, [height, width]) });
        }
        self.convolution(Tensor::cat(sides, 1), 1, 1)
    }

    fn block(&mut self, x: Tensor<4>, channels: usize) -> Tensor<4> {
        let entry = self.convolution(x, channels, 1);
        let y = self.convolution(entry.clone(), channels, 3);
        let y = activation::leaky_relu(self.norm(y), SLOPE);
        let y = self.convolution(y, channels, 3);
        activation::leaky_relu(self.norm(y) + entry, SLOPE)
    }

    fn next(&mut self) -> Tensor<1> {
        self.tensors.next().expect("a tensor for every slot").clone()
    }

    fn convolution(&mut self, x: Tensor<4>, out: usize, side: usize) -> Tensor<4> {
        let into = x.dims()[1];
        let weight = self.next().reshape([out, into, side, side]);
        let bias = self.next();
        let same = ConvOptions::new([1, 1], [side / 2, side / 2], [1, 1], 1);
        module::conv2d(x, weight, Some(bias), same)
    }

    fn norm(&mut self, x: Tensor<4>) -> Tensor<4> {
        let [scale, shift, mean, variance] = [(); 4].map(|()| self.next());
        if !self.training {
            return module::batch_norm(x, scale, shift, mean, variance, EPSILON);
        }
        let normal = module::batch_norm_train(x, scale, shift, EPSILON);
        self.statistics.push([normal.mean, normal.variance]);
        normal.output
    }
}

fn resized(x: Tensor<4>, to: [usize; 2]) -> Tensor<4> {
    let bilinear = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
    module::interpolate(x, bilinear.with_output_size(to))
}

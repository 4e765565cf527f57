//! A decoder that paints an image point by point: brightness as a function of a coordinate and of a code.
//!
//! The code's rotation and shift act on the coordinates and not on the network, so that a turned image is the same code at another angle
//! (Bepler et al., NeurIPS 2019, arXiv:1909.11663; `atomai/nets/ed.py`, `atomai/utils/coords.py`). The first layer is linear in the
//! coordinates: turning them is the same as turning its weights, once for an image instead of once for each of its pixels.

use burn::tensor::{Device, Tensor, TensorData, activation};

/// Centres of the pixels of a square image of this edge, row by row: rows from −1 to 1, columns from 1 to −1.
pub(super) fn grid(edge: usize) -> Vec<[f32; 2]> {
    let at = |i: usize| if edge < 2 { 0.0 } else { 2.0 * i as f32 / (edge - 1) as f32 - 1.0 };
    (0..edge * edge).map(|i| [at(i / edge), -at(i % edge)]).collect()
}

/// Points (x, y, 1), one a row: the 1 carries what does not depend on the place.
pub(super) fn homogeneous(points: &[[f32; 2]], device: &Device) -> Tensor<2> {
    let values: Vec<f32> = points.iter().flat_map(|[x, y]| [*x, *y, 1.0]).collect();
    Tensor::from_data(TensorData::new(values, [points.len(), 3]), device)
}

/// Weights and biases of a dense layer, inputs × outputs and 1 × outputs.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    pub(super) weight: Tensor<2>,
    pub(super) bias: Tensor<2>,
}

impl Dense {
    pub(super) fn forward(&self, h: Tensor<2>) -> Tensor<2> {
        h.matmul(self.weight.clone()) + self.bias.clone()
    }
}

/// Where an image lies: one row an image.
#[derive(Clone, Debug)]
pub(super) struct Pose {
    /// Angle in radians, N × 1.
    pub(super) angle: Option<Tensor<2>>,
    /// Shift along both coordinates, N × 2.
    pub(super) shift: Option<Tensor<2>>,
}

/// The decoder.
#[derive(Clone, Debug)]
pub(super) struct SpatialDecoder {
    /// From a coordinate, 2 × H.
    pub(super) coordinate: Dense,
    /// From the content, content × H.
    pub(super) content: Tensor<2>,
    pub(super) hidden: Vec<Dense>,
    /// H × 1.
    pub(super) output: Dense,
}

impl SpatialDecoder {
    /// Brightness at P points (P × 3, [`homogeneous`]) of N images with these contents (N × content): P × N.
    ///
    /// Points are turned by [[cos, sin], [−sin, cos]] from the right and then shifted.
    pub(super) fn forward(&self, points: &Tensor<2>, content: Tensor<2>, pose: &Pose) -> Tensor<2> {
        let [images, _] = content.dims();
        let [count, _] = points.dims();
        let width = self.coordinate.bias.dims()[1];
        let along = |i: usize| self.coordinate.weight.clone().narrow(0, i, 1);
        let mut constant = content.matmul(self.content.clone()) + self.coordinate.bias.clone();
        if let Some(shift) = &pose.shift {
            constant = constant + shift.clone().matmul(self.coordinate.weight.clone());
        }
        let (x, y) = if let Some(angle) = &pose.angle {
            let (cos, sin) = (angle.clone().cos(), angle.clone().sin());
            let x = cos.clone().matmul(along(0)) + sin.clone().matmul(along(1));
            (x, cos.matmul(along(1)) - sin.matmul(along(0)))
        } else {
            (along(0).repeat_dim(0, images), along(1).repeat_dim(0, images))
        };
        let of_all = [x, y, constant].map(|part| part.reshape([1, images * width]));
        let turned = Tensor::cat(of_all.to_vec(), 0);
        let mut h = activation::tanh(points.clone().matmul(turned).reshape([count * images, width]));
        for layer in &self.hidden {
            h = activation::tanh(layer.forward(h));
        }
        self.output.forward(h).reshape([count, images])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_up_and_columns_go_down() {
        assert_eq!(grid(2), [[-1.0, 1.0], [-1.0, -1.0], [1.0, 1.0], [1.0, -1.0]]);
        assert_eq!(grid(3)[4], [0.0, -0.0]);
        assert_eq!(grid(16).len(), 256);
    }
}

//! A network with its weights and its optimiser.

use super::forward::Pass;
use super::spec::{ResHedNetSpec, Role, Slot};
use crate::net::adam::Moments;
use crate::net::{ComputeDevice, DeviceError};
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3};
use rand::RngExt;
use std::fmt;
use tiptwin_instrument::StreamRng;

/// Share of the newest batch in the running statistics, as in torch. Torch divides variances by the number of pixels less one, which changes
/// nothing here: a channel has thousands of them.
const MOMENTUM: f32 = 0.1;

/// A ResHedNet, single precision.
pub struct ResHedNet {
    spec: ResHedNetSpec,
    slots: Vec<Slot>,
    device: Device,
    /// One for every slot; running statistics are kept in the same place and never stepped.
    values: Vec<Moments>,
}

impl fmt::Debug for ResHedNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResHedNet").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl ResHedNet {
    /// A network with fresh weights: uniform in ±√(6/(fan in + fan out)) (Glorot & Bengio, AISTATS 2010, eq. 16), biases zero.
    pub fn new(spec: ResHedNetSpec, device: ComputeDevice, rng: &mut StreamRng) -> Result<Self, DeviceError> {
        let device = device.open()?;
        let slots = spec.slots();
        let fresh = |slot: &Slot| match slot.role {
            Role::Weight => {
                let area = slot.shape[2] * slot.shape[3];
                let bound = (6.0 / ((slot.shape[0] + slot.shape[1]) * area) as f32).sqrt();
                (0..slot.len()).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound).collect()
            }
            Role::Bias | Role::Mean => vec![0.0; slot.len()],
            Role::Scale | Role::Variance => vec![1.0; slot.len()],
        };
        let values = slots.iter().map(fresh).map(Moments::at).collect();
        Ok(Self { spec, slots, device, values })
    }

    /// A network with given numbers, one list for each of [`ResHedNetSpec::slots`].
    ///
    /// # Panics
    ///
    /// If a list is missing or has another length than its slot.
    pub fn from_values(spec: ResHedNetSpec, device: ComputeDevice, values: Vec<Vec<f32>>) -> Result<Self, DeviceError> {
        let slots = spec.slots();
        assert!(values.iter().map(Vec::len).eq(slots.iter().map(Slot::len)), "a number for every place of every slot");
        Ok(Self { spec, slots, device: device.open()?, values: values.into_iter().map(Moments::at).collect() })
    }

    /// Its sizes.
    pub const fn spec(&self) -> ResHedNetSpec {
        self.spec
    }

    /// Every tensor with its numbers.
    pub fn values(&self) -> impl Iterator<Item = (&Slot, &[f32])> {
        self.slots.iter().zip(self.values.iter().map(Moments::values))
    }

    /// Logits (H, W) of one image (H, W), with running statistics.
    pub fn logits(&self, image: ArrayView2<'_, f32>) -> Array2<f32> {
        let tensors = self.tensors(&self.device, false);
        let one = image.insert_axis(ndarray::Axis(0));
        let logits = Pass::new(&tensors, false).run(&self.spec, batch(one, &self.device));
        array(logits).index_axis_move(ndarray::Axis(0), 0)
    }

    /// One step of Adam on images (N, H, W). `gradient` gets their logits (N, H, W) and answers with ∂objective/∂logits.
    pub fn train_step(
        &mut self,
        images: ArrayView3<'_, f32>,
        rate: f64,
        gradient: impl FnOnce(&Array3<f32>) -> Array3<f32>,
    ) {
        let device = self.device.clone().autodiff();
        let leaves = self.tensors(&device, true);
        let mut pass = Pass::new(&leaves, true);
        let logits = pass.run(&self.spec, batch(images, &device));
        let slope = gradient(&array(logits.clone()));
        // The gradient of Σ logits·slope with `slope` held constant is that of the objective.
        let mut gradients = (logits * batch(slope.view(), &device)).sum().backward();
        let statistics = pass.statistics;
        let mut seen = statistics.into_iter().flatten().map(|t| floats(t.into_data()));
        for ((slot, moments), leaf) in self.slots.iter().zip(&mut self.values).zip(&leaves) {
            if slot.role.trained() {
                let slope = leaf.grad_remove(&mut gradients).map(|g| floats(g.into_data()));
                moments.step(rate, &slope.expect("the logits depend on every trained tensor"));
            } else {
                let new = seen.next().expect("statistics of every normalisation");
                let old = moments.values();
                let mixed = old.iter().zip(new).map(|(old, new)| (1.0 - MOMENTUM) * old + MOMENTUM * new);
                *moments = Moments::at(mixed.collect());
            }
        }
    }

    fn tensors(&self, device: &Device, training: bool) -> Vec<Tensor<1>> {
        let tensor = |(slot, values): (&Slot, &[f32])| {
            let tensor = Tensor::<1>::from_data(TensorData::new(values.to_vec(), [values.len()]), device);
            if training && slot.role.trained() { tensor.require_grad() } else { tensor }
        };
        self.values().map(tensor).collect()
    }
}

fn batch(images: ArrayView3<'_, f32>, device: &Device) -> Tensor<4> {
    let (n, rows, cols) = images.dim();
    Tensor::from_data(TensorData::new(images.iter().copied().collect::<Vec<f32>>(), [n, 1, rows, cols]), device)
}

fn array(t: Tensor<4>) -> Array3<f32> {
    let [n, _, rows, cols] = t.dims();
    Array3::from_shape_vec((n, rows, cols), floats(t.into_data())).expect("one channel")
}

fn floats(data: TensorData) -> Vec<f32> {
    data.try_to_vec().expect("the network computes in f32")
}

/// For tests that compare with differences.
#[cfg(test)]
impl ResHedNet {
    /// Gradients of every trained tensor of an objective with the gradient `slope` at the logits.
    pub(super) fn gradients(
        &self,
        images: ArrayView3<'_, f32>,
        slope: impl FnOnce(&Array3<f32>) -> Array3<f32>,
    ) -> Vec<Option<Vec<f32>>> {
        let device = self.device.clone().autodiff();
        let leaves = self.tensors(&device, true);
        let logits = Pass::new(&leaves, true).run(&self.spec, batch(images, &device));
        let slope = slope(&array(logits.clone()));
        let gradients = (logits * batch(slope.view(), &device)).sum().backward();
        let of = |(slot, leaf): (&Slot, &Tensor<1>)| {
            slot.role.trained().then(|| floats(leaf.grad(&gradients).expect("has a gradient").into_data()))
        };
        self.slots.iter().zip(&leaves).map(of).collect()
    }

    /// Logits with the statistics of the batch.
    pub(super) fn logits_in_training(&self, images: ArrayView3<'_, f32>) -> Array3<f32> {
        let tensors = self.tensors(&self.device, false);
        array(Pass::new(&tensors, true).run(&self.spec, batch(images, &self.device)))
    }
}

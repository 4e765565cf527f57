//! How a member of an ensemble is trained.
//!
//! Every step shows crops of examples drawn anew, altered anew, to Adam; the rate falls linearly to nothing, so that the running statistics settle. Members
//! differ in their first weights and in everything they are shown: each has random streams of its own.

mod augmentation;

pub use augmentation::Augmentation;

use super::{BoundaryError, Loss, input, truth};
use crate::net::{ComputeDevice, ResHedNet, ResHedNetSpec};
use augmentation::altered;
use ndarray::{Array2, Array3, Axis};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use tiptwin_instrument::{MasterSeed, Stream};

/// An image with known grains.
#[derive(Clone, Debug)]
pub struct Example {
    /// As detectors take it.
    pub image: Array2<f32>,
    /// Id of the grain at every pixel of the image, in its frame.
    pub grains: Array2<u32>,
}

impl Example {
    /// An image in any unit with its grains, an array of the same shape.
    pub fn new(image: &Array2<f64>, grains: Array2<u32>) -> Result<Self, BoundaryError> {
        if image.dim() != grains.dim() {
            let value = format!("{:?} for an image of {:?}", grains.dim(), image.dim());
            return Err(BoundaryError::Recipe {
                what: "the map of grains",
                value,
                accepted: "one id for every pixel".into(),
            });
        }
        Ok(Self { image: input::prepared(image)?, grains })
    }
}

/// Everything that decides how an ensemble comes out, beside its examples and its seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Channels of the first segment.
    pub filters: usize,
    /// Residual blocks of each segment.
    pub blocks: [usize; 3],
    /// Networks.
    pub members: usize,
    /// Steps of Adam for each.
    pub steps: usize,
    /// Crops in a step.
    pub batch: usize,
    /// Side of a crop, pixels.
    pub crop_px: usize,
    /// First rate of Adam; it falls linearly to a hundredth of that.
    pub rate: f64,
    /// What is made small.
    pub loss: Loss,
    /// How crops are altered.
    pub augmentation: Augmentation,
}

impl Recipe {
    /// What the ensemble in the repository is made by.
    pub fn small() -> Self {
        let ResHedNetSpec { filters, blocks } = ResHedNetSpec::SMALL;
        let augmentation =
            Augmentation { mirror_rows: true, gauss: true, contrast: true, background: true, ..Augmentation::NONE };
        let loss = Loss::CrossEntropy;
        Self { filters, blocks, members: 4, steps: 1800, batch: 16, crop_px: 64, rate: 5e-3, loss, augmentation }
    }

    /// The sizes and numbers of the published detector: ten networks, 1000 steps of 32 crops, constant in the original, all augmentations.
    pub fn published() -> Self {
        let ResHedNetSpec { filters, blocks } = ResHedNetSpec::PUBLISHED;
        Self {
            filters,
            blocks,
            members: 10,
            steps: 1000,
            batch: 32,
            crop_px: 64,
            rate: 1e-3,
            loss: Loss::CrossEntropy,
            augmentation: Augmentation::ALL,
        }
    }

    /// Sizes of the networks.
    pub const fn network(&self) -> ResHedNetSpec {
        ResHedNetSpec { filters: self.filters, blocks: self.blocks }
    }

    /// Refuses what cannot be trained.
    pub fn check(&self) -> Result<(), BoundaryError> {
        let within = |what, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(BoundaryError::Recipe { what, value: value.to_string(), accepted: format!("{least} to {most}") })
        };
        within("the number of filters", self.filters, 1, 256)?;
        self.blocks.iter().try_for_each(|&b| within("the number of residual blocks", b, 1, 50))?;
        within("the number of members", self.members, 1, 100)?;
        within("the number of steps", self.steps, 1, 1_000_000)?;
        within("the number of crops in a step", self.batch, 1, 1024)?;
        within("the side of a crop (pixels)", self.crop_px, input::SMALLEST_PX, 1024)?;
        if self.rate > 0.0 && self.rate <= 1.0 {
            return Ok(());
        }
        Err(BoundaryError::Recipe {
            what: "the learning rate",
            value: self.rate.to_string(),
            accepted: "above 0, at most 1".into(),
        })
    }
}

/// Trains member number `member`. `watch` hears of every step's loss and may end it all, which gives `None`.
pub fn train(
    recipe: &Recipe,
    examples: &[Example],
    member: usize,
    seed: MasterSeed,
    device: ComputeDevice,
    watch: &mut dyn FnMut(usize, f64) -> ControlFlow<()>,
) -> Result<Option<ResHedNet>, BoundaryError> {
    recipe.check()?;
    let least = recipe.crop_px;
    let usable = |e: &&Example| e.image.nrows() >= least && e.image.ncols() >= least;
    if examples.is_empty() || !examples.iter().all(|e| usable(&e)) {
        let value = format!(
            "{} examples, of which {} are as large as a crop",
            examples.len(),
            examples.iter().filter(usable).count()
        );
        return Err(BoundaryError::Recipe {
            what: "what there is to learn from",
            value,
            accepted: format!("examples of at least {least} × {least} pixels"),
        });
    }
    let mut net = ResHedNet::new(recipe.network(), device, &mut seed.rng(Stream::BoundaryNetwork, member as u64))?;
    let rng = &mut seed.rng(Stream::BoundaryTraining, member as u64);
    for step in 0..recipe.steps {
        let side = recipe.crop_px;
        let mut images = Array3::zeros((recipe.batch, side, side));
        let mut bands = Array3::zeros((recipe.batch, side, side));
        for k in 0..recipe.batch {
            let example = &examples[rng.random_range(0..examples.len())];
            let (image, grains) = altered(example, side, recipe.augmentation, rng);
            let band = truth::band(&truth::line(&grains));
            images.index_axis_mut(Axis(0), k).assign(&image);
            bands.index_axis_mut(Axis(0), k).assign(&band.mapv(|b| f32::from(u8::from(b))));
        }
        let rate = recipe.rate * (1.0 - 0.99 * step as f64 / recipe.steps as f64);
        let mut loss = 0.0;
        net.train_step(images.view(), rate, |logits| {
            let (value, slope) = recipe.loss.of(logits, &bands);
            loss = value;
            slope
        });
        if watch(step, loss).is_break() {
            return Ok(None);
        }
    }
    Ok(Some(net))
}

#[cfg(test)]
mod tests;

//! Ways to alter an example so that a network does not learn it by heart.
//!
//! The list and its amounts are AtomAI's (`atomai/transforms/imaug.py`, v0.8.1), on images from 0 to 1. Different on purpose: grain ids move with the
//! pixels in everything that moves pixels, jittered lines included; quarter turns come in both senses, of which the original never draws the clockwise
//! one; values are held to 0 … 1 in the end, where the original rescales a whole batch by its extremes.

use super::Example;
use crate::features::filters::{Bank, Workspace};
use ndarray::{Array2, s};
use rand::RngExt;
use rand_distr::{Distribution, Poisson, StandardNormal};
use serde::{Deserialize, Serialize};
use tiptwin_instrument::StreamRng;

/// Which alterations are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the recipe")]
pub struct Augmentation {
    /// Top and bottom exchanged, every other time: scans run both ways along the slow axis.
    pub mirror_rows: bool,
    /// One of the eight turned and mirrored copies. It forgets which way lines are scanned.
    pub turns: bool,
    /// A square of half to all of the crop's side, brought to that side.
    pub zoom: bool,
    /// White noise with a variance of up to 0.0049.
    pub gauss: bool,
    /// Every line moved to the right by a few pixels of its own.
    pub jitter: bool,
    /// Noise of counting, 30 to 39 counts at 1.
    pub poisson: bool,
    /// Up to 4.9 % of the pixels black or white.
    pub salt_and_pepper: bool,
    /// A Gaussian window of up to 2.45 pixels.
    pub blur: bool,
    /// An exponent from 0.5 to 1.9.
    pub contrast: bool,
    /// A bump or a hollow as wide as the crop.
    pub background: bool,
}

impl Augmentation {
    /// Crops as they are.
    pub const NONE: Self = Self {
        mirror_rows: false,
        turns: false,
        zoom: false,
        gauss: false,
        jitter: false,
        poisson: false,
        salt_and_pepper: false,
        blur: false,
        contrast: false,
        background: false,
    };
    /// Everything.
    pub const ALL: Self = Self {
        mirror_rows: true,
        turns: true,
        zoom: true,
        gauss: true,
        jitter: true,
        poisson: true,
        salt_and_pepper: true,
        blur: true,
        contrast: true,
        background: true,
    };
}

/// A square crop of an example, altered, and its grains.
pub(super) fn altered(
    example: &Example,
    side: usize,
    which: Augmentation,
    rng: &mut StreamRng,
) -> (Array2<f32>, Array2<u32>) {
    let (rows, cols) = example.image.dim();
    let (top, left) = (rng.random_range(0..=rows - side), rng.random_range(0..=cols - side));
    let cut = s![top..top + side, left..left + side];
    let (mut image, mut grains) = (example.image.slice(cut).to_owned(), example.grains.slice(cut).to_owned());
    if which.mirror_rows && rng.random::<bool>() {
        image.invert_axis(ndarray::Axis(0));
        grains.invert_axis(ndarray::Axis(0));
    }
    if which.turns {
        let turn = rng.random_range(0..8);
        (image, grains) = (turned(image, turn), turned(grains, turn));
    }
    if which.zoom {
        let part = rng.random_range(side / 2..=side);
        let start = [(); 2].map(|()| rng.random_range(0..=side - part) as f64);
        let from = |r: usize, start: f64| start + (r as f64 + 0.5) * part as f64 / side as f64 - 0.5;
        let whole = image.as_standard_layout().into_owned();
        image = Array2::from_shape_fn((side, side), |(r, c)| bilinear(&whole, from(r, start[0]), from(c, start[1])));
        let nearest = |x: f64| (x.round().max(0.0) as usize).min(side - 1);
        grains = Array2::from_shape_fn((side, side), |(r, c)| {
            grains[[nearest(from(r, start[0])), nearest(from(c, start[1]))]]
        });
    }
    if which.jitter {
        let mean = f64::from(rng.random_range(0..50)) / 10.0;
        for r in 0..side {
            let by = Poisson::new(mean).map_or(0, |p| p.sample(rng) as usize) % side;
            let roll = |c: usize| (c + side - by) % side;
            let (values, ids) = (image.row(r).to_owned(), grains.row(r).to_owned());
            image.row_mut(r).indexed_iter_mut().for_each(|(c, v)| *v = values[roll(c)]);
            grains.row_mut(r).indexed_iter_mut().for_each(|(c, v)| *v = ids[roll(c)]);
        }
    }
    values(&mut image, which, rng);
    (image.as_standard_layout().into_owned(), grains.as_standard_layout().into_owned())
}

/// Alterations that move nothing.
fn values(image: &mut Array2<f32>, which: Augmentation, rng: &mut StreamRng) {
    let side = image.nrows();
    if which.gauss {
        let sd = (1e-4 * f64::from(rng.random_range(0..50))).sqrt() as f32;
        image.mapv_inplace(|v| v + sd * Distribution::<f32>::sample(&StandardNormal, rng));
    }
    if which.poisson {
        let level = f64::from(rng.random_range(30..40));
        image.mapv_inplace(|v| {
            let mean = level * f64::from(v.max(0.0));
            Poisson::new(mean).map_or(0.0, |p| (p.sample(rng) / level) as f32)
        });
    }
    if which.salt_and_pepper {
        let amount = 1e-3 * f64::from(rng.random_range(0..50));
        image
            .mapv_inplace(|v| if rng.random::<f64>() < amount { f32::from(u8::from(rng.random::<bool>())) } else { v });
    }
    if which.blur {
        let sigma_px = 0.05 * f64::from(rng.random_range(1..50));
        let (bank, mut workspace, sharp) = (Bank::new(&[sigma_px]), Workspace::default(), image.mapv(f64::from));
        let sharp = sharp.as_standard_layout().into_owned();
        let mut responses = vec![Vec::new(); bank.len()];
        for r in 0..side {
            bank.row(&sharp, r, &mut workspace, &mut responses);
            image.row_mut(r).iter_mut().zip(&responses[0]).for_each(|(v, smooth)| *v = *smooth as f32);
        }
    }
    if which.contrast {
        let exponent = rng.random_range(5..20) as f32 / 10.0;
        image.mapv_inplace(|v| v.max(0.0).powf(exponent));
    }
    if which.background {
        let height = 0.05 * rng.random_range(-10..10) as f32;
        let middle = [(); 2].map(|()| rng.random::<f32>() * side as f32);
        let width = 0.5 * side as f32;
        for ((r, c), v) in image.indexed_iter_mut() {
            let (y, x) = ((r as f32 - middle[0]) / width, (c as f32 - middle[1]) / width);
            *v += height * (-0.5 * (x * x + y * y)).exp();
        }
    }
    image.mapv_inplace(|v| v.clamp(0.0, 1.0));
}

/// One of the eight copies of a square: mirrored for numbers from 4 on, then turned by quarters.
fn turned<T: Clone>(square: Array2<T>, number: usize) -> Array2<T> {
    let mut square = square;
    if number >= 4 {
        square.invert_axis(ndarray::Axis(1));
    }
    for _ in 0..number % 4 {
        square = square.reversed_axes();
        square.invert_axis(ndarray::Axis(1));
    }
    square
}

fn bilinear(image: &Array2<f32>, row: f64, col: f64) -> f32 {
    let last = (image.nrows() - 1, image.ncols() - 1);
    let (row, col) = (row.clamp(0.0, last.0 as f64), col.clamp(0.0, last.1 as f64));
    let (r, c) = (row as usize, col as usize);
    let (y, x) = ((row - r as f64) as f32, (col - c as f64) as f32);
    let (below, right) = ((r + 1).min(last.0), (c + 1).min(last.1));
    let across = |r: usize| image[[r, c]] * (1.0 - x) + image[[r, right]] * x;
    across(r) * (1.0 - y) + across(below) * y
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tiptwin_instrument::{MasterSeed, Stream};

    fn rng(unit: u64) -> StreamRng {
        MasterSeed(1).rng(Stream::BoundaryTraining, unit)
    }

    /// Every pixel is a grain of its own and as bright as its id.
    fn numbered() -> Example {
        let grains = Array2::from_shape_fn((40, 40), |(r, c)| (r * 40 + c) as u32);
        Example { image: grains.mapv(|g| g as f32 / 1600.0), grains }
    }

    #[test]
    fn pixels_and_their_grains_move_together() {
        for which in [
            Augmentation { mirror_rows: true, ..Augmentation::NONE },
            Augmentation { turns: true, ..Augmentation::NONE },
            Augmentation { jitter: true, ..Augmentation::NONE },
        ] {
            for unit in 0..20 {
                let (image, grains) = altered(&numbered(), 24, which, &mut rng(unit));
                for (value, grain) in image.iter().zip(&grains) {
                    assert_eq!(*value, *grain as f32 / 1600.0, "{which:?}");
                }
            }
        }
    }

    #[test]
    fn a_zoomed_crop_shows_the_grains_where_they_are_seen() {
        // Two halves: black and white.
        let grains = Array2::from_shape_fn((40, 40), |(_, c)| u32::from(c >= 20));
        let example = Example { image: grains.mapv(|g| g as f32), grains };
        for unit in 0..20 {
            let which = Augmentation { zoom: true, ..Augmentation::NONE };
            let (image, grains) = altered(&example, 32, which, &mut rng(unit));
            assert!(image.iter().zip(&grains).all(|(v, g)| (*v - *g as f32).abs() <= 0.5 + 1e-6));
        }
    }

    #[test]
    fn all_eight_copies_are_drawn_and_differ() {
        let square = Array2::from_shape_fn((3, 3), |(r, c)| (r * 3 + c) as u32);
        let copies: BTreeSet<Vec<u32>> = (0..8).map(|k| turned(square.clone(), k).iter().copied().collect()).collect();
        assert_eq!(copies.len(), 8);
        // Clockwise: the first column, read upwards, becomes the first row.
        assert_eq!(turned(square, 1).row(0).to_vec(), [6, 3, 0]);
        let which = Augmentation { turns: true, ..Augmentation::NONE };
        let drawn: BTreeSet<(u32, u32)> = (0..200)
            .map(|unit| {
                let (_, grains) = altered(&numbered(), 40, which, &mut rng(unit));
                (grains[[0, 0]], grains[[0, 39]])
            })
            .collect();
        assert_eq!(drawn.len(), 8, "every copy has corners of its own");
    }

    #[test]
    fn noise_has_the_amount_it_says_and_values_stay_in_range() {
        let even = Example { image: Array2::from_elem((64, 64), 0.5), grains: Array2::zeros((64, 64)) };
        let spread = |which: Augmentation| {
            let all: Vec<f32> = (0..40).map(|unit| altered(&even, 64, which, &mut rng(unit)).0.std(0.0)).collect();
            all.iter().copied().fold(0.0, f32::max)
        };
        // √0.0049 = 0.07 at most; of forty draws one is near it.
        let gauss = spread(Augmentation { gauss: true, ..Augmentation::NONE });
        assert!((0.06..0.075).contains(&gauss), "{gauss}");
        // √(0.5/30) = 0.129 at most.
        let poisson = spread(Augmentation { poisson: true, ..Augmentation::NONE });
        assert!((0.115..0.14).contains(&poisson), "{poisson}");
        let (image, _) = altered(&even, 64, Augmentation::ALL, &mut rng(3));
        assert!(image.iter().all(|v| (0.0..=1.0).contains(v)));
    }
}

//! What is added to the height: plane, bow, line offsets, noise, hum, scars.
//!
//! | term | form | default amount |
//! |---|---|---|
//! | plane | tilt of a given angle, any azimuth | 1° |
//! | bow | b (x² + y²)/2, x and y from −1 to 1 | 8 nm |
//! | lines | Gaussian offsets and a random walk, by line | 0.5 nm, 0.05 nm |
//! | white noise | by pixel | 0.1 nm |
//! | 1/f noise | along the fast axis, in time | 0.2 nm rms |
//! | hum | sine at the mains frequency, in time | 0.05 nm |
//! | scars | 5 to 60 pixels, 1 or 2 lines, 3 to 30 nm high | 2 a frame |
//!
//! Amounts are what scanning probe images show (Gwyddion user guide, chapter on scan line artefacts, lists the same). Everything
//! is drawn from the seed and the frame, never from the order of scans; the plane from the seed alone.

use super::{Direction, Frame, ImageSettings};
use crate::amplifier::flicker::Flicker;
use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use std::f64::consts::{SQRT_2, TAU};
use tiptwin_instrument::{MasterSeed, Seconds, Stream};

/// Adds everything to measured heights.
pub(super) fn add(image: &mut Array2<f64>, settings: &ImageSettings, frame: &Frame, seed: MasterSeed) {
    // The sample lies as it lies: every frame, there and back, shows the same plane.
    shape(image, settings, frame, &mut seed.rng(Stream::ImageArtefacts, u64::MAX - 1));
    let rng = &mut seed.rng(Stream::ImageArtefacts, frame.unit());
    lines(image, settings, rng);
    scars(image, settings, rng);
    in_time(image, settings, frame, rng);
    if settings.white_m > 0.0
        && let Some(flat) = image.as_slice_mut()
    {
        flat.par_chunks_mut(frame.grid.cols.max(1)).enumerate().for_each(|(row, line)| {
            let rng = &mut seed.rng(Stream::ImageNoise, frame.line_unit(row));
            for height in line {
                let z: f64 = StandardNormal.sample(rng);
                *height += settings.white_m * z;
            }
        });
    }
    if settings.step_m > 0.0 {
        image.mapv_inplace(|h| (h / settings.step_m).round() * settings.step_m);
    }
}

fn shape(image: &mut Array2<f64>, settings: &ImageSettings, frame: &Frame, rng: &mut impl Rng) {
    let (sin, cos) = (TAU * rng.random::<f64>()).sin_cos();
    if settings.plane_deg == 0.0 && settings.bow_m == 0.0 {
        return;
    }
    let slope = settings.plane_deg.to_radians().tan();
    let (rows, cols) = image.dim();
    let (half_width, half_height) = (0.5 * frame.grid.width.0, 0.5 * frame.grid.height.0);
    let scaled = |i: usize, n: usize| (2.0 * i as f64 + 1.0) / n as f64 - 1.0;
    for ((r, c), height) in image.indexed_iter_mut() {
        let (x, y) = (scaled(c, cols), scaled(r, rows));
        *height += slope * (x * half_width * cos + y * half_height * sin) + 0.5 * settings.bow_m * (x * x + y * y);
    }
}

fn lines(image: &mut Array2<f64>, settings: &ImageSettings, rng: &mut impl Rng) {
    let mut walk = 0.0;
    for mut line in image.outer_iter_mut() {
        let (step, own): (f64, f64) = (StandardNormal.sample(rng), StandardNormal.sample(rng));
        walk += settings.line_walk_m * step;
        let offset = walk + settings.line_m * own;
        if offset != 0.0 {
            line.mapv_inplace(|h| h + offset);
        }
    }
}

fn scars(image: &mut Array2<f64>, settings: &ImageSettings, rng: &mut impl Rng) {
    let (rows, cols) = image.dim();
    for _ in 0..settings.scars.round() as usize {
        let u: [f64; 6] = std::array::from_fn(|_| rng.random::<f64>());
        let length = (5.0 + 55.0 * u[0]) as usize;
        let height = (3e-9 + 27e-9 * u[1]) * if u[2] < 0.5 { -1.0 } else { 1.0 };
        let (row, col) = ((u[3] * rows as f64) as usize, (u[4] * cols as f64) as usize);
        let thick = if u[5] < 0.5 { 1 } else { 2 };
        for r in row..(row + thick).min(rows) {
            for c in col..(col + length).min(cols) {
                image[[r, c]] += height;
            }
        }
    }
}

/// 1/f noise and hum run on from line to line: the scan takes time.
fn in_time(image: &mut Array2<f64>, settings: &ImageSettings, frame: &Frame, rng: &mut impl Rng) {
    let phase = rng.random::<f64>();
    if settings.flicker_m == 0.0 && settings.hum_m == 0.0 {
        return;
    }
    let (rows, cols) = image.dim();
    let dwell = 0.5 * frame.line_time.0 / cols as f64;
    let mut flicker = Flicker::with_rms(settings.flicker_m, Seconds(dwell), rng);
    let hum = |t: f64| SQRT_2 * settings.hum_m * (TAU * (phase + settings.hum_hz * t)).sin();
    for r in 0..rows {
        for k in 0..cols {
            let c = if frame.direction == Direction::Retrace { cols - 1 - k } else { k };
            image[[r, c]] += flicker.step(rng) + hum(frame.line_time.0 * r as f64 + dwell * k as f64);
        }
        // The way back takes as long as the way there.
        flicker.pass(Seconds(0.5 * frame.line_time.0), rng);
    }
}

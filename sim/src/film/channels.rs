//! Further images of a film: phase, luminescence, composition.
//!
//! A microscope records more than height, and other microscopes look at the same spot. Each channel shows the *seen* structure
//! with couplings of its own, its own blur, its own registration error and its own noise:
//!
//! | channel | unit | shows | blur (fwhm) | offset | noise |
//! |---|---|---|---|---|---|
//! | phase | ° | the grain's orientation (±2°), inclusions (+12°), slopes along the fast axis | none | 0 | 0.3° |
//! | photoluminescence | mean = 1 | quenched at boundaries (−35 %), inclusions and pinholes (−90 %); grains differ by 15 % | 280 nm | 40 nm | 2 % |
//! | composition | Cs fraction | the composition field, richer at boundaries and junctions | 100 nm | 20 nm | 0.004 |
//!
//! The sizes are choices within what tapping-mode phase, confocal luminescence and nano-analytics show on such films; 280 nm is a
//! diffraction limit at 780 nm with a good objective. Offsets are drawn once per film with these rms values.

use super::defects::DefectKind;
use super::electronic::nearness;
use super::whole::{Film, sample};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use tiptwin_instrument::{Pixel, Position, ScanGrid, Stream};

/// A further structure channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Phase of a tapping tip, degrees.
    Phase,
    /// Luminescence relative to its mean.
    Photoluminescence,
    /// Caesium fraction.
    Composition,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 3] = [Self::Phase, Self::Photoluminescence, Self::Composition];

    /// Name as in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Photoluminescence => "photoluminescence",
            Self::Composition => "composition",
        }
    }

    /// Unit of the values; empty for relative ones.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Phase => "°",
            Self::Photoluminescence | Self::Composition => "",
        }
    }

    /// The channel of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// Standard deviation of the blur, rms offset along each axis (m), and noise in the channel's unit.
    const fn optics(self) -> (f64, f64, f64) {
        match self {
            Self::Phase => (0.0, 0.0, 0.3),
            Self::Photoluminescence => (280e-9 / 2.355, 40e-9, 0.02),
            Self::Composition => (100e-9 / 2.355, 20e-9, 0.004),
        }
    }
}

impl Film {
    /// A further channel as it is recorded at the pixel centres of a grid, shape `(rows, cols)`, in [`Channel::unit`]. `repeat`
    /// numbers the images: each has noise of its own.
    pub fn channel(&self, channel: Channel, grid: &ScanGrid, repeat: u32) -> Array2<f64> {
        let (sigma_m, offset_m, noise) = channel.optics();
        let mut rng = self.seed.rng(Stream::Channels, channel as u64);
        let offset: [f64; 2] = std::array::from_fn(|_| {
            let z: f64 = StandardNormal.sample(&mut rng);
            offset_m * z
        });
        let tints: Vec<f64> = self.structure.grains.iter().map(|_| 2.0 * rng.random::<f64>() - 1.0).collect();
        let value = |at: Position| self.channel_value(channel, at, &tints);
        let shifted = |at: Position| Position::new(at.x.0 + offset[0], at.y.0 + offset[1]);
        let sharp = |at: Position| value(shifted(at));
        let mut image = if sigma_m > 0.0 { blurred(grid, sigma_m, &sharp) } else { sample(grid, 0.0, sharp) };
        let columns = grid.cols;
        let noise_unit = (u64::from(repeat) << 16) | (1 << 8) | channel as u64;
        if let Some(flat) = image.as_slice_mut() {
            flat.par_chunks_mut(columns.max(1)).enumerate().for_each(|(row, line)| {
                let mut rng = self.seed.rng(Stream::Channels, noise_unit | ((row as u64) << 40));
                for v in line {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    *v += noise * z;
                }
            });
        }
        image
    }

    /// What a channel shows of a place, before blur and noise.
    fn channel_value(&self, channel: Channel, at: Position, tints: &[f64]) -> f64 {
        let place = self.place(at);
        let (u_g, u_j) = nearness(&place);
        let kind = self.defects.kind(&self.structure, &place);
        let tint = tints[place.grain];
        // A grain's tint fades at its boundary, so nothing jumps.
        let fade = -(-place.edge_m / 15e-9).exp_m1();
        match channel {
            Channel::Phase => {
                let step = 4e-9;
                let ahead = self.height(Position::new(at.x.0 + step, at.y.0)).0;
                let slope = (ahead - self.height(at).0) / step;
                let inclusion = matches!(kind, Some(DefectKind::LeadIodide | DefectKind::Delta));
                2.0 * tint * fade + if inclusion { 12.0 } else { 0.0 } + 6.0 * slope.clamp(-1.0, 1.0)
            }
            Channel::Photoluminescence => {
                let dead = matches!(kind, Some(DefectKind::LeadIodide | DefectKind::Delta | DefectKind::Pinhole));
                let quenched = (1.0 - 0.35 * u_g) * if dead { 0.1 } else { 1.0 };
                (1.0 + 0.26 * tint * fade) * quenched
            }
            Channel::Composition => self.defects.caesium(&place, u_g, u_j),
        }
    }
}

/// A channel seen through a Gaussian of deviation σ: sampled at twice the density that the blur needs, then smoothed along
/// both axes and read at the pixels.
fn blurred(grid: &ScanGrid, sigma_m: f64, value: &(dyn Fn(Position) -> f64 + Sync)) -> Array2<f64> {
    let pitch = (grid.pixel_width().0).min(sigma_m / 3.0).max(grid.pixel_width().0 / 4.0);
    let margin = 4.0 * sigma_m;
    let count = |extent: f64| ((extent + 2.0 * margin) / pitch).ceil() as usize + 1;
    let fine = ScanGrid {
        origin: Position::new(grid.origin.x.0 - margin, grid.origin.y.0 - margin),
        width: tiptwin_instrument::Meters(count(grid.width.0) as f64 * pitch),
        height: tiptwin_instrument::Meters(count(grid.height.0) as f64 * pitch),
        rows: count(grid.height.0),
        cols: count(grid.width.0),
    };
    let sharp = sample(&fine, 0.0, value);
    let reach = (margin / pitch) as isize;
    let weights: Vec<f64> = (-reach..=reach).map(|k| (-0.5 * (k as f64 * pitch / sigma_m).powi(2)).exp()).collect();
    let total: f64 = weights.iter().sum();
    let smooth = |line: &dyn Fn(isize) -> f64, at: isize, last: isize| -> f64 {
        weights.iter().zip(-reach..).map(|(w, k)| w * line((at + k).clamp(0, last))).sum::<f64>() / total
    };
    let (rows, cols) = (fine.rows as isize, fine.cols as isize);
    let mut along = Array2::zeros(sharp.raw_dim());
    if let Some(flat) = along.as_slice_mut() {
        flat.par_chunks_mut(fine.cols).enumerate().for_each(|(r, line)| {
            for (c, value) in line.iter_mut().enumerate() {
                *value = smooth(&|i| sharp[[r, i as usize]], c as isize, cols - 1);
            }
        });
    }
    Array2::from_shape_fn((grid.rows, grid.cols), |(row, col)| {
        let at = grid.position(Pixel { row, col });
        let place = |x: f64, origin: f64| ((x - origin) / pitch - 0.5).round() as isize;
        let c = place(at.x.0, fine.origin.x.0).clamp(0, cols - 1);
        let r = place(at.y.0, fine.origin.y.0).clamp(0, rows - 1);
        smooth(&|i| along[[i as usize, c as usize]], r, rows - 1)
    })
}

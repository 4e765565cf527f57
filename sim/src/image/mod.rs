//! How a true surface becomes an image.
//!
//! In the order in which it happens: the [tip] touches wherever it first can; the [scanner](crate::scanner) samples
//! places that are not quite those of the grid; the feedback follows with delay; [additive](self) terms come on top, and
//! the converter rounds. Every amount in [`ImageSettings`] can be zero, and if all are, the image is the surface.

mod additive;
mod feedback;
pub mod tip;

use crate::error::SimError;
use crate::field::{self, Field, fields};
use crate::scanner::Scanner;
use feedback::Feedback;
use ndarray::Array2;
use rand::RngExt;
use rayon::prelude::*;
use tip::Tip;
use tiptwin_instrument::random::measurement_unit;
use tiptwin_instrument::{MasterSeed, Meters, Pixel, Position, ScanGrid, Seconds, Stream};

/// Amounts of everything that an image shows and the surface does not have. SI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImageSettings {
    /// Radius of a new tip.
    pub tip_radius_m: f64,
    /// Half angle of its cone, degrees.
    pub half_angle_deg: f64,
    /// Chance that it has a second apex.
    pub double_share: f64,
    /// Response of the feedback, pixels.
    pub lag_px: f64,
    /// Damping of the feedback.
    pub damping: f64,
    /// Fastest fall, metres per pixel; 0 for no limit.
    pub fall_m_per_px: f64,
    /// Tilt of the sample, degrees.
    pub plane_deg: f64,
    /// Bow over the frame.
    pub bow_m: f64,
    /// Rms offset of a line.
    pub line_m: f64,
    /// Rms step of the lines' random walk.
    pub line_walk_m: f64,
    /// White noise, rms.
    pub white_m: f64,
    /// 1/f noise, rms.
    pub flicker_m: f64,
    /// Hum, rms.
    pub hum_m: f64,
    /// Mains frequency.
    pub hum_hz: f64,
    /// Scars in a frame.
    pub scars: f64,
    /// Lateral jumps in a frame.
    pub jumps: f64,
    /// Distance between trace and retrace, pixels.
    pub retrace_px: f64,
    /// Step of the converter; 0 for none.
    pub step_m: f64,
}

impl ImageSettings {
    /// The image is the surface.
    pub const IDEAL: Self = Self {
        tip_radius_m: 0.0,
        half_angle_deg: 23.5,
        double_share: 0.0,
        lag_px: 0.0,
        damping: 1.0,
        fall_m_per_px: 0.0,
        plane_deg: 0.0,
        bow_m: 0.0,
        line_m: 0.0,
        line_walk_m: 0.0,
        white_m: 0.0,
        flicker_m: 0.0,
        hum_m: 0.0,
        hum_hz: 50.0,
        scars: 0.0,
        jumps: 0.0,
        retrace_px: 0.0,
        step_m: 0.0,
    };
    /// A good image on a quiet instrument with a metal-coated tip.
    pub const TYPICAL: Self = Self {
        tip_radius_m: 25e-9,
        double_share: 0.05,
        lag_px: 0.3,
        damping: 0.8,
        fall_m_per_px: 20e-9,
        plane_deg: 1.0,
        bow_m: 8e-9,
        line_m: 0.5e-9,
        line_walk_m: 0.05e-9,
        white_m: 0.1e-9,
        flicker_m: 0.2e-9,
        hum_m: 0.05e-9,
        scars: 2.0,
        retrace_px: 0.5,
        step_m: 0.01e-9,
        ..Self::IDEAL
    };
    /// An image that one would rather take again.
    pub const HARSH: Self = Self {
        tip_radius_m: 50e-9,
        double_share: 0.3,
        lag_px: 1.0,
        damping: 0.4,
        fall_m_per_px: 6e-9,
        plane_deg: 2.0,
        bow_m: 15e-9,
        line_m: 0.8e-9,
        line_walk_m: 0.1e-9,
        white_m: 0.15e-9,
        flicker_m: 0.3e-9,
        hum_m: 0.1e-9,
        scars: 6.0,
        jumps: 2.0,
        retrace_px: 2.0,
        ..Self::TYPICAL
    };
    /// Why its amounts have bounds.
    pub const WHY: &'static str = "radii, amounts and times are magnitudes, and no image shows more";
    /// What a scenario can set.
    pub const FIELDS: &'static [Field<Self>] = fields![Self:
        ("tip_radius_nm", tip_radius_m, 1e-9, (0.0, 500.0), "radius of a new tip; 0 sees everything"),
        ("half_angle_deg", half_angle_deg, 1.0, (5.0, 60.0), "half angle of its cone"),
        ("double_share", double_share, 1.0, (0.0, 1.0), "chance of a second apex"),
        ("lag_px", lag_px, 1.0, (0.0, 100.0), "response of the feedback"),
        ("damping", damping, 1.0, (0.05, 10.0), "damping of the feedback; below 1 it overshoots"),
        ("fall_nm_per_px", fall_m_per_px, 1e-9, (0.0, 1e4), "fastest fall of the tip; 0 for no limit"),
        ("plane_deg", plane_deg, 1.0, (0.0, 10.0), "tilt of the sample"),
        ("bow_nm", bow_m, 1e-9, (-1000.0, 1000.0), "bow over the frame"),
        ("line_nm", line_m, 1e-9, (0.0, 100.0), "rms offset of a line"),
        ("line_walk_nm", line_walk_m, 1e-9, (0.0, 100.0), "rms step of the lines' random walk"),
        ("white_nm", white_m, 1e-9, (0.0, 100.0), "white noise, rms"),
        ("flicker_nm", flicker_m, 1e-9, (0.0, 100.0), "1/f noise along the fast axis, rms"),
        ("hum_nm", hum_m, 1e-9, (0.0, 100.0), "hum, rms"),
        ("hum_hz", hum_hz, 1.0, (1.0, 1000.0), "mains frequency"),
        ("scars", scars, 1.0, (0.0, 1000.0), "scars in a frame"),
        ("jumps", jumps, 1.0, (0.0, 100.0), "lateral jumps in a frame"),
        ("retrace_px", retrace_px, 1.0, (-100.0, 100.0), "distance between trace and retrace"),
        ("step_nm", step_m, 1e-9, (0.0, 100.0), "step of the converter; 0 for none"),
    ];

    /// Refuses amounts that no image shows.
    pub fn check(&self) -> Result<(), SimError> {
        field::check(self, Self::FIELDS, Self::WHY)
    }
}

/// Which way the line is scanned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    #[default]
    Trace,
    /// Right to left.
    Retrace,
}

/// One scan: where, when and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Pixels.
    pub grid: ScanGrid,
    /// When it starts.
    pub start: Seconds,
    /// Time of one line, both ways.
    pub line_time: Seconds,
    /// Which way is recorded.
    pub direction: Direction,
    /// How often this grid was scanned before: each frame has noise of its own.
    pub repeat: u32,
}

impl Frame {
    fn unit(&self) -> u64 {
        self.line_unit(usize::MAX)
    }

    fn line_unit(&self, row: usize) -> u64 {
        let origin = self.grid.position(Pixel { row: 0, col: 0 });
        let size = (self.grid.cols as u32).wrapping_add((row as u32).wrapping_mul(0x9e37_79b1));
        let retrace = f64::from(u8::from(self.direction == Direction::Retrace));
        measurement_unit(origin, retrace + 2.0 * f64::from(self.repeat), size)
    }
}

/// Scans a surface: measured heights at the pixels of the frame, shape `(rows, cols)`, metres.
///
/// `surface` gives true heights anywhere, in metres.
pub fn measure(
    surface: &(dyn Fn(Position) -> f64 + Sync),
    frame: &Frame,
    settings: &ImageSettings,
    tip: &Tip,
    scanner: &Scanner,
    seed: MasterSeed,
) -> Array2<f64> {
    let shifts = jumps(frame, settings, seed);
    let grid = &frame.grid;
    let retrace = frame.direction == Direction::Retrace;
    let touched = |row: f64, col: f64| {
        // Rows and columns count from the first pixel's centre and need not be whole.
        let (px, py) = (grid.pixel_width().0, grid.pixel_height().0);
        let line = (row.max(0.0) as usize).min(grid.rows - 1);
        let side = if retrace { settings.retrace_px } else { 0.0 };
        let col = col + shifts[line] + side;
        let nominal = Position::new(grid.origin.x.0 + (col + 0.5) * px, grid.origin.y.0 + (row + 0.5) * py);
        let share = ((col + 0.5) / grid.cols as f64).clamp(0.0, 1.0);
        let in_line = if retrace { 1.0 - 0.5 * share } else { 0.5 * share };
        let elapsed = (row.max(0.0) + in_line) * frame.line_time.0;
        surface(scanner.in_scan(nominal, share, grid.width, (frame.start, elapsed), retrace))
    };
    let mut image = if tip.radius.0 > 0.0 { dilated(grid, tip, &touched) } else { sampled(grid, &touched) };
    let fall = if settings.fall_m_per_px > 0.0 { settings.fall_m_per_px } else { f64::INFINITY };
    let feedback = Feedback { lag_px: settings.lag_px, damping: settings.damping, fall_m_per_px: fall };
    if let Some(flat) = image.as_slice_mut() {
        flat.par_chunks_mut(grid.cols.max(1)).for_each(|line| {
            if retrace {
                line.reverse();
            }
            feedback.follow(line);
            if retrace {
                line.reverse();
            }
        });
    }
    additive::add(&mut image, settings, frame, seed);
    image
}

fn sampled(grid: &ScanGrid, at: &(dyn Fn(f64, f64) -> f64 + Sync)) -> Array2<f64> {
    nodes(grid.rows, grid.cols, &|r, c| at(r as f64, c as f64))
}

/// Values on a whole grid; rows are independent, so threads cannot change anything.
fn nodes(rows: usize, cols: usize, at: &(dyn Fn(usize, usize) -> f64 + Sync)) -> Array2<f64> {
    let mut values = Array2::zeros((rows, cols));
    if let Some(flat) = values.as_slice_mut() {
        flat.par_chunks_mut(cols.max(1)).enumerate().for_each(|(r, line)| {
            line.iter_mut().enumerate().for_each(|(c, v)| *v = at(r, c));
        });
    }
    values
}

/// Heights under a blunt tip. The surface is sampled finer than the tip where pixels are coarse, and beyond the edges of the
/// frame as far as the tip reaches.
fn dilated(grid: &ScanGrid, tip: &Tip, at: &(dyn Fn(f64, f64) -> f64 + Sync)) -> Array2<f64> {
    /// Height range that a film is expected to have where nobody has looked yet, m.
    const RANGE_M: f64 = 80e-9;
    let pixel = grid.pixel_width().0;
    let fine = ((2.0 * pixel / tip.radius.0).ceil() as usize).clamp(1, 8);
    let pitch = pixel / fine as f64;
    let margin = (tip.reach_m(RANGE_M) / pitch).ceil() as usize;
    let count = |n: usize| (n - 1) * fine + 1 + 2 * margin;
    let step = |i: usize| (i as f64 - margin as f64) / fine as f64;
    let heights = nodes(count(grid.rows), count(grid.cols), &|r, c| at(step(r), step(c)));
    tip.dilate(&heights, pitch, margin, fine)
}

/// Lateral shift of every line, pixels: 1 to 5 from a jump on.
fn jumps(frame: &Frame, settings: &ImageSettings, seed: MasterSeed) -> Vec<f64> {
    let mut shifts = vec![0.0; frame.grid.rows];
    let rng = &mut seed.rng(Stream::ImageArtefacts, frame.unit() ^ 1);
    for _ in 0..settings.jumps.round() as usize {
        let (row, size, sign) = (rng.random::<f64>(), rng.random::<f64>(), rng.random::<f64>());
        let from = (row * frame.grid.rows as f64) as usize;
        let by = (1.0 + 4.0 * size).round() * if sign < 0.5 { -1.0 } else { 1.0 };
        for shift in &mut shifts[from.min(frame.grid.rows - 1)..] {
            *shift += by;
        }
    }
    shifts
}

/// A new tip for these settings.
pub fn new_tip(settings: &ImageSettings, seed: MasterSeed) -> Tip {
    let rng = &mut seed.rng(Stream::ImageArtefacts, u64::MAX);
    Tip::draw(Meters(settings.tip_radius_m), settings.half_angle_deg, settings.double_share, rng)
}

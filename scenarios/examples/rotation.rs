//! How little z₁ and z₂ of a run's own patches change when the patches are turned, beside an autoencoder without angle and shift.
//!
//! ```sh
//! cargo run --release -- demo && cargo run --release -- forensics out/demo
//! cargo run --release --example rotation -- out/demo
//! ```
//!
//! Windows are cut from the structure image along turned axes, between pixels by bilinear interpolation, at places where the turned window lies inside
//! the image: corners show what lies there, and not a border. The plain autoencoder is trained here, for 30 epochs.

#![expect(clippy::print_stdout, reason = "an example that answers on the terminal")]

use ndarray::{Array2, ArrayView2, Axis, s};
use std::error::Error;
use std::path::PathBuf;
use tiptwin::forensics::Evidence;
use tiptwin_core::net::{ComputeDevice, Vae, VaeSpec, standardised};
use tiptwin_instrument::{MasterSeed, Stream};

/// Places that are turned, and turns of each, evenly within ±60°.
const PLACES: usize = 150;
const TURNS: usize = 25;
const FARTHEST_RAD: f64 = std::f64::consts::FRAC_PI_3;

fn main() -> Result<(), Box<dyn Error>> {
    let run = PathBuf::from(std::env::args().nth(1).ok_or("which run folder?")?);
    let evidence = Evidence::read(&run)?;
    let (vae, _) = Vae::load(&std::fs::read(run.join("forensics/autoencoder.safetensors"))?, ComputeDevice::default())?;
    let patches = standardised(&evidence.candidates)?;
    let mut plain = Vae::new(
        VaeSpec { epochs: 30, ..VaeSpec::fast(vae.spec().window_px).plain() },
        ComputeDevice::default(),
        &mut MasterSeed(1).rng(Stream::NetworkInit, 0),
    )?;
    plain.train(patches.view(), &mut MasterSeed(1).rng(Stream::Latent, 0), &mut |_| {})?;
    let first = evidence.candidates.patch(0);
    let deviation = |v: &mut dyn Iterator<Item = f64>| {
        spread(&Array2::from_shape_vec((patches.ncols(), 1), v.collect()).unwrap_or_default().view())
    };
    let unit = deviation(&mut first.iter().copied()) / deviation(&mut patches.row(0).iter().map(|v| f64::from(*v)));
    let turned = turned(evidence.candidates.structure(), unit, vae.spec().window_px);
    for (name, network) in [("with angle and shift", &vae), ("plain", &plain)] {
        let all = network.encode(patches.view())?.content;
        let codes = network.encode(turned.view())?;
        let within: Vec<f64> = codes.content.axis_chunks_iter(Axis(0), TURNS).map(|one| spread(&one)).collect();
        let rms = (within.iter().map(|w| w * w).sum::<f64>() / within.len() as f64).sqrt();
        let mut sorted = within;
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        println!(
            "{name}: content moves by {:.1} % of the spread of all patches (root mean square; median place {:.1} %)",
            100.0 * rms / spread(&all.view()),
            100.0 * median / spread(&all.view())
        );
        if codes.pose.ncols() == 3 {
            let angles: Vec<f64> = codes.pose.column(0).to_vec();
            let mut off: Vec<f64> = angles.chunks(TURNS).map(|one| off_line(one).0).collect();
            off.sort_by(f64::total_cmp);
            let slope = angles.chunks(TURNS).map(|one| off_line(one).1).sum::<f64>() / PLACES as f64;
            println!(
                "  angle: {slope:.2} per radian on average; off a line by {:.2} rad at the median place",
                off[off.len() / 2]
            );
        }
    }
    Ok(())
}

fn turn(k: usize) -> f64 {
    FARTHEST_RAD * (2.0 * k as f64 / (TURNS - 1) as f64 - 1.0)
}

/// Windows of `edge` pixels, place after place, without their mean, in this unit.
fn turned(image: &Array2<f64>, unit: f64, edge: usize) -> Array2<f32> {
    let half = 0.5 * (edge - 1) as f64;
    let reach = (half * std::f64::consts::SQRT_2).ceil() as usize + 1;
    let (rows, cols) = (image.nrows() - 2 * reach, image.ncols() - 2 * reach);
    let mut out = Array2::zeros((PLACES * TURNS, edge * edge));
    for (i, mut window) in out.rows_mut().into_iter().enumerate() {
        // Places on a low-discrepancy line through the image.
        let place = (i / TURNS) as f64;
        let centre = [
            reach as f64 + (place * 0.754_877_666).fract() * rows as f64,
            reach as f64 + (place * 0.569_840_291).fract() * cols as f64,
        ];
        let (sin, cos) = turn(i % TURNS).sin_cos();
        let values: Vec<f64> = (0..edge * edge)
            .map(|p| {
                let (y, x) = ((p / edge) as f64 - half, (p % edge) as f64 - half);
                between(image, centre[0] + cos * y - sin * x, centre[1] + sin * y + cos * x)
            })
            .collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        for (to, v) in window.iter_mut().zip(values) {
            *to = ((v - mean) / unit) as f32;
        }
    }
    out
}

fn between(image: &Array2<f64>, row: f64, col: f64) -> f64 {
    let (r, c) = (row.floor() as usize, col.floor() as usize);
    let (y, x) = (row.fract(), col.fract());
    let of = image.slice(s![r..r + 2, c..c + 2]);
    (1.0 - y) * ((1.0 - x) * of[[0, 0]] + x * of[[0, 1]]) + y * ((1.0 - x) * of[[1, 0]] + x * of[[1, 1]])
}

/// Root mean square distance from the mean, over all columns.
fn spread(codes: &ArrayView2<'_, f64>) -> f64 {
    let mean = codes.sum_axis(Axis(0)) / codes.nrows() as f64;
    let squares: f64 = codes.rows().into_iter().map(|z| (&z - &mean).mapv(|d| d * d).sum()).sum();
    (squares / codes.len() as f64).sqrt()
}

/// Root mean square deviation of the angles of one place from a line through their turns, and its slope.
fn off_line(angles: &[f64]) -> (f64, f64) {
    let mean = angles.iter().sum::<f64>() / TURNS as f64;
    let turns: Vec<f64> = (0..TURNS).map(turn).collect();
    let slope =
        turns.iter().zip(angles).map(|(t, a)| t * (a - mean)).sum::<f64>() / turns.iter().map(|t| t * t).sum::<f64>();
    let squares: f64 = turns.iter().zip(angles).map(|(t, a)| (a - mean - slope * t).powi(2)).sum();
    ((squares / TURNS as f64).sqrt(), slope)
}

//! What a fit of the published learner costs on every back end that this build has and this machine can use.
//!
//! ```sh
//! cargo run --release --example backends --features tiptwin/ndarray-backend
//! ```
//!
//! 100 measurements, windows of 16 × 16 pixels, 200 steps of the network 256-1000-500-50-2, then the map of 12,769 candidates; and all trainings
//! of tiptwin's own learner up to the same 100 measurements. The best of three after one to warm up.

#![expect(clippy::print_stdout, reason = "an example that answers on the terminal")]

use ndarray::Array2;
use std::error::Error;
use std::time::Instant;
use tiptwin_core::Candidates;
use tiptwin_core::model::{Measured, Model, ModelError, Prediction, Reference, Tiptwin, View};
use tiptwin_core::net::ComputeDevice;
use tiptwin_instrument::{MasterSeed, Meters, Stream};

fn main() -> Result<(), Box<dyn Error>> {
    let image = Array2::from_shape_fn((128, 128), |(r, c)| 1e-8 * ((r as f64 * 0.31).sin() + (c as f64 * 0.23).cos()));
    let candidates = Candidates::new(image, 16, Meters(2e-8), Meters(2e-8))?;
    // A target that follows the structure: of any other, rounding makes another map (core/src/model/reference/parity.rs).
    let at = |i: usize| {
        let index = (i * 7919) % candidates.len();
        let pixel = candidates.pixel(index);
        Measured { index, value: 0.05 * candidates.structure()[[pixel.row, pixel.col]] }
    };
    let measured: Vec<Measured> = (0..100).map(at).collect();
    let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
    let weights = || MasterSeed(1).rng(Stream::NetworkInit, 0);
    let best_s = |fit: &dyn Fn() -> Result<Prediction, ModelError>| -> Result<f64, ModelError> {
        let mut best = f64::INFINITY;
        for round in 0..4 {
            let begun = Instant::now();
            fit()?;
            if round > 0 {
                best = best.min(begun.elapsed().as_secs_f64());
            }
        }
        Ok(best)
    };
    let mut flex: Option<(f64, f64, Prediction)> = None;
    for device in ComputeDevice::ALL {
        if let Err(why) = device.check() {
            println!("{:<14} {why}", device.name());
            continue;
        }
        let published = best_s(&|| Reference::new(weights(), device).predict(&view))?;
        let own = best_s(&|| Tiptwin::new(weights(), device).predict(&view))?;
        let map = Reference::new(weights(), device).predict(&view)?;
        let (first, second, theirs) = flex.get_or_insert_with(|| (published, own, map.clone()));
        let apart = map.mean.iter().zip(&theirs.mean).map(|(a, b)| (a - b).abs() / 2e-9).fold(0.0, f64::max);
        println!(
            "{:<14} reference {published:.2} s ({:.2} × flex), map within {apart:.1e} of the range; tiptwin {own:.2} s ({:.2} × flex)",
            device.name(),
            published / *first,
            own / *second
        );
    }
    Ok(())
}

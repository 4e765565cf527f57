//! What convolutional networks cost here: training steps and detection, for the sizes of the small detectors and the published one.
//!
//! ```sh
//! cargo run --release --example reshednet_cost -- [THREADS]
//! ```
//!
//! A step is forward and backward pass and Adam over crops of 64 × 64 pixels; an epoch of the published detector is one step of 32 of them, as AtomAI counts without
//! `full_epoch`; detection is one forward pass over a whole image. Seconds on the
//! wall, the best of three after one to warm up, of the published one the second; on every back end that this build has and this machine can
//! use. Without a number of threads, all cores.

#![expect(clippy::print_stdout, reason = "an example that answers on the terminal")]

use ndarray::{Array2, Array3};
use std::error::Error;
use std::time::Instant;
use tiptwin_core::net::{ComputeDevice, ResHedNet, ResHedNetSpec};
use tiptwin_instrument::{MasterSeed, Stream};

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(threads) = std::env::args().nth(1) {
        rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    }
    let sizes = [(4, [1, 1, 1]), (8, [1, 1, 1]), (8, [2, 2, 2]), (12, [1, 1, 1]), (16, [1, 1, 1]), (64, [3, 4, 5])];
    for (device, (filters, blocks)) in ComputeDevice::usable().flat_map(|device| sizes.map(|size| (device, size))) {
        let spec = ResHedNetSpec { filters, blocks };
        let mut net = ResHedNet::new(spec, device, &mut MasterSeed(1).rng(Stream::BoundaryNetwork, 0))?;
        let images = Array3::from_shape_fn((8, 64, 64), |(i, r, c)| ((i * 31 + r * 7 + c * 3) as f32 * 0.1).sin());
        let published = spec == ResHedNetSpec::PUBLISHED;
        let step = best_s(published, || net.train_step(images.view(), 1e-3, |z| z.mapv(|z| z / 1000.0)));
        let image = |side| Array2::from_shape_fn((side, side), |(r, c)| ((r * 7 + c * 3) as f32 * 0.1).sin());
        let [small, large] = [128, 512].map(|side| {
            let image = image(side);
            best_s(published, || drop(net.logits(image.view())))
        });
        println!(
            "{}, {filters:>2} filters, blocks {blocks:?}, {:>9} numbers: {:.1} ms a crop in training, {:.2} s for 32; 128 × 128 in {small:.3} s, 512 × 512 in {large:.2} s",
            device.name(),
            spec.trained(),
            1e3 * step / 8.0,
            4.0 * step
        );
    }
    Ok(())
}

/// The best of three after one to warm up; of slow ones, the second.
fn best_s(slow: bool, mut work: impl FnMut()) -> f64 {
    let times = (0..if slow { 2 } else { 4 }).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed().as_secs_f64()
    });
    times.skip(1).fold(f64::INFINITY, f64::min)
}

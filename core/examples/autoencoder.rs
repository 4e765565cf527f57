//! How long an autoencoder takes: patches a second of both presets on random-looking patches, on every back end that this build has and this
//! machine can use.
//!
//! ```sh
//! cargo run --release --example autoencoder
//! ```

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use ndarray::Array2;
use std::time::Instant;
use tiptwin_core::net::{ComputeDevice, Vae, VaeError, VaeSpec};
use tiptwin_instrument::{MasterSeed, Stream};

/// All windows of 16 pixels of a 128 × 128 image.
const PATCHES: usize = 12_769;

fn main() -> Result<(), VaeError> {
    let wave =
        |(i, j): (usize, usize)| ((i % 97) as f32 * 0.3 + (j / 16) as f32 * 0.4).sin() * ((j % 16) as f32 * 0.2).cos();
    let patches = Array2::from_shape_fn((PATCHES, 256), wave);
    let presets = [("fast", VaeSpec::fast(16), 3, PATCHES), ("faithful", VaeSpec::faithful(16), 1, 1_024)];
    let each = |device| presets.iter().map(move |preset| (device, preset));
    for (device, &(name, ref spec, epochs, count)) in ComputeDevice::usable().flat_map(each) {
        let spec = VaeSpec { epochs, ..spec.clone() };
        let mut vae = Vae::new(spec, device, &mut MasterSeed(1).rng(Stream::NetworkInit, 0))?;
        let start = Instant::now();
        let rows = patches.slice(ndarray::s![..count, ..]);
        vae.train(rows, &mut MasterSeed(1).rng(Stream::Latent, 0), &mut |_| {})?;
        let rate = (epochs * count) as f64 / start.elapsed().as_secs_f64();
        let epoch_s = PATCHES as f64 / rate;
        println!(
            "{}, {name}: {rate:.0} patches/s; an epoch of {PATCHES} patches takes {epoch_s:.1} s, 100 of them {:.0} s",
            device.name(),
            100.0 * epoch_s
        );
    }
    Ok(())
}

//! What one sweep and one topography cost on this machine. Run with `--release`.
#![expect(clippy::print_stdout, reason = "a command that reports timings")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use tiptwin_instrument::{Suns, Waveform};
use tiptwin_sim::transport::{Constants, Site, sweep};

fn main() -> Result<(), Box<dyn Error>> {
    let waveform = Waveform::default();
    let constants = Constants::default();
    let boundary = Site { tip_barrier_ev: 0.245, activation_ev: 0.38, boundary_barrier_ev: 0.06, ..Site::default() };
    for (name, site) in [("grain", Site::default()), ("boundary", boundary)] {
        for suns in [0.0, 0.1] {
            sweep(&site, Suns(suns), &waveform, &constants)?;
            let start = Instant::now();
            for _ in 0..2000 {
                black_box(sweep(black_box(&site), Suns(suns), &waveform, &constants)?);
            }
            println!("{name} at {suns} suns: {:.1} µs per sweep of 251", start.elapsed().as_secs_f64() / 2000.0 * 1e6);
        }
    }
    Ok(())
}

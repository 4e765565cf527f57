//! Large images: time and memory of a film and its measured topography against the number of pixels.
//!
//! `cargo bench --workspace --bench large`. Peak memory is that of the whole process so far, so sizes rise.

use std::time::Instant;
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Instrument, MasterSeed, Meters, ScanGrid};
use tiptwin_sim::transport::Constants;
use tiptwin_sim::{FilmSpec, Level, Realism};

/// Pixels of one size everywhere, so that larger images show more film and not the same in more detail.
const PIXEL_NM: f64 = 10.0;

/// Largest resident memory of this process so far, MB, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}

#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
fn main() {
    println!("film and its topography at typical realism, {PIXEL_NM} nm a pixel\n");
    println!("{:>13} {:>9} {:>9} {:>12} {:>9}", "pixels", "grains", "seconds", "µs a pixel", "peak MB");
    for edge in [128, 256, 512, 1024, 2048, 4096] {
        let size = Meters(PIXEL_NM * 1e-9 * f64::from(edge));
        // A film holds some grains across, however small the scan.
        let usual = FilmSpec::default();
        let spec = FilmSpec { film_size: Meters(size.0.max(usual.film_size.0)), ..usual };
        let (seed, start) = (MasterSeed(1), Instant::now());
        let realism = Realism::level(Level::Typical);
        let mut twin = Twin::with_realism(&spec, &realism, Constants::default(), seed, seed).expect("film");
        let image = twin.scan_topography(ScanGrid::square(size, edge as usize)).expect("scans");
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{:>6} × {:<4} {:>9} {seconds:>9.3} {:>12.3} {:>9}",
            edge,
            edge,
            twin.film().graph().grains.len(),
            1e6 * seconds / image.values.len() as f64,
            peak_mb().map_or("?".into(), |mb| format!("{mb:.0}")),
        );
    }
}

//! What it costs to make a film and to scan it. Run with `--release`, with a seed as argument.
#![expect(clippy::print_stdout, reason = "a command that reports timings")]

use std::error::Error;
use std::time::Instant;
use tiptwin_instrument::{MasterSeed, Meters, ScanGrid};
use tiptwin_sim::{Film, FilmSpec};

fn main() -> Result<(), Box<dyn Error>> {
    let seed = std::env::args().nth(1).map_or(Ok(0), |s| s.parse())?;
    for relax_steps in [0, FilmSpec::default().relax_steps] {
        let spec = FilmSpec { relax_steps, ..FilmSpec::default() };
        let start = Instant::now();
        let film = Film::generate(&spec, MasterSeed(seed))?;
        let made = start.elapsed();
        let heights = film.topography(&ScanGrid::square(Meters(3e-6), 128));
        println!(
            "relaxation in {relax_steps} steps: film {:.1} ms, 128 × 128 heights {:.1} ms, mean {:.1} nm",
            made.as_secs_f64() * 1e3,
            (start.elapsed() - made).as_secs_f64() * 1e3,
            heights.sum() / heights.len() as f64 * 1e9
        );
    }
    Ok(())
}

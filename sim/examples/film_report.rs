//! Statistics of a film and what it costs to make and to sample. Run with `--release`, with a seed as argument.
#![expect(clippy::print_stdout, reason = "a command that reports numbers")]

use std::error::Error;
use std::time::Instant;
use tiptwin_instrument::{MasterSeed, Meters, ScanGrid};
use tiptwin_sim::{Film, FilmSpec};

fn main() -> Result<(), Box<dyn Error>> {
    let seed = std::env::args().nth(1).map_or(Ok(0), |s| s.parse())?;
    let start = Instant::now();
    let film = Film::generate(&FilmSpec::default(), MasterSeed(seed))?;
    println!("generated in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let grid = ScanGrid::square(Meters(3e-6), 128);
    let start = Instant::now();
    let heights = film.topography(&grid);
    println!(
        "128 × 128 topography in {:.1} ms, mean {:.2e} m",
        start.elapsed().as_secs_f64() * 1e3,
        heights.sum() / heights.len() as f64
    );
    let start = Instant::now();
    let mut barriers_ev = 0.0;
    for row in 0..grid.rows {
        for col in 0..grid.cols {
            barriers_ev += film.site(grid.position(tiptwin_instrument::Pixel { row, col })).boundary_barrier_ev;
        }
    }
    println!(
        "16384 sites in {:.1} ms, mean barrier {:.4} eV",
        start.elapsed().as_secs_f64() * 1e3,
        barriers_ev / grid.len() as f64
    );
    println!("{:#?}", film.statistics());
    Ok(())
}

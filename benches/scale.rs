//! How tiptwin's decisions grow with image and measurements: time and peak memory.
//!
//! `cargo bench --workspace --bench scale`, or one line of it with `-- EDGE POINTS`. Every line is a process of its own, so that its peak
//! memory is its own. The image is a film's relief, the picks are random, the height stands in for the property. Of the decisions
//! around POINTS, one trains (and makes the whole map anew), the others take in one point; the first one also looks at the image. The
//! sizes and what is expected of them are in docs/scale.md.

use rand::RngExt;
use std::process::{Command, ExitCode};
use std::time::Instant;
use tiptwin_core::model::Tiptwin;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::strategy::{ModelStrategy, Rule};
use tiptwin_core::{Candidates, Measured, Strategy, View};
use tiptwin_instrument::{MasterSeed, Meters, ScanGrid, Stream};
use tiptwin_sim::{Film, FilmSpec};

/// Pixels of one size everywhere, so that larger images show more film and not the same in more detail.
const PIXEL_NM: f64 = 10.0;
const WINDOW: usize = 16;
const LINES: [(usize, usize); 9] =
    [(128, 50), (128, 200), (128, 500), (128, 1000), (128, 2000), (512, 50), (512, 200), (2048, 50), (2048, 200)];

/// Largest resident memory of this process so far, MB, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}

/// Processor time of all threads of this process so far, s, in hundredths, where the system tells; 0 elsewhere.
fn processor() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in brackets, may hold blanks; user and system time are the 12th and 13th field behind it.
    let behind = told.rsplit(')').next().unwrap_or_default();
    behind.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The largest number up to `points` at which the learner trains: 4, then each an eighth or at least 2 more.
fn training(points: usize) -> usize {
    std::iter::successors(Some(4), |n| Some(n + (n / 8).max(2))).take_while(|n| *n <= points).last().unwrap_or(4)
}

#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
fn line(edge: usize, points: usize) {
    let size = Meters(PIXEL_NM * 1e-9 * edge as f64);
    let usual = FilmSpec::default();
    let spec = FilmSpec { film_size: Meters(size.0.max(usual.film_size.0)), ..usual };
    let grid = ScanGrid::square(size, edge);
    let image = Film::generate(&spec, MasterSeed(1)).expect("film").topography(&grid);
    let before = peak_mb();
    let candidates = Candidates::new(image, WINDOW, grid.pixel_width(), grid.pixel_height()).expect("a window fits");
    let mut rng = MasterSeed(1).rng(Stream::Baseline, 0);
    let trains = training(points);
    let measured: Vec<Measured> = (0..trains + 2)
        .map(|_| {
            let index = rng.random_range(0..candidates.len());
            let pixel = candidates.pixel(index);
            Measured { index, value: candidates.structure()[[pixel.row, pixel.col]] }
        })
        .collect();
    let learner = Tiptwin::new(MasterSeed(1).rng(Stream::NetworkInit, 0), ComputeDevice::Flex);
    let mut strategy = ModelStrategy::new("tiptwin", Box::new(learner), Rule::MaxVariance);
    let open = vec![true; candidates.len()];
    let mut decide = |n: usize| {
        let view = View { candidates: &candidates, measured: &measured[..n], noise_sigma: None };
        let (start, busy) = (Instant::now(), processor());
        strategy.choose(&view, &open, &mut rng).expect("chooses");
        (start.elapsed().as_secs_f64(), processor() - busy)
    };
    let first = decide(1);
    // Trains at all numbers before, without a map for each.
    decide(trains - 1);
    let (train, next, after) = (decide(trains), decide(trains + 1), decide(trains + 2));
    let mb = |mb: Option<f64>| mb.map_or("?".into(), |mb| format!("{mb:.0}"));
    println!(
        "{edge:>6}² {:>10} {trains:>7} {:>9.3} {:>9.2} {:>9.3} {:>9.2} {:>9.4} {:>9.2} {:>9} {:>9}",
        candidates.len(),
        first.0,
        first.1,
        train.0,
        train.1,
        next.0.min(after.0),
        0.5 * (next.1 + after.1),
        mb(peak_mb()),
        mb(before)
    );
}

#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    if let [edge, points] = numbers[..] {
        line(edge, points);
        return ExitCode::SUCCESS;
    }
    println!("seconds per decision of tiptwin, and processor time of all {} threads\n", rayon::current_num_threads());
    println!(
        "{:>7} {:>10} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "pixels", "candidates", "points", "first", "CPU", "training", "CPU", "other", "CPU", "peak MB", "film MB"
    );
    let Ok(me) = std::env::current_exe() else { return ExitCode::FAILURE };
    let run = |(edge, points): (usize, usize)| {
        Command::new(&me).args([edge.to_string(), points.to_string()]).status().is_ok_and(|s| s.success())
    };
    if LINES.into_iter().all(run) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

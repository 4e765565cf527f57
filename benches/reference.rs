//! The published learner against the arithmetic it needs.
//!
//! `cargo bench --workspace --bench reference`. A fit is 200 passes forward and backward through 256-1000-500-50-2 and the N³ parts of the
//! likelihood; a map is a pass forward for every candidate and the N² part of its variance. The bound is the time in which the machine
//! would do so many operations if all were one large product of single-precision matrices (`square`), and in which it does the
//! products of the network in their own shapes, one after the other (`shapes`); the products are faer's, the fastest here that needs
//! no special build. Everything on one thread and in the processor time of that thread, so that a busy machine counts less.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rand::RngExt;
use std::hint::black_box;
use std::time::Instant;
use tiptwin_core::model::Reference;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::{Candidates, Measured, Model, View};
use tiptwin_instrument::{MasterSeed, Meters, ScanGrid, Stream};
use tiptwin_sim::{Film, FilmSpec};

const WIDTHS: [usize; 5] = [256, 1000, 500, 50, 2];
const STEPS: usize = 200;
/// Candidates embedded together by the model.
const BLOCK: usize = 1024;

/// Processor time of this thread, s; the time of day where the system does not tell.
fn seconds(since: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|s| s.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| since.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

/// Seconds of the fastest of some runs.
fn fastest(runs: usize, mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    let timed = (0..runs).map(|_| {
        let start = seconds(began);
        work();
        seconds(began) - start
    });
    timed.fold(f64::INFINITY, f64::min)
}

/// Seconds of a product m×k by k×n in single precision.
fn product(m: usize, k: usize, n: usize) -> f64 {
    let matrix = |rows, cols| Mat::<f32>::from_fn(rows, cols, |i, j| ((i * 7 + j * 3) % 11) as f32 * 0.1 - 0.5);
    let (a, b, mut c) = (matrix(m, k), matrix(k, n), matrix(m, n));
    // A tenth of a second at 100 GFLOP/s: the system counts processor time in milliseconds.
    let repeats = 1 + 5_000_000_000 / (m * k * n);
    let all = fastest(3, || {
        for _ in 0..repeats {
            matmul(c.as_mut(), Accum::Replace, black_box(a.as_ref()), b.as_ref(), 1.0, Par::Seq);
        }
    });
    all / repeats as f64
}

/// Operations and seconds, in their own shapes, of the products of a pass forward, and of one backward, for `rows` rows.
fn pass(rows: usize, backward: bool) -> (f64, f64) {
    let (mut operations, mut seconds) = (0.0, 0.0);
    let mut count = |m: usize, k: usize, n: usize| {
        operations += 2.0 * (m * k * n) as f64;
        seconds += product(m, k, n);
    };
    for (l, w) in WIDTHS.windows(2).enumerate() {
        if backward {
            count(w[0], rows, w[1]);
            // Nobody asks for the gradient of the input.
            if l > 0 {
                count(rows, w[1], w[0]);
            }
        } else {
            count(rows, w[0], w[1]);
        }
    }
    (operations, seconds)
}

#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
fn main() {
    let film = Film::generate(&FilmSpec::default(), MasterSeed(1)).expect("default film");
    let grid = ScanGrid::square(Meters(3e-6), 128);
    let candidates =
        Candidates::new(film.topography(&grid), 16, grid.pixel_width(), grid.pixel_height()).expect("a window fits");
    let mut rng = MasterSeed(1).rng(Stream::Baseline, 0);
    let measured: Vec<Measured> = (0..200)
        .map(|_| {
            let index = rng.random_range(0..candidates.len());
            let pixel = candidates.pixel(index);
            Measured { index, value: candidates.structure()[[pixel.row, pixel.col]] }
        })
        .collect();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    one.install(|| {
        let rate = 2.0 * 1024f64.powi(3) / product(1024, 1024, 1024);
        println!("sgemm, 1024³: {:.1} GFLOP/s on one thread\n", rate * 1e-9);
        println!(
            "{:>6} {:>9} {:>9} {:>10} {:>10} {:>9} {:>9}",
            "points", "GFLOP", "seconds", "square, s", "shapes, s", "/ square", "/ shapes"
        );
        for n in [25, 50, 100, 200] {
            let view = View { candidates: &candidates, measured: &measured[..n], noise_sigma: None };
            let seconds = fastest(2, || {
                let weights = MasterSeed(1).rng(Stream::NetworkInit, 0);
                let mut model = Reference::new(weights, ComputeDevice::Flex);
                black_box(model.predict(&view).expect("predicts"));
            });
            let blocks = candidates.len() as f64 / BLOCK as f64;
            let (forward, backward, embed) = (pass(n, false), pass(n, true), pass(BLOCK, false));
            let network = STEPS as f64 * (forward.0 + backward.0) + blocks * embed.0;
            // A third of N³ to factorise, two thirds to invert; for a map, N² for each candidate.
            let process = STEPS as f64 * (n as f64).powi(3) + candidates.len() as f64 * (n as f64).powi(2);
            let square = (network + process) / rate;
            let shapes = STEPS as f64 * (forward.1 + backward.1) + blocks * embed.1 + process / rate;
            println!(
                "{n:>6} {:>9.1} {seconds:>9.2} {square:>10.2} {shapes:>10.2} {:>9.2} {:>9.2}",
                (network + process) * 1e-9,
                seconds / square,
                seconds / shapes
            );
        }
    });
}

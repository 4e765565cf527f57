//! What the twin costs: a film, its image through a real tip, one sweep, the truth of a scan.

use criterion::{Criterion, criterion_group, criterion_main};
use rayon::prelude::*;
use std::hint::black_box;
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Instrument, MasterSeed, Meters, Pixel, Position, ScanGrid, Suns, Waveform};
use tiptwin_sim::transport::{Constants, sweep};
use tiptwin_sim::{Film, FilmSpec, Level, Realism};

fn film(c: &mut Criterion) {
    let spec = FilmSpec::default();
    c.bench_function("film, 6 µm", |b| b.iter(|| Film::generate(black_box(&spec), MasterSeed(1))));
    let film = Film::generate(&spec, MasterSeed(1)).expect("default film");
    let grid = ScanGrid::square(Meters(3e-6), 128);
    c.bench_function("heights, 128 × 128", |b| b.iter(|| film.topography(black_box(&grid))));
    let typical = Realism::level(Level::Typical);
    c.bench_function("film and its measured topography, 128 × 128, typical realism", |b| {
        b.iter(|| {
            let seed = MasterSeed(1);
            let mut twin =
                Twin::with_realism(black_box(&spec), &typical, Constants::default(), seed, seed).expect("film");
            twin.scan_topography(grid).expect("scans")
        });
    });
}

fn transport(c: &mut Criterion) {
    let film = Film::generate(&FilmSpec::default(), MasterSeed(1)).expect("default film");
    let (waveform, constants) = (Waveform::default(), Constants::default());
    for (name, light) in [("dark", Suns(0.0)), ("0.1 sun", Suns(0.1))] {
        let site = film.site(Position::new(1e-6, 1e-6));
        c.bench_function(&format!("sweep, 251 samples, {name}"), |b| {
            b.iter(|| sweep(black_box(&site), light, &waveform, &constants));
        });
    }
    let grid = ScanGrid::square(Meters(3e-6), 128);
    let mut group = c.benchmark_group("truth");
    group.sample_size(10);
    group.bench_function("16,384 sweeps of 128 × 128, all cores", |b| {
        b.iter(|| {
            let of = |i: usize| {
                let site = film.site(grid.position(Pixel { row: i / grid.cols, col: i % grid.cols }));
                sweep(&site, Suns(0.0), &waveform, &constants).expect("sweeps").current_a[125]
            };
            (0..grid.len()).into_par_iter().map(of).sum::<f64>()
        });
    });
    group.finish();
}

criterion_group!(benches, film, transport);
criterion_main!(benches);

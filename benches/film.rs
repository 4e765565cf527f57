//! What the twin costs: a film, its topography, one sweep.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tiptwin_instrument::{MasterSeed, Meters, Position, ScanGrid, Suns, Waveform};
use tiptwin_sim::transport::{Constants, sweep};
use tiptwin_sim::{Film, FilmSpec};

fn film(c: &mut Criterion) {
    let spec = FilmSpec::default();
    c.bench_function("film, 6 µm", |b| b.iter(|| Film::generate(black_box(&spec), MasterSeed(1))));
    let film = Film::generate(&spec, MasterSeed(1)).expect("default film");
    let grid = ScanGrid::square(Meters(3e-6), 128);
    c.bench_function("topography, 128 × 128", |b| b.iter(|| film.topography(black_box(&grid))));
    let (waveform, constants) = (Waveform::default(), Constants::default());
    for (name, light) in [("dark", Suns(0.0)), ("0.1 sun", Suns(0.1))] {
        let site = film.site(Position::new(1e-6, 1e-6));
        c.bench_function(&format!("sweep, 251 samples, {name}"), |b| {
            b.iter(|| sweep(black_box(&site), light, &waveform, &constants));
        });
    }
}

criterion_group!(benches, film);
criterion_main!(benches);

//! What a map costs: fitting and predicting all 12,769 candidates of a 128 × 128 image.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rand::RngExt;
use std::hint::black_box;
use tiptwin_core::model::{Reference, Tiptwin};
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::{Candidates, Measured, Model, View};
use tiptwin_instrument::{MasterSeed, Meters, ScanGrid, Stream};
use tiptwin_sim::{Film, FilmSpec};

fn decision(c: &mut Criterion) {
    let film = Film::generate(&FilmSpec::default(), MasterSeed(1)).expect("default film");
    let grid = ScanGrid::square(Meters(3e-6), 128);
    let candidates =
        Candidates::new(film.topography(&grid), 16, grid.pixel_width(), grid.pixel_height()).expect("a window fits");
    let mut rng = MasterSeed(1).rng(Stream::Baseline, 0);
    // The height stands in for a property: only the arithmetic is timed.
    let measured: Vec<Measured> = (0..200)
        .map(|_| {
            let index = rng.random_range(0..candidates.len());
            let pixel = candidates.pixel(index);
            Measured { index, value: candidates.structure()[[pixel.row, pixel.col]] }
        })
        .collect();
    let weights = || MasterSeed(1).rng(Stream::NetworkInit, 0);
    let new = |name: &str| -> Box<dyn Model> {
        match name {
            "reference" => Box::new(Reference::new(weights(), ComputeDevice::Flex)),
            _ => Box::new(Tiptwin::new(weights(), ComputeDevice::Flex)),
        }
    };
    let mut group = c.benchmark_group("fit from scratch and predict 12,769 candidates");
    group.sample_size(10);
    for name in ["tiptwin", "reference"] {
        for n in [10, 50, 200] {
            let view = View { candidates: &candidates, measured: &measured[..n], noise_sigma: None };
            group.bench_function(format!("{name}, n = {n}"), |b| {
                b.iter_batched(
                    || new(name),
                    |mut model| model.predict(black_box(&view)).expect("predicts"),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();

    // What most decisions are: one more point, no training (the schedule trains at 182 and 204).
    let at = |n: usize| View { candidates: &candidates, measured: &measured[..n], noise_sigma: None };
    c.bench_function("one more point and predict 12,769 candidates, tiptwin, n = 200", |b| {
        b.iter_batched(
            || {
                let mut model = new("tiptwin");
                model.predict(&at(199)).expect("predicts");
                model
            },
            |mut model| model.predict(black_box(&at(200))).expect("predicts"),
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, decision);
criterion_main!(benches);

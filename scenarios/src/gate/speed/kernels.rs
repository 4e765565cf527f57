//! What is counted: a dozen pieces of work that the time of an exploration goes into.
//!
//! Each is prepared first, which is not counted, and does the same work every time. Inputs are those of the demo where that is
//! not too long on a simulated core, which is about fifty times slower than a real one.

use crate::config::Scenario;
use crate::picture::ColourMap;
use crate::progress::Progress;
use crate::run::{self, Contender, RunError, Stopper};
use ndarray::Array2;
use rand::RngExt;
use std::hint::black_box;
use std::path::Path;
use tiptwin_core::gp::{Kernel as Covariance, Likelihood, Process, Shape, Term, mean::ConstantMean, noise::WhiteNoise};
use tiptwin_core::model::Tiptwin;
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::strategy::{ModelStrategy, Rule};
use tiptwin_core::{Candidates, Measured, Model, Strategy, View, descriptor, features};
use tiptwin_drivers::Twin;
use tiptwin_instrument::log::{self, Decision, Event};
use tiptwin_instrument::{
    Amps, Instrument, MasterSeed, Meters, Pixel, Position, ScanGrid, Seconds, Stream, Suns, Waveform,
};
use tiptwin_sim::transport::{Constants, sweep};
use tiptwin_sim::{Film, FilmSpec, Level, Realism};

/// A piece of work with its name.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Name in files and tables.
    pub name: &'static str,
    /// What it does.
    pub title: &'static str,
    /// What its planted slowdown is, where it has one.
    pub slow: Option<&'static str>,
    prepare: fn(slow: bool) -> Result<Work, RunError>,
}

/// Prepared work.
type Work = Box<dyn FnMut()>;

/// All of them.
pub const ALL: [Kernel; 12] = [
    Kernel { name: "film", title: "film of 6 µm", slow: None, prepare: |_| Ok(film()) },
    Kernel { name: "topography", title: "topography, 64 × 64, typical realism", slow: None, prepare: topography },
    Kernel { name: "sweep-dark", title: "10 sweeps of 251 samples, dark", slow: None, prepare: |_| sweeps(0.0) },
    Kernel { name: "sweep-light", title: "10 sweeps of 251 samples, 0.1 sun", slow: None, prepare: |_| sweeps(0.1) },
    Kernel { name: "descriptors", title: "every descriptor of 10 noisy curves", slow: None, prepare: descriptors },
    Kernel { name: "features", title: "features of 128 × 128 pixels", slow: None, prepare: image_features },
    Kernel { name: "likelihood", title: "likelihood and gradient, n = 100", slow: None, prepare: |_| Ok(likelihood()) },
    Kernel {
        name: "training",
        title: "every training of tiptwin's model up to n = 50",
        slow: Some("trained twice, once in vain"),
        prepare: training,
    },
    Kernel {
        name: "one-more",
        title: "map of 12,769 candidates after one more measurement, n = 50",
        slow: Some("the map made anew instead of updated"),
        prepare: one_more,
    },
    Kernel {
        name: "integrated-variance",
        title: "choice by integrated variance, n = 50",
        slow: Some("chosen twice, once in vain"),
        prepare: integrated_variance,
    },
    Kernel { name: "report", title: "report of a run folder, 32 × 32 pixels", slow: None, prepare: report },
    Kernel {
        name: "journal",
        title: "400 events written and read",
        slow: Some("read twice, once in vain"),
        prepare: |slow| Ok(journal(slow)),
    },
];

/// Part of the name of the function that callgrind counts in.
pub const COUNTED: &str = "counted_by_callgrind";

/// Keeps a result from being left out as useless.
fn done<T>(value: T) {
    drop(black_box(value));
}

/// Does the work. Not inlined and without a tail call, so that there is an entry and an exit to see.
#[inline(never)]
fn counted_by_callgrind(work: &mut dyn FnMut()) {
    work();
    black_box(());
}

/// Prepares a kernel and does its work once, on this thread alone: callgrind counts each thread for itself.
pub fn play(kernel: &Kernel, slow: bool) -> Result<(), RunError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    let pool = pool.map_err(|e| RunError::Input(format!("no thread pool of this thread alone: {e}")))?;
    pool.install(|| {
        let mut work = (kernel.prepare)(slow)?;
        counted_by_callgrind(work.as_mut());
        Ok(())
    })
}

/// Extensions of the processor that the program finds.
pub fn features_found() -> String {
    let mut found: Vec<&str> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! ask {
            ($($name:tt)*) => { $( if std::arch::is_x86_feature_detected!($name) { found.push($name); } )* };
        }
        ask!("sse4.2" "popcnt" "avx" "avx2" "fma" "bmi1" "bmi2" "lzcnt" "f16c" "avx512f" "avx512bw" "avx512vl");
    }
    #[cfg(target_arch = "aarch64")]
    {
        macro_rules! ask {
            ($($name:tt)*) => { $( if std::arch::is_aarch64_feature_detected!($name) { found.push($name); } )* };
        }
        ask!("neon" "fp16" "dotprod" "sve" "sve2");
    }
    if found.is_empty() {
        found.push("unknown");
    }
    found.join(" ")
}

const SEED: MasterSeed = MasterSeed(1);

fn the_film() -> Result<Film, RunError> {
    Ok(Film::generate(&FilmSpec::default(), SEED)?)
}

fn film() -> Work {
    let spec = FilmSpec::default();
    Box::new(move || done(Film::generate(black_box(&spec), SEED)))
}

fn topography(_: bool) -> Result<Work, RunError> {
    let typical = Realism::level(Level::Typical);
    let mut twin = Twin::with_realism(&FilmSpec::default(), &typical, Constants::default(), SEED, SEED)?;
    let grid = ScanGrid::square(Meters(3e-6), 64);
    Ok(Box::new(move || done(twin.scan_topography(grid))))
}

/// Ten places on a diagonal of the film.
fn places() -> impl Iterator<Item = Position> + Clone {
    (0..10).map(|i| Position::new(3e-7 * f64::from(i) + 1e-7, 2.5e-7 * f64::from(i) + 2e-7))
}

fn sweeps(light: f64) -> Result<Work, RunError> {
    let film = the_film()?;
    let sites: Vec<_> = places().map(|at| film.site(at)).collect();
    let (waveform, constants) = (Waveform::default(), Constants::default());
    Ok(Box::new(move || {
        for site in &sites {
            done(sweep(black_box(site), Suns(light), &waveform, &constants));
        }
    }))
}

fn descriptors(_: bool) -> Result<Work, RunError> {
    let mut twin = Twin::new(&FilmSpec::default(), SEED, SEED)?;
    let noise = twin.describe().capabilities.current_noise.unwrap_or(Amps::ZERO);
    let curves = places().map(|at| twin.sweep_iv(at, &Waveform::default()));
    let curves = curves.collect::<Result<Vec<_>, _>>().map_err(|source| RunError::Instrument { source })?;
    Ok(Box::new(move || {
        for curve in &curves {
            for d in descriptor::all() {
                done(d.evaluate(black_box(curve), noise));
            }
        }
    }))
}

/// Windows of the heights of a film, and measurements at random places. The height stands in for a property: only the arithmetic counts.
fn explored(n: usize) -> Result<(Candidates, Vec<Measured>), RunError> {
    let grid = ScanGrid::square(Meters(3e-6), 128);
    let candidates = Candidates::new(the_film()?.topography(&grid), 16, grid.pixel_width(), grid.pixel_height())
        .map_err(|e| RunError::Session(e.into()))?;
    let mut rng = SEED.rng(Stream::Baseline, 0);
    let measured = (0..n).map(|_| {
        let index = rng.random_range(0..candidates.len());
        let pixel = candidates.pixel(index);
        Measured { index, value: candidates.structure()[[pixel.row, pixel.col]] }
    });
    let measured = measured.collect();
    Ok((candidates, measured))
}

fn view<'a>(candidates: &'a Candidates, measured: &'a [Measured]) -> View<'a> {
    View { candidates, measured, noise_sigma: None }
}

fn model() -> Tiptwin {
    Tiptwin::new(SEED.rng(Stream::NetworkInit, 0), ComputeDevice::Flex)
}

fn image_features(_: bool) -> Result<Work, RunError> {
    let (candidates, _) = explored(0)?;
    Ok(Box::new(move || done(features::structure_features(black_box(&candidates)))))
}

fn likelihood() -> Work {
    let mut rng = SEED.rng(Stream::Baseline, 1);
    let inputs = Array2::from_shape_fn((100, 10), |_| rng.random_range(-1.0..1.0));
    let targets: Vec<f64> = (0..100).map(|_| rng.random_range(-1.0..1.0)).collect();
    let term = |columns: std::ops::Range<usize>| Term {
        shape: Shape::Matern32,
        length_scales: vec![1.0; columns.len()],
        columns,
        output_scale: 1.0,
    };
    let kernel = Covariance { terms: vec![term(0..8), term(8..10)] };
    let process = Process { kernel, mean: ConstantMean(0.0), noise: WhiteNoise(0.1) };
    // With its memory in place, as within a training.
    let mut likelihood = Likelihood::default();
    done(likelihood.evaluate(&process, inputs.view(), &targets));
    Box::new(move || {
        done(likelihood.evaluate(&process, black_box(inputs.view()), &targets));
        done(likelihood.input_gradient(&process));
    })
}

/// The model trains at fixed numbers of measurements: a fresh one makes up for all of them at its first map.
fn training(slow: bool) -> Result<Work, RunError> {
    let (candidates, measured) = explored(50)?;
    // The features of the image have a kernel of their own: they are made before.
    let fresh = || -> Result<Tiptwin, RunError> {
        let mut model = model();
        model.predict(&view(&candidates, &measured[..3])).map_err(diverged)?;
        Ok(model)
    };
    let mut models = vec![fresh()?];
    if slow {
        models.push(fresh()?);
    }
    Ok(Box::new(move || {
        for model in &mut models {
            done(model.predict(&view(&candidates, &measured)));
        }
    }))
}

fn one_more(slow: bool) -> Result<Work, RunError> {
    let (candidates, measured) = explored(50)?;
    let mut model = model();
    if slow {
        // Asked for a map with beliefs, the model keeps what it was trained to and has no map to update.
        model.predict_believing(&view(&candidates, &measured[..49]), &[]).map_err(diverged)?;
    } else {
        model.predict(&view(&candidates, &measured[..49])).map_err(diverged)?;
    }
    Ok(Box::new(move || done(model.predict(&view(&candidates, &measured)))))
}

fn integrated_variance(slow: bool) -> Result<Work, RunError> {
    let (candidates, measured) = explored(50)?;
    let mut open = vec![true; candidates.len()];
    for m in &measured {
        open[m.index] = false;
    }
    let mut strategy = ModelStrategy::new("tiptwin", Box::new(model()), Rule::IntegratedVariance);
    strategy.predict(&view(&candidates, &measured)).map_err(diverged)?;
    Ok(Box::new(move || {
        for _ in 0..=usize::from(slow) {
            let rng = &mut SEED.rng(Stream::Strategy, 50);
            done(strategy.choose(&view(&candidates, &measured), &open, rng));
        }
    }))
}

fn report(_: bool) -> Result<Work, RunError> {
    const SCENARIO: &str = "[instrument]\ndriver = \"twin\"\n[scan]\nsize_um = 1.0\npixels = 32\n[measurement]\ntarget = \"max_current\"\n\
                            [explore]\nwindow_px = 8\nsteps = 5\n";
    let scenario = Scenario::parse("speed", "speed.toml", SCENARIO, Path::new("."), &[])?;
    let folder = tempfile::tempdir().map_err(run::io_error("use", Path::new("the folder for temporary files")))?;
    let contender = Contender::named(&scenario.explore, 1, ComputeDevice::Flex)?;
    run::explore(&scenario, contender, 1, &folder.path().join("run"), Progress::detect(true), &Stopper::default())?;
    Ok(Box::new(move || done(run::report_from(&folder.path().join("run"), ColourMap::Gold))))
}

fn journal(slow: bool) -> Work {
    let decision = |index: usize| {
        Event::Decision(Decision {
            index,
            pixel: Pixel { row: index % 113, col: index % 97 },
            position: Position::new(1e-8 * index as f64, 2e-8 * index as f64),
            mean: Some(1e-9 / (index + 1) as f64),
            sigma: Some(1e-10 / (index + 1) as f64),
            decide: Seconds(0.004),
        })
    };
    let events: Vec<Event> = (0..400).map(decision).collect();
    Box::new(move || {
        let lines = events.iter().enumerate().map(|(seq, event)| log::encode(seq as u64, event));
        let text: String = lines.map(Result::unwrap_or_default).collect();
        for _ in 0..=usize::from(slow) {
            done(log::decode(black_box(&text)));
        }
    })
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn diverged(error: tiptwin_core::ModelError) -> RunError {
    RunError::Input(format!("a kernel cannot be prepared: {error}"))
}

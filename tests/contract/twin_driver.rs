//! What only the twin promises.

use tiptwin_drivers::Twin;
use tiptwin_instrument::{Action, Instrument, Outcome, Position, ScanGrid, Seconds, Suns, Volts, Waveform};
use tiptwin_instrument::{MasterSeed, Meters};
use tiptwin_sim::FilmSpec;
use tiptwin_tests::twin;

#[test]
fn a_repeat_differs_by_noise_and_light_by_physics() {
    let mut twin = twin(1, 1);
    // The middle of a grain: a pinhole or an inclusion has no photocurrent.
    let at = inside_a_grain(&twin);
    let mut sweep = |repeat| {
        let action = Action::SweepIv { at, waveform: Waveform::default(), repeat };
        match twin.execute(&action).expect("sweeps").outcome {
            Outcome::Curve(curve) => curve.current_a,
            other => panic!("{other:?}"),
        }
    };
    let (first, again, repeat) = (sweep(0), sweep(0), sweep(1));
    assert_eq!(first, again, "the same measurement has the same noise");
    assert_ne!(first, repeat);
    let rms = (first.iter().zip(&repeat).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / first.len() as f64).sqrt();
    // Electronic noise of 1 pA on both, plus shot noise below 1 pA: between √2 and 2 pA.
    assert!((1.2e-12..2.2e-12).contains(&rms), "{rms}");
    twin.set_light(Suns(0.1)).expect("lights");
    let lit = twin.sweep_iv(at, &Waveform::default()).expect("sweeps").current_a;
    let at_zero_bias = lit[0];
    assert!(at_zero_bias < -5e-12, "photocurrent at zero bias, got {at_zero_bias}");
}

fn inside_a_grain(twin: &Twin) -> Position {
    let places = (0..900).map(|i| Position::new(f64::from(i % 30) * 1e-7, f64::from(i / 30) * 1e-7));
    let film = twin.film();
    places
        .filter(|p| film.defect(*p).is_none())
        .max_by(|a, b| film.nearest(*a).d_gb_m.total_cmp(&film.nearest(*b).d_gb_m))
        .expect("a film has grains")
}

#[test]
fn any_window_shows_the_same_surface() {
    let mut twin = twin(2, 2);
    let whole = twin.scan_topography(ScanGrid::square(Meters(2e-6), 64)).expect("scans");
    let quarter = ScanGrid { origin: Position::new(1e-6, 0.0), ..ScanGrid::square(Meters(1e-6), 32) };
    let part = twin.scan_topography(quarter).expect("scans");
    for ((r, c), value) in part.values.indexed_iter() {
        // Same true height; 0.1 nm of noise on each, six deviations apart at most.
        assert!((value - whole.values[[r, c + 32]]).abs() < 9e-10);
    }
}

#[test]
fn every_action_costs_its_time() {
    let mut twin = twin(1, 1);
    let mut now = 0.0;
    let mut cost = |action: Action| {
        let then = twin.execute(&action).expect("acts").instrument_time.0;
        let cost = then - now;
        now = then;
        cost
    };
    let close = |what: &str, found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{what}: {found} s");
    let grid = |rows| ScanGrid { rows, ..ScanGrid::square(Meters(1e-6), 16) };
    let at = |y_um: f64| Position::new(1e-6, 1e-6 * y_um);
    close("sixteen lines", cost(Action::ScanTopography { grid: grid(16) }), 16.0);
    close("eight lines", cost(Action::ScanChannel { grid: grid(8), channel: "height_retrace".into() }), 8.0);
    close("nine lines", cost(Action::ScanCurrent { grid: grid(9), bias: Volts(1.5) }), 9.0);
    close("the lamp", cost(Action::SetLight { intensity: Suns(0.1) }), 1.0);
    close("from nowhere", cost(Action::MoveTo { at: at(0.0) }), 0.0);
    close("a micrometre at 2 µm/s", cost(Action::MoveTo { at: at(1.0) }), 0.5);
    close("approach", cost(Action::Approach), 0.3);
    close("withdrawal", cost(Action::Withdraw), 0.3);
    let sweep = |y_um, waveform| Action::SweepIv { at: at(y_um), waveform, repeat: 0 };
    close("travel, contact and sweep", cost(sweep(2.0, Waveform::default())), 0.5 + 0.3 + 2.0);
    let held =
        Waveform::Conditioned { pre_bias: Volts(1.0), hold: Seconds(3.0), wait: Seconds(4.0), then: Box::default() };
    close("holds and rests too", cost(sweep(2.0, held)), 0.3 + 9.0);
}

#[test]
fn the_way_back_shows_the_same_film() {
    let mut twin = twin(2, 2);
    let grid = ScanGrid::square(Meters(1e-6), 32);
    let there = twin.scan_topography(grid).expect("scans");
    let back = twin.scan_channel(grid, "height_retrace").expect("scans");
    assert_eq!((back.unit.as_str(), back.channel.as_str()), ("m", "height_retrace"));
    assert_ne!(there.values, back.values, "noise of its own");
    // Without artefacts both are the surface with 0.1 nm of noise; six deviations of their difference.
    assert!(there.values.iter().zip(&back.values).all(|(a, b)| (a - b).abs() < 9e-10));
}

#[test]
fn seeds_are_films_and_noise() {
    let spec = FilmSpec::default();
    let grid = ScanGrid::square(Meters(1e-6), 16);
    let scan = |film, noise| {
        let mut twin = Twin::new(&spec, MasterSeed(film), MasterSeed(noise)).expect("film");
        twin.scan_topography(grid).expect("scans").values
    };
    assert_eq!(scan(1, 1), scan(1, 1));
    let far = |a: &ndarray::Array2<f64>, b: &ndarray::Array2<f64>| {
        a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
    };
    assert!(far(&scan(1, 1), &scan(1, 2)) < 1e-9, "another noise, the same film");
    assert!(far(&scan(1, 1), &scan(2, 1)) > 5e-9, "another film");
}

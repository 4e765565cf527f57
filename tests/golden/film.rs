//! Whole films: what is expected at grains, boundaries and junctions in the dark and under 0.1 sun.

use crate::loops::{areas, loop_share, max_a};
use crate::places::spread;
use tiptwin_core::descriptor::{Descriptor, TurnOnVoltage};
use tiptwin_instrument::{Amps, IvCurve, MasterSeed, Suns, Waveform};
use tiptwin_sim::transport::{Constants, sweep};
use tiptwin_sim::{Defects, Film, FilmSpec, Preset, Region};

/// One location: what it is, how near to boundary and junction (1 on them, 0 far away), and its noiseless peak currents.
struct Spot {
    region: Region,
    nearness: [f64; 2],
    dark_a: f64,
    lit_a: f64,
    dark_loop: f64,
    /// Turn-on voltage (V, at most the peak) and signed loop area (A·V), in the dark and in light.
    turn_on_v: [f64; 2],
    area_av: [f64; 2],
}

/// Locations spread evenly over a film.
fn spots(preset: Preset, defects: Defects, seed: u64, count: usize) -> Vec<Spot> {
    let film = Film::generate(&FilmSpec { preset, defects, ..FilmSpec::default() }, MasterSeed(seed)).expect("film");
    let waveform = Waveform::default();
    let bias_v = waveform.bias_v();
    let constants = Constants::default();
    spread(film.spec().film_size.0, count)
        .map(|at| {
            let site = film.site(at);
            let peak = |suns| sweep(&site, Suns(suns), &waveform, &constants).expect("sweeps").current_a;
            let (dark, lit) = (peak(0.0), peak(0.1));
            let near = film.nearest(at);
            let gauss = |d: f64, width: f64| (-0.5 * (d / width).powi(2)).exp();
            Spot {
                region: film.region(at),
                nearness: [gauss(near.d_gb_m, 25e-9), gauss(near.d_junction_m, 35e-9)],
                dark_a: max_a(&dark),
                lit_a: max_a(&lit),
                dark_loop: loop_share(&bias_v, &dark),
                turn_on_v: [&dark, &lit].map(|i| turn_on_v(&waveform, i)),
                area_av: [&dark, &lit].map(|i| {
                    let (up, down) = areas(&bias_v, i);
                    down - up
                }),
            }
        })
        .collect()
}

fn turn_on_v(waveform: &Waveform, current_a: &[f64]) -> f64 {
    let curve = IvCurve {
        bias_v: waveform.bias_v(),
        current_a: current_a.to_vec(),
        sample_interval: waveform.sample_interval(),
        saturated: false,
    };
    TurnOnVoltage::default().evaluate(&curve, Amps(1e-12)).expect("a voltage or its bound").value
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn of(spots: &[Spot], region: Region, value: impl Fn(&Spot) -> f64) -> f64 {
    median(spots.iter().filter(|s| s.region == region).map(value).collect())
}

/// Share of the variance of `y` that a plane over both nearnesses explains.
fn explained(spots: &[Spot], y: impl Fn(&Spot) -> f64) -> f64 {
    let n = spots.len() as f64;
    let mean = |f: &dyn Fn(&Spot) -> f64| spots.iter().map(f).sum::<f64>() / n;
    let centres = [mean(&|s| s.nearness[0]), mean(&|s| s.nearness[1])];
    let y_mean = mean(&y);
    let moment = |f: &dyn Fn(&Spot) -> f64| spots.iter().map(f).sum::<f64>();
    let u = |s: &Spot, k: usize| s.nearness[k] - centres[k];
    let (aa, ab, bb) = (moment(&|s| u(s, 0) * u(s, 0)), moment(&|s| u(s, 0) * u(s, 1)), moment(&|s| u(s, 1) * u(s, 1)));
    let (ay, by) = (moment(&|s| u(s, 0) * (y(s) - y_mean)), moment(&|s| u(s, 1) * (y(s) - y_mean)));
    let determinant = aa * bb - ab * ab;
    let slopes = [(ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant];
    let explained = slopes[0] * ay + slopes[1] * by;
    explained / moment(&|s| (y(s) - y_mean).powi(2))
}

const FILMS: std::ops::Range<u64> = 0..3;
const SPOTS: usize = 2000;

fn films(preset: Preset) -> impl Iterator<Item = Vec<Spot>> {
    FILMS.map(move |seed| spots(preset, Defects::NONE, seed, SPOTS))
}

/// What the electronics make of a peak: 1 pA of noise under everything.
fn measured_log(current_a: f64) -> f64 {
    current_a.hypot(1e-12).log10()
}

#[test]
fn golden_light_exceeds_dark_almost_everywhere() {
    for preset in Preset::ALL {
        for spots in films(preset) {
            let brighter = spots.iter().filter(|s| s.lit_a > s.dark_a).count();
            assert!(brighter as f64 > 0.95 * spots.len() as f64, "{}: {brighter} of {SPOTS}", preset.name());
        }
    }
}

#[test]
fn golden_junctions_insulate_in_the_dark_and_conduct_under_light() {
    for spots in films(Preset::Seed) {
        let junctions: Vec<&Spot> = spots.iter().filter(|s| s.region == Region::Junction).collect();
        // Five sigma of 1 pA and a hundred sigma. The rim of the disc, 35 nm out, may leak in the dark.
        let share = |holds: &dyn Fn(&Spot) -> bool| {
            junctions.iter().filter(|s| holds(s)).count() as f64 / junctions.len() as f64
        };
        assert!(junctions.len() > 100);
        assert!(share(&|s| s.dark_a < 5e-12) > 0.90);
        assert!(share(&|s| s.lit_a > 100e-12) > 0.99);
    }
}

#[test]
fn golden_medians_of_the_three_regions() {
    // The reference is one draw of 60 locations per class from another film: with a spread of 0.3 to 0.7 in
    // log10 I its medians are good to 0.3/√60·1.25 = 0.05 in grains and 0.7/√60·1.25 = 0.11 at boundaries in the dark.
    for spots in films(Preset::Seed) {
        for (region, dark_pa, dark_decades, lit_pa) in [
            (Region::Grain, Some(680.0), 0.15, 2539.0),
            (Region::Boundary, Some(39.0), 0.25, 1535.0),
            (Region::Junction, None, 0.0, 775.0),
        ] {
            let lit = of(&spots, region, |s| s.lit_a.log10() + 12.0);
            assert!((lit - f64::log10(lit_pa)).abs() < 0.10, "{region:?} lit: {lit}");
            if let Some(dark_pa) = dark_pa {
                let dark = of(&spots, region, |s| s.dark_a.log10() + 12.0);
                assert!((dark - f64::log10(dark_pa)).abs() < dark_decades, "{region:?} dark: {dark}");
            }
        }
        let (grain, boundary) =
            (of(&spots, Region::Grain, |s| s.dark_loop), of(&spots, Region::Boundary, |s| s.dark_loop));
        assert!(boundary < 0.5 * grain, "loops shrink at boundaries: {boundary} against {grain}");
    }
}

#[test]
fn golden_how_much_the_structure_explains() {
    // 0.89 and 0.64 were found on one film; films differ by 0.02.
    let mut others = [[0.0; 2]; 2];
    for spots in films(Preset::Seed) {
        let (dark, lit) = (explained(&spots, |s| measured_log(s.dark_a)), explained(&spots, |s| s.lit_a.log10()));
        assert!((dark - 0.89).abs() < 0.06 && (lit - 0.64).abs() < 0.10, "seed: {dark} {lit}");
        for (k, other) in others.iter_mut().enumerate() {
            other[0] += explained(&spots, |s| s.turn_on_v[k]) / FILMS.count() as f64;
            other[1] += explained(&spots, |s| s.area_av[k]) / FILMS.count() as f64;
        }
    }
    // Turn-on voltage and loop area, dark and lit. The reference read noisy curves of coarser steps: 0.1 as for the lit current.
    for (found, expected) in others.into_iter().zip([[0.81, 0.35], [0.74, 0.25]]) {
        assert!(
            (found[0] - expected[0]).abs() < 0.10 && (found[1] - expected[1]).abs() < 0.10,
            "{found:?} {expected:?}"
        );
    }
    for spots in films(Preset::Hard) {
        let dark = explained(&spots, |s| measured_log(s.dark_a));
        assert!((0.5..0.75).contains(&dark), "hard: {dark}");
    }
    // A plane fitted to 2000 unrelated numbers explains 2/2000; patches of one grain make that some ten times more.
    for spots in films(Preset::Random) {
        let dark = explained(&spots, |s| measured_log(s.dark_a));
        assert!(dark < 0.02, "random: {dark}");
    }
}

#[test]
fn golden_presets_disagree_about_boundaries() {
    let contrast = |preset| {
        let spots = spots(preset, Defects::NONE, 0, SPOTS);
        of(&spots, Region::Boundary, |s| s.dark_a.log10()) - of(&spots, Region::Grain, |s| s.dark_a.log10())
    };
    // Decades from grain to boundary: blocking by ten or more, nothing of its own (junctions reach in), helping.
    assert!(contrast(Preset::Seed) < -1.0);
    assert!((-0.6..0.1).contains(&contrast(Preset::BenignGb)));
    assert!(contrast(Preset::ConductiveGb) > 0.1);
}

#[test]
fn golden_how_much_the_structure_explains_with_all_defects() {
    // The films that a scenario gets. Defects that no topography shows take their share of the variance.
    for (preset, low, high) in [(Preset::Seed, 0.65, 0.95), (Preset::Hard, 0.5, 0.7), (Preset::Random, -0.01, 0.03)] {
        let films: Vec<f64> = (0..5)
            .map(|seed| explained(&spots(preset, Defects::default(), seed, SPOTS), |s| measured_log(s.dark_a)))
            .collect();
        let mean = films.iter().sum::<f64>() / films.len() as f64;
        assert!((low..high).contains(&mean), "{}: {films:?}", preset.name());
    }
}

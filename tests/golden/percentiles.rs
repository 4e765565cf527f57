//! How currents, turn-on voltages and loops spread over a film, in each region: the table of the reference prototype.

use crate::loops::{areas, max_a, triangle};
use crate::places::spread;
use tiptwin_core::descriptor::{Descriptor, TurnOnVoltage};
use tiptwin_instrument::{Amps, IvCurve, MasterSeed, Position, Stream, Suns};
use tiptwin_sim::transport::{Constants, sweep};
use tiptwin_sim::{Amplifier, Defects, Film, FilmSpec, Region};

/// What is read off one noisy curve: largest current, pA; turn-on voltage, V; signed loop area, pA·V.
type Read = [f64; 3];

/// The 10, 50 and 90 % quantiles of each.
type Row = [[f64; 3]; 3];

const DARK: [(Region, Row); 3] = [
    (Region::Grain, [[18.0, 680.0, 1204.0], [0.34, 0.54, 1.13], [0.7, 31.0, 143.0]]),
    (Region::Boundary, [[4.4, 39.0, 212.0], [0.56, 0.79, 1.5], [-0.1, 0.5, 5.2]]),
    (Region::Junction, [[2.0, 2.7, 4.4], [1.5, 1.5, 1.5], [f64::NAN; 3]]),
];

const LIT: [(Region, Row); 3] = [
    (Region::Grain, [[1325.0, 2539.0, 3780.0], [0.34, 0.38, 0.45], [1.1, 19.0, 82.0]]),
    (Region::Boundary, [[753.0, 1535.0, 2719.0], [0.41, 0.45, 0.45], [0.4, 2.9, 13.0]]),
    (Region::Junction, [[400.0, 775.0, 1275.0], [0.45, 0.49, 0.49], [0.0, 0.7, 2.4]]),
];

/// Curves of 40 steps a branch with 1 pA of noise at places spread evenly over three films without defects.
fn read(suns: f64) -> Vec<(Region, Read)> {
    let waveform = triangle(1.5, 1.5, 40);
    let (bias_v, interval) = (waveform.bias_v(), waveform.sample_interval());
    let amplifier = Amplifier { shot_noise: false, ..Amplifier::default() };
    (0..3)
        .flat_map(|seed| {
            let spec = FilmSpec { defects: Defects::NONE, ..FilmSpec::default() };
            let film = Film::generate(&spec, MasterSeed(seed)).expect("film");
            let one = |(i, at): (usize, Position)| {
                let ideal = sweep(&film.site(at), Suns(suns), &waveform, &Constants::default()).expect("sweeps");
                let mut rng = MasterSeed(seed).rng(Stream::CurrentNoise, i as u64);
                let (current_a, saturated) = amplifier.record(&ideal.current_a, interval, &mut rng);
                let (up, down) = areas(&bias_v, &current_a);
                let largest = max_a(&current_a);
                let curve = IvCurve { bias_v: bias_v.clone(), current_a, sample_interval: interval, saturated };
                let on = TurnOnVoltage::default().evaluate(&curve, Amps(1e-12)).expect("a voltage or its bound").value;
                (film.region(at), [largest * 1e12, on, (down - up) * 1e12])
            };
            spread(film.spec().film_size.0, 1500).enumerate().map(one).collect::<Vec<_>>()
        })
        .collect()
}

/// The reference took 60 places of a class on one film: its quantile at q lies between ours at q ± 3 √(q(1 − q)/60). The reference gives
/// the first sample of a turn-on, ours is interpolated: up to one step of 37.5 mV less.
fn agrees(what: &str, found: &[f64], reference: [f64; 3], slack: f64) -> Vec<String> {
    let share_below = |x: f64| found.iter().filter(|v| **v < x).count() as f64 / found.len() as f64;
    [0.1, 0.5, 0.9]
        .into_iter()
        .zip(reference)
        .filter_map(|(q, x): (f64, f64)| {
            let band = 3.0 * (q * (1.0 - q) / 60.0_f64).sqrt();
            let (low, high) = (share_below(x - slack), share_below(x + slack));
            (low > q + band || high < q - band)
                .then(|| format!("{what}: quantile {q} is {x} in the reference; below it lie {low:.2} to {high:.2}"))
        })
        .collect()
}

#[test]
fn golden_quantiles_of_every_region() {
    let mut wrong = Vec::new();
    for (suns, table) in [(0.0, DARK), (0.1, LIT)] {
        let all = read(suns);
        for (region, row) in table {
            let of = |k: usize| -> Vec<f64> { all.iter().filter(|r| r.0 == region).map(|r| r.1[k]).collect() };
            for (k, (name, digit)) in
                [("I_max (pA)", 0.0), ("V_on (V)", 0.04), ("A (pA V)", 0.05)].into_iter().enumerate()
            {
                if row[k][0].is_nan() {
                    continue;
                }
                let found = of(k);
                // Half a unit of the last printed digit of small numbers.
                let slack = if k == 0 { 0.05 } else { digit };
                wrong.extend(agrees(&format!("{region:?}, {suns} sun, {name}"), &found, row[k], slack));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

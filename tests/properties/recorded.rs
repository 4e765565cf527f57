//! Numbers 36 and 37: what the amplifier makes of a current.

use crate::loops::{areas, triangle};
use tiptwin_instrument::{Amps, MasterSeed, Seconds, Stream};
use tiptwin_sim::amplifier::telegraph::Trap;
use tiptwin_sim::amplifier::{Disturbances, Moment};
use tiptwin_sim::{Amplifier, displacement_current_a};

const SLOW: Seconds = Seconds(8e-3);

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
}

#[test]
fn prop_36_noise_and_shot_noise_have_their_variance() {
    let amplifier = Amplifier::default();
    let mut rng = MasterSeed(1).rng(Stream::CurrentNoise, 0);
    for current in [0.0, 1e-9, 10e-9] {
        let (recorded, saturated) = amplifier.record(&vec![current; 40_000], SLOW, &mut rng);
        // 2qIB: 0.57 pA at 1 nA and 1 kHz.
        let expected = 1e-24 + 2.0 * 1.602_176_634e-19 * current * 1e3;
        // The variance of 40000 normal numbers is known to √(2/40000) = 0.7 %; four of these.
        assert!((variance(&recorded) / expected - 1.0).abs() < 0.03, "at {current} A");
        assert!(!saturated);
    }
    assert_eq!(amplifier.noise_rms_a(), 1e-12);
}

#[test]
fn prop_36_clipping_sets_its_flag_and_the_converter_steps() {
    let amplifier = Amplifier { adc_step: Some(Amps(0.61e-12)), ..Amplifier::default() };
    let mut rng = MasterSeed(1).rng(Stream::CurrentNoise, 1);
    let (recorded, saturated) = amplifier.record(&[1e-9, -30e-9, 30e-9], SLOW, &mut rng);
    assert!(saturated);
    assert_eq!(&recorded[1..], &[-20e-9, 20e-9]);
    let steps = recorded[0] / 0.61e-12;
    assert!((steps - steps.round()).abs() < 1e-6, "{steps}");
}

#[test]
fn prop_36_the_pole_delays_and_correlates_fast_samples() {
    let silent = Amplifier { noise_rms: Amps(0.0), shot_noise: false, ..Amplifier::default() };
    let mut rng = MasterSeed(1).rng(Stream::CurrentNoise, 2);
    let mut step = vec![1e-9; 11];
    step[0] = 0.0;
    // Ten samples of a tenth of the time constant: 1 − 1/e.
    let tenth = Seconds(0.1 / (std::f64::consts::TAU * 1e3));
    let (recorded, _) = silent.record(&step, tenth, &mut rng);
    assert!((recorded[10] / 1e-9 - (1.0 - (-1.0_f64).exp())).abs() < 1e-9);
    let (noise, _) = Amplifier::default().record(&vec![0.0; 40_000], tenth, &mut rng);
    let lag: f64 = noise.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / 40_000.0;
    // exp(−0.1), known to about √(20/40000)·4 because twenty samples share their noise.
    assert!((lag / variance(&noise) - (-0.1_f64).exp()).abs() < 0.02);
    assert!((variance(&noise) / 1e-24 - 1.0).abs() < 0.15);
}

#[test]
fn prop_37_displacement_is_a_rectangle() {
    let waveform = triangle(1.5, 1.5, 125);
    let bias_v = waveform.bias_v();
    let mut current_a = displacement_current_a(&bias_v, waveform.sample_interval(), 0.5e-12);
    assert!(current_a[1..].iter().all(|i| (i.abs() - 0.75e-12).abs() < 1e-18));
    assert!(current_a[1..=125].iter().all(|&i| i > 0.0) && current_a[126..].iter().all(|&i| i < 0.0));
    // The first sample has no past, and the turning point belongs to the way up: the exact rectangle has neither.
    current_a[0] = current_a[1];
    let (up, down) = areas(&bias_v, &current_a);
    let expected = -2.0 * 0.5e-12 * 1.5 * 1.5;
    // One trapezoid of 125 changes sign on the way.
    assert!(((down - up) / expected - 1.0).abs() < 1.0 / 125.0, "{}", (down - up) / expected);
}

#[test]
fn prop_36_flicker_of_the_current_falls_as_one_over_f() {
    const N: usize = 512;
    let alpha = 1e-4;
    let silent = Amplifier { noise_rms: Amps(0.0), shot_noise: false, ..Amplifier::default() };
    let flicker = Disturbances { flicker: alpha, flicker_at_boundary: 1.0, ..Disturbances::NONE };
    let amplifier = Amplifier { disturbances: flicker, ..silent };
    let interval = Seconds(5e-4);
    let moment = Moment { interval, since_zero: Seconds(0.0), boundary: 0.0, trap: None };
    let (current, traces) = (1e-9, 400);
    let mut power = [0.0; N / 4];
    for trace in 0..traces {
        let mut rng = MasterSeed(2).rng(Stream::CurrentNoise, trace);
        let (recorded, _) = amplifier.record_at(&[current; N], &[], moment, &mut rng);
        for (k, sum) in power.iter_mut().enumerate().skip(4) {
            let (mut s, mut c) = (0.0, 0.0);
            for (i, value) in recorded.iter().enumerate() {
                // A Hann window: drift over the trace must not leak into all frequencies. Its mean square is 3/8.
                let window = (std::f64::consts::PI * (i as f64 + 0.5) / N as f64).sin().powi(2);
                let (sin, cos) = (std::f64::consts::TAU * (k * i) as f64 / N as f64).sin_cos();
                (s, c) = (s + window * (value - current) * sin, c + window * (value - current) * cos);
            }
            *sum += 2.0 * interval.0 / (N as f64 * 0.375) * (s * s + c * c) / f64::from(traces as u32);
        }
    }
    // S f / (α I²) over the octaves from 16 to 250 Hz: 1 for an exact 1/f. Sampled at 2 kHz, above twice the highest frequency, so that
    // nothing is folded back.
    let level = |from: usize| -> f64 {
        let bins = from..2 * from;
        let of = |k: usize| power[k] * (k as f64 / (N as f64 * interval.0)) / (alpha * current * current);
        bins.clone().map(of).sum::<f64>() / bins.len() as f64
    };
    let octaves: Vec<f64> = [4, 8, 16, 32].into_iter().map(level).collect();
    let slope = -1.0 + (octaves[3] / octaves[0]).log2() / 3.0;
    assert!((slope + 1.0).abs() < 0.1, "{slope} {octaves:?}");
    // 0.4 dB of ripple, and four bins of 400 traces known to 2.5 %.
    assert!(octaves.iter().all(|o| (o - 1.0).abs() < 0.15), "{octaves:?}");
    let (nothing, _) = amplifier.record_at(&[0.0; N], &[], moment, &mut MasterSeed(2).rng(Stream::CurrentNoise, 0));
    assert_eq!(nothing, [0.0; N], "no current, no flicker");
}

/// An amplifier that adds nothing of its own but one disturbance.
fn only(disturbances: Disturbances) -> Amplifier {
    Amplifier { noise_rms: Amps(0.0), shot_noise: false, disturbances, ..Amplifier::default() }
}

fn at_rest(since_zero: f64) -> Moment {
    Moment { interval: SLOW, since_zero: Seconds(since_zero), boundary: 0.0, trap: None }
}

#[test]
fn prop_36_every_disturbance_has_its_amount_and_none_at_zero() {
    let mut rng = MasterSeed(4).rng(Stream::CurrentNoise, 0);
    let bias_v = triangle(1.5, 1.5, 125).bias_v();
    let current: Vec<f64> = bias_v.iter().map(|v| 1e-9 * v * v).collect();
    let (recorded, _) = only(Disturbances::NONE).record_at(&current, &bias_v, at_rest(1e4), &mut rng);
    // The pole of 1 kHz forgets within 8 ms, but for exp(−50).
    assert!(recorded.iter().zip(&current).all(|(a, b)| (a - b).abs() <= 1e-15 * b.abs() + 1e-30));

    let offset = only(Disturbances { offset_a: 1e-12, ..Disturbances::NONE });
    let offsets: Vec<f64> = (0..4000).map(|_| offset.record_at(&[0.0; 5], &[], at_rest(0.0), &mut rng).0[3]).collect();
    // 4000 numbers know a deviation to 1.1 %; four of these.
    assert!((variance(&offsets).sqrt() / 1e-12 - 1.0).abs() < 0.045);
    let drift = only(Disturbances { offset_drift_a_per_s: 0.2e-12 / 60.0, ..Disturbances::NONE });
    let drifted = drift.record_at(&[0.0; 2], &[], at_rest(600.0), &mut rng).0;
    assert!((drifted[0] / 2e-12 - 1.0).abs() < 1e-9 && drifted[1] > drifted[0], "ten minutes of 0.2 pA");
    let hum = only(Disturbances { hum_a: 0.3e-12, ..Disturbances::NONE });
    let moment = Moment { interval: Seconds(1e-3), ..at_rest(0.0) };
    let (hummed, _) = hum.record_at(&vec![0.0; 4000], &[], moment, &mut rng);
    assert!((variance(&hummed).sqrt() / 0.3e-12 - 1.0).abs() < 1e-3, "whole periods");
    let capacitor = only(Disturbances { capacitance_f: 0.5e-12, ..Disturbances::NONE });
    let (displaced, _) = capacitor.record_at(&[0.0; 251], &bias_v, at_rest(0.0), &mut rng);
    assert!((displaced[60] - 0.75e-12).abs() < 1e-18 && (displaced[200] + 0.75e-12).abs() < 1e-18);
}

#[test]
fn prop_36_flicker_is_a_per_cent_of_the_current_and_three_times_as_strong_at_boundaries() {
    let flicker = only(Disturbances { flicker: 1e-5, flicker_at_boundary: 3.0, ..Disturbances::NONE });
    let rms = |boundary: f64| {
        let interval = Seconds(1e-3);
        let of = |trace: u64| {
            let mut rng = MasterSeed(6).rng(Stream::CurrentNoise, trace);
            let moment = Moment { interval, boundary, ..at_rest(0.0) };
            variance(&flicker.record_at(&[1e-9; 2000], &[], moment, &mut rng).0)
        };
        (0..200).map(of).sum::<f64>() / 200.0
    };
    // Two seconds at 1 kHz hold 0.5 Hz to 1 kHz with what folds back: α ln(2000) = (0.87 %)², less what the pole takes.
    let (inside, boundary) = (rms(0.0), rms(1.0));
    assert!((inside.sqrt() / 1e-9 / 0.0087 - 1.0).abs() < 0.15, "{}", inside.sqrt());
    assert!((boundary / inside - 3.0).abs() < 0.3, "{}", boundary / inside);
}

#[test]
fn prop_36_traps_switch_between_two_levels_at_their_rate() {
    let (amplitude, frequency_hz, interval) = (0.2, 20.0, Seconds(1e-3));
    let trap = Some(Trap { amplitude, frequency_hz });
    let moment = Moment { interval, trap, ..at_rest(0.0) };
    let mut rng = MasterSeed(7).rng(Stream::CurrentNoise, 0);
    let n = 200_000;
    let (recorded, _) = only(Disturbances::NONE).record_at(&vec![1e-9; n], &[], moment, &mut rng);
    let caught: Vec<bool> = recorded.iter().map(|i| *i < 0.9e-9).collect();
    // The pole leaves 0.2 % of a step.
    assert!(recorded.iter().all(|i| (i - 1e-9).abs() < 4e-13 || (i - 0.8e-9).abs() < 4e-13 * 2.0));
    let share = caught.iter().filter(|c| **c).count() as f64 / n as f64;
    assert!((share - 0.5).abs() < 0.03, "{share}");
    // Two switches a cycle; of those, 2 f Δt = 4 % happen twice between two samples.
    let switches = caught.windows(2).filter(|w| w[0] != w[1]).count() as f64 / (n as f64 * interval.0);
    assert!((switches / (2.0 * frequency_hz * 0.96) - 1.0).abs() < 0.05, "{switches} a second");

    let traps: Vec<Option<Trap>> =
        (0..20_000).map(|i| Trap::draw(0.05, &mut MasterSeed(8).rng(Stream::Contact, i))).collect();
    let found: Vec<Trap> = traps.into_iter().flatten().collect();
    // Four standard deviations of a share of 20000.
    assert!((found.len() as f64 / 20_000.0 - 0.05).abs() < 0.0062, "{}", found.len());
    assert!(found.iter().all(|t| (0.05..=0.30).contains(&t.amplitude) && (5.0..=50.0).contains(&t.frequency_hz)));
    let spread = |of: fn(&Trap) -> f64| found.iter().map(of).fold((f64::MAX, 0.0f64), |(l, h), x| (l.min(x), h.max(x)));
    assert!(spread(|t| t.amplitude).1 > 0.28 && spread(|t| t.frequency_hz).0 < 6.0, "the whole range is used");
    assert_eq!(Trap::draw(0.0, &mut MasterSeed(8).rng(Stream::Contact, 0)), None);
}

//! Numbers 36 and 37: what the amplifier makes of a current.

use crate::loops::{areas, triangle};
use tiptwin_instrument::{Amps, MasterSeed, Seconds, Stream};
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

//! Descriptors of simulated curves: without noise against the numbers of the reference prototype, with noise against the
//! noiseless value.

use crate::loops::{class, curve, triangle};
use tiptwin_core::descriptor::{
    BranchSeparation, Conductance, Correction, Descriptor, HysteresisArea, LoopArea, LoopShare, MaxCurrent,
    RectificationRatio, TurnOnHinge, TurnOnVoltage, by_name, forc,
};
use tiptwin_instrument::{Amps, IvCurve, MasterSeed, Seconds, Stream, Suns, Waveform};
use tiptwin_sim::amplifier::{Amplifier, displacement_current_a};
use tiptwin_sim::transport::{Column, Constants, Site, sweep_from};

fn swept(site: &Site, suns: f64, waveform: &Waveform) -> IvCurve {
    let (bias_v, current_a) = curve(site, suns, waveform);
    IvCurve { bias_v, current_a, sample_interval: waveform.sample_interval(), saturated: false }
}

fn recorded(ideal: &IvCurve, repeat: u64) -> IvCurve {
    let mut rng = MasterSeed(1).rng(Stream::CurrentNoise, repeat);
    let (current_a, saturated) = Amplifier::default().record(&ideal.current_a, ideal.sample_interval, &mut rng);
    IvCurve { current_a, saturated, ..ideal.clone() }
}

fn read(rule: &dyn Descriptor, curve: &IvCurve, noise: f64) -> f64 {
    rule.evaluate(curve, Amps(noise)).unwrap_or_else(|e| panic!("{}: {e}", rule.name())).value
}

/// One curve after the other, as one recording.
fn joined(curves: &[IvCurve]) -> IvCurve {
    let mut whole = curves[0].clone();
    for next in &curves[1..] {
        whole.bias_v.extend(&next.bias_v[1..]);
        whole.current_a.extend(&next.current_a[1..]);
    }
    whole
}

fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, expected {expected} ± {tolerance}");
}

#[test]
fn golden_noiseless_default_grain() {
    let grain = swept(&Site::default(), 0.0, &Waveform::default());
    // Half a unit of the last printed digit.
    close("V_on", read(&TurnOnVoltage::default(), &grain, 0.0), 0.386, 5e-4);
    close("A (pA V)", read(&LoopArea, &grain, 0.0) * 1e12, 84.7, 0.05);
    close("H_n", read(&LoopShare, &grain, 0.0), 0.0856, 5e-5);
    // 1083 pA is the peak sample; a median of three that meets only one of them takes its neighbour, 12 mV × 1.25 nS below.
    close("I_max (pA)", read(&MaxCurrent, &grain, 0.0) * 1e12, 1083.0, 15.0);
    let lit = swept(&Site::default(), 0.1, &Waveform::default());
    close("lit V_on", read(&TurnOnVoltage::default(), &lit, 0.0), 0.325, 5e-4);
    let photocurrent_a = read(by_name("short_circuit_current").expect("known").as_ref(), &lit, 0.0);
    close("I_sc (pA)", photocurrent_a * 1e12, -10.2, 0.1);
}

#[test]
fn golden_branches_of_the_default_grain_at_fixed_currents() {
    let grain = swept(&Site::default(), 0.0, &Waveform::default());
    // Down and up bias in volts as printed, each to half a millivolt.
    for (na, down_v, up_v) in [(0.05, 0.525, 0.670), (0.10, 0.591, 0.761), (0.20, 0.698, 0.865), (0.40, 0.887, 0.993)] {
        let rule = BranchSeparation { current: Amps(na * 1e-9) };
        close(&format!("separation at {na} nA"), read(&rule, &grain, 0.0), up_v - down_v, 1e-3);
    }
}

#[test]
fn golden_conductance_tends_to_the_spreading_resistance() {
    let grain = swept(&Site::default(), 0.0, &Waveform::default());
    // Above 1.2 V the default grain's dI/dV is 1/R_sp within 10 %.
    close("G (nS)", read(&Conductance, &grain, 0.0) * 1e9, 1e9 / Site::default().spreading_ohm, 0.125);
}

#[test]
fn golden_loops_that_grow() {
    let column = Column::new(&Site::default(), Suns(0.0), &Constants::default()).expect("column");
    let mut charge = column.rested_charge();
    let curves: Vec<IvCurve> = (1..=8)
        .map(|k| {
            let peak_v = 0.25 * f64::from(k);
            let waveform = triangle(peak_v, 1.5, (peak_v / 0.012).round() as usize);
            let swept = sweep_from(&column, &waveform, charge).expect("sweeps");
            charge = swept.charge_end;
            let (bias_v, sample_interval) = (waveform.bias_v(), waveform.sample_interval());
            IvCurve { bias_v, current_a: swept.current_a, sample_interval, saturated: false }
        })
        .collect();
    let areas = forc::areas(&joined(&curves));
    let expected = [0.0, -0.5, 6.7, 46.9, 68.4, 78.2, 84.6, 89.9];
    assert_eq!(areas.len(), expected.len());
    for (found, expected) in areas.iter().zip(expected) {
        // Half a unit of the last digit, and half a per cent because the reference does not say how many samples a loop has
        // (60 to 500 steps change the area of a single sweep by 1 %).
        close(&format!("loop to {}", found.peak), found.area_av * 1e12, expected, 0.05 + 0.005 * expected.abs());
    }
    // The row between the fourth and the fifth loop: going further raises the return branch, most where it rises.
    assert_eq!(forc::density(&joined(&curves)).len(), 7);
}

#[test]
fn golden_both_polarities_rectify() {
    let [forward, backward] = [1.5, -1.5].map(|v| swept(&Site::default(), 0.0, &triangle(v, 1.5, 125)));
    let ratio = read(&RectificationRatio, &joined(&[forward, backward]), 0.0);
    // 1083 pA over 0.3 pA, of which one digit is printed.
    assert!((1083.0 / 0.35..1083.0 / 0.25).contains(&ratio), "{ratio}");
}

#[test]
fn golden_capacitance_is_taken_out_exactly() {
    let clean = swept(&Site::default(), 0.0, &Waveform::default());
    let added = displacement_current_a(&clean.bias_v, clean.sample_interval, 0.5e-12);
    let current_a = clean.current_a.iter().zip(&added).map(|(i, c)| i + c).collect();
    let spoilt = IvCurve { current_a, ..clean.clone() };
    // −2 C rate V_peak = −2.25 pA V; the first sample carries none and the shared peak sample half.
    let shift = (read(&LoopArea, &spoilt, 0.0) - read(&LoopArea, &clean, 0.0)) * 1e12;
    close("area of the capacitor (pA V)", shift, -2.25, 2.25 * 0.012 / 1.5);
    let restored = Correction { offset: Amps::ZERO, capacitance_f: 0.5e-12 }.apply(&spoilt);
    // Rounding errors of nanoamperes.
    assert!(restored.current_a.iter().zip(&clean.current_a).all(|(a, b)| (a - b).abs() < 1e-24));
}

/// Mean error and standard deviation of a rule over noisy curves.
fn spread(rule: &dyn Descriptor, ideal: &IvCurve) -> (f64, f64) {
    let truth = read(rule, ideal, 0.0);
    let values: Vec<f64> = (0..400).map(|repeat| read(rule, &recorded(ideal, repeat), 1e-12)).collect();
    let mean = values.iter().sum::<f64>() / 400.0;
    let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean - truth, (square / 399.0).sqrt())
}

#[test]
fn golden_one_picoampere_of_noise() {
    let grain = swept(&Site::default(), 0.0, &Waveform::default());
    // The specification allows a bias of 2 % and 15 mV of turn-on voltage; 400 curves give the mean to a twentieth of the
    // spread.
    let rules: [&dyn Descriptor; 6] =
        [&TurnOnVoltage::default(), &TurnOnHinge, &MaxCurrent, &LoopArea, &LoopShare, &HysteresisArea];
    for rule in rules {
        let truth = read(rule, &grain, 0.0);
        let (bias, sd) = spread(rule, &grain);
        assert!(bias.abs() < 0.02 * truth.abs(), "{}: bias {bias} of {truth}", rule.name());
        if rule.unit() == "V" {
            assert!(sd < 0.015, "{}: {sd} V", rule.name());
        }
    }
}

#[test]
fn golden_an_insulating_junction_is_a_bound_for_every_turn_on_rule() {
    let junction = swept(&class(0.255, 0.365, 0.26), 0.0, &Waveform::default());
    for name in ["turn_on_voltage", "turn_on_relative", "turn_on_tangent", "turn_on_hinge", "turn_on_curvature"] {
        let rule = by_name(name).expect("known");
        for curve in [junction.clone(), recorded(&junction, 7)] {
            let value = rule.evaluate(&curve, Amps(1e-12)).expect("a bound");
            assert!(value.censored && (value.value - 1.5).abs() < 1e-12, "{name}: {value:?}");
        }
    }
    assert_eq!(junction.sample_interval, Seconds(0.008));
}

//! Numbers 10 to 12, 17 to 19, 21, 22, 29 and 30: the dark column at fixed and at moving ions.

use crate::loops::{class, classes, curve, loop_share, max_a, triangle};
use proptest::prelude::*;
use tiptwin_instrument::{Seconds, Suns, Volts, Waveform};
use tiptwin_sim::transport::{Column, Constants, Site, sweep, sweep_from};

fn any_site() -> impl Strategy<Value = Site> {
    (0.15..0.40_f64, 0.5..0.9_f64, 0.3..0.6_f64, -0.03..0.3_f64, 7.3..9.7_f64).prop_map(|(tip, back, ion, gb, ohm)| {
        Site {
            tip_barrier_ev: tip,
            back_barrier_ev: back,
            activation_ev: ion,
            boundary_barrier_ev: gb,
            spreading_ohm: 10_f64.powf(ohm),
            ..Site::default()
        }
    })
}

fn column(site: &Site, suns: f64) -> Column {
    Column::new(site, Suns(suns), &Constants::default()).expect("column")
}

proptest! {
    #[test]
    fn prop_10_no_bias_no_current(site in any_site(), charge in -25.0..25.0_f64) {
        let current = column(&site, 0.0).current_a(Volts(0.0), charge);
        prop_assert!(current.abs() < 1e-18, "{}", current);
    }

    #[test]
    fn prop_10_no_bias_no_current_through_the_solver(site in any_site(), charge in -10.0..10.0_f64, step in 0.0..100.0_f64) {
        // A picoampere through a gigaohm is a millivolt: what the solver leaves, 1e-7 V, is below 1e-16 A.
        let state = column(&site, 0.0).advance(Volts(0.0), Seconds(step), charge, 0.0).expect("advances");
        prop_assert!(state.current_a.abs() < 1e-15, "{}", state.current_a);
    }

    #[test]
    fn prop_11_12_passive_and_monotone(site in any_site(), charge in -10.0..10.0_f64, v in -2.0..2.0_f64) {
        let column = column(&site, 0.0);
        let at = |v: f64| column.advance(Volts(v), Seconds::ZERO, charge, 0.0).expect("advances").current_a;
        let current = at(v);
        prop_assert!(current * v >= 0.0);
        // Ten millivolts are far above the rounding of the solver, however flat the curve.
        prop_assert!(at(v + 0.01) > current, "{} then {}", current, at(v + 0.01));
    }

    #[test]
    fn prop_21_maxwell_scaling_with_the_contact(site in any_site(), factor in 0.3..3.0_f64) {
        let site = Site { leak_ohm: f64::INFINITY, ..site };
        let wide = Site { spreading_ohm: site.spreading_ohm / factor, ..site };
        let constants = Constants::default();
        let wider = Constants { contact_radius_m: factor * constants.contact_radius_m, ..constants };
        let a = sweep(&site, Suns(0.0), &Waveform::default(), &constants).expect("sweeps").current_a;
        let b = sweep(&wide, Suns(0.0), &Waveform::default(), &wider).expect("sweeps").current_a;
        for (a, b) in a.iter().zip(&b) {
            prop_assert!((b - factor * a).abs() <= 1e-9 * b.abs() + 1e-24, "{} {}", a, b);
        }
    }

    #[test]
    fn prop_22_steady_state_and_bounds(site in any_site(), v in 0.0..2.0_f64) {
        let column = column(&site, 0.0);
        let rested = column.rested_charge();
        let held = column.advance(Volts(v), Seconds(1e12), rested, 0.0).expect("advances");
        prop_assert!(held.bulk.abs() < 1e-6, "U = {}", held.bulk);
        let expected = column.steady_charge(Volts(held.junction_v));
        prop_assert!((held.charge - expected).abs() < 1e-6 * (1.0 + expected.abs()));
        // On the way the charge never leaves the range between start and end.
        let (mut charge, mut bulk) = (rested, 0.0);
        for _ in 0..50 {
            let state = column.advance(Volts(v), Seconds(0.1), charge, bulk).expect("advances");
            prop_assert!(state.charge <= charge + 1e-9 && state.charge >= expected - 1e-6);
            (charge, bulk) = (state.charge, state.bulk);
        }
    }

    #[test]
    fn prop_29_a_higher_barrier_passes_less(site in any_site(), more in 0.001..0.1_f64) {
        let higher = Site { boundary_barrier_ev: site.boundary_barrier_ev + more, ..site };
        let (_, low) = curve(&site, 0.0, &Waveform::default());
        let (_, high) = curve(&higher, 0.0, &Waveform::default());
        // Along the up branch from rest; later the ions have seen different film voltages.
        for (a, b) in low[..126].iter().zip(&high[..126]) {
            prop_assert!(*b <= *a + 1e-18, "{} above {}", b, a);
        }
        // At the same ions, whatever the bias.
        let (low, high) = (column(&site, 0.0), column(&higher, 0.0));
        for i in -15..=20 {
            let at = |c: &Column| {
                let bias = Volts(0.1 * f64::from(i));
                c.advance(bias, Seconds::ZERO, c.rested_charge(), 0.0).expect("advances").current_a.abs()
            };
            // Rounding of the solver: 1e-9 of the current.
            prop_assert!(at(&high) <= at(&low) * (1.0 + 1e-9) + 1e-18, "{} above {}", at(&high), at(&low));
        }
    }

    #[test]
    fn prop_30_kirchhoff(site in any_site(), suns in 0.0..1.0_f64, v in -2.0..2.0_f64, charge in -8.0..8.0_f64, step in 0.0..10.0_f64) {
        let column = column(&site, suns);
        let state = column.advance(Volts(v), Seconds(step), charge, 0.0).expect("advances");
        let closed = state.junction_v + state.current_a * column.series_ohm();
        prop_assert!((closed - v).abs() < 1e-9, "{} V of {} V", closed, v);
        // The current is the one that the film voltage drives at this charge, not what is left over. Rounding of the
        // film voltage is amplified by its slope: 1e-8 covers 4e-10 V on an exponential of 26 mV.
        let driven = column.current_a(Volts(state.junction_v), state.charge);
        prop_assert!((driven - state.current_a).abs() < 1e-8 * driven.abs() + 1e-18, "{} {}", driven, state.current_a);
    }
}

#[test]
fn prop_17_without_mobile_ions_there_is_no_loop() {
    let frozen = Constants { ion_diffusivity_m2_per_s: 0.0, ..Constants::default() };
    for (name, site) in classes() {
        let waveform = Waveform::default();
        let current_a = sweep(&site, Suns(0.0), &waveform, &frozen).expect("sweeps").current_a;
        // Both branches visit the same biases from different guesses; what differs is the solver's 1e-11.
        let share = loop_share(&waveform.bias_v(), &current_a);
        assert!(share.abs() < 1e-9, "{name}: {share}");
    }
}

#[test]
fn prop_18_frozen_ions_put_the_bias_on_the_bulk() {
    let site = Site {
        tip_barrier_ev: 0.25,
        back_barrier_ev: 0.80,
        spreading_ohm: 0.0,
        leak_ohm: f64::INFINITY,
        ..Site::default()
    };
    let column = column(&site, 0.0);
    let thermal_v = Constants::default().thermal_voltage_v();
    let at = |v: f64| {
        let state = column.advance(Volts(v), Seconds::ZERO, column.rested_charge(), 0.0).expect("advances");
        assert!((state.bulk + v / thermal_v).abs() < 1e-9 * (1.0 + v / thermal_v), "U = {} at {v} V", state.bulk);
        state.current_a
    };
    let slope = |v: f64| (at(1.02 * v) / at(v / 1.02)).ln() / (2.0 * 1.02_f64.ln());
    // exp(−V/VT) is gone at 3 V, and nothing but Ohm's law is left.
    let (near, far) = (slope(1.0), slope(3.0));
    assert!((near - 1.0).abs() < 0.1 && (far - 1.0).abs() < 1e-6, "{near} {far}");
    // Well below the built-in 0.55 V it is a diode.
    let ideality = 0.02 / (thermal_v * (at(0.26) / at(0.24)).ln());
    assert!((1.0..1.15).contains(&ideality), "{ideality}");
    // With ions that follow, too.
    let settled = |v: f64| column.current_a(Volts(v), column.steady_charge(Volts(v)));
    let slow = 0.02 / (thermal_v * (settled(0.26) / settled(0.24)).ln());
    assert!((1.0..1.15).contains(&slow) && slow > ideality, "{slow}");
}

#[test]
fn prop_19_spreading_resistance_rules_at_high_bias() {
    let (bias_v, current_a) = curve(&Site::default(), 0.0, &Waveform::default());
    let conductance = (current_a[125] - current_a[100]) / (bias_v[125] - bias_v[100]);
    assert!((conductance * 8e8 - 1.0).abs() < 0.10, "{conductance}");
    // Without resistors the terminal sees the core law itself.
    let bare = Site { spreading_ohm: 0.0, leak_ohm: f64::INFINITY, ..Site::default() };
    let column = column(&bare, 0.0);
    for v in [0.2, 0.6, 1.0] {
        let state = column.advance(Volts(v), Seconds::ZERO, column.rested_charge(), 0.0).expect("advances");
        let law = column.current_a(Volts(v), column.rested_charge());
        assert!((state.current_a / law - 1.0).abs() < 1e-9, "{} {law}", state.current_a);
    }
}

#[test]
fn prop_22_relaxation_ends_at_the_large_signal_rate() {
    let site = Site { spreading_ohm: 0.0, leak_ohm: f64::INFINITY, ..Site::default() };
    let column = column(&site, 0.0);
    let rested = column.rested_charge();
    let drop = |q: f64| tiptwin_sim::transport::debye_layer::drop_of_charge(q).1;
    let expected = column.ion_rate_per_s() * (drop(rested) + drop(-rested));
    // A small displacement decays by this rate; steps of 1e-4 τ make Euler's error 5e-5.
    let step = Seconds(1e-4 / expected);
    let (mut charge, mut bulk) = (rested + 1e-3, 0.0);
    for _ in 0..10_000 {
        let state = column.advance(Volts(0.0), step, charge, bulk).expect("advances");
        assert!(state.charge < charge && state.charge > rested, "no overshoot");
        (charge, bulk) = (state.charge, state.bulk);
    }
    let rate = -((charge - rested) / 1e-3).ln();
    assert!((rate - 1.0).abs() < 1e-3, "{rate}");
}

#[test]
fn prop_23_24_rest_restores_the_loop_and_repeats_settle() {
    let column = column(&Site::default(), 0.0);
    let waveform = Waveform::default();
    let first = sweep_from(&column, &waveform, column.rested_charge()).expect("sweeps");
    let mut charge = first.charge_end;
    for _ in 0..2000 {
        charge = column.advance(Volts(0.0), Seconds(0.01), charge, 0.0).expect("rests").charge;
    }
    let rested = sweep_from(&column, &waveform, charge).expect("sweeps");
    // 20 s are more than 50 τ.
    assert!((rested.charge_end - first.charge_end).abs() < 1e-9);
    for (a, b) in first.current_a.iter().zip(&rested.current_a) {
        assert!((a - b).abs() < 1e-8 * a.abs() + 1e-18, "the identical loop: {a} {b}");
    }
    let ends: Vec<f64> = (0..4)
        .scan(column.rested_charge(), |charge, _| {
            *charge = sweep_from(&column, &waveform, *charge).expect("sweeps").charge_end;
            Some(*charge)
        })
        .collect();
    assert!((ends[2] - ends[1]).abs() < 1e-3 && (ends[3] - ends[2]).abs() < 1e-6, "{ends:?}");
}

#[test]
fn prop_28_a_junction_insulates_in_the_dark_and_conducts_under_light() {
    let sigma_a = tiptwin_sim::Amplifier::default().noise_rms_a();
    let junction = class(0.255, 0.365, 0.26);
    let peak = |suns| max_a(&curve(&junction, suns, &triangle(1.5, 1.5, 125)).1);
    assert!(peak(0.0) < 5.0 * sigma_a && peak(0.1) > 100.0 * sigma_a);
}

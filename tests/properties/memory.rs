//! Numbers 25, 33 and 35: how fast ions relax, families of loops, charge around a closed cycle; and light that lingers.

use crate::loops::{areas, curve, max_a};
use tiptwin_instrument::{Seconds, Suns, Volts, Waveform};
use tiptwin_sim::displacement_current_a;
use tiptwin_sim::transport::debye_layer::drop_of_charge;
use tiptwin_sim::transport::{Column, Constants, LightMemory, Lighting, Site, rest, sweep, sweep_from, sweep_under};

/// A location whose terminals see the film itself.
fn bare() -> Site {
    Site { spreading_ohm: 0.0, leak_ohm: f64::INFINITY, ..Site::default() }
}

/// Rate at which a small displacement of the charge decays at 0 V, 1/s, and the sum of the two layers' slopes there.
fn decay_rate(temperature_k: f64) -> (f64, f64) {
    let constants = Constants { temperature_k, ..Constants::default() };
    let column = Column::new(&bare(), Suns(0.0), &constants).expect("column");
    let rested = column.rested_charge();
    let step = Seconds(1e-3 / column.ion_rate_per_s());
    let (start, mut charge) = (rested + 1e-4, rested + 1e-4);
    for _ in 0..100 {
        charge = column.advance(Volts(0.0), step, charge, 0.0).expect("advances").charge;
    }
    let slope = |q: f64| drop_of_charge(q).1;
    (((start - rested) / (charge - rested)).ln() / (100.0 * step.0), slope(rested) + slope(-rested))
}

#[test]
fn prop_25_relaxation_is_activated() {
    // τ = L L_D/(D (F⁻¹′(Q) + F⁻¹′(−Q))) with D ~ exp(−E_a/kT) and L_D ~ √T; the rested charge Q moves with Vbi/VT, so the
    // bracket is taken out too.
    let (cold, warm) = (290.0, 306.0);
    let boltzmann_ev = 8.617_333_262e-5;
    let difference = 1.0 / (boltzmann_ev * cold) - 1.0 / (boltzmann_ev * warm);
    let scaled = |t: f64| {
        let (rate, slopes) = decay_rate(t);
        (slopes / rate / t.sqrt()).ln()
    };
    let energy = (scaled(cold) - scaled(warm)) / difference;
    assert!((energy / 0.435 - 1.0).abs() < 0.02, "{energy} eV");
}

#[test]
fn prop_33_a_loop_of_a_family_is_a_single_sweep_from_the_same_state() {
    let forc =
        Waveform::Forc { step: Volts(0.25), loops: 6, samples_per_step: 20, rate_v_per_s: 1.5, rest: Seconds(0.4) };
    let column = Column::new(&Site::default(), Suns(0.0), &Constants::default()).expect("column");
    let family = sweep_from(&column, &forc, column.rested_charge()).expect("sweeps");
    let mut charge = column.rested_charge();
    for (k, segment) in forc.segments().into_iter().enumerate() {
        if k > 0 {
            charge = rest(&column, Volts(0.0), Seconds(0.4), charge).expect("rests");
        }
        let samples = segment.samples.len();
        let duration = Seconds(forc.sample_interval().0 * (samples - 1) as f64);
        let single = Waveform::Triangle { peak: Volts(0.25 * (k + 1) as f64), samples, duration };
        let swept = sweep_from(&column, &single, charge).expect("sweeps");
        for (a, b) in family.current_a[segment.samples].iter().zip(&swept.current_a) {
            // Biases of k·0.25·i/(20 k) are rounded differently in the two.
            assert!((a - b).abs() <= 1e-9 * a.abs() + 1e-20, "loop {}: {a} {b}", k + 1);
        }
        charge = swept.charge_end;
    }
}

#[test]
fn prop_35_no_charge_is_left_over_around_a_closed_cycle() {
    let waveform = Waveform::Bipolar { peak: Volts(1.2), samples: 401, duration: Seconds(3.0) };
    let column = Column::new(&Site::default(), Suns(0.0), &Constants::default()).expect("column");
    let mut charge = column.rested_charge();
    let mut last = f64::NAN;
    for _ in 0..6 {
        last = charge;
        charge = sweep_from(&column, &waveform, charge).expect("sweeps").charge_end;
    }
    // At the limit cycle the ions come back to where they were, so they displace no net charge.
    assert!((charge - last).abs() < 1e-9 * charge.abs(), "{charge} {last}");
    // A capacitor gives back what it took.
    let interval = waveform.sample_interval();
    let displaced: f64 = displacement_current_a(&waveform.bias_v(), interval, 0.5e-12).iter().sum::<f64>() * interval.0;
    assert!(displaced.abs() < 1e-12 * 0.5e-12 * 1.2, "{displaced} C");
}

#[test]
fn prop_22_a_long_rest_ends_at_rest_and_a_short_one_on_the_way() {
    let column = Column::new(&Site::default(), Suns(0.0), &Constants::default()).expect("column");
    let swept = sweep_from(&column, &Waveform::default(), column.rested_charge()).expect("sweeps").charge_end;
    let ended = rest(&column, Volts(0.0), Seconds(100.0), swept).expect("rests");
    assert!((ended - column.rested_charge()).abs() < 1e-6);
    let fine =
        (0..20_000).fold(swept, |q, _| column.advance(Volts(0.0), Seconds(1e-5), q, 0.0).expect("advances").charge);
    let coarse = rest(&column, Volts(0.0), Seconds(0.2), swept).expect("rests");
    // The announced 2 % of what has still to relax.
    assert!((coarse - fine).abs() < 0.02 * (column.rested_charge() - swept).abs(), "{coarse} {fine}");
    assert_eq!(rest(&column, Volts(0.0), Seconds(0.0), swept).expect("rests"), swept);
}

#[test]
fn prop_22_what_was_held_before_a_sweep_is_remembered() {
    let held = |hold: f64, wait: f64| Waveform::Conditioned {
        pre_bias: Volts(1.5),
        hold: Seconds(hold),
        wait: Seconds(wait),
        then: Box::default(),
    };
    let first = |waveform: &Waveform| curve(&Site::default(), 0.0, waveform).1[60];
    let plain = first(&Waveform::default());
    // Ions drawn to the contacts by the bias let more current through at once; a long wait undoes it.
    assert!(first(&held(5.0, 0.0)) > 1.2 * plain);
    assert!((first(&held(5.0, 60.0)) / plain - 1.0).abs() < 1e-6);
}

#[test]
fn prop_27_light_that_lingers_adds_current_until_it_is_gone() {
    let memory = LightMemory::default();
    let constants = Constants::default();
    let after_dark = |seconds: f64| {
        let effective = memory.after(Suns(0.1), Suns(0.0), Seconds(seconds));
        let lighting = Lighting { lamp: Suns(0.0), effective, memory };
        let (swept, end) =
            sweep_under(&Site::default(), lighting, &Waveform::default(), &constants, None).expect("sweeps");
        assert!(end.0 < effective.0 || effective.0 == 0.0);
        max_a(&swept.current_a)
    };
    let dark = max_a(&sweep(&Site::default(), Suns(0.0), &Waveform::default(), &constants).expect("sweeps").current_a);
    let (soon, later, long) = (after_dark(1.0), after_dark(30.0), after_dark(400.0));
    assert!(soon > later && later > long && (long / dark - 1.0).abs() < 1e-3, "{soon} {later} {long} {dark}");
    // With a steady lamp nothing lingers, and the curve is that of the plain sweep.
    let steady = Lighting { lamp: Suns(0.1), effective: Suns(0.1), memory };
    let (swept, _) = sweep_under(&Site::default(), steady, &Waveform::default(), &constants, None).expect("sweeps");
    let plain = sweep(&Site::default(), Suns(0.1), &Waveform::default(), &constants).expect("sweeps");
    assert_eq!(swept, plain);
}

#[test]
fn prop_23_a_family_grows_and_its_loops_close() {
    let forc =
        Waveform::Forc { step: Volts(0.25), loops: 8, samples_per_step: 21, rate_v_per_s: 1.5, rest: Seconds::ZERO };
    let (bias_v, current_a) = curve(&Site::default(), 0.0, &forc);
    let peaks: Vec<f64> = forc.segments().into_iter().map(|s| max_a(&current_a[s.samples])).collect();
    assert!(peaks.windows(2).all(|w| w[1] > w[0]));
    let loops: Vec<f64> = forc
        .segments()
        .into_iter()
        .map(|s| {
            let (up, down) = areas(&bias_v[s.samples.clone()], &current_a[s.samples]);
            down - up
        })
        .collect();
    assert!(loops[3] > loops[1], "{loops:?}");
}

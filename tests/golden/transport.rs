//! Single locations: the reference curve, the classes, light, scan rate, bias range and temperature.
//!
//! The references come from an independent prototype of the same equations. They carry three to six digits, so the
//! tolerance is half a unit of the last digit where one is printed, and 5 % where the class table was rounded.

use crate::loops::{areas, class, classes, curve, loop_share, max_a, triangle};
use tiptwin_instrument::{Seconds, Suns, Volts, Waveform};
use tiptwin_sim::transport::{Column, Constants, Site, sweep, sweep_from};

fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, expected {expected} ± {tolerance}");
}

#[test]
fn golden_current_density_of_a_rested_grain() {
    let constants = Constants::default();
    let site = Site { spreading_ohm: 0.0, leak_ohm: f64::INFINITY, ..Site::default() };
    let column = Column::new(&site, Suns(0.0), &constants).expect("column");
    let area_m2 = 4.0 * constants.contact_radius_m * constants.thickness_m;
    // Six digits are printed.
    close("Q0", column.rested_charge(), 5.15461, 5e-6);
    for (bias_v, expected) in [(0.5, 2.80825e3), (1.0, 5.61850e3)] {
        let density = column.current_a(Volts(bias_v), column.rested_charge()) / area_m2;
        close("J", density, expected, expected * 5e-6);
    }
}

#[test]
fn golden_default_dark_curve() {
    let waveform = Waveform::default();
    let (bias_v, current_a) = curve(&Site::default(), 0.0, &waveform);
    let up = [(0.3, 4.65), (0.6, 31.21), (0.9, 248.9), (1.2, 706.8), (1.5, 1083.0)];
    let down = [(1.2, 754.0), (0.9, 414.9), (0.6, 107.6), (0.3, 0.254)];
    let digits = |pa: f64| {
        if pa < 1.0 {
            6e-4
        } else if pa < 100.0 {
            6e-3
        } else if pa < 700.0 {
            0.06
        } else {
            0.6
        }
    };
    for (branch, rows) in [(0, &up[..]), (125, &down[..])] {
        for &(v, pa) in rows {
            let sample = (branch..=branch + 125).find(|&i| (bias_v[i] - v).abs() < 1e-9).expect("on the grid");
            close(&format!("{v} V"), current_a[sample] * 1e12, pa, digits(pa));
        }
    }
    // The charges at the peak and at the end.
    let column = Column::new(&Site::default(), Suns(0.0), &Constants::default()).expect("column");
    let (mut charge, mut bulk) = (column.rested_charge(), 0.0);
    let mut charges = Vec::new();
    for (i, v) in bias_v.iter().enumerate() {
        let step = if i == 0 { Seconds::ZERO } else { waveform.sample_interval() };
        let state = column.advance(Volts(*v), step, charge, bulk).expect("advances");
        (charge, bulk) = (state.charge, state.bulk);
        charges.push(charge);
    }
    close("Q at the peak", charges[125], -2.67705, 5e-6);
    close("Q at the end", charges[250], 2.02485, 5e-6);
}

/// First bias of the up branch at which the current exceeds 10 pA.
fn turn_on_v(bias_v: &[f64], current_a: &[f64]) -> Option<f64> {
    (0..=bias_v.len() / 2).find(|&i| current_a[i] > 10e-12).map(|i| bias_v[i])
}

struct Row {
    max_pa: f64,
    turn_on_v: Option<f64>,
    loop_share: f64,
    max_lit_pa: f64,
    turn_on_lit_v: f64,
    loop_share_lit: f64,
    short_circuit_pa: f64,
}

#[test]
fn golden_class_table() {
    let row = |max_pa, turn_on_v, loop_share, max_lit_pa, turn_on_lit_v, loop_share_lit, short_circuit_pa| Row {
        max_pa,
        turn_on_v,
        loop_share,
        max_lit_pa,
        turn_on_lit_v,
        loop_share_lit,
        short_circuit_pa,
    };
    let table = [
        row(1080.0, Some(0.40), 0.0856, 3300.0, 0.34, 0.0089, -10.2),
        row(334.0, Some(0.54), 0.0057, 2650.0, 0.40, 0.0010, -10.1),
        row(99.8, Some(0.64), 0.0071, 2100.0, 0.42, 0.0013, -10.0),
        row(19.0, Some(1.02), 0.0103, 1470.0, 0.44, 0.0019, -9.9),
        row(0.06, None, 0.0, 523.0, 0.48, 0.0009, -9.7),
    ];
    for ((name, site), row) in classes().iter().zip(table) {
        let (bias_v, dark) = curve(site, 0.0, &Waveform::default());
        let (_, lit) = curve(site, 0.1, &Waveform::default());
        // 0.06 pA has one digit; everything else is within half a per cent of its print.
        let slack = if row.max_pa < 1.0 { 0.005 } else { row.max_pa * 5e-3 };
        close(&format!("{name} dark I_max (pA)"), max_a(&dark) * 1e12, row.max_pa, slack);
        close(&format!("{name} lit I_max (pA)"), max_a(&lit) * 1e12, row.max_lit_pa, row.max_lit_pa * 5e-3);
        close(&format!("{name} lit I(0) (pA)"), lit[0] * 1e12, row.short_circuit_pa, 0.05);
        // The printed loop shares end with the fourth decimal; the junction's dark loop drowns in its leak.
        if row.turn_on_v.is_some() {
            close(&format!("{name} dark H_n"), loop_share(&bias_v, &dark), row.loop_share, 1.0e-4);
        }
        close(&format!("{name} lit H_n"), loop_share(&bias_v, &lit), row.loop_share_lit, 1.0e-4);
        // Two decimals of a grid of 12 mV.
        match (turn_on_v(&bias_v, &dark), row.turn_on_v) {
            (Some(found), Some(expected)) => close(&format!("{name} dark V_on"), found, expected, 0.0051),
            (found, expected) => assert_eq!(found, expected, "{name} dark V_on"),
        }
        let lit_on = turn_on_v(&bias_v, &lit).expect("turns on under light");
        close(&format!("{name} lit V_on"), lit_on, row.turn_on_lit_v, 0.0051);
    }
    let (bias_v, dark) = curve(&Site::default(), 0.0, &Waveform::default());
    let (up, down) = areas(&bias_v, &dark);
    close("grain loop area (pA V)", (down - up) * 1e12, 84.7, 0.05);
}

#[test]
fn golden_inclusions_insulate() {
    // PbI2 and the delta polytype, which hardly respond to light (0.5 and 1 sun against 0.02 and 0.05) and have no leak of their own.
    for barrier_ev in [0.40, 0.35] {
        let inclusion = Site {
            photo_yield: 0.0,
            barrier_light_scale: 25.0,
            carrier_light_scale: 20.0,
            leak_ohm: f64::INFINITY,
            ..class(0.22, 0.55, barrier_ev)
        };
        let (_, dark) = curve(&inclusion, 0.0, &Waveform::default());
        assert!(max_a(&dark) < 0.01e-12, "{}", max_a(&dark));
        let (_, lit) = curve(&inclusion, 0.1, &Waveform::default());
        assert!(max_a(&lit) < 0.05e-12 && lit[0].abs() < 1e-18, "{} {}", max_a(&lit), lit[0]);
    }
}

#[test]
fn golden_other_rates_of_the_class_table() {
    let typical = class(0.245, 0.38, 0.06);
    for (site, rate, dark_pa, dark_share, lit_pa, lit_share) in [
        (Site::default(), 15.0, 161.0, 0.396, 3000.0, 0.249),
        (typical, 15.0, 95.5, 0.142, 2090.0, 0.016),
        (Site::default(), 0.15, 1100.0, 0.0038, 3300.0, 0.0007),
    ] {
        let waveform = triangle(1.5, rate, 125);
        let (bias_v, dark) = curve(&site, 0.0, &waveform);
        let (_, lit) = curve(&site, 0.1, &waveform);
        // Three digits of the maxima, half a unit of the last decimal of the shares.
        close("dark I_max (pA)", max_a(&dark) * 1e12, dark_pa, dark_pa * 5e-3);
        close("lit I_max (pA)", max_a(&lit) * 1e12, lit_pa, lit_pa * 1e-2);
        close("dark H_n", loop_share(&bias_v, &dark), dark_share, 6e-4);
        close("lit H_n", loop_share(&bias_v, &lit), lit_share, 6e-4);
    }
}

#[test]
fn golden_step_refinement() {
    for (steps, share, max_pa) in
        [(60, 0.08610, 1082.8), (125, 0.08560, 1083.3), (250, 0.08535, 1083.6), (500, 0.08522, 1083.7)]
    {
        let (bias_v, dark) = curve(&Site::default(), 0.0, &triangle(1.5, 1.5, steps));
        close("H_n", loop_share(&bias_v, &dark), share, 6e-6);
        close("I_max (pA)", max_a(&dark) * 1e12, max_pa, 0.06);
    }
}

#[test]
fn golden_scan_rates() {
    let table = [
        (1e-3, 0.0000, 1101.0),
        (0.01, 0.0002, 1101.0),
        (0.1, 0.0024, 1100.0),
        (0.3, 0.0088, 1099.0),
        (1.0, 0.047, 1092.0),
        (3.0, 0.234, 1014.0),
        (10.0, 0.508, 331.0),
        (30.0, 0.161, 75.0),
        (100.0, 0.038, 53.0),
        (1e3, 0.0034, 47.0),
        (1e4, 0.0003, 46.0),
    ];
    for (rate, share, max_pa) in table {
        let (bias_v, dark) = curve(&Site::default(), 0.0, &triangle(1.5, rate, 125));
        // Half a unit of the last digit, of a run whose number of steps is not stated: one unit is allowed.
        let digit = if share < 0.01 { 1e-4 } else { 1e-3 };
        close(&format!("H_n at {rate} V/s"), loop_share(&bias_v, &dark), share, digit);
        close(&format!("I_max at {rate} V/s (pA)"), max_a(&dark) * 1e12, max_pa, 1.0);
    }
}

#[test]
fn golden_bias_ranges_and_temperatures() {
    for (peak_v, max_pa, share) in [(1.0, 413.0, 0.264), (1.5, 1083.0, 0.086), (2.0, 1682.0, 0.041)] {
        let (bias_v, dark) = curve(&Site::default(), 0.0, &triangle(peak_v, 1.5, 125));
        close("I_max (pA)", max_a(&dark) * 1e12, max_pa, 1.0);
        close("H_n", loop_share(&bias_v, &dark), share, 1e-3);
    }
    for (temperature_k, share, max_pa) in
        [(280.0, 0.455, 843.0), (298.15, 0.086, 1083.0), (320.0, 0.014, 1119.0), (340.0, 0.003, 1137.0)]
    {
        let constants = Constants { temperature_k, ..Constants::default() };
        let waveform = Waveform::default();
        let dark = sweep(&Site::default(), Suns(0.0), &waveform, &constants).expect("sweeps").current_a;
        close(&format!("H_n at {temperature_k} K"), loop_share(&waveform.bias_v(), &dark), share, 1e-3);
        close(&format!("I_max at {temperature_k} K (pA)"), max_a(&dark) * 1e12, max_pa, 1.5);
    }
}

#[test]
fn golden_reverse_polarity_rectifies() {
    for (suns, expected_pa, digit) in [(0.0, -0.3, 0.05), (0.1, -12.9, 0.1)] {
        let (_, current_a) = curve(&Site::default(), suns, &triangle(-1.5, 1.5, 125));
        close("I(-1.5 V) (pA)", current_a[125] * 1e12, expected_pa, digit);
    }
}

#[test]
fn golden_repeats_without_rest() {
    let column = Column::new(&Site::default(), Suns(0.0), &Constants::default()).expect("column");
    let waveform = Waveform::default();
    let mut charge = column.rested_charge();
    for expected in [0.0856, 0.0785, 0.0785] {
        let swept = sweep_from(&column, &waveform, charge).expect("sweeps");
        close("H_n", loop_share(&waveform.bias_v(), &swept.current_a), expected, 6e-5);
        charge = swept.charge_end;
    }
}

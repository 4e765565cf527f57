//! Number 20: space-charge limited current, and what the ceiling does to a column.

use crate::loops::{class, curve};
use tiptwin_instrument::{Seconds, Suns, Volts, Waveform};
use tiptwin_sim::transport::constants::{ELEMENTARY_CHARGE_C, VACUUM_PERMITTIVITY_F_PER_M};
use tiptwin_sim::transport::space_charge::{
    hemispherical_a_per_v2, mott_gurney_a_per_m2, trap_filled_limit_hemispherical_v, trap_filled_limit_v,
};
use tiptwin_sim::transport::{Column, Constants, Site, sweep};

const EPS_R: f64 = 24.0;
const MU: f64 = 5e-4;
const L: f64 = 350e-9;

#[test]
fn prop_20_planar_law_has_slope_two_and_its_prefactor() {
    let j = |v: f64| mott_gurney_a_per_m2(EPS_R, MU, v, L);
    assert!(((j(2.0) / j(1.0)).log2() - 2.0).abs() < 1e-12);
    let by_hand = 1.125 * EPS_R * VACUUM_PERMITTIVITY_F_PER_M * MU / L.powi(3);
    assert!((j(1.0) / by_hand - 1.0).abs() < 1e-12 && j(-1.0) == -j(1.0));
    // 0.46 V for 1e22 traps per m³ in 350 nm; two digits are printed.
    assert!((trap_filled_limit_v(EPS_R, 1e22, L) - 0.46).abs() < 0.005);
    assert!((trap_filled_limit_hemispherical_v(EPS_R, 1e22, L) - 0.15).abs() < 0.005);
    // Half shells full of traps: r² E = q N (r³ − a³)/(3ε) below the contact's flux, so the potential across them tends to q N L²/(6ε).
    let (n, a) = (100_000, 1e-4 * L);
    let field = |r: f64| {
        ELEMENTARY_CHARGE_C * 1e22 * (r * r * r - a * a * a) / (3.0 * EPS_R * VACUUM_PERMITTIVITY_F_PER_M * r * r)
    };
    let step = (L - a) / f64::from(n);
    let volts: f64 = (0..n).map(|i| field(a + (f64::from(i) + 0.5) * step) * step).sum();
    assert!((volts / trap_filled_limit_hemispherical_v(EPS_R, 1e22, L) - 1.0).abs() < 1e-3, "{volts} V");
}

/// What a contact of finite size takes from the voltage, over the root of a/L: ∫√(r³ − a³)/r² dr to first order is B(5/6, 1/2)/2.
const FINITE: f64 = 1.120_25;

#[test]
fn prop_20_hemispherical_prefactor_from_the_field_equation() {
    // Gauss's law for carriers that carry a current I through half shells: d(r² E)/dr = I/(2π μ ε E), E(a) = 0. With s = (r² E)²
    // it is ds/dr = I r²/(π μ ε): integrated here by the trapezoid rule, then V = ∫E dr, without using the closed form.
    let eps = EPS_R * VACUUM_PERMITTIVITY_F_PER_M;
    for ratio in [9e-3_f64, 1e-3, 1e-4, 1e-6] {
        let a = ratio * L;
        let current = 1e-6;
        let n = 200_000;
        // Logarithmic steps resolve the neighbourhood of the contact.
        let r = |i: usize| a * (L / a).powf(i as f64 / n as f64);
        let (mut s, mut volts, mut field) = (0.0f64, 0.0, 0.0f64);
        for i in 0..n {
            let (r0, r1) = (r(i), r(i + 1));
            s += current / (std::f64::consts::PI * MU * eps) * 0.5 * (r0 * r0 + r1 * r1) * (r1 - r0);
            let next = s.sqrt() / (r1 * r1);
            volts += 0.5 * (field + next) * (r1 - r0);
            field = next;
        }
        let law = hemispherical_a_per_v2(EPS_R, MU, L, 1.0) * volts * volts;
        let corrected = current / law * (1.0 - FINITE * ratio.sqrt()).powi(2);
        assert!((corrected - 1.0).abs() < 0.01, "a/L = {ratio}: {corrected}");
        // The law itself is the limit a → 0, and within 1 % only below a/L = 2e-5.
        assert!(ratio > 2e-5 || (current / law - 1.0).abs() < 0.01, "a/L = {ratio}: {}", current / law);
    }
}

#[test]
fn prop_20_a_column_under_its_ceiling_has_slope_two() {
    let constants = Constants { free_charge_share: 1e-8, ..Constants::default() };
    let site = Site { spreading_ohm: 0.0, leak_ohm: f64::INFINITY, ..Site::default() };
    let column = Column::new(&site, Suns(0.0), &constants).expect("column");
    let at = |v: f64| column.advance(Volts(v), Seconds::ZERO, column.rested_charge(), 0.0).expect("advances").current_a;
    let slope = (at(3.2) / at(3.0)).ln() / (3.2f64 / 3.0).ln();
    assert!((slope - 2.0).abs() < 0.02, "{slope}");
    let ceiling = hemispherical_a_per_v2(constants.permittivity, constants.hole_mobility_m2_per_vs, L, 1e-8) * 9.0;
    assert!(at(3.0) < ceiling && at(3.0) > 0.9 * ceiling);
    assert!(at(0.0).abs() < 1e-18);
}

#[test]
fn prop_20_without_traps_the_ceiling_is_never_felt() {
    let bare = Constants { free_charge_share: 1.0, ..Constants::default() };
    let (_, off) = curve(&Site::default(), 0.0, &Waveform::default());
    let on = sweep(&Site::default(), Suns(0.0), &Waveform::default(), &bare).expect("sweeps").current_a;
    // 0.7 µA/V² against a nanoampere.
    assert!(off.iter().zip(&on).all(|(off, on)| (on - off).abs() <= 0.01 * off.abs() + 1e-15));
}

#[test]
fn prop_11_the_barrier_that_follows_the_ions_keeps_zero_at_zero_and_turns_the_loop() {
    let waveform = Waveform::Triangle { peak: Volts(1.5), samples: 251, duration: Seconds(0.2) };
    let share = |shift: f64| {
        let site = Site { ion_barrier_shift_ev: shift, ..class(0.22, 0.435, 0.0) };
        let column = Column::new(&site, Suns(0.0), &Constants::default()).expect("column");
        for charge in [-20.0, -3.0, 0.0, 8.0] {
            assert!(column.current_a(Volts(0.0), charge).abs() < 1e-18);
        }
        let (bias_v, current_a) = curve(&site, 0.0, &waveform);
        crate::loops::loop_share(&bias_v, &current_a)
    };
    // A tip charge that falls during the sweep raises the barrier: less current on the way back.
    let (plain, with, against) = (share(0.0), share(-0.02), share(0.02));
    assert!(with > plain && against < plain, "{with} {plain} {against}");
}

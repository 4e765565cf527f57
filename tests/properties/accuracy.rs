//! How far the fast solver is from the equations: a second one, written from them alone, without tables, without Newton's method, with
//! everything bisected to the last bit and the ion step nested inside the voltage.

use crate::loops::{classes, triangle};
use tiptwin_instrument::{Suns, Waveform};
use tiptwin_sim::transport::constants::ELEMENTARY_CHARGE_C;
use tiptwin_sim::transport::illumination::illuminate;
use tiptwin_sim::transport::{Constants, Site, sweep};

/// The root of a rising function, to the last bit.
fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if f(middle) > 0.0 { high = middle } else { low = middle }
    }
}

/// F(v) of a Debye layer. Near 0 as a series: the closed form loses its digits there.
fn charge(v: f64) -> f64 {
    let excess = if v.abs() < 0.1 {
        let mut term = 0.5 * v * v;
        (3..20).fold(term, |sum, k| {
            term *= v / f64::from(k);
            sum + term
        })
    } else {
        v.exp_m1() - v
    };
    (2.0 * excess).sqrt().copysign(v)
}

fn drop_of(q: f64) -> f64 {
    root(-0.5 * q * q - 60.0, 60.0, |v| charge(v) - q)
}

/// Daw(x) = x ∫₀¹ exp(x²(t² − 1)) dt by Simpson's rule on 4000 intervals.
fn dawson(x: f64) -> f64 {
    let n = 4000;
    let f = |i: i32| {
        let t = f64::from(i) / f64::from(n);
        (x * x * (t * t - 1.0)).exp()
    };
    let inner: f64 = (1..n).map(|i| f(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    x * (f(0) + inner + f(n)) / (3.0 * f64::from(n))
}

struct Slow<'a> {
    site: &'a Site,
    suns: f64,
    c: &'a Constants,
}

impl Slow<'_> {
    fn built_in(&self) -> f64 {
        (self.site.back_barrier_ev - self.site.tip_barrier_ev) / self.c.thermal_voltage_v()
    }

    /// U at a junction bias for a charge.
    fn bulk(&self, junction_v: f64, q: f64) -> f64 {
        self.built_in() - junction_v / self.c.thermal_voltage_v() - drop_of(q) + drop_of(-q)
    }

    /// The charge after a step at a junction bias. What is moved and the drops rise with it, so the difference does.
    fn charge_after(&self, junction_v: f64, before: f64, step_s: f64) -> f64 {
        let (c, activation_ev) = (self.c, illuminate(self.site, self.suns, self.c).activation_ev);
        let diffusivity = c.ion_diffusivity_m2_per_s * (-activation_ev / c.thermal_voltage_v()).exp();
        let moved = diffusivity / (c.thickness_m * c.debye_length_m()) * step_s;
        root(-20.0, 20.0, |q| q - before - moved * self.bulk(junction_v, q))
    }

    /// Forward bias only.
    fn current_a(&self, junction_v: f64, q: f64) -> f64 {
        let (c, lit) = (self.c, illuminate(self.site, self.suns, self.c));
        let vt = c.thermal_voltage_v();
        let (tip, back, bulk) = (drop_of(q), -drop_of(-q), self.bulk(junction_v, q));
        let mean_of_exp = if bulk.abs() < 1e-9 { 1.0 } else { bulk.exp_m1() / bulk };
        let debye = 2.0_f64.sqrt() * c.debye_length_m() / c.thickness_m;
        let mut sum = tip.exp() * mean_of_exp;
        if back > 0.0 {
            sum += debye * (back + bulk + tip).exp() * dawson(back.sqrt());
        }
        if tip < 0.0 {
            sum += debye * dawson((-tip).sqrt());
        }
        let holes =
            c.valence_states_per_m3 * (-self.site.tip_barrier_ev / vt).exp() * lit.carrier_gain * lit.transmission;
        let area_over_length_m = 4.0 * c.contact_radius_m;
        let injected = area_over_length_m
            * ELEMENTARY_CHARGE_C
            * c.hole_mobility_m2_per_vs
            * self.site.mobility_factor
            * vt
            * holes
            * -(-junction_v / vt).exp_m1()
            / sum;
        let w = 0.5 * (self.built_in() - junction_v / vt + bulk);
        let collected = if w.abs() < 1e-4 { w / 6.0 } else { 1.0 / (0.5 * w).tanh() - 2.0 / w };
        let photo = ELEMENTARY_CHARGE_C
            * c.generation_per_m3_s
            * self.suns
            * c.thickness_m
            * c.collection_area_m2
            * c.collection_efficiency
            * self.site.photo_yield;
        injected + junction_v / self.site.leak_ohm - photo * collected
    }

    fn sweep(&self, waveform: &Waveform) -> Vec<f64> {
        let resistance = illuminate(self.site, self.suns, self.c).spreading_ohm + self.c.line_ohm;
        let mut q = root(-20.0, 20.0, |q| -self.bulk(0.0, q));
        let mut step_s = 0.0;
        let mut sample = |&bias_v: &f64| {
            let at = |v: f64| {
                let q = self.charge_after(v, q, step_s);
                (self.current_a(v, q), q)
            };
            // Under light the junction lies a little above the bias while photocurrent flows back.
            let junction_v = root(0.0, bias_v + 2.0, |v| v + resistance * at(v).0 - bias_v);
            let (current_a, charge) = at(junction_v);
            (q, step_s) = (charge, waveform.sample_interval().0);
            current_a
        };
        waveform.bias_v().iter().map(&mut sample).collect()
    }
}

#[test]
fn prop_the_fast_solver_agrees_with_the_equations_to_ten_digits() {
    let constants = Constants::default();
    let waveform = triangle(1.5, 1.5, 10);
    for (name, site) in classes() {
        for suns in [0.0, 0.1] {
            let slow = Slow { site: &site, suns, c: &constants }.sweep(&waveform);
            let fast = sweep(&site, Suns(suns), &waveform, &constants).expect("sweeps").current_a;
            for ((v, s), f) in waveform.bias_v().iter().zip(&slow).zip(&fast) {
                // Measured 1e-11, what the linear last step leaves. Nothing below a millionth of the noise (1 pA) counts.
                let error = (s - f).abs() / (s.abs() + 1e-18);
                assert!(error < 1e-10, "{name}, {suns} sun, {v} V: {f:e} A, by bisection {s:e} A");
            }
        }
    }
}

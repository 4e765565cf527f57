//! Families of loops, and the shape of curves digitised from a public notebook.

use crate::loops::{areas, curve, max_a};
use crate::places::spread;
use tiptwin_instrument::{MasterSeed, Seconds, Volts, Waveform};
use tiptwin_sim::transport::Site;
use tiptwin_sim::{Film, FilmSpec};

#[test]
fn golden_first_order_reversal_curves() {
    // Default grain, dark, 1.5 V/s, no rest: areas in pA·V and peaks in pA, as an independent prototype of the same equations printed them.
    let expected_area = [0.0, -0.5, 6.7, 46.9, 68.4, 78.2, 84.6, 89.9];
    let expected_peak = [1.6, 17.9, 100.0, 422.0, 774.0, 1084.0, 1384.0, 1682.0];
    let forc =
        Waveform::Forc { step: Volts(0.25), loops: 8, samples_per_step: 21, rate_v_per_s: 1.5, rest: Seconds::ZERO };
    let (bias_v, current_a) = curve(&Site::default(), 0.0, &forc);
    for (k, segment) in forc.segments().into_iter().enumerate() {
        let (v, i) = (&bias_v[segment.samples.clone()], &current_a[segment.samples]);
        let (up, down) = areas(v, i);
        let (area, peak) = ((down - up) * 1e12, max_a(i) * 1e12);
        // The prototype's own step is not given; one step more or less on a branch moves an area by 1 % and 0.1 pA·V.
        assert!((area - expected_area[k]).abs() < 0.01 * expected_area[k].abs() + 0.15, "loop {}: {area}", k + 1);
        assert!((peak / expected_peak[k] - 1.0).abs() < 0.02, "loop {}: {peak} pA", k + 1);
    }
}

/// Bias, V, and current, A.
type Curve = (Vec<f64>, Vec<f64>);

/// Current, A; left and right branch and their separation, V.
const DIGITISED: [(f64, f64, f64, f64); 4] = [
    (0.05e-9, 0.47, 0.63, 0.13),
    (0.10e-9, 0.53, 0.69, 0.13),
    (0.20e-9, 0.66, 0.82, 0.14),
    (0.40e-9, 0.83, 0.99, 0.18),
];

/// Bias at which a branch crosses a current, by linear interpolation.
fn crossing(bias_v: &[f64], current_a: &[f64], at_a: f64) -> f64 {
    let i = current_a.windows(2).position(|w| (w[0] < at_a) != (w[1] < at_a)).expect("the branch crosses it");
    let t = (at_a - current_a[i]) / (current_a[i + 1] - current_a[i]);
    bias_v[i] + t * (bias_v[i + 1] - bias_v[i])
}

#[test]
fn val_medians_of_a_film_lie_where_digitised_curves_lie() {
    // 20 of the 25 curves exceed 0.5 nA before 1.2 V. On these films a quarter of all places do in the dark, so where the curves were taken
    // is not known to be a fair sample; like is compared with like: the places that carry as much.
    let mut curves: Vec<Curve> = Vec::new();
    for seed in 0..4 {
        let film = Film::generate(&FilmSpec::default(), MasterSeed(seed)).expect("film");
        for at in spread(film.spec().film_size.0, 1500) {
            let (v, i) = curve(&film.site(at), 0.0, &Waveform::default());
            if (0..126).any(|k| v[k] < 1.2 && i[k] > 0.5e-9) {
                curves.push((v, i));
            }
        }
    }
    let median = |of: &dyn Fn(&Curve) -> f64| {
        let mut values: Vec<f64> = curves.iter().map(of).collect();
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    for (at_a, left, right, separation) in DIGITISED {
        let up_v = |c: &Curve| crossing(&c.0[..126], &c.1[..126], at_a);
        let down_v = |c: &Curve| crossing(&c.0[125..], &c.1[125..], at_a);
        let (up, down, apart) = (median(&up_v), median(&down_v), median(&|c| up_v(c) - down_v(c)));
        assert!((down - left).abs() < 0.10 && (up - right).abs() < 0.10, "{at_a}: {down} {up}");
        // At 0.4 nA loops of the twin are narrower by a factor of 2.3: a known misfit of the calibration, see docs/physics.md.
        assert!(at_a > 0.3e-9 || (0.5..2.0).contains(&(apart / separation)), "{at_a}: {apart} V apart");
    }
}

#[test]
fn val_branches_lie_where_digitised_curves_lie() {
    // 25 curves of a public notebook (sample, light and rate not stated), read off its figure to ±0.02 V: medians of the
    // left and the right branch and of their separation. The default grain must be within 0.10 V, the separation within a factor of 2.
    let (bias_v, current_a) = curve(&Site::default(), 0.0, &Waveform::default());
    for (at_a, left, right, separation) in DIGITISED {
        let up = crossing(&bias_v[..126], &current_a[..126], at_a);
        let down = crossing(&bias_v[125..], &current_a[125..], at_a);
        assert!((down - left).abs() < 0.10 && (up - right).abs() < 0.10, "{at_a}: {down} {up}");
        let ratio = (up - down) / separation;
        assert!((0.5..2.0).contains(&ratio), "{at_a}: {}", up - down);
    }
}

//! Shape numbers of a triangle sweep, written out here so that the physics is not judged by the code it feeds.

use tiptwin_instrument::{Seconds, Suns, Volts, Waveform};
use tiptwin_sim::transport::{Constants, Site, sweep};

/// Area under the up branch and under the down branch, V·A, both taken along rising bias.
pub(crate) fn areas(bias_v: &[f64], current_a: &[f64]) -> (f64, f64) {
    let peak = bias_v.len() / 2;
    let area = |range: std::ops::Range<usize>| -> f64 {
        range.map(|i| 0.5 * (current_a[i] + current_a[i + 1]) * (bias_v[i + 1] - bias_v[i])).sum()
    };
    (area(0..peak), -area(peak..bias_v.len() - 1))
}

/// A normalised, signed loop area `H_n` = (`A_down` − `A_up`)/(|`A_up`| + |`A_down`|).
pub(crate) fn loop_share(bias_v: &[f64], current_a: &[f64]) -> f64 {
    let (up, down) = areas(bias_v, current_a);
    (down - up) / (up.abs() + down.abs())
}

/// The largest current, A.
pub(crate) fn max_a(current_a: &[f64]) -> f64 {
    current_a.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// A triangle to `peak_v` and back at `rate_v_per_s`, with `steps` per branch.
pub(crate) fn triangle(peak_v: f64, rate_v_per_s: f64, steps: usize) -> Waveform {
    let duration = Seconds(2.0 * peak_v.abs() / rate_v_per_s);
    Waveform::Triangle { peak: Volts(peak_v), samples: 2 * steps + 1, duration }
}

/// Bias and noiseless current of a rested site.
pub(crate) fn curve(site: &Site, suns: f64, waveform: &Waveform) -> (Vec<f64>, Vec<f64>) {
    let swept = sweep(site, Suns(suns), waveform, &Constants::default()).expect("sweeps");
    (waveform.bias_v(), swept.current_a)
}

/// A location of the table of classes: tip barrier and activation energy as given there, boundary barrier at full height.
pub(crate) fn class(tip_barrier_ev: f64, activation_ev: f64, boundary_barrier_ev: f64) -> Site {
    Site { tip_barrier_ev, activation_ev, boundary_barrier_ev, ..Site::default() }
}

/// The classes of the table, by name.
pub(crate) fn classes() -> [(&'static str, Site); 5] {
    [
        ("grain", Site::default()),
        ("weak boundary", class(0.235, 0.38, 0.03)),
        ("typical boundary", class(0.245, 0.38, 0.06)),
        ("strong boundary", class(0.255, 0.38, 0.10)),
        ("junction", class(0.255, 0.365, 0.26)),
    ]
}

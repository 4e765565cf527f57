//! Conductance near the end of the sweep: dI/dV of the up branch at 0.9 of the peak voltage.
//!
//! From the local parabola (Savitzky–Golay) whose middle is nearest. Where a series resistance limits the current it tends
//! to its inverse. 0.9 and not the peak keeps the window inside the branch. A clipped curve gives a lower bound.

use super::{Descriptor, Undefined, Value, branches, savitzky_golay};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// Where, as a share of the peak voltage.
const AT: f64 = 0.9;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct Conductance;

/// The parabola nearest to the place; `None` for a branch shorter than a window.
fn nearest(bias_v: &[f64], current_a: &[f64]) -> Option<savitzky_golay::Local> {
    let at_v = AT * bias_v.last()?;
    let distance = |p: &savitzky_golay::Local| (p.bias_v - at_v).abs();
    savitzky_golay::parabolas(bias_v, current_a).into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

impl Descriptor for Conductance {
    fn name(&self) -> &'static str {
        "conductance"
    }

    fn title(&self) -> &'static str {
        "conductance at 0.9 of the peak bias"
    }

    fn unit(&self) -> &'static str {
        "S"
    }

    fn evaluate(&self, curve: &IvCurve, _: Amps) -> Result<Value, Undefined> {
        let (up, _) = branches::split(curve);
        let local = nearest(&up.bias_v, &up.current_a)
            .ok_or(Undefined("the up branch is shorter than the smoothing window of 11 samples"))?;
        Ok(Value { value: local.slope, censored: curve.saturated })
    }

    fn noise_sigma(&self, waveform: &Waveform, noise: Amps) -> Option<f64> {
        let bias_v = branches::up_bias_v(waveform);
        Some(noise.0 * nearest(&bias_v, &bias_v)?.slope_gain)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::*;

    #[test]
    fn the_slope_of_a_parabola_at_nine_tenths() {
        let curve = triangle(|v| 1e-9 * v * v, |_| 0.0);
        let v = Conductance.evaluate(&curve, Amps(0.0)).expect("defined");
        // The nearest sample is within half a step of 12 mV, and the slope changes by 2e-9 S per volt.
        assert!((v.value - 2.7e-9).abs() < 2e-9 * 0.0061, "{v:?}");
    }
}

//! Loop-crossing voltage: where the return branch stops being above the other and starts being below, or the other way
//! round.
//!
//! With `G(V) = ∫₀^V (I_down − I_up) dV` a crossing is an extremum of G. The one is taken that splits the loop into the two
//! largest lobes of opposite sign; working on the integral lets the noise average out. Both lobes must exceed five standard
//! deviations of their noise, `σ h √(2n)` for n steps of h, and a hundredth of the loop; otherwise the branches do not
//! cross and there is no value.

use super::branches::{self, gap_a};
use super::{Descriptor, Undefined, Value};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The least lobe in standard deviations of its noise.
const SIGMAS: f64 = 5.0;
/// The least share of a lobe in both.
const SHARE: f64 = 0.01;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct LoopCrossingVoltage;

impl Descriptor for LoopCrossingVoltage {
    fn name(&self) -> &'static str {
        "loop_crossing_voltage"
    }

    fn title(&self) -> &'static str {
        "loop-crossing voltage"
    }

    fn unit(&self) -> &'static str {
        "V"
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        const NONE: Undefined = Undefined("the branches do not cross");
        let (up, down) = branches::split(curve);
        let (v, gap) = (&up.bias_v, gap_a(&up, &down));
        let steps = gap.len().saturating_sub(1);
        let mut integral = vec![0.0; gap.len()];
        for k in 1..gap.len() {
            integral[k] = integral[k - 1] + 0.5 * (gap[k] + gap[k - 1]) * (v[k] - v[k - 1]);
        }
        let total = integral.last().copied().unwrap_or_default();
        let lobes = |k: usize| (integral[k], total - integral[k]);
        let size = |k: &usize| lobes(*k).0.abs() + lobes(*k).1.abs();
        let k = (1..steps)
            .filter(|&k| lobes(k).0 * lobes(k).1 < 0.0)
            .max_by(|a, b| size(a).total_cmp(&size(b)))
            .ok_or(NONE)?;
        let step_v = up.peak_v() / steps as f64;
        let least = |n: usize| (SIGMAS * noise.0 * step_v * (2.0 * n as f64).sqrt()).max(SHARE * size(&k));
        if lobes(k).0.abs() <= least(k) || lobes(k).1.abs() <= least(steps - k) {
            return Err(NONE);
        }
        // At an extremum of G the mean gaps of the steps before and after differ in sign: the zero of the line between
        // them.
        let (before, after) = (gap[k - 1] + gap[k], gap[k] + gap[k + 1]);
        let (from_v, to_v) = (0.5 * (v[k - 1] + v[k]), 0.5 * (v[k] + v[k + 1]));
        let at = if before == after { 0.5 } else { before / (before - after) };
        Ok(Value { value: from_v + (to_v - from_v) * at, censored: curve.saturated })
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::{noisy, triangle};
    use super::*;

    #[test]
    fn an_eight_is_crossed_once_and_a_lens_never() {
        let eight = triangle(|v| 1e-10 * v, |v| 1e-10 * (v + (v - 0.7) * v * (1.5 - v)));
        let v = LoopCrossingVoltage.evaluate(&eight, Amps(0.0)).expect("crosses");
        // The gap is a cubic; over two steps around its zero it is straight to h²/8 of its curvature.
        assert!((v.value - 0.7).abs() < 2e-4, "{v:?}");
        let v = LoopCrossingVoltage.evaluate(&noisy(&eight, Amps(1e-12), 2), Amps(1e-12)).expect("crosses");
        // The gap rises by 56 pA/V there: one sample of √2 pA is 25 mV, and the integral averages a few of them.
        assert!((v.value - 0.7).abs() < 0.1, "{v:?}");
        let lens = triangle(|v| 1e-10 * v, |v| 1e-10 * (v + v * (1.5 - v)));
        assert!(LoopCrossingVoltage.evaluate(&lens, Amps(0.0)).is_err());
        let flat = triangle(|_| 0.0, |_| 0.0);
        let found =
            (0..100).filter(|&s| LoopCrossingVoltage.evaluate(&noisy(&flat, Amps(1e-12), s), Amps(1e-12)).is_ok());
        assert_eq!(found.count(), 0);
    }
}

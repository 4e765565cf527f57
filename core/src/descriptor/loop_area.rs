//! Signed loop area: how much more the return branch carries.
//!
//! `A = ∫ (I_down − I_up) d|V|`, by the trapezoid rule on the up branch's voltages, in A·V. Positive where the return
//! branch is higher. The parts of a loop that crosses itself cancel; [`super::HysteresisArea`] adds them. Noise moves it
//! evenly to both sides.

use super::branches::{self, gap_a, trapezoid, up_bias_v};
use super::{Descriptor, Undefined, Value};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct LoopArea;

impl Descriptor for LoopArea {
    fn name(&self) -> &'static str {
        "loop_area"
    }

    fn title(&self) -> &'static str {
        "signed loop area"
    }

    fn unit(&self) -> &'static str {
        "A·V"
    }

    fn evaluate(&self, curve: &IvCurve, _: Amps) -> Result<Value, Undefined> {
        let (up, down) = branches::split(curve);
        let value = trapezoid(&up.bias_v, &gap_a(&up, &down));
        // Both branches lose where the amplifier clips, so this is not a bound in a known direction, but it is not the area
        // either.
        Ok(Value { value, censored: curve.saturated })
    }

    fn noise_sigma(&self, waveform: &Waveform, noise: Amps) -> Option<f64> {
        // Two independent samples at every voltage but the peak, which both branches share and which cancels.
        let bias_v = up_bias_v(waveform);
        let last = bias_v.len() - 1;
        let weight = |k: usize| 0.5 * (bias_v[k + 1] - bias_v[k.saturating_sub(1)]);
        let squares: f64 = (0..last).map(|k| weight(k).powi(2)).sum();
        Some(noise.0 * (2.0 * squares).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::*;

    #[test]
    fn areas_carry_the_sign_of_the_loop_and_crossings_cancel() {
        let area = |up: f64, down: f64| {
            let curve = triangle(|v| up * v * (1.5 - v), |v| down * v * (1.5 - v));
            LoopArea.evaluate(&curve, Amps(0.0)).expect("defined").value
        };
        // ∫ v (1.5 − v) = 1.5³/6; the trapezoid rule loses h²/12 × 3 of it.
        let expected = 1e-10 * 0.5625;
        assert!((area(1e-10, 2e-10) - expected).abs() < 1e-10 * 4e-5, "{}", area(1e-10, 2e-10));
        assert_eq!(area(2e-10, 1e-10), -area(1e-10, 2e-10));
        let eight = triangle(|v| 1e-10 * v, |v| 1e-10 * (v + (v - 0.75) * v * (1.5 - v)));
        assert!(LoopArea.evaluate(&eight, Amps(0.0)).expect("defined").value.abs() < 1e-22);
    }
}

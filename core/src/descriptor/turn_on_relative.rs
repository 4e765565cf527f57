//! Turn-on voltage, relative rule: where the up branch reaches a tenth of the curve's own maximum current.
//!
//! `V_on = first |V| with I > 0.1 I_max` for three samples in a row, linearly interpolated. Unlike a fixed threshold it
//! does not change when contact radius or gain multiply the whole curve; it therefore describes the shape only. A tenth
//! that lies below two standard deviations of the noise cannot be seen (three in a row above 2 σ happen once in 700
//! noise-only branches of 126 samples); those 2 σ are then used and the value is an upper bound. So is what a clipped
//! maximum gives, from the other side.

use super::max_current::largest_a;
use super::{Descriptor, TurnOnVoltage, Undefined, Value, branches};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// Share of the maximum current.
const SHARE: f64 = 0.1;
/// Least threshold in standard deviations of the noise.
const SIGMAS: f64 = 2.0;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct TurnOnRelative;

impl Descriptor for TurnOnRelative {
    fn name(&self) -> &'static str {
        "turn_on_relative"
    }

    fn title(&self) -> &'static str {
        "turn-on voltage at 10 % of the maximum"
    }

    fn unit(&self) -> &'static str {
        "V"
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        if let Some(bound) = TurnOnVoltage::insulating(curve, noise) {
            return Ok(bound);
        }
        let (up, _) = branches::split(curve);
        let (wanted_a, visible_a) = (SHARE * largest_a(curve), SIGMAS * noise.0);
        Ok(match up.crossing_v(wanted_a.max(visible_a)) {
            Some(value) => Value { value, censored: curve.saturated || wanted_a < visible_a },
            None => Value::bound(up.peak_v()),
        })
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        // It is the current noise over the slope at the crossing, and the slope differs from curve to curve.
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::*;

    #[test]
    fn the_value_does_not_scale_with_the_current() {
        // A parabola reaches a tenth of its maximum at √0.1 of its voltage.
        let expected = 1.5 * 0.1_f64.sqrt();
        for scale in [1e-10, 1e-8] {
            let curve = triangle(|v| scale * v * v, |v| scale * v * v);
            let v = TurnOnRelative.evaluate(&curve, Amps(0.0)).expect("defined");
            // The chord of a step lies above the parabola: its crossing is early by at most h²/8 × curvature/slope = 4e-5
            // V. The median of three leaves the peak sample, which is the only one of its height, one step down: 2 h/V_p of
            // 0.474 V / 2.
            assert!((v.value - expected).abs() < 4e-5 + expected * 0.012 / 1.5 && !v.censored, "{v:?}");
        }
    }

    #[test]
    fn a_tenth_below_the_noise_gives_a_bound() {
        let curve = triangle(|v| 1e-11 * v, |v| 1e-11 * v);
        let v = TurnOnRelative.evaluate(&curve, Amps(1e-12)).expect("defined");
        // 15 pA at the peak: a tenth is 1.5 pA, 2 σ are reached at 0.2 V.
        assert!(v.censored && (v.value - 0.2).abs() < 1e-9, "{v:?}");
        assert_eq!(TurnOnRelative.evaluate(&curve, Amps(4e-12)), Ok(Value::bound(1.5)));
    }
}

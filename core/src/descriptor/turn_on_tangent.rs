//! Turn-on voltage, tangent rule: where the steepest tangent of the up branch meets zero current.
//!
//! `V_on = V* − I(V*)/I'(V*)` at the V* of the largest dI/dV, both from local parabolas (Savitzky–Golay). On a curve that
//! ends as a straight line behind a series resistance it is that line's foot. A slope that is not five standard deviations
//! above zero is none, and the value then the peak voltage as a lower bound. A clipped curve has lost its steepest part:
//! censored.

use super::{Descriptor, TurnOnVoltage, Undefined, Value, branches, savitzky_golay};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The least slope in its standard deviations.
const SIGMAS: f64 = 5.0;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct TurnOnTangent;

impl Descriptor for TurnOnTangent {
    fn name(&self) -> &'static str {
        "turn_on_tangent"
    }

    fn title(&self) -> &'static str {
        "turn-on voltage of the steepest tangent"
    }

    fn unit(&self) -> &'static str {
        "V"
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        if let Some(bound) = TurnOnVoltage::insulating(curve, noise) {
            return Ok(bound);
        }
        let (up, _) = branches::split(curve);
        let steepest = savitzky_golay::of_current(&up)
            .into_iter()
            .max_by(|a, b| a.slope.total_cmp(&b.slope))
            .ok_or(Undefined("the up branch is shorter than the smoothing window of 11 samples"))?;
        if steepest.slope <= SIGMAS * noise.0 * steepest.slope_gain {
            return Ok(Value::bound(up.peak_v()));
        }
        let foot_v = steepest.bias_v - steepest.value / steepest.slope;
        Ok(Value { value: foot_v, censored: curve.saturated })
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::*;

    #[test]
    fn the_foot_of_a_straight_end_is_found() {
        let curve = triangle(|v| 1e-9 * (v - 0.6).max(0.0), |_| 0.0);
        let v = TurnOnTangent.evaluate(&curve, Amps(0.0)).expect("defined");
        assert!((v.value - 0.6).abs() < 1e-9 && !v.censored, "{v:?}");
        assert_eq!(TurnOnTangent.evaluate(&triangle(|_| 0.0, |_| 0.0), Amps(1e-12)), Ok(Value::bound(1.5)));
    }
}

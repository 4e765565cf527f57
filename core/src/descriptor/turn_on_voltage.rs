//! Turn-on voltage: where the current starts to increase (JPCL 2023, 14, 3352), by a threshold.
//!
//! The first |V| of the up branch from which three samples in a row exceed `I_th = max(5 σ, floor)`, linearly
//! interpolated to the crossing. A curve that never does is right-censored at the peak voltage. The
//! threshold is absolute, so the value depends on contact radius and gain; it says nothing about ideality.

use super::{Descriptor, Undefined, Value, branches};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// Threshold in standard deviations of the current noise.
const SIGMAS: f64 = 5.0;

/// The threshold rule and its floor.
#[derive(Clone, Copy, Debug)]
pub struct TurnOnVoltage {
    /// Smallest threshold, used when the noise is lower.
    pub floor: Amps,
}

impl Default for TurnOnVoltage {
    fn default() -> Self {
        Self { floor: Amps(10e-12) }
    }
}

impl TurnOnVoltage {
    /// The current that counts as "turned on": five standard deviations of the noise, at least the floor.
    pub(super) fn threshold_a(self, noise: Amps) -> f64 {
        (SIGMAS * noise.0).max(self.floor.0)
    }

    /// What every rule for a turn-on voltage says of a curve that never turns on: not below the peak. Judging this by the
    /// same threshold everywhere keeps a rule from finding a shape in what is only noise.
    pub(super) fn insulating(curve: &IvCurve, noise: Amps) -> Option<Value> {
        let (up, _) = branches::split(curve);
        let on = up.first_above(Self::default().threshold_a(noise));
        on.is_none().then(|| Value::bound(up.peak_v()))
    }
}

impl Descriptor for TurnOnVoltage {
    fn name(&self) -> &'static str {
        "turn_on_voltage"
    }

    fn title(&self) -> &'static str {
        "turn-on voltage"
    }

    fn unit(&self) -> &'static str {
        "V"
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        let (up, _) = branches::split(curve);
        let crossing = up.crossing_v(self.threshold_a(noise));
        Ok(crossing.map_or_else(|| Value::bound(curve.bias_v[curve.peak_index()].abs()), Value::exact))
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        // It is the current noise over the slope at the crossing, and the slope differs from curve to curve.
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::{mirrored, triangle};
    use super::*;

    #[test]
    fn crossing_is_interpolated_and_polarity_does_not_matter() {
        // 100 pA/V above 0.3 V crosses 10 pA at exactly 0.4 V.
        let curve = triangle(|v| 1e-10 * (v - 0.3), |v| 1e-10 * (v - 0.3));
        for c in [&curve, &mirrored(&curve)] {
            let v = TurnOnVoltage::default().evaluate(c, Amps(1e-12)).expect("defined");
            assert!((v.value - 0.4).abs() < 1e-9 && !v.censored, "{v:?}");
        }
    }

    #[test]
    fn noise_above_the_floor_raises_the_threshold() {
        let curve = triangle(|v| 1e-10 * v, |v| 1e-10 * v);
        let v = TurnOnVoltage::default().evaluate(&curve, Amps(4e-12)).expect("defined");
        assert!((v.value - 0.2).abs() < 1e-9, "5 σ = 20 pA is reached at 0.2 V, got {v:?}");
    }

    #[test]
    fn insulating_curves_are_censored_at_the_peak_and_single_spikes_ignored() {
        let mut curve = triangle(|_| 1e-12, |_| 1e-12);
        curve.current_a[40] = 1e-9;
        curve.current_a[41] = 1e-9;
        let v = TurnOnVoltage::default().evaluate(&curve, Amps(1e-12)).expect("defined");
        assert_eq!(v, Value { value: 1.5, censored: true });
    }
}

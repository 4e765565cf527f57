//! Turn-on voltage, curvature rule: where the logarithm of the up branch bends up most.
//!
//! `V_on = argmax d²(log₁₀ I)/dV²` over the samples above the turn-on threshold, from local parabolas (Savitzky–Golay). It
//! marks where a new way for the current opens beside one that saturates (leak and diode, ions and contact); a plain diode
//! bends down everywhere and has none.
//!
//! The noise of log₁₀ I is σ/(I ln 10), and two derivatives over a window of 11 samples multiply it by 470 per V² (12 mV
//! steps): most curves of a picoampere amplifier bend less than that. A maximum that is not five standard deviations above
//! zero is therefore no value.

use super::{Descriptor, TurnOnVoltage, Undefined, Value, branches, savitzky_golay};
use std::f64::consts::LN_10;
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The least curvature in its standard deviations.
const SIGMAS: f64 = 5.0;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct TurnOnCurvature;

impl Descriptor for TurnOnCurvature {
    fn name(&self) -> &'static str {
        "turn_on_curvature"
    }

    fn title(&self) -> &'static str {
        "turn-on voltage of the largest curvature"
    }

    fn unit(&self) -> &'static str {
        "V"
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        if let Some(bound) = TurnOnVoltage::insulating(curve, noise) {
            return Ok(bound);
        }
        let (up, _) = branches::split(curve);
        let on = up.conducting(TurnOnVoltage::default().threshold_a(noise));
        let log: Vec<f64> = up.current_a[on.clone()].iter().map(|i| i.log10()).collect();
        let sharpest = savitzky_golay::parabolas(&up.bias_v[on], &log)
            .into_iter()
            .max_by(|a, b| a.curvature.total_cmp(&b.curvature))
            .ok_or(Undefined("less than a smoothing window of 11 samples is above the turn-on threshold"))?;
        let sigma = noise.0 / (10.0_f64.powf(sharpest.value) * LN_10) * sharpest.curvature_gain;
        if sharpest.curvature <= SIGMAS * sigma {
            return Err(Undefined("the logarithm of the current bends up no more than its noise"));
        }
        Ok(Value { value: sharpest.bias_v, censored: curve.saturated })
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
    fn the_corner_of_two_exponentials_is_found_and_a_diode_has_none() {
        // log₁₀ I has slope 0.5/V below 0.8 V and 5/V above.
        let corner = triangle(|v| 5e-11 * 10.0_f64.powf(0.5 * v + 4.5 * (v - 0.8).max(0.0)), |_| 0.0);
        let v = TurnOnCurvature.evaluate(&corner, Amps(0.0)).expect("defined");
        // A parabola over a corner is widest where the corner is in the middle: the nearest sample, half a step of 12 mV.
        assert!((v.value - 0.8).abs() < 0.0061 && !v.censored, "{v:?}");
        let diode = triangle(|v| 1e-9 * ((v / 0.3).exp() - 1.0), |_| 0.0);
        assert!(TurnOnCurvature.evaluate(&diode, Amps(0.0)).is_err());
    }
}

//! Power-law exponent of the upper end: 1 for a resistor, 2 for space-charge-limited current.
//!
//! `m = d ln I / d ln V`, the least-squares slope over the up branch from 0.8 of the peak voltage to the peak. A value near
//! 2 does not prove space charge: the law of Mott and Gurney holds only for ion densities below the carrier density and
//! barriers of at most 0.1 eV. Undefined unless every sample of the range is above the turn-on threshold.

use super::{Descriptor, TurnOnVoltage, Undefined, Value, branches, line};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// Start of the range, as a share of the peak voltage.
const FROM: f64 = 0.8;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct SclcExponent;

impl Descriptor for SclcExponent {
    fn name(&self) -> &'static str {
        "sclc_exponent"
    }

    fn title(&self) -> &'static str {
        "power-law exponent at the peak"
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        let (up, _) = branches::split(curve);
        let end = up.within_v(FROM * up.peak_v(), f64::INFINITY);
        let threshold_a = TurnOnVoltage::default().threshold_a(noise);
        if end.bias_v.iter().any(|v| *v <= 0.0) || end.current_a.iter().any(|i| *i <= threshold_a) {
            return Err(Undefined("the upper end of the sweep does not conduct"));
        }
        let ln = |x: &[f64]| x.iter().map(|x| x.ln()).collect::<Vec<f64>>();
        let fitted =
            line::fit(&ln(&end.bias_v), &ln(&end.current_a)).ok_or(Undefined("the upper end has one sample"))?;
        Ok(Value { value: fitted.slope, censored: curve.saturated })
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
    fn powers_are_read_back() {
        for power in [1.0, 2.0, 3.5] {
            let curve = triangle(|v: f64| 1e-9 * v.powf(power), |_| 0.0);
            let m = SclcExponent.evaluate(&curve, Amps(1e-12)).expect("defined").value;
            assert!((m - power).abs() < 1e-9, "{m}");
        }
        assert!(SclcExponent.evaluate(&triangle(|_| 1e-13, |_| 0.0), Amps(1e-12)).is_err());
    }
}

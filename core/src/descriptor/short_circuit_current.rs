//! Short-circuit current: the current of the up branch at zero bias.
//!
//! The intercept of a straight line through the samples with |V| ≤ 50 mV, which noise moves less than the one sample at 0
//! V. Negative under light (it flows against the bias that injects) and about 0 in the dark. Undefined for a sweep that
//! does not come near zero.

use super::{Descriptor, Undefined, Value, branches, line};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// Samples that count as near zero bias, V.
pub(super) const NEAR_ZERO_V: f64 = 0.05;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct ShortCircuitCurrent;

fn near_zero(bias_v: &[f64], current_a: &[f64]) -> Option<line::Line> {
    let inside: Vec<usize> = (0..bias_v.len()).filter(|&k| bias_v[k].abs() <= NEAR_ZERO_V).collect();
    let pick = |x: &[f64]| inside.iter().map(|&k| x[k]).collect::<Vec<f64>>();
    line::fit(&pick(bias_v), &pick(current_a))
}

impl Descriptor for ShortCircuitCurrent {
    fn name(&self) -> &'static str {
        "short_circuit_current"
    }

    fn title(&self) -> &'static str {
        "short-circuit current"
    }

    fn unit(&self) -> &'static str {
        "A"
    }

    fn evaluate(&self, curve: &IvCurve, _: Amps) -> Result<Value, Undefined> {
        let (up, _) = branches::split(curve);
        let line = near_zero(&up.bias_v, &up.current_a)
            .ok_or(Undefined("the up branch has fewer than two samples within 50 mV of zero bias"))?;
        Ok(Value::exact(line.intercept))
    }

    fn noise_sigma(&self, waveform: &Waveform, noise: Amps) -> Option<f64> {
        let bias_v = branches::up_bias_v(waveform);
        Some(noise.0 * near_zero(&bias_v, &bias_v)?.intercept_gain)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::*;

    #[test]
    fn the_current_at_zero_bias_is_read() {
        let lit = triangle(|v| 2e-11 * v - 1e-11, |_| 0.0);
        let value = ShortCircuitCurrent.evaluate(&lit, Amps(0.0)).expect("defined").value;
        assert!((value + 1e-11).abs() < 1e-22, "{value}");
        let mut far = lit;
        far.bias_v.iter_mut().for_each(|v| *v += 1.0);
        assert!(ShortCircuitCurrent.evaluate(&far, Amps(0.0)).is_err());
    }
}

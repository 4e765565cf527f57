//! Open-circuit voltage: where a branch's photocurrent and injected current cancel.
//!
//! The first |V| from which three samples in a row are positive, linearly interpolated, one value for each branch. It
//! exists only under light: the mean current below 50 mV must be negative by five standard deviations of that mean,
//! otherwise the value is undefined. A branch that stays negative gives the peak voltage as a lower bound.

use super::short_circuit_current::NEAR_ZERO_V;
use super::{Descriptor, Undefined, Value, branches};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The least photocurrent in its standard deviations.
const SIGMAS: f64 = 5.0;
/// The least photocurrent of a curve without noise: below any amplifier and above rounding errors.
const LEAST_A: f64 = 1e-15;

/// The rule, for one branch.
#[derive(Clone, Copy, Debug)]
pub enum OpenCircuitVoltage {
    /// Of the branch to the peak.
    Up,
    /// Of the branch back.
    Down,
}

impl Descriptor for OpenCircuitVoltage {
    fn name(&self) -> &'static str {
        match self {
            Self::Up => "open_circuit_voltage_up",
            Self::Down => "open_circuit_voltage_down",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Up => "open-circuit voltage, up",
            Self::Down => "open-circuit voltage, down",
        }
    }

    fn unit(&self) -> &'static str {
        "V"
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        let (up, down) = branches::split(curve);
        let branch = match self {
            Self::Up => up,
            Self::Down => down,
        };
        let start = branch.within_v(-NEAR_ZERO_V, NEAR_ZERO_V).current_a;
        let n = start.len() as f64;
        let least_a = (SIGMAS * noise.0 / n.sqrt()).max(LEAST_A);
        if start.is_empty() || start.iter().sum::<f64>() / n >= -least_a {
            return Err(Undefined("no photocurrent flows against the bias near zero"));
        }
        Ok(branch.crossing_v(0.0).map_or_else(|| Value::bound(branch.peak_v()), Value::exact))
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
    fn each_branch_has_its_own_zero_and_the_dark_has_none() {
        let lit = triangle(|v| 1e-10 * (v - 0.3), |v| 1e-10 * (v - 0.45));
        for (rule, expected) in [(OpenCircuitVoltage::Up, 0.3), (OpenCircuitVoltage::Down, 0.45)] {
            let v = rule.evaluate(&lit, Amps(1e-12)).expect("lit");
            assert!((v.value - expected).abs() < 1e-9 && !v.censored, "{v:?}");
            assert!(rule.evaluate(&triangle(|v| 1e-10 * v, |v| 1e-10 * v), Amps(0.0)).is_err());
        }
        let blocked = triangle(|_| -1e-11, |_| -1e-11);
        assert_eq!(OpenCircuitVoltage::Up.evaluate(&blocked, Amps(1e-12)), Ok(Value::bound(1.5)));
    }
}

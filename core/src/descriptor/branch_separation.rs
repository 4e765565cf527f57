//! Branch separation: how many volts lie between the branches at a fixed current.
//!
//! `ΔV = V_up(I₀) − V_down(I₀)`, each where three samples in a row exceed I₀. Positive where the return branch carries
//! more. It needs no zero line and no area, so it can also be read from a published figure. Undefined where a branch never
//! reaches I₀.

use super::{Descriptor, Undefined, Value, branches};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The rule and its current.
#[derive(Clone, Copy, Debug)]
pub struct BranchSeparation {
    /// I₀.
    pub current: Amps,
}

impl Default for BranchSeparation {
    fn default() -> Self {
        Self { current: Amps(0.1e-9) }
    }
}

impl Descriptor for BranchSeparation {
    fn name(&self) -> &'static str {
        "branch_separation"
    }

    fn title(&self) -> &'static str {
        "branch separation at 0.1 nA"
    }

    fn unit(&self) -> &'static str {
        "V"
    }

    fn evaluate(&self, curve: &IvCurve, _: Amps) -> Result<Value, Undefined> {
        const NONE: Undefined = Undefined("a branch never reaches the current at which they are compared");
        let (up, down) = branches::split(curve);
        let on = |branch: &branches::Branch| branch.crossing_v(self.current.0).ok_or(NONE);
        Ok(Value::exact(on(&up)? - on(&down)?))
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
    fn shifted_branches_are_apart_by_their_shift() {
        let curve = triangle(|v| 1e-9 * (v - 0.5), |v| 1e-9 * (v - 0.35));
        let v = BranchSeparation::default().evaluate(&curve, Amps(0.0)).expect("reached");
        assert!((v.value - 0.15).abs() < 1e-9, "{v:?}");
        assert!(BranchSeparation { current: Amps(1e-8) }.evaluate(&curve, Amps(0.0)).is_err());
    }
}

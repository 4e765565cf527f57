//! Loop share H_n: the signed loop area over what both branches enclose.
//!
//! `H_n = A / (|A_up| + |A_down| + A_0)` with `A_x = ∫ I_x d|V|` and `A_0 = 3 σ |V_p| / √N`, N the samples of a branch:
//! three standard deviations of a branch's area from noise alone, so that an insulating location gives about 0 and not the
//! ratio of two noises. Without a unit, in −1 … 1 where both branches carry current one way. 0 for a curve without any
//! current.

use super::branches::{self, gap_a, trapezoid};
use super::{Descriptor, Undefined, Value};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct LoopShare;

impl Descriptor for LoopShare {
    fn name(&self) -> &'static str {
        "loop_share"
    }

    fn title(&self) -> &'static str {
        "loop share"
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        let (up, down) = branches::split(curve);
        let area = trapezoid(&up.bias_v, &gap_a(&up, &down));
        let up_area = trapezoid(&up.bias_v, &up.current_a);
        let down_area = up_area + area;
        let floor = 3.0 * noise.0 * up.peak_v() / (up.bias_v.len() as f64).sqrt();
        let enclosed = up_area.abs() + down_area.abs() + floor;
        Ok(Value { value: if enclosed > 0.0 { area / enclosed } else { 0.0 }, censored: curve.saturated })
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        // The noise of the area over an area that differs from curve to curve.
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::{moments, noisy, triangle};
    use super::*;

    #[test]
    fn straight_branches_give_the_ratio_of_their_slopes() {
        let curve = triangle(|v| 1e-10 * v, |v| if v < 1.5 { 3e-10 * v } else { 1e-10 * v });
        let share = LoopShare.evaluate(&curve, Amps(0.0)).expect("defined").value;
        // (3 − 1)/(3 + 1); the shared peak sample takes a trapezoid's half of 3e-10 out of a loop of 225e-12.
        assert!((share - 0.5).abs() < 0.5 * 0.012, "{share}");
        assert_eq!(LoopShare.evaluate(&triangle(|_| 0.0, |_| 0.0), Amps(0.0)), Ok(Value::exact(0.0)));
    }

    #[test]
    fn noise_alone_stays_near_zero() {
        let flat = triangle(|_| 0.0, |_| 0.0);
        let shares: Vec<f64> = (0..200)
            .map(|seed| LoopShare.evaluate(&noisy(&flat, Amps(1e-12), seed), Amps(1e-12)).expect("defined").value)
            .collect();
        // Numerator √2 of a branch's deviation, denominator at least 3 of it: below 0.47 in standard deviation, here about
        // 0.3.
        let (mean, sd) = moments(&shares);
        assert!(sd < 0.47 && mean.abs() < 4.0 * sd / 200.0_f64.sqrt(), "{mean} {sd}");
    }
}

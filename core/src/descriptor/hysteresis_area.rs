//! Hysteresis area: the area between the forward and the reverse branch (JPCL 2023, 14, 3352).
//!
//! `H_abs = ∫ |I_down − I_up| d|V|`, by the trapezoid rule on the up branch's voltages, in A·V. It sees loops that cross
//! themselves. Noise alone gives on average `2 σ |V_p| / √π` (the mean of |difference of two normals|), which is
//! subtracted; the result can therefore be slightly negative on a curve without a loop.

use super::{Descriptor, Undefined, Value, branches};
use std::f64::consts::PI;
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct HysteresisArea;

impl Descriptor for HysteresisArea {
    fn name(&self) -> &'static str {
        "hysteresis_area"
    }

    fn title(&self) -> &'static str {
        "hysteresis area"
    }

    fn unit(&self) -> &'static str {
        "A·V"
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        let (up, down) = branches::split(curve);
        let gap_a: Vec<f64> = branches::gap_a(&up, &down).into_iter().map(f64::abs).collect();
        let area = branches::trapezoid(&up.bias_v, &gap_a);
        let peak_v = curve.bias_v[curve.peak_index()].abs();
        Ok(Value { value: area - 2.0 * noise.0 * peak_v / PI.sqrt(), censored: curve.saturated })
    }

    fn noise_sigma(&self, waveform: &Waveform, noise: Amps) -> Option<f64> {
        // Half-normal terms of variance 2σ²(1 − 2/π), one per sample of a branch; on a wide loop it is 2σ² instead.
        let half = (branches::up_bias_v(waveform).len() - 1) as f64;
        Some(waveform.peak().0 * noise.0 * (2.0 * (1.0 - 2.0 / PI) / half).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::{mirrored, triangle};
    use super::*;

    #[test]
    fn areas_of_simple_and_crossing_loops() {
        let constant_gap = triangle(|_| 1e-10, |_| 3e-10);
        // The peak sample belongs to both branches, so the last trapezoid has half the gap: 2e-10 × (1.5 − 0.006).
        let area = HysteresisArea.evaluate(&constant_gap, Amps(0.0)).expect("defined").value;
        assert!((area - 2e-10 * 1.494).abs() < 1e-22, "{area}");
        let crossing = triangle(|v| 1e-10 * v, |v| 1e-10 * (1.5 - v));
        let area = HysteresisArea.evaluate(&crossing, Amps(0.0)).expect("defined").value;
        assert!((area - 1e-10 * 1.125).abs() < 2e-12, "{area}");
        assert_eq!(HysteresisArea.evaluate(&mirrored(&crossing), Amps(0.0)).expect("defined").value, area);
    }

    #[test]
    fn noise_bias_is_removed_and_its_spread_announced() {
        use rand::SeedableRng;
        use rand_distr::{Distribution, Normal};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let noise = Normal::new(0.0, 1e-12).expect("finite");
        let values: Vec<f64> = (0..400)
            .map(|_| {
                let mut curve = triangle(|_| 0.0, |_| 0.0);
                curve.current_a.iter_mut().for_each(|i| *i = noise.sample(&mut rng));
                HysteresisArea.evaluate(&curve, Amps(1e-12)).expect("defined").value
            })
            .collect();
        let mean = values.iter().sum::<f64>() / 400.0;
        let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
        let announced = HysteresisArea.noise_sigma(&Waveform::default(), Amps(1e-12)).expect("known");
        // Four standard errors of the mean; 1 % of the bias itself is for the shared peak sample.
        assert!(mean.abs() < 4.0 * sd / 20.0 + 0.017e-12, "{mean}");
        assert!((sd / announced - 1.0).abs() < 0.15, "{sd} against {announced}");
    }
}

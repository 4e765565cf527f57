//! Maximum current: the largest |I| of both branches after a running median of three.
//!
//! The median removes single-sample spikes and costs nothing on a smooth peak. A clipped sweep gives a lower
//! bound and is marked censored.

use super::{Descriptor, Undefined, Value};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct MaxCurrent;

impl Descriptor for MaxCurrent {
    fn name(&self) -> &'static str {
        "max_current"
    }

    fn title(&self) -> &'static str {
        "maximum current"
    }

    fn unit(&self) -> &'static str {
        "A"
    }

    fn evaluate(&self, curve: &IvCurve, _: Amps) -> Result<Value, Undefined> {
        Ok(Value { value: largest_a(curve), censored: curve.saturated })
    }

    fn noise_sigma(&self, _: &Waveform, noise: Amps) -> Option<f64> {
        // The variance of the median of three equal normals is 1 - √3/π of one sample's (David & Nagaraja, Order
        // Statistics, 3rd ed., 3.2). Picking the largest of several such medians is left out: it shifts more than it
        // spreads.
        Some(noise.0 * (1.0 - 3.0_f64.sqrt() / std::f64::consts::PI).sqrt())
    }
}

/// The largest |I| after a running median of three, A.
pub(super) fn largest_a(curve: &IvCurve) -> f64 {
    let magnitude: Vec<f64> = curve.current_a.iter().map(|i| i.abs()).collect();
    match magnitude.len() {
        0..=2 => magnitude.iter().copied().fold(0.0, f64::max),
        _ => magnitude.windows(3).map(median_of_three).fold(0.0, f64::max),
    }
}

pub(super) fn median_of_three(w: &[f64]) -> f64 {
    w[0].min(w[1]).max(w[0].max(w[1]).min(w[2]))
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::{mirrored, triangle};
    use super::*;

    #[test]
    fn finds_the_peak_of_either_branch_and_polarity() {
        let curve = triangle(|v| 1e-9 * v, |v| 1e-9 * v * (1.7 - v) * 3.0);
        let largest = MaxCurrent.evaluate(&curve, Amps(0.0)).expect("defined").value;
        // The parabola falls by 3e-9 × (12 mV)² from its top to the neighbouring sample, and the median may take that one.
        assert!((largest - 1e-9 * 0.85 * 0.85 * 3.0).abs() < 4.4e-13, "{largest}");
        assert_eq!(MaxCurrent.evaluate(&mirrored(&curve), Amps(0.0)).map(|v| v.value), Ok(largest));
    }

    #[test]
    fn a_spike_of_one_sample_does_not_count_and_clipping_does() {
        let mut curve = triangle(|v| 1e-9 * v, |v| 1e-9 * v);
        curve.current_a[10] = 1e-6;
        curve.saturated = true;
        let v = MaxCurrent.evaluate(&curve, Amps(0.0)).expect("defined");
        assert!(v.censored && v.value < 1.5001e-9, "{v:?}");
    }
}

//! Rectification ratio: the current at the positive end of a sweep over that at the negative end.
//!
//! `|I(+V)| / |I(−V)|` at the smaller of the two largest voltages, each the median of three samples. Undefined unless both
//! polarities were swept. A current within five standard deviations of zero is replaced by these, and the ratio is then a
//! bound; with both there it is undefined.

use super::max_current::median_of_three;
use super::{Descriptor, Undefined, Value};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The least current in standard deviations of the noise.
const SIGMAS: f64 = 5.0;
/// The least voltage of the lesser polarity, as a share of the other's.
const SHARE: f64 = 0.05;

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct RectificationRatio;

/// |I| at the first sample nearest to a bias: the median with its neighbours.
fn magnitude_a(curve: &IvCurve, bias_v: f64) -> f64 {
    let distance = |k: &usize| (curve.bias_v[*k] - bias_v).abs();
    let nearest = (0..curve.bias_v.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or_default();
    let around = |k: usize| curve.current_a[k.min(curve.current_a.len() - 1)].abs();
    median_of_three(&[around(nearest.saturating_sub(1)), around(nearest), around(nearest + 1)])
}

impl Descriptor for RectificationRatio {
    fn name(&self) -> &'static str {
        "rectification_ratio"
    }

    fn title(&self) -> &'static str {
        "rectification ratio"
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        let (low, high) = curve.bias_v.iter().fold((0.0_f64, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
        let at_v = high.min(-low);
        if at_v <= SHARE * high.max(-low) {
            return Err(Undefined("a rectification ratio needs a sweep to both polarities"));
        }
        let (forward, backward) = (magnitude_a(curve, at_v), magnitude_a(curve, -at_v));
        let least_a = SIGMAS * noise.0;
        if backward.max(least_a) <= 0.0 || forward.max(backward) <= least_a {
            return Err(Undefined("neither polarity carries a current above the noise"));
        }
        let hidden = forward < least_a || backward < least_a;
        let value = forward.max(least_a) / backward.max(least_a);
        Ok(Value { value, censored: hidden || curve.saturated })
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::*;
    use tiptwin_instrument::Seconds;

    fn both(forward: f64, backward: f64) -> IvCurve {
        let bias_v: Vec<f64> = (0..=400)
            .map(|i: i32| {
                0.01 * f64::from(if i <= 100 {
                    i
                } else if i <= 300 {
                    200 - i
                } else {
                    i - 400
                })
            })
            .collect();
        let current_a = bias_v.iter().map(|v| if *v > 0.0 { forward * v } else { backward * v }).collect();
        IvCurve { bias_v, current_a, sample_interval: Seconds(0.01), saturated: false }
    }

    #[test]
    fn both_ends_are_compared_and_a_hidden_one_gives_a_bound() {
        let v = RectificationRatio.evaluate(&both(1e-9, 1e-11), Amps(0.0)).expect("both polarities");
        // The median of three takes the neighbour of the peak sample on both sides.
        assert!((v.value - 100.0).abs() < 1e-9 && !v.censored, "{v:?}");
        let v = RectificationRatio.evaluate(&both(1e-9, 1e-13), Amps(1e-12)).expect("both polarities");
        assert!(v.censored && (v.value - 0.99e-9 / 5e-12).abs() < 1e-6, "{v:?}");
        assert!(RectificationRatio.evaluate(&both(1e-13, 1e-13), Amps(1e-12)).is_err());
        assert!(RectificationRatio.evaluate(&triangle(|v| v, |v| v), Amps(0.0)).is_err());
    }
}

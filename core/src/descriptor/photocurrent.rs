//! Photocurrent: how much more current flows in light than in the dark, `|I|_max(light) − |I|_max(dark)` at one location.
//!
//! It needs a dark and a lit sweep at each location, such as `light_suns = [0.0, 0.1]`; repeats are averaged. Both currents are
//! those of [`super::MaxCurrent`], so a voltage-dependent photocurrent counts where the current is largest, and light that closes a path (a
//! negative value) is told apart from none. Undefined where one of the two is missing.

use super::max_current::largest_a;
use super::{CurveSet, Descriptor, Undefined, Value};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// The rule.
#[derive(Clone, Copy, Debug)]
pub struct Photocurrent;

const NO_PAIR: Undefined = Undefined("a photocurrent needs a sweep in the dark and one in light at the same location");

impl Descriptor for Photocurrent {
    fn name(&self) -> &'static str {
        "photocurrent"
    }

    fn title(&self) -> &'static str {
        "photocurrent"
    }

    fn unit(&self) -> &'static str {
        "A"
    }

    fn evaluate(&self, _: &IvCurve, _: Amps) -> Result<Value, Undefined> {
        Err(NO_PAIR)
    }

    fn evaluate_set(&self, set: &CurveSet, _: Amps) -> Result<Value, Undefined> {
        let dark = mean(set.dark().map(largest_a)).ok_or(NO_PAIR)?;
        let lit = mean(set.lit().map(largest_a)).ok_or(NO_PAIR)?;
        Ok(Value { value: lit - dark, censored: set.curves.iter().any(|c| c.curve.saturated) })
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        None
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(n, sum), v| (n + 1, sum + v));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::super::{MaxCurrent, SetCurve};
    use super::*;
    use tiptwin_instrument::Suns;

    #[test]
    fn it_is_the_difference_of_the_two_maximum_currents() {
        let swept = |light, scale: f64| SetCurve {
            light: Suns(light),
            repeat: 0,
            curve: triangle(move |v| scale * v, move |v| scale * v),
        };
        let pair = CurveSet { curves: vec![swept(0.0, 1e-10), swept(0.1, 1e-9)] };
        let alone = |i: usize| MaxCurrent.evaluate(&pair.curves[i].curve, Amps::ZERO).expect("defined").value;
        let value = Photocurrent.evaluate_set(&pair, Amps::ZERO).expect("a pair");
        assert_eq!(value, Value::exact(alone(1) - alone(0)));
        let dark = CurveSet { curves: vec![swept(0.0, 1e-10)] };
        assert!(Photocurrent.evaluate_set(&dark, Amps::ZERO).is_err());
    }
}

//! Any function of a curve, or of all curves of a location, as a descriptor, without a file of its own.

use super::{CurveSet, Descriptor, SetCurve, Undefined, Value};
use std::fmt;
use tiptwin_instrument::{Amps, IvCurve, Suns, Waveform};

/// A named function from a sound curve and the noise of one of its samples to a number.
///
/// ```
/// use tiptwin_core::descriptor::{Custom, Descriptor, Value};
///
/// // The charge that a whole sweep drives through the tip.
/// let charge = Custom::new("charge", "charge", "C", |curve, _| {
///     let coulombs = curve.current_a.iter().map(|i| i.abs()).sum::<f64>() * curve.sample_interval.0;
///     Ok(Value { value: coulombs, censored: curve.saturated })
/// });
/// assert_eq!(charge.unit(), "C");
/// ```
pub struct Custom<F> {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    rule: F,
}

impl<F> Custom<F>
where
    F: Fn(&IvCurve, Amps) -> Result<Value, Undefined> + Send + Sync,
{
    /// A descriptor with its name, its title on axes and its SI unit.
    pub const fn new(name: &'static str, title: &'static str, unit: &'static str, rule: F) -> Self {
        Self { name, title, unit, rule }
    }
}

impl<F> fmt::Debug for Custom<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custom").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<F> Descriptor for Custom<F>
where
    F: Fn(&IvCurve, Amps) -> Result<Value, Undefined> + Send + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn unit(&self) -> &'static str {
        self.unit
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        finite((self.rule)(curve, noise))
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        None
    }
}

/// A named function from all curves of a location and the noise of one sample to a number.
///
/// ```
/// use tiptwin_core::descriptor::{CustomSet, Undefined, Value};
///
/// // How much the current at the peak differs between the first and the last repeat.
/// let fatigue = CustomSet::new("fatigue", "fatigue", "A", |set, _| {
///     let peaks: Vec<f64> = set.in_first_light().map(|c| c.current_a[c.peak_index()]).collect();
///     match peaks[..] {
///         [first, .., last] => Ok(Value::exact(last - first)),
///         _ => Err(Undefined("needs repeats")),
///     }
/// });
/// ```
pub struct CustomSet<F> {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    rule: F,
}

impl<F> CustomSet<F>
where
    F: Fn(&CurveSet, Amps) -> Result<Value, Undefined> + Send + Sync,
{
    /// A descriptor with its name, its title on axes and its SI unit.
    pub const fn new(name: &'static str, title: &'static str, unit: &'static str, rule: F) -> Self {
        Self { name, title, unit, rule }
    }
}

impl<F> fmt::Debug for CustomSet<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomSet").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<F> Descriptor for CustomSet<F>
where
    F: Fn(&CurveSet, Amps) -> Result<Value, Undefined> + Send + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn unit(&self) -> &'static str {
        self.unit
    }

    /// One curve alone is a set whose light is not known.
    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        let alone = SetCurve { light: Suns::ZERO, repeat: 0, curve: curve.clone() };
        self.evaluate_set(&CurveSet { curves: vec![alone] }, noise)
    }

    fn evaluate_set(&self, set: &CurveSet, noise: Amps) -> Result<Value, Undefined> {
        finite((self.rule)(set, noise))
    }

    fn noise_sigma(&self, _: &Waveform, _: Amps) -> Option<f64> {
        None
    }
}

/// A user's division by zero must not reach a learner.
fn finite(answer: Result<Value, Undefined>) -> Result<Value, Undefined> {
    match answer {
        Ok(v) if !v.value.is_finite() => Err(Undefined("the function gave a number that is not finite")),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::*;

    #[test]
    fn a_number_that_is_not_finite_is_undefined() {
        let curve = triangle(|_| 0.0, |_| 0.0);
        let ratio = Custom::new("ratio", "ratio", "", |c, _| Ok(Value::exact(c.current_a[0] / c.current_a[1])));
        assert!(ratio.evaluate(&curve, Amps::ZERO).is_err());
        let peak = Custom::new("peak", "peak", "V", |c, _| Ok(Value::exact(c.bias_v[c.peak_index()])));
        assert_eq!(peak.evaluate(&curve, Amps::ZERO), Ok(Value::exact(1.5)));
    }

    #[test]
    fn a_set_is_asked_as_a_whole_and_a_curve_rule_takes_the_mean_of_repeats() {
        let swept = |light, repeat, scale: f64| SetCurve {
            light: Suns(light),
            repeat,
            curve: triangle(move |v| scale * v, move |v| scale * v),
        };
        let set = CurveSet { curves: vec![swept(0.0, 0, 1e-9), swept(0.0, 1, 3e-9), swept(0.1, 0, 9e-9)] };
        let peak = |c: &IvCurve| c.current_a[c.peak_index()];
        let mean = Custom::new("peak", "peak", "A", move |c, _| Ok(Value::exact(peak(c))));
        assert_eq!(mean.evaluate_set(&set, Amps::ZERO), Ok(Value::exact(0.5 * (1.5e-9 + 4.5e-9))));
        let gain = CustomSet::new("gain", "gain", "", move |set, _| {
            let sum = |mut curves: Box<dyn Iterator<Item = &IvCurve> + '_>| curves.next().map_or(f64::NAN, peak);
            Ok(Value::exact(sum(Box::new(set.lit())) / sum(Box::new(set.dark()))))
        });
        assert_eq!(gain.evaluate_set(&set, Amps::ZERO).map(|v| v.value.round()), Ok(9.0));
        assert!(gain.evaluate(&set.curves[0].curve, Amps::ZERO).is_err(), "there is no lit curve");
    }
}

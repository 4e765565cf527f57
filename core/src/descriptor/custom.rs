//! Any function of a curve as a descriptor, without a file of its own.

use super::{Descriptor, Undefined, Value};
use std::fmt;
use tiptwin_instrument::{Amps, IvCurve, Waveform};

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
        match (self.rule)(curve, noise) {
            // A user's division by zero must not reach a learner.
            Ok(v) if !v.value.is_finite() => Err(Undefined("the function gave a number that is not finite")),
            answer => answer,
        }
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
    fn a_number_that_is_not_finite_is_undefined() {
        let curve = triangle(|_| 0.0, |_| 0.0);
        let ratio = Custom::new("ratio", "ratio", "", |c, _| Ok(Value::exact(c.current_a[0] / c.current_a[1])));
        assert!(ratio.evaluate(&curve, Amps::ZERO).is_err());
        let peak = Custom::new("peak", "peak", "V", |c, _| Ok(Value::exact(c.bias_v[c.peak_index()])));
        assert_eq!(peak.evaluate(&curve, Amps::ZERO), Ok(Value::exact(1.5)));
    }
}

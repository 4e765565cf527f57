//! Descriptors: from a current–voltage curve to the one number that is learnt.
//!
//! The published experiment learnt three of them, one per run: turn-on voltage, maximum current and the
//! area between the branches. Another one is a file with a type that implements [`Descriptor`] and a line in [`all`].

mod branches;
mod hysteresis_area;
mod max_current;
mod turn_on_voltage;

pub use hysteresis_area::HysteresisArea;
pub use max_current::MaxCurrent;
pub use turn_on_voltage::TurnOnVoltage;

use std::fmt::Debug;
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// A number derived from one curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// The number, in the descriptor's unit.
    pub value: f64,
    /// Whether the number is only a bound on the property (for instance: did not turn on within the sweep).
    pub censored: bool,
}

/// A rule that turns a sound curve ([`IvCurve::is_sound`]) into a number.
///
/// All rules look at |V| and at the current's sign relative to the peak, so both polarities read alike.
pub trait Descriptor: Send + Sync + Debug {
    /// Name as in a scenario file.
    fn name(&self) -> &'static str;

    /// Name for axes and headings.
    fn title(&self) -> &'static str;

    /// SI unit of the value.
    fn unit(&self) -> &'static str;

    /// The value of one curve. `noise` is the standard deviation of one current sample, zero if there is none.
    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Value;

    /// Standard deviation that current noise alone gives the value, where it does not depend on the curve.
    fn noise_sigma(&self, waveform: &Waveform, noise: Amps) -> Option<f64>;
}

/// Every descriptor, in the order of the paper's figures.
pub fn all() -> Vec<Box<dyn Descriptor>> {
    vec![Box::new(TurnOnVoltage::default()), Box::new(MaxCurrent), Box::new(HysteresisArea)]
}

/// The descriptor of a name.
pub fn by_name(name: &str) -> Option<Box<dyn Descriptor>> {
    all().into_iter().find(|d| d.name() == name)
}

#[cfg(test)]
pub(crate) mod test_curves {
    use tiptwin_instrument::{IvCurve, Seconds, Waveform};

    /// A curve on the default triangle from functions of |V| for the up and the down branch.
    pub(crate) fn triangle(up: impl Fn(f64) -> f64, down: impl Fn(f64) -> f64) -> IvCurve {
        let bias_v = Waveform::default().bias_v();
        let current_a = bias_v.iter().enumerate().map(|(i, &v)| if i <= 125 { up(v) } else { down(v) }).collect();
        IvCurve { bias_v, current_a, sample_interval: Seconds(0.008), saturated: false }
    }

    /// The same physics measured with the other polarity.
    pub(crate) fn mirrored(curve: &IvCurve) -> IvCurve {
        IvCurve {
            bias_v: curve.bias_v.iter().map(|v| -v).collect(),
            current_a: curve.current_a.iter().map(|i| -i).collect(),
            ..curve.clone()
        }
    }
}

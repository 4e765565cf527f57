//! Descriptors: from a current–voltage curve to the one number that is learnt.
//!
//! The published experiment learnt three of them, one per run: turn-on voltage, maximum current and the area between the
//! branches. Another one is a file with a type that implements [`Descriptor`] and a line in [`all`], or, for a function of
//! your own, a [`Custom`]; where several curves are measured at a location, a [`CustomSet`] is a function of all of them. What whole
//! curves vary in is found by [`CurveComponents`]. [`Corrected`] takes an amplifier offset and a stray capacitance out first.
//!
//! A descriptor answers in one of three ways: a number, a bound on it ([`Value::censored`]), or [`Undefined`], because not
//! every curve has, say, an open-circuit voltage. No learner is ever told a number that is not finite.

mod branch_separation;
mod branches;
mod conductance;
mod correction;
mod curve_components;
mod custom;
pub mod forc;
mod hysteresis_area;
mod ideality_factor;
mod line;
mod loop_area;
mod loop_crossing_voltage;
mod loop_share;
mod max_current;
mod open_circuit_voltage;
mod photocurrent;
mod rectification_ratio;
pub mod relaxation;
mod savitzky_golay;
mod sclc_exponent;
mod set;
mod short_circuit_current;
mod turn_on_curvature;
mod turn_on_hinge;
mod turn_on_relative;
mod turn_on_tangent;
mod turn_on_voltage;
mod turning_points;

pub use branch_separation::BranchSeparation;
pub use conductance::Conductance;
pub use correction::{Corrected, Correction};
pub use curve_components::CurveComponents;
pub use custom::{Custom, CustomSet};
pub use forc::ForcArea;
pub use hysteresis_area::HysteresisArea;
pub use ideality_factor::IdealityFactor;
pub use loop_area::LoopArea;
pub use loop_crossing_voltage::LoopCrossingVoltage;
pub use loop_share::LoopShare;
pub use max_current::MaxCurrent;
pub use open_circuit_voltage::OpenCircuitVoltage;
pub use photocurrent::Photocurrent;
pub use rectification_ratio::RectificationRatio;
pub use sclc_exponent::SclcExponent;
pub use set::{CurveSet, SetCurve};
pub use short_circuit_current::ShortCircuitCurrent;
pub use turn_on_curvature::TurnOnCurvature;
pub use turn_on_hinge::TurnOnHinge;
pub use turn_on_relative::TurnOnRelative;
pub use turn_on_tangent::TurnOnTangent;
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

impl Value {
    /// A number that is meant as it stands.
    pub const fn exact(value: f64) -> Self {
        Self { value, censored: false }
    }

    /// A number beyond which the property lies.
    pub const fn bound(value: f64) -> Self {
        Self { value, censored: true }
    }
}

/// Why a curve does not have a property at all: neither a number nor a bound could be given without inventing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undefined(pub &'static str);

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

    /// The value of one curve, or why it has none. `noise` is the standard deviation of one current sample, zero if there
    /// is none.
    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined>;

    /// The value of all curves of one location, or why they have none. Provided: the mean over those repeats in the first light that have
    /// a value, a bound if one of them is.
    fn evaluate_set(&self, set: &CurveSet, noise: Amps) -> Result<Value, Undefined> {
        let (mut values, mut why) = (Vec::new(), Undefined("there is no curve"));
        for curve in set.in_first_light() {
            match self.evaluate(curve, noise) {
                Ok(value) => values.push(value),
                Err(reason) => why = reason,
            }
        }
        if values.is_empty() {
            return Err(why);
        }
        let mean = values.iter().map(|v| v.value).sum::<f64>() / values.len() as f64;
        Ok(Value { value: mean, censored: values.iter().any(|v| v.censored) })
    }

    /// Standard deviation that current noise alone gives the value of one curve, where it does not depend on the curve.
    fn noise_sigma(&self, waveform: &Waveform, noise: Amps) -> Option<f64>;
}

/// Every descriptor: first the three of the paper, in the order of its figures, then other rules for the same things, then
/// the rest.
pub fn all() -> Vec<Box<dyn Descriptor>> {
    let mut all: Vec<Box<dyn Descriptor>> = vec![
        Box::new(TurnOnVoltage::default()),
        Box::new(MaxCurrent),
        Box::new(HysteresisArea),
        Box::new(TurnOnRelative),
        Box::new(TurnOnTangent),
        Box::new(TurnOnHinge),
        Box::new(TurnOnCurvature),
        Box::new(LoopArea),
        Box::new(LoopShare),
        Box::new(LoopCrossingVoltage),
        Box::new(BranchSeparation::default()),
        Box::new(Conductance),
        Box::new(IdealityFactor::default()),
        Box::new(SclcExponent),
        Box::new(RectificationRatio),
        Box::new(ShortCircuitCurrent),
        Box::new(OpenCircuitVoltage::Up),
        Box::new(OpenCircuitVoltage::Down),
        Box::new(Photocurrent),
    ];
    all.extend(ForcArea::all().map(|d| Box::new(d) as Box<dyn Descriptor>));
    all
}

/// One that is shared is one, too.
impl Descriptor for std::sync::Arc<dyn Descriptor> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn title(&self) -> &'static str {
        (**self).title()
    }

    fn unit(&self) -> &'static str {
        (**self).unit()
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        (**self).evaluate(curve, noise)
    }

    fn evaluate_set(&self, set: &CurveSet, noise: Amps) -> Result<Value, Undefined> {
        (**self).evaluate_set(set, noise)
    }

    fn noise_sigma(&self, waveform: &Waveform, noise: Amps) -> Option<f64> {
        (**self).noise_sigma(waveform, noise)
    }
}

/// The descriptor of a name.
pub fn by_name(name: &str) -> Option<Box<dyn Descriptor>> {
    all().into_iter().find(|d| d.name() == name)
}

#[cfg(test)]
pub(crate) mod test_curves {
    use tiptwin_instrument::{Amps, IvCurve, Seconds, Waveform};

    /// A curve on the default triangle from functions of |V| for the up and the down branch.
    pub(crate) fn triangle(up: impl Fn(f64) -> f64, down: impl Fn(f64) -> f64) -> IvCurve {
        let bias_v = Waveform::default().bias_v();
        let current_a = bias_v.iter().enumerate().map(|(i, &v)| if i <= 125 { up(v) } else { down(v) }).collect();
        IvCurve { bias_v, current_a, sample_interval: Seconds(0.008), saturated: false }
    }

    /// Adds normal noise from a seed.
    pub(crate) fn noisy(curve: &IvCurve, noise: Amps, seed: u64) -> IvCurve {
        use rand::SeedableRng;
        use rand_distr::{Distribution, Normal};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let normal = Normal::new(0.0, noise.0).expect("finite");
        let current_a = curve.current_a.iter().map(|i| i + normal.sample(&mut rng)).collect();
        IvCurve { current_a, ..curve.clone() }
    }

    /// Mean and standard deviation.
    pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
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

#[cfg(test)]
mod tests {
    use super::test_curves::{mirrored, noisy, triangle};
    use super::*;

    #[test]
    fn names_are_unique_and_snake_case() {
        let mut names: Vec<&str> = all().iter().map(|d| d.name()).collect();
        assert!(names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.iter().all(|n| by_name(n).is_some_and(|d| d.name() == *n)));
    }

    #[test]
    fn answers_are_finite_whatever_the_curve_and_do_not_depend_on_the_polarity() {
        let diode = triangle(|v| 1e-12 * ((v / 0.2).exp() - 1.0), |v| 1e-12 * ((v / 0.18).exp() - 1.0));
        let lit = triangle(|v| 3e-10 * v * v - 1e-11, |v| 3e-10 * v * v - 2e-11);
        let short = IvCurve { bias_v: vec![0.0, 1.0, 0.0], current_a: vec![0.0, 1e-9, 0.0], ..diode.clone() };
        let still = IvCurve { bias_v: vec![0.0; 40], current_a: vec![1e-12; 40], ..diode.clone() };
        let one = IvCurve { bias_v: vec![0.5], current_a: vec![1e-12], ..diode.clone() };
        let flat = triangle(|_| 0.0, |_| 0.0);
        for curve in
            [&diode, &lit, &short, &still, &one, &flat, &noisy(&flat, Amps(1e-12), 4), &noisy(&lit, Amps(1e-12), 5)]
        {
            for noise in [Amps(0.0), Amps(1e-12)] {
                for d in all() {
                    let value = d.evaluate(curve, noise);
                    assert!(value.is_err() || value.is_ok_and(|v| v.value.is_finite()), "{}: {value:?}", d.name());
                    // A bias that stands still at 0 V has no polarity.
                    if curve.bias_v != still.bias_v {
                        assert_eq!(d.evaluate(&mirrored(curve), noise), value, "{}", d.name());
                    }
                }
            }
        }
    }

    #[test]
    fn announced_noise_is_that_of_noisy_curves() {
        // Where a spread is announced it holds for a curve with a loop that noise does not close or turn round.
        let waveform = Waveform::default();
        let clean = triangle(|v| 1e-9 * v * v - 2e-11, |v| 1.4e-9 * v - 2e-11);
        for d in all() {
            let Some(announced) = d.noise_sigma(&waveform, Amps(1e-12)) else { continue };
            assert!(announced > 0.0, "{}", d.name());
            if ["max_current", "hysteresis_area"].contains(&d.name()) {
                // The largest of several medians, and the half-normal terms of a closed loop: tested beside the rules.
                continue;
            }
            let values: Vec<f64> = (0..400)
                .map(|seed| d.evaluate(&noisy(&clean, Amps(1e-12), seed), Amps(1e-12)).expect("defined").value)
                .collect();
            let sd = test_curves::moments(&values).1;
            // Four standard errors of a standard deviation from 400 values: 4/√800 = 14 %.
            assert!((sd / announced - 1.0).abs() < 0.14, "{}: {sd} against {announced}", d.name());
        }
    }
}

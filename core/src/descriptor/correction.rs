//! What is taken out of a curve before anything is read from it: the amplifier's offset and the current into stray
//! capacitance.
//!
//! `I = I_measured − I_offset − C dV/dt`. The offset is the median over |V| < 50 mV of a curve measured *off contact*;
//! never of the curve itself, whose current at 0 V is the photocurrent if there is light. dV/dt is the step since the
//! sample before over the sample interval, 0 at the first sample, because an amplifier reports the charge that has flowed
//! since then.
//!
//! Ignores that a capacitor behind a bandwidth charges late (0.16 ms at 1 kHz against 8 ms between samples of the default
//! sweep).

use super::{Descriptor, Undefined, Value};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// Samples of an off-contact curve below this |V| give the offset.
const NEAR_ZERO_V: f64 = 0.05;

/// An offset and a capacitance. The default takes out nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Correction {
    /// Amplifier offset.
    pub offset: Amps,
    /// Stray capacitance between tip and sample, F; 0 where it is not known.
    pub capacitance_f: f64,
}

impl Correction {
    /// The correction that an off-contact curve calls for, with a capacitance (F) known from elsewhere.
    ///
    /// # Errors
    /// If the curve has no sample within 50 mV of zero bias.
    pub fn from_off_contact(curve: &IvCurve, capacitance_f: f64) -> Result<Self, Undefined> {
        let without_charge = Self { offset: Amps::ZERO, capacitance_f }.apply(curve);
        let mut near_zero: Vec<f64> = std::iter::zip(&without_charge.bias_v, &without_charge.current_a)
            .filter(|(v, i)| v.abs() < NEAR_ZERO_V && i.is_finite())
            .map(|(_, i)| *i)
            .collect();
        near_zero.sort_by(f64::total_cmp);
        let n = near_zero.len();
        if n == 0 {
            return Err(Undefined("the off-contact curve has no sample within 50 mV of zero bias"));
        }
        Ok(Self { offset: Amps(0.5 * (near_zero[(n - 1) / 2] + near_zero[n / 2])), capacitance_f })
    }

    /// The corrected curve.
    #[must_use]
    pub fn apply(&self, curve: &IvCurve) -> IvCurve {
        let bias_v = &curve.bias_v;
        let interval_s = curve.sample_interval.0;
        // A recording without a sample interval has no dV/dt.
        let per_volt = if interval_s > 0.0 { self.capacitance_f / interval_s } else { 0.0 };
        let charging_a = |i: usize| if i == 0 { 0.0 } else { per_volt * (bias_v[i] - bias_v[i - 1]) };
        let corrected = |(i, current): (usize, &f64)| current - self.offset.0 - charging_a(i);
        IvCurve { current_a: curve.current_a.iter().enumerate().map(corrected).collect(), ..curve.clone() }
    }
}

/// A descriptor of the corrected curve.
#[derive(Debug)]
pub struct Corrected {
    /// What is taken out first.
    pub correction: Correction,
    /// What is read then.
    pub descriptor: Box<dyn Descriptor>,
}

impl Descriptor for Corrected {
    fn name(&self) -> &'static str {
        self.descriptor.name()
    }

    fn title(&self) -> &'static str {
        self.descriptor.title()
    }

    fn unit(&self) -> &'static str {
        self.descriptor.unit()
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        self.descriptor.evaluate(&self.correction.apply(curve), noise)
    }

    fn noise_sigma(&self, waveform: &Waveform, noise: Amps) -> Option<f64> {
        // Offset and capacitance are constants of a whole run: they shift every value alike and add no spread.
        self.descriptor.noise_sigma(waveform, noise)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::super::{LoopArea, ShortCircuitCurrent};
    use super::*;

    /// What a capacitor and an offset add.
    fn spoil(curve: &IvCurve, offset_a: f64, capacitance_f: f64) -> IvCurve {
        let charged = Correction { offset: Amps(-offset_a), capacitance_f: -capacitance_f };
        charged.apply(curve)
    }

    #[test]
    fn a_capacitor_adds_its_rectangle_and_the_correction_takes_it_out() {
        let clean = triangle(|v| 1e-9 * v, |v| 1.2e-9 * v);
        let spoilt = spoil(&clean, 3e-12, 0.5e-12);
        let area = |curve: &IvCurve| LoopArea.evaluate(curve, Amps::ZERO).expect("defined").value;
        // −2 C rate V_peak = −2 × 0.5 pF × 1.5 V/s × 1.5 V. At the first sample nothing has flowed and the peak sample
        // belongs to both branches, so half a step of 12 mV is missing at the start and half of the rectangle's height at
        // the peak.
        let added = area(&spoilt) - area(&clean);
        assert!((added + 2.25e-12).abs() < 2.25e-12 * 0.012 / 1.5, "{added}");
        let off_contact = spoil(&triangle(|_| 0.0, |_| 0.0), 3e-12, 0.5e-12);
        let correction = Correction::from_off_contact(&off_contact, 0.5e-12).expect("has samples near zero");
        assert!((correction.offset.0 - 3e-12).abs() < 1e-24, "{correction:?}");
        let restored = correction.apply(&spoilt);
        for (a, b) in restored.current_a.iter().zip(&clean.current_a) {
            assert!((a - b).abs() < 1e-22, "{a} {b}");
        }
    }

    #[test]
    fn the_photocurrent_of_the_curve_itself_stays() {
        let lit = triangle(|v| 1e-9 * v - 1e-11, |v| 1e-9 * v - 1e-11);
        let off_contact = triangle(|_| 2e-12, |_| 2e-12);
        let correction = Correction::from_off_contact(&off_contact, 0.0).expect("has samples near zero");
        let corrected = Corrected { correction, descriptor: Box::new(ShortCircuitCurrent) };
        let value = corrected.evaluate(&spoil(&lit, 2e-12, 0.0), Amps(1e-12)).expect("defined").value;
        assert!((value + 1e-11).abs() < 1e-20, "{value}");
        assert_eq!(corrected.name(), "short_circuit_current");
    }

    #[test]
    fn a_curve_far_from_zero_has_no_offset() {
        let mut far = triangle(|_| 0.0, |_| 0.0);
        far.bias_v.iter_mut().for_each(|v| *v += 1.0);
        assert!(Correction::from_off_contact(&far, 0.0).is_err());
    }
}

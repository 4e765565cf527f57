//! Ideality factor: how far the steepest part of the up branch is from a diode's 60 mV a decade.
//!
//! `n = min 1/(V_T d ln I/dV)`, V_T = k_B T/q, over the three decades that begin at the turn-on threshold (five standard
//! deviations of the noise, at least 10 pA), from local parabolas of ln I (Savitzky–Golay). 1 for thermionic emission; a
//! barrier, an ion layer or a series resistance that takes part of the bias raises it. The smallest of many noisy
//! values is not the smallest value without noise: at 1 pA it is off by up to 4 % on the curves of a film, either way.
//! Undefined where fewer samples than a window lie in the range. Source of the equation: Shockley, Bell Syst. Tech. J. 28, 435 (1949).

use super::{Descriptor, TurnOnVoltage, Undefined, Value, branches, savitzky_golay};
use tiptwin_instrument::{Amps, IvCurve, Waveform};

/// k_B/q in V/K (CODATA 2018, exact).
const BOLTZMANN_V_PER_K: f64 = 1.380_649e-23 / 1.602_176_634e-19;
/// Range of currents above the threshold.
const RANGE: f64 = 1e3;

/// The rule and the temperature.
#[derive(Clone, Copy, Debug)]
pub struct IdealityFactor {
    /// Temperature of the film, K.
    pub temperature_k: f64,
}

impl Default for IdealityFactor {
    fn default() -> Self {
        Self { temperature_k: 298.15 }
    }
}

impl Descriptor for IdealityFactor {
    fn name(&self) -> &'static str {
        "ideality_factor"
    }

    fn title(&self) -> &'static str {
        "ideality factor"
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn evaluate(&self, curve: &IvCurve, noise: Amps) -> Result<Value, Undefined> {
        let (up, _) = branches::split(curve);
        let threshold_a = TurnOnVoltage::default().threshold_a(noise);
        let on = up.conducting(threshold_a);
        let in_range = up.current_a[on.clone()].iter().take_while(|i| **i <= RANGE * threshold_a).count();
        let range = on.start..on.start + in_range;
        let log: Vec<f64> = up.current_a[range.clone()].iter().map(|i| i.ln()).collect();
        let steepest = savitzky_golay::parabolas(&up.bias_v[range], &log).iter().map(|p| p.slope).fold(0.0, f64::max);
        if steepest <= 0.0 {
            return Err(Undefined("the current rises over less than a smoothing window of 11 samples above the noise"));
        }
        Ok(Value::exact(1.0 / (BOLTZMANN_V_PER_K * self.temperature_k * steepest)))
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
    fn a_diode_of_known_ideality_is_read_back() {
        // Three decades of 1.5 × 2 × 59 mV hold many 12 mV steps; the −1 of the diode law is 1e-3 at a picoampere leak.
        let thermal_v = BOLTZMANN_V_PER_K * 298.15;
        let diode = triangle(|v| 1e-14 * ((v / (3.0 * thermal_v)).exp() - 1.0), |_| 0.0);
        let n = IdealityFactor::default().evaluate(&diode, Amps(0.0)).expect("defined").value;
        assert!((n - 3.0).abs() < 3.0 * 1e-3, "{n}");
        assert!(IdealityFactor::default().evaluate(&triangle(|_| 1e-13, |_| 0.0), Amps(1e-12)).is_err());
    }
}

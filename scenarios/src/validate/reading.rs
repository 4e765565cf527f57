//! What is read off one curve for the statements: largest current, turn-on voltage, loop.
//!
//! ```text
//! H_n = (A_down − A_up)/(|A_up| + |A_down| + A₀),   A₀ = 3σ|V_p|/√N
//! ```
//!
//! with the areas A under the branches along rising |V| (A·V), the noise σ of one sample and the number of samples N: the
//! normalised signed loop, of which A₀ keeps curves without any current from giving noise over noise (the physics specification,
//! descriptors). It is the hysteresis factor of the statements; the absolute area would compare currents again.

use tiptwin_core::descriptor::{Descriptor, MaxCurrent, TurnOnVoltage};
use tiptwin_instrument::{Amps, IvCurve};

/// Noise of one current sample that the statements reckon with, A rms: the default amplifier's.
pub const NOISE_A: f64 = 1e-12;

/// One noiseless curve in three numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Largest current, A.
    pub max_a: f64,
    /// Turn-on voltage at 10 pA, V; the end of the sweep where it does not turn on.
    pub turn_on_v: f64,
    /// Normalised signed loop `H_n`.
    pub loop_share: f64,
}

impl Reading {
    /// Reads a curve.
    pub fn of(curve: &IvCurve) -> Self {
        // Both are defined for every sweep that rises from zero, as those of the statements do.
        let value = |d: &dyn Descriptor| d.evaluate(curve, Amps::ZERO).map_or(f64::NAN, |v| v.value);
        Self {
            max_a: value(&MaxCurrent),
            turn_on_v: value(&TurnOnVoltage::default()),
            loop_share: loop_share(&curve.bias_v, &curve.current_a, curve.peak_index(), NOISE_A),
        }
    }

    /// log₁₀ of the largest current as an amplifier would see it, with the noise under everything.
    pub fn log_max(&self) -> f64 {
        self.max_a.hypot(NOISE_A).log10()
    }
}

/// The normalised signed loop of a curve that turns at `peak`. `noise_a` = 0 leaves the regulariser out.
pub fn loop_share(bias_v: &[f64], current_a: &[f64], peak: usize, noise_a: f64) -> f64 {
    let area = |range: std::ops::Range<usize>| -> f64 {
        range.map(|i| 0.5 * (current_a[i] + current_a[i + 1]) * (bias_v[i + 1] - bias_v[i])).sum()
    };
    // With bias and current both reversed at negative peaks, areas keep their sign.
    let (up, down) = (area(0..peak), -area(peak..bias_v.len().saturating_sub(1)));
    let regulariser = 3.0 * noise_a * bias_v.get(peak).map_or(0.0, |v| v.abs()) / (bias_v.len() as f64).sqrt();
    (down - up) / (up.abs() + down.abs() + regulariser)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{Suns, Waveform};
    use tiptwin_sim::transport::{Constants, Site, sweep};

    #[test]
    fn golden_the_default_grain() {
        let waveform = Waveform::default();
        let swept = sweep(&Site::default(), Suns::ZERO, &waveform, &Constants::default()).expect("sweeps");
        let share = loop_share(&waveform.bias_v(), &swept.current_a, 125, 0.0);
        // 0.0856 with four digits in the table of classes of the physics specification.
        assert!((share - 0.0856).abs() < 1e-4, "{share}");
    }

    #[test]
    fn loops_have_a_sign_and_nothing_gives_nothing() {
        let bias = [0.0, 1.0, 0.0];
        assert!(loop_share(&bias, &[1.0, 2.0, 3.0], 1, 0.0) > 0.0);
        assert!(loop_share(&bias, &[3.0, 2.0, 1.0], 1, 0.0) < 0.0);
        let mirrored = loop_share(&[0.0, -1.0, 0.0], &[-1.0, -2.0, -3.0], 1, 0.0);
        assert_eq!(mirrored, loop_share(&bias, &[1.0, 2.0, 3.0], 1, 0.0), "polarity does not matter");
        assert_eq!(loop_share(&bias, &[0.0; 3], 1, 1e-12), 0.0);
    }
}

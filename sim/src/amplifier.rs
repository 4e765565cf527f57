//! The current amplifier: bandwidth, noise, quantisation, clipping.
//!
//! A single pole of bandwidth B filters the current; noise of variance σ₀² + 2 q |I| B passes the same pole, so samples
//! that follow each other faster than the pole are correlated by exp(−2π B Δt). Then the converter rounds to its step and the
//! output clips at full scale.
//!
//! Source: shot noise, Schottky, Ann. Phys. 362, 541 (1918), `S_I` = 2q|I|. The electronic noise of 1 pA rms lumps thermal noise
//! of the feedback resistor (0.18 pA at 500 MΩ and 1 kHz) and the input stage. Ignores 1/f noise, telegraph
//! noise, hum and offset drift; [`displacement_current_a`] is separate because it needs the bias.

use crate::error::{SimError, within};
use crate::transport::constants::ELEMENTARY_CHARGE_C;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use tiptwin_instrument::{Amps, Seconds};

/// A transimpedance amplifier with its converter. The default clips at ±20 nA and has 1 pA rms of electronic noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amplifier {
    /// Electronic noise without current, rms.
    pub noise_rms: Amps,
    /// Whether the shot noise of the current is added.
    pub shot_noise: bool,
    /// Bandwidth of the single pole, Hz.
    pub bandwidth_hz: f64,
    /// Largest current in magnitude that can be recorded.
    pub full_scale: Amps,
    /// Step of the converter; `None` records every digit.
    pub adc_step: Option<Amps>,
}

impl Default for Amplifier {
    fn default() -> Self {
        Self { noise_rms: Amps(1e-12), shot_noise: true, bandwidth_hz: 1e3, full_scale: Amps(20e-9), adc_step: None }
    }
}

impl Amplifier {
    /// Refuses settings that no amplifier has.
    pub fn check(&self) -> Result<(), SimError> {
        within("amplifier noise (A)", self.noise_rms.0, (0.0, 1.0), "it is an rms value", "0 to 1 A")?;
        within("amplifier bandwidth (Hz)", self.bandwidth_hz, (1e-3, 1e9), "it limits the noise", "1e-3 to 1e9 Hz")?;
        within("full scale (A)", self.full_scale.0, (1e-15, 1.0), "nothing could be recorded", "1e-15 to 1 A")?;
        let step = self.adc_step.map_or(self.full_scale.0, |s| s.0);
        within(
            "converter step (A)",
            step,
            (f64::MIN_POSITIVE, self.full_scale.0),
            "it divides the range",
            "above 0 and at most full scale",
        )
    }

    /// Records a current (A, one value per `sample_interval`): what is stored, and whether any sample clipped.
    pub fn record(&self, current_a: &[f64], sample_interval: Seconds, rng: &mut impl Rng) -> (Vec<f64>, bool) {
        let memory = (-std::f64::consts::TAU * self.bandwidth_hz * sample_interval.0).exp();
        let fresh = (1.0 - memory * memory).sqrt();
        let shot = if self.shot_noise { 2.0 * ELEMENTARY_CHARGE_C * self.bandwidth_hz } else { 0.0 };
        let mut filtered = current_a.first().copied().unwrap_or(0.0);
        let mut unit_noise: f64 = StandardNormal.sample(rng);
        let mut saturated = false;
        let recorded = current_a
            .iter()
            .enumerate()
            .map(|(i, &current)| {
                filtered = current + memory * (filtered - current);
                if i > 0 {
                    let z: f64 = StandardNormal.sample(rng);
                    unit_noise = memory * unit_noise + fresh * z;
                }
                let rms = (self.noise_rms.0.powi(2) + shot * filtered.abs()).sqrt();
                let output = self.quantise(filtered + rms * unit_noise);
                saturated |= output.abs() >= self.full_scale.0;
                output.clamp(-self.full_scale.0, self.full_scale.0)
            })
            .collect();
        (recorded, saturated)
    }

    /// Rms of what is recorded without current, A, including the rounding of the converter (step/√12).
    pub fn noise_rms_a(&self) -> f64 {
        let rounding = self.adc_step.map_or(0.0, |s| s.0 / 12.0_f64.sqrt());
        self.noise_rms.0.hypot(rounding)
    }

    fn quantise(&self, current_a: f64) -> f64 {
        self.adc_step.map_or(current_a, |step| (current_a / step.0).round() * step.0)
    }
}

/// The current `C dV/dt` that a stray capacitance adds to a sweep, A, by one-sided differences; 0 at the first sample.
///
/// Around a closed triangle it is a rectangle: −2·C·rate·`V_peak` of signed loop area.
pub fn displacement_current_a(bias_v: &[f64], sample_interval: Seconds, capacitance_f: f64) -> Vec<f64> {
    let mut previous = bias_v.first().copied().unwrap_or(0.0);
    bias_v.iter().map(|&v| capacitance_f * (v - std::mem::replace(&mut previous, v)) / sample_interval.0).collect()
}

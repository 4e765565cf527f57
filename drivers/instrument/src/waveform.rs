//! Bias programmes: what voltage the tip gets, sample by sample.

use crate::units::{Seconds, Volts};
use serde::{Deserialize, Serialize};

/// A bias programme at constant sampling rate.
///
/// The default is the unipolar triangle of the published halide-perovskite curves: 0 → 1.5 → 0 V in 251
/// samples (126 up, 125 down), here over 2 s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Waveform {
    /// 0 → peak → 0 in equal steps. An odd number of samples puts one exactly on the peak.
    Triangle {
        /// Voltage at the turning point; negative sweeps the other polarity.
        #[serde(rename = "peak_v")]
        peak: Volts,
        /// Samples in all, odd, at least 5.
        samples: usize,
        /// Time from the first to the last sample.
        #[serde(rename = "duration_s")]
        duration: Seconds,
    },
}

impl Default for Waveform {
    fn default() -> Self {
        Self::Triangle { peak: Volts(1.5), samples: 251, duration: Seconds(2.0) }
    }
}

/// Why a bias programme cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WaveformError {
    /// The samples do not form up and down branches that meet at the peak.
    #[error("a triangle of {0} samples has no sample on its peak; accepted: an odd number, 5 to 1000001")]
    Samples(usize),
    /// The peak is zero, not a number, or unreasonable for a probe.
    #[error("a peak of {0} V is not a sweep; accepted: a finite voltage, not 0, between -20 and 20 V")]
    Peak(f64),
    /// Time must pass.
    #[error("a duration of {0} s is not accepted; it must be finite, above 0 and at most 86400 s")]
    Duration(f64),
}

impl Waveform {
    /// Checks the numbers; every other method expects a waveform that passed.
    pub fn check(&self) -> Result<(), WaveformError> {
        let Self::Triangle { peak, samples, duration } = self;
        if samples % 2 == 0 || !(5..=1_000_001).contains(samples) {
            return Err(WaveformError::Samples(*samples));
        }
        if !peak.0.is_finite() || peak.0 == 0.0 || peak.0.abs() > 20.0 {
            return Err(WaveformError::Peak(peak.0));
        }
        if !(duration.0 > 0.0 && duration.0 <= 86_400.0) {
            return Err(WaveformError::Duration(duration.0));
        }
        Ok(())
    }

    /// The bias at each sample, in volts.
    pub fn bias_v(&self) -> Vec<f64> {
        let Self::Triangle { peak, samples, .. } = self;
        let half = (samples - 1) / 2;
        (0..*samples).map(|i| peak.0 * (if i <= half { i } else { samples - 1 - i }) as f64 / half as f64).collect()
    }

    /// The largest voltage in magnitude that the tip will see.
    pub fn peak(&self) -> Volts {
        let Self::Triangle { peak, .. } = self;
        Volts(peak.0.abs())
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        let Self::Triangle { samples, .. } = self;
        *samples
    }

    /// Time from the first to the last sample.
    pub fn duration(&self) -> Seconds {
        let Self::Triangle { duration, .. } = self;
        *duration
    }

    /// Time between samples.
    pub fn sample_interval(&self) -> Seconds {
        Seconds(self.duration().0 / (self.samples() - 1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_triangle_is_the_published_one() {
        let bias = Waveform::default().bias_v();
        assert_eq!((bias.len(), bias[0], bias[125], bias[250]), (251, 0.0, 1.5, 0.0));
        assert!(bias[..126].windows(2).all(|w| w[1] > w[0]));
        assert!((0..251).all(|i| (bias[i] - bias[250 - i]).abs() < 1e-15));
    }

    #[test]
    fn impossible_sweeps_are_refused() {
        let sweep = |peak, samples, duration| {
            Waveform::Triangle { peak: Volts(peak), samples, duration: Seconds(duration) }.check()
        };
        assert!(sweep(1.5, 251, 2.0).is_ok());
        assert_eq!(sweep(1.5, 250, 2.0), Err(WaveformError::Samples(250)));
        assert_eq!(sweep(0.0, 251, 2.0), Err(WaveformError::Peak(0.0)));
        assert!(matches!(sweep(1.5, 251, f64::NAN), Err(WaveformError::Duration(_))));
    }
}

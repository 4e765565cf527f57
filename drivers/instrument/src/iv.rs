//! A current–voltage curve.

use crate::units::Seconds;
use serde::{Deserialize, Serialize};

/// One measured sweep: equally long bias and current, at a constant sampling rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IvCurve {
    /// Tip bias at each sample, volts.
    pub bias_v: Vec<f64>,
    /// Current at each sample, amperes.
    pub current_a: Vec<f64>,
    /// Time between samples.
    #[serde(rename = "sample_interval_s")]
    pub sample_interval: Seconds,
    /// Whether the amplifier clipped at least one sample.
    pub saturated: bool,
}

impl IvCurve {
    /// Index of the turning point: the first sample of the largest |bias|.
    pub fn peak_index(&self) -> usize {
        let mut peak = 0;
        for (i, v) in self.bias_v.iter().enumerate() {
            if v.abs() > self.bias_v[peak].abs() {
                peak = i;
            }
        }
        peak
    }

    /// Whether all samples are finite and both columns are equally long and not empty.
    pub fn is_sound(&self) -> bool {
        !self.bias_v.is_empty()
            && self.bias_v.len() == self.current_a.len()
            && self.bias_v.iter().chain(&self.current_a).all(|v| v.is_finite())
    }
}

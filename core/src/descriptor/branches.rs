//! The up and the down branch of a sweep, as functions of |V|.

use super::turning_points::turning_points;
use tiptwin_instrument::{IvCurve, Seconds, Waveform};

/// Samples in a row that must exceed a threshold: one alone can be a noise peak.
const CONSECUTIVE: usize = 3;
/// A branch starts where the bias is this share of the peak beyond 0 V on the other side: a recorded 0 V is seldom exact.
const ZERO: f64 = 0.01;

/// One branch: |V| ascending, current positive when it flows in the direction of the peak bias.
pub(super) struct Branch {
    pub(super) bias_v: Vec<f64>,
    pub(super) current_a: Vec<f64>,
}

/// The branches to the largest |V| and back from it, as far as the bias has the sign of the peak. Both hold the sample on
/// the peak. In a sweep to both polarities that is the polarity reached first, in a family of loops the largest loop.
pub(super) fn split(curve: &IvCurve) -> (Branch, Branch) {
    let bias_v = &curve.bias_v;
    let corners = turning_points(bias_v);
    let peak = peak(curve, &corners);
    let start = corners.iter().rev().copied().find(|&c| c < peak).unwrap_or(0);
    let end = corners.iter().copied().find(|&c| c > peak).unwrap_or(bias_v.len().saturating_sub(1));
    between(curve, start, peak, end)
}

/// The branches of one loop that starts, turns and ends at the given samples.
pub(super) fn between(curve: &IvCurve, start: usize, peak: usize, end: usize) -> (Branch, Branch) {
    let peak_v = curve.bias_v[peak];
    let sign = if peak_v < 0.0 { -1.0 } else { 1.0 };
    let branch = |indices: &mut dyn Iterator<Item = usize>| {
        let (bias_v, current_a) = indices
            .map(|i| (sign * curve.bias_v[i], sign * curve.current_a[i]))
            .filter(|(v, _)| *v >= -ZERO * peak_v.abs())
            .unzip();
        Branch { bias_v, current_a }
    };
    (branch(&mut (start..=peak)), branch(&mut (peak..=end).rev()))
}

/// The turning point of the largest |V|; at a tie one inside the curve, since a sweep may start at its other end.
fn peak(curve: &IvCurve, corners: &[usize]) -> usize {
    let largest_v = curve.bias_v[curve.peak_index()].abs();
    let reaches = |&&c: &&usize| curve.bias_v[c].abs() >= largest_v * (1.0 - 1e-9);
    let inside = corners.get(1..corners.len().saturating_sub(1)).unwrap_or_default();
    inside.iter().find(reaches).copied().unwrap_or_else(|| curve.peak_index())
}

/// The bias of the up branch that a waveform will give, for noise that is known before anything is measured.
pub(super) fn up_bias_v(waveform: &Waveform) -> Vec<f64> {
    let bias_v = waveform.bias_v();
    let current_a = vec![0.0; bias_v.len()];
    split(&IvCurve { bias_v, current_a, sample_interval: Seconds::ZERO, saturated: false }).0.bias_v
}

impl Branch {
    /// Current at a bias, by linear interpolation; the end values outside.
    pub(super) fn at(&self, bias_v: f64) -> f64 {
        let next = self.bias_v.partition_point(|&v| v < bias_v);
        if next == 0 {
            return self.current_a[0];
        }
        if next == self.bias_v.len() {
            return self.current_a[next - 1];
        }
        let (v0, v1) = (self.bias_v[next - 1], self.bias_v[next]);
        let (i0, i1) = (self.current_a[next - 1], self.current_a[next]);
        i0 + (i1 - i0) * (bias_v - v0) / (v1 - v0)
    }

    /// The sample from which three in a row exceed a current.
    pub(super) fn first_above(&self, threshold_a: f64) -> Option<usize> {
        self.current_a.windows(CONSECUTIVE).position(|w| w.iter().all(|&i| i > threshold_a))
    }

    /// The bias at which the current passes a threshold for good, linearly interpolated.
    pub(super) fn crossing_v(&self, threshold_a: f64) -> Option<f64> {
        let first = self.first_above(threshold_a)?;
        if first == 0 {
            return Some(self.bias_v[0]);
        }
        let (v0, v1) = (self.bias_v[first - 1], self.bias_v[first]);
        let (i0, i1) = (self.current_a[first - 1], self.current_a[first]);
        Some(v0 + (v1 - v0) * (threshold_a - i0) / (i1 - i0))
    }

    /// The samples, from where three in a row exceed a current to where one falls below half of it. The half keeps a
    /// single noisy sample near the threshold from ending the stretch.
    pub(super) fn conducting(&self, threshold_a: f64) -> std::ops::Range<usize> {
        let Some(start) = self.first_above(threshold_a) else { return 0..0 };
        let length = self.current_a[start..].iter().position(|&i| i <= 0.5 * threshold_a);
        start..length.map_or(self.current_a.len(), |n| start + n)
    }

    /// The samples whose bias lies in a range.
    pub(super) fn within_v(&self, low_v: f64, high_v: f64) -> Branch {
        let inside = |i: &usize| (low_v..=high_v).contains(&self.bias_v[*i]);
        let (bias_v, current_a) =
            (0..self.bias_v.len()).filter(inside).map(|i| (self.bias_v[i], self.current_a[i])).unzip();
        Branch { bias_v, current_a }
    }

    /// The largest |V|.
    pub(super) fn peak_v(&self) -> f64 {
        self.bias_v.last().copied().unwrap_or_default()
    }
}

/// `I_down − I_up` on the up branch's voltages, A.
pub(super) fn gap_a(up: &Branch, down: &Branch) -> Vec<f64> {
    up.bias_v.iter().zip(&up.current_a).map(|(&v, &i)| down.at(v) - i).collect()
}

/// The integral over a bias by the trapezoid rule.
pub(super) fn trapezoid(bias_v: &[f64], y: &[f64]) -> f64 {
    (1..y.len()).map(|k| 0.5 * (y[k] + y[k - 1]) * (bias_v[k] - bias_v[k - 1])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ohmic(bias_v: Vec<f64>) -> IvCurve {
        let current_a = bias_v.iter().map(|v| 1e-9 * v).collect();
        IvCurve { bias_v, current_a, sample_interval: Seconds(0.008), saturated: false }
    }

    fn path(corners_v: &[f64]) -> Vec<f64> {
        let mut bias_v = vec![corners_v[0]];
        for w in corners_v.windows(2) {
            bias_v.extend((1..=100).map(|i| w[0] + (w[1] - w[0]) * f64::from(i) / 100.0));
        }
        bias_v
    }

    #[test]
    fn branches_of_every_programme_rise_from_zero_to_the_peak() {
        // Positive and negative triangle, both polarities from either start, loops that grow.
        for corners_v in [
            &[0.0, 1.5, 0.0][..],
            &[0.0, -1.5, 0.0],
            &[0.0, 1.5, -1.5, 0.0],
            &[0.0, -1.5, 1.5, 0.0],
            &[-1.5, 1.5, -1.5],
            &[0.0, 0.5, 0.0, 1.0, 0.0, 1.5, 0.0],
        ] {
            let (up, down) = split(&ohmic(path(corners_v)));
            for branch in [up, down] {
                assert!(branch.bias_v.is_sorted() && branch.bias_v[0].abs() < 0.016, "{corners_v:?}");
                assert!((branch.peak_v() - 1.5).abs() < 1e-12, "{corners_v:?}");
                assert!((branch.at(0.75) - 0.75e-9).abs() < 1e-20, "{corners_v:?}");
            }
        }
    }
}

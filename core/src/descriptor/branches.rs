//! The up and the down branch of a sweep, as functions of |V|.

use tiptwin_instrument::IvCurve;

/// One branch: |V| ascending, current positive when it flows in the direction of the peak bias.
pub(super) struct Branch {
    pub(super) bias_v: Vec<f64>,
    pub(super) current_a: Vec<f64>,
}

/// Splits a curve at its turning point. Both branches hold the sample on the peak.
pub(super) fn split(curve: &IvCurve) -> (Branch, Branch) {
    let peak = curve.peak_index();
    let sign = if curve.bias_v[peak] < 0.0 { -1.0 } else { 1.0 };
    let branch = |indices: &mut dyn Iterator<Item = usize>| {
        let (bias_v, current_a) = indices.map(|i| (sign * curve.bias_v[i], sign * curve.current_a[i])).unzip();
        Branch { bias_v, current_a }
    };
    (branch(&mut (0..=peak)), branch(&mut (peak..curve.bias_v.len()).rev()))
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
}

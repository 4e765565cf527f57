//! Local parabolas: the smoothed current and its first two derivatives.
//!
//! A parabola is fitted by least squares to a window that slides along a branch, and read at the window's middle sample. On
//! equal steps this is the filter of Savitzky & Golay, Anal. Chem. 36, 1627 (1964), of order 2; fitting the measured
//! voltages keeps it right on unequal steps too. With x the voltage from the window's mean, the polynomials 1, x and p = x²
//! − α x − β (α = Σx³/Σx², β = Σx²/N) are orthogonal, so every coefficient is one sum (Gram–Schmidt).
//!
//! Only whole windows are used: at the ends of a branch the slope of such a parabola is several times noisier than inside.
//! It is for derivatives only; thresholds and areas take the samples as they are.

use super::branches::Branch;

/// Samples of a window. Of the usual 7 to 11 the widest: the current of a film bends over tens of samples, and the noise of
/// a slope falls with the window to the power 3/2.
pub(super) const WINDOW: usize = 11;

/// The parabola around one sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    /// Bias of the sample, V.
    pub(super) bias_v: f64,
    /// Smoothed value.
    pub(super) value: f64,
    /// First derivative, per volt.
    pub(super) slope: f64,
    /// Second derivative, per volt squared.
    pub(super) curvature: f64,
    /// Standard deviation of the value for unit noise of one sample.
    pub(super) value_gain: f64,
    /// Standard deviation of the slope for unit noise of one sample, per volt.
    pub(super) slope_gain: f64,
    /// Standard deviation of the second derivative for unit noise, per volt squared.
    pub(super) curvature_gain: f64,
}

/// The parabolas of all whole windows, in the order of the samples; empty for a branch shorter than one window.
pub(super) fn parabolas(bias_v: &[f64], y: &[f64]) -> Vec<Local> {
    bias_v.windows(WINDOW).zip(y.windows(WINDOW)).filter_map(|(v, y)| parabola(v, y)).collect()
}

/// The parabolas of a branch's current.
pub(super) fn of_current(branch: &Branch) -> Vec<Local> {
    parabolas(&branch.bias_v, &branch.current_a)
}

/// `None` where the bias stands still, so that no parabola is defined.
fn parabola(bias_v: &[f64], y: &[f64]) -> Option<Local> {
    let n = bias_v.len() as f64;
    let (mean_v, mean_y) = (bias_v.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let x: Vec<f64> = bias_v.iter().map(|v| v - mean_v).collect();
    let xx: f64 = x.iter().map(|x| x * x).sum();
    let (skew, square) = (x.iter().map(|x| x.powi(3)).sum::<f64>() / xx, xx / n);
    let bend = |x: f64| x * x - skew * x - square;
    let pp: f64 = x.iter().map(|&x| bend(x).powi(2)).sum();
    // Both are compared with what rounding leaves of a bias that stands still, or takes two values only.
    if xx <= n * (1e-9 * mean_v).powi(2) || pp <= 1e-9 * xx * xx {
        return None;
    }
    let b = x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / xx;
    let c = x.iter().zip(y).map(|(&x, y)| bend(x) * y).sum::<f64>() / pp;
    let t = x[x.len() / 2];
    Some(Local {
        bias_v: t + mean_v,
        value: mean_y + b * t + c * bend(t),
        slope: b + c * (2.0 * t - skew),
        curvature: 2.0 * c,
        value_gain: (1.0 / n + t * t / xx + bend(t).powi(2) / pp).sqrt(),
        slope_gain: (1.0 / xx + (2.0 * t - skew).powi(2) / pp).sqrt(),
        curvature_gain: 2.0 / pp.sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_coefficients_of_the_published_table() {
        // Savitzky & Golay, 11 points, quadratic: smoothing −36 9 44 69 84 89 … /429, slope −5 … 5 /110.
        let bias_v: Vec<f64> = (0..11).map(f64::from).collect();
        let smooth = [-36.0, 9.0, 44.0, 69.0, 84.0, 89.0, 84.0, 69.0, 44.0, 9.0, -36.0];
        let bend = [15.0, 6.0, -1.0, -6.0, -9.0, -10.0, -9.0, -6.0, -1.0, 6.0, 15.0];
        for k in 0..11 {
            let mut y = vec![0.0; 11];
            y[k] = 1.0;
            let p = parabolas(&bias_v, &y)[0];
            // Rounding errors of sums of eleven terms of order one.
            assert!((p.value - smooth[k] / 429.0).abs() < 1e-14, "{k}: {p:?}");
            assert!((p.slope - (k as f64 - 5.0) / 110.0).abs() < 1e-14, "{k}: {p:?}");
            assert!((p.curvature - bend[k] / 429.0).abs() < 1e-14, "{k}: {p:?}");
        }
    }

    #[test]
    fn parabolas_pass_unchanged_on_unequal_steps_and_gains_are_the_norms() {
        let bias_v: Vec<f64> = (0..30).map(|i| 0.01 * f64::from(i) + 0.003 * f64::from(i).sin()).collect();
        let y: Vec<f64> = bias_v.iter().map(|v| 2.0 - 3.0 * v + 5.0 * v * v).collect();
        for p in parabolas(&bias_v, &y) {
            let v = p.bias_v;
            assert!((p.value - (2.0 - 3.0 * v + 5.0 * v * v)).abs() < 1e-12, "{p:?}");
            assert!((p.slope - (10.0 * v - 3.0)).abs() < 1e-9 && (p.curvature - 10.0).abs() < 1e-8, "{p:?}");
        }
        let mut sums = [0.0; 3];
        for k in 0..WINDOW {
            let mut unit = vec![0.0; WINDOW];
            unit[k] = 1.0;
            let p = parabola(&bias_v[..WINDOW], &unit).expect("moves");
            sums = [sums[0] + p.value.powi(2), sums[1] + p.slope.powi(2), sums[2] + p.curvature.powi(2)];
        }
        let p = parabola(&bias_v[..WINDOW], &y[..WINDOW]).expect("moves");
        for (sum, gain) in sums.iter().zip([p.value_gain, p.slope_gain, p.curvature_gain]) {
            assert!((sum.sqrt() / gain - 1.0).abs() < 1e-9, "{} {gain}", sum.sqrt());
        }
        assert!(parabola(&[0.7; WINDOW], &[1.0; WINDOW]).is_none());
    }
}

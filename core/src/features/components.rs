//! Whitened principal components.
//!
//! Columns are standardised, `C = ZᵀZ/N = V Λ Vᵀ` is decomposed, and the scores `Z v_k / √λ_k` of the largest λ are kept:
//! uncorrelated, with unit variance over all candidates (Jolliffe, *Principal Component Analysis*, 2nd ed. 2002, §2.3).
//! The sign of a component is arbitrary; here its largest loading is positive. It ignores what is not second order.

use faer::{Mat, Side};
use ndarray::{Array2, Axis};

/// Components that carry less than this share of the largest are rounding or redundancy, not information.
const SMALLEST_SHARE: f64 = 1e-9;

/// From N×F features to N×`keep` whitened components, in order of falling variance. Columns that do not vary
/// are ignored, and components that do not exist are zero.
pub fn whitened(mut features: Array2<f64>, keep: usize) -> Array2<f64> {
    let (n, f) = features.dim();
    for mut column in features.axis_iter_mut(Axis(1)) {
        let mean = column.mean().unwrap_or(0.0);
        column.mapv_inplace(|v| v - mean);
        let deviation = (column.iter().map(|v| v * v).sum::<f64>() / n as f64).sqrt();
        let inverse = if deviation > 1e-10 { 1.0 / deviation } else { 0.0 };
        column.mapv_inplace(|v| v * inverse);
    }
    let mut out = Array2::zeros((n, keep));
    let covariance = features.t().dot(&features) / n as f64;
    let Ok(eigen) = Mat::from_fn(f, f, |i, j| covariance[[i, j]]).self_adjoint_eigen(Side::Lower) else { return out };
    let values: Vec<f64> = (0..f).map(|i| eigen.S()[i]).collect();
    // Eigenvalues come in rising order.
    let largest = values.last().copied().unwrap_or(0.0);
    for (slot, k) in (0..f).rev().take(keep).enumerate() {
        if values[k] <= SMALLEST_SHARE * largest {
            break;
        }
        let loadings: Vec<f64> = (0..f).map(|i| eigen.U()[(i, k)]).collect();
        let strongest = loadings.iter().fold(0.0f64, |m, v| if v.abs() > m.abs() { *v } else { m });
        let factor = strongest.signum() / values[k].sqrt();
        for (mut to, from) in out.rows_mut().into_iter().zip(features.rows()) {
            to[slot] = factor * from.iter().zip(&loadings).map(|(a, b)| a * b).sum::<f64>();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_uncorrelated_with_unit_variance() {
        let x = Array2::from_shape_fn((200, 4), |(i, j)| {
            let t = i as f64;
            [(t * 0.3).sin(), (t * 0.3).sin() + 0.2 * (t * 1.7).cos(), 1e-6 * (t * 0.11).cos(), 7.0][j]
        });
        let w = whitened(x, 4);
        for a in 0..3 {
            for b in 0..3 {
                let mean: f64 = w.column(a).iter().zip(w.column(b)).map(|(a, b)| a * b).sum::<f64>() / 200.0;
                assert!((mean - if a == b { 1.0 } else { 0.0 }).abs() < 1e-9, "{a} {b} {mean}");
            }
        }
        // The constant column leaves only three components.
        assert!(w.column(3).iter().all(|v| *v == 0.0));
    }
}

//! Area under a learning curve, over the width it was drawn on: one number for the whole way instead of its end.
//!
//! `AUC = 1/(x_N − x_1) Σ (x_{k+1} − x_k)(y_k + y_{k+1})/2`, the trapezoidal rule; in the unit of y, so that it reads as an average
//! over the budget.

/// The mean height of a curve through `points` (x rising). `None` for fewer than two points or no width.
pub fn area_under_curve(points: &[(f64, f64)]) -> Option<f64> {
    let width = points.last()?.0 - points.first()?.0;
    let area: f64 = points.windows(2).map(|w| (w[1].0 - w[0].0) * 0.5 * (w[0].1 + w[1].1)).sum();
    (width > 0.0).then(|| area / width)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17 `scipy.integrate.trapezoid([0.9, 0.5, 0.4, 0.1], [1, 5, 10, 50]) / 49`.
    #[test]
    fn val_area_agrees_with_scipy() {
        let curve = [(1.0, 0.9), (5.0, 0.5), (10.0, 0.4), (50.0, 0.1)];
        assert!((area_under_curve(&curve).expect("wide") - SCIPY).abs() < 1e-15);
        assert_eq!(area_under_curve(&curve[..1]), None);
        assert_eq!(area_under_curve(&[]), None);
    }

    const SCIPY: f64 = 0.307_142_857_142_857_16;
}

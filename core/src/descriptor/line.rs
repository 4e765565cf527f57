//! A straight line by least squares.

/// `y = intercept + slope · x`, and how noise of one sample spreads into both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// y at x = 0.
    pub(super) intercept: f64,
    /// Rise of y per unit of x.
    pub(super) slope: f64,
    /// Standard deviation of the intercept for unit noise of one sample.
    pub(super) intercept_gain: f64,
}

/// The line through at least two different x; `None` otherwise.
pub(super) fn fit(x: &[f64], y: &[f64]) -> Option<Line> {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let xx: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
    if x.len() < 2 || xx <= 0.0 {
        return None;
    }
    let slope = x.iter().zip(y).map(|(x, y)| (x - mean_x) * y).sum::<f64>() / xx;
    let intercept_gain = (1.0 / n + mean_x * mean_x / xx).sqrt();
    Some(Line { intercept: mean_y - slope * mean_x, slope, intercept_gain })
}

//! The range of values that a colour map spreads over.

use ndarray::Array2;

/// The `p`-th percentile (0 to 100) of the finite values, linear between order statistics; `None` if there are none.
pub fn percentile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let place = (p / 100.0).clamp(0.0, 1.0) * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

/// A proper interval between two percentiles.
///
/// Falls back to the full range where the percentiles coincide, and to an interval around the value where all
/// values are equal, so that a colour map always has something to spread over.
pub fn range(values: &Array2<f64>, percent: (f64, f64)) -> (f64, f64) {
    let all: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    interval(&all, percent)
}

/// [`range`] for a plain list.
pub fn interval(values: &[f64], percent: (f64, f64)) -> (f64, f64) {
    let between = |low, high| Some((percentile(values, low)?, percentile(values, high)?));
    let proper = |(low, high): &(f64, f64)| low < high;
    match between(percent.0, percent.1).filter(proper).or_else(|| between(0.0, 100.0).filter(proper)) {
        Some(found) => found,
        None => around(values.iter().copied().find(|v| v.is_finite()).unwrap_or(0.0)),
    }
}

/// Half the value to either side; a value of zero gets one unit.
fn around(value: f64) -> (f64, f64) {
    let half = if value == 0.0 { 1.0 } else { 0.5 * value.abs() };
    (value - half, value + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_interpolate_and_skip_what_is_not_finite() {
        let values = [4.0, f64::NAN, 1.0, 3.0, f64::INFINITY, 2.0, 5.0];
        assert_eq!(percentile(&values, 0.0), Some(1.0));
        assert_eq!(percentile(&values, 50.0), Some(3.0));
        assert_eq!(percentile(&values, 62.5), Some(3.5));
        assert_eq!(percentile(&values, 100.0), Some(5.0));
        assert_eq!(percentile(&[f64::NAN], 50.0), None);
    }

    #[test]
    fn a_range_is_always_an_interval() {
        assert_eq!(interval(&[2.0; 9], (1.0, 99.0)), (1.0, 3.0));
        assert_eq!(interval(&[], (1.0, 99.0)), (-1.0, 1.0));
        let mut rare = vec![0.0; 1000];
        rare[7] = 1.0;
        assert_eq!(interval(&rare, (1.0, 99.0)), (0.0, 1.0));
    }
}

//! Round numbers for axes, colour bars and scale bars.

/// The largest 1, 2 or 5 times a power of ten that is not above `limit`; `None` unless `limit` is a positive number.
pub fn round_below(limit: f64) -> Option<f64> {
    if !(limit > 0.0 && limit.is_finite()) {
        return None;
    }
    let exponent = limit.log10().floor() as i32;
    // Powers of ten are not exact in binary; the slack keeps a limit of exactly 5e-7 at 5e-7. One decade below is
    // there in case the logarithm was rounded up.
    [(exponent, 5.0), (exponent, 2.0), (exponent, 1.0), (exponent - 1, 5.0)]
        .into_iter()
        .map(|(exponent, digit)| digit * 10f64.powi(exponent))
        .find(|candidate| *candidate <= limit * (1.0 + 1e-9))
}

/// Round values inside `[low, high]`, about `count` of them, and the number of decimals they need.
///
/// Empty when the range is not a finite interval.
pub fn linear(low: f64, high: f64, count: usize) -> (Vec<f64>, usize) {
    let span = high - low;
    // Half again the ideal distance before rounding down gives between 0.6 and 1.7 times `count` values.
    let Some(step) = round_below(1.5 * span / count.max(1) as f64) else {
        return (Vec::new(), 0);
    };
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    if (last - first).is_nan() || last - first > 1000.0 {
        return (Vec::new(), 0);
    }
    let values = (0..=(last - first).max(-1.0) as i64).map(|i| (first + i as f64) * step);
    let values = if last < first { Vec::new() } else { values.collect() };
    (values, (-step.log10() - 1e-9).ceil().clamp(0.0, 12.0) as usize)
}

/// Values for a logarithmic axis inside `[low, high]`: whole decades, every 1-2-5 when there are few, every
/// second or third decade when there are many.
pub fn logarithmic(low: f64, high: f64) -> Vec<f64> {
    if !(low > 0.0 && high > low && high.is_finite()) {
        return Vec::new();
    }
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let decades = (high / low).log10();
    let (digits, stride): (&[f64], usize) = match decades {
        d if d < 1.5 => (&[1.0, 2.0, 5.0], 1),
        d if d < 6.0 => (&[1.0], 1),
        d => (&[1.0], (d / 5.0).ceil() as usize),
    };
    (first..=last)
        .filter(|exponent| (exponent.unsigned_abs() as usize).is_multiple_of(stride))
        .flat_map(|exponent| digits.iter().map(move |digit| digit * 10f64.powi(exponent)))
        .filter(|v| *v >= low * (1.0 - 1e-9) && *v <= high * (1.0 + 1e-9))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_bars_are_one_two_five() {
        for (limit, expected) in [(0.9e-6, 5e-7), (1e-6, 1e-6), (5e-7, 5e-7), (2.3e-9, 2e-9), (1.99, 1.0), (7e4, 5e4)] {
            let length = round_below(limit).expect("a positive limit");
            assert!((length / expected - 1.0).abs() < 1e-12, "{limit}: {length}");
        }
        for limit in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(round_below(limit), None);
        }
    }

    #[test]
    fn linear_ticks_are_round_inside_and_of_a_sensible_number() {
        for i in 1..400 {
            let (low, high) = (-1.7 * f64::from(i), 0.31 * f64::from(i * i));
            let (ticks, _) = linear(low, high, 5);
            assert!((3..=9).contains(&ticks.len()), "{low}..{high}: {ticks:?}");
            assert!(ticks.iter().all(|t| *t >= low - 1e-9 && *t <= high + 1e-9));
        }
        assert_eq!(linear(0.0, 1.0, 5), (vec![0.0, 0.2, 0.4, 3.0 * 0.2, 0.8, 1.0], 1));
        assert_eq!(linear(0.0, 20.0, 4).1, 0);
        assert!(linear(1.0, 1.0, 5).0.is_empty());
        assert!(linear(f64::NAN, 1.0, 5).0.is_empty());
    }

    #[test]
    fn logarithmic_ticks_follow_the_span() {
        assert_eq!(logarithmic(1.0, 10.0).len(), 4);
        assert_eq!(logarithmic(1e-12, 1e-9).len(), 4);
        assert!((2..=6).contains(&logarithmic(1e-15, 1.0).len()));
        assert!(logarithmic(0.0, 1.0).is_empty());
    }
}

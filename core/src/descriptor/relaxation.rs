//! Relaxation time: how a descriptor settles when the same place is swept again and again.
//!
//! `y(t) = y_∞ + a exp(−t/τ)`, least squares in y_∞, a and τ over the times at which the sweeps began. For one τ the other
//! two are a straight line in exp(−t/τ), so τ alone is searched. One exponential: a spread of relaxation times gives a τ
//! between them.

use super::{Descriptor, Undefined, line};
use tiptwin_instrument::{Amps, IvCurve, Seconds};

/// Trial times per factor of ten.
const PER_DECADE: usize = 40;

/// The relaxation time of a descriptor over repeated sweeps, each with the time at which it began. `noise` is that of one
/// current sample.
///
/// # Errors
/// If the descriptor is undefined for a curve, or [`time_constant`] finds none.
pub fn of_repeats(
    descriptor: &dyn Descriptor,
    sweeps: &[(Seconds, IvCurve)],
    noise: Amps,
) -> Result<Seconds, Undefined> {
    let value = |(_, curve): &(Seconds, IvCurve)| descriptor.evaluate(curve, noise).map(|v| v.value);
    let values: Vec<f64> = sweeps.iter().map(value).collect::<Result<_, _>>()?;
    let times_s: Vec<f64> = sweeps.iter().map(|(t, _)| t.0).collect();
    time_constant(&times_s, &values)
}

/// The τ of an exponential through at least four values at times (s) that need not be equally spaced.
///
/// # Errors
/// If there are fewer than four values, they are all equal, or the best τ is shorter than half the smallest or longer than
/// four times the whole of the times between them: then these values do not tell it.
pub fn time_constant(times_s: &[f64], values: &[f64]) -> Result<Seconds, Undefined> {
    let mut sorted = times_s.to_vec();
    sorted.sort_by(f64::total_cmp);
    let shortest = sorted.windows(2).map(|w| w[1] - w[0]).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min);
    if times_s.len() < 4 || times_s.len() != values.len() || !shortest.is_finite() {
        return Err(Undefined("a relaxation time needs four values at different times"));
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let total: f64 = values.iter().map(|y| (y - mean).powi(2)).sum();
    let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
    let (low, high) = (0.5 * shortest, 4.0 * (last - first));
    let left = |tau: f64| {
        let decay: Vec<f64> = times_s.iter().map(|t| (-(t - first) / tau).exp()).collect();
        line::fit(&decay, values)
            .map_or(total, |l| decay.iter().zip(values).map(|(x, y)| (y - l.intercept - l.slope * x).powi(2)).sum())
    };
    let count = ((high / low).log10() * PER_DECADE as f64).ceil() as usize + 1;
    let trial = |k: usize| low * (high / low).powf(k as f64 / count as f64);
    let best = (0..=count).min_by(|&a, &b| left(trial(a)).total_cmp(&left(trial(b)))).unwrap_or_default();
    if total <= 0.0 || best == 0 || best == count {
        return Err(Undefined("the values do not relax within the times at which they were taken"));
    }
    // Between the neighbours of the best trial, one minimum.
    let (mut low, mut high) = (trial(best - 1).ln(), trial(best + 1).ln());
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    for _ in 0..40 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if left(a.exp()) > left(b.exp()) { low = a } else { high = b }
    }
    Ok(Seconds((0.5 * (low + high)).exp()))
}

#[cfg(test)]
mod tests {
    use super::super::test_curves::triangle;
    use super::super::{MaxCurrent, OpenCircuitVoltage};
    use super::*;

    #[test]
    fn an_exponential_is_read_back_and_a_straight_line_refused() {
        let times_s = [0.0, 1.0, 2.5, 4.0, 7.0, 11.0];
        let decay = times_s.map(|t: f64| 3.0 - 2.0 * (-t / 3.3).exp());
        let tau = time_constant(&times_s, &decay).expect("relaxes");
        assert!((tau.0 - 3.3).abs() < 1e-6, "{tau}");
        assert!(time_constant(&times_s, &times_s).is_err());
        assert!(time_constant(&times_s, &[1.0; 6]).is_err());
        assert!(time_constant(&times_s[..3], &decay[..3]).is_err());
    }

    #[test]
    fn repeats_of_a_curve_give_the_time_of_its_descriptor() {
        let sweeps: Vec<(Seconds, IvCurve)> = (0..8)
            .map(|k| {
                let t = 4.0 * f64::from(k);
                let scale = 1e-9 * (1.0 + (-t / 10.0_f64).exp());
                (Seconds(t), triangle(|v| scale * v, |v| scale * v))
            })
            .collect();
        let tau = of_repeats(&MaxCurrent, &sweeps, Amps(0.0)).expect("relaxes");
        assert!((tau.0 - 10.0).abs() < 1e-5, "{tau}");
        assert!(of_repeats(&OpenCircuitVoltage::Up, &sweeps, Amps(0.0)).is_err());
    }
}

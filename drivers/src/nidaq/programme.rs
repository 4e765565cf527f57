//! A bias programme as a row of converter samples.

use super::config::DaqConfig;
use tiptwin_instrument::{ErrorKind, InstrumentError, Seconds, Waveform};

/// More samples than an hour at 2 kHz are a mistake in the programme.
const SAMPLES_MAX: usize = 8_000_000;

/// Voltages at the rate of the converters, and where in them the samples of the curve are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Programme {
    /// Every output sample: slewed from 0, holds, samples, slewed back to 0, and 0.
    pub(crate) volts: Vec<f64>,
    /// The first output sample of every sample of the curve.
    pub(crate) points: Vec<usize>,
    /// Rate of the converters, Hz.
    pub(crate) rate_hz: f64,
}

impl Programme {
    /// Lays a checked waveform out for a set-up.
    pub(crate) fn new(waveform: &Waveform, config: &DaqConfig) -> Result<Self, InstrumentError> {
        let Seconds(interval_s) = waveform.sample_interval();
        let per_point = config.samples_per_point;
        let rate_hz = per_point as f64 / interval_s;
        if !(config.rate_min_hz..=config.rate_max_hz).contains(&rate_hz) {
            let (shortest, longest) = (per_point as f64 / config.rate_max_hz, per_point as f64 / config.rate_min_hz);
            let message = format!(
                "{per_point} converter samples every {interval_s} s are {rate_hz:.6} Hz; accepted: {} to {} Hz, that is {} to {} between samples of a curve",
                config.rate_min_hz,
                config.rate_max_hz,
                Seconds(shortest),
                Seconds(longest)
            );
            return Err(InstrumentError::new(ErrorKind::OutOfLimits, message));
        }
        let step_v = config.slew_v_per_s / rate_hz;
        let samples_s = waveform.total_time().0 + 4.0 * config.bias_max.0 / config.slew_v_per_s;
        if samples_s * rate_hz > SAMPLES_MAX as f64 {
            let message = format!(
                "{} of programme at {rate_hz:.6} Hz are more samples than accepted, {SAMPLES_MAX}; fewer samples a point need fewer",
                waveform.total_time()
            );
            return Err(InstrumentError::new(ErrorKind::OutOfLimits, message));
        }
        let bias_v = waveform.bias_v();
        let segments = waveform.segments();
        let first = segments.first().and_then(|s| s.before.first()).map_or(bias_v[0], |(held, _)| held.0);
        let mut volts = slew(0.0, first, step_v);
        let mut points = Vec::with_capacity(bias_v.len());
        for segment in segments {
            for (held, time) in segment.before {
                let samples = (time.0 * rate_hz).round() as usize;
                volts.resize(volts.len() + samples, held.0);
            }
            for v in &bias_v[segment.samples] {
                points.push(volts.len());
                volts.resize(volts.len() + per_point, *v);
            }
        }
        let last = volts[volts.len() - 1];
        volts.extend(slew(last, 0.0, step_v));
        // Inputs may lag by a sample, and the converter must end at 0 V.
        volts.extend([0.0; 2]);
        Ok(Self { volts, points, rate_hz })
    }

    /// The readings that count, point by point, in a row taken on the edges of the output clock.
    ///
    /// Devices with simultaneous converters hold their inputs on the edge, and read the voltage before it; devices with one
    /// converter convert some microseconds later, and read the voltage after it. A point's first reading may therefore belong to
    /// the point before, and is never used.
    pub(crate) fn windows<'a>(
        &'a self,
        readings: &'a [f64],
        per_point: usize,
        averaged: usize,
    ) -> impl Iterator<Item = &'a [f64]> {
        self.points.iter().map(move |start| &readings[start + per_point - averaged..start + per_point])
    }

    /// The mean of the readings of every point.
    pub(crate) fn averages(&self, readings: &[f64], per_point: usize, averaged: usize) -> Vec<f64> {
        self.windows(readings, per_point, averaged).map(|w| w.iter().sum::<f64>() / averaged as f64).collect()
    }
}

/// Equal steps of at most `step_v` from one voltage to the next, without both ends.
pub(crate) fn slew(from_v: f64, to_v: f64, step_v: f64) -> Vec<f64> {
    let steps = ((to_v - from_v).abs() / step_v).ceil().max(1.0) as usize;
    (1..steps).map(|i| from_v + (to_v - from_v) * i as f64 / steps as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::Volts;

    fn config(samples_per_point: usize, averaged: usize) -> DaqConfig {
        DaqConfig { samples_per_point, averaged, slew_v_per_s: 1000.0, ..DaqConfig::default() }
    }

    fn programmes() -> Vec<Waveform> {
        let forc =
            Waveform::Forc { step: Volts(0.5), loops: 3, samples_per_step: 5, rate_v_per_s: 10.0, rest: Seconds(0.1) };
        vec![
            Waveform::default(),
            Waveform::Bipolar { peak: Volts(-1.0), samples: 41, duration: Seconds(0.4) },
            Waveform::List { bias_v: vec![-2.0, 3.0, 1.5], interval: Seconds(0.01) },
            Waveform::Conditioned {
                pre_bias: Volts(2.0),
                hold: Seconds(0.2),
                wait: Seconds(0.1),
                then: Box::new(forc.clone()),
            },
            forc,
        ]
    }

    #[test]
    fn every_waveform_is_held_through_its_intervals_and_ends_at_zero() {
        for waveform in programmes() {
            for (per_point, averaged) in [(2, 1), (4, 3), (5, 2)] {
                let config = config(per_point, averaged);
                let p = Programme::new(&waveform, &config).expect("fits");
                assert!((p.rate_hz * waveform.sample_interval().0 - per_point as f64).abs() < 1e-9);
                let bias_v = waveform.bias_v();
                for (start, v) in p.points.iter().zip(&bias_v) {
                    assert!(p.volts[*start..start + per_point].iter().all(|held| held == v));
                }
                assert_eq!(&p.volts[p.volts.len() - 2..], [0.0, 0.0]);
                // What a perfect input reads on the edges of that clock is the curve's bias, whether it reads before or after.
                let before: Vec<f64> = std::iter::once(0.0).chain(p.volts.iter().copied()).collect();
                for readings in [&before[..p.volts.len()], &p.volts] {
                    let back = p.averages(readings, per_point, averaged);
                    assert!(back.iter().zip(&bias_v).all(|(a, b)| (a - b).abs() < 1e-12));
                }
            }
        }
    }

    #[test]
    fn programmes_last_as_long_as_their_waveforms() {
        for waveform in programmes() {
            let p = Programme::new(&waveform, &config(4, 3)).expect("fits");
            let slewed = |v: f64| (v.abs() * p.rate_hz / 1000.0).ceil().max(1.0) as usize - 1;
            let bias_v = waveform.bias_v();
            let first = waveform.segments()[0].before.first().map_or(bias_v[0], |(v, _)| v.0);
            let around = slewed(first) + slewed(bias_v[bias_v.len() - 1]) + 2;
            let played_s = (p.volts.len() - around) as f64 / p.rate_hz;
            // The last sample is held for an interval too.
            let wanted_s = waveform.total_time().0 + waveform.sample_interval().0;
            assert!((played_s - wanted_s).abs() < 4.0 / p.rate_hz, "{waveform:?}: {played_s} s for {wanted_s} s");
        }
    }

    #[test]
    fn outputs_never_step_further_than_the_slew_outside_the_programme() {
        let waveform = Waveform::List { bias_v: vec![-2.0, -2.0, 3.0], interval: Seconds(0.01) };
        let config = DaqConfig { slew_v_per_s: 20.0, samples_per_point: 2, averaged: 1, ..DaqConfig::default() };
        let p = Programme::new(&waveform, &config).expect("fits");
        let step = |w: &[f64]| (w[1] - w[0]).abs() <= 0.1 + 1e-12;
        assert!(p.volts[0].abs() <= 0.1 + 1e-12 && p.volts[..=p.points[0]].windows(2).all(step));
        assert!(p.volts[p.points[2]..].windows(2).all(step));
    }

    #[test]
    fn rates_out_of_range_say_which_intervals_are_accepted() {
        let fast = Waveform::List { bias_v: vec![0.0, 1.0], interval: Seconds(1e-6) };
        let error = Programme::new(&fast, &config(8, 7)).expect_err("8 MHz");
        assert_eq!(error.kind(), ErrorKind::OutOfLimits);
        assert!(error.to_string().contains("80 µs to 8 s between samples"), "{error}");
    }
}

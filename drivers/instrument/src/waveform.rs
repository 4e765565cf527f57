//! Bias programmes: what voltage the tip gets, sample by sample.

use crate::units::{Seconds, Volts};
use serde::{Deserialize, Serialize};
use std::ops::Range;

const SAMPLES_MAX: usize = 1_000_001;
const BIAS_MAX_V: f64 = 20.0;
const DAY_S: f64 = 86_400.0;

/// A bias programme at constant sampling rate. The bias is held for a whole sample interval and the current read at its
/// end, as a converter does it.
///
/// The default is the unipolar triangle of the published halide-perovskite curves: 0 → 1.5 → 0 V in 251
/// samples (126 up, 125 down), here over 2 s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Waveform {
    /// 0 → peak → 0 in equal steps. An odd number of samples puts one exactly on the peak.
    Triangle {
        /// Voltage at the turning point; negative sweeps the other polarity.
        #[serde(rename = "peak_v")]
        peak: Volts,
        /// Samples in all, odd, at least 5.
        samples: usize,
        /// Time from the first to the last sample.
        #[serde(rename = "duration_s")]
        duration: Seconds,
    },
    /// 0 → peak → −peak → 0 in equal steps.
    Bipolar {
        /// Voltage at the first turning point.
        #[serde(rename = "peak_v")]
        peak: Volts,
        /// Samples in all, one more than a multiple of 4, so that both peaks and the zero between them are hit.
        samples: usize,
        /// Time from the first to the last sample.
        #[serde(rename = "duration_s")]
        duration: Seconds,
    },
    /// First-order reversal curves: loops 0 → k·step → 0 for k = 1 … loops, at one rate.
    Forc {
        /// Peak of the first loop, and by how much each peak is above the one before.
        #[serde(rename = "step_v")]
        step: Volts,
        /// Number of loops.
        loops: usize,
        /// Samples from 0 to the first peak; the k-th loop has k times as many on each branch.
        samples_per_step: usize,
        /// Sweep rate, volts per second.
        rate_v_per_s: f64,
        /// Time at 0 V between two loops, without samples.
        #[serde(rename = "rest_s", default)]
        rest: Seconds,
    },
    /// Any voltages, one after the other.
    List {
        /// The bias at each sample.
        bias_v: Vec<f64>,
        /// Time between samples.
        #[serde(rename = "interval_s")]
        interval: Seconds,
    },
    /// Another programme after the location was held at a bias and then left at 0 V for a while.
    Conditioned {
        /// The bias before.
        #[serde(rename = "pre_bias_v")]
        pre_bias: Volts,
        /// How long it is held.
        #[serde(rename = "pre_bias_s")]
        hold: Seconds,
        /// How long the location then rests at 0 V.
        #[serde(rename = "wait_s")]
        wait: Seconds,
        /// What follows.
        then: Box<Self>,
    },
}

/// A stretch of samples with what happens before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Biases that are held without sampling before the first sample, each with its time.
    pub before: Vec<(Volts, Seconds)>,
    /// The samples.
    pub samples: Range<usize>,
}

impl Default for Waveform {
    fn default() -> Self {
        Self::Triangle { peak: Volts(1.5), samples: 251, duration: Seconds(2.0) }
    }
}

/// Why a bias programme cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WaveformError {
    /// The samples do not form up and down branches that meet at the peak.
    #[error("a triangle of {0} samples has no sample on its peak; accepted: an odd number, 5 to 1000001")]
    Samples(usize),
    /// The samples do not hit both peaks.
    #[error(
        "a bipolar sweep of {0} samples misses a peak; accepted: one more than a multiple of 4, such as 401, 9 to 1000001"
    )]
    BipolarSamples(usize),
    /// The number of loops or of samples of a family is out of range.
    #[error(
        "{loops} loops with {samples_per_step} samples to the first peak are not a family; accepted: 1 to 100 loops, 2 samples or more, 1000001 samples in all"
    )]
    Family {
        /// Loops asked for.
        loops: usize,
        /// Samples to the first peak.
        samples_per_step: usize,
    },
    /// The list is too short or too long.
    #[error("a list of {0} voltages is not a sweep; accepted: 2 to 1000001")]
    List(usize),
    /// A voltage of a list is not one.
    #[error("voltage number {at} of the list is {value} V; accepted: finite, between -20 and 20 V")]
    Voltage {
        /// Its number, from 0.
        at: usize,
        /// What it is.
        value: f64,
    },
    /// The peak is zero, not a number, or unreasonable for a probe.
    #[error("a peak of {0} V is not a sweep; accepted: a finite voltage, not 0, between -20 and 20 V")]
    Peak(f64),
    /// The bias before a sweep is not one.
    #[error("a bias of {0} V before the sweep is not accepted; accepted: a finite voltage between -20 and 20 V")]
    PreBias(f64),
    /// The rate is not one.
    #[error("a sweep rate of {0} V/s is not accepted; it must be finite and above 0")]
    Rate(f64),
    /// Time must pass.
    #[error("a duration of {0} s is not accepted; it must be finite, above 0 and at most 86400 s")]
    Duration(f64),
    /// Rests may be left out, but not run backwards.
    #[error("a rest of {0} s is not accepted; it must be finite, 0 or above and at most 86400 s")]
    Rest(f64),
}

fn check_peak(peak: Volts) -> Result<(), WaveformError> {
    if peak.0.is_finite() && peak.0 != 0.0 && peak.0.abs() <= BIAS_MAX_V {
        Ok(())
    } else {
        Err(WaveformError::Peak(peak.0))
    }
}

fn check_duration(duration: Seconds) -> Result<(), WaveformError> {
    if duration.0 > 0.0 && duration.0 <= DAY_S { Ok(()) } else { Err(WaveformError::Duration(duration.0)) }
}

fn check_rest(rest: Seconds) -> Result<(), WaveformError> {
    if rest.0 >= 0.0 && rest.0 <= DAY_S { Ok(()) } else { Err(WaveformError::Rest(rest.0)) }
}

/// 0 → peak → 0 with `half` steps on each branch.
fn triangle(peak_v: f64, half: usize) -> impl Iterator<Item = f64> {
    (0..=2 * half).map(move |i| peak_v * (if i <= half { i } else { 2 * half - i }) as f64 / half as f64)
}

impl Waveform {
    /// Checks the numbers; every other method expects a waveform that passed.
    pub fn check(&self) -> Result<(), WaveformError> {
        match self {
            Self::Triangle { peak, samples, duration } => {
                if samples % 2 == 0 || !(5..=SAMPLES_MAX).contains(samples) {
                    return Err(WaveformError::Samples(*samples));
                }
                check_peak(*peak)?;
                check_duration(*duration)
            }
            Self::Bipolar { peak, samples, duration } => {
                if samples % 4 != 1 || !(9..=SAMPLES_MAX).contains(samples) {
                    return Err(WaveformError::BipolarSamples(*samples));
                }
                check_peak(*peak)?;
                check_duration(*duration)
            }
            Self::Forc { step, loops, samples_per_step, rate_v_per_s, rest } => {
                let fits = (1..=100).contains(loops)
                    && (2..=SAMPLES_MAX).contains(samples_per_step)
                    && loops * (loops + 1) * samples_per_step + loops <= SAMPLES_MAX;
                if !fits {
                    return Err(WaveformError::Family { loops: *loops, samples_per_step: *samples_per_step });
                }
                if !(*rate_v_per_s > 0.0 && rate_v_per_s.is_finite()) {
                    return Err(WaveformError::Rate(*rate_v_per_s));
                }
                check_peak(*step)?;
                check_peak(self.peak())?;
                check_rest(*rest)?;
                check_duration(self.duration())
            }
            Self::List { bias_v, interval } => {
                if !(2..=SAMPLES_MAX).contains(&bias_v.len()) {
                    return Err(WaveformError::List(bias_v.len()));
                }
                let wrong = |v: &f64| !(v.is_finite() && v.abs() <= BIAS_MAX_V);
                if let Some(at) = bias_v.iter().position(wrong) {
                    return Err(WaveformError::Voltage { at, value: bias_v[at] });
                }
                check_duration(*interval)?;
                check_duration(self.duration())
            }
            Self::Conditioned { pre_bias, hold, wait, then } => {
                if !(pre_bias.0.is_finite() && pre_bias.0.abs() <= BIAS_MAX_V) {
                    return Err(WaveformError::PreBias(pre_bias.0));
                }
                check_rest(*hold)?;
                check_rest(*wait)?;
                then.check()
            }
        }
    }

    /// The same programme with every voltage of the other sign: from the electrode that a controller biases to the other one.
    #[must_use]
    pub fn reversed(self) -> Self {
        let turned = |v: Volts| Volts(-v.0);
        match self {
            Self::Triangle { peak, samples, duration } => Self::Triangle { peak: turned(peak), samples, duration },
            Self::Bipolar { peak, samples, duration } => Self::Bipolar { peak: turned(peak), samples, duration },
            Self::Forc { step, loops, samples_per_step, rate_v_per_s, rest } => {
                Self::Forc { step: turned(step), loops, samples_per_step, rate_v_per_s, rest }
            }
            Self::List { bias_v, interval } => {
                Self::List { bias_v: bias_v.into_iter().map(|v| -v).collect(), interval }
            }
            Self::Conditioned { pre_bias, hold, wait, then } => {
                Self::Conditioned { pre_bias: turned(pre_bias), hold, wait, then: Box::new(then.reversed()) }
            }
        }
    }

    /// The bias at each sample, in volts.
    pub fn bias_v(&self) -> Vec<f64> {
        match self {
            Self::Triangle { peak, samples, .. } => triangle(peak.0, (samples - 1) / 2).collect(),
            Self::Bipolar { peak, samples, .. } => {
                let half = (samples - 1) / 4;
                triangle(peak.0, half).chain(triangle(-peak.0, half).skip(1)).collect()
            }
            Self::Forc { step, loops, samples_per_step, .. } => {
                (1..=*loops).flat_map(|k| triangle(k as f64 * step.0, k * samples_per_step)).collect()
            }
            Self::List { bias_v, .. } => bias_v.clone(),
            Self::Conditioned { then, .. } => then.bias_v(),
        }
    }

    /// The samples in the order they are taken, cut where the programme rests. A family of loops starts each loop afresh.
    pub fn segments(&self) -> Vec<Segment> {
        match self {
            Self::Forc { loops, samples_per_step, rest, .. } => {
                let mut start = 0;
                (1..=*loops)
                    .map(|k| {
                        let samples = start..start + 2 * k * samples_per_step + 1;
                        start = samples.end;
                        let rests = k > 1 && rest.0 > 0.0;
                        Segment { before: if rests { vec![(Volts::ZERO, *rest)] } else { Vec::new() }, samples }
                    })
                    .collect()
            }
            Self::Conditioned { pre_bias, hold, wait, then } => {
                let mut segments = then.segments();
                if let Some(first) = segments.first_mut() {
                    let held = [(*pre_bias, *hold), (Volts::ZERO, *wait)];
                    first.before.splice(0..0, held.into_iter().filter(|(_, time)| time.0 > 0.0));
                }
                segments
            }
            _ => vec![Segment { before: Vec::new(), samples: 0..self.samples() }],
        }
    }

    /// The largest voltage in magnitude that the tip will see.
    pub fn peak(&self) -> Volts {
        match self {
            Self::Triangle { peak, .. } | Self::Bipolar { peak, .. } => Volts(peak.0.abs()),
            Self::Forc { step, loops, .. } => Volts((step.0 * *loops as f64).abs()),
            Self::List { bias_v, .. } => Volts(bias_v.iter().fold(0.0, |most, v| v.abs().max(most))),
            Self::Conditioned { pre_bias, then, .. } => Volts(pre_bias.0.abs().max(then.peak().0)),
        }
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        match self {
            Self::Triangle { samples, .. } | Self::Bipolar { samples, .. } => *samples,
            Self::Forc { loops, samples_per_step, .. } => loops * (loops + 1) * samples_per_step + loops,
            Self::List { bias_v, .. } => bias_v.len(),
            Self::Conditioned { then, .. } => then.samples(),
        }
    }

    /// Time from the first to the last sample as a curve shows it: rests are left out.
    pub fn duration(&self) -> Seconds {
        Seconds(self.sample_interval().0 * (self.samples() - 1) as f64)
    }

    /// Time that the whole programme takes, holds and rests included.
    pub fn total_time(&self) -> Seconds {
        let rests: f64 = self.segments().iter().flat_map(|s| &s.before).map(|(_, time)| time.0).sum();
        Seconds(self.duration().0 + rests)
    }

    /// Time between samples.
    pub fn sample_interval(&self) -> Seconds {
        match self {
            Self::Triangle { samples, duration, .. } | Self::Bipolar { samples, duration, .. } => {
                Seconds(duration.0 / (samples - 1) as f64)
            }
            Self::Forc { step, samples_per_step, rate_v_per_s, .. } => {
                Seconds(step.0.abs() / *samples_per_step as f64 / rate_v_per_s)
            }
            Self::List { interval, .. } => *interval,
            Self::Conditioned { then, .. } => then.sample_interval(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_triangle_is_the_published_one() {
        let bias = Waveform::default().bias_v();
        assert_eq!((bias.len(), bias[0], bias[125], bias[250]), (251, 0.0, 1.5, 0.0));
        assert!(bias[..126].windows(2).all(|w| w[1] > w[0]));
        assert!((0..251).all(|i| (bias[i] - bias[250 - i]).abs() < 1e-15));
        assert_eq!(Waveform::default().duration(), Seconds(2.0));
    }

    #[test]
    fn every_kind_has_the_samples_it_announces_in_whole_segments() {
        let forc =
            Waveform::Forc { step: Volts(0.25), loops: 8, samples_per_step: 21, rate_v_per_s: 1.5, rest: Seconds(3.0) };
        let list = Waveform::List { bias_v: vec![0.0, 0.4, -2.0, 0.1], interval: Seconds(0.5) };
        let bipolar = Waveform::Bipolar { peak: Volts(1.0), samples: 401, duration: Seconds(4.0) };
        let conditioned = Waveform::Conditioned {
            pre_bias: Volts(-3.0),
            hold: Seconds(5.0),
            wait: Seconds(1.0),
            then: Box::new(forc.clone()),
        };
        for (waveform, peak_v, total_s) in [
            (Waveform::default(), 1.5, 2.0),
            (bipolar.clone(), 1.0, 4.0),
            (forc, 2.0, 21.0 + forc_time_s()),
            (list, 2.0, 1.5),
            (conditioned, 3.0, 27.0 + forc_time_s()),
        ] {
            waveform.check().expect("sound");
            let bias = waveform.bias_v();
            assert_eq!(bias.len(), waveform.samples());
            assert_eq!(waveform.peak(), Volts(peak_v));
            assert!((waveform.total_time().0 - total_s).abs() < 1e-9, "{}", waveform.total_time());
            let segments = waveform.segments();
            assert_eq!(segments.first().map(|s| s.samples.start), Some(0));
            assert_eq!(segments.last().map(|s| s.samples.end), Some(bias.len()));
            assert!(segments.windows(2).all(|w| w[0].samples.end == w[1].samples.start));
            let turned = waveform.clone().reversed();
            assert!(turned.bias_v().iter().zip(&bias).all(|(a, b)| *a == -b), "every voltage turned");
            assert_eq!((turned.peak(), turned.total_time()), (waveform.peak(), waveform.total_time()));
            assert_eq!(turned.reversed(), waveform);
            let json = serde_json::to_string(&waveform).expect("JSON");
            assert_eq!(serde_json::from_str::<Waveform>(&json).expect("reads"), waveform);
        }
        let bias = bipolar.bias_v();
        assert_eq!((bias[100], bias[200], bias[300], bias[400]), (1.0, 0.0, -1.0, 0.0));
    }

    /// Eight loops of 2·42k steps of 0.25/21 V at 1.5 V/s, and a sample interval between one loop and the next.
    fn forc_time_s() -> f64 {
        (2.0 * 21.0 * 36.0 + 7.0) * 0.25 / 21.0 / 1.5
    }

    #[test]
    fn impossible_sweeps_are_refused() {
        let sweep = |peak, samples, duration| {
            Waveform::Triangle { peak: Volts(peak), samples, duration: Seconds(duration) }.check()
        };
        assert!(sweep(1.5, 251, 2.0).is_ok());
        assert_eq!(sweep(1.5, 250, 2.0), Err(WaveformError::Samples(250)));
        assert_eq!(sweep(0.0, 251, 2.0), Err(WaveformError::Peak(0.0)));
        assert!(matches!(sweep(1.5, 251, f64::NAN), Err(WaveformError::Duration(_))));
        let bipolar = Waveform::Bipolar { peak: Volts(1.0), samples: 251, duration: Seconds(1.0) };
        assert_eq!(bipolar.check(), Err(WaveformError::BipolarSamples(251)));
        let list = |bias_v| Waveform::List { bias_v, interval: Seconds(0.1) }.check();
        assert_eq!(list(vec![1.0]), Err(WaveformError::List(1)));
        assert_eq!(list(vec![1.0, 50.0]), Err(WaveformError::Voltage { at: 1, value: 50.0 }));
        let forc = |step, loops, rate| {
            let rest = Seconds::ZERO;
            Waveform::Forc { step: Volts(step), loops, samples_per_step: 10, rate_v_per_s: rate, rest }.check()
        };
        assert!(forc(0.25, 8, 1.5).is_ok());
        assert!(matches!(forc(0.25, 0, 1.5), Err(WaveformError::Family { .. })));
        assert_eq!(forc(5.0, 8, 1.5), Err(WaveformError::Peak(40.0)));
        assert_eq!(forc(0.25, 8, 0.0), Err(WaveformError::Rate(0.0)));
        let held = Waveform::Conditioned {
            pre_bias: Volts(f64::NAN),
            hold: Seconds(1.0),
            wait: Seconds(0.0),
            then: Box::default(),
        };
        assert!(matches!(held.check(), Err(WaveformError::PreBias(_))));
    }
}

//! From converter readings to a current–voltage curve, or to the reason why they are none.

use super::Sweep;
use super::config::DaqConfig;
use super::programme::Programme;
use tiptwin_instrument::{ErrorKind, InstrumentError, IvCurve, Seconds, Volts, Waveform};

/// Share of full scale from which a reading counts as clipped: calibrated converters end a little before it or behind it.
const CLIPPED: f64 = 0.999;
/// So many equal readings in a row are no coincidence of a converter with noise.
const CONSTANT_FROM: usize = 16;

/// What came back from the converters.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    /// Readings of the amplifier, one an output sample, V.
    pub(crate) amplifier_v: Vec<f64>,
    /// Readings of the bias, one an output sample, V.
    pub(crate) bias_v: Vec<f64>,
    /// The rate that the clock had, Hz.
    pub(crate) rate_hz: f64,
}

/// Judges a sweep and converts it.
pub(crate) fn judge(
    waveform: &Waveform,
    programme: &Programme,
    played: &Played,
    config: &DaqConfig,
) -> Result<Sweep, InstrumentError> {
    let bad = |message| Err(InstrumentError::new(ErrorKind::BadMeasurement, message));
    for (input, readings) in [(&config.current_input, &played.amplifier_v), (&config.monitor(), &played.bias_v)] {
        if let Some(at) = readings.iter().position(|v| !v.is_finite()) {
            return bad(format!("reading {at} of {input} is {}; accepted: finite voltages", readings[at]));
        }
    }
    let (per_point, averaged) = (config.samples_per_point, config.averaged);
    let bias_v = waveform.bias_v();
    let bias_read_v = programme.averages(&played.bias_v, per_point, averaged);
    if let Some(at) = bias_read_v.iter().zip(&bias_v).position(|(read, v)| (read - v).abs() > config.bias_tolerance.0) {
        let message = format!(
            "sample {at}: the bias was read back as {:.4} V where {:.4} V was asked for; accepted: within {}; is {} wired to {}?",
            bias_read_v[at],
            bias_v[at],
            config.bias_tolerance,
            config.monitor(),
            config.bias_output
        );
        return Err(InstrumentError::new(ErrorKind::Fault, message));
    }
    let used: Vec<f64> = programme.windows(&played.amplifier_v, per_point, averaged).flatten().copied().collect();
    let saturated = used.iter().any(|v| v.abs() >= CLIPPED * config.input_range.0);
    if config.refuse_constant && !saturated && used.len() >= CONSTANT_FROM && used.iter().all(|v| *v == used[0]) {
        return bad(format!(
            "all {} readings of {} are {} to the last bit; is the amplifier connected and switched on?",
            used.len(),
            config.current_input,
            Volts(used[0])
        ));
    }
    let current_a = programme.averages(&played.amplifier_v, per_point, averaged);
    let current_a = current_a.into_iter().map(|v| v * config.gain_a_per_v).collect();
    let sample_interval = Seconds(per_point as f64 / played.rate_hz);
    let curve = IvCurve { bias_v, current_a, sample_interval, saturated };
    Ok(Sweep { curve, bias_read_v, warnings: Vec::new() })
}

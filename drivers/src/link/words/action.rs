//! What is asked for.

use super::{SAMPLES_MAX, count, need, read_grid, read_position, write_grid, write_position};
use crate::link::wire::instrument as wire;
use tiptwin_instrument::{Action, Seconds, Suns, Volts, Waveform};
use wire::action::Action as Does;
use wire::waveform::Kind;

/// Characters of the longest channel name.
const NAME_MAX: usize = 256;

/// Programmes inside each other.
const DEPTH_MAX: usize = 16;

pub(in crate::link) fn write_action(action: &Action) -> wire::Action {
    let does = match action {
        Action::ScanTopography { grid } => Does::ScanTopography(wire::ScanTopography { grid: Some(write_grid(grid)) }),
        Action::ScanChannel { grid, channel } => {
            Does::ScanChannel(wire::ScanChannel { grid: Some(write_grid(grid)), channel: channel.clone() })
        }
        Action::ScanCurrent { grid, bias } => {
            Does::ScanCurrent(wire::ScanCurrent { grid: Some(write_grid(grid)), bias_v: Some(bias.0) })
        }
        Action::SweepIv { at, waveform, repeat } => Does::SweepIv(wire::SweepIv {
            at: Some(write_position(*at)),
            waveform: Some(write_waveform(waveform)),
            repeat: *repeat,
        }),
        Action::ReadScalar { at } => Does::ReadScalar(wire::ReadScalar { at: Some(write_position(*at)) }),
        Action::SetLight { intensity } => Does::SetLight(wire::SetLight { intensity_suns: Some(intensity.0) }),
        Action::MoveTo { at } => Does::MoveTo(wire::MoveTo { at: Some(write_position(*at)) }),
        Action::Approach => Does::Approach(wire::Approach {}),
        Action::Withdraw => Does::Withdraw(wire::Withdraw {}),
    };
    wire::Action { action: Some(does) }
}

pub(in crate::link) fn read_action(action: Option<&wire::Action>) -> Result<Action, String> {
    let action = need(action, "action")?;
    Ok(match need(action.action.as_ref(), "action.action")? {
        Does::ScanTopography(a) => Action::ScanTopography { grid: read_grid(a.grid.as_ref(), "grid")? },
        Does::ScanChannel(a) => {
            if a.channel.len() > NAME_MAX {
                return Err(format!("channel has {} bytes; accepted: at most {NAME_MAX}", a.channel.len()));
            }
            Action::ScanChannel { grid: read_grid(a.grid.as_ref(), "grid")?, channel: a.channel.clone() }
        }
        Does::ScanCurrent(a) => {
            Action::ScanCurrent { grid: read_grid(a.grid.as_ref(), "grid")?, bias: Volts(need(a.bias_v, "bias_v")?) }
        }
        Does::SweepIv(a) => Action::SweepIv {
            at: read_position(a.at.as_ref(), "at")?,
            waveform: read_waveform(a.waveform.as_ref(), DEPTH_MAX)?,
            repeat: a.repeat,
        },
        Does::ReadScalar(a) => Action::ReadScalar { at: read_position(a.at.as_ref(), "at")? },
        Does::SetLight(a) => Action::SetLight { intensity: Suns(need(a.intensity_suns, "intensity_suns")?) },
        Does::MoveTo(a) => Action::MoveTo { at: read_position(a.at.as_ref(), "at")? },
        Does::Approach(_) => Action::Approach,
        Does::Withdraw(_) => Action::Withdraw,
    })
}

fn write_waveform(waveform: &Waveform) -> wire::Waveform {
    let kind = match waveform {
        Waveform::Triangle { peak, samples, duration } => Kind::Triangle(wire::Triangle {
            peak_v: Some(peak.0),
            samples: *samples as u64,
            duration_s: Some(duration.0),
        }),
        Waveform::Bipolar { peak, samples, duration } => Kind::Bipolar(wire::Bipolar {
            peak_v: Some(peak.0),
            samples: *samples as u64,
            duration_s: Some(duration.0),
        }),
        Waveform::Forc { step, loops, samples_per_step, rate_v_per_s, rest } => Kind::Forc(wire::Forc {
            step_v: Some(step.0),
            loops: *loops as u64,
            samples_per_step: *samples_per_step as u64,
            rate_v_per_s: Some(*rate_v_per_s),
            rest_s: Some(rest.0),
        }),
        Waveform::List { bias_v, interval } => {
            Kind::List(wire::BiasList { bias_v: bias_v.clone(), interval_s: Some(interval.0) })
        }
        Waveform::Conditioned { pre_bias, hold, wait, then } => Kind::Conditioned(Box::new(wire::Conditioned {
            pre_bias_v: Some(pre_bias.0),
            pre_bias_s: Some(hold.0),
            wait_s: Some(wait.0),
            then: Some(Box::new(write_waveform(then))),
        })),
    };
    wire::Waveform { kind: Some(kind) }
}

fn read_waveform(waveform: Option<&wire::Waveform>, depth: usize) -> Result<Waveform, String> {
    let waveform = need(waveform, "waveform")?;
    if depth == 0 {
        return Err(format!("the waveform holds more than {DEPTH_MAX} inside each other; accepted: fewer"));
    }
    Ok(match need(waveform.kind.as_ref(), "waveform.kind")? {
        Kind::Triangle(w) => Waveform::Triangle {
            peak: Volts(need(w.peak_v, "peak_v")?),
            samples: count(w.samples, "samples")?,
            duration: Seconds(need(w.duration_s, "duration_s")?),
        },
        Kind::Bipolar(w) => Waveform::Bipolar {
            peak: Volts(need(w.peak_v, "peak_v")?),
            samples: count(w.samples, "samples")?,
            duration: Seconds(need(w.duration_s, "duration_s")?),
        },
        Kind::Forc(w) => Waveform::Forc {
            step: Volts(need(w.step_v, "step_v")?),
            loops: count(w.loops, "loops")?,
            samples_per_step: count(w.samples_per_step, "samples_per_step")?,
            rate_v_per_s: need(w.rate_v_per_s, "rate_v_per_s")?,
            rest: Seconds(need(w.rest_s, "rest_s")?),
        },
        Kind::List(w) => {
            if w.bias_v.len() > SAMPLES_MAX {
                return Err(format!("a list of {} voltages; accepted: at most {SAMPLES_MAX}", w.bias_v.len()));
            }
            Waveform::List { bias_v: w.bias_v.clone(), interval: Seconds(need(w.interval_s, "interval_s")?) }
        }
        Kind::Conditioned(w) => Waveform::Conditioned {
            pre_bias: Volts(need(w.pre_bias_v, "pre_bias_v")?),
            hold: Seconds(need(w.pre_bias_s, "pre_bias_s")?),
            wait: Seconds(need(w.wait_s, "wait_s")?),
            then: Box::new(read_waveform(w.then.as_deref(), depth - 1)?),
        },
    })
}

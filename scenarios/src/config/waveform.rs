//! A bias programme: `measurement.waveform` of a scenario, `--waveform` of `tiptwin iv`.

use super::problem::{Problems, Source};
use super::reader::Reader;
use super::tree;
use std::cell::RefCell;
use tiptwin_instrument::waveform::WaveformError;
use tiptwin_instrument::{Seconds, Volts, Waveform};

const KINDS: [&str; 4] = ["triangle", "bipolar", "forc", "list"];
const HOUR_S: f64 = 3600.0;

/// A programme written as in a scenario, `{ kind = "forc", step_v = 0.25 }`.
pub fn waveform(text: &str) -> Result<Waveform, Problems> {
    let document = format!("waveform = {text}");
    let sources = vec![Source { name: "--waveform".into(), text: document.clone() }];
    let table = match tree::parse(&document, 0) {
        Ok(table) => table,
        Err(problems) => return Err(Problems { sources, problems }),
    };
    let problems = RefCell::new(Vec::new());
    let root = Reader::new(String::new(), None, &table, &problems);
    let waveform = root.table("waveform", read_waveform);
    root.finish();
    match (waveform, problems.into_inner()) {
        (Some(waveform), problems) if problems.is_empty() => Ok(waveform),
        (_, problems) => Err(Problems { sources, problems }),
    }
}

/// Reads a programme of any kind; what is wrong with it is noted at its place, and the default returned.
pub(super) fn read_waveform(r: &Reader<'_>) -> Waveform {
    let kind = r.choice("kind", &KINDS).unwrap_or_else(|| "triangle".into());
    let volts = |key, usual: f64| Volts(r.number(key, -10.0..=10.0, "V").unwrap_or(usual));
    let rest = |key| Seconds(r.number(key, 0.0..=HOUR_S, "s").unwrap_or(0.0));
    let sound = match kind.as_str() {
        "forc" => Waveform::Forc {
            step: volts("step_v", 0.25),
            loops: r.count("loops", 1..=100).unwrap_or(8) as usize,
            samples_per_step: r.count("samples_per_step", 2..=10_000).unwrap_or(21) as usize,
            rate_v_per_s: r.number("rate_v_per_s", 1e-4..=1e5, "V/s").unwrap_or(1.5),
            rest: rest("rest_s"),
        },
        "list" => {
            let bias_v = r.require("bias_v", r.numbers("bias_v", -10.0..=10.0, "V"), "a list of voltages");
            let interval = Seconds(r.number("interval_s", 1e-6..=HOUR_S, "s").unwrap_or(0.008));
            // Without a list there is a complaint already.
            bias_v.map_or_else(Waveform::default, |bias_v| Waveform::List { bias_v, interval })
        }
        kind => {
            let (peak, usual) = (volts("peak_v", 1.5), if kind == "bipolar" { 401 } else { 251 });
            let samples = r.count("samples", 5..=100_001).unwrap_or(usual) as usize;
            let duration = Seconds(r.number("duration_s", 1e-3..=HOUR_S, "s").unwrap_or(2.0));
            if kind == "bipolar" {
                Waveform::Bipolar { peak, samples, duration }
            } else {
                Waveform::Triangle { peak, samples, duration }
            }
        }
    };
    let waveform = if r.has("pre_bias_v") {
        let pre_bias = volts("pre_bias_v", 0.0);
        Waveform::Conditioned { pre_bias, hold: rest("pre_bias_s"), wait: rest("wait_s"), then: Box::new(sound) }
    } else {
        sound
    };
    if let Err(e) = waveform.check() {
        let keys: &[&str] = match e {
            WaveformError::Samples(_) | WaveformError::BipolarSamples(_) => &["samples"],
            WaveformError::Family { .. } => &["loops", "samples_per_step"],
            WaveformError::Peak(_) => &["peak_v", "step_v"],
            WaveformError::List(_) | WaveformError::Voltage { .. } => &["bias_v"],
            _ => &[],
        };
        let key = keys.iter().copied().find(|key| r.has(key)).unwrap_or("kind");
        r.complain(key, &format!("makes no bias programme: {e}"), None);
    }
    waveform
}

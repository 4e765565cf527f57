//! The table `[measurement]`: light, bias programme and target.

use super::reader::Reader;
use super::scenario::Measurement;
use tiptwin_core::descriptor;
use tiptwin_instrument::{Seconds, Suns, Volts, Waveform};

pub(super) fn read_measurement(
    r: &Reader<'_>,
    is_map: bool,
    is_replay: bool,
    warnings: &mut Vec<String>,
) -> Measurement {
    let light = Suns(r.number("light_suns", 0.0..=2.0, "suns").unwrap_or(0.0));
    if is_replay && r.has("light_suns") {
        warnings.push(
            "measurement.light_suns only labels a replay: recorded data keep the light they were taken in".into(),
        );
    }
    if is_map && r.has("waveform") {
        warnings.push("measurement.waveform has no effect on a replay of a value map".into());
    }
    let waveform = r.table("waveform", read_waveform).unwrap_or_default();
    let known = descriptor::all();
    let names: Vec<&str> = known.iter().map(|d| d.name()).collect();
    // What a value map shows is in its file, so its target is a free label.
    let target = if is_map { r.text("target") } else { r.choice("target", &names) };
    Measurement { light, waveform, target: target.or_else(|| (!is_map).then(|| "max_current".to_owned())) }
}

fn read_waveform(r: &Reader<'_>) -> Waveform {
    let _ = r.choice("kind", &["triangle"]);
    let peak = r.number("peak_v", -10.0..=10.0, "V").unwrap_or(1.5);
    let samples = r.count("samples", 5..=100_001).unwrap_or(251) as usize;
    let duration = r.number("duration_s", 1e-3..=3600.0, "s").unwrap_or(2.0);
    let waveform = Waveform::Triangle { peak: Volts(peak), samples, duration: Seconds(duration) };
    if peak == 0.0 {
        r.complain("peak_v", "is not a sweep", "a voltage that is not 0".to_owned());
    }
    if samples.is_multiple_of(2) {
        r.complain("samples", "is even, so no sample falls on the peak", "an odd number".to_owned());
    }
    waveform
}

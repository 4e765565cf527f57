//! The table `[measurement]`: light, bias programme and target.

use super::reader::Reader;
use super::scenario::Measurement;
use super::twin::Biased;
use super::waveform::read_waveform;
use tiptwin_core::descriptor;
use tiptwin_instrument::Suns;

pub(super) fn read_measurement(
    r: &Reader<'_>,
    is_map: bool,
    is_replay: bool,
    biased: Biased,
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
    let waveform = if biased == Biased::Sample { waveform.reversed() } else { waveform };
    let known = descriptor::all();
    let names: Vec<&str> = known.iter().map(|d| d.name()).collect();
    // What a value map shows is in its file, so its target is a free label.
    let target = if is_map { r.text("target") } else { r.choice("target", &names) };
    Measurement { light, waveform, target: target.or_else(|| (!is_map).then(|| "max_current".to_owned())) }
}

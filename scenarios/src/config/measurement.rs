//! The table `[measurement]`: light, bias programme and what is learnt.

use super::reader::{Reader, nearest};
use super::scenario::Measurement;
use super::twin::Biased;
use super::waveform::read_waveform;
use tiptwin_core::descriptor;
use tiptwin_instrument::Suns;

/// Stands for the scores on the first principal components of whole curves.
pub(crate) const CURVE_PCA: &str = "curve_pca";
/// Components of the curves that are learnt, unless the scenario says how many.
pub(super) const COMPONENTS: usize = 2;

pub(super) fn read_measurement(
    r: &Reader<'_>,
    is_map: bool,
    is_replay: bool,
    biased: Biased,
    warnings: &mut Vec<String>,
) -> Measurement {
    let lights = read_lights(r, is_replay);
    let repeats = r.count("repeats", 1..=100).unwrap_or(1) as u32;
    if is_replay && repeats > 1 {
        r.complain("repeats", "needs an instrument that measures: a recording has one curve at each pixel", None);
    }
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
    // What a value map shows is in its file, so its target is a free label.
    let mut targets = if is_map { r.text("target").into_iter().collect() } else { read_targets(r, &lights) };
    let components = r.count("pca_components", 1..=8).map(|n| n as usize);
    if components.is_some() && !targets.iter().any(|t| t == CURVE_PCA) {
        r.complain("pca_components", "has no effect on these targets", format!("target = [\"{CURVE_PCA}\", …]"));
    }
    if targets.is_empty() && !is_map {
        targets.push("max_current".to_owned());
    }
    let mut targets = targets.into_iter();
    Measurement {
        light: lights.first().copied().unwrap_or(Suns::ZERO),
        lights,
        repeats,
        waveform,
        target: targets.next(),
        further_targets: targets.collect(),
        components: components.unwrap_or(COMPONENTS),
        own: Vec::new(),
    }
}

/// A target's rule, and the light in which it reads if the name says so: `max_current@0.1` is that of the sweeps under 0.1 suns.
pub(crate) fn rule_and_light(target: &str) -> (&str, Option<Suns>) {
    match target.split_once('@') {
        Some((rule, light)) => (rule, light.parse().ok().map(Suns)),
        None => (target, None),
    }
}

/// One light or several, in the order of the sweeps.
fn read_lights(r: &Reader<'_>, is_replay: bool) -> Vec<Suns> {
    if !r.is_list("light_suns") {
        return r.number("light_suns", 0.0..=2.0, "suns").map(Suns).into_iter().collect();
    }
    let lights = r.numbers("light_suns", 0.0..=2.0, "suns").unwrap_or_default();
    if is_replay {
        r.complain(
            "light_suns",
            "is a list, but recorded data keep the light they were taken in",
            "a number".to_owned(),
        );
    }
    if lights.is_empty() || (1..lights.len()).any(|i| lights[..i].contains(&lights[i])) {
        r.complain("light_suns", "must hold at least one light, and each once", "[0.0, 0.1]".to_owned());
    }
    lights.into_iter().map(Suns).collect()
}

/// One target or several; the first steers.
fn read_targets(r: &Reader<'_>, lights: &[Suns]) -> Vec<String> {
    let known = descriptor::all();
    let names: Vec<&str> = known.iter().map(|d| d.name()).chain([CURVE_PCA]).collect();
    if !r.is_list("target") {
        return r.choice("target", &names).into_iter().collect();
    }
    let written: Vec<String> = lights.iter().map(|light| light.0.to_string()).collect();
    let targets = r.texts("target").unwrap_or_default();
    for (i, target) in targets.iter().enumerate() {
        let (rule, light) = target.split_once('@').map_or((target.as_str(), None), |(r, l)| (r, Some(l)));
        if let Some(light) = light
            && (lights.len() < 2 || rule == CURVE_PCA || !written.iter().any(|w| w == light))
        {
            let accepted = format!("a rule, an @ and one of the lights of light_suns: {}", written.join(", "));
            r.complain(
                "target",
                &format!("holds \"{target}\", but there is no choice of a light \"{light}\""),
                accepted,
            );
        } else if !names.contains(&rule) {
            let near =
                nearest(target, names.iter().copied()).map_or(String::new(), |n| format!("; did you mean \"{n}\"?"));
            r.complain("target", &format!("holds \"{target}\", which is not known{near}"), names.join(", "));
        } else if targets[..i].contains(target) {
            r.complain("target", &format!("holds \"{target}\" twice"), "each target once".to_owned());
        }
    }
    if targets.is_empty() {
        r.complain("target", "is an empty list", names.join(", "));
    }
    targets
}

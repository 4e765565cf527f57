//! How a run was made, in sentences that can go into a paper.

use crate::config::{Boundaries, Explore, InstrumentChoice, TwinChoice};
use crate::picture::quantity::with_unit;
use crate::report::headline::capitalised;
use crate::report::html::{escape, words};
use crate::report::input::ReportInput;
use tiptwin_core::levelling::Correction;
use tiptwin_core::model::{Reference, Tiptwin};
use tiptwin_core::session::First;
use tiptwin_instrument::{Seconds, Waveform};
use tiptwin_sim::{Level, Realism};

/// How the run was made, as HTML with a button to copy it.
pub(super) fn methods(input: &ReportInput) -> String {
    let paragraphs: Vec<String> = paragraphs(input).iter().map(|p| format!("<p>{}</p>\n", escape(p))).collect();
    format!("<div class=\"methods\" data-copy>\n{}</div>\n", paragraphs.concat())
}

/// One paragraph for sample and image, one for the measurement, one for the choice of locations; plain text.
fn paragraphs(input: &ReportInput) -> Vec<String> {
    vec![sample(input), measurement(input), choice(input)]
}

fn sample(input: &ReportInput) -> String {
    let (start, grid) = (&input.start, &input.structure.grid);
    let mut said = vec![match input.settings.as_ref().map(|s| &s.instrument) {
        Some(InstrumentChoice::Twin(twin)) => twin_in_words(input, twin),
        _ => format!(
            "Measurements were made on {} with the driver \"{}\" of tiptwin {}.",
            start.instrument.identity, start.instrument.driver, start.version
        ),
    }];
    said.push(format!(
        "A {} image of {} × {} pixels over {} × {} ({} a pixel) was recorded first; row 0 is the first scan line.",
        words(&input.structure.channel),
        grid.cols,
        grid.rows,
        with_unit(grid.width.0, "m"),
        with_unit(grid.height.0, "m"),
        with_unit(grid.pixel_width().0, "m")
    ));
    let done: Vec<&str> =
        start.corrections.iter().filter_map(|n| Correction::by_name(n)).map(Correction::words).collect();
    said.push(if done.is_empty() {
        "It was learnt from as recorded.".to_owned()
    } else {
        format!("Before anything was learnt from it: {}.", done.join(", then "))
    });
    let further: Vec<String> = input.further.iter().map(|image| words(&image.channel)).collect();
    if !further.is_empty() {
        said.push(format!("Further images of the same pixels: {}.", further.join(", ")));
    }
    said.join(" ")
}

fn twin_in_words(input: &ReportInput, twin: &TwinChoice) -> String {
    let (film, start) = (&twin.film, &input.start);
    let amplifier = &twin.realism.amplifier;
    format!(
        "Measurements were made on the digital twin of tiptwin {}: {} (mean grain diameter {}, {} tessellation, {} K). The microscope had \
         the realism levels {}; the current amplifier {} of white noise, a bandwidth of {} and a full scale of {}.",
        start.version,
        start.instrument.identity,
        with_unit(film.mean_diameter.0, "m"),
        capitalised(&words(film.generator.name())),
        twin.constants.temperature_k,
        levels(&twin.realism),
        with_unit(amplifier.noise_rms.0, "A"),
        with_unit(amplifier.bandwidth_hz, "Hz"),
        with_unit(amplifier.full_scale.0, "A")
    )
}

/// The level of every group of what the twin shows of a microscope; amounts that are no level's are called that.
fn levels(realism: &Realism) -> String {
    let name = |is: fn(&Realism, &Realism) -> bool| {
        Level::ALL.into_iter().find(|l| is(&Realism::level(*l), realism)).map_or("own amounts", Level::name)
    };
    let groups = [
        ("image", name(|a, b| a.image == b.image)),
        ("scanner", name(|a, b| a.scanner == b.scanner)),
        ("amplifier", name(|a, b| a.amplifier == b.amplifier)),
        ("contact", name(|a, b| a.contact == b.contact)),
        ("wear", name(|a, b| a.wear == b.wear)),
        ("damage", name(|a, b| a.damage == b.damage)),
        ("memory", name(|a, b| a.memory == b.memory)),
    ];
    if groups.iter().all(|g| g.1 == groups[0].1) {
        format!("\"{}\" throughout", groups[0].1)
    } else {
        groups.map(|(group, level)| format!("{level} ({group})")).join(", ")
    }
}

fn measurement(input: &ReportInput) -> String {
    let start = &input.start;
    let light = input.light(" ");
    let unit = if start.target_unit.is_empty() { "arbitrary units".to_owned() } else { start.target_unit.clone() };
    let mut said = vec![match input.settings.as_ref().filter(|_| start.instrument.capabilities.sweep_iv) {
        Some(s) => format!(
            "At each location the current was recorded{light} while the tip bias followed {}; the {} ({}, {unit}) was read from it.",
            programme(&s.measurement.waveform),
            input.target_title,
            start.target
        ),
        None => format!("At each location the {} ({}, {unit}) was taken{light}.", input.target_title, start.target),
    }];
    let further: Vec<&str> = start.further_targets.iter().map(|t| t.title.as_str()).collect();
    if !further.is_empty() {
        said.push(format!("Learnt beside it from the same curves: {}.", further.join(", ")));
    }
    said.join(" ")
}

/// A bias programme in words.
fn programme(waveform: &Waveform) -> String {
    let seconds = |s: Seconds| with_unit(s.0, "s");
    match waveform {
        Waveform::Triangle { peak, samples, duration } => {
            format!(
                "a triangle 0 → {0} → 0 V of {samples} samples in {1} ({2} V/s)",
                peak.0,
                seconds(*duration),
                rate(2.0 * peak.0, *duration)
            )
        }
        Waveform::Bipolar { peak, samples, duration } => {
            let swept = rate(4.0 * peak.0, *duration);
            format!(
                "a sweep 0 → {0} → {1} → 0 V of {samples} samples in {2} ({swept} V/s)",
                peak.0,
                -peak.0,
                seconds(*duration)
            )
        }
        Waveform::Forc { step, loops, samples_per_step, rate_v_per_s, rest } => format!(
            "{loops} loops from 0 to 1, 2, … {loops} times {} V at {rate_v_per_s} V/s, {samples_per_step} samples to the first peak, {} between loops",
            step.0,
            seconds(*rest)
        ),
        Waveform::List { bias_v, interval } => {
            format!("a list of {} voltages, {} apart", bias_v.len(), seconds(*interval))
        }
        Waveform::Conditioned { pre_bias, hold, wait, then } => {
            format!("{}, after {} V for {} and {} at 0 V", programme(then), pre_bias.0, seconds(*hold), seconds(*wait))
        }
    }
}

fn rate(volts: f64, duration: Seconds) -> String {
    let rate = volts.abs() / duration.0;
    format!("{}", (1000.0 * rate).round() / 1000.0)
}

fn choice(input: &ReportInput) -> String {
    let start = &input.start;
    let explore = input.settings.as_ref().map(|s| &s.explore);
    let first = match explore.map(|e| e.first) {
        Some(First::At(p)) => format!(", the first at row {}, column {}", p.row, p.col),
        Some(First::Random) => ", the first at random".to_owned(),
        None => String::new(),
    };
    let also = explore.map(besides).unwrap_or_default();
    let also = if also.is_empty() { also } else { format!(" ({also})") };
    let mut said = vec![format!(
        "{} of {} planned locations, each with a complete window of {w} × {w} pixels around it, were measured{first}; the next one was \
         chosen by the strategy \"{}\" with the acquisition \"{}\"{also}.",
        input.picks.len(),
        start.steps,
        start.strategy,
        start.acquisition,
        w = start.window_px
    )];
    if let Some(rule) = explore.and_then(|e| e.boundaries.as_ref()) {
        said.push(format!("Only grain boundaries could be chosen: {}.", on_boundaries(rule)));
    }
    match start.strategy.as_str() {
        "tiptwin" => said.push(format!("The learner: {}.", Tiptwin::settings())),
        "reference" => said.push(format!("The learner: {}.", Reference::settings())),
        _ => {}
    }
    said.push(format!("All random numbers come from named streams of the seed {}.", start.seed));
    if !input.scores.is_empty() {
        let against = input.truth_kind.against();
        said.push(format!("Maps were scored over all candidates not yet measured, against {against}."));
        if !input.random_scores.is_empty() {
            said.push("The same model on random picks is the comparison.".to_owned());
        }
    }
    said.join(" ")
}

/// Which locations count as boundary, in words.
pub(super) fn on_boundaries(rule: &Boundaries) -> String {
    let beside = match rule.dilation_px {
        0 => String::new(),
        1 => ", and one pixel to both sides of them".to_owned(),
        n => format!(", and {n} pixels to both sides of them"),
    };
    format!(
        "where at least {} % of the networks of an ensemble see a boundary with a probability of {} or more in the structure image, thinned to lines of one pixel{beside}",
        (1e4 * rule.votes).round() / 100.0,
        rule.threshold
    )
}

/// What else decides about the next location.
fn besides(explore: &Explore) -> String {
    let mut also = Vec::new();
    if explore.batch > 1 {
        also.push(format!("{} at a time", explore.batch));
    }
    if explore.acquisition.contains("improvement") {
        also.push(format!("margin {} standard deviations", explore.xi));
    }
    if explore.acquisition == "upper-confidence-bound" {
        also.push(format!("κ = {}", explore.kappa));
    }
    let costs = [
        (explore.cost.travel, "the way of the tip is a cost, length"),
        (explore.cost.spacing, "closeness to touched places is a cost, distance"),
    ];
    also.extend(costs.iter().filter_map(|(m, what)| Some(format!("{what} {}", with_unit((*m)?.0, "m")))));
    also.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Scenario;
    use crate::report::test_data;
    use std::path::Path;

    fn told(text: &str) -> String {
        let scenario = Scenario::parse("s", "s.toml", text, Path::new("."), &[]).expect("valid");
        let input = ReportInput { settings: Some(scenario), ..test_data::full(24, 24) };
        paragraphs(&input).join("\n")
    }

    #[test]
    fn every_parameter_is_in_a_sentence() {
        let text = told(
            "[instrument]\ndriver = \"twin\"\n[instrument.twin]\nrealism = \"typical\"\n[instrument.twin.wear]\nlevel = \"ideal\"\n\
             [measurement]\nlight_suns = 0.1\nwaveform = { kind = \"bipolar\", peak_v = 2.0, samples = 401, duration_s = 4.0 }\n\
             [explore]\nacquisition = \"upper-confidence-bound\"\nkappa = 3.0\nfirst = { row = 64, col = 60 }\n\
             [explore.boundaries]\nvotes = 0.75\ndilation_px = 2\n",
        );
        for part in [
            "tiptwin 0.1.0",
            "typical (image)",
            "ideal (wear)",
            "white noise",
            "24 × 24 pixels over 562 nm × 562 nm (23.4 nm a pixel)",
            "as recorded",
            "under 0.1 suns",
            "0 → 2 → -2 → 0 V of 401 samples in 4.00 s (2 V/s)",
            "maximum current (max_current, A)",
            "60 of 60 planned locations",
            "window of 7 × 7 pixels",
            "row 64, column 60",
            "κ = 3",
            "where at least 75 % of the networks of an ensemble see a boundary with a probability of 0.5 or more",
            "and 2 pixels to both sides of them",
            "8 whitened principal components",
            "seed 7",
            "random picks",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn what_the_folder_alone_says_is_enough() {
        let mut input = test_data::full(24, 24);
        input.start.corrections = vec!["plane".into(), "lines".into()];
        input.start.strategy = "reference".into();
        let text = paragraphs(&input).join("\n");
        assert!(text.contains("Before anything was learnt from it: ") && text.contains(", then "), "{text}");
        assert!(text.contains("1000-500-50-2") && text.contains("200 steps of Adam at 0.01"), "{text}");
        assert!(text.contains("made-up film with the driver \"twin\""), "{text}");
    }
}

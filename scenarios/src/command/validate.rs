//! `tiptwin film --validate`: the published statements over many films, beside the negative control.

use super::args::FilmArgs;
use super::error::CommandError;
use super::place::preset;
use super::printer::Printer;
use crate::run::film_spec;
use crate::validate::{FEWEST_FILMS, FilmSample, Requirement, SIGNIFICANCE, Verdict, statements};
use serde::Serialize;
use std::fmt::Write as _;
use tiptwin_drivers::Twin;
use tiptwin_instrument::{MasterSeed, Meters, Waveform};
use tiptwin_sim::Preset;

/// Films of each preset and locations of each film, where nothing else is said.
const FILMS: usize = 20;
const LOCATIONS_DEFAULT: usize = 1500;
/// More films than anybody waits for.
const MOST_FILMS: usize = 1000;
/// Fewer locations leave groups too small to compare; more add nothing to one number per film.
const LOCATIONS: std::ops::RangeInclusive<usize> = 300..=20_000;

#[derive(Serialize)]
struct Validation {
    films: usize,
    first_seed: u64,
    locations_per_film: usize,
    significance: f64,
    presets: Vec<OfPreset>,
    passed: bool,
}

#[derive(Serialize)]
struct OfPreset {
    preset: &'static str,
    passed: bool,
    statements: Vec<Verdict>,
}

pub(super) fn validate(arguments: &FilmArgs, printer: &Printer) -> Result<(), CommandError> {
    let presets = presets(&arguments.preset)?;
    let films_wanted = arguments.films.unwrap_or(FILMS);
    let locations = arguments.locations.unwrap_or(LOCATIONS_DEFAULT);
    if !(FEWEST_FILMS..=MOST_FILMS).contains(&films_wanted) {
        return Err(CommandError::usage(format!(
            "--films {films_wanted}: accepted: {FEWEST_FILMS} to {MOST_FILMS}; with fewer films not even all of them are significant"
        )));
    }
    if !LOCATIONS.contains(&locations) {
        return Err(CommandError::usage(format!(
            "--locations {locations}: accepted: {} to {} a film",
            LOCATIONS.start(),
            LOCATIONS.end()
        )));
    }
    let steps = printer.progress().steps("reading films", presets.len() * films_wanted);
    let mut done = 0;
    let mut of_presets = Vec::new();
    for preset in presets {
        let mut films = Vec::with_capacity(films_wanted);
        for k in 0..films_wanted {
            let seed = MasterSeed(arguments.seed.wrapping_add(k as u64));
            let twin = Twin::new(&film_spec(preset, Meters::ZERO), seed, seed)?;
            films.push(FilmSample::read(&twin, seed, locations, &Waveform::default())?);
            done += 1;
            steps.at(done, preset.name());
        }
        let verdicts: Vec<Verdict> = statements::ALL.iter().map(|s| Verdict::over(s, preset, &films)).collect();
        let passed = verdicts.iter().all(|v| v.as_required);
        of_presets.push(OfPreset { preset: preset.name(), passed, statements: verdicts });
    }
    drop(steps);
    let validation = Validation {
        films: films_wanted,
        first_seed: arguments.seed,
        locations_per_film: locations,
        significance: SIGNIFICANCE,
        passed: of_presets.iter().all(|p| p.passed),
        presets: of_presets,
    };
    let wrong = wrong(&validation);
    printer.result("film --validate", &validation, &text(&validation, &wrong));
    if wrong.is_empty() { Ok(()) } else { Err(CommandError::Gate(wrong.join("; "))) }
}

/// The presets asked for, each once, or the one made after the experiment and the negative control.
fn presets(names: &[String]) -> Result<Vec<Preset>, CommandError> {
    if names.is_empty() {
        return Ok(vec![Preset::Seed, Preset::Random]);
    }
    let mut presets: Vec<Preset> = Vec::new();
    for name in names {
        let preset = preset(name)?;
        if !presets.contains(&preset) {
            presets.push(preset);
        }
    }
    Ok(presets)
}

/// What is not as required, in words.
fn wrong(validation: &Validation) -> Vec<String> {
    let of = |p: &OfPreset| {
        let say = |v: &Verdict| {
            let fault =
                if v.required == Requirement::Holds { "must hold and does not" } else { "must not hold and does" };
            format!("statement {} {fault} for {}", v.statement, p.preset)
        };
        p.statements.iter().filter(|v| !v.as_required).map(say).collect::<Vec<_>>()
    };
    validation.presets.iter().flat_map(of).collect()
}

fn text(v: &Validation, wrong: &[String]) -> String {
    let last = v.first_seed.wrapping_add(v.films as u64 - 1);
    let mut text = format!(
        "{} films of each preset, seeds {} to {last}, {} locations a film. For each preset: films above the threshold, median\n\
         effect over films [confidence interval]. A statement holds if so many films are above that the sign test gives p < {}.\n\n",
        v.films, v.first_seed, v.locations_per_film, v.significance
    );
    let _ = write!(text, "{:<53}", "");
    for p in &v.presets {
        let _ = write!(text, " │ {:<33}", p.preset);
    }
    for (i, s) in statements::ALL.iter().enumerate() {
        text.truncate(text.trim_end().len());
        let _ = write!(text, "\n{:<2} {:<50}", s.letter, s.says);
        for p in &v.presets {
            let _ = write!(text, " │ {}", cell(&p.statements[i]));
        }
    }
    text.truncate(text.trim_end().len());
    text.push_str("\n\nEffects and thresholds:\n");
    for s in statements::ALL {
        let _ = writeln!(text, "{:<2} {} > {}: {}", s.letter, s.effect, s.threshold, s.basis);
    }
    text.push('\n');
    text.push_str(&conclusion(v));
    for fault in wrong {
        let _ = writeln!(text, "NOT AS REQUIRED: {fault}");
    }
    text
}

/// One statement of one preset.
fn cell(v: &Verdict) -> String {
    let effect = match (v.median, v.interval) {
        (Some(m), Some([low, high])) => format!("{m:>5.2} [{low:>5.2}, {high:>5.2}]"),
        _ => format!("{:>20}", "not defined"),
    };
    let mark = match (v.holds, v.as_required) {
        (true, true) => "holds",
        (true, false) => "HOLDS",
        (false, true) => "–",
        (false, false) => "FAILS",
    };
    format!("{:>3}/{:<3} {effect} {mark:<5}", v.films_holding, v.films)
}

/// What the comparison with the negative control says.
fn conclusion(v: &Validation) -> String {
    let holding = |name: &str| {
        v.presets.iter().find(|p| p.preset == name).map(|p| p.statements.iter().map(|s| s.holds).collect::<Vec<_>>())
    };
    let (Some(seed), Some(random)) = (holding("seed"), holding("random")) else {
        return String::new();
    };
    let letters = |keep: &dyn Fn(usize) -> bool| {
        let found: Vec<&str> =
            statements::ALL.iter().enumerate().filter(|(i, _)| keep(*i)).map(|(_, s)| s.letter).collect();
        if found.is_empty() { "none".into() } else { found.join(", ") }
    };
    format!(
        "Hold for seed and NOT for random: {}. These are about structure.\n\
         Hold for both: {}. {}\n\
         Hold for seed at all: {} of {}. Statement f, where a learner goes, needs one: tiptwin explore.\n",
        letters(&|i| seed[i] && !random[i]),
        letters(&|i| seed[i] && random[i]),
        "Light adds carriers everywhere (a) and near places are alike on any film (e1): no evidence of structure.",
        seed.iter().filter(|h| **h).count(),
        seed.len()
    )
}

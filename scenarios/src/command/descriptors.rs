//! `tiptwin descriptors`: how well each descriptor reads a curve through the noise of the amplifier.
//!
//! At a typical grain, boundary and junction, in the dark and under light, the noiseless curve is read first and then as
//! many noisy ones as asked for. The noise is that of `tiptwin iv` at the same place: its curve is the first of the
//! repeats.

use super::args::DescriptorsArgs;
use super::error::CommandError;
use super::place::{place, preset};
use super::printer::Printer;
use crate::run::RunError;
use rayon::prelude::*;
use serde::Serialize;
use std::fmt::Write as _;
use tiptwin_core::descriptor::{self, Descriptor};
use tiptwin_drivers::Twin;
use tiptwin_instrument::random::measurement_unit;
use tiptwin_instrument::units::engineering;
use tiptwin_instrument::{Amps, IvCurve, MasterSeed, Stream, Suns, Waveform};
use tiptwin_sim::FilmSpec;
use tiptwin_sim::amplifier::Amplifier;

/// Words that `--at` of `tiptwin iv` knows, too.
const PLACES: [&str; 3] = ["grain", "gb", "junction"];

/// Limit of the twin's lamp.
pub(super) const LIGHT_MAX_SUNS: f64 = 2.0;
/// An amplifier noisier than this sees nothing of any curve here.
const NOISE_MAX_PA: f64 = 1e4;

/// One descriptor at one place in one light.
#[derive(Debug, Serialize)]
struct Row {
    descriptor: &'static str,
    unit: &'static str,
    place: &'static str,
    light_suns: f64,
    /// The value without noise; `null` where the curve has none.
    truth: Option<f64>,
    /// Whether the value without noise is only a bound.
    truth_censored: bool,
    /// Mean minus truth over the noisy curves that have a value, bounds included: what a learner would be told.
    bias: Option<f64>,
    /// Standard deviation of the same values.
    sd: Option<f64>,
    /// What the descriptor announces, where it does.
    announced_sd: Option<f64>,
    /// Share of the noisy curves that give only a bound.
    censored_share: f64,
    /// Share of the noisy curves that give nothing.
    undefined_share: f64,
}

pub(super) fn descriptors(arguments: &DescriptorsArgs, printer: &Printer) -> Result<(), CommandError> {
    refuse_beyond("--light-suns", arguments.light_suns, LIGHT_MAX_SUNS, "suns")?;
    refuse_beyond("--noise-pa", arguments.noise_pa, NOISE_MAX_PA, "pA")?;
    let noise = Amps(arguments.noise_pa * 1e-12);
    let amplifier = Amplifier { noise_rms: noise, ..Amplifier::default() };
    let seed = MasterSeed(arguments.seed);
    let spec = FilmSpec { preset: preset(&arguments.preset)?, ..FilmSpec::default() };
    let twin = Twin::new(&spec, seed, seed)?;
    let waveform = Waveform::default();
    let rules = descriptor::all();
    let mut lights = vec![Suns::ZERO];
    if arguments.light_suns > 0.0 {
        lights.push(Suns(arguments.light_suns));
    }
    let mut rows = Vec::new();
    for name in PLACES {
        let at = place(name, &twin)?;
        for &light in &lights {
            let ideal = twin.noiseless_curve(at, light, &waveform)?;
            let noisy: Vec<IvCurve> = (0..arguments.repeats)
                .into_par_iter()
                .map(|repeat| {
                    let mut rng = seed.rng(Stream::CurrentNoise, measurement_unit(at, light.0, repeat));
                    let (current_a, saturated) = amplifier.record(&ideal.current_a, ideal.sample_interval, &mut rng);
                    IvCurve { current_a, saturated, ..ideal.clone() }
                })
                .collect();
            rows.extend(rules.iter().map(|rule| Row {
                place: name,
                light_suns: light.0,
                announced_sd: rule.noise_sigma(&waveform, noise),
                ..read(rule.as_ref(), &ideal, &noisy, noise)
            }));
        }
    }
    let text = table(&rows, arguments);
    let result = serde_json::json!({
        "preset": arguments.preset, "seed": arguments.seed, "noise_a": noise.0, "repeats": arguments.repeats,
        "waveform": serde_json::to_value(&waveform).map_err(|e| RunError::Input(e.to_string()))?, "rows": rows,
    });
    printer.result("descriptors", result, &text);
    Ok(())
}

pub(super) fn refuse_beyond(name: &str, value: f64, most: f64, unit: &str) -> Result<(), CommandError> {
    if (0.0..=most).contains(&value) {
        return Ok(());
    }
    Err(CommandError::usage(format!("{name} {value} is out of range; accepted: 0 to {most} {unit}")))
}

/// Reads the noiseless curve and all noisy ones.
fn read(rule: &dyn Descriptor, ideal: &IvCurve, noisy: &[IvCurve], noise: Amps) -> Row {
    let truth = rule.evaluate(ideal, Amps::ZERO).ok();
    let found: Vec<_> = noisy.par_iter().filter_map(|curve| rule.evaluate(curve, noise).ok()).collect();
    let (n, all) = (found.len() as f64, noisy.len() as f64);
    let mean = found.iter().map(|v| v.value).sum::<f64>() / n;
    let square: f64 = found.iter().map(|v| (v.value - mean).powi(2)).sum();
    Row {
        descriptor: rule.name(),
        unit: rule.unit(),
        place: "",
        light_suns: 0.0,
        truth: truth.map(|v| v.value),
        truth_censored: truth.is_some_and(|v| v.censored),
        bias: truth.filter(|_| !found.is_empty()).map(|v| mean - v.value),
        sd: (found.len() > 1).then(|| (square / (n - 1.0)).sqrt()),
        announced_sd: None,
        censored_share: found.iter().filter(|v| v.censored).count() as f64 / all,
        undefined_share: 1.0 - n / all,
    }
}

/// One block for each place and light; a rule that is undefined there, with and without noise, is left out of the block.
fn table(rows: &[Row], arguments: &DescriptorsArgs) -> String {
    let mut text = format!(
        "preset {}, seed {}, {} curves a line, {} of noise",
        arguments.preset,
        arguments.seed,
        arguments.repeats,
        engineering(arguments.noise_pa * 1e-12, "A")
    );
    let mut block = None;
    let mut silent: Vec<&str> = Vec::new();
    for row in rows {
        if block != Some((row.place, row.light_suns)) {
            block = Some((row.place, row.light_suns));
            let light = if row.light_suns > 0.0 { format!("{} sun", row.light_suns) } else { "dark".into() };
            let heading = format!("{}, {light}", row.place);
            let _ = write!(
                text,
                "\n\n{heading:<27}{:>15}{:>15}{:>15}{:>10}{:>11}",
                "noiseless", "bias", "sd", "censored", "undefined"
            );
        }
        let defined_somewhere = rows.iter().any(|r| r.descriptor == row.descriptor && is_defined(r));
        if !is_defined(row) {
            if !defined_somewhere && !silent.contains(&row.descriptor) {
                silent.push(row.descriptor);
            }
            continue;
        }
        let number = |x: Option<f64>| x.map_or_else(|| "-".into(), |x| shown(x, row.unit));
        let truth = format!("{}{}", if row.truth_censored { "bound " } else { "" }, number(row.truth));
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let _ = write!(
            text,
            "\n  {:<25}{truth:>15}{:>15}{:>15}{:>10}{:>11}",
            row.descriptor,
            number(row.bias),
            number(row.sd),
            percent(row.censored_share),
            percent(row.undefined_share)
        );
    }
    if !silent.is_empty() {
        let _ = write!(text, "\n\nundefined on this sweep everywhere: {}", silent.join(", "));
    }
    text
}

/// A value with its unit; a pure number as it is, since "56 m" without a unit reads as metres.
pub(super) fn shown(value: f64, unit: &str) -> String {
    match unit {
        "" if value == 0.0 || value.abs() >= 1e-3 => format!("{value:.4}"),
        "" => format!("{value:.2e}"),
        _ => engineering(value, unit),
    }
}

fn is_defined(row: &Row) -> bool {
    row.truth.is_some() || row.undefined_share < 1.0
}

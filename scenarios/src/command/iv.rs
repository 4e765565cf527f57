//! `tiptwin iv`: one current–voltage curve of a simulated film, as numbers or as a picture.

use super::args::IvArgs;
use super::descriptors::shown;
use super::error::CommandError;
use super::place::{place, preset};
use super::printer::Printer;
use crate::report::{IvExample, iv::render_svg};
use crate::run::{RunError, write_whole};
use std::fmt::Write as _;
use tiptwin_core::descriptor;
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Amps, Instrument, IvCurve, MasterSeed, Position, Seconds, Suns, Volts, Waveform};
use tiptwin_sim::FilmSpec;

pub(super) fn iv(arguments: &IvArgs, printer: &Printer) -> Result<(), CommandError> {
    let waveform = Waveform::Triangle {
        peak: Volts(arguments.peak_v),
        samples: arguments.samples,
        duration: Seconds(arguments.duration_s),
    };
    waveform.check().map_err(|e| CommandError::usage(e.to_string()))?;
    let extension = arguments.out.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if !["csv", "svg"].contains(&extension) {
        let message =
            format!("{} ends in neither .csv nor .svg; accepted: FILE.csv, FILE.svg", arguments.out.display());
        return Err(CommandError::usage(message));
    }
    let seed = MasterSeed(arguments.seed);
    let spec = FilmSpec { preset: preset(&arguments.preset)?, ..FilmSpec::default() };
    let mut twin = Twin::new(&spec, seed, seed)?;
    let at = place(&arguments.at, &twin)?;
    let failed = |source| RunError::Instrument { source };
    twin.set_light(Suns(arguments.light_suns)).map_err(failed)?;
    let curve = twin.sweep_iv(at, &waveform).map_err(failed)?;
    let region = twin.film().region(at);
    let title = format!(
        "{} at {:.0} nm, {:.0} nm, {}",
        format!("{region:?}").to_lowercase(),
        at.x.0 * 1e9,
        at.y.0 * 1e9,
        if arguments.light_suns > 0.0 { format!("{} sun", arguments.light_suns) } else { "dark".into() }
    );
    let content = if extension == "csv" { csv(&curve, &title, arguments) } else { svg(&curve, &title, arguments)? };
    write_whole(&arguments.out, content.as_bytes())?;
    report(&curve, &title, at, arguments, &twin, printer);
    Ok(())
}

fn csv(curve: &IvCurve, title: &str, a: &IvArgs) -> String {
    let mut text = format!(
        "# {title}, preset {}, seed {}, tiptwin {}\ntime_s,bias_v,current_a\n",
        a.preset,
        a.seed,
        env!("CARGO_PKG_VERSION")
    );
    for (i, (v, current)) in curve.bias_v.iter().zip(&curve.current_a).enumerate() {
        let _ = writeln!(text, "{:.6},{v:.6},{current:e}", i as f64 * curve.sample_interval.0);
    }
    text
}

fn svg(curve: &IvCurve, title: &str, a: &IvArgs) -> Result<String, CommandError> {
    let current = Some(curve.current_a.clone());
    let (dark, light) = if a.light_suns > 0.0 { (None, current) } else { (current, None) };
    let example = IvExample { label: a.at.clone(), pixel: None, bias_v: curve.bias_v.clone(), dark, light };
    Ok(render_svg(title, &[example]).map_err(|e| RunError::Input(e.to_string()))?)
}

fn report(curve: &IvCurve, title: &str, at: Position, a: &IvArgs, twin: &Twin, printer: &Printer) {
    let noise = twin.describe().capabilities.current_noise.unwrap_or(Amps::ZERO);
    let mut text = format!("{title}\n");
    let mut values = serde_json::Map::new();
    for d in descriptor::all() {
        let Ok(v) = d.evaluate(curve, noise) else { continue };
        let bound = if v.censored { " (bound)" } else { "" };
        let _ = writeln!(text, "  {}: {}{bound}", d.title(), shown(v.value, d.unit()));
        values.insert(d.name().into(), serde_json::json!({"value": v.value, "unit": d.unit(), "censored": v.censored}));
    }
    let _ = write!(text, "  written: {}", a.out.display());
    let result = serde_json::json!({
        "file": a.out, "x_m": at.x.0, "y_m": at.y.0, "light_suns": a.light_suns,
        "saturated": curve.saturated, "descriptors": values,
    });
    printer.result("iv", result, &text);
}

//! `tiptwin iv`: current–voltage curves at one place of a simulated film, as numbers, as a picture or as a page.

use super::args::IvArgs;
use super::descriptors::{LIGHT_MAX_SUNS, refuse_beyond, shown};
use super::error::CommandError;
use super::family::{Kind, Swept};
use super::place::{place, preset};
use super::printer::Printer;
use crate::config;
use crate::report::family::{Family, Member};
use crate::report::iv_page::{DescriptorColumn, IvPageInput, render};
use crate::report::{IvExample, iv::render_svg};
use crate::run::{RunError, write_whole};
use std::fmt::Write as _;
use tiptwin_core::descriptor::{self, Value};
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Action, Amps, Instrument, IvCurve, MasterSeed, Position, Seconds, Suns, Volts, Waveform};
use tiptwin_sim::FilmSpec;

/// What kind of file is wanted.
#[derive(Clone, Copy, PartialEq)]
enum Format {
    Csv,
    Svg,
    Html,
}

/// Curves with what is known about them.
struct Curves {
    title: String,
    at: Position,
    recorded: Vec<IvCurve>,
    family: Family,
    descriptors: Vec<Column>,
}

/// One descriptor of every curve.
struct Column {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    /// None where the curve has no such number.
    values: Vec<Option<Value>>,
}

pub(super) fn iv(arguments: &IvArgs, printer: &Printer) -> Result<(), CommandError> {
    let waveform = match &arguments.waveform {
        Some(text) => waveform(text, arguments.family)?,
        None => Waveform::Triangle {
            peak: Volts(arguments.peak_v),
            samples: arguments.samples,
            duration: Seconds(arguments.duration_s),
        },
    };
    waveform.check().map_err(|e| CommandError::usage(e.to_string()))?;
    refuse_beyond("--light-suns", arguments.light_suns, LIGHT_MAX_SUNS, "suns")?;
    let format = format(arguments)?;
    if arguments.family == Some(Kind::Light) && arguments.light_suns != 0.0 {
        let message = "--family light sets the light itself; accepted: leave --light-suns out";
        return Err(CommandError::usage(message));
    }
    let seed = MasterSeed(arguments.seed);
    let spec = FilmSpec { preset: preset(&arguments.preset)?, ..FilmSpec::default() };
    let mut twin = Twin::new(&spec, seed, seed)?;
    let at = place(&arguments.at, &twin)?;
    let curves = sweep(arguments, &waveform, &mut twin, at)?;
    let content = match format {
        Format::Csv => csv(&curves, arguments),
        Format::Svg => svg(&curves, arguments)?,
        Format::Html => html(&curves, arguments)?,
    };
    write_whole(&arguments.out, content.as_bytes())?;
    report(&curves, arguments, printer);
    Ok(())
}

/// The programme of `--waveform`. Families that change the programme itself need the triangle.
fn waveform(text: &str, family: Option<Kind>) -> Result<Waveform, CommandError> {
    if let Some(Kind::Rate | Kind::Peak | Kind::Forc) = family {
        let message =
            "--family rate, peak and forc make their own sweeps; accepted: --peak-v, --samples and --duration-s";
        return Err(CommandError::usage(message));
    }
    config::waveform(text).map_err(|problems| {
        let lines: Vec<String> = problems
            .problems
            .iter()
            .map(|p| match &p.accepted {
                Some(accepted) => format!("{}; accepted: {accepted}", p.message),
                None => p.message.clone(),
            })
            .collect();
        CommandError::usage(format!("--waveform: {}", lines.join("; ")))
    })
}

fn format(a: &IvArgs) -> Result<Format, CommandError> {
    match a.out.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "csv" => Ok(Format::Csv),
        "svg" => Ok(Format::Svg),
        "html" => Ok(Format::Html),
        _ => {
            let message = format!(
                "{} ends in none of .csv, .svg and .html; accepted: FILE.csv, FILE.svg, FILE.html",
                a.out.display()
            );
            Err(CommandError::usage(message))
        }
    }
}

fn sweep(a: &IvArgs, waveform: &Waveform, twin: &mut Twin, at: Position) -> Result<Curves, CommandError> {
    let failed = |source| RunError::Instrument { source };
    let light = Suns(a.light_suns);
    // The instrument's limits hold for curves without noise too.
    twin.set_light(light).map_err(failed)?;
    let planned = Action::SweepIv { at, waveform: waveform.clone(), repeat: 0 };
    twin.describe().limits.check(&planned).map_err(failed)?;
    let region = format!("{:?}", twin.film().region(at)).to_lowercase();
    let place = format!("{region} at {:.0} nm, {:.0} nm", at.x.0 * 1e9, at.y.0 * 1e9);
    let lit = if a.light_suns > 0.0 { format!("{} sun", a.light_suns) } else { "dark".into() };
    let (title, family) = if let Some(kind) = a.family {
        let noise = (!a.no_noise).then_some((at, MasterSeed(a.seed)));
        let swept = Swept { site: twin.film().site(at), light, waveform: waveform.clone(), noise };
        let lit = if kind == Kind::Light { String::new() } else { format!(", {lit}") };
        (format!("{place}{lit}, by {}", words(kind).0), swept.family(kind)?)
    } else {
        let curve = if a.no_noise {
            twin.noiseless_curve(at, light, waveform)?
        } else {
            twin.sweep_iv(at, waveform).map_err(failed)?
        };
        (format!("{place}, {lit}"), alone(curve, &lit))
    };
    let recorded: Vec<IvCurve> = family.members.iter().map(|m| curve_of(m, !a.no_noise)).collect();
    let noise = match (a.no_noise, twin.describe().capabilities.current_noise) {
        (false, Some(noise)) => noise,
        _ => Amps::ZERO,
    };
    let columns = descriptor::all().into_iter().map(|d| Column {
        name: d.name(),
        title: d.title(),
        unit: d.unit(),
        values: recorded.iter().map(|c| d.evaluate(c, noise).ok()).collect(),
    });
    // What no curve of the family has, such as the area of a first-order reversal family, is left out.
    let descriptors = columns.filter(|c: &Column| c.values.iter().any(Option::is_some)).collect();
    Ok(Curves { title, at, recorded, family, descriptors })
}

/// One curve as a family of its own.
fn alone(curve: IvCurve, label: &str) -> Family {
    let time_s = (0..curve.bias_v.len()).map(|i| i as f64 * curve.sample_interval.0).collect();
    let member = Member {
        label: label.into(),
        value: 0.0,
        time_s,
        bias_v: curve.bias_v,
        current_a: curve.current_a,
        ink: Some(crate::picture::Ink::Black),
    };
    Family { parameter: String::new(), members: vec![member] }
}

/// The curve of a member. One without noise has seen no amplifier that could have clipped it.
fn curve_of(m: &Member, recorded: bool) -> IvCurve {
    let full_scale = tiptwin_sim::amplifier::Amplifier::default().full_scale.0;
    IvCurve {
        bias_v: m.bias_v.clone(),
        current_a: m.current_a.clone(),
        sample_interval: Seconds(m.time_s[1] - m.time_s[0]),
        saturated: recorded && m.current_a.iter().any(|i| i.abs() >= full_scale),
    }
}

/// What changes: in a title, on an axis with its unit, and whether by factors.
const fn words(kind: Kind) -> (&'static str, &'static str, bool) {
    match kind {
        Kind::Light => ("light", "light (sun)", true),
        Kind::Rate => ("scan rate", "scan rate (V/s)", true),
        Kind::Peak => ("peak bias", "peak bias (V)", false),
        Kind::Temperature => ("temperature", "temperature (K)", false),
        Kind::Repeats => ("repeat without rest", "sweep", false),
        Kind::Forc => ("turning point, ions carried on", "turning point (V)", false),
    }
}

fn origin(a: &IvArgs) -> String {
    let noise = if a.no_noise { ", without noise" } else { "" };
    format!("preset {}, seed {}{noise}, tiptwin {}", a.preset, a.seed, env!("CARGO_PKG_VERSION"))
}

/// One line a sample; a family begins each line with what changes.
fn csv(c: &Curves, a: &IvArgs) -> String {
    let mut text = format!("# {}, {}\n", c.title, origin(a));
    let first = if c.family.parameter.is_empty() { String::new() } else { format!("{},", c.family.parameter) };
    let _ = writeln!(text, "{first}time_s,bias_v,current_a");
    for m in &c.family.members {
        let first = if c.family.parameter.is_empty() { String::new() } else { format!("{},", m.value) };
        for ((t, v), i) in m.time_s.iter().zip(&m.bias_v).zip(&m.current_a) {
            let _ = writeln!(text, "{first}{t:.9},{v:.6},{i:e}");
        }
    }
    text
}

fn svg(c: &Curves, a: &IvArgs) -> Result<String, CommandError> {
    let input = |e: crate::report::ReportError| RunError::Input(e.to_string());
    if a.family.is_some() {
        return Ok(c.family.standalone_svg(&c.title).map_err(input)?);
    }
    let curve = &c.recorded[0];
    let current = Some(curve.current_a.clone());
    let (dark, light) = if a.light_suns > 0.0 { (None, current) } else { (current, None) };
    let example = IvExample { label: a.at.clone(), pixel: None, bias_v: curve.bias_v.clone(), dark, light };
    Ok(render_svg(&c.title, &[example]).map_err(input)?)
}

fn html(c: &Curves, a: &IvArgs) -> Result<String, CommandError> {
    let column = |d: &Column| DescriptorColumn {
        title: d.title.into(),
        unit: d.unit.into(),
        texts: d.values.iter().map(|v| v.map_or("–".into(), |v| reading(v, d.unit))).collect(),
        values: d.values.iter().map(|v| v.map_or(f64::NAN, |v| v.value)).collect(),
    };
    let (_, axis, log_axis) = a.family.map_or(("", "", false), words);
    let mut title = c.title.clone();
    if let Some(first) = title.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    let input = IvPageInput {
        title,
        lead: format!("Simulated film: {}", origin(a)),
        family: c.family.clone(),
        axis: axis.into(),
        log_axis,
        descriptors: c.descriptors.iter().map(column).collect(),
    };
    Ok(render(&input).map_err(|e| RunError::Input(e.to_string()))?)
}

fn reading(v: Value, unit: &str) -> String {
    format!("{}{}", if v.censored { "≥ " } else { "" }, shown(v.value, unit))
}

fn report(c: &Curves, a: &IvArgs, printer: &Printer) {
    let mut text = format!("{}\n", c.title);
    let mut members = Vec::new();
    for (k, m) in c.family.members.iter().enumerate() {
        let mut values = serde_json::Map::new();
        let mut line = Vec::new();
        for d in &c.descriptors {
            let Some(v) = d.values[k] else { continue };
            line.push(format!("{}: {}", d.title, reading(v, d.unit)));
            values.insert(d.name.into(), serde_json::json!({"value": v.value, "unit": d.unit, "censored": v.censored}));
        }
        if a.family.is_some() {
            let _ = writeln!(text, "  {:>12}  {}", m.label, line.join(", "));
        } else {
            let _ = writeln!(text, "  {}", line.join("\n  "));
        }
        members.push((m.value, c.recorded[k].saturated, values));
    }
    let _ = write!(text, "  written: {}", a.out.display());
    let mut result = serde_json::json!({
        "file": a.out, "x_m": c.at.x.0, "y_m": c.at.y.0, "light_suns": a.light_suns, "noise": !a.no_noise,
    });
    if a.family.is_some() {
        let curve = |(value, saturated, descriptors)| serde_json::json!({"value": value, "saturated": saturated, "descriptors": descriptors});
        result["family"] = c.family.parameter.clone().into();
        result["curves"] = members.into_iter().map(curve).collect::<Vec<_>>().into();
    } else if let Some((_, saturated, values)) = members.pop() {
        result["saturated"] = saturated.into();
        result["descriptors"] = values.into();
    }
    printer.result("iv", result, &text);
}

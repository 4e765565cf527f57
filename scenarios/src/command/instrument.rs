//! `tiptwin instrument`: who it is, and whether it does what it is told.

use super::emulate::emulate;
use super::error::CommandError;
use super::instrument_args::{CheckArgs, InstrumentArgs, InstrumentCommand, OpenArgs};
use super::printer::Printer;
use crate::config::Scenario;
use crate::run::{RunError, Sample};
use serde::Serialize;
use std::fmt::Write as _;
use tiptwin_instrument::units::engineering;
use tiptwin_instrument::{
    Action, Description, ErrorKind, Instrument, InstrumentError, IvCurve, Outcome, Position, Suns,
};

pub(super) fn instrument(arguments: &InstrumentArgs, printer: &Printer) -> Result<(), CommandError> {
    match &arguments.command {
        InstrumentCommand::Describe(a) => describe(a, printer),
        InstrumentCommand::Check(a) => check(a, printer),
        InstrumentCommand::Emulate(a) => emulate(a, printer),
    }
}

fn open(arguments: &OpenArgs) -> Result<(Scenario, Box<dyn Instrument>), CommandError> {
    let scenario = Scenario::load(&arguments.scenario, &arguments.set)?;
    let sample = Sample::open(&scenario, scenario.explore.seed.unwrap_or(0))?;
    let instrument = sample.instrument();
    Ok((scenario, instrument))
}

fn describe(arguments: &OpenArgs, printer: &Printer) -> Result<(), CommandError> {
    let description = open(arguments)?.1.describe();
    let (c, l) = (&description.capabilities, &description.limits);
    let yes = |b: bool| if b { "yes" } else { "no" };
    let mut text = format!("{}\n", description.identity);
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<22} {value}");
    };
    row("driver", description.driver.clone());
    row("serial number", description.serial.clone().unwrap_or_else(|| "none".into()));
    row("has to be armed", yes(!c.simulated).into());
    row("structure image", format!("{} in {}", c.structure_channel, unit(&c.structure_unit)));
    let further: Vec<&str> = c.further_channels.iter().map(|k| k.name.as_str()).collect();
    row("further channels", if further.is_empty() { "none".into() } else { further.join(", ") });
    row("sweeps the bias", yes(c.sweep_iv).into());
    row("images the current", yes(c.scan_current).into());
    row("switches the light", yes(c.light).into());
    row("reach", format!("{} × {}", l.reach.width, l.reach.height));
    row("largest bias", l.bias_max.to_string());
    row("brightest light", l.light_max.to_string());
    row("longest sweep", l.sweep_max.to_string());
    row("noise of the current", c.current_noise.map_or("not known".into(), |n| format!("{n} rms")));
    printer.result("instrument describe", &description, &text);
    Ok(())
}

fn unit(symbol: &str) -> &str {
    if symbol.is_empty() { "arbitrary units" } else { symbol }
}

/// One step of a check.
#[derive(Serialize)]
struct Checked {
    step: &'static str,
    passed: bool,
    found: String,
}

#[derive(Serialize)]
struct Report {
    instrument: Description,
    steps: Vec<Checked>,
    passed: bool,
}

fn check(arguments: &CheckArgs, printer: &Printer) -> Result<(), CommandError> {
    if let Some(ohm) = arguments.resistor_ohm
        && !(ohm > 0.0 && ohm.is_finite())
    {
        return Err(CommandError::usage(format!("--resistor-ohm {ohm}; accepted: a resistance above 0")));
    }
    let (scenario, mut instrument) = open(&arguments.open)?;
    let description = instrument.describe();
    let acts = arguments.moves || arguments.light || arguments.resistor_ohm.is_some();
    if acts && !description.capabilities.simulated && arguments.arm != description.serial {
        let serial = description.serial.as_deref().unwrap_or("none");
        let message = format!("this is a real instrument; to move, shine or sweep it takes --arm {serial}");
        return Err(CommandError::usage(message));
    }
    let mut steps = vec![Checked { step: "opens", passed: true, found: description.identity.clone() }];
    let mut step = |name, result: Result<String, InstrumentError>| {
        let passed = result.is_ok();
        steps.push(Checked { step: name, passed, found: result.unwrap_or_else(|e| e.to_string()) });
        passed
    };
    // Each step needs what the steps before it showed.
    let safe = |i: &mut dyn Instrument| i.make_safe().map(|()| "bias 0, light off, tip up, read back".to_owned());
    let mut goes_on = step("can be made safe", safe(instrument.as_mut()));
    if goes_on && arguments.moves {
        goes_on = step("goes where it is sent", visit(instrument.as_mut()));
    }
    if goes_on && arguments.light {
        goes_on = step("switches the light", shine(instrument.as_mut()));
    }
    if goes_on && let Some(ohm) = arguments.resistor_ohm {
        step("measures a resistor", resistor(instrument.as_mut(), &scenario, ohm));
    }
    if acts {
        step("is safe afterwards", safe(instrument.as_mut()));
    }
    let mut text = String::new();
    for s in &steps {
        let _ = writeln!(text, "{} {:<24} {}", if s.passed { "ok    " } else { "FAILED" }, s.step, s.found);
    }
    let failed = steps.iter().find(|s| !s.passed).map(|s| format!("{}: {}", s.step, s.found));
    let passed = failed.is_none();
    printer.result("instrument check", Report { instrument: description, steps, passed }, &text);
    match failed {
        None => Ok(()),
        Some(found) => {
            let source = InstrumentError::new(ErrorKind::Fault, found);
            Err(RunError::Instrument { source }.into())
        }
    }
}

/// Four places well inside the reach, the tip withdrawn.
fn visit(instrument: &mut dyn Instrument) -> Result<String, InstrumentError> {
    instrument.execute(&Action::Withdraw)?;
    let reach = instrument.describe().limits.reach;
    let mut worst_m = 0.0_f64;
    for (x, y) in [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.5, 0.5)] {
        let at = Position::new(reach.origin.x.0 + x * reach.width.0, reach.origin.y.0 + y * reach.height.0);
        let found = instrument.execute(&Action::MoveTo { at })?.read_back.unwrap_or(at);
        worst_m = worst_m.max((found.x.0 - at.x.0).hypot(found.y.0 - at.y.0));
    }
    Ok(format!("four places, at most {} off by the sensors", engineering(worst_m, "m")))
}

fn shine(instrument: &mut dyn Instrument) -> Result<String, InstrumentError> {
    let most = instrument.describe().limits.light_max;
    let light = Suns(most.0.min(0.1));
    instrument.set_light(light)?;
    instrument.set_light(Suns::ZERO)?;
    Ok(format!("{} sun and off again", light.0))
}

/// Half a decade is a wrong range, a sign a wrong wire; a resistor is good to some percent.
const RESISTOR_SLACK: f64 = 0.1;

fn resistor(instrument: &mut dyn Instrument, scenario: &Scenario, ohm: f64) -> Result<String, InstrumentError> {
    let reach = instrument.describe().limits.reach;
    let at = Position::new(reach.origin.x.0 + 0.5 * reach.width.0, reach.origin.y.0 + 0.5 * reach.height.0);
    let waveform = scenario.measurement.waveform.clone();
    let Outcome::Curve(curve) = instrument.execute(&Action::SweepIv { at, waveform, repeat: 0 })?.outcome else {
        return Err(InstrumentError::new(ErrorKind::Fault, "no curve came back"));
    };
    let measured = 1.0 / slope_s(&curve);
    let found = format!("{} where {} was said", engineering(measured, "Ω"), engineering(ohm, "Ω"));
    if curve.saturated {
        let message = format!("{found}, and the amplifier is clipped; accepted: a larger resistor or a lower peak");
        return Err(InstrumentError::new(ErrorKind::BadMeasurement, message));
    }
    if (measured / ohm - 1.0).abs() <= RESISTOR_SLACK {
        return Ok(found);
    }
    let why = if measured < 0.0 { "the sign of the current or of the bias is wrong" } else { "the gain is wrong" };
    Err(InstrumentError::new(ErrorKind::Fault, format!("{found}: {why}")))
}

/// Conductance by least squares with an offset.
fn slope_s(curve: &IvCurve) -> f64 {
    let n = curve.bias_v.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (v0, i0) = (mean(&curve.bias_v), mean(&curve.current_a));
    let pairs = || curve.bias_v.iter().zip(&curve.current_a);
    let covariance: f64 = pairs().map(|(v, i)| (v - v0) * (i - i0)).sum();
    let variance: f64 = pairs().map(|(v, _)| (v - v0).powi(2)).sum();
    covariance / variance
}

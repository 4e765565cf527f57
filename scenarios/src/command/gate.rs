//! `tiptwin gate`: does this build explore as well as the recorded one?

use super::error::CommandError;
use super::explore::catch_signals;
use super::gate_args::{GateArgs, GateCommand, GateShop};
use super::gate_speed::speed;
use super::printer::Printer;
use crate::gate::{self, Gate, Measure, Verdict, Wanted, Workshop};
use crate::run::{io_error, write_whole};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

pub(super) fn gate(arguments: &GateArgs, printer: &Printer) -> Result<(), CommandError> {
    match &arguments.command {
        GateCommand::Calibrate { shop, strategy, calibration_seeds, first_seed, most, margin, alarm, power, out } => {
            let wanted = Wanted {
                strategy: strategy.clone(),
                calibration_seeds: calibration_seeds.clone(),
                first_seed: *first_seed,
                most: *most,
                margins: margin.clone(),
                alarm: *alarm,
                power: *power,
            };
            let (made, notes) = gate::calibrate(&wanted, &workshop(shop, printer)?)?;
            for note in &notes {
                printer.progress().note(&format!("note: {note}"));
            }
            write_whole(out, made.text().as_bytes())?;
            printer.result("gate calibrate", &made, &calibrated(&made, out));
            Ok(())
        }
        GateCommand::Check { gate: file, shop, strategy, summary } => {
            let gate = Gate::load(file)?;
            let checked = gate::check(&gate, strategy.as_deref(), &workshop(shop, printer)?)?;
            append(summary.as_deref(), &gate::check_markdown(&checked))?;
            printer.result("gate check", &checked, &gate::check_text(&checked));
            match checked.verdict {
                Verdict::Fail => {
                    Err(CommandError::Gate(format!("{} is worse than what was recorded", checked.strategy)))
                }
                Verdict::Pass | Verdict::Inconclusive => Ok(()),
            }
        }
        GateCommand::Faults { gate: file, shop, films, checks, summary } => {
            let gate = Gate::load(file)?;
            let table = gate::faults(&gate, *films, *checks, &workshop(shop, printer)?)?;
            append(summary.as_deref(), &gate::faults_markdown(&table))?;
            printer.result("gate faults", &table, &gate::faults_text(&table));
            Ok(())
        }
        GateCommand::Speed(arguments) => speed(&arguments.command, printer),
    }
}

fn workshop(shop: &GateShop, printer: &Printer) -> Result<Workshop, CommandError> {
    Ok(Workshop {
        scenario: shop.scenario.clone(),
        set: shop.set.clone(),
        folder: shop.work.clone(),
        device: shop.device,
        progress: printer.progress(),
        stop: catch_signals()?,
    })
}

/// A CI service hands its steps one file to which all of them add.
pub(super) fn append(summary: Option<&Path>, markdown: &str) -> Result<(), CommandError> {
    let Some(path) = summary else { return Ok(()) };
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(markdown.as_bytes()));
    Ok(written.map_err(io_error("add to", path))?)
}

fn calibrated(gate: &Gate, out: &Path) -> String {
    let mut text = format!(
        "gate for {} on {}: {} films a check, from {} of the pilot\n",
        gate.strategy,
        gate.scenario,
        gate.seeds.len(),
        gate.calibration_seeds.len()
    );
    for q in &gate.quantity {
        let _ = writeln!(
            text,
            "  {:16} equal strategies differ by {:.4} a film; interval ±{:.4}, a loss of {:.4} is caught in {:.0} %, margin {}",
            q.measure.name(),
            q.deviation,
            q.interval,
            q.effect,
            100.0 * gate.power,
            q.margin
        );
    }
    text + &format!("written: {}", out.display())
}

/// `r2=0.05`.
pub(super) fn margin(text: &str) -> Result<(Measure, f64), String> {
    let known = || Measure::ALL.map(Measure::name).join(", ");
    let (name, value) = text.split_once('=').ok_or_else(|| format!("accepted: NAME=VALUE with one of {}", known()))?;
    let measure = Measure::ALL.into_iter().find(|m| m.name() == name.trim());
    let measure = measure.ok_or_else(|| format!("\"{name}\" is not judged; accepted: {}", known()))?;
    match value.trim().parse::<f64>() {
        Ok(margin) if margin > 0.0 && margin.is_finite() => Ok((measure, margin)),
        _ => Err(format!("\"{value}\" is no margin; accepted: a positive number, such as {name}=0.05")),
    }
}

/// A probability strictly between 0 and 1.
pub(super) fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if p > 0.0 && p < 1.0 => Ok(p),
        _ => Err("accepted: a number between 0 and 1".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_named_and_positive() {
        assert_eq!(margin("r2=0.1"), Ok((Measure::R2, 0.1)));
        for (wrong, part) in [
            ("r2", "NAME=VALUE"),
            ("r3=1", "accepted: r2, coverage_error"),
            ("r2=-1", "positive"),
            ("r2=x", "positive"),
        ] {
            assert!(margin(wrong).expect_err(wrong).contains(part), "{wrong}");
        }
        assert!(share("0.95").is_ok() && share("1").is_err() && share("a").is_err());
    }
}

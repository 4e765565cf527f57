//! `tiptwin config`: check a scenario, or write one to start from.

use super::args::{ConfigArgs, ConfigCommand};
use super::error::CommandError;
use super::printer::Printer;
use crate::config::{InstrumentChoice, Scenario};
use crate::run::{self, Contender};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use tiptwin_core::net::ComputeDevice;

const TWIN: &str = include_str!("../../library/templates/twin.toml");
const REPLAY: &str = include_str!("../../library/templates/replay.toml");
const CYPHER: &str = include_str!("../../library/templates/cypher.toml");
const REMOTE: &str = include_str!("../../library/templates/remote.toml");

pub(super) fn config(arguments: &ConfigArgs, printer: &Printer) -> Result<(), CommandError> {
    match &arguments.command {
        ConfigCommand::Check { scenario, set } => check(scenario, set, printer),
        ConfigCommand::Init { file, driver } => init(file, driver, printer),
    }
}

fn check(path: &Path, set: &[String], printer: &Printer) -> Result<(), CommandError> {
    let scenario = Scenario::load(path, set)?;
    let seed = scenario.explore.seed.unwrap_or(0);
    let contender = Contender::named(&scenario.explore, seed, ComputeDevice::default())?;
    let text = if matches!(scenario.instrument, InstrumentChoice::Cypher(_) | InstrumentChoice::Remote(_)) {
        // A scenario is written at a desk, where there is no microscope.
        "valid in itself; the microscope was not asked (tiptwin instrument check does that)".to_owned()
    } else {
        run::dry_run(&scenario, contender, seed)?.text
    };
    let mut shown: Vec<String> = scenario.warnings.iter().map(|w| format!("warning: {w}")).collect();
    let result = serde_json::json!({"valid": true, "warnings": scenario.warnings, "plan": text});
    shown.push(text);
    printer.result("config check", result, &shown.join("\n"));
    Ok(())
}

fn init(path: &Path, driver: &str, printer: &Printer) -> Result<(), CommandError> {
    let text = match driver {
        "replay" => REPLAY,
        "cypher" => CYPHER,
        "remote" => REMOTE,
        _ => TWIN,
    };
    let written =
        OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|e| {
        run::RunError::Input(format!(
            "cannot write {}: {e}; accepted: a new file in a folder that can be written",
            path.display()
        ))
    })?;
    printer.result("config init", serde_json::json!({"file": path}), &path.display().to_string());
    Ok(())
}

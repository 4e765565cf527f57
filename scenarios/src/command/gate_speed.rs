//! `tiptwin gate speed`: does this build take more instructions than the recorded one?

use super::error::CommandError;
use super::explore::catch_signals;
use super::gate::append;
use super::gate_args::SpeedCommand;
use super::printer::Printer;
use crate::gate::speed::{self, Record, Verdict, kernels};
use crate::run::{RunError, write_whole};
use std::fmt::Write;

pub(super) fn speed(command: &SpeedCommand, printer: &Printer) -> Result<(), CommandError> {
    match command {
        SpeedCommand::Record { margin, out } => {
            let record = speed::record(*margin, printer.progress(), &catch_signals()?)?;
            write_whole(out, record.text().as_bytes())?;
            let mut text = format!("{}\n", record.machine.text());
            for k in &record.kernel {
                let ppm = 1e6 * k.spread as f64 / k.instructions as f64;
                let _ =
                    writeln!(text, "  {:20} {:>14} instructions, repeats within {ppm:.1} ppm", k.name, k.instructions);
            }
            let _ = writeln!(text, "written: {}", out.display());
            printer.result("gate speed record", &record, &text);
            Ok(())
        }
        SpeedCommand::Check { record, list, summary } => {
            let checked = speed::check(&Record::load(record)?, printer.progress(), &catch_signals()?)?;
            append(summary.as_deref(), &speed::check_markdown(&checked))?;
            if let Some(path) = list {
                let json = serde_json::to_string_pretty(&speed::list(&checked));
                let json = json.map_err(|e| RunError::Input(e.to_string()))?;
                write_whole(path, (json + "\n").as_bytes())?;
            }
            printer.result("gate speed check", &checked, &speed::check_text(&checked));
            if checked.verdict == Verdict::Fail {
                let slow: Vec<&str> =
                    checked.kernels.iter().filter(|k| k.verdict == Verdict::Fail).map(|k| k.name.as_str()).collect();
                return Err(CommandError::Gate(format!("more instructions than recorded in {}", slow.join(", "))));
            }
            Ok(())
        }
        SpeedCommand::Faults { record } => {
            let caught = speed::faults(&Record::load(record)?, printer.progress(), &catch_signals()?)?;
            printer.result("gate speed faults", serde_json::json!({ "faults": caught }), &speed::faults_text(&caught));
            Ok(())
        }
        SpeedCommand::Kernel { name, slow } => {
            let known = || kernels::ALL.map(|k| k.name).join(", ");
            let kernel = kernels::ALL.iter().find(|k| k.name == name);
            let kernel =
                kernel.ok_or_else(|| CommandError::usage(format!("\"{name}\" is no kernel; accepted: {}", known())))?;
            Ok(kernels::play(kernel, *slow)?)
        }
        SpeedCommand::Features => {
            let found = kernels::features_found();
            printer.result("gate speed features", serde_json::json!({ "features": found }), &found);
            Ok(())
        }
    }
}

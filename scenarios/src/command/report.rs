//! `tiptwin report`: the page of a run folder, from the folder alone.

use super::args::ReportArgs;
use super::error::CommandError;
use super::printer::Printer;
use crate::run::{self, names};

pub(super) fn report(arguments: &ReportArgs, printer: &Printer) -> Result<(), CommandError> {
    let html = run::report_from(&arguments.run)?;
    let path = arguments.run.join(names::REPORT);
    run::write_whole(&path, html.as_bytes())?;
    printer.result("report", serde_json::json!({"report": path}), &path.display().to_string());
    Ok(())
}

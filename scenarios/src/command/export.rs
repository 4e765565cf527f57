//! `tiptwin export`: a run in the formats of other programs.

use super::args::ExportArgs;
use super::error::CommandError;
use super::printer::Printer;
use crate::export;
use std::path::PathBuf;

pub(super) fn export(arguments: &ExportArgs, printer: &Printer) -> Result<(), CommandError> {
    let out = arguments.out.clone().unwrap_or_else(|| arguments.run.join("export"));
    let mut files: Vec<PathBuf> = Vec::new();
    for &format in &arguments.format {
        files.extend(export::export(&arguments.run, format, &out)?);
    }
    let mut lines: Vec<String> = files.iter().take(20).map(|f| f.display().to_string()).collect();
    if files.len() > lines.len() {
        lines.push(format!("… and {} more", files.len() - lines.len()));
    }
    printer.result("export", serde_json::json!({"files": files}), &lines.join("\n"));
    Ok(())
}

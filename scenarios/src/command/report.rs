//! `tiptwin report`: the page of a run folder, or of several side by side, from the folders alone.

use super::args::{HeightColours, ReportArgs};
use super::error::CommandError;
use super::printer::Printer;
use crate::picture::ColourMap;
use crate::run::{self, names};
use std::path::Path;

/// Name of the page of several runs.
const SIDE_BY_SIDE: &str = "side-by-side.html";

pub(super) fn report(arguments: &ReportArgs, printer: &Printer) -> Result<(), CommandError> {
    let heights = match arguments.topography_map {
        HeightColours::Gold => ColourMap::Gold,
        HeightColours::Gwyddion => ColourMap::Gwyddion,
    };
    let (html, usual) = match arguments.runs.as_slice() {
        [run] => (run::report_from(run, heights)?, run.join(names::REPORT)),
        runs => {
            let folder = runs.first().and_then(|run| run.parent()).unwrap_or(Path::new("."));
            (run::side_by_side(runs, heights)?, folder.join(SIDE_BY_SIDE))
        }
    };
    let path = arguments.out.clone().unwrap_or(usual);
    run::write_whole(&path, html.as_bytes())?;
    printer.result("report", serde_json::json!({"report": path}), &path.display().to_string());
    Ok(())
}

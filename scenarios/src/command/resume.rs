//! `tiptwin resume`: a run that was stopped or cut off goes on.

use super::args::ResumeArgs;
use super::error::CommandError;
use super::explore::{catch_signals, text};
use super::printer::Printer;
use crate::run;

pub(super) fn resume(arguments: &ResumeArgs, printer: &Printer) -> Result<(), CommandError> {
    let stopper = catch_signals()?;
    let arm = arguments.arm.clone();
    let summary = run::resume(&arguments.run, arguments.repeat_unknown, arm, printer.progress(), &stopper)?;
    printer.result("resume", &summary, &text(&summary, &arguments.run));
    Ok(())
}

//! `tiptwin link`: the microscope here, the learner there.

use super::error::CommandError;
use super::link_instrument::{ServeInstrumentArgs, serve_instrument};
use super::printer::Printer;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(super) struct LinkArgs {
    #[command(subcommand)]
    command: LinkCommand,
}

#[derive(Debug, Subcommand)]
enum LinkCommand {
    /// Serve the instrument of a scenario to a learner elsewhere (driver = "remote"), until Ctrl-C
    ServeInstrument(ServeInstrumentArgs),
}

pub(super) fn link(arguments: &LinkArgs, printer: &Printer) -> Result<(), CommandError> {
    match &arguments.command {
        LinkCommand::ServeInstrument(a) => serve_instrument(a, printer),
    }
}

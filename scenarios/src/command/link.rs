//! `tiptwin link`: the microscope here, the learner there.

use super::error::CommandError;
use super::link_decisions::{ServeDecisionsArgs, serve_decisions};
use super::link_door::{CheckArgs, InitArgs, check, init};
use super::link_instrument::{ServeInstrumentArgs, serve_instrument};
use super::link_mlsocket::{ServeMlsocketArgs, serve_mlsocket};
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
    /// Say where to measure next to people whose instrument loop is not tiptwin, until Ctrl-C
    ServeDecisions(ServeDecisionsArgs),
    /// Be the learner of the published experiment's client, which speaks MLSocket, until all is measured or Ctrl-C
    ServeMlsocket(ServeMlsocketArgs),
    /// Make an authority of your own and certificates for a server and its clients
    Init(InitArgs),
    /// Look over the certificates of this computer, and whether a server lets it in
    Check(CheckArgs),
}

pub(super) fn link(arguments: &LinkArgs, printer: &Printer) -> Result<(), CommandError> {
    match &arguments.command {
        LinkCommand::ServeInstrument(a) => serve_instrument(a, printer),
        LinkCommand::ServeDecisions(a) => serve_decisions(a, printer),
        LinkCommand::ServeMlsocket(a) => serve_mlsocket(a, printer),
        LinkCommand::Init(a) => init(a, printer),
        LinkCommand::Check(a) => check(a, printer),
    }
}

//! `tiptwin link serve-decisions`: beside the GPU.

use super::args::device;
use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::link::decisions::{Settings, routes, threads};
use crate::run::{RunError, Stopper};
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tiptwin_core::net::ComputeDevice;
use tiptwin_drivers::link::door::{Address, Bounds, Door, serve};
use tiptwin_drivers::link::{DECISIONS_ADDRESS, INSTRUMENT_ADDRESS};

#[derive(Debug, Args)]
pub(super) struct ServeDecisionsArgs {
    #[arg(long, value_name = "ADDRESS", default_value = DECISIONS_ADDRESS, help = format!(
        "Address to listen at: HOST:PORT (port 0 takes a free one) or unix:PATH. Beyond this machine only with --certificates. Instruments are \
         served at {INSTRUMENT_ADDRESS}"
    ))]
    address: Address,
    /// Folder of the server's certificates, as `link init` makes it: clients need certificates, too
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Sessions at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    sessions: u16,
    /// A session that was not used for so long is forgotten
    #[arg(long, value_name = "SECONDS", default_value_t = 14_400, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    expires_s: u32,
    /// Where networks are computed; `tiptwin doctor` lists what this build has
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    device: ComputeDevice,
}

pub(super) fn serve_decisions(arguments: &ServeDecisionsArgs, printer: &Printer) -> Result<(), CommandError> {
    let stopper = catch_signals()?;
    let expires_after = Duration::from_secs(arguments.expires_s.into());
    let settings = Settings { sessions: arguments.sessions.into(), expires_after, ..Settings::default() };
    let runtime =
        threads(&settings).map_err(|e| RunError::Input(format!("cannot start threads for the network: {e}")))?;
    runtime.block_on(async {
        let bounds = Bounds::default();
        let door = Door::open(&arguments.address, arguments.certificates.as_deref(), bounds).await?;
        let address = door.address().to_string();
        let text = format!("{address}\n(Ctrl-C ends the server and forgets all sessions)");
        printer.result("link serve-decisions", serde_json::json!({ "address": address }), &text);
        let routes = routes(settings, arguments.device, &bounds);
        Ok(serve(door, routes, asked_to_stop(&stopper)).await?)
    })
}

/// To be stopped is how a server ends well.
async fn asked_to_stop(stopper: &Stopper) {
    while stopper.flag().load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

//! `tiptwin link serve-instrument`: beside the instrument.

use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::config::{InstrumentChoice, Scenario};
use crate::run;
use clap::Args;
use std::path::PathBuf;
use tiptwin_drivers::link::door::Address;
use tiptwin_drivers::link::{DECISIONS_ADDRESS, INSTRUMENT_ADDRESS, ServerSettings};
use tiptwin_instrument::Seconds;

#[derive(Debug, Args)]
pub(super) struct ServeInstrumentArgs {
    /// Scenario file: its instrument is served, under its limits
    scenario: PathBuf,
    /// Override a key of the scenario; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[arg(long, value_name = "ADDRESS", default_value = INSTRUMENT_ADDRESS, help = format!(
        "Address to listen at: HOST:PORT (port 0 takes a free one) or unix:PATH. Beyond this machine only with --certificates. Decisions are \
         served at {DECISIONS_ADDRESS}"
    ))]
    address: Address,
    /// Folder of the server's certificates, as `tiptwin link init` makes it: needed for any address that others can reach
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// File of what was begun and what came of it. Keep it: it is what keeps a touch from being repeated [default: beside the scenario, .touches]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Without a heartbeat of the learner for this long the instrument is made safe
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    lease_s: f64,
    /// Requests a second that are followed
    #[arg(long, value_name = "N", default_value_t = 1000.0)]
    requests_per_s: f64,
    /// Seed of a simulated film and of its noise [default: explore.seed, or 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The serial number of the real instrument that may be driven
    #[arg(long, value_name = "SERIAL")]
    arm: Option<String>,
}

pub(super) fn serve_instrument(arguments: &ServeInstrumentArgs, printer: &Printer) -> Result<(), CommandError> {
    let mut scenario = Scenario::load(&arguments.scenario, &arguments.set)?;
    if matches!(scenario.instrument, InstrumentChoice::Remote(_)) {
        return Err(scenario.problem("instrument.driver", "is served already; accepted: twin, replay, cypher").into());
    }
    scenario.invocation.arm.clone_from(&arguments.arm);
    let seed = arguments.seed.or(scenario.explore.seed).unwrap_or(0);
    let settings = ServerSettings {
        address: arguments.address.clone(),
        certificates: arguments.certificates.clone(),
        journal: arguments.journal.clone().unwrap_or_else(|| arguments.scenario.with_extension("touches")),
        time_to_live: Seconds(arguments.lease_s),
        requests_per_s: arguments.requests_per_s,
    };
    let ready = |address: &Address| {
        let table = format!("[instrument]\ndriver = \"remote\"\n[instrument.remote]\naddress = \"{address}\"");
        let result = serde_json::json!({"address": address.to_string(), "journal": settings.journal, "lease_s": arguments.lease_s});
        printer.result("link serve-instrument", &result, &format!("{table}\n# serving until Ctrl-C"));
    };
    let progress = printer.progress();
    let tell = Box::new(move |what: &str| progress.note(what));
    Ok(run::serve_instrument(&scenario, seed, &settings, &ready, tell, &catch_signals()?)?)
}

//! `tiptwin link init` and `tiptwin link check`: certificates of one's own.

use super::error::CommandError;
use super::printer::Printer;
use crate::run::RunError;
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tiptwin_drivers::link::door::{Address, Finding, LIFETIME_DAYS, connect, files, inspect, issue, reasons};
use tiptwin_drivers::link::wire::decision::CloseRequest;
use tiptwin_drivers::link::wire::decision::decisions_client::DecisionsClient;
use tiptwin_drivers::link::{DECISIONS_ADDRESS, INSTRUMENT_ADDRESS};
use tokio::runtime::Runtime;
use tonic::{Code, Status};

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Folder: the authority's files, and a folder for each computer. One that holds an authority already gets further certificates of it
    folder: PathBuf,
    /// Name or IP address under which clients call the server; can be repeated
    #[arg(long, value_name = "NAME", required_unless_present = "client")]
    name: Vec<String>,
    /// Name of a client; can be repeated [default with --name: client]
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    /// How long the certificates are valid
    #[arg(long, value_name = "DAYS", default_value_t = LIFETIME_DAYS, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Folder of this computer's certificates, as `link init` makes it
    #[arg(long, value_name = "DIR", required_unless_present = "address")]
    certificates: Option<PathBuf>,
    #[arg(long, value_name = "ADDRESS", help = format!(
        "Server to ask whether it lets this computer in, such as {INSTRUMENT_ADDRESS} (an instrument) or {DECISIONS_ADDRESS} (decisions)"
    ))]
    address: Option<Address>,
    /// Name in the server's certificate, if it is not the host of the address; of a server's own folder: a name it should carry
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
}

pub(super) fn init(arguments: &InitArgs, printer: &Printer) -> Result<(), CommandError> {
    let default = ["client".to_owned()];
    let clients = if arguments.client.is_empty() { default.as_slice() } else { &arguments.client };
    let issued = issue(&arguments.folder, &arguments.name, clients, arguments.days, SystemTime::now())?;
    let mut text = String::new();
    if issued.new_authority {
        let (key, folder) = (files::AUTHORITY_KEY, arguments.folder.display());
        let _ = writeln!(text, "a new authority: keep {folder}/{key} where nothing runs, it makes clients");
    }
    for folder in &issued.folders {
        let of = if folder.ends_with(files::SERVER) { "the computer that serves" } else { "this client alone" };
        let _ = writeln!(text, "{}: copy it to {of}, by a way that nobody else reads", folder.display());
    }
    let _ = writeln!(text, "valid for {} days", arguments.days);
    let result = serde_json::json!({
        "authority": issued.authority,
        "new_authority": issued.new_authority,
        "folders": issued.folders,
        "days": arguments.days,
    });
    printer.result("link init", result, &text);
    Ok(())
}

pub(super) fn check(arguments: &CheckArgs, printer: &Printer) -> Result<(), CommandError> {
    let mut found = Vec::new();
    if let Some(folder) = &arguments.certificates {
        let is_server = folder.join(files::ALLOWED).exists();
        let called = arguments.server_name.as_deref().filter(|_| is_server);
        found.extend(inspect(folder, called, SystemTime::now()));
    }
    if let Some(address) = &arguments.address
        && found.iter().all(|f| f.ok)
    {
        found.push(reach(address, arguments)?);
    }
    let width = found.iter().map(|f| f.what.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Finding { what, ok, detail } in &found {
        let _ = writeln!(text, "{} {what:<width$}  {detail}", if *ok { "ok  " } else { "WRONG" });
    }
    let rows: Vec<_> =
        found.iter().map(|f| serde_json::json!({"what": f.what, "ok": f.ok, "detail": f.detail})).collect();
    printer.result("link check", serde_json::json!({ "findings": rows }), &text);
    match found.iter().filter(|f| !f.ok).map(|f| f.what.as_str()).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        wrong => Err(CommandError::Gate(wrong.join(", "))),
    }
}

/// Makes one request that changes nothing, whatever is served there.
fn reach(address: &Address, arguments: &CheckArgs) -> Result<Finding, CommandError> {
    let finding = |ok, detail: String| Finding { what: format!("server at {address}"), ok, detail };
    let runtime = Runtime::new().map_err(|e| RunError::Input(format!("cannot start threads for the network: {e}")))?;
    Ok(runtime.block_on(async {
        let (folder, name) = (arguments.certificates.as_deref(), arguments.server_name.as_deref());
        let channel = match connect(address, folder, name, Duration::from_secs(10)).await {
            Ok(channel) => channel,
            Err(e) => return finding(false, e.to_string()),
        };
        let answer = DecisionsClient::new(channel).close(CloseRequest::default()).await;
        match answer.as_ref().map_err(Status::code) {
            Ok(_) => finding(true, "lets this computer in; it serves decisions".to_owned()),
            Err(Code::Unimplemented) => finding(true, "lets this computer in; it serves no decisions".to_owned()),
            Err(_) => finding(false, answer.err().map_or_else(String::new, |status| said(&status))),
        }
    }))
}

/// What a server said, or why nothing came from it.
fn said(status: &Status) -> String {
    match status.code() {
        Code::PermissionDenied | Code::ResourceExhausted => status.message().to_owned(),
        _ => reasons(status),
    }
}

//! `tiptwin watch`: a run in a browser, whatever state it is in.

use super::args::WatchArgs;
use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::live::{Server, Token};
use crate::run::{FolderError, names};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub(super) fn watch(arguments: &WatchArgs, printer: &Printer) -> Result<(), CommandError> {
    if !arguments.run.join(names::JOURNAL).is_file() {
        return Err(FolderError::NotARun { path: arguments.run.clone() }.into());
    }
    let stopper = catch_signals()?;
    let server = Server::start(arguments.port, Arc::new(OnceLock::from(arguments.run.clone())), Token::draw())?;
    let text = format!("{}\n(Ctrl-C ends the page, not the run)", server.url());
    printer.result("watch", serde_json::json!({"url": server.url(), "run": arguments.run}), &text);
    // To be stopped is how this ends well.
    while stopper.flag().load(Ordering::Relaxed) == 0 {
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

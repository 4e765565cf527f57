//! The instrument of a scenario, served to a learner elsewhere.

use super::RunError;
use super::explore::claim;
use super::sample::Sample;
use super::stopper::Stopper;
use crate::config::Scenario;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use tiptwin_drivers::link::door::Address;
use tiptwin_drivers::link::{InstrumentServer, ServerSettings};
use tiptwin_instrument::{ErrorKind, Instrument, InstrumentError};

/// How often it looks whether somebody asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Serves the instrument of a scenario under the scenario's limits until somebody asks to stop; then it is made safe. `ready` is told where it
/// listens, `tell` what a person beside the instrument should know.
pub fn serve_instrument(
    scenario: &Scenario,
    seed: u64,
    settings: &ServerSettings,
    ready: &dyn Fn(&Address),
    tell: Box<dyn Fn(&str) + Send + Sync>,
    stop: &Stopper,
) -> Result<(), RunError> {
    let sample = Sample::open_for(scenario, seed)?;
    let out = settings.journal.clone();
    let (held, handle) = Sample::limited(sample.instrument(), scenario, &out)?;
    let _claim = claim(&held.describe(), scenario)?;
    let (mut first, scenario) = (Some(held), scenario.clone());
    // A simulated instrument is handed out afresh to each client, as each run has its own.
    let supply = move || match first.take() {
        Some(held) => Ok(held),
        None => Sample::limited(sample.instrument(), &scenario, &out)
            .map(|(held, _)| held)
            .map_err(|e| InstrumentError::new(ErrorKind::Fault, e.to_string())),
    };
    let not_opened = |source| RunError::NotOpened { source };
    let server = InstrumentServer::start(Box::new(supply), settings, tell).map_err(not_opened)?;
    if let Some(handle) = handle {
        // A second signal does not wait for what is under way.
        stop.at_once(Some(Box::new(move |_| drop(handle.make_safe_now()))));
    }
    ready(server.address());
    while stop.flag().load(Ordering::Relaxed) == 0 {
        thread::sleep(LOOK);
    }
    let stopped = server.stop();
    stop.at_once(None);
    stopped.map_err(|safe| RunError::Unsafe { cause: "the server was stopped".into(), safe })
}

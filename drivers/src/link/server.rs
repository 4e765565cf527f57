//! Beside the instrument: one thread that owns it, one that speaks to the network, and a desk between them.

use super::REQUEST_MAX;
use super::desk::{Desk, Started};
use super::door::{Address, Bounds, Door, DoorError};
use super::service::{Service, listen};
use super::shelf::FileShelf;
use super::wire::instrument as wire;
use crate::Limited;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Instant, SystemTime};
use tiptwin_instrument::{Description, ErrorKind, Instrument, InstrumentError, Observation, Seconds};
use tokio::sync::oneshot;

/// Hands out the instrument under its limits: once for a real one, and afresh for each client of a simulated one, as each run has its own.
pub type Supply = Box<dyn FnMut() -> Result<Limited<Box<dyn Instrument>>, InstrumentError> + Send>;

/// How a server serves.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerSettings {
    /// Where it listens; port 0 takes a free one.
    pub address: Address,
    /// Folder of certificates; without one only addresses of this machine are accepted.
    pub certificates: Option<PathBuf>,
    /// File that intents and results are written to. It must outlive the server: it is what keeps a touch from being repeated.
    pub journal: PathBuf,
    /// The longest time between two heartbeats.
    pub time_to_live: Seconds,
    /// Requests a second that are followed.
    pub requests_per_s: f64,
}

/// What the thread of the instrument is told.
pub(super) enum Order {
    /// Somebody else has control.
    Fresh(oneshot::Sender<Result<(), InstrumentError>>),
    Execute(Box<Started>, oneshot::Sender<wire::ExecuteResponse>),
    MakeSafe(Option<oneshot::Sender<Result<(), InstrumentError>>>),
    End,
}

/// What both threads have.
pub(super) struct Shared {
    desk: Mutex<Desk>,
    began: Instant,
    orders: Sender<Order>,
    pub(super) description: Mutex<Description>,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl Shared {
    /// The desk, after it has looked whether control was lost, and the time.
    pub(super) fn desk(&self) -> (MutexGuard<'_, Desk>, f64) {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let now_s = self.began.elapsed().as_secs_f64();
        if let Some(name) = desk.expired(now_s) {
            (self.tell)(&format!("no heartbeat of \"{name}\": the instrument is made safe"));
            self.order(Order::MakeSafe(None));
        }
        (desk, now_s)
    }

    pub(super) fn order(&self, order: Order) {
        // The instrument's thread ends after this one; an order that nobody takes is answered by a dropped channel.
        drop(self.orders.send(order));
    }

    pub(super) fn tell(&self, what: &str) {
        (self.tell)(what);
    }
}

/// A running server. Dropping it makes the instrument safe.
pub struct InstrumentServer {
    shared: Arc<Shared>,
    address: Address,
    stop: Option<oneshot::Sender<()>>,
    network: Option<JoinHandle<()>>,
    hand: Option<JoinHandle<Result<(), InstrumentError>>>,
}

impl std::fmt::Debug for InstrumentServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstrumentServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl InstrumentServer {
    /// Reads the journal, makes the instrument safe, and begins to listen. `tell` hears what a person beside the instrument should know.
    ///
    /// Errors: [`ErrorKind::InvalidRequest`] for settings, [`ErrorKind::Data`] for the journal, [`ErrorKind::Link`] for the address, and those of the
    /// instrument.
    pub fn start(
        mut supply: Supply,
        settings: &ServerSettings,
        tell: Box<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Self, InstrumentError> {
        check(settings)?;
        let shelf = FileShelf::open(&settings.journal).map_err(|e| journal(&e))?;
        // Leases of a server before this one had smaller numbers, unless the machine's clock was set back: then they are of other clients.
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let leases = (settings.time_to_live.0, since.as_millis() as u64);
        let desk = Desk::open(Box::new(shelf), leases, settings.requests_per_s).map_err(|e| journal(&e))?;
        let mut instrument = supply()?;
        instrument.make_safe()?;
        let (orders, inbox) = channel();
        let shared = Arc::new(Shared {
            desk: Mutex::new(desk),
            began: Instant::now(),
            orders,
            description: Mutex::new(instrument.describe()),
            tell,
        });
        shared.desk().0.made_safe(true);
        let failed = |what: &str, e: std::io::Error| InstrumentError::new(ErrorKind::Link, format!("{what}: {e}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| failed("no runtime", e))?;
        let bounds = Bounds { message_bytes: REQUEST_MAX, ..Bounds::default() };
        let door = Door::open(&settings.address, settings.certificates.as_deref(), bounds);
        let door = runtime.block_on(door).map_err(|e| unreachable_for(&e))?;
        let address = door.address().clone();
        let (stop, stopped) = oneshot::channel();
        let hand = Arc::clone(&shared);
        let hand = thread::Builder::new()
            .name("instrument".into())
            .spawn(move || work(&mut supply, instrument, &hand, &inbox))
            .map_err(|e| failed("no thread", e))?;
        let service = Service(Arc::clone(&shared));
        let network = thread::Builder::new()
            .name("link".into())
            .spawn(move || runtime.block_on(listen(service, door, stopped)))
            .map_err(|e| failed("no thread", e))?;
        Ok(Self { shared, address, stop: Some(stop), network: Some(network), hand: Some(hand) })
    }

    /// Where it listens.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Whether the instrument was made safe and nothing was done since.
    pub fn is_safe(&self) -> bool {
        let (desk, now_s) = self.shared.desk();
        desk.status(now_s).safe
    }

    /// Stops listening, finishes what is under way, and makes the instrument safe.
    pub fn stop(mut self) -> Result<(), InstrumentError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), InstrumentError> {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself; then there is nobody to tell.
            let _ = stop.send(());
        }
        if let Some(network) = self.network.take() {
            drop(network.join());
        }
        let Some(hand) = self.hand.take() else { return Ok(()) };
        self.shared.order(Order::End);
        hand.join().unwrap_or_else(|_| Err(InstrumentError::new(ErrorKind::Fault, "the instrument's thread panicked")))
    }
}

impl Drop for InstrumentServer {
    fn drop(&mut self) {
        if let Err(e) = self.end() {
            self.shared.tell(&format!("making the instrument safe failed: {e}. Check bias, light and tip by hand"));
        }
    }
}

fn check(settings: &ServerSettings) -> Result<(), InstrumentError> {
    let refused = |why: String| Err(InstrumentError::new(ErrorKind::InvalidRequest, why));
    let ServerSettings { time_to_live: Seconds(live_s), requests_per_s: rate, .. } = settings;
    if !(0.2..=600.0).contains(live_s) {
        return refused(format!("a lease of {live_s} s; accepted: 0.2 to 600 s"));
    }
    if !(1.0..=1e6).contains(rate) {
        return refused(format!("{rate} requests a second; accepted: 1 to 1000000"));
    }
    Ok(())
}

fn unreachable_for(error: &DoorError) -> InstrumentError {
    InstrumentError::new(ErrorKind::Link, error.to_string())
}

fn journal(error: &std::io::Error) -> InstrumentError {
    InstrumentError::new(ErrorKind::Data, format!("the server's journal: {error}"))
}

/// Owns the instrument, and does one thing after the other.
fn work(
    supply: &mut Supply,
    mut instrument: Limited<Box<dyn Instrument>>,
    shared: &Shared,
    inbox: &Receiver<Order>,
) -> Result<(), InstrumentError> {
    // Whoever asked may be gone: then nobody hears the answer, and it is in the journal.
    while let Ok(order) = inbox.recv() {
        match order {
            Order::Fresh(answer) => drop(answer.send(renewed(supply, &mut instrument, shared))),
            Order::Execute(started, answer) => {
                let intended = shared.desk().0.intend(&started);
                let response = if let Err(refused) = intended {
                    *refused
                } else {
                    let result = act(&mut instrument, &started);
                    shared.desk().0.finished(&started, result)
                };
                drop(answer.send(response));
            }
            Order::MakeSafe(answer) => {
                let safe = made_safe(&mut instrument, shared);
                if let Some(answer) = answer {
                    drop(answer.send(safe));
                }
            }
            Order::End => break,
        }
    }
    made_safe(&mut instrument, shared)
}

fn act(instrument: &mut Limited<Box<dyn Instrument>>, started: &Started) -> Result<Observation, InstrumentError> {
    let what = started.action.name();
    catch_unwind(AssertUnwindSafe(|| instrument.execute(&started.action)))
        .unwrap_or_else(|_| Err(InstrumentError::new(ErrorKind::Fault, format!("the driver panicked during {what}"))))
}

fn made_safe(instrument: &mut Limited<Box<dyn Instrument>>, shared: &Shared) -> Result<(), InstrumentError> {
    let safe = catch_unwind(AssertUnwindSafe(|| instrument.make_safe()));
    let safe = safe
        .unwrap_or_else(|_| Err(InstrumentError::new(ErrorKind::Fault, "the driver panicked while it was made safe")));
    shared.desk().0.made_safe(safe.is_ok());
    match &safe {
        Ok(()) => shared.tell("the instrument is safe: bias 0, light off, tip up"),
        Err(e) => shared.tell(&format!("making the instrument safe failed: {e}. Check bias, light and tip by hand")),
    }
    safe
}

/// Nothing is left on a simulated sample by those who had it before.
fn renewed(
    supply: &mut Supply,
    instrument: &mut Limited<Box<dyn Instrument>>,
    shared: &Shared,
) -> Result<(), InstrumentError> {
    if !instrument.describe().capabilities.simulated {
        return Ok(());
    }
    *instrument = supply()?;
    *shared.description.lock().unwrap_or_else(PoisonError::into_inner) = instrument.describe();
    Ok(())
}

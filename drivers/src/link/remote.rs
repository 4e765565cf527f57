//! An instrument at the other end of a network.

use super::door::{self, Address, reasons};
use super::errand::{Errand, Heard, Next, Patience};
use super::ids::{ClientId, MeasurementId, digest};
use super::wire::instrument as wire;
use super::words::{read_description, read_error, write_action};
use super::{ANSWER_MAX, REQUEST_MAX};
use crate::limits::WatchdogTimes;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tiptwin_instrument::{Action, Description, ErrorKind, Instrument, InstrumentError, Observation, Seconds};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use wire::instrument_client::InstrumentClient;

/// Where an instrument is served, and how this client behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteSettings {
    /// Address of the server.
    pub address: Address,
    /// Folder of a client's certificates; without one only addresses of this machine are accepted.
    pub certificates: Option<PathBuf>,
    /// Name in the server's certificate, where it is not the host of the address.
    pub server_name: Option<String>,
    /// Name of this client, for the people beside the instrument.
    pub name: String,
    /// How long to go on without a word of the server.
    pub patience: Seconds,
}

/// The longest wait for the answer to one request: then it is sent again, which costs nothing while its action is under way.
const ANSWER: Duration = Duration::from_mins(1);

/// How long to wait for the answer to one request. An action may take longer than the patience with a silent server: asked again in time, the
/// server says that it is under way.
fn answer_wait(patience: Seconds) -> Duration {
    Duration::try_from_secs_f64(patience.0 / 3.0).unwrap_or(ANSWER).min(ANSWER)
}

/// How long giving control back may take when the instrument is let go.
const FAREWELL: Duration = Duration::from_secs(5);

type Client = InstrumentClient<Channel>;

/// A served instrument that this process has control of. Letting it go gives control back, which makes it safe.
///
/// Calls block, and must not be made from asynchronous code.
pub struct Remote {
    runtime: Runtime,
    client: Client,
    description: Description,
    settings: RemoteSettings,
    lease: wire::Lease,
    id: ClientId,
    number: u64,
    began: Instant,
    /// Why control was lost.
    lost: Arc<Mutex<Option<String>>>,
    heart: JoinHandle<()>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("address", &self.settings.address).finish_non_exhaustive()
    }
}

fn link(why: impl Into<String>) -> InstrumentError {
    InstrumentError::new(ErrorKind::Link, why)
}

impl Remote {
    /// Connects and takes control. The instrument does not move.
    pub fn connect(settings: &RemoteSettings, id: ClientId) -> Result<Self, InstrumentError> {
        let patience = Duration::try_from_secs_f64(settings.patience.0).unwrap_or_default();
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("link").enable_all().build();
        let runtime = runtime.map_err(|e| link(format!("no runtime: {e}")))?;
        let at = &settings.address;
        let way = door::connect(at, settings.certificates.as_deref(), settings.server_name.as_deref(), patience);
        let channel = runtime.block_on(way).map_err(|e| link(e.to_string()))?;
        let mut client =
            Client::new(channel).max_decoding_message_size(ANSWER_MAX).max_encoding_message_size(REQUEST_MAX);
        let lease = acquire(&runtime, &mut client, (settings, id), patience)?;
        let described =
            runtime.block_on(async { tokio::time::timeout(patience, client.describe(wire::DescribeRequest {})).await });
        let description = match described {
            Ok(Ok(answer)) => read_description(answer.into_inner().description),
            Ok(Err(status)) => Err(reasons(&status)),
            Err(_) => Err(format!("no answer within {} s", patience.as_secs_f64())),
        };
        let description = description.map_err(|why| link(format!("{at} does not say who it is: {why}")))?;
        let lost = Arc::new(Mutex::new(None));
        let heart = runtime.spawn(beat(client.clone(), lease, Arc::clone(&lost)));
        let settings = settings.clone();
        let began = Instant::now();
        Ok(Self { runtime, client, description, settings, lease, id, number: 0, began, lost, heart })
    }

    /// What a killed process does to its heartbeats.
    #[cfg(test)]
    pub(super) fn stop_heart_for_test(&self) {
        self.heart.abort();
    }

    fn now_s(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn control(&self) -> Result<(), InstrumentError> {
        match self.lost.lock().unwrap_or_else(PoisonError::into_inner).as_deref() {
            None => Ok(()),
            Some(why) => Err(link(format!("control was lost: {why}"))),
        }
    }
}

impl Instrument for Remote {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        self.control()?;
        self.number += 1;
        let id = MeasurementId { client: self.id, number: self.number };
        let written = write_action(action);
        let action_sha256 = digest(&written).to_vec();
        let lease_id = self.lease.lease_id;
        let request = wire::ExecuteRequest { lease_id, id: Some(id.written()), action: Some(written), action_sha256 };
        let (silence_s, wait) = (self.settings.patience.0, answer_wait(self.settings.patience));
        let action_s = silence_s + WatchdogTimes::default().of(action).as_secs_f64();
        let mut errand = Errand::new(action, id, Patience { silence_s, action_s }, self.now_s());
        loop {
            match errand.next(self.now_s()) {
                Next::Over(result) => return *result,
                Next::WaitUntil(until_s) => {
                    thread::sleep(Duration::from_secs_f64((until_s - self.now_s()).max(0.0)));
                }
                Next::Send => {
                    let client = &mut self.client;
                    let sent = client.execute(request.clone());
                    let heard = match self.runtime.block_on(async { tokio::time::timeout(wait, sent).await }) {
                        Ok(Ok(answer)) => Heard::Answer(Box::new(answer.into_inner())),
                        Ok(Err(status)) => Heard::Nothing(reasons(&status)),
                        Err(_) => Heard::Nothing(format!("no answer within {} s", wait.as_secs_f64())),
                    };
                    errand.heard(self.now_s(), heard);
                }
            }
        }
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        use wire::make_safe_response::Outcome;
        let began_s = self.now_s();
        let mut wait = Duration::from_millis(50);
        loop {
            let client = &mut self.client;
            let sent = client.make_safe(wire::MakeSafeRequest {});
            let why = match self.runtime.block_on(async { tokio::time::timeout(ANSWER, sent).await }) {
                Ok(Ok(answer)) => match answer.into_inner().outcome {
                    Some(Outcome::Safe(_)) => return Ok(()),
                    Some(Outcome::Error(e)) => return Err(read_error(&e)),
                    None => "an empty answer".to_owned(),
                },
                Ok(Err(status)) => reasons(&status),
                Err(_) => format!("no answer within {} s", ANSWER.as_secs()),
            };
            let silent_s = self.now_s() - began_s;
            if silent_s + wait.as_secs_f64() > self.settings.patience.0 {
                let live_s = self.lease.time_to_live_s.unwrap_or_default();
                return Err(link(format!(
                    "it cannot be told to make itself safe ({why}); the workstation does so by itself, {live_s} s after the last heartbeat that it heard \
                     and not before what is under way is over"
                )));
            }
            thread::sleep(wait);
            wait = (2 * wait).min(Duration::from_secs(2));
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.heart.abort();
        let request = wire::ReleaseLeaseRequest { lease_id: self.lease.lease_id };
        let client = &mut self.client;
        // Where nobody hears it, the lease runs out.
        let released =
            self.runtime.block_on(async { tokio::time::timeout(FAREWELL, client.release_lease(request)).await });
        drop(released);
    }
}

/// Takes control. While somebody else has it this is refused at once; a lost answer is asked for again.
fn acquire(
    runtime: &Runtime,
    client: &mut Client,
    (settings, id): (&RemoteSettings, ClientId),
    patience: Duration,
) -> Result<wire::Lease, InstrumentError> {
    use wire::lease_response::Outcome;
    let request = wire::AcquireLeaseRequest { client_id: id.0.to_vec(), name: settings.name.clone() };
    let at = &settings.address;
    let asked = runtime.block_on(async { tokio::time::timeout(patience, client.acquire_lease(request)).await });
    match asked {
        Ok(Ok(answer)) => match answer.into_inner().outcome {
            Some(Outcome::Lease(lease)) if lease.time_to_live_s.is_some_and(|s| s > 0.0 && s.is_finite()) => Ok(lease),
            Some(Outcome::Refusal(r)) => Err(link(format!("{at} gives no control: {}", r.message))),
            _ => Err(link(format!("{at} gives a lease without a time"))),
        },
        Ok(Err(status)) => Err(link(format!("{at} gives no control: {}", reasons(&status)))),
        Err(_) => Err(link(format!("{at} gives no control: no answer within {} s", patience.as_secs_f64()))),
    }
}

/// Three heartbeats in the time that one is needed, until the server says that control was lost. It alone knows: while nothing gets through the
/// next action waits for the link as well.
async fn beat(mut client: Client, lease: wire::Lease, lost: Arc<Mutex<Option<String>>>) {
    use wire::lease_response::Outcome;
    let third = Duration::from_secs_f64(lease.time_to_live_s.unwrap_or_default().clamp(0.0, 3600.0)) / 3;
    let why = loop {
        tokio::time::sleep(third).await;
        let request = wire::RenewLeaseRequest { lease_id: lease.lease_id };
        if let Ok(Ok(answer)) = tokio::time::timeout(third, client.renew_lease(request)).await
            && let Some(Outcome::Refusal(refused)) = answer.into_inner().outcome
        {
            break refused.message;
        }
    };
    *lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
}

//! The server without threads, sockets or clocks: requests and times go in, answers and orders come out.
//!
//! An action goes three steps: [`Desk::execute`] admits it, [`Desk::intend`] writes it down, and after the instrument acted [`Desk::finished`] writes
//! the result. A server that is cut off between any two of them leaves a journal from which the next one knows what must not be done again.

use super::book::{Book, Known};
use super::ids::{ClientId, Digest, MeasurementId, digest};
use super::lease::Leases;
use super::rate::Rate;
use super::shelf::Shelf;
use super::wire::instrument as wire;
use super::words::{read_action, write_error, write_observation};
use std::io;
use tiptwin_instrument::{Action, InstrumentError, Observation};
use wire::execute_response::Outcome;
use wire::refusal::Reason;

/// Characters of the longest name of a lease.
const NAME_MAX: usize = 128;

/// An action that was admitted.
#[derive(Clone, Debug)]
pub(super) struct Started {
    pub(super) action: Action,
    id: MeasurementId,
    digest: Digest,
    written: wire::Action,
}

#[cfg(test)]
impl Started {
    pub(super) const fn id(&self) -> MeasurementId {
        self.id
    }
}

/// What becomes of a request to execute.
#[derive(Debug)]
pub(super) enum Admission {
    Answer(Box<wire::ExecuteResponse>),
    /// To be intended, done and finished.
    Start(Box<Started>),
}

/// What becomes of a wish for control.
#[derive(Debug)]
pub(super) enum Control {
    Refused(wire::Refusal),
    /// The second says that this client was not the last to have control.
    Granted(wire::Lease, bool),
}

/// The state of a server.
#[derive(Debug)]
pub(super) struct Desk {
    book: Book,
    leases: Leases,
    rate: Rate,
    last: Option<ClientId>,
    under_way: Option<MeasurementId>,
    safe: bool,
    begun: u64,
    broken: Option<String>,
}

pub(super) fn refusal(reason: Reason, message: impl Into<String>) -> wire::Refusal {
    wire::Refusal { reason: reason.into(), message: message.into(), retry_after_s: None }
}

const fn answer(outcome: Outcome) -> wire::ExecuteResponse {
    wire::ExecuteResponse { outcome: Some(outcome) }
}

impl Desk {
    /// A desk over a journal. `first_lease` must be above the leases of any earlier server.
    pub(super) fn open(
        shelf: Box<dyn Shelf>,
        (time_to_live_s, first_lease): (f64, u64),
        requests_per_s: f64,
    ) -> io::Result<Self> {
        Ok(Self {
            book: Book::open(shelf)?,
            leases: Leases::new(time_to_live_s, first_lease),
            rate: Rate::new(requests_per_s),
            last: None,
            under_way: None,
            safe: false,
            begun: 0,
            broken: None,
        })
    }

    /// The name of the lease that ran out, once: then the instrument is to be made safe. To be asked before every request, and often enough.
    pub(super) fn expired(&mut self, now_s: f64) -> Option<String> {
        self.leases.expired(now_s).map(|held| held.name)
    }

    pub(super) fn acquire(&mut self, now_s: f64, request: &wire::AcquireLeaseRequest) -> Control {
        if let Err(refused) = self.in_time(now_s) {
            return Control::Refused(refused);
        }
        let name = &request.name;
        if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            let why =
                format!("a name of {} characters; accepted: 1 to {NAME_MAX} printable ones", name.chars().count());
            return Control::Refused(refusal(Reason::Malformed, why));
        }
        let Some(client) = ClientId::read(&request.client_id) else {
            let why = format!("a client id of {} bytes; accepted: 16", request.client_id.len());
            return Control::Refused(refusal(Reason::Malformed, why));
        };
        if !self.book.has_room_for(client) {
            let why = "the journal has seen too many clients; accepted: a server with a new journal";
            return Control::Refused(refusal(Reason::NoJournal, why));
        }
        match self.leases.acquire(now_s, client, name) {
            Ok(lease_id) => {
                let changed = self.last.replace(client) != Some(client);
                Control::Granted(self.lease(lease_id), changed)
            }
            Err(held) => {
                let left_s = held.until_s - now_s;
                let why = format!("\"{}\" has control, for {left_s:.1} s more unless it goes on", held.name);
                Control::Refused(wire::Refusal { retry_after_s: Some(left_s), ..refusal(Reason::Held, why) })
            }
        }
    }

    fn lease(&self, lease_id: u64) -> wire::Lease {
        wire::Lease { lease_id, time_to_live_s: Some(self.leases.time_to_live_s()) }
    }

    pub(super) fn renew(&mut self, now_s: f64, lease_id: u64) -> Result<wire::Lease, wire::Refusal> {
        if self.leases.renew(now_s, lease_id) { Ok(self.lease(lease_id)) } else { Err(over(lease_id)) }
    }

    /// Control was given back, and the instrument is to be made safe.
    pub(super) fn release(&mut self, now_s: f64, lease_id: u64) -> Result<(), wire::Refusal> {
        if self.leases.release(now_s, lease_id) { Ok(()) } else { Err(over(lease_id)) }
    }

    pub(super) fn status(&self, now_s: f64) -> wire::Status {
        let held = self.leases.held(now_s);
        wire::Status {
            lease_name: held.map(|h| h.name.clone()).unwrap_or_default(),
            lease_left_s: held.map(|h| h.until_s - now_s),
            safe: self.safe && self.under_way.is_none(),
            busy: self.under_way.is_some(),
            begun: self.begun,
        }
    }

    /// Whether a request may be followed now, by the rate.
    pub(super) fn in_time(&mut self, now_s: f64) -> Result<(), wire::Refusal> {
        self.rate.take(now_s).map_err(|wait_s| wire::Refusal {
            retry_after_s: Some(wait_s),
            ..refusal(Reason::TooFast, "too many requests; accepted: the same again a little later")
        })
    }

    /// What is known of an id; nothing is done.
    pub(super) fn result(&mut self, now_s: f64, request: &wire::GetResultRequest) -> wire::ExecuteResponse {
        if let Err(refused) = self.in_time(now_s) {
            return answer(Outcome::Refusal(refused));
        }
        match MeasurementId::read(request.id.as_ref()) {
            Err(why) => answer(Outcome::Refusal(refusal(Reason::Malformed, why))),
            Ok(id) => self.known(id, None).unwrap_or_else(|| {
                answer(Outcome::Refusal(refusal(Reason::IdUnknown, format!("measurement {id} was never begun"))))
            }),
        }
    }

    /// The answer to an id that is not new.
    fn known(&mut self, id: MeasurementId, digest: Option<&Digest>) -> Option<wire::ExecuteResponse> {
        let known = match self.book.look(id, digest) {
            Ok(known) => known,
            Err(e) => return Some(answer(Outcome::Refusal(refusal(Reason::NoJournal, e.to_string())))),
        };
        Some(match known {
            Known::New => return None,
            Known::Stored(response) => *response,
            Known::InProgress => answer(Outcome::InProgress(wire::InProgress {})),
            Known::Unknown => answer(Outcome::UnknownOutcome(wire::UnknownOutcome {
                message: format!(
                    "measurement {id} was begun and has no result: whether the sample was touched is unknown, and it is not touched again"
                ),
            })),
            Known::Reused => answer(Outcome::Refusal(refusal(
                Reason::IdReused,
                format!("measurement {id} was another action; accepted: the same action, or a new number"),
            ))),
            Known::TooOld => answer(Outcome::Refusal(refusal(
                Reason::IdTooOld,
                format!("measurement {id} is older than what was begun since; accepted: a new number"),
            ))),
        })
    }

    /// Admits an action, or answers without doing anything.
    pub(super) fn execute(&mut self, now_s: f64, request: &wire::ExecuteRequest) -> Admission {
        match self.admit(now_s, request) {
            Ok(started) => Admission::Start(Box::new(started)),
            Err(outcome) => Admission::Answer(Box::new(answer(*outcome))),
        }
    }

    fn admit(&mut self, now_s: f64, request: &wire::ExecuteRequest) -> Result<Started, Box<Outcome>> {
        let refused = |reason, why: String| Box::new(Outcome::Refusal(refusal(reason, why)));
        self.in_time(now_s).map_err(|r| Box::new(Outcome::Refusal(r)))?;
        let id = MeasurementId::read(request.id.as_ref()).map_err(|why| refused(Reason::Malformed, why))?;
        let action = read_action(request.action.as_ref()).map_err(|why| refused(Reason::Malformed, why))?;
        let written = request.action.clone().unwrap_or_default();
        let digest = digest(&written);
        if !request.action_sha256.is_empty() && request.action_sha256 != digest {
            let why = "action_sha256 is not that of the action; accepted: SHA-256 of it serialised, or nothing";
            return Err(refused(Reason::Malformed, why.into()));
        }
        // What is known is said to anybody at any time: a result is never lost with the lease.
        if let Some(wire::ExecuteResponse { outcome: Some(outcome) }) = self.known(id, Some(&digest)) {
            return Err(Box::new(outcome));
        }
        let holds = self.leases.held(now_s).is_some_and(|h| h.id == request.lease_id && h.client == id.client);
        if !holds {
            return Err(Box::new(Outcome::Refusal(over(request.lease_id))));
        }
        self.leases.renew(now_s, request.lease_id);
        if let Some(why) = &self.broken {
            return Err(refused(Reason::NoJournal, why.clone()));
        }
        if let Some(other) = self.under_way {
            return Err(refused(Reason::Busy, format!("measurement {other} is under way")));
        }
        self.under_way = Some(id);
        self.book.begin(id, digest);
        Ok(Started { action, id, digest, written })
    }

    /// Writes down what is about to be done. On an error it must not be done.
    pub(super) fn intend(&mut self, started: &Started) -> Result<(), Box<wire::ExecuteResponse>> {
        match self.book.intend(started.id, started.digest, &started.written) {
            Ok(()) => {
                self.safe = false;
                self.begun += 1;
                Ok(())
            }
            Err(e) => {
                self.under_way = None;
                let why = format!("the intent cannot be written ({e}); nothing was done, and nothing more is");
                self.broken = Some(why.clone());
                Err(Box::new(answer(Outcome::Refusal(refusal(Reason::NoJournal, why)))))
            }
        }
    }

    /// Keeps what came of an action, and makes the answer.
    pub(super) fn finished(
        &mut self,
        started: &Started,
        result: Result<Observation, InstrumentError>,
    ) -> wire::ExecuteResponse {
        self.under_way = None;
        let response = answer(match result {
            Ok(observation) => Outcome::Observation(write_observation(observation)),
            Err(error) => Outcome::Error(write_error(&error)),
        });
        if let Err(e) = self.book.finish(started.id, started.digest, &response) {
            self.broken = Some(format!("a result cannot be written ({e}); nothing more is done"));
        }
        response
    }

    /// The instrument was made safe, or could not be.
    pub(super) const fn made_safe(&mut self, safe: bool) {
        self.safe = safe;
    }
}

fn over(lease_id: u64) -> wire::Refusal {
    let why = format!(
        "lease {lease_id} has no control: it ran out, was given back, or is of a server before this one; the instrument was made safe when it \
         ended"
    );
    refusal(Reason::NoLease, why)
}

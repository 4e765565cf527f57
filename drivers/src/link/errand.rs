//! One measurement as the client sees it, without sockets or clocks: what to send, how long to wait, and when to give up.
//!
//! Whatever is lost on the way, only the same request with the same id is sent again.

use super::ids::MeasurementId;
use super::wire::instrument as wire;
use super::words::{read_error, read_observation};
use tiptwin_instrument::{Action, ErrorKind, InstrumentError, Observation};
use wire::execute_response::Outcome;
use wire::refusal::Reason;

/// Shortest and longest wait before a request is sent again, s.
const WAITS_S: (f64, f64) = (0.05, 2.0);

/// How long a client waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Patience {
    /// Without a word of the server, s.
    pub(super) silence_s: f64,
    /// For the action in all, s.
    pub(super) action_s: f64,
}

/// What the client has to do now.
#[derive(Debug)]
pub(super) enum Next {
    /// Send the request.
    Send,
    /// Do nothing until then.
    WaitUntil(f64),
    /// It is over.
    Over(Box<Result<Observation, InstrumentError>>),
}

/// What came back.
#[derive(Debug)]
pub(super) enum Heard {
    Answer(Box<wire::ExecuteResponse>),
    /// Nothing: the connection failed, or there was no answer in time.
    Nothing(String),
}

/// A measurement under way.
#[derive(Debug)]
pub(super) struct Errand {
    action: Action,
    id: MeasurementId,
    patience: Patience,
    begun_s: f64,
    heard_s: f64,
    send_at_s: f64,
    wait_s: f64,
    trouble: Option<String>,
    result: Option<Result<Observation, InstrumentError>>,
}

impl Errand {
    pub(super) fn new(action: &Action, id: MeasurementId, patience: Patience, now_s: f64) -> Self {
        Self {
            action: action.clone(),
            id,
            patience,
            begun_s: now_s,
            heard_s: now_s,
            send_at_s: now_s,
            wait_s: WAITS_S.0,
            trouble: None,
            result: None,
        }
    }

    pub(super) fn next(&mut self, now_s: f64) -> Next {
        if let Some(result) = self.result.take() {
            return Next::Over(Box::new(result));
        }
        let silent_s = now_s - self.heard_s;
        let (what, id) = (self.action.name(), self.id);
        if silent_s >= self.patience.silence_s {
            let trouble = self.trouble.as_deref().unwrap_or("no answer");
            let why = format!(
                "{what} ({id}): no word of the server for {silent_s:.1} s ({trouble}); whether it was done is not known here, and it is not asked \
                 for again. The workstation makes the instrument safe by itself"
            );
            return Next::Over(Box::new(Err(InstrumentError::new(ErrorKind::Link, why))));
        }
        if now_s - self.begun_s >= self.patience.action_s {
            let why = format!("{what} ({id}) is not over after {:.0} s", now_s - self.begun_s);
            return Next::Over(Box::new(Err(InstrumentError::new(ErrorKind::Timeout, why))));
        }
        if now_s < self.send_at_s { Next::WaitUntil(self.send_at_s) } else { Next::Send }
    }

    /// Takes an answer to what was sent. A late one of an errand that is over changes nothing.
    pub(super) fn heard(&mut self, now_s: f64, heard: Heard) {
        let response = match heard {
            Heard::Nothing(why) => {
                self.trouble = Some(why);
                self.again(now_s, None);
                return;
            }
            Heard::Answer(response) => response,
        };
        self.heard_s = now_s;
        let error = |kind, why: String| Err(InstrumentError::new(kind, why));
        let result = match response.outcome {
            Some(Outcome::Observation(o)) => read_observation(&self.action, o).map_err(|why| {
                InstrumentError::new(ErrorKind::Data, format!("the server's answer is malformed: {why}"))
            }),
            Some(Outcome::Error(e)) => Err(read_error(&e)),
            Some(Outcome::InProgress(_)) => return self.again(now_s, None),
            Some(Outcome::UnknownOutcome(u)) => error(ErrorKind::UnknownOutcome, u.message),
            Some(Outcome::Refusal(r)) => {
                let (reason, why) = (r.reason(), r.message);
                match reason {
                    Reason::Busy | Reason::TooFast => return self.again(now_s, r.retry_after_s),
                    Reason::Malformed => error(ErrorKind::InvalidRequest, format!("the server refuses it: {why}")),
                    Reason::NoLease | Reason::Held => error(ErrorKind::Link, why),
                    Reason::NoJournal => error(ErrorKind::Fault, why),
                    Reason::IdReused | Reason::IdTooOld | Reason::IdUnknown | Reason::Unspecified => {
                        error(ErrorKind::Fault, format!("{} ({}) was refused: {why}", self.action.name(), self.id))
                    }
                }
            }
            None => error(ErrorKind::Data, "the server's answer is empty".into()),
        };
        self.result = Some(result);
    }

    /// The same request again, after a while that grows.
    fn again(&mut self, now_s: f64, after_s: Option<f64>) {
        let after_s = after_s.filter(|s| s.is_finite()).unwrap_or(self.wait_s);
        self.send_at_s = now_s + after_s.clamp(1e-3, WAITS_S.1);
        self.wait_s = (2.0 * self.wait_s).min(WAITS_S.1);
    }
}

//! Commands out, their read-out back.

use super::{Effect, Failure, Machine, SHORTEST_S, Seen, Step};
use crate::cypher::proto::readout::ReadOutError;
use tiptwin_instrument::{ErrorKind, Seconds};

/// What takes the bytes of an answer.
type Reading<T> = Box<dyn Fn(&[u8]) -> Result<T, ReadOutError>>;

/// Sends a batch and waits for its answer.
pub struct Ask<T> {
    commands: String,
    awaited: String,
    settle: Seconds,
    longest: Seconds,
    poll: Seconds,
    read: Reading<T>,
    state: State,
    began: Option<Seconds>,
    seen: String,
}

impl<T> std::fmt::Debug for Ask<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ask").field("awaited", &self.awaited).field("state", &self.state).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Start,
    Sending,
    Waiting,
    Looking,
}

impl<T> Ask<T> {
    /// A batch of commands whose answer `read` takes. `awaited` names the answer in errors. After sending it settles, then looks every
    /// `poll`, for `longest` in all.
    pub fn new(
        commands: String,
        awaited: impl Into<String>,
        [settle, longest, poll]: [Seconds; 3],
        read: impl Fn(&[u8]) -> Result<T, ReadOutError> + 'static,
    ) -> Self {
        let read = Box::new(read);
        let (state, seen) = (State::Start, "nothing".to_owned());
        Self { commands, awaited: awaited.into(), settle, longest, poll, read, state, began: None, seen }
    }

    fn go(&mut self, state: State, effect: Effect) -> Step<T> {
        self.state = state;
        Step::Do(effect)
    }
}

impl<T> Machine for Ask<T> {
    type Output = T;

    fn step(&mut self, now: Seconds, seen: Seen) -> Step<T> {
        let began = *self.began.get_or_insert(now);
        let deadline = Seconds(began.0 + self.longest.0);
        match (self.state, seen) {
            (State::Start, _) => return self.go(State::Sending, Effect::Send { commands: self.commands.clone() }),
            // Commands that were not handed over are not handed over twice: nobody knows how far they came.
            (State::Sending, Seen::Refused(reason)) => {
                return Step::Over(Err(Failure::new(ErrorKind::Fault, format!("commands cannot be sent: {reason}"))));
            }
            (State::Sending, _) => {
                let settled = Seconds((now.0 + self.settle.0).min(deadline.0));
                return self.go(State::Waiting, Effect::Wait(settled));
            }
            (State::Waiting, _) => return self.go(State::Looking, Effect::Look),
            (State::Looking, Seen::Bytes(Some(bytes))) => match (self.read)(&bytes) {
                Ok(answer) => return Step::Over(Ok(answer)),
                Err(e) if e.may_change() => self.seen = e.to_string(),
                Err(e) => {
                    let message = format!("{}: {e}", self.awaited);
                    return Step::Over(Err(Failure::new(ErrorKind::Data, message)));
                }
            },
            (State::Looking, Seen::Refused(reason)) => self.seen = reason,
            (State::Looking, _) => self.seen = ReadOutError::Empty.to_string(),
        }
        if now.0 >= deadline.0 {
            return Step::Over(Err(Failure::late(&self.awaited, now.0 - began.0, &self.seen, ErrorKind::Timeout)));
        }
        let next = Seconds((now.0 + self.poll.0.max(SHORTEST_S)).min(deadline.0));
        self.go(State::Waiting, Effect::Wait(next))
    }
}

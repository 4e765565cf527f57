//! A data file that was not there before, has stopped growing, and is the one that was asked for.

use super::{DataFile, Effect, Failure, Machine, SHORTEST_S, Seen, Step};
use crate::cypher::proto::wave::Unfit;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use tiptwin_instrument::{ErrorKind, Seconds};

/// Times of waiting for a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileWaits {
    /// In all.
    pub longest: Seconds,
    /// How long its length has to stay.
    pub stable: Seconds,
    /// Between two looks.
    pub poll: Seconds,
}

/// What takes the bytes of a file that fits.
type Fitting<T> = Box<dyn Fn(&[u8]) -> Result<T, Unfit>>;

/// Waits for a file.
pub struct AwaitFile<T> {
    before: Vec<DataFile>,
    named: String,
    awaited: String,
    waits: FileWaits,
    fits: Fitting<T>,
    state: State,
    began: Option<Seconds>,
    /// Length of each new file, and since when it has it.
    growing: HashMap<PathBuf, (u64, Seconds)>,
    to_read: VecDeque<PathBuf>,
    fitting: Vec<(PathBuf, T)>,
    unfit: Vec<String>,
    seen: String,
}

impl<T> std::fmt::Debug for AwaitFile<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwaitFile").field("awaited", &self.awaited).field("state", &self.state).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Waiting,
    Listing,
    Reading(PathBuf),
}

impl<T> AwaitFile<T> {
    /// Waits for a file that is not among `before` (by path and length), whose name begins with `named`, and that `fits` accepts. `awaited`
    /// names it in errors.
    pub fn new(
        (before, named): (Vec<DataFile>, String),
        awaited: impl Into<String>,
        waits: FileWaits,
        fits: impl Fn(&[u8]) -> Result<T, Unfit> + 'static,
    ) -> Self {
        Self {
            before,
            named,
            awaited: awaited.into(),
            waits,
            fits: Box::new(fits),
            state: State::Waiting,
            began: None,
            growing: HashMap::new(),
            to_read: VecDeque::new(),
            fitting: Vec::new(),
            unfit: Vec::new(),
            seen: "no new file".into(),
        }
    }

    fn go(&mut self, state: State, effect: Effect) -> Step<T> {
        self.state = state;
        Step::Do(effect)
    }

    /// Takes a listing; what is stable is to be read once nothing new grows any more.
    fn listed(&mut self, now: Seconds, files: Vec<DataFile>) {
        let new = files.into_iter().filter(|f| !self.before.contains(f));
        let (new, other): (Vec<_>, Vec<_>) =
            new.partition(|f| f.path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&self.named)));
        self.growing.retain(|path, _| new.iter().any(|f| f.path == *path));
        let mut all_stable = true;
        for file in &new {
            let entry = self.growing.entry(file.path.clone()).or_insert((file.length, now));
            if entry.0 != file.length {
                *entry = (file.length, now);
            }
            all_stable &= now.0 - entry.1.0 >= self.waits.stable.0;
        }
        if new.is_empty() {
            self.seen = match other.first() {
                Some(f) => format!("{}, whose name does not begin with {}", f.path.display(), self.named),
                None => "no new file".into(),
            };
        } else if all_stable {
            self.to_read = new.into_iter().map(|f| f.path).collect();
            (self.fitting, self.unfit) = (Vec::new(), Vec::new());
        } else {
            let lengths: Vec<String> =
                new.iter().map(|f| format!("{}, {} bytes, still new", f.path.display(), f.length)).collect();
            self.seen = lengths.join("; ");
        }
    }

    /// Whether all that was to be read settles the matter.
    fn decide(&mut self) -> Option<Result<T, Failure>> {
        match self.fitting.len() {
            0 => {
                self.seen = self.unfit.join("; ");
                None
            }
            1 => self.fitting.pop().map(|(_, value)| Ok(value)),
            _ => {
                let names: Vec<String> = self.fitting.iter().map(|(p, _)| p.display().to_string()).collect();
                let message = format!(
                    "two files fit where one was awaited ({}): {}; is somebody else measuring?",
                    self.awaited,
                    names.join(", ")
                );
                Some(Err(Failure::new(ErrorKind::Data, message)))
            }
        }
    }
}

impl<T> Machine for AwaitFile<T> {
    type Output = T;

    fn step(&mut self, now: Seconds, seen: Seen) -> Step<T> {
        let began = *self.began.get_or_insert(now);
        let deadline = Seconds(began.0 + self.waits.longest.0);
        match (self.state.clone(), seen) {
            // At the deadline there is one last look.
            (State::Waiting, _) => return self.go(State::Listing, Effect::List),
            (State::Listing, Seen::Files(files)) => self.listed(now, files),
            (State::Reading(path), Seen::Bytes(Some(bytes))) => match (self.fits)(&bytes) {
                Ok(value) => self.fitting.push((path, value)),
                Err(e) => self.unfit.push(format!("{}: {e}", path.display())),
            },
            (State::Reading(path), Seen::Bytes(None)) => self.unfit.push(format!("{} vanished", path.display())),
            // A controller may still hold a file open.
            (State::Reading(path), Seen::Refused(reason)) => self.unfit.push(format!("{}: {reason}", path.display())),
            (State::Listing, Seen::Refused(reason)) => self.seen = reason,
            _ => {}
        }
        if let Some(next) = self.to_read.pop_front() {
            return self.go(State::Reading(next.clone()), Effect::Read(next));
        }
        if matches!(self.state, State::Reading(_))
            && let Some(over) = self.decide()
        {
            return Step::Over(over);
        }
        if now.0 >= deadline.0 {
            let kind = if self.unfit.is_empty() { ErrorKind::Timeout } else { ErrorKind::Data };
            return Step::Over(Err(Failure::late(&self.awaited, now.0 - began.0, &self.seen, kind)));
        }
        let next = Seconds((now.0 + self.waits.poll.0.max(SHORTEST_S)).min(deadline.0));
        self.go(State::Waiting, Effect::Wait(next))
    }
}

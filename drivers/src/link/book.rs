//! Exactly one touch: which ids were begun, and what came of them.

use super::ids::{ClientId, Digest, MeasurementId};
use super::journal::{Journal, Place, Record};
use super::shelf::Shelf;
use super::wire::instrument as wire;
use std::collections::{HashMap, VecDeque};
use std::io;

/// Ids whose results can be asked for. A client has one in doubt at most.
const KEPT: usize = 64;

/// Bytes of a journal above which it is written anew when a server starts, if less than half of it can still be asked for.
const TIDY_ABOVE: u64 = 16 << 20;

/// Clients that one journal can tell apart.
const CLIENTS_MAX: usize = 65_536;

/// What is known of an id.
#[derive(Debug)]
pub(super) enum Known {
    /// Never begun.
    New,
    InProgress,
    Stored(Box<wire::ExecuteResponse>),
    /// Begun by a server that was cut off before it had a result.
    Unknown,
    /// Begun with another action.
    Reused,
    /// Newer ones were begun, and this one is not kept or never came.
    TooOld,
}

#[derive(Clone, Copy, Debug)]
enum State {
    InProgress,
    Stored(Place),
    Unknown,
}

/// The ids of a journal. Its size in memory is bounded, however long the journal is.
#[derive(Debug)]
pub(super) struct Book {
    journal: Journal,
    recent: VecDeque<(MeasurementId, Digest, State)>,
    highest: HashMap<ClientId, u64>,
}

impl Book {
    /// Reads a journal. An intent without a result is one whose outcome nobody knows.
    pub(super) fn open(shelf: Box<dyn Shelf>) -> io::Result<Self> {
        Self::open_tidied(shelf, TIDY_ABOVE)
    }

    /// As [`Self::open`], and what cannot be asked for any more is left out of a journal of more than so many bytes: results and actions, never
    /// which ids were begun.
    pub(super) fn open_tidied(shelf: Box<dyn Shelf>, above: u64) -> io::Result<Self> {
        let mut recent = VecDeque::new();
        let mut highest = HashMap::new();
        let mut intents = VecDeque::new();
        let mut journal = Journal::open(shelf, |record, place| {
            let Ok(id) = MeasurementId::read(record.id.as_ref()) else { return };
            let digest = Digest::try_from(record.action_sha256.as_slice());
            match (digest, record.intent, record.result) {
                (_, None, None) => seen(&mut highest, id),
                (Ok(digest), Some(_), _) => {
                    note(&mut recent, &mut highest, (id, digest, State::Unknown));
                    intents.push_back(place);
                    intents.drain(..intents.len() - recent.len());
                }
                (Ok(_), None, Some(_)) => {
                    if let Some(entry) = recent.iter_mut().find(|(known, ..)| *known == id) {
                        entry.2 = State::Stored(place);
                    }
                }
                (Err(_), ..) => {}
            }
        })?;
        let mut kept: Vec<&mut Place> = intents.iter_mut().collect();
        kept.extend(recent.iter_mut().filter_map(|(_, _, state)| match state {
            State::Stored(place) => Some(place),
            State::InProgress | State::Unknown => None,
        }));
        if journal.len() > above && 2 * kept.iter().map(|place| place.len()).sum::<u64>() < journal.len() {
            let begun = |(client, number): (&ClientId, &u64)| Record {
                id: Some(MeasurementId { client: *client, number: *number }.written()),
                ..Record::default()
            };
            let begun: Vec<Record> = highest.iter().map(begun).collect();
            journal.keep(&begun, &mut kept)?;
        }
        Ok(Self { journal, recent, highest })
    }

    /// What is known of an id; with a digest also whether it is that of the same action.
    pub(super) fn look(&mut self, id: MeasurementId, digest: Option<&Digest>) -> io::Result<Known> {
        let Some((_, kept, state)) = self.recent.iter().find(|(known, ..)| *known == id) else {
            let newer = self.highest.get(&id.client).is_some_and(|highest| id.number <= *highest);
            return Ok(if newer { Known::TooOld } else { Known::New });
        };
        if digest.is_some_and(|digest| digest != kept) {
            return Ok(Known::Reused);
        }
        Ok(match *state {
            State::InProgress => Known::InProgress,
            State::Unknown => Known::Unknown,
            State::Stored(place) => match self.journal.read(place)?.result {
                Some(result) => Known::Stored(Box::new(result)),
                None => Known::Unknown,
            },
        })
    }

    /// Whether another client fits.
    pub(super) fn has_room_for(&self, client: ClientId) -> bool {
        self.highest.contains_key(&client) || self.highest.len() < CLIENTS_MAX
    }

    /// An id is about to be begun: from now on it is never begun again.
    pub(super) fn begin(&mut self, id: MeasurementId, digest: Digest) {
        note(&mut self.recent, &mut self.highest, (id, digest, State::InProgress));
    }

    /// Writes the intent. It is on the disk when this returns: only then may the instrument move.
    pub(super) fn intend(&mut self, id: MeasurementId, digest: Digest, action: &wire::Action) -> io::Result<()> {
        let intent = Some(action.clone());
        let record = Record { id: Some(id.written()), action_sha256: digest.to_vec(), intent, result: None };
        let written = self.journal.append(&record, true);
        if written.is_err() {
            // The intent may be on the disk or not.
            self.settle(id, State::Unknown);
        }
        written.map(drop)
    }

    /// Writes a result. It need not be on the disk at once: what a power cut takes of it is an unknown outcome, never a second touch.
    pub(super) fn finish(
        &mut self,
        id: MeasurementId,
        digest: Digest,
        result: &wire::ExecuteResponse,
    ) -> io::Result<()> {
        let result = Some(result.clone());
        let record = Record { id: Some(id.written()), action_sha256: digest.to_vec(), intent: None, result };
        let written = self.journal.append(&record, false);
        self.settle(id, written.as_ref().map_or(State::Unknown, |place| State::Stored(*place)));
        written.map(drop)
    }

    /// Ids whose state is held, and clients.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.recent.len(), self.highest.len())
    }

    fn settle(&mut self, id: MeasurementId, state: State) {
        if let Some(entry) = self.recent.iter_mut().find(|(known, ..)| *known == id) {
            entry.2 = state;
        }
    }
}

fn note(
    recent: &mut VecDeque<(MeasurementId, Digest, State)>,
    highest: &mut HashMap<ClientId, u64>,
    entry: (MeasurementId, Digest, State),
) {
    seen(highest, entry.0);
    if recent.len() == KEPT {
        recent.pop_front();
    }
    recent.push_back(entry);
}

fn seen(highest: &mut HashMap<ClientId, u64>, id: MeasurementId) {
    let number = highest.entry(id.client).or_default();
    *number = id.number.max(*number);
}

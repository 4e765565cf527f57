//! What the server writes down: an intent before it acts, a result after.
//!
//! A record is its length (4 bytes, little endian), the first 8 bytes of the SHA-256 of its payload, and the payload, a serialised [`Record`]. A
//! record at the end that is not whole was being written when the power went, and is cut off; damage before the end is an error.

use super::shelf::Shelf;
use super::wire::instrument as wire;
use prost::Message;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io;

const HEAD: usize = 12;

/// One entry: an intent has an action, a result an answer. One that has neither says that this id of its client and all before were begun, and that
/// what came of them is not kept.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Record {
    #[prost(message, optional, tag = "1")]
    pub(super) id: Option<wire::MeasurementId>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) action_sha256: Vec<u8>,
    #[prost(message, optional, tag = "3")]
    pub(super) intent: Option<wire::Action>,
    #[prost(message, optional, tag = "4")]
    pub(super) result: Option<wire::ExecuteResponse>,
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    at: u64,
    bytes: usize,
}

/// A journal that is open for more.
pub(super) struct Journal {
    shelf: Box<dyn Shelf>,
    /// Why nothing may follow.
    closed: Option<String>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("closed", &self.closed).finish_non_exhaustive()
    }
}

fn checksum(payload: &[u8]) -> [u8; 8] {
    let hash: [u8; 32] = Sha256::digest(payload).into();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    first
}

/// A record as it is written.
fn framed(record: &Record) -> io::Result<Vec<u8>> {
    let payload = record.encode_to_vec();
    let size = u32::try_from(payload.len()).map_err(io::Error::other)?;
    let mut bytes = size.to_le_bytes().to_vec();
    bytes.extend(checksum(&payload));
    bytes.extend(&payload);
    Ok(bytes)
}

impl Place {
    /// Bytes of the record with what stands before it.
    pub(super) const fn len(self) -> u64 {
        (HEAD + self.bytes) as u64
    }
}

impl Journal {
    /// Reads what there is, one record after the other.
    pub(super) fn open(mut shelf: Box<dyn Shelf>, mut each: impl FnMut(Record, Place)) -> io::Result<Self> {
        let len = shelf.len();
        let mut at = 0;
        while at < len {
            let left = len - at;
            if left < HEAD as u64 {
                break;
            }
            let head = shelf.read(at, HEAD)?;
            let mut size = [0; 4];
            size.copy_from_slice(&head[..4]);
            let bytes = u64::from(u32::from_le_bytes(size));
            // Nothing larger than what is there is asked for.
            if HEAD as u64 + bytes > left {
                break;
            }
            let place = Place { at: at + HEAD as u64, bytes: bytes as usize };
            let payload = shelf.read(place.at, place.bytes)?;
            let end = place.at + bytes;
            let record = (checksum(&payload) == head[4..]).then(|| Record::decode(payload.as_slice()).ok()).flatten();
            match record {
                Some(record) => each(record, place),
                None if end == len => break,
                None => {
                    let why = format!(
                        "the record at byte {at} is damaged and others follow; accepted: the journal as it was written, or a new file once no client waits for a result"
                    );
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
            }
            at = end;
        }
        if at < len {
            shelf.cut(at)?;
        }
        Ok(Self { shelf, closed: None })
    }

    /// Appends a record; with `synced` it is on the disk when this returns.
    pub(super) fn append(&mut self, record: &Record, synced: bool) -> io::Result<Place> {
        if let Some(why) = &self.closed {
            return Err(io::Error::other(format!("the journal was closed: {why}")));
        }
        let bytes = framed(record)?;
        let at = self.shelf.len() + HEAD as u64;
        let written = self.shelf.append(&bytes).and_then(|()| if synced { self.shelf.sync() } else { Ok(()) });
        if let Err(error) = written {
            // What the disk holds after a failure is not known, and nothing may follow it.
            self.closed = Some(error.to_string());
            return Err(error);
        }
        Ok(Place { at, bytes: bytes.len() - HEAD })
    }

    /// Bytes of all records.
    pub(super) fn len(&self) -> u64 {
        self.shelf.len()
    }

    /// Forgets all records but these, and says others before them. Afterwards the places are where the records lie now.
    pub(super) fn keep(&mut self, before: &[Record], kept: &mut [&mut Place]) -> io::Result<()> {
        let mut head = Vec::new();
        for record in before {
            head.extend(framed(record)?);
        }
        let ranges: Vec<_> = kept.iter().map(|place| place.at - HEAD as u64..place.at + place.bytes as u64).collect();
        self.shelf.replace(&head, &ranges)?;
        let mut at = head.len() as u64;
        for place in kept {
            place.at = at + HEAD as u64;
            at = place.at + place.bytes as u64;
        }
        Ok(())
    }

    pub(super) fn read(&mut self, place: Place) -> io::Result<Record> {
        let payload = self.shelf.read(place.at, place.bytes)?;
        Record::decode(payload.as_slice()).map_err(io::Error::other)
    }
}

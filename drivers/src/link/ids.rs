//! Names of measurements: made by the client, used once, for ever.

use super::wire::instrument as wire;
use prost::Message;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::SystemTime;

/// One process that asks for measurements. No two processes have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(pub [u8; 16]);

impl ClientId {
    /// An id that nobody has: from the time, the process, and what the system gives for hashing. It is a name and decides nothing, so no
    /// seed must bring it back.
    pub fn new_for_this_process() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let drawn = || RandomState::new().build_hasher().finish().to_le_bytes();
        let mut hash = Sha256::new();
        hash.update(since.as_nanos().to_le_bytes());
        hash.update(std::process::id().to_le_bytes());
        hash.update(drawn());
        hash.update(drawn());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        Self(id)
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MeasurementId {
    /// Who asked.
    pub client: ClientId,
    /// Its number among those of the client, from 1 upwards.
    pub number: u64,
}

impl MeasurementId {
    pub(super) fn read(id: Option<&wire::MeasurementId>) -> Result<Self, String> {
        let id = id.ok_or("the id is missing; accepted: 16 bytes and a number from 1 upwards")?;
        let client = ClientId::read(&id.client_id)
            .ok_or_else(|| format!("a client id of {} bytes; accepted: 16", id.client_id.len()))?;
        if id.number == 0 {
            return Err("measurement number 0; accepted: 1 or more".into());
        }
        Ok(Self { client, number: id.number })
    }

    pub(super) fn written(self) -> wire::MeasurementId {
        wire::MeasurementId { client_id: self.client.0.to_vec(), number: self.number }
    }
}

impl fmt::Display for MeasurementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.client.0[..4] {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "…-{}", self.number)
    }
}

/// What an id stands for: SHA-256 of the serialised action.
pub(super) type Digest = [u8; 32];

pub(super) fn digest(action: &wire::Action) -> Digest {
    Sha256::digest(action.encode_to_vec()).into()
}

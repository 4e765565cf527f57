//! All sessions, bounded in number, size and age.

use super::held::Held;
use crate::live::Token;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Mutex as AsyncMutex;
use tonic::Status;

/// How much a decision server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Sessions at once.
    pub sessions: usize,
    /// A session that was not used for so long is forgotten.
    pub expires_after: Duration,
    /// Sessions that compute at once; the others wait.
    pub workers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { sessions: 8, expires_after: Duration::from_hours(4), workers: 2 }
    }
}

struct Entry {
    /// Name of the client that opened it; none on this machine.
    owner: Option<String>,
    held: Arc<AsyncMutex<Held>>,
    used: Instant,
}

/// All sessions.
pub(super) struct Table {
    settings: Settings,
    entries: Mutex<HashMap<String, Entry>>,
}

impl Table {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, entries: Mutex::default() }
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether there is room; asked before anything is made.
    pub(super) fn check_room(&self, now: Instant) -> Result<(), Status> {
        self.forget(now);
        let most = self.settings.sessions;
        if self.with(|entries| entries.len() < most) {
            return Ok(());
        }
        let idle_s = self.settings.expires_after.as_secs();
        Err(Status::resource_exhausted(format!(
            "all {most} sessions are in use; close one, or wait until one was idle for {idle_s} s"
        )))
    }

    /// Keeps a session and gives it a name that cannot be guessed.
    pub(super) fn keep(&self, owner: Option<&str>, held: Held, now: Instant) -> Result<String, Status> {
        // Others may have come in while this one was made.
        self.check_room(now)?;
        let name = Token::draw().as_str().to_owned();
        let entry = Entry { owner: owner.map(str::to_owned), held: Arc::new(AsyncMutex::new(held)), used: now };
        self.with(|entries| entries.insert(name.clone(), entry));
        Ok(name)
    }

    /// A session of this client; it counts as used.
    pub(super) fn find(&self, name: &str, owner: Option<&str>, now: Instant) -> Result<Arc<AsyncMutex<Held>>, Status> {
        self.forget(now);
        let found = self.with(|entries| {
            let entry = entries.get_mut(name).filter(|entry| entry.owner.as_deref() == owner)?;
            entry.used = now;
            Some(Arc::clone(&entry.held))
        });
        found.ok_or_else(|| {
            Status::not_found("there is no such session; it was closed, expired, or belongs to another client")
        })
    }

    pub(super) fn close(&self, name: &str, owner: Option<&str>) {
        self.with(|entries| {
            if entries.get(name).is_some_and(|entry| entry.owner.as_deref() == owner) {
                entries.remove(name);
            }
        });
    }

    /// Forgets sessions that were not used for too long. One that is being used stays, however long it takes.
    pub(super) fn forget(&self, now: Instant) {
        let age = self.settings.expires_after;
        self.with(|entries| {
            entries.retain(|_, entry| {
                Arc::strong_count(&entry.held) > 1 || now.saturating_duration_since(entry.used) < age
            });
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Entry>) -> T) -> T {
        act(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

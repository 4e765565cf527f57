//! What is finished, according to the markers.

use super::manifest::Campaign;
use super::names;
use super::part::{Done, Failure, Spent, Written};
use super::task::{Task, TaskId};
use crate::compare::hex;
use crate::run::{RunError, io_error};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;

/// A part that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Name of the part.
    pub part: String,
    /// Why it does not count.
    pub why: String,
}

/// What is in a campaign's folder.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Complete parts of this build, by name.
    pub(super) parts: BTreeMap<String, Done>,
    /// In how many complete parts a task is.
    pub finished: HashMap<TaskId, u32>,
    /// Parts whose files are not what their markers say.
    pub damaged: Vec<Trouble>,
    /// Complete parts of another version, build or device.
    pub foreign: Vec<Trouble>,
    /// Finished tasks that are not in the manifest: an earlier plan had them.
    pub unasked: usize,
    /// Tasks that could not be played and were not finished by another attempt.
    pub failures: Vec<Failure>,
}

impl Inventory {
    /// Looks through the markers. `thoroughly` hashes every file; otherwise their sizes are compared.
    pub fn take(campaign: &Campaign, thoroughly: bool) -> Result<Self, RunError> {
        let folder = campaign.folder.join(names::DONE);
        let known: HashSet<TaskId> = campaign.tasks.iter().map(|t| t.id).collect();
        let mut found = Self::default();
        let entries = fs::read_dir(&folder).map_err(io_error("read", &folder))?;
        let mut files: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        // Temporary files begin with a dot and are nobody's marker.
        files.retain(|p| p.extension().is_some_and(|e| e == "json"));
        files.sort();
        for path in files {
            let part = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
            let done: Done = match serde_json::from_str(&text) {
                Ok(done) => done,
                Err(e) => {
                    found.damaged.push(Trouble { part, why: format!("its marker cannot be read: {e}") });
                    continue;
                }
            };
            if done.frozen != campaign.manifest.frozen {
                let f = &done.frozen;
                let why = format!("made by tiptwin {}, build {}, device {}", f.version, f.build, f.device);
                found.foreign.push(Trouble { part, why });
                continue;
            }
            match sound(campaign, &done, thoroughly) {
                Ok(ids) => {
                    for id in ids {
                        if known.contains(&id) {
                            *found.finished.entry(id).or_default() += 1;
                        } else {
                            found.unasked += 1;
                        }
                    }
                    found.failures.extend(done.failures.iter().cloned());
                    found.parts.insert(part, done);
                }
                Err(why) => found.damaged.push(Trouble { part, why }),
            }
        }
        let mut seen = HashSet::new();
        let finished = &found.finished;
        found.failures.retain(|f| {
            let id = f.task.parse::<TaskId>().ok().filter(|id| known.contains(id) && !finished.contains_key(id));
            id.is_some_and(|id| seen.insert(id))
        });
        Ok(found)
    }

    /// Tasks that no complete part has, in the order in which they are played, each once.
    pub fn missing(&self, campaign: &Campaign) -> Vec<Task> {
        let mut seen = HashSet::new();
        campaign.tasks.iter().filter(|t| !self.finished.contains_key(&t.id) && seen.insert(t.id)).copied().collect()
    }

    /// Tasks that are finished.
    pub fn done(&self) -> usize {
        self.finished.len()
    }

    /// Results beyond the first of a task.
    pub fn duplicates(&self) -> usize {
        self.finished.values().map(|n| *n as usize - 1).sum()
    }

    /// Explorations and their seconds by strategy; films and theirs; bytes on the disk.
    pub(super) fn spent(&self) -> (BTreeMap<&str, Spent>, Spent, u64) {
        let (mut played, mut prepared, mut bytes) = (BTreeMap::<&str, Spent>::new(), Spent::default(), 0);
        for done in self.parts.values() {
            for (strategy, spent) in &done.played {
                played.entry(strategy).or_default().add(spent.count, spent.seconds);
            }
            prepared.add(done.prepared.count, done.prepared.seconds);
            bytes += done.parquet.bytes + done.outcomes.bytes;
        }
        (played, prepared, bytes)
    }
}

/// The tasks of a part whose files are what its marker says; otherwise why they are not.
fn sound(campaign: &Campaign, done: &Done, thoroughly: bool) -> Result<Vec<TaskId>, String> {
    for Written { file, bytes, sha256 } in [&done.parquet, &done.outcomes] {
        let path = campaign.folder.join(file);
        let shown = path.display();
        if thoroughly {
            let content = fs::read(&path).map_err(|e| format!("{shown}: {e}"))?;
            if hex(&Sha256::digest(&content)) != *sha256 {
                return Err(format!("{shown} is not what was written: its SHA-256 is another one"));
            }
        } else {
            let there = fs::metadata(&path).map_err(|e| format!("{shown}: {e}"))?.len();
            if there != *bytes {
                return Err(format!("{shown} has {there} bytes, {bytes} were written"));
            }
        }
    }
    done.ids()
}

//! Finished explorations, one file each: an interrupted comparison loses nothing but what was under way.

use super::label::Named;
use super::plan::{Case, fingerprint};
use crate::run::{Enrichment, Played, RunError, write_whole};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// One exploration of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Name of the case.
    pub case: String,
    /// Label of the strategy.
    pub strategy: String,
    /// Seed.
    pub seed: u64,
    /// What came of it.
    pub played: Played,
    /// Where the picks went, where boundaries are known; for shuffled targets where the strategy believed to measure.
    pub enrichment: Option<Enrichment>,
    /// Normalised simple regret after each measurement; empty where the truth does not vary.
    pub regret: Vec<f64>,
}

/// Which tiptwin made a folder. Another build may explore differently under the same version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Maker {
    version: String,
    build: String,
}

/// The folder of a comparison.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens the folder; what is in it is continued. A folder that another build of tiptwin began is refused: its explorations
    /// would be compared with this one's as if nothing had changed between them.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        let tasks = folder.join("explorations");
        let known = folder.join("made-by.json");
        let me = Maker { version: env!("CARGO_PKG_VERSION").into(), build: build() };
        if let Ok(text) = fs::read_to_string(&known) {
            let other: Maker = serde_json::from_str(&text).map_err(|e| {
                RunError::Input(format!("{} cannot be read: {e}; accepted: another folder with --out", known.display()))
            })?;
            if other != me {
                let what = if other.version == me.version { "another build" } else { "another version" };
                return Err(RunError::Input(format!(
                    "{} holds explorations by {what} of tiptwin ({}, build {}; this is {}, build {}), which may explore differently; \
                     accepted: another folder with --out, or this one emptied",
                    folder.display(),
                    other.version,
                    other.build,
                    me.version,
                    me.build
                )));
            }
        }
        fs::create_dir_all(&tasks).map_err(crate::run::io_error("create", &tasks))?;
        write_whole(&known, to_json(&me)?.as_bytes())?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// A folder of this build's own inside `folder`: for gates, whose purpose is to see one build after the other.
    pub fn of_this_build(folder: &Path) -> Result<Self, RunError> {
        Self::open(&folder.join(format!("{}-{}", env!("CARGO_PKG_VERSION"), build())))
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The name of an exploration: a hash of everything that decides its outcome, so that a changed scenario, recording or
    /// version is never mistaken for one that was played.
    pub(super) fn key(case: &Case, named: &Named, seed: u64, points: &[usize]) -> String {
        let mut hash = Sha256::new();
        let alteration = named.alteration.map(super::Alteration::name);
        let build = (env!("CARGO_PKG_VERSION"), &named.strategy, &named.acquisition, alteration, seed, points);
        hash.update(format!("{build:?}").as_bytes());
        hash.update(fingerprint(case));
        hex(&hash.finalize()[..10])
    }

    pub(super) fn read(&self, key: &str) -> Option<Outcome> {
        serde_json::from_str(&fs::read_to_string(self.file(key)).ok()?).ok()
    }

    /// Keeps an outcome and returns it as it will be read: numbers that went through a file once must not differ from those that did
    /// not, or a continued comparison would not equal one in a single go.
    pub(super) fn write(&self, key: &str, outcome: &Outcome) -> Result<Outcome, RunError> {
        let text = to_json(outcome)?;
        write_whole(&self.file(key), text.as_bytes())?;
        serde_json::from_str(&text).map_err(|e| {
            RunError::Input(format!("{}, seed {}: an outcome cannot be kept: {e}", outcome.strategy, outcome.seed))
        })
    }

    fn file(&self, key: &str) -> PathBuf {
        self.folder.join("explorations").join(format!("{key}.json"))
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<String, RunError> {
    serde_json::to_string(value).map_err(|e| RunError::Input(format!("cannot be written as JSON: {e}")))
}

/// A hash of the program that is running; empty where it cannot read itself.
pub(crate) fn build() -> String {
    let bytes = std::env::current_exe().and_then(fs::read).unwrap_or_default();
    if bytes.is_empty() {
        return String::new();
    }
    hex(&Sha256::digest(&bytes)[..6])
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

//! Finished explorations, one file each: an interrupted comparison loses nothing but what was under way.

use super::plan::{Case, Named, fingerprint};
use crate::run::{Enrichment, FolderError, Played, RunError, write_whole};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
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
    /// Where the picks went, where boundaries are known.
    pub enrichment: Option<Enrichment>,
}

/// The folder of a comparison.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens the folder; what is in it is continued.
    pub fn open(folder: &Path) -> Result<Self, FolderError> {
        let tasks = folder.join("explorations");
        fs::create_dir_all(&tasks).map_err(crate::run::io_error("create", &tasks))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The name of an exploration: a hash of everything that decides its outcome, so that a changed scenario, recording or
    /// version is never mistaken for one that was played.
    pub(super) fn key(case: &Case, named: &Named, seed: u64, points: &[usize]) -> String {
        let mut hash = Sha256::new();
        let build = (env!("CARGO_PKG_VERSION"), &named.strategy, &named.acquisition, seed, points);
        hash.update(format!("{build:?}").as_bytes());
        hash.update(fingerprint(case));
        hash.finalize().iter().take(10).map(|b| format!("{b:02x}")).collect()
    }

    pub(super) fn read(&self, key: &str) -> Option<Outcome> {
        serde_json::from_str(&fs::read_to_string(self.file(key)).ok()?).ok()
    }

    pub(super) fn write(&self, key: &str, outcome: &Outcome) -> Result<(), RunError> {
        let text = serde_json::to_string(outcome).map_err(|e| RunError::Input(e.to_string()))?;
        Ok(write_whole(&self.file(key), text.as_bytes())?)
    }

    fn file(&self, key: &str) -> PathBuf {
        self.folder.join("explorations").join(format!("{key}.json"))
    }
}

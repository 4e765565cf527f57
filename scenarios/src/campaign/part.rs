//! Parts: what a worker writes at a checkpoint.
//!
//! A part is three files, each of which appears under its name only when it is whole and on the disk: scores as Parquet, the same
//! explorations in full as JSON lines, and last a marker that counts and hashes them. Files without a marker are nobody's result.

use super::manifest::{Campaign, Frozen};
use super::task::TaskId;
use super::{names, table};
use crate::compare::{Outcome, hex};
use crate::gate::speed::kernels::features_found;
use crate::run::{RunError, io_error, write_whole};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Version of the marker's fields.
pub(super) const SCHEMA: u32 = 1;

/// A finished task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Name of the task.
    pub task: String,
    /// Seconds of one core that its exploration took.
    pub play_s: f64,
    /// Seconds of one core for film, truth and images, at the first task that needed them; otherwise 0.
    pub prepare_s: f64,
    /// What came of it.
    pub outcome: Outcome,
}

/// A task that cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Name of the task.
    pub task: String,
    /// Why.
    pub message: String,
}

/// Who writes: one process, once.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Name of the shard that it works on.
    pub shard: String,
    /// Name that no other attempt has; later attempts sort after earlier ones.
    pub name: String,
}

impl Attempt {
    /// This process, now.
    pub fn new(shard: impl Into<String>) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host: String = host.trim().chars().filter(char::is_ascii_alphanumeric).collect();
        let node = std::env::var("SLURMD_NODENAME").unwrap_or(host);
        let name = format!("{}.{:09}-{node}-{}", since.as_secs(), since.subsec_nanos(), std::process::id());
        Self { shard: shard.into(), name }
    }
}

/// The marker of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) schema: u32,
    #[serde(flatten)]
    pub(super) frozen: Frozen,
    /// What the processor can do: libraries choose their instructions by it.
    pub(super) machine: String,
    pub(super) shard: String,
    pub(super) attempt: String,
    /// Names of the finished tasks, in the order of the lines.
    pub(super) tasks: Vec<String>,
    pub(super) failures: Vec<Failure>,
    /// Rows of the Parquet file.
    pub(super) rows: usize,
    pub(super) outcomes: Written,
    pub(super) parquet: Written,
    /// Explorations and seconds by strategy.
    pub(super) played: BTreeMap<String, Spent>,
    /// Films and truths made, and seconds.
    pub(super) prepared: Spent,
    /// When it was written, in seconds since 1970.
    pub(super) at_s: u64,
}

/// A file of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    /// Relative to the campaign's folder.
    pub(super) file: PathBuf,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// How often something was done, and how long that took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Spent {
    pub(super) count: usize,
    pub(super) seconds: f64,
}

impl Spent {
    pub(super) fn add(&mut self, count: usize, seconds: f64) {
        self.count += count;
        self.seconds += seconds;
    }

    pub(super) fn mean_s(&self) -> f64 {
        self.seconds / self.count.max(1) as f64
    }
}

/// Writes a part and returns once it is complete. An outcome that would not come back from its file is a failure.
pub fn write(
    campaign: &Campaign,
    attempt: &Attempt,
    number: usize,
    records: Vec<Record>,
    mut failures: Vec<Failure>,
) -> Result<(), RunError> {
    let mut lines = String::new();
    let mut kept = Vec::with_capacity(records.len());
    for record in records {
        let line = serde_json::to_string(&record).map_err(|e| e.to_string());
        match line.and_then(|l| serde_json::from_str::<Record>(&l).map(|r| (l, r)).map_err(|e| e.to_string())) {
            Ok((line, record)) => {
                lines.push_str(&line);
                lines.push('\n');
                kept.push(record);
            }
            Err(e) => failures.push(Failure { task: record.task, message: format!("cannot be kept: {e}") }),
        }
    }
    if kept.is_empty() && failures.is_empty() {
        return Ok(());
    }
    let name = format!("{}-{number:04}", attempt.name);
    let folder = Path::new(names::RESULTS).join(format!("shard={}", attempt.shard));
    let whole = campaign.folder.join(&folder);
    fs::create_dir_all(&whole).map_err(io_error("create", &whole))?;
    let (parquet, rows) = table::part(campaign, &attempt.name, &kept);
    let parquet = put(campaign, folder.join(format!("{name}.parquet")), &parquet)?;
    let outcomes = put(campaign, Path::new(names::OUTCOMES).join(format!("{name}.jsonl")), lines.as_bytes())?;
    let (mut played, mut prepared) = (BTreeMap::<String, Spent>::new(), Spent::default());
    for record in &kept {
        played.entry(record.outcome.strategy.clone()).or_default().add(1, record.play_s);
        prepared.add(usize::from(record.prepare_s > 0.0), record.prepare_s);
    }
    let done = Done {
        schema: SCHEMA,
        frozen: campaign.manifest.frozen.clone(),
        machine: features_found(),
        shard: attempt.shard.clone(),
        attempt: attempt.name.clone(),
        tasks: kept.into_iter().map(|r| r.task).collect(),
        failures,
        rows,
        outcomes,
        parquet,
        played,
        prepared,
        at_s: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
    };
    let json = serde_json::to_string(&done).map_err(|e| RunError::Input(e.to_string()))?;
    write_whole(&campaign.folder.join(names::DONE).join(format!("{name}.json")), json.as_bytes())?;
    Ok(())
}

fn put(campaign: &Campaign, file: PathBuf, bytes: &[u8]) -> Result<Written, RunError> {
    write_whole(&campaign.folder.join(&file), bytes)?;
    Ok(Written { file, bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) })
}

impl Done {
    /// Names of its tasks; an error where one is no name.
    pub(super) fn ids(&self) -> Result<Vec<TaskId>, String> {
        self.tasks.iter().map(|t| t.parse()).collect()
    }
}

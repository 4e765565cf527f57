//! What was handed to a cluster: which tasks each array element plays.

use super::manifest::Campaign;
use super::names;
use super::task::Task;
use crate::run::{RunError, io_error, write_whole};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

/// Version of these fields.
const SCHEMA: u32 = 1;

/// Shards, and the arrays that play them; `submissions/0001/submission.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    schema: u32,
    /// Which one, from 1.
    pub number: usize,
    /// The manifest's tasks that shards count in.
    tasks_sha256: String,
    /// For each shard, ranges of places in the manifest's order: first, and one past the last.
    shards: Vec<Vec<[usize; 2]>>,
    /// Job arrays; none before they are handed over.
    pub arrays: Vec<Array>,
}

/// A job array of Slurm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Array {
    /// Shard of its element 0.
    pub offset: usize,
    /// Elements.
    pub count: usize,
    /// Job id.
    pub job: u64,
}

/// Cuts tasks into shards of about `aim_s` by their expected seconds, or of `count` tasks. A film is not cut unless it alone is too much.
pub fn cut(todo: &[Task], seconds: impl Fn(&Task) -> f64, aim_s: f64, count: Option<usize>) -> Vec<Vec<Task>> {
    let mut shards: Vec<Vec<Task>> = Vec::new();
    let mut filled = f64::INFINITY;
    for film in todo.chunk_by(|a, b| (a.family, a.seed) == (b.family, b.seed)) {
        let whole: f64 = film.iter().map(&seconds).sum();
        let fits = |shard: &[Task], filled: f64| match count {
            Some(count) => shard.len() + film.len() <= count,
            None => filled < aim_s,
        };
        let too_much = match count {
            Some(count) => film.len() > count,
            None => whole > 2.0 * aim_s,
        };
        match shards.last_mut() {
            Some(last) if !too_much && fits(last, filled) => {
                last.extend(film);
                filled += whole;
            }
            _ if too_much => {
                let each = count.unwrap_or_else(|| (film.len() as f64 * aim_s / whole).ceil() as usize).max(1);
                shards.extend(film.chunks(each).map(<[Task]>::to_vec));
                filled = f64::INFINITY;
            }
            _ => {
                shards.push(film.to_vec());
                filled = whole;
            }
        }
    }
    shards
}

impl Submission {
    /// Writes the shards of a new submission.
    pub fn new(campaign: &Campaign, shards: &[Vec<Task>]) -> Result<Self, RunError> {
        // A task with two labels is played where it stands first.
        let mut places: HashMap<_, usize> = HashMap::new();
        for (i, task) in campaign.tasks.iter().enumerate() {
            places.entry(task.id).or_insert(i);
        }
        let ranges = |shard: &Vec<Task>| {
            let mut ranges: Vec<[usize; 2]> = Vec::new();
            for place in shard.iter().filter_map(|t| places.get(&t.id).copied()) {
                match ranges.last_mut() {
                    Some(last) if last[1] == place => last[1] += 1,
                    _ => ranges.push([place, place + 1]),
                }
            }
            ranges
        };
        let number = Self::all(campaign)?.last().map_or(1, |s| s.number + 1);
        let made = Self {
            schema: SCHEMA,
            number,
            tasks_sha256: campaign.manifest.tasks_sha256.clone(),
            shards: shards.iter().map(ranges).collect(),
            arrays: Vec::new(),
        };
        let log = made.folder(campaign).join("log");
        fs::create_dir_all(&log).map_err(io_error("create", &log))?;
        made.write(campaign)?;
        Ok(made)
    }

    /// Where it and its scripts lie.
    pub fn folder(&self, campaign: &Campaign) -> PathBuf {
        campaign.folder.join(names::SUBMISSIONS).join(format!("{:04}", self.number))
    }

    /// Keeps it.
    pub fn write(&self, campaign: &Campaign) -> Result<(), RunError> {
        let json = serde_json::to_string(self).map_err(|e| RunError::Input(e.to_string()))?;
        Ok(write_whole(&self.folder(campaign).join("submission.json"), json.as_bytes())?)
    }

    /// All of a campaign, in their order.
    pub fn all(campaign: &Campaign) -> Result<Vec<Self>, RunError> {
        let folder = campaign.folder.join(names::SUBMISSIONS);
        let entries = fs::read_dir(&folder).map_err(io_error("read", &folder))?;
        let mut files: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path().join("submission.json"))).collect();
        files.retain(|f| f.is_file());
        files.sort();
        let read = |path: &PathBuf| -> Result<Self, RunError> {
            let text = fs::read_to_string(path).map_err(io_error("read", path))?;
            serde_json::from_str(&text).map_err(|e| RunError::Input(format!("{}: {e}", path.display())))
        };
        files.iter().map(read).collect()
    }

    /// How many shards it has.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Whether it counts in the manifest that there is now.
    pub fn is_of(&self, campaign: &Campaign) -> bool {
        self.tasks_sha256 == campaign.manifest.tasks_sha256
    }

    /// The tasks of a shard.
    pub fn tasks<'c>(&self, campaign: &'c Campaign, shard: usize) -> Result<Vec<&'c Task>, RunError> {
        if !self.is_of(campaign) {
            return Err(RunError::Input(format!(
                "{} was planned anew since submission {}; accepted: \"tiptwin campaign retry\" for what is missing now",
                campaign.folder.display(),
                self.number
            )));
        }
        let ranges = self.shards.get(shard).ok_or_else(|| {
            RunError::Input(format!(
                "submission {} has no shard {shard}; accepted: 0 to {}",
                self.number,
                self.shards.len().saturating_sub(1)
            ))
        })?;
        Ok(ranges.iter().flat_map(|&[from, to]| &campaign.tasks[from..to]).collect())
    }
}

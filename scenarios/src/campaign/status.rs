//! How far a campaign is.

use super::inventory::{Inventory, Trouble};
use super::manifest::Campaign;
use super::part::Failure;
use super::slurm;
use super::submission::Submission;
use crate::run::RunError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds of the past that the present pace is read from.
const WINDOW_S: u64 = 600;

/// How far a campaign is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Name.
    pub campaign: String,
    /// Explorations.
    pub tasks: usize,
    /// Finished.
    pub finished: usize,
    /// By strategy: label, finished, all.
    pub strategies: Vec<(String, usize, usize)>,
    /// Tasks that could not be played.
    pub failures: Vec<Failure>,
    /// Results beyond the first of a task.
    pub duplicates: usize,
    /// Parts whose files are not what was written.
    pub damaged: Vec<Trouble>,
    /// Parts of another version, build or device.
    pub foreign: Vec<Trouble>,
    /// Shards in the queue of the cluster, by Slurm's word.
    pub queue: BTreeMap<String, usize>,
    /// Finished in the last ten minutes.
    pub recent: usize,
    /// Seconds left at that pace, where there is one.
    pub left_s: Option<f64>,
}

/// Looks at markers and queue. Files are compared by size; `collect` hashes them.
pub fn status(campaign: &Campaign) -> Result<Status, RunError> {
    let inventory = Inventory::take(campaign, false)?;
    let mut queue = BTreeMap::new();
    for shard in slurm::queued(&Submission::all(campaign)?)? {
        *queue.entry(shard.state).or_insert(0) += 1;
    }
    let of = |i: usize, label: &str| {
        let own = || campaign.tasks.iter().filter(move |t| t.strategy as usize == i);
        (label.to_owned(), own().filter(|t| inventory.finished.contains_key(&t.id)).count(), own().count())
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let recent = inventory.parts.values().filter(|d| d.at_s + WINDOW_S >= now);
    let recent: usize = recent.map(|d| d.tasks.len()).sum();
    let (tasks, missing) = (campaign.tasks.len(), inventory.missing(campaign).len());
    let begun = inventory.parts.values().map(|d| d.at_s).min().unwrap_or(now);
    let over = (now - begun.max(now.saturating_sub(WINDOW_S)).min(now)).max(1);
    Ok(Status {
        campaign: campaign.manifest.name.clone(),
        tasks,
        finished: campaign.tasks.iter().filter(|t| inventory.finished.contains_key(&t.id)).count(),
        strategies: campaign.plan.strategies.iter().enumerate().map(|(i, s)| of(i, &s.label)).collect(),
        duplicates: inventory.duplicates(),
        failures: inventory.failures,
        damaged: inventory.damaged,
        foreign: inventory.foreign,
        queue,
        recent,
        left_s: (recent > 0 && missing > 0).then(|| missing as f64 * over as f64 / recent as f64),
    })
}

impl Status {
    /// As a person reads it.
    pub fn text(&self) -> String {
        let mut out = format!("{}: {} of {} explorations are finished\n", self.campaign, self.finished, self.tasks);
        for (label, finished, tasks) in &self.strategies {
            let _ = writeln!(out, "  {label}: {finished} of {tasks}");
        }
        for (state, shards) in &self.queue {
            let _ = writeln!(out, "  queue: {shards} shards {}", state.to_lowercase());
        }
        if let Some(left_s) = self.left_s {
            let _ = writeln!(
                out,
                "  {} in the last ten minutes; at that pace {:.0} min are left",
                self.recent,
                left_s / 60.0
            );
        }
        if let Some(first) = self.failures.first() {
            let _ = writeln!(out, "  {} cannot be played, such as {}", self.failures.len(), first.message);
        }
        if self.duplicates > 0 {
            let _ = writeln!(out, "  {} results are there twice (collect takes one)", self.duplicates);
        }
        for (what, parts) in [("damaged", &self.damaged), ("of another program", &self.foreign)] {
            for Trouble { part, why } in parts {
                let _ = writeln!(out, "  {what} and left out: {part}: {why}");
            }
        }
        out
    }
}

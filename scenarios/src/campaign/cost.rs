//! What a campaign costs, from explorations that were played: core-hours, storage, shape of the array.

use super::inventory::Inventory;
use super::manifest::Campaign;
use super::part::{Attempt, Spent};
use super::task::Task;
use super::worker::{Worked, work};
use crate::progress::Progress;
use crate::run::{RunError, Stopper};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

/// Seeds that a pilot plays, and cases that it plays them on.
const PILOT_SEEDS: usize = 3;
const PILOT_CASES: u32 = 4;

/// Cost of a campaign, extrapolated from what is finished.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Explorations.
    pub tasks: usize,
    /// Cost by strategy.
    pub strategies: Vec<StrategyCost>,
    /// Films (or readings of a recording) with their truths, each shared by the strategies of a seed.
    pub films: usize,
    /// Seconds for one.
    pub film_s: f64,
    /// Bytes that one exploration leaves.
    pub bytes_per_task: f64,
    /// All of it on one core, in hours.
    pub core_h: f64,
    /// All of it on the disk, in gigabytes.
    pub storage_gb: f64,
    /// Explorations of an array element of `minutes_per_shard`.
    pub tasks_per_shard: usize,
    /// Aim of an array element in minutes.
    pub minutes_per_shard: f64,
    /// Array elements.
    pub shards: usize,
}

/// Cost of one strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrategyCost {
    /// Label.
    pub strategy: String,
    /// Explorations in the campaign.
    pub tasks: usize,
    /// Explorations that were timed.
    pub timed: usize,
    /// Mean seconds of one.
    pub mean_s: f64,
}

/// Plays a few explorations of every strategy that has none yet. They are results like any other.
pub fn pilot(campaign: &Campaign, progress: Progress, stop: &Stopper) -> Result<Worked, RunError> {
    let inventory = Inventory::take(campaign, false)?;
    let spent = inventory.spent().0;
    let timed: HashSet<&str> = spent.keys().copied().collect();
    if campaign.plan.strategies.iter().all(|s| timed.contains(s.label.as_str())) {
        return Ok(Worked::default());
    }
    let seeds: HashSet<u64> = campaign.plan.seeds.iter().take(PILOT_SEEDS).copied().collect();
    let mut todo = inventory.missing(campaign);
    todo.retain(|t| t.case < PILOT_CASES && seeds.contains(&t.seed));
    // A strategy whose tasks are all another label's has nothing to play.
    if todo.is_empty() {
        return Ok(Worked::default());
    }
    progress.stage(&format!("timing {} explorations on one core", todo.len()));
    work(campaign, &todo, &Attempt::new("pilot"), 1, progress, stop)
}

impl Estimate {
    /// What finished explorations say about all; `None` while there are none.
    pub fn new(campaign: &Campaign, inventory: &Inventory) -> Option<Self> {
        let (played, prepared, bytes) = inventory.spent();
        let finished: usize = played.values().map(|s| s.count).sum();
        if finished == 0 {
            return None;
        }
        let strategies: Vec<StrategyCost> = campaign
            .plan
            .strategies
            .iter()
            .enumerate()
            .map(|(i, named)| {
                let spent = spent_of(&played, &named.label);
                StrategyCost {
                    strategy: named.label.clone(),
                    tasks: campaign.tasks.iter().filter(|t| t.strategy as usize == i).count(),
                    timed: spent.count,
                    mean_s: spent.mean_s(),
                }
            })
            .collect();
        let films = campaign.tasks.iter().map(|t| (t.case, t.seed)).collect::<HashSet<_>>().len();
        let film_s = prepared.mean_s();
        let tasks = campaign.tasks.len();
        let seconds = films as f64 * film_s + strategies.iter().map(|s| s.tasks as f64 * s.mean_s).sum::<f64>();
        let settings = campaign.settings();
        let aim = settings.minutes_per_shard * 60.0 * tasks as f64 / seconds.max(1e-9);
        let tasks_per_shard = settings.tasks_per_shard.unwrap_or(aim.ceil() as usize).clamp(1, tasks);
        let bytes_per_task = bytes as f64 / finished as f64;
        Some(Self {
            tasks,
            strategies,
            films,
            film_s,
            bytes_per_task,
            core_h: seconds / 3600.0,
            storage_gb: bytes_per_task * tasks as f64 / 1e9,
            tasks_per_shard,
            minutes_per_shard: settings.minutes_per_shard,
            shards: tasks.div_ceil(tasks_per_shard),
        })
    }

    /// The same mixture of explorations, `tasks` of them.
    #[must_use]
    pub fn scaled(&self, tasks: usize) -> Self {
        let factor = tasks as f64 / self.tasks as f64;
        let count = |n: usize| (n as f64 * factor).round() as usize;
        let strategies = self.strategies.iter().map(|s| StrategyCost { tasks: count(s.tasks), ..s.clone() }).collect();
        let per_shard = self.minutes_per_shard / 60.0 * self.tasks as f64 / self.core_h.max(1e-12);
        let tasks_per_shard = (per_shard.ceil() as usize).clamp(1, tasks.max(1));
        Self {
            tasks,
            strategies,
            films: count(self.films),
            core_h: self.core_h * factor,
            storage_gb: self.storage_gb * factor,
            tasks_per_shard,
            shards: tasks.div_ceil(tasks_per_shard),
            ..*self
        }
    }

    /// The arithmetic, line by line.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{} explorations on {} films:", self.tasks, self.films);
        for s in &self.strategies {
            let total_h = s.tasks as f64 * s.mean_s / 3600.0;
            let _ = writeln!(
                out,
                "  {:9} × {:8.3} s = {:10.3} core-hours   {} (mean of {} played)",
                s.tasks, s.mean_s, total_h, s.strategy, s.timed
            );
        }
        let films_h = self.films as f64 * self.film_s / 3600.0;
        let _ = writeln!(
            out,
            "  {:9} × {:8.3} s = {films_h:10.3} core-hours   films with their truths",
            self.films, self.film_s
        );
        let _ = writeln!(
            out,
            "  together {:.3} core-hours, {:.3} s an exploration",
            self.core_h,
            self.core_h * 3600.0 / self.tasks as f64
        );
        let _ =
            writeln!(out, "  storage {} × {:.1} kB = {:.3} GB", self.tasks, self.bytes_per_task / 1e3, self.storage_gb);
        let _ = writeln!(
            out,
            "  array   {} / {} = {} elements of {:.0} minutes each",
            self.tasks, self.tasks_per_shard, self.shards, self.minutes_per_shard
        );
        out
    }
}

/// Expected seconds of a task: its strategy's mean, and its share of the film.
pub(crate) fn expected_seconds(campaign: &Campaign, inventory: &Inventory) -> impl Fn(&Task) -> f64 {
    let (played, prepared, _) = inventory.spent();
    let film_s = prepared.mean_s() / campaign.plan.strategies.len().max(1) as f64;
    let means: Vec<f64> = campaign.plan.strategies.iter().map(|s| spent_of(&played, &s.label).mean_s()).collect();
    move |task| means[task.strategy as usize] + film_s
}

fn spent_of(played: &BTreeMap<&str, Spent>, label: &str) -> Spent {
    played.get(label).copied().unwrap_or_default()
}

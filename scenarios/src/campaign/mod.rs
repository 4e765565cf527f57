//! Campaigns: thousands of explorations on one machine or on a cluster, and one table in the end.
//!
//! A [`Campaign`] is a folder with a manifest: a comparison's plan, frozen, whose tasks have names made of everything that decides their
//! result. Whoever plays tasks ([`work()`]) writes what is finished as parts: Parquet, its raw outcomes, and last a marker with counts and
//! hashes. Nothing else is shared, so workers may die, overlap and be repeated: [`Inventory`] says what is finished, and [`collect()`] takes
//! one complete result of every task and hands them to `compare`'s statistics. [`Submission`] spreads what is missing over the
//! elements of Slurm job arrays ([`slurm`]); [`Estimate`] says what that costs.

mod collect;
mod cost;
mod inventory;
mod lock;
mod manifest;
mod part;
pub mod slurm;
mod status;
mod stopwatch;
mod submission;
mod table;
mod task;
mod worker;

pub use collect::{Collected, collect};
pub(crate) use cost::expected_seconds;
pub use cost::{Estimate, StrategyCost, pilot};
pub use inventory::{Inventory, Trouble};
pub use lock::Lock;
pub use manifest::{Campaign, Frozen, Manifest};
pub use part::{Attempt, Failure, Record, write as write_part};
pub use status::{Status, status};
pub use submission::{Array, Submission, cut};
pub use task::{Task, TaskId};
pub use worker::{Worked, work};

/// Names of what a campaign folder holds.
pub mod names {
    /// The frozen plan.
    pub const MANIFEST: &str = "campaign.json";
    /// Every task, for queries.
    pub const TASKS: &str = "tasks.parquet";
    /// Scores of finished explorations, a folder a shard.
    pub const RESULTS: &str = "results";
    /// The same explorations in full, for `collect`.
    pub const OUTCOMES: &str = "outcomes";
    /// What is complete.
    pub const DONE: &str = "done";
    /// What was handed to a cluster.
    pub const SUBMISSIONS: &str = "submissions";
    /// The collected scores, a folder a case and strategy.
    pub const TABLE: &str = "table";
    /// What collecting found.
    pub const COLLECTED: &str = "collected.json";
    /// The statistics of the comparison.
    pub const COMPARISON: &str = "comparison.json";
    /// The page of the comparison.
    pub const PAGE: &str = "compare.html";
}

//! The arguments of `tiptwin campaign`.

use super::args::device;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use tiptwin_core::net::ComputeDevice;

#[derive(Debug, Args)]
pub(super) struct CampaignArgs {
    #[command(subcommand)]
    pub(super) command: CampaignCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CampaignCommand {
    /// Expand scenarios into a manifest of tasks
    Plan {
        #[command(flatten)]
        source: PlanArgs,
        /// Time a few explorations and say what all of them need
        #[arg(long)]
        cost: bool,
        /// With --cost: what so many explorations of this mixture need, too
        #[arg(long, value_name = "N", requires = "cost")]
        scale: Option<usize>,
    },
    /// Play what is missing on the cores of this machine; plans first if given scenarios
    Run {
        #[command(flatten)]
        source: PlanArgs,
    },
    /// Hand what is missing to Slurm, as arrays of shards
    Submit {
        /// Folder of the campaign
        folder: PathBuf,
        /// Show the scripts and hand over nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Hand over again what is missing and not in the queue
    Retry {
        /// Folder of the campaign
        folder: PathBuf,
        /// Show the scripts and hand over nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Play one shard of a submission: what array elements do
    Work {
        /// Folder of the campaign
        folder: PathBuf,
        /// Number of the submission
        #[arg(long, value_name = "N")]
        submission: usize,
        /// Shard of it
        #[arg(long, value_name = "N")]
        shard: usize,
    },
    /// Say how far it is
    Status {
        /// Folder of the campaign
        folder: PathBuf,
    },
    /// Take one result of every task: table, statistics and page
    Collect {
        /// Folder of the campaign
        folder: PathBuf,
        /// Do it without the explorations that are missing
        #[arg(long)]
        partial: bool,
    },
}

/// What is planned, and where.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Scenario files, with axes in [compare]; or, for run, the folder of a campaign
    #[arg(required = true, value_name = "SCENARIO")]
    pub(super) scenarios: Vec<PathBuf>,
    /// Folder for the campaign [default: out/NAME]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Strategies, such as tiptwin or tiptwin/random; the first is what the others are compared with
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(super) strategies: Vec<String>,
    /// Seeds, such as 0..999
    #[arg(long, value_name = "SEEDS")]
    pub(super) seeds: Option<String>,
    /// Override a key of every scenario; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Where networks are computed
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    pub(super) device: ComputeDevice,
}

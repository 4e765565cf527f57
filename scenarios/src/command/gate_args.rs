//! The arguments of `tiptwin gate`.

use super::args::device;
use super::gate::{margin, share};
use crate::gate::Measure;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use tiptwin_core::net::ComputeDevice;

#[derive(Debug, Args)]
pub(super) struct GateArgs {
    #[command(subcommand)]
    pub(super) command: GateCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum GateCommand {
    /// Play a pilot, derive thresholds from it, and record what this build reaches
    Calibrate {
        #[command(flatten)]
        shop: GateShop,
        /// Strategy to guard
        #[arg(long, value_name = "NAME", default_value = "tiptwin/max-variance")]
        strategy: String,
        /// Seeds that thresholds are derived from
        #[arg(long, value_name = "SEEDS", default_value = "1000..1079")]
        calibration_seeds: String,
        /// First of the seeds that are judged
        #[arg(long, value_name = "N", default_value_t = 0)]
        first_seed: u64,
        /// Most films that a check may play
        #[arg(long, value_name = "N", default_value_t = 60)]
        most: usize,
        /// Loss that does not matter, such as r2=0.1, coverage_error=0.05 or uncertainty_rank=0.15; can be repeated
        #[arg(long, value_name = "NAME=VALUE", value_parser = margin)]
        margin: Vec<(Measure, f64)>,
        /// Chance of a false alarm, all quantities together
        #[arg(long, value_name = "P", default_value_t = 0.001, value_parser = share)]
        alarm: f64,
        /// Chance of catching a loss as large as the margin
        #[arg(long, value_name = "P", default_value_t = 0.95, value_parser = share)]
        power: f64,
        /// File for the gate
        #[arg(long, value_name = "FILE", default_value = "gate.toml")]
        out: PathBuf,
    },
    /// Play the judged films and say pass, inconclusive or fail (exit code 4)
    Check {
        /// File of the gate
        gate: PathBuf,
        #[command(flatten)]
        shop: GateShop,
        /// Strategy to play instead of the gate's own
        #[arg(long, value_name = "NAME")]
        strategy: Option<String>,
        /// File that a Markdown summary is added to
        #[arg(long, value_name = "FILE")]
        summary: Option<PathBuf>,
    },
    /// Plant faults and count how many checks find them, beside false alarms
    Faults {
        /// File of the gate
        gate: PathBuf,
        #[command(flatten)]
        shop: GateShop,
        /// Films that every fault is played on
        #[arg(long, value_name = "N", default_value_t = 100)]
        films: usize,
        /// Checks to draw from them
        #[arg(long, value_name = "N", default_value_t = 1000)]
        checks: usize,
        /// File that the table is added to, in Markdown
        #[arg(long, value_name = "FILE")]
        summary: Option<PathBuf>,
    },
    /// Does this build take more instructions than a recorded one? Needs valgrind
    Speed(SpeedArgs),
}

#[derive(Debug, Args)]
pub(super) struct SpeedArgs {
    #[command(subcommand)]
    pub(super) command: SpeedCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum SpeedCommand {
    /// Count the instructions of every kernel and keep them
    Record {
        /// Growth of a count that does not matter, as a share
        #[arg(long, value_name = "SHARE", default_value_t = 0.25, value_parser = share)]
        margin: f64,
        /// File for the counts
        #[arg(long, value_name = "FILE", default_value = "speed.toml")]
        out: PathBuf,
    },
    /// Count again and say pass, fail (exit code 4) or, on another kind of machine, not judged
    Check {
        /// File of the record
        record: PathBuf,
        /// File for the counts as a JSON list that dashboards read
        #[arg(long, value_name = "FILE")]
        list: Option<PathBuf>,
        /// File that a Markdown summary is added to
        #[arg(long, value_name = "FILE")]
        summary: Option<PathBuf>,
    },
    /// Plant slowdowns and say which are caught
    Faults {
        /// File of the record
        record: PathBuf,
    },
    /// Do the work of one kernel: what is run inside valgrind
    #[command(hide = true)]
    Kernel {
        /// Name of the kernel
        name: String,
        /// Do it with its planted slowdown
        #[arg(long)]
        slow: bool,
    },
    /// Name the processor's extensions: what is run inside valgrind
    #[command(hide = true)]
    Features,
}

/// Where and how a gate plays.
#[derive(Debug, Args)]
pub(super) struct GateShop {
    /// Scenario file
    pub(super) scenario: PathBuf,
    /// Override a key of the scenario; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Folder for finished explorations
    #[arg(long, value_name = "DIR", default_value = "out/gate")]
    pub(super) work: PathBuf,
    /// Where networks are computed
    #[arg(long, value_name = "NAME", default_value = "flex", value_parser = device)]
    pub(super) device: ComputeDevice,
}

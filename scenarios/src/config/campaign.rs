//! The table `[campaign]`: how thousands of explorations are spread over machines. Nothing in it changes a result.

use super::reader::Reader;

/// How a campaign is cut up and where it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Work that one array element should hold, in minutes of one core.
    pub minutes_per_shard: f64,
    /// Explorations of an array element, instead of what their measured cost says.
    pub tasks_per_shard: Option<usize>,
    /// How often finished explorations are written down, in seconds.
    pub checkpoint_s: f64,
    /// What the cluster is asked for.
    pub slurm: Slurm,
}

/// What a Slurm cluster is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Slurm {
    /// Partition; `None`: the cluster's own default, as for every option here.
    pub partition: Option<String>,
    /// Account.
    pub account: Option<String>,
    /// Features that nodes must have.
    pub constraint: Option<String>,
    /// Time limit of an array element in minutes; `None`: four times the aim of a shard.
    pub time_min: Option<u64>,
    /// Memory of an array element in megabytes.
    pub memory_mb: u64,
    /// Cores of an array element.
    pub cpus: u64,
    /// How long before the time limit the worker is warned, in seconds.
    pub warn_s: u64,
    /// Array elements that may run at a time.
    pub most_running: Option<u64>,
    /// Further `#SBATCH` lines, such as `--qos=long`.
    pub directives: Vec<String>,
    /// Lines of the script before the work, such as `module load …`.
    pub setup: Vec<String>,
}

impl Default for Campaign {
    fn default() -> Self {
        Self { minutes_per_shard: 10.0, tasks_per_shard: None, checkpoint_s: 60.0, slurm: Slurm::default() }
    }
}

impl Default for Slurm {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            constraint: None,
            time_min: None,
            memory_mb: 1000,
            cpus: 1,
            warn_s: 120,
            most_running: None,
            directives: Vec::new(),
            setup: Vec::new(),
        }
    }
}

pub(super) fn read_campaign(r: &Reader<'_>) -> Campaign {
    let default = Campaign::default();
    Campaign {
        minutes_per_shard: r.number("minutes_per_shard", 0.01..=10_000.0, "min").unwrap_or(default.minutes_per_shard),
        tasks_per_shard: r.count("tasks_per_shard", 1..=10_000_000).map(|n| n as usize),
        checkpoint_s: r.number("checkpoint_s", 0.1..=86_400.0, "s").unwrap_or(default.checkpoint_s),
        slurm: r.table("slurm", read_slurm).unwrap_or_default(),
    }
}

fn read_slurm(r: &Reader<'_>) -> Slurm {
    let default = Slurm::default();
    // A line break in one of these would begin a line of its own in the script.
    let one_line = |key: &str| {
        let text = r.text(key);
        if text.as_ref().is_some_and(|t| t.contains(['\n', '\r'])) {
            r.complain(key, "has several lines", "one line".to_owned());
        }
        text
    };
    let lines = |key: &str| {
        let lines = r.texts(key).unwrap_or_default();
        if lines.iter().any(|t| t.contains(['\n', '\r'])) {
            r.complain(key, "holds a text of several lines", "one line a text".to_owned());
        }
        lines
    };
    Slurm {
        partition: one_line("partition"),
        account: one_line("account"),
        constraint: one_line("constraint"),
        time_min: r.count("time_min", 1..=1_000_000),
        memory_mb: r.count("memory_mb", 1..=10_000_000).unwrap_or(default.memory_mb),
        cpus: r.count("cpus", 1..=1024).unwrap_or(default.cpus),
        warn_s: r.count("warn_s", 0..=65_535).unwrap_or(default.warn_s),
        most_running: r.count("most_running", 1..=1_000_000),
        directives: lines("directives"),
        setup: lines("setup"),
    }
}

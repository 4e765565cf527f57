//! Counts of this build against recorded ones.

use super::callgrind::{Machine, instructions};
use super::file::Record;
use super::kernels::{self, Kernel};
use crate::progress::Progress;
use crate::run::{RunError, Stopper};
use serde::Serialize;

/// What a check says about one kernel, or about all; the order is from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No more instructions than the margin allows.
    Pass,
    /// Counted on another kind of machine, or never recorded: shown, not judged.
    NotJudged,
    /// More than the margin allows.
    Fail,
}

impl Verdict {
    /// Its name in a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::NotJudged => "not judged",
            Self::Fail => "fail",
        }
    }
}

/// One kernel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// What it does.
    pub title: String,
    /// Instructions now.
    pub instructions: u64,
    /// Instructions on record.
    pub recorded: Option<u64>,
    /// How far the recorded repeats lay apart.
    pub spread: u64,
    /// Growth as a share of what is recorded.
    pub growth: Option<f64>,
    /// What that means.
    pub verdict: Verdict,
}

/// A whole check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checked {
    /// The worst of all verdicts.
    pub verdict: Verdict,
    /// Growth that does not matter.
    pub margin: f64,
    /// Where it was counted.
    pub machine: Machine,
    /// Where the record was counted.
    pub recorded_on: Machine,
    /// By kernel.
    pub kernels: Vec<Judged>,
}

/// Counts every kernel once.
pub fn check(record: &Record, progress: Progress, stop: &Stopper) -> Result<Checked, RunError> {
    let machine = Machine::here()?;
    let bar = progress.steps("kernels", kernels::ALL.len());
    let one = |(i, kernel): (usize, &Kernel)| {
        stop.check(i)?;
        let counted = instructions(kernel, false)?;
        bar.at(i + 1, kernel.name);
        Ok(judge(record, &machine, kernel, counted))
    };
    let kernels = kernels::ALL.iter().enumerate().map(one).collect::<Result<Vec<_>, RunError>>()?;
    Ok(Checked {
        verdict: kernels.iter().map(|k| k.verdict).max().unwrap_or(Verdict::NotJudged),
        margin: record.margin,
        machine,
        recorded_on: record.machine.clone(),
        kernels,
    })
}

/// What a count means beside the recorded one.
pub fn judge(record: &Record, machine: &Machine, kernel: &Kernel, counted: u64) -> Judged {
    let known = record.kernel.iter().find(|k| k.name == kernel.name);
    let growth = known.map(|k| counted as f64 / k.instructions as f64 - 1.0);
    let verdict = match growth {
        Some(growth) if *machine == record.machine => {
            if growth > record.margin {
                Verdict::Fail
            } else {
                Verdict::Pass
            }
        }
        _ => Verdict::NotJudged,
    };
    Judged {
        name: kernel.name.into(),
        title: kernel.title.into(),
        instructions: counted,
        recorded: known.map(|k| k.instructions),
        spread: known.map_or(0, |k| k.spread),
        growth,
        verdict,
    }
}

/// A kernel with its slowdown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Caught {
    /// What was planted.
    pub planted: String,
    /// What the gate said.
    pub judged: Judged,
}

/// Plants every slowdown and judges it.
pub fn faults(record: &Record, progress: Progress, stop: &Stopper) -> Result<Vec<Caught>, RunError> {
    let machine = Machine::here()?;
    let planted: Vec<(&Kernel, &str)> = kernels::ALL.iter().filter_map(|k| Some((k, k.slow?))).collect();
    let bar = progress.steps("slowdowns", planted.len());
    let one = |(i, (kernel, planted)): (usize, &(&Kernel, &str))| {
        stop.check(i)?;
        let counted = instructions(kernel, true)?;
        bar.at(i + 1, kernel.name);
        Ok(Caught { planted: (*planted).to_owned(), judged: judge(record, &machine, kernel, counted) })
    };
    planted.iter().enumerate().map(one).collect()
}

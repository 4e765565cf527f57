//! The file that counts are kept in.

use super::callgrind::{Machine, instructions};
use super::kernels::{self, Kernel};
use crate::progress::Progress;
use crate::run::{RunError, Stopper};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Version of the file's fields.
const SCHEMA: u32 = 1;

/// Times that each kernel is counted for a record: enough to see whether its count repeats.
const REPEATS: usize = 3;

/// What a build costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of these fields.
    pub schema: u32,
    /// Version of tiptwin.
    pub version: String,
    /// Growth of a count that does not matter, as a share.
    pub margin: f64,
    /// Where the counts were taken.
    pub machine: Machine,
    /// What was counted.
    pub kernel: Vec<Counted>,
}

/// The count of one kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Name of the kernel.
    pub name: String,
    /// Instructions, the middle of the repeats.
    pub instructions: u64,
    /// Largest minus smallest of the repeats.
    pub spread: u64,
}

/// Counts every kernel three times.
pub fn record(margin: f64, progress: Progress, stop: &Stopper) -> Result<Record, RunError> {
    let machine = Machine::here()?;
    let bar = progress.steps("kernels", kernels::ALL.len());
    let one = |(i, kernel): (usize, &Kernel)| {
        stop.check(i)?;
        let mut counts = (0..REPEATS).map(|_| instructions(kernel, false)).collect::<Result<Vec<_>, _>>()?;
        counts.sort_unstable();
        bar.at(i + 1, kernel.name);
        let (instructions, spread) = (counts[REPEATS / 2], counts[REPEATS - 1] - counts[0]);
        Ok(Counted { name: kernel.name.into(), instructions, spread })
    };
    let kernel = kernels::ALL.iter().enumerate().map(one).collect::<Result<_, RunError>>()?;
    Ok(Record { schema: SCHEMA, version: env!("CARGO_PKG_VERSION").into(), margin, machine, kernel })
}

impl Record {
    /// Reads a file and refuses what it cannot judge by.
    pub fn load(path: &Path) -> Result<Self, RunError> {
        let refused = |why: String| RunError::Input(format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|e| refused(format!("cannot be read: {e}")))?;
        let record: Self = toml::from_str(&text).map_err(|e| {
            refused(format!(
                "is not a record: {}; accepted: a file that `tiptwin gate speed record` wrote",
                e.message()
            ))
        })?;
        let here = env!("CARGO_PKG_VERSION");
        if record.schema != SCHEMA || record.version != here {
            return Err(refused(format!(
                "was made by tiptwin {} (fields {}), and this is {here} (fields {SCHEMA}): what is counted may have changed; accepted: a record \
                 made by this version with `tiptwin gate speed record`",
                record.version, record.schema
            )));
        }
        if !(record.margin > 0.0 && record.margin.is_finite()) || record.kernel.iter().any(|k| k.instructions == 0) {
            return Err(refused(format!(
                "has a margin of {} or a count of zero; accepted: positive numbers",
                record.margin
            )));
        }
        Ok(record)
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "# Made by `tiptwin gate speed record`; `tiptwin gate speed check` judges by it. What each key means: scenarios/src/gate/speed/file.rs\n",
        );
        let Machine { valgrind, platform, libc, features } = &self.machine;
        let _ = writeln!(out, "schema = {}\nversion = {:?}\nmargin = {:?}\n", self.schema, self.version, self.margin);
        let _ = writeln!(
            out,
            "[machine]\nvalgrind = {valgrind:?}\nplatform = {platform:?}\nlibc = {libc:?}\nfeatures = {features:?}"
        );
        for k in &self.kernel {
            let Counted { name, instructions, spread } = k;
            let _ = writeln!(out, "\n[[kernel]]\nname = {name:?}\ninstructions = {instructions}\nspread = {spread}");
        }
        out
    }
}

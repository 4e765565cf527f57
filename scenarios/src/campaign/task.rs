//! Tasks: one exploration each, named by what decides its result.

use super::manifest::Frozen;
use crate::compare::{Case, Named, Plan, hex};
use crate::config::InstrumentChoice;
use crate::run::{RunError, Sample, io_error};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::str::FromStr;

/// Name of a task: the first bytes of a SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId([u8; 10]);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TaskId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut bytes = [0; 10];
        if text.len() != 20 || !text.is_ascii() {
            return Err(format!("\"{text}\" is no task; accepted: 20 hexadecimal digits"));
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|e| format!("\"{text}\": {e}"))?;
        }
        Ok(Self(bytes))
    }
}

/// One exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Name.
    pub id: TaskId,
    /// Number of the case in the plan.
    pub case: u32,
    /// Number of the strategy in the plan.
    pub strategy: u32,
    /// Seed.
    pub seed: u64,
    /// Tasks of one family and seed explore one film.
    pub family: u32,
}

/// All tasks in the order in which they are played: those that share a film lie together. A task that two labels stand for is listed
/// twice under one name.
pub(super) fn tasks(plan: &Plan, frozen: &Frozen) -> Result<Vec<Task>, RunError> {
    let mut families: HashMap<String, u32> = HashMap::new();
    let mut listed = Vec::new();
    for (c, case) in plan.cases.iter().enumerate() {
        let next = families.len() as u32;
        let family = *families.entry(Sample::made_of(&case.scenario)).or_insert(next);
        let recording = recording(case)?;
        for (s, named) in plan.strategies.iter().enumerate() {
            let content = content(case, named, &recording, &plan.points, frozen);
            for &seed in plan.seeds_of(named) {
                let mut hash = content.clone();
                hash.update(seed.to_le_bytes());
                let mut id = [0; 10];
                id.copy_from_slice(&hash.finalize()[..10]);
                listed.push(Task { id: TaskId(id), case: c as u32, strategy: s as u32, seed, family });
            }
        }
    }
    listed.sort_by_key(|t| (t.family, t.seed, t.case, t.strategy));
    Ok(listed)
}

/// A hash of the checked settings rather than of the text: comments, the axes and where a campaign runs change no result.
fn content(case: &Case, named: &Named, recording: &[u8], points: &[usize], frozen: &Frozen) -> Sha256 {
    let s = &case.scenario;
    let mut explore = s.explore.clone();
    (explore.strategy, explore.acquisition) = (named.strategy.clone(), named.acquisition.clone());
    (explore.seed, explore.compare_random) = (None, false);
    let instrument = match &s.instrument {
        InstrumentChoice::Twin(twin) => format!("{twin:?}"),
        // A plan refuses a real microscope; this is never asked.
        InstrumentChoice::Cypher(settings) => format!("{settings:?}"),
        InstrumentChoice::Remote(settings) => format!("{settings:?}"),
        InstrumentChoice::Replay(layout) => {
            let mut layout = layout.clone();
            layout.file = layout.file.file_name().unwrap_or_default().into();
            format!("{layout:?}")
        }
    };
    let settings = (instrument, s.scan, &s.further, &s.corrections, &s.measurement, explore, named.alteration, points);
    let mut hash = Sha256::new();
    hash.update(format!("{:?}{settings:?}", (&frozen.version, &frozen.build, &frozen.device)).as_bytes());
    hash.update(recording);
    hash
}

/// The hash of the recording that a case replays; empty for a twin.
fn recording(case: &Case) -> Result<Vec<u8>, RunError> {
    match &case.scenario.instrument {
        InstrumentChoice::Twin(_) | InstrumentChoice::Cypher(_) | InstrumentChoice::Remote(_) => Ok(Vec::new()),
        InstrumentChoice::Replay(layout) => {
            Ok(Sha256::digest(fs::read(&layout.file).map_err(io_error("read", &layout.file))?).to_vec())
        }
    }
}

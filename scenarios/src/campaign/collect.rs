//! One complete result of every task becomes one table, whoever computed it and in whatever order.

use super::inventory::{Inventory, Trouble};
use super::lock::Lock;
use super::manifest::Campaign;
use super::names;
use super::part::{Failure, Record};
use super::table::{self, Origin};
use super::task::{Task, TaskId};
use crate::compare::{Outcome, Table, hex};
use crate::progress::Progress;
use crate::report;
use crate::run::{RunError, io_error, write_whole};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};

/// Version of these fields.
const SCHEMA: u32 = 1;
/// How many of many are named.
const NAMED: usize = 5;

/// What collecting found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Version of these fields.
    pub schema: u32,
    /// Name of the campaign.
    pub campaign: String,
    /// Version of tiptwin that planned, played and collected.
    pub version: String,
    /// Its build.
    pub build: String,
    /// Rows of the plan.
    pub tasks: usize,
    /// Rows without a result.
    pub missing: usize,
    /// The first of them.
    pub missing_first: Vec<String>,
    /// Tasks among them that were tried and cannot be played.
    pub failures: Vec<Failure>,
    /// Results beyond the first of a task, which were left out.
    pub duplicates: usize,
    /// Tasks whose results differ among attempts, which must not be.
    pub disagreeing: Vec<String>,
    /// Parts whose files are not what was written.
    pub damaged: Vec<Trouble>,
    /// Parts of another version, build or device.
    pub foreign: Vec<Trouble>,
    /// Results of an earlier plan, which this one does not ask for.
    pub unasked: usize,
    /// What the processors can do; several kinds may differ in last digits.
    pub machines: Vec<String>,
    /// SHA-256 of the table apart from times and attempts: the same for the same manifest, wherever it ran.
    pub table_sha256: String,
}

/// A result and where it is from.
struct Found {
    outcome: Outcome,
    attempt: usize,
    digest: [u8; 32],
}

/// Takes exactly one result of each task, from the first complete attempt. Writes the table, the comparison and its page; refuses if a
/// task has no result, unless `partial`.
pub fn collect(campaign: &Campaign, partial: bool, progress: Progress) -> Result<(Collected, Table), RunError> {
    let _lock = Lock::take(&campaign.folder, "collect")?;
    progress.stage("checking what is finished");
    let inventory = Inventory::take(campaign, true)?;
    let attempts: Vec<&str> = inventory.parts.values().map(|d| d.attempt.as_str()).collect();
    let (mut found, disagreeing) = read(campaign, &inventory, progress)?;

    let mut order: Vec<Task> = campaign.tasks.clone();
    order.sort_by_key(|t| (t.case, t.seed, t.strategy));
    let mut hash = Sha256::new();
    let (mut outcomes, mut origins, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    let shared = found.len() < campaign.tasks.len();
    for task in &order {
        let (case, strategy) = (&campaign.case(task).name, &campaign.strategy(task).label);
        let result = if shared { found.get(&task.id).map(Found::again) } else { found.remove(&task.id) };
        let Some(Found { outcome, attempt, digest }) = result else {
            missing.push(format!("{case}, {strategy}, seed {}", task.seed));
            continue;
        };
        hash.update(format!("{}\t{case}\t{strategy}\t{}\t{}\n", task.id, task.seed, hex(&digest)).as_bytes());
        // An earlier plan may have called them otherwise.
        outcomes.push(Outcome { case: case.clone(), strategy: strategy.clone(), ..outcome });
        origins.push((task.id.to_string(), attempt));
    }
    drop(found);
    let machines: BTreeSet<&str> = inventory.parts.values().map(|d| d.machine.as_str()).collect();
    let collected = Collected {
        schema: SCHEMA,
        campaign: campaign.manifest.name.clone(),
        version: campaign.manifest.frozen.version.clone(),
        build: campaign.manifest.frozen.build.clone(),
        tasks: order.len(),
        missing: missing.len(),
        missing_first: missing.into_iter().take(NAMED).collect(),
        duplicates: inventory.duplicates(),
        disagreeing,
        machines: machines.into_iter().map(str::to_owned).collect(),
        table_sha256: hex(&hash.finalize()),
        failures: inventory.failures.clone(),
        damaged: inventory.damaged.clone(),
        foreign: inventory.foreign.clone(),
        unasked: inventory.unasked,
    };
    if collected.missing > 0 && !partial || outcomes.is_empty() {
        return Err(RunError::Input(collected.refusal(campaign)));
    }
    progress.stage("writing the table");
    let rows: Vec<(&Outcome, Origin<'_>)> = outcomes
        .iter()
        .zip(&origins)
        .map(|(o, (task, attempt))| (o, Origin { task, attempt: attempts[*attempt] }))
        .collect();
    table::write(campaign, &rows)?;
    progress.stage("comparing");
    let compared = Table::new(&campaign.plan, &outcomes);
    let put = |name: &str, bytes: &[u8]| write_whole(&campaign.folder.join(name), bytes);
    put(names::COMPARISON, json(&compared)?.as_bytes())?;
    put(names::PAGE, report::compare::render(&compared, &campaign.plan.text()).as_bytes())?;
    // Last: it says that the others are there.
    put(names::COLLECTED, json(&collected)?.as_bytes())?;
    Ok((collected, compared))
}

fn json(value: &impl Serialize) -> Result<String, RunError> {
    Ok(serde_json::to_string_pretty(value).map_err(|e| RunError::Input(e.to_string()))? + "\n")
}

/// The first result of every task, and the names of tasks whose results differ.
fn read(
    campaign: &Campaign,
    inventory: &Inventory,
    progress: Progress,
) -> Result<(HashMap<TaskId, Found>, Vec<String>), RunError> {
    let asked: HashMap<TaskId, &Task> = campaign.tasks.iter().map(|t| (t.id, t)).collect();
    let mut found: HashMap<TaskId, Found> = HashMap::with_capacity(asked.len());
    let mut disagreeing = Vec::new();
    let bar = progress.steps("parts", inventory.parts.len());
    for (attempt, (part, done)) in inventory.parts.iter().enumerate() {
        let path = campaign.folder.join(&done.outcomes.file);
        let file = File::open(&path).map_err(io_error("read", &path))?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(io_error("read", &path))?;
            let record: Record = serde_json::from_str(&line)
                .map_err(|e| RunError::Input(format!("{} cannot be read: {e}", path.display())))?;
            let id: TaskId = record.task.parse().map_err(RunError::Input)?;
            if !asked.contains_key(&id) {
                continue;
            }
            let (outcome, digest) = digested(record.outcome)?;
            match found.get(&id) {
                None => drop(found.insert(id, Found { outcome, attempt, digest })),
                Some(first) if first.digest == digest => {}
                Some(_) => disagreeing.push(format!("{id} in {part}")),
            }
        }
        bar.at(attempt + 1, "");
    }
    Ok((found, disagreeing))
}

/// An outcome without what only its file keeps, and a hash of all of it but times and names.
fn digested(mut outcome: Outcome) -> Result<(Outcome, [u8; 32]), RunError> {
    let (case, strategy) = (std::mem::take(&mut outcome.case), std::mem::take(&mut outcome.strategy));
    let decide_s = std::mem::take(&mut outcome.played.decide_s);
    let text = serde_json::to_vec(&outcome).map_err(|e| RunError::Input(e.to_string()))?;
    outcome.played.decide_s = decide_s;
    outcome.played.values = Vec::new();
    Ok((Outcome { case, strategy, ..outcome }, Sha256::digest(&text).into()))
}

impl Found {
    fn again(&self) -> Self {
        Self { outcome: self.outcome.clone(), attempt: self.attempt, digest: self.digest }
    }
}

impl Collected {
    /// Why there is no table, and what to do.
    fn refusal(&self, campaign: &Campaign) -> String {
        let folder = campaign.folder.display();
        format!(
            "{folder} is not complete: {} of {} explorations are missing ({}{}){}; accepted: \"tiptwin campaign run {folder}\" or \
             \"retry\" to play them, or --partial for the table of what there is",
            self.missing,
            self.tasks,
            self.missing_first.join("; "),
            if self.missing > self.missing_first.len() { "; …" } else { "" },
            self.remarks().iter().fold(String::new(), |all, remark| all + "; " + remark),
        )
    }

    /// What a reader should know about the parts.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(first) = self.failures.first() {
            remarks.push(format!("{} cannot be played, such as {}", self.failures.len(), first.message));
        }
        if self.duplicates > 0 {
            remarks.push(format!("{} results are there twice and counted once", self.duplicates));
        }
        if let Some(first) = self.disagreeing.first() {
            remarks.push(format!(
                "{} results differ from an earlier attempt at the same task, which one kind of machine never does, such as {first}",
                self.disagreeing.len()
            ));
        }
        for (what, parts) in [("damaged", &self.damaged), ("of another program", &self.foreign)] {
            if let Some(Trouble { part, why }) = parts.first() {
                remarks.push(format!("{} parts are {what} and left out, such as {part}: {why}", parts.len()));
            }
        }
        if self.unasked > 0 {
            remarks.push(format!("{} results of an earlier plan are left out", self.unasked));
        }
        if self.machines.len() > 1 {
            remarks.push(format!(
                "{} kinds of processors took part, whose results may differ in last digits: [campaign.slurm] constraint asks for one",
                self.machines.len()
            ));
        }
        remarks
    }
}

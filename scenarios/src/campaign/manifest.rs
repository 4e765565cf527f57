//! The manifest: a plan, frozen with everything that is needed to play it elsewhere.

use super::task::{Task, tasks};
use super::{names, table};
use crate::compare::{Case, Named, Plan, Wanted, build, hex};
use crate::config::{self, InstrumentChoice, Scenario};
use crate::run::{RunError, io_error, write_whole};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use tiptwin_core::net::ComputeDevice;

/// Version of the manifest's fields.
const SCHEMA: u32 = 1;

/// Which program computes results, and where networks are computed: results of another one are others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Version of tiptwin.
    pub version: String,
    /// Hash of the program.
    pub build: String,
    /// Name of the device.
    pub device: String,
}

impl Frozen {
    fn here(device: ComputeDevice) -> Self {
        Self { version: env!("CARGO_PKG_VERSION").into(), build: build(), device: device.name().into() }
    }
}

/// What a campaign plays; `campaign.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of these fields.
    pub schema: u32,
    /// What computes.
    #[serde(flatten)]
    pub frozen: Frozen,
    /// Name for people: that of the first scenario file.
    pub name: String,
    /// Cases, in their order.
    cases: Vec<CaseText>,
    /// Labels of strategies, with the number of seeds of those that have fewer.
    strategies: Vec<String>,
    /// Seeds.
    seeds: Vec<u64>,
    /// Numbers of measurements at which maps are scored.
    points: Vec<usize>,
    /// Those of them that stand in tables.
    table_at: Vec<usize>,
    /// How many tasks that makes; a task with two labels counts twice.
    pub tasks: usize,
    /// SHA-256 over their names in order.
    pub tasks_sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct CaseText {
    name: String,
    file: String,
    folder: PathBuf,
    text: String,
    set: Vec<String>,
}

/// A campaign folder, opened by the build that planned it.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The folder.
    pub folder: PathBuf,
    /// What is in its manifest.
    pub manifest: Manifest,
    /// The plan of the comparison.
    pub plan: Plan,
    /// Where networks are computed.
    pub device: ComputeDevice,
    /// Every task, in the order in which they are played.
    pub tasks: Vec<Task>,
}

impl Campaign {
    /// Expands scenarios into a manifest and writes it into a folder. What an earlier plan of the same build finished there stays, and
    /// counts for every task that both plans have.
    pub fn plan(wanted: &Wanted, device: ComputeDevice, folder: &Path) -> Result<Self, RunError> {
        let plan = Plan::new(wanted)?;
        let frozen = Frozen::here(device);
        if let Some(other) = read(folder)? {
            same_build(&other.frozen, &frozen, folder)?;
        }
        let tasks = tasks(&plan, &frozen)?;
        let cases: Vec<CaseText> = plan.cases.iter().map(case_text).collect::<Result<_, _>>()?;
        let label = |s: &Named| s.first_seeds.map_or(s.label.clone(), |n| format!("{}@{n}", s.label));
        let manifest = Manifest {
            schema: SCHEMA,
            frozen,
            name: plan.cases.first().map_or_else(String::new, |c| c.scenario.name.clone()),
            cases,
            strategies: plan.strategies.iter().map(label).collect(),
            seeds: plan.seeds.clone(),
            points: plan.points.clone(),
            table_at: plan.table_at.clone(),
            tasks: tasks.len(),
            tasks_sha256: digest(&tasks),
        };
        let campaign = Self { folder: folder.to_owned(), manifest, plan, device, tasks };
        campaign.write()?;
        Ok(campaign)
    }

    fn write(&self) -> Result<(), RunError> {
        for name in [names::RESULTS, names::OUTCOMES, names::DONE, names::SUBMISSIONS] {
            let path = self.folder.join(name);
            fs::create_dir_all(&path).map_err(io_error("create", &path))?;
        }
        write_whole(&self.folder.join(names::TASKS), &table::tasks(self))?;
        // Last, since it is what makes the folder a campaign.
        let json = serde_json::to_string_pretty(&self.manifest).map_err(|e| RunError::Input(e.to_string()))?;
        Ok(write_whole(&self.folder.join(names::MANIFEST), (json + "\n").as_bytes())?)
    }

    /// Opens a folder; refuses one that another build planned, and one whose recordings are others now.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        let manifest = read(folder)?.ok_or_else(|| {
            RunError::Input(format!(
                "{} holds no campaign ({} is not there); accepted: a folder made by \"tiptwin campaign plan\"",
                folder.display(),
                names::MANIFEST
            ))
        })?;
        let device: ComputeDevice =
            manifest.frozen.device.parse().map_err(|e| RunError::Input(format!("{}: {e}", folder.display())))?;
        device.check().map_err(|e| RunError::Input(format!("{}: {e}", folder.display())))?;
        same_build(&manifest.frozen, &Frozen::here(device), folder)?;
        let cases = manifest.cases.iter().map(CaseText::case).collect::<Result<Vec<_>, _>>()?;
        let first = cases.first().ok_or_else(|| damaged(folder, "it has no cases"))?;
        let strategies =
            manifest.strategies.iter().map(|l| Named::parse(l, &first.scenario)).collect::<Result<Vec<_>, _>>()?;
        let Manifest { seeds, points, table_at, .. } = manifest.clone();
        let plan = Plan { cases, strategies, seeds, points, table_at };
        let tasks = tasks(&plan, &manifest.frozen)?;
        if digest(&tasks) != manifest.tasks_sha256 {
            return Err(damaged(
                folder,
                "its tasks are others than planned: the manifest or a recording was changed; accepted: \"tiptwin campaign plan\" once more",
            ));
        }
        Ok(Self { folder: folder.to_owned(), manifest, plan, device, tasks })
    }

    /// How the first scenario wants it to be spread over machines.
    pub fn settings(&self) -> config::Campaign {
        self.plan.cases.first().map_or_else(config::Campaign::default, |c| c.scenario.campaign.clone())
    }

    /// Name of the case of a task.
    pub fn case(&self, task: &Task) -> &Case {
        &self.plan.cases[task.case as usize]
    }

    /// Strategy of a task.
    pub fn strategy(&self, task: &Task) -> &Named {
        &self.plan.strategies[task.strategy as usize]
    }
}

fn case_text(case: &Case) -> Result<CaseText, RunError> {
    let s = &case.scenario;
    let (file, text, set) = s.written();
    let path = Path::new(&file);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Workers start elsewhere, and a recording is named relative to its scenario.
    let folder = match s.instrument {
        InstrumentChoice::Replay(_) => fs::canonicalize(folder).map_err(io_error("find", folder))?,
        InstrumentChoice::Twin(_) | InstrumentChoice::Cypher(_) | InstrumentChoice::Remote(_) => PathBuf::from("."),
    };
    Ok(CaseText { name: case.name.clone(), file, folder, text, set })
}

impl CaseText {
    fn case(&self) -> Result<Case, RunError> {
        let name = Path::new(&self.file).file_stem().map_or_else(|| "scenario".into(), |s| s.to_string_lossy());
        let scenario = Scenario::parse(&name, &self.file, &self.text, &self.folder, &self.set)?;
        Ok(Case { name: self.name.clone(), scenario })
    }
}

fn digest(tasks: &[Task]) -> String {
    let mut hash = Sha256::new();
    for task in tasks {
        hash.update(format!("{} {} {}\n", task.id, task.case, task.strategy).as_bytes());
    }
    hex(&hash.finalize())
}

fn damaged(folder: &Path, why: &str) -> RunError {
    RunError::Input(format!("{}: {why}", folder.join(names::MANIFEST).display()))
}

/// The manifest of a folder, if there is one.
fn read(folder: &Path) -> Result<Option<Manifest>, RunError> {
    let path = folder.join(names::MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io_error("read", &path)(e).into()),
    };
    // Whatever else a later version writes, it says its schema and version.
    let head: serde_json::Value = serde_json::from_str(&text).map_err(|e| damaged(folder, &e.to_string()))?;
    if head["schema"] != SCHEMA {
        return Err(damaged(
            folder,
            &format!(
                "schema {} of tiptwin {}, this is schema {SCHEMA} of {}; accepted: the tiptwin that planned it, or another folder with --out",
                head["schema"],
                head["version"].as_str().unwrap_or("unknown"),
                env!("CARGO_PKG_VERSION")
            ),
        ));
    }
    serde_json::from_value(head).map(Some).map_err(|e| damaged(folder, &e.to_string()))
}

fn same_build(planned: &Frozen, here: &Frozen, folder: &Path) -> Result<(), RunError> {
    if planned == here {
        return Ok(());
    }
    let what = match (planned.version == here.version, planned.build == here.build) {
        (false, _) => "another version of tiptwin",
        (true, false) => "another build of tiptwin",
        (true, true) => "tiptwin on another device",
    };
    let said = |f: &Frozen| format!("{}, build {}, device {}", f.version, f.build, f.device);
    Err(RunError::Input(format!(
        "{} was planned by {what} ({}; this is {}), which may explore differently; accepted: the program that planned it, or a new plan in \
         another folder with --out",
        folder.display(),
        said(planned),
        said(here)
    )))
}

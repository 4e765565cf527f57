//! `tiptwin campaign`: thousands of explorations here or on a cluster.

use super::campaign_args::{CampaignArgs, CampaignCommand, PlanArgs};
use super::campaign_slurm::{submit, work};
use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::campaign::{self, Attempt, Campaign, Estimate, Inventory, Lock, Worked, names};
use crate::compare::{self, Wanted};
use crate::run::RunError;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(super) fn campaign(arguments: &CampaignArgs, printer: &Printer) -> Result<(), CommandError> {
    match &arguments.command {
        CampaignCommand::Plan { source, cost, scale } => plan(source, *cost, *scale, printer),
        CampaignCommand::Run { source } => run(source, printer),
        CampaignCommand::Submit { folder, dry_run } => submit(folder, false, *dry_run, printer),
        CampaignCommand::Retry { folder, dry_run } => submit(folder, true, *dry_run, printer),
        CampaignCommand::Work { folder, submission, shard } => work(folder, *submission, *shard, printer),
        CampaignCommand::Status { folder } => {
            let status = campaign::status(&Campaign::open(folder)?)?;
            printer.result("campaign status", &status, &status.text());
            Ok(())
        }
        CampaignCommand::Collect { folder, partial } => collect(folder, *partial, printer),
    }
}

/// What planning says.
#[derive(Serialize)]
struct Planned<'a> {
    folder: &'a Path,
    campaign: &'a str,
    tasks: usize,
    finished: usize,
    tasks_sha256: &'a str,
    estimate: Option<Estimate>,
    scaled: Option<Estimate>,
}

fn plan(source: &PlanArgs, cost: bool, scale: Option<usize>, printer: &Printer) -> Result<(), CommandError> {
    let campaign = planned(source)?;
    let mut estimate = None;
    if cost {
        let worked = campaign::pilot(&campaign, printer.progress(), &catch_signals()?)?;
        stopped(&worked, &campaign)?;
        failed(&worked)?;
    }
    let inventory = Inventory::take(&campaign, false)?;
    if cost {
        estimate = Estimate::new(&campaign, &inventory);
    }
    let scaled = estimate.as_ref().zip(scale).map(|(e, n)| e.scaled(n));
    let folder = campaign.folder.display();
    let mut text = format!(
        "{}: {} explorations, {} of them finished\nmanifest: {folder}/{}\n",
        campaign.manifest.name,
        campaign.tasks.len(),
        inventory.done(),
        names::MANIFEST
    );
    for estimate in estimate.iter().chain(&scaled) {
        text.push_str(&estimate.text());
    }
    let _ = write!(text, "next: tiptwin campaign run {folder}, or submit {folder} on a cluster");
    let result = Planned {
        folder: &campaign.folder,
        campaign: &campaign.manifest.name,
        tasks: campaign.tasks.len(),
        finished: inventory.done(),
        tasks_sha256: &campaign.manifest.tasks_sha256,
        estimate,
        scaled,
    };
    printer.result("campaign plan", &result, &text);
    Ok(())
}

fn planned(source: &PlanArgs) -> Result<Campaign, CommandError> {
    let wanted = Wanted {
        scenarios: source.scenarios.clone(),
        set: source.set.clone(),
        strategies: (!source.strategies.is_empty()).then(|| source.strategies.clone()),
        seeds: source.seeds.clone(),
    };
    let name = || Path::new("out").join(source.scenarios[0].file_stem().unwrap_or_default());
    let out: PathBuf = source.out.clone().unwrap_or_else(name);
    Ok(Campaign::plan(&wanted, source.device, &out)?)
}

/// What a run did.
#[derive(Serialize)]
struct Ran<'a> {
    folder: &'a Path,
    tasks: usize,
    finished: usize,
    played: usize,
    failures: &'a [campaign::Failure],
}

fn run(source: &PlanArgs, printer: &Printer) -> Result<(), CommandError> {
    let campaign = match &source.scenarios[..] {
        [folder] if folder.is_dir() => {
            if !source.set.is_empty() || !source.strategies.is_empty() || source.seeds.is_some() || source.out.is_some()
            {
                return Err(CommandError::usage(
                    "a planned campaign cannot be changed by --set, --strategies, --seeds or --out; accepted: its scenario instead of its folder",
                ));
            }
            Campaign::open(folder)?
        }
        _ => planned(source)?,
    };
    let _lock = Lock::take(&campaign.folder, "run")?;
    let todo = Inventory::take(&campaign, false)?.missing(&campaign);
    let stop = catch_signals()?;
    let threads = rayon::current_num_threads();
    let worked = campaign::work(&campaign, &todo, &Attempt::new("local"), threads, printer.progress(), &stop)?;
    stopped(&worked, &campaign)?;
    failed(&worked)?;
    let folder = campaign.folder.display();
    let finished = Inventory::take(&campaign, false)?.done();
    let text = format!(
        "{}: {} explorations played now, {finished} finished\nnext: tiptwin campaign collect {folder}",
        campaign.manifest.name, worked.finished
    );
    let result = Ran {
        folder: &campaign.folder,
        tasks: campaign.tasks.len(),
        finished,
        played: worked.finished,
        failures: &worked.failures,
    };
    printer.result("campaign run", &result, &text);
    Ok(())
}

/// An error where a signal ended the work.
pub(super) fn stopped(worked: &Worked, campaign: &Campaign) -> Result<(), CommandError> {
    let Some(signal) = worked.signal else { return Ok(()) };
    let done = Inventory::take(campaign, false)?.done();
    Err(RunError::Stopped { signal, what: "explorations", done, total: campaign.tasks.len() }.into())
}

/// An error where something could not be played; the rest is finished by then.
pub(super) fn failed(worked: &Worked) -> Result<(), CommandError> {
    let Some(first) = worked.failures.first() else { return Ok(()) };
    Err(RunError::Input(format!(
        "{} explorations cannot be played, such as {}; {} others are finished",
        worked.failures.len(),
        first.message,
        worked.finished
    ))
    .into())
}

/// What collecting says.
#[derive(Serialize)]
struct Gathered<'a> {
    collected: &'a campaign::Collected,
    comparison: &'a compare::Table,
}

fn collect(folder: &Path, partial: bool, printer: &Printer) -> Result<(), CommandError> {
    let campaign = Campaign::open(folder)?;
    let (collected, comparison) = campaign::collect(&campaign, partial, printer.progress())?;
    let mut text = compare::text(&comparison);
    if collected.missing > 0 {
        let _ = writeln!(text, "note: {} of {} explorations are missing", collected.missing, collected.tasks);
    }
    for remark in collected.remarks() {
        let _ = writeln!(text, "note: {remark}");
    }
    let folder = campaign.folder.display();
    let _ = write!(
        text,
        "{} explorations, table SHA-256 {}\ntable: {folder}/{}/\nnumbers: {folder}/{}\nreport: {folder}/{}",
        collected.tasks - collected.missing,
        collected.table_sha256,
        names::TABLE,
        names::COMPARISON,
        names::PAGE
    );
    printer.result("campaign collect", &Gathered { collected: &collected, comparison: &comparison }, &text);
    Ok(())
}

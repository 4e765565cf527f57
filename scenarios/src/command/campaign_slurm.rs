//! The commands of a campaign that meet a cluster: handing over, and what array elements do.

use super::campaign::{failed, stopped};
use super::error::CommandError;
use super::explore::catch_signals;
use super::printer::Printer;
use crate::campaign::{self, Attempt, Campaign, Inventory, Lock, Submission, cut, slurm};
use crate::run::{RunError, Stopper};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

/// What was handed over.
#[derive(Serialize)]
struct Submitted {
    submission: usize,
    tasks: usize,
    shards: usize,
    in_the_queue_already: usize,
    jobs: Vec<u64>,
}

pub(super) fn submit(folder: &Path, again: bool, dry_run: bool, printer: &Printer) -> Result<(), CommandError> {
    let campaign = Campaign::open(folder)?;
    let _lock = Lock::take(&campaign.folder, "submit")?;
    let shown = campaign.folder.display();
    let before = Submission::all(&campaign)?;
    if !again && before.iter().any(|s| !s.arrays.is_empty()) {
        return Err(CommandError::usage(format!(
            "{shown} was submitted before; accepted: \"tiptwin campaign retry {shown}\", which hands over what is missing and not in the queue"
        )));
    }
    let stop = catch_signals()?;
    // Without an idea of the cost there is no shard of ten minutes.
    let settings = campaign.settings();
    if settings.tasks_per_shard.is_none() {
        let worked = campaign::pilot(&campaign, printer.progress(), &stop)?;
        stopped(&worked, &campaign)?;
    }
    let inventory = Inventory::take(&campaign, false)?;
    let mut busy = HashSet::new();
    for queued in slurm::queued(&before)? {
        if let Some(submission) = before.iter().find(|s| s.number == queued.submission && s.is_of(&campaign)) {
            busy.extend(submission.tasks(&campaign, queued.shard)?.iter().map(|t| t.id));
        }
    }
    let mut todo = inventory.missing(&campaign);
    let missing = todo.len();
    todo.retain(|t| !busy.contains(&t.id));
    let waiting = missing - todo.len();
    if todo.is_empty() {
        let text = format!("nothing to hand over: {} finished, {waiting} in the queue", inventory.done());
        let none = Submitted { submission: 0, tasks: 0, shards: 0, in_the_queue_already: waiting, jobs: Vec::new() };
        printer.result("campaign submit", none, &text);
        return Ok(());
    }
    let aim_s = settings.minutes_per_shard * 60.0;
    let shards = cut(&todo, campaign::expected_seconds(&campaign, &inventory), aim_s, settings.tasks_per_shard);
    let mut submission = Submission::new(&campaign, &shards)?;
    let scripts = submission.folder(&campaign);
    let mut text = String::new();
    if dry_run {
        for (_, _, script) in slurm::scripts(&campaign, &submission, slurm::max_array_size()?)? {
            text += &script;
        }
        std::fs::remove_dir_all(&scripts).map_err(crate::run::io_error("remove", &scripts))?;
    } else {
        slurm::submit(&campaign, &mut submission)?;
    }
    let jobs: Vec<u64> = submission.arrays.iter().map(|a| a.job).collect();
    let ids: Vec<String> = jobs.iter().map(u64::to_string).collect();
    let _ = write!(
        text,
        "submission {}: {} explorations in {} shards{}, jobs: {}\nnext: tiptwin campaign status {shown}",
        submission.number,
        todo.len(),
        shards.len(),
        if waiting > 0 { format!(" ({waiting} more are in the queue already)") } else { String::new() },
        if jobs.is_empty() { "none (dry run)".to_owned() } else { ids.join(", ") },
    );
    let result = Submitted {
        submission: submission.number,
        tasks: todo.len(),
        shards: shards.len(),
        in_the_queue_already: waiting,
        jobs,
    };
    printer.result("campaign submit", result, &text);
    Ok(())
}

/// What a shard did.
#[derive(Serialize)]
struct Sharded {
    submission: usize,
    shard: usize,
    played: usize,
}

pub(super) fn work(folder: &Path, submission: usize, shard: usize, printer: &Printer) -> Result<(), CommandError> {
    // First of all: a warning that comes early must not end the process.
    let stop = warned()?;
    let campaign = Campaign::open(folder)?;
    let all = Submission::all(&campaign)?;
    let submitted = all.iter().find(|s| s.number == submission).ok_or_else(|| {
        RunError::Input(format!("{} has no submission {submission}; accepted: 1 to {}", folder.display(), all.len()))
    })?;
    let own = submitted.tasks(&campaign, shard)?;
    let inventory = Inventory::take(&campaign, false)?;
    let todo: Vec<_> = own.into_iter().filter(|t| !inventory.finished.contains_key(&t.id)).copied().collect();
    let attempt = Attempt::new(format!("{submission:04}-{shard:05}"));
    let worked = campaign::work(&campaign, &todo, &attempt, rayon::current_num_threads(), printer.progress(), &stop)?;
    if worked.signal == Some(slurm::WARNING as usize) {
        if worked.finished == 0 {
            return Err(RunError::Input(
                "the time limit came before one exploration was finished, so the job is not put into the queue again; \
                 accepted: a longer time_min in [campaign.slurm]"
                    .into(),
            )
            .into());
        }
        if let Some(asked) = slurm::requeue() {
            asked?;
        }
    }
    stopped(&worked, &campaign)?;
    failed(&worked)?;
    let text = format!("submission {submission}, shard {shard}: {} explorations played now", worked.finished);
    printer.result("campaign work", Sharded { submission, shard, played: worked.finished }, &text);
    Ok(())
}

/// A stopper that Slurm's warning sets, too.
fn warned() -> Result<Stopper, CommandError> {
    let stop = catch_signals()?;
    signal_hook::flag::register_usize(slurm::WARNING, stop.flag().clone(), slurm::WARNING as usize)
        .map_err(|e| RunError::Input(format!("cannot listen to signals: {e}")))?;
    Ok(stop)
}

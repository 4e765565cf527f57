//! The cluster: what it allows, the script of an array, handing over, looking, and coming back.

use super::manifest::Campaign;
use super::submission::{Array, Submission};
use crate::run::{RunError, io_error, write_whole};
use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

/// The signal by which Slurm warns a worker of its time limit.
pub const WARNING: i32 = signal_hook::consts::SIGUSR1;

/// Highest number of elements that the cluster takes in one array.
pub fn max_array_size() -> Result<usize, RunError> {
    let text = ask("scontrol", &["show", "config"])?;
    let value = text.lines().find_map(|l| l.split_once('=').filter(|(key, _)| key.trim() == "MaxArraySize"));
    value.and_then(|(_, v)| v.trim().parse().ok()).filter(|n| *n > 0).ok_or_else(|| {
        RunError::Input("\"scontrol show config\" names no MaxArraySize; accepted: a cluster of Slurm".into())
    })
}

/// The scripts of a submission, one for each array that the cluster takes: shard of its element 0, elements, text.
pub fn scripts(
    campaign: &Campaign,
    submission: &Submission,
    max_array: usize,
) -> Result<Vec<(usize, usize, String)>, RunError> {
    let program = std::env::current_exe().map_err(io_error("find", Path::new("this program")))?;
    let folder = fs::canonicalize(&campaign.folder).map_err(io_error("find", &campaign.folder))?;
    let log = fs::canonicalize(submission.folder(campaign)).map_err(io_error("find", &campaign.folder))?.join("log");
    let script = |offset: usize| {
        let count = max_array.min(submission.shards() - offset);
        (offset, count, script(campaign, submission, (offset, count), [&program, &folder, &log]))
    };
    Ok((0..submission.shards()).step_by(max_array).map(script).collect())
}

fn script(
    campaign: &Campaign,
    submission: &Submission,
    (offset, count): (usize, usize),
    [program, folder, log]: [&Path; 3],
) -> String {
    let settings = campaign.settings();
    let slurm = settings.slurm;
    let throttle = slurm.most_running.map_or(String::new(), |n| format!("%{n}"));
    let aim = 4.0 * settings.minutes_per_shard + slurm.warn_s as f64 / 60.0;
    let time_min = slurm.time_min.unwrap_or(aim.ceil() as u64 + 1);
    let mut options = vec![
        format!("--job-name=tiptwin-{}", campaign.manifest.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")),
        format!("--array=0-{}{throttle}", count - 1),
        "--ntasks=1".to_owned(),
        format!("--cpus-per-task={}", slurm.cpus),
        format!("--mem={}M", slurm.memory_mb),
        format!("--time={time_min}"),
        // The batch shell is replaced by the worker, so the warning reaches it.
        format!("--signal=B:USR1@{}", slurm.warn_s),
        "--requeue".to_owned(),
        "--open-mode=append".to_owned(),
        format!("--output={}/%A_%a.txt", log.display()),
    ];
    let named = [("partition", slurm.partition), ("account", slurm.account), ("constraint", slurm.constraint)];
    options.extend(named.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?))));
    options.extend(slurm.directives);
    let mut text = "#!/bin/bash\n".to_owned();
    for option in options {
        let _ = writeln!(text, "#SBATCH {option}");
    }
    text.push_str("set -eu\n");
    for line in slurm.setup {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(
        text,
        "exec {} campaign work {} --submission {} --shard $(({offset} + SLURM_ARRAY_TASK_ID)) --threads {} --quiet",
        quoted(program),
        quoted(folder),
        submission.number,
        slurm.cpus
    );
    text
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Hands the arrays of a submission to the cluster and keeps their job ids.
pub fn submit(campaign: &Campaign, submission: &mut Submission) -> Result<(), RunError> {
    let folder = submission.folder(campaign);
    for (i, (offset, count, text)) in scripts(campaign, submission, max_array_size()?)?.into_iter().enumerate() {
        let path = folder.join(format!("array-{i}.sh"));
        write_whole(&path, text.as_bytes())?;
        let answer = ask("sbatch", &["--parsable", &path.display().to_string()])?;
        // With several clusters the answer is "job;cluster".
        let job = answer
            .trim()
            .split(';')
            .next()
            .and_then(|j| j.parse().ok())
            .ok_or_else(|| RunError::Input(format!("sbatch answered \"{}\" instead of a job id", answer.trim())))?;
        submission.arrays.push(Array { offset, count, job });
        // At once: an array that is handed over must not be forgotten because the next one is refused.
        submission.write(campaign)?;
    }
    Ok(())
}

/// Whether a shard is in the queue, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Number of its submission.
    pub submission: usize,
    /// Shard.
    pub shard: usize,
    /// Slurm's word, such as PENDING or RUNNING.
    pub state: String,
}

/// The shards of these submissions that wait or run.
pub fn queued(submissions: &[Submission]) -> Result<Vec<Queued>, RunError> {
    if submissions.iter().all(|s| s.arrays.is_empty()) {
        return Ok(Vec::new());
    }
    let text = ask("squeue", &["--me", "--array", "--noheader", "--format=%F %K %T"])?;
    let mut found = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [job, element, state] = words[..] else { continue };
        let (Ok(job), Ok(element)) = (job.parse::<u64>(), element.parse::<usize>()) else { continue };
        for submission in submissions {
            if let Some(array) = submission.arrays.iter().find(|a| a.job == job) {
                let (submission, shard, state) = (submission.number, array.offset + element, state.to_owned());
                found.push(Queued { submission, shard, state });
            }
        }
    }
    Ok(found)
}

/// Asks Slurm to play the job of this process once more from the start, if this process is a job of Slurm.
pub fn requeue() -> Option<Result<(), RunError>> {
    let job = std::env::var("SLURM_JOB_ID").ok()?;
    Some(ask("scontrol", &["requeue", &job]).map(drop))
}

/// What a command of Slurm answers.
fn ask(program: &str, arguments: &[&str]) -> Result<String, RunError> {
    let output = Command::new(program).args(arguments).output().map_err(|e| {
        RunError::Input(match e.kind() {
            ErrorKind::NotFound => format!(
                "{program} is not here, so this machine belongs to no cluster of Slurm; accepted: a login node, or \"tiptwin campaign run\" on this machine"
            ),
            _ => format!("{program}: {e}"),
        })
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
        return Err(RunError::Input(format!("{program} {} was refused: {said}", arguments.join(" "))));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

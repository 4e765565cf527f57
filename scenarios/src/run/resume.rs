//! `tiptwin resume`: a run that was cut off or stopped goes on.

use super::contender::Contender;
use super::explore::{Going, Watcher, World, carry_out};
use super::folder::{FolderError, io_error, names, read_journal};
use super::stopper::Stopper;
use super::summary::Summary;
use super::{RunError, open};
use crate::config::{Invocation, Scenario};
use crate::progress::Progress;
use std::fs;
use std::path::Path;
use tiptwin_core::net::ComputeDevice;
use tiptwin_instrument::log::Event;

/// Continues a run. On a simulated or recorded sample everything is repeated and compared with the journal, and ends with the bytes of an undisturbed run. On
/// a real instrument nothing is repeated: what the journal holds is told to the learner, and a touch whose outcome nobody knows stays as
/// it is unless `repeat_unknown` says otherwise.
pub fn resume(
    run: &Path,
    repeat_unknown: bool,
    arm: Option<String>,
    progress: Progress,
    stop: &Stopper,
) -> Result<Summary, RunError> {
    resume_in(&World::real(), run, (repeat_unknown, arm), progress, stop)
}

pub(super) fn resume_in(
    world: &World<'_>,
    run: &Path,
    (repeat_unknown, arm): (bool, Option<String>),
    progress: Progress,
    stop: &Stopper,
) -> Result<Summary, RunError> {
    let (events, _) = read_journal(run).map_err(|e| refused(&e))?;
    let Some(Event::Start(start)) = events.into_iter().next() else {
        return Err(RunError::Refused(format!("{} was cut off before its start: nothing was done", run.display())));
    };
    if run.join(names::SUMMARY).is_file() {
        return Err(RunError::Refused(format!("{} is complete; accepted: a run without a summary", run.display())));
    }
    let file = run.join(names::INVOCATION);
    let text = fs::read_to_string(&file).map_err(|e| refused(&io_error("read", &file)(e)))?;
    let invocation: Invocation = serde_json::from_str(&text)
        .map_err(|e| refused(&FolderError::Damaged { path: file.clone(), reason: e.to_string() }))?;
    let file = run.join(names::SCENARIO);
    let text = fs::read_to_string(&file).map_err(|e| refused(&io_error("read", &file)(e)))?;
    let shown = file.display().to_string();
    let mut scenario = Scenario::parse(&start.run, &shown, &text, &invocation.folder, &invocation.set)?;
    scenario.explore.seed = Some(start.seed);
    scenario.invocation = Invocation { arm, ..invocation };
    let device = match scenario.invocation.device.as_str() {
        "" => ComputeDevice::default(),
        name => name.parse().map_err(|e| RunError::Refused(format!("{e}")))?,
    };
    let contender = Contender::named(&scenario.explore, start.seed, device)?;
    // What does not fit together is said before the folder is touched.
    open(&scenario, start.seed)?;
    let going = Going::On { repeat_unknown };
    carry_out(world, &scenario, contender, start.seed, (run, Watcher::Nobody), &going, (progress, stop)).map_err(|e| {
        match e {
            RunError::Folder(
                e @ (FolderError::Diverged { .. }
                | FolderError::Locked(_)
                | FolderError::NotARun { .. }
                | FolderError::Journal { .. }
                | FolderError::Damaged { .. }),
            ) => refused(&e),
            other => other,
        }
    })
}

fn refused(error: &FolderError) -> RunError {
    RunError::Refused(error.to_string())
}

//! From a scenario to a finished run folder.

use super::contender::Contender;
use super::disk::{Disk, RealDisk};
use super::folder::{RunFolder, io_error, names};
use super::frames::Frames;
use super::journal::Journal;
use super::play::play;
use super::running::{RealPast, Running, score_points};
use super::sample::Sample;
use super::stopper::Stopper;
use super::summary::Summary;
use super::{RunError, finish};
use crate::config::Scenario;
use crate::progress::Progress;
use std::fs::{File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;
use tiptwin_core::boundaries::{BoundaryError, Ensemble};
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::{Further, OnBoundaries, Plan, Session, SessionError, component_of};
use tiptwin_drivers::limits::SafeHandle;
use tiptwin_instrument::log::{self, Event, Start, StopOutcome};
use tiptwin_instrument::{Description, Instrument, MasterSeed, Stream, Suns};

/// Explores, and leaves a run folder with a report. Nothing is created before the whole input has been checked.
pub fn explore(
    scenario: &Scenario,
    contender: Contender,
    seed: u64,
    out: &Path,
    progress: Progress,
    stop: &Stopper,
) -> Result<Summary, RunError> {
    let world = World::real();
    carry_out(&world, scenario, contender, seed, (out, Watcher::Nobody), &Going::Anew, (progress, stop))
}

/// [`explore`] for somebody who watches: the folder goes into `folder` once it is there, and holds
/// [frames](super::frames) from then on. Apart from times the results are those of [`explore`].
pub fn explore_watched(
    scenario: &Scenario,
    contender: Contender,
    seed: u64,
    (out, folder): (&Path, &OnceLock<PathBuf>),
    progress: Progress,
    stop: &Stopper,
) -> Result<Summary, RunError> {
    let world = World::real();
    carry_out(&world, scenario, contender, seed, (out, Watcher::Told(folder)), &Going::Anew, (progress, stop))
}

/// Who is told where the run is.
pub(super) enum Watcher<'a> {
    Nobody,
    Told(&'a OnceLock<PathBuf>),
}

/// Whether a run begins or goes on.
pub(super) enum Going {
    Anew,
    On { repeat_unknown: bool },
}

/// What a run touches outside of the process.
pub(super) struct World<'a> {
    pub(super) instrument: &'a dyn Fn(&Sample) -> Box<dyn Instrument>,
    pub(super) disk: &'a dyn Fn(&Path) -> Box<dyn Disk>,
}

impl World<'_> {
    pub(super) fn real() -> Self {
        Self { instrument: &Sample::instrument, disk: &|folder| Box::new(RealDisk::new(folder)) }
    }
}

pub(super) fn carry_out(
    world: &World<'_>,
    scenario: &Scenario,
    contender: Contender,
    seed: u64,
    (out, watcher): (&Path, Watcher<'_>),
    going: &Going,
    (progress, stop): (Progress, &Stopper),
) -> Result<Summary, RunError> {
    let begun = Instant::now();
    progress.stage("preparing the sample");
    let (sample, plan) = open(scenario, seed)?;
    let (mut instrument, handle) = Sample::limited((world.instrument)(&sample), scenario, out)?;
    let description = instrument.describe();
    let _claim = claim(&description, scenario)?;
    let start = start(scenario, &sample, &contender, &plan, description.clone(), seed)?;
    let session = Session::new(plan, contender.strategy, &description)?;
    let mut run = match going {
        Going::Anew => begin(world, scenario, (start, session), out, progress)?,
        Going::On { repeat_unknown } => go_on(world, (start, session), out, *repeat_unknown, progress)?,
    };
    if let Watcher::Told(folder) = watcher {
        run.frames = Some(Frames::new(out, run.start.steps));
        folder.get_or_init(|| out.to_owned());
    }
    stop.at_once(Some(Box::new(last_words(handle, run.folder.journal()))));
    let performed = catch_unwind(AssertUnwindSafe(|| run.perform(&mut instrument, scenario, &sample, progress, stop)));
    // Whatever happened: bias 0, light off, tip up, and the journal says how it ended.
    let safe = instrument.make_safe();
    stop.at_once(None);
    match performed {
        Ok(performed) => run.close(performed, safe)?,
        Err(panic) => {
            let message = "a defect of the program: it panicked".to_owned();
            let event = Event::Stop { outcome: StopOutcome::Failed, message, made_safe: Some(safe.is_ok()) };
            // The panic goes on, whether or not the journal could say so.
            drop(run.folder.append(&event));
            resume_unwind(panic);
        }
    }

    // Random picks have components of their own, on which scores are other numbers.
    let random = contender.random.filter(|_| component_of(&run.start.target).is_none());
    let random_scores = match (random, run.truths.first().and_then(Option::as_ref)) {
        (Some(strategy), Some(truth)) => {
            let plan = self::plan(scenario, &sample, seed, Stream::Baseline)?;
            let bar = progress.steps("random picks for comparison", plan.steps);
            let points = score_points(plan.steps);
            play(plan, strategy, sample.instrument(), (truth, &points), stop, &mut |n| bar.at(n, ""))?.scores
        }
        _ => Vec::new(),
    };
    progress.stage("writing the report");
    finish::finish(run, scenario, &sample, random_scores, begun)
}

fn begin(
    world: &World<'_>,
    scenario: &Scenario,
    (start, session): (Start, Session),
    out: &Path,
    progress: Progress,
) -> Result<Running, RunError> {
    let (mut folder, moved) = RunFolder::create_on(out, &scenario.text, world.disk)?;
    if let Some(moved) = moved {
        progress.note(&format!("the earlier run in {} was kept as {}", out.display(), moved.display()));
    }
    let invocation = serde_json::to_string_pretty(&scenario.invocation)
        .map_err(|e| RunError::Input(format!("the way it was started cannot be written: {e}")))?;
    folder.write_text(names::INVOCATION, &invocation)?;
    folder.append(&Event::Start(Box::new(start.clone())))?;
    Ok(Running::new(start, session, folder, None))
}

fn go_on(
    world: &World<'_>,
    (start, session): (Start, Session),
    out: &Path,
    repeat_unknown: bool,
    progress: Progress,
) -> Result<Running, RunError> {
    let (mut folder, found) = RunFolder::reopen(out, repeat_unknown, world.disk)?;
    let real = !start.instrument.capabilities.simulated;
    if start.version != found.start.version {
        let (then, now) = (&found.start.version, &start.version);
        let message = format!("{} was begun by tiptwin {then}, and this is {now}: results would differ", out.display());
        return Err(RunError::Refused(message));
    }
    folder.append(&Event::Start(Box::new(start.clone())))?;
    let what_becomes = match (real, repeat_unknown) {
        (false, _) => "it is repeated, as everything is on a sample that cannot be harmed",
        (true, true) => "it is repeated, as asked",
        (true, false) => "it is not repeated, and stays unknown",
    };
    let torn = if found.torn { "; the last line was torn and is dropped" } else { "" };
    progress.note(&format!("found {} locations with an outcome{torn}", found.touched));
    if let Some(index) = found.unknown {
        progress.note(&format!("location {index} was about to be touched, and its outcome is unknown: {what_becomes}"));
    }
    if let Some(scan) = found.unknown_scan {
        if real && !repeat_unknown {
            let message =
                format!("the outcome of {scan} is unknown, and nothing can follow it; accepted: --repeat-unknown");
            return Err(RunError::Refused(message));
        }
        progress.note(&format!("the outcome of {scan} is unknown: {what_becomes}"));
    }
    let past = RealPast { unknown: found.unknown, repeats: repeat_unknown };
    Ok(Running::new(start, session, folder, real.then_some(past)))
}

/// A real instrument belongs to one process at a time, and to one that was told its serial number.
pub(super) fn claim(description: &Description, scenario: &Scenario) -> Result<Option<File>, RunError> {
    if description.capabilities.simulated {
        return Ok(None);
    }
    let (identity, serial) = (description.identity.clone(), description.serial.clone().unwrap_or_default());
    if serial.is_empty() {
        return Err(RunError::Input(format!("{identity} does not say its serial number, and cannot be armed")));
    }
    if scenario.invocation.arm.as_deref() != Some(serial.as_str()) {
        return Err(RunError::NotArmed { identity, serial });
    }
    let Some(limits) = &scenario.limits_file else { return Ok(None) };
    let file = File::open(limits).map_err(io_error("lock", limits))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another process drives {identity}: it holds {}", limits.display());
            Err(RunError::Input(message))
        }
        Err(TryLockError::Error(e)) => Err(io_error("lock", limits)(e).into()),
    }
}

/// What a second signal does: make a real instrument safe and write so, whatever the run is waiting for.
fn last_words(handle: Option<SafeHandle>, journal: Arc<Mutex<Journal>>) -> impl FnOnce(usize) + Send {
    move |signal| {
        let safe = handle.map_or(Ok(()), |h| h.make_safe_now());
        let message = match &safe {
            Ok(()) => format!("stopped at once by a second signal {signal}"),
            Err(e) => format!("stopped at once by a second signal {signal}; making the instrument safe failed: {e}"),
        };
        let event = Event::Stop { outcome: StopOutcome::Interrupted, message, made_safe: Some(safe.is_ok()) };
        // A journal that cannot be written reads as cut off, which is true.
        drop(journal.lock().unwrap_or_else(PoisonError::into_inner).close(&event));
    }
}

/// The sample and the plan, checked against each other. What does not fit is shown in the scenario.
pub(crate) fn open(scenario: &Scenario, seed: u64) -> Result<(Sample, Plan), RunError> {
    let sample = Sample::open_for(scenario, seed)?;
    let plan = fitted(scenario, &sample, seed)?;
    Ok((sample, plan))
}

/// The plan of a scenario on a sample that is open already. What does not fit is shown in the scenario.
pub(crate) fn fitted(scenario: &Scenario, sample: &Sample, seed: u64) -> Result<Plan, RunError> {
    let plan = plan(scenario, sample, seed, Stream::Strategy)?;
    plan.check().map_err(|error| {
        let key = match error {
            SessionError::Candidates(_) => "explore.window_px",
            SessionError::First { .. } if !scenario.explore.points.is_empty() => "explore.points",
            SessionError::First { .. } => "explore.first",
            _ => "explore.steps",
        };
        scenario.problem(key, error.to_string())
    })?;
    Ok(plan)
}

/// The plan of a scenario on its sample.
pub(crate) fn plan(scenario: &Scenario, sample: &Sample, seed: u64, stream: Stream) -> Result<Plan, RunError> {
    Ok(Plan {
        grid: sample.grid(scenario)?,
        corrections: scenario.corrections.clone(),
        further: further(scenario),
        window_px: scenario.explore.window_px,
        within: within(scenario)?,
        steps: scenario.explore.steps,
        target: sample.targets(scenario)?.0,
        // A recording has the light it was taken in: there is nothing to switch.
        light: if matches!(sample, Sample::Recording(_)) { Suns::ZERO } else { scenario.measurement.light },
        waveform: scenario.measurement.waveform.clone(),
        first: scenario.explore.first,
        seed: MasterSeed(seed),
        stream,
    })
}

/// Who looks for the boundaries that locations are restricted to.
fn within(scenario: &Scenario) -> Result<Option<OnBoundaries>, RunError> {
    let Some(wanted) = &scenario.explore.boundaries else { return Ok(None) };
    let ensemble = match &wanted.model {
        None => Ensemble::shipped(ComputeDevice::Flex)?,
        Some(path) => {
            let bytes = std::fs::read(path).map_err(io_error("read", path))?;
            let refused =
                |e: BoundaryError| scenario.problem("explore.boundaries.model", format!("{}: {e}", path.display()));
            Ensemble::from_bytes(&bytes, ComputeDevice::Flex).map_err(refused)?
        }
    };
    Ok(Some(wanted.with(ensemble)))
}

/// Channels first, then the current image: the session scans channels in the dark and the current in the measurements' light.
fn further(scenario: &Scenario) -> Vec<Further> {
    let channels = scenario.further.channels.iter().cloned().map(Further::Channel);
    let current = scenario.further.current.map(|(bias, learn)| Further::Current { bias, learn });
    channels.chain(current).collect()
}

fn start(
    scenario: &Scenario,
    sample: &Sample,
    contender: &Contender,
    plan: &Plan,
    instrument: Description,
    seed: u64,
) -> Result<Start, RunError> {
    let (target, mut names) = sample.targets(scenario)?;
    let steers = names.remove(0);
    let sweeps = target.sweeps(plan.light);
    Ok(Start {
        schema: log::SCHEMA,
        version: env!("CARGO_PKG_VERSION").into(),
        run: scenario.name.clone(),
        seed,
        strategy: contender.name.clone(),
        acquisition: contender.acquisition.clone(),
        target: steers.target,
        target_unit: steers.unit,
        target_title: steers.title,
        further_targets: names,
        curve_light_suns: if sweeps.len() > 1 { sweeps.iter().map(|(light, _)| light.0).collect() } else { Vec::new() },
        steps: plan.steps,
        window_px: plan.window_px,
        corrections: plan.corrections.iter().map(|c| c.name().to_owned()).collect(),
        light_suns: scenario.measurement.light.0,
        instrument,
    })
}

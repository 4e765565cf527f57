//! From a scenario to a finished run folder.

use super::contender::Contender;
use super::folder::RunFolder;
use super::frames::Frames;
use super::play::play;
use super::running::Running;
use super::running::score_points;
use super::sample::Sample;
use super::stopper::Stopper;
use super::summary::Summary;
use super::{RunError, finish};
use crate::config::Scenario;
use crate::progress::Progress;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;
use tiptwin_core::session::{Further, Plan, Session, SessionError, component_of};
use tiptwin_instrument::log::{self, Event, Start};
use tiptwin_instrument::{Description, MasterSeed, Stream};

/// Checks everything that can be checked without measuring, and says what would be done.
pub fn dry_run(scenario: &Scenario, contender: Contender, seed: u64) -> Result<String, RunError> {
    let (sample, plan) = open(scenario, seed)?;
    let instrument = sample.instrument().describe();
    let targets: Vec<String> = sample.targets(scenario)?.1.into_iter().map(|t| t.target).collect();
    let (grid, steps, window) = (plan.grid, plan.steps, plan.window_px);
    Session::new(plan, contender.strategy, &instrument)?;
    Ok(format!(
        "{}: would scan {} × {} pixels over {} × {} on {}, then measure {} at {steps} of {} locations (window {window} px, strategy {}, acquisition {}), seed {seed}",
        scenario.name,
        grid.cols,
        grid.rows,
        grid.width,
        grid.height,
        instrument.identity,
        targets.join(", "),
        (grid.rows - window + 1) * (grid.cols - window + 1),
        contender.name,
        contender.acquisition,
    ))
}

/// Explores, and leaves a run folder with a report. Nothing is created before the whole input has been checked.
pub fn explore(
    scenario: &Scenario,
    contender: Contender,
    seed: u64,
    out: &Path,
    progress: Progress,
    stop: &Stopper,
) -> Result<Summary, RunError> {
    carry_out(scenario, contender, seed, (out, None), progress, stop)
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
    carry_out(scenario, contender, seed, (out, Some(folder)), progress, stop)
}

fn carry_out(
    scenario: &Scenario,
    contender: Contender,
    seed: u64,
    (out, watcher): (&Path, Option<&OnceLock<PathBuf>>),
    progress: Progress,
    stop: &Stopper,
) -> Result<Summary, RunError> {
    let begun = Instant::now();
    progress.stage("preparing the sample");
    let (sample, plan) = open(scenario, seed)?;
    let mut instrument = sample.instrument();
    let description = instrument.describe();
    let start = start(scenario, &sample, &contender, &plan, description.clone(), seed)?;
    let session = Session::new(plan, contender.strategy, &description)?;
    let (mut folder, moved) = RunFolder::create(out, &scenario.text)?;
    if let Some(moved) = moved {
        progress.note(&format!("the earlier run in {} was kept as {}", out.display(), moved.display()));
    }
    folder.append(&Event::Start(Box::new(start.clone())))?;
    let mut run = Running::new(start, session, folder);
    if let Some(watcher) = watcher {
        run.frames = Some(Frames::new(out, run.start.steps));
        watcher.get_or_init(|| out.to_owned());
    }

    let performed = run.perform(instrument.as_mut(), scenario, &sample, progress, stop);
    // Whatever happened: bias 0, light off, tip up, and the journal says how it ended.
    let outcome = match (performed, instrument.make_safe()) {
        (Ok(()), Ok(())) => Ok(()),
        (Ok(()), Err(source)) => Err(RunError::Instrument { source }),
        (Err(RunError::Instrument { source }), Err(safe)) => Err(RunError::Unsafe { source, safe }),
        (Err(error), _) => Err(error),
    };
    run.close(outcome)?;

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
        steps: scenario.explore.steps,
        target: sample.targets(scenario)?.0,
        // A recording has the light it was taken in: there is nothing to switch.
        light: if sample.twin().is_some() { scenario.measurement.light } else { tiptwin_instrument::Suns::ZERO },
        waveform: scenario.measurement.waveform.clone(),
        first: scenario.explore.first,
        seed: MasterSeed(seed),
        stream,
    })
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

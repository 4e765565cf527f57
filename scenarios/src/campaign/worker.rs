//! Plays tasks on the cores of one machine and writes them down as it goes.

use super::manifest::Campaign;
use super::part::{self, Attempt, Failure, Record};
use super::stopwatch::Stopwatch;
use super::task::Task;
use crate::compare::Prepared;
use crate::progress::{Progress, Steps};
use crate::run::{RunError, Sample, Stopper};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Explorations that are written down at the latest, however short they are: what a worker holds in memory has a bound.
const MOST_HELD: usize = 2000;

/// What a worker did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Explorations that are finished and written.
    pub finished: usize,
    /// Those that cannot be played.
    pub failures: Vec<Failure>,
    /// The signal that ended the work early, if one did.
    pub signal: Option<usize>,
}

/// Plays `todo` on `threads` threads. Every thread takes one film at a time with all that is asked of it, and computes alone: small
/// explorations are not worth being shared among threads.
///
/// A signal ends it early: what is finished is written, the exploration under way is dropped. So does a part that cannot be written.
pub fn work(
    campaign: &Campaign,
    todo: &[Task],
    attempt: &Attempt,
    threads: usize,
    progress: Progress,
    stop: &Stopper,
) -> Result<Worked, RunError> {
    let films: Vec<&[Task]> = todo.chunk_by(|a, b| (a.family, a.seed) == (b.family, b.seed)).collect();
    let desk = Desk {
        campaign,
        attempt,
        stop,
        every: Duration::from_secs_f64(campaign.settings().checkpoint_s),
        held: Mutex::new(Held { since: Instant::now(), records: Vec::new(), failures: Vec::new(), parts: 0 }),
        total: Mutex::new((0, progress.steps("explorations", todo.len()), Worked::default())),
        failed: AtomicBool::new(false),
    };
    let next = AtomicUsize::new(0);
    let alone = || -> Result<(), RunError> {
        // Libraries that would spread over all cores find this thread alone.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        let pool = pool.map_err(|e| RunError::Input(format!("cannot start a worker: {e}")))?;
        pool.install(|| {
            while let Some(film) = films.get(next.fetch_add(1, Ordering::Relaxed)) {
                if desk.over() {
                    break;
                }
                if let Err(e) = desk.film(film) {
                    desk.failed.store(true, Ordering::Relaxed);
                    return Err(e);
                }
            }
            Ok(())
        })
    };
    let results: Vec<Result<(), RunError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.clamp(1, films.len().max(1))).map(|_| scope.spawn(alone)).collect();
        let lost = || Err(RunError::Input("a worker thread panicked; what it was at is not finished".into()));
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| lost())).collect()
    });
    let last = desk.put_away(true);
    results.into_iter().collect::<Result<(), _>>()?;
    last?;
    let Desk { total, stop, .. } = desk;
    let mut worked = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).2;
    worked.signal = Some(stop.flag().load(Ordering::Relaxed)).filter(|s| *s > 0);
    Ok(worked)
}

/// What the threads of a worker share.
struct Desk<'a> {
    campaign: &'a Campaign,
    attempt: &'a Attempt,
    stop: &'a Stopper,
    every: Duration,
    held: Mutex<Held>,
    /// Tasks played, the bar that shows them, and what is written.
    total: Mutex<(usize, Steps, Worked)>,
    /// Whether a thread gave up: then all do.
    failed: AtomicBool,
}

/// Finished and not yet written.
struct Held {
    since: Instant,
    records: Vec<Record>,
    failures: Vec<Failure>,
    parts: usize,
}

impl Desk<'_> {
    fn over(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.stop.check(0).is_err()
    }

    /// Everything that is asked of one film.
    fn film(&self, tasks: &[Task]) -> Result<(), RunError> {
        let (plan, device) = (&self.campaign.plan, self.campaign.device);
        let mut sample: Option<Sample> = None;
        for of_case in tasks.chunk_by(|a, b| a.case == b.case) {
            let (case, seed) = (self.campaign.case(&of_case[0]), of_case[0].seed);
            let watch = Stopwatch::start();
            let mut open = || -> Result<(Sample, Prepared), RunError> {
                let film = sample.take().map_or_else(|| Sample::open_for(&case.scenario, seed), Ok)?;
                Ok((film.clone(), Prepared::new(case, film, seed, device)?))
            };
            let prepared = match open() {
                Ok((film, prepared)) => {
                    sample = Some(film);
                    prepared
                }
                Err(e) => {
                    for task in of_case {
                        self.fail(task, &e)?;
                    }
                    continue;
                }
            };
            let mut prepare_s = watch.seconds();
            for task in of_case {
                if self.over() {
                    return Ok(());
                }
                let watch = Stopwatch::start();
                match prepared.play(case, self.campaign.strategy(task), seed, &plan.points, device, self.stop) {
                    Ok(outcome) => {
                        let (task, play_s) = (task.id.to_string(), watch.seconds());
                        self.keep(Record { task, play_s, prepare_s: std::mem::take(&mut prepare_s), outcome })?;
                    }
                    Err(RunError::Interrupted { .. }) => return Ok(()),
                    Err(e) => self.fail(task, &e)?,
                }
            }
        }
        Ok(())
    }

    fn keep(&self, record: Record) -> Result<(), RunError> {
        let said = record.outcome.case.clone();
        if let Ok(mut held) = self.held.lock() {
            held.records.push(record);
        }
        self.count(&said);
        self.put_away(false)
    }

    fn fail(&self, task: &Task, error: &RunError) -> Result<(), RunError> {
        let case = self.campaign.case(task);
        let (label, seed) = (&self.campaign.strategy(task).label, task.seed);
        let message = format!("{}, {label}, seed {seed}: {error}", case.name);
        if let Ok(mut held) = self.held.lock() {
            held.failures.push(Failure { task: task.id.to_string(), message });
        }
        self.count("failed");
        self.put_away(false)
    }

    fn count(&self, said: &str) {
        if let Ok(mut total) = self.total.lock() {
            total.0 += 1;
            total.1.at(total.0, said);
        }
    }

    /// Writes what is held, if it is time or `all` is to be written. Threads go on meanwhile.
    fn put_away(&self, all: bool) -> Result<(), RunError> {
        let (records, failures, number) = {
            let Ok(mut held) = self.held.lock() else { return Ok(()) };
            if !all && held.since.elapsed() < self.every && held.records.len() < MOST_HELD {
                return Ok(());
            }
            held.since = Instant::now();
            held.parts += 1;
            (std::mem::take(&mut held.records), std::mem::take(&mut held.failures), held.parts - 1)
        };
        let finished = records.len();
        part::write(self.campaign, self.attempt, number, records, failures.clone())?;
        if let Ok(mut total) = self.total.lock() {
            total.2.finished += finished;
            total.2.failures.extend(failures);
        }
        Ok(())
    }
}

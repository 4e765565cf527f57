//! Runs that are killed, refused by the disk, or told to stop, at every operation and in every state; and what becomes of them.
//!
//! The sample is simulated in all of these tests. The [`Rig`] says that it is real, and counts its touches in a file that outlives the process: a run
//! over it is treated in every respect as one on a microscope.

use super::disk::{Disk, RealDisk};
use super::explore::{Going, Watcher, World, carry_out};
use super::folder::{FolderError, RunFolder, names, read_journal};
use super::resume::resume_in;
use super::sample::Sample;
use super::stopper::Stopper;
use super::{Contender, RunError, Summary};
use crate::config::Scenario;
use crate::progress::Progress;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tiptwin_core::model::{ModelError, Prediction, View};
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::strategy::{Choice, Strategy};
use tiptwin_instrument::log::{Event, StopOutcome};
use tiptwin_instrument::{
    Action, Description, ErrorKind, Instrument, InstrumentError, Observation, Seconds, StreamRng, Suns,
};

const STEPS: usize = 5;

/// What goes wrong, at the operation of a number and (but for a sync) at all later ones.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// The process is gone after half of the operation.
    KilledWithin,
    /// The process is gone after the operation.
    KilledAfter,
    /// Half of it fits.
    Full,
    /// The file system has become read-only.
    ReadOnly,
    /// The disk says that it could not write, once.
    SyncFails,
}

#[derive(Debug, Default)]
struct Operations {
    done: usize,
    fault: Option<(usize, Fault)>,
    /// Whether the fault has come to pass.
    struck: bool,
}

/// A real folder in which one operation goes wrong.
#[derive(Debug)]
struct FaultyDisk {
    real: RealDisk,
    operations: Arc<Mutex<Operations>>,
}

fn error(fault: Fault) -> io::Error {
    io::Error::from(match fault {
        Fault::Full => io::ErrorKind::StorageFull,
        Fault::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
        _ => io::ErrorKind::Other,
    })
}

impl FaultyDisk {
    /// What is to happen to the next operation: nothing, or a fault that strikes now (`true`) or struck before.
    fn next(&self, is_sync: bool) -> Option<(Fault, bool)> {
        let mut operations = self.operations.lock().expect("operations");
        let number = operations.done;
        operations.done += 1;
        let (at, fault) = operations.fault?;
        if fault == Fault::SyncFails {
            let now = !operations.struck && number >= at && is_sync;
            operations.struck |= now;
            return now.then_some((fault, true));
        }
        operations.struck |= number >= at;
        (number >= at).then_some((fault, number == at))
    }
}

impl Disk for FaultyDisk {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self.next(false) {
            None => self.real.append(name, bytes),
            Some((fault, now)) => {
                match (fault, now) {
                    (Fault::KilledWithin | Fault::Full, true) => self.real.append(name, &bytes[..bytes.len() / 2])?,
                    (Fault::KilledAfter, true) => self.real.append(name, bytes)?,
                    _ => {}
                }
                Err(error(fault))
            }
        }
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        match self.next(true) {
            None => self.real.sync(name),
            // What was written is there, whether or not it was waited for: that a crash of the machine may lose it is what the order of
            // operations is for.
            Some((fault, _)) => Err(error(fault)),
        }
    }

    fn cut(&mut self, name: &str, length: u64) -> io::Result<()> {
        match self.next(false) {
            // A full disk can be cut.
            None | Some((Fault::Full, _)) => self.real.cut(name, length),
            Some((fault, now)) => {
                if (fault, now) == (Fault::KilledAfter, true) {
                    self.real.cut(name, length)?;
                }
                Err(error(fault))
            }
        }
    }

    fn replace(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self.next(false) {
            None => self.real.replace(name, bytes),
            Some((fault, now)) => {
                if (fault, now) == (Fault::KilledAfter, true) {
                    self.real.replace(name, bytes)?;
                }
                Err(error(fault))
            }
        }
    }
}

/// How the rig stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct State {
    down: bool,
    lamp: Suns,
    actions: usize,
    made_safe: usize,
}

/// The twin as a microscope that says it is real.
struct Rig {
    twin: Box<dyn Instrument>,
    touches: PathBuf,
    state: Arc<Mutex<State>>,
    /// Done before the action of this number.
    at: Option<(usize, Incident)>,
}

#[derive(Clone, Debug)]
enum Incident {
    /// A signal comes.
    Signal(Stopper, usize),
    /// The clock jumps by this many seconds.
    Jump(f64),
    /// The instrument fails.
    Fails,
    /// The instrument fails and cannot be made safe.
    Lost,
    /// The driver panics.
    Panics,
}

impl Rig {
    fn touch(&self, what: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.touches).expect("touches");
        writeln!(file, "{what}").expect("touch");
    }
}

impl Instrument for Rig {
    fn describe(&self) -> Description {
        let mut d = self.twin.describe();
        d.capabilities.simulated = false;
        d.serial = Some("RIG-7".into());
        d
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        let number = {
            let mut state = self.state.lock().expect("state");
            state.actions += 1;
            state.down = !matches!(action, Action::Withdraw);
            if let Action::SetLight { intensity } = action {
                state.lamp = *intensity;
            }
            state.actions - 1
        };
        match action {
            Action::SweepIv { at, .. } => self.touch(&format!("{} {}", at.x.0, at.y.0)),
            Action::ScanTopography { .. } => self.touch("scan"),
            _ => {}
        }
        let mut observation = self.twin.execute(action)?;
        match &self.at {
            Some((k, incident)) if *k <= number => match incident {
                Incident::Signal(stop, signal) if *k == number => assert!(!stop.signal(*signal), "the first"),
                Incident::Signal(..) => {}
                Incident::Jump(by) => observation.instrument_time = Seconds(observation.instrument_time.0 + by),
                Incident::Fails | Incident::Lost => {
                    return Err(InstrumentError::new(ErrorKind::Fault, "the controller says no"));
                }
                Incident::Panics => panic!("a defect of the driver"),
            },
            _ => {}
        }
        Ok(observation)
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        if matches!(self.at, Some((_, Incident::Lost))) {
            return Err(InstrumentError::new(ErrorKind::Fault, "no answer"));
        }
        let mut state = self.state.lock().expect("state");
        (state.down, state.lamp, state.made_safe) = (false, Suns::ZERO, state.made_safe + 1);
        self.twin.make_safe()
    }
}

const LIMITS: &str = "bias_max_v = 2.0\nslew_max_v_per_s = 10\ncurrent_max_na = 500\ncharge_per_spot_max_nc = 5000\n\
    touches_per_spot_max = 2\nspacing_min_nm = 20\nx_min_um = 0\nx_max_um = 1\ny_min_um = 0\ny_max_um = 1\nlight_max_suns = 0.2\n\
    light_dose_max_suns_s = 1000\nsweep_max_s = 5\nrun_max_s = 5000\ndisk_free_min_mb = 1\nlift_before_lateral_move = true\n";

/// A place for runs of one scenario.
struct Bench {
    dir: tempfile::TempDir,
    /// Whether the sample says that it is real.
    real: bool,
    overrides: Vec<String>,
    operations: Arc<Mutex<Operations>>,
    state: Arc<Mutex<State>>,
    incident: Mutex<Option<(usize, Incident)>>,
    stop: Stopper,
}

impl Bench {
    fn new(real: bool, overrides: &[&str]) -> Self {
        // A process that is killed loses nothing that it wrote, synced or not: thousands of syncs need not wait for a real disk.
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("temp");
        fs::write(dir.path().join("limits.toml"), LIMITS).expect("limits");
        Self {
            dir,
            real,
            overrides: overrides.iter().map(|&o| o.to_owned()).collect(),
            operations: Arc::default(),
            state: Arc::default(),
            incident: Mutex::default(),
            stop: Stopper::default(),
        }
    }

    fn run(&self) -> PathBuf {
        self.dir.path().join("run")
    }

    /// Files of the run as of a new place and a new process, with a fault or without.
    fn process(&self, fault: Option<(usize, Fault)>) {
        *self.operations.lock().expect("operations") = Operations { fault, ..Operations::default() };
    }

    fn afresh(&self) {
        drop(fs::remove_dir_all(self.run()));
        drop(fs::remove_file(self.dir.path().join("touches")));
        *self.state.lock().expect("state") = State::default();
    }

    fn scenario(&self) -> Scenario {
        let (realism, limits) = if self.real { ("ideal", "limits = \"limits.toml\"\n") } else { ("typical", "") };
        let text = format!(
            "[instrument]\ndriver = \"twin\"\n{limits}[instrument.twin]\nrealism = \"{realism}\"\n[scan]\nsize_um = 1.0\npixels = 20\n\
             [measurement]\nlight_suns = 0.1\nwaveform = {{ samples = 51 }}\n[explore]\nstrategy = \"gp-coordinates\"\nwindow_px = 8\nsteps = {STEPS}\ncompare_random = false\n"
        );
        let mut scenario =
            Scenario::parse("survivor", "survivor.toml", &text, self.dir.path(), &self.overrides).expect("a scenario");
        scenario.explore.seed = Some(3);
        scenario.invocation.arm = self.real.then(|| "RIG-7".to_owned());
        scenario
    }

    fn with_world<T>(&self, act: impl FnOnce(&World<'_>) -> T) -> T {
        let instrument = |sample: &Sample| -> Box<dyn Instrument> {
            if !self.real {
                return sample.instrument();
            }
            let touches = self.dir.path().join("touches");
            let at = self.incident.lock().expect("incident").clone();
            Box::new(Rig { twin: sample.instrument(), touches, state: self.state.clone(), at })
        };
        let disk = |folder: &Path| -> Box<dyn Disk> {
            Box::new(FaultyDisk { real: RealDisk::new(folder), operations: self.operations.clone() })
        };
        act(&World { instrument: &instrument, disk: &disk })
    }

    fn explore_with(&self, contender: Contender) -> Result<Summary, RunError> {
        let (scenario, run) = (self.scenario(), self.run());
        self.with_world(|world| {
            let stop = (Progress::Quiet, &self.stop);
            carry_out(world, &scenario, contender, 3, (&run, Watcher::Nobody), &Going::Anew, stop)
        })
    }

    fn explore(&self) -> Result<Summary, RunError> {
        self.explore_with(Contender::named(&self.scenario().explore, 3, ComputeDevice::default()).expect("known"))
    }

    fn resume(&self, repeat_unknown: bool) -> Result<Summary, RunError> {
        let arm = self.real.then(|| "RIG-7".to_owned());
        self.with_world(|world| {
            resume_in(world, &self.run(), (repeat_unknown, arm), Progress::Quiet, &Stopper::default())
        })
    }

    fn touches(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dir.path().join("touches")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn events(&self) -> Vec<Event> {
        read_journal(&self.run()).expect("a journal without a hole").0
    }

    fn unknown_outcome(&self) -> Option<usize> {
        self.events().iter().fold(None, |open, event| match event {
            Event::Decision(d) => Some(d.index),
            Event::Measurement(_) | Event::Rejected { .. } => None,
            _ => open,
        })
    }

    fn assert_safe(&self, when: &str) {
        let state = *self.state.lock().expect("state");
        assert!(!state.down && state.lamp == Suns::ZERO && state.made_safe > 0, "{when}: {state:?}");
    }
}

/// Everything that a run leaves apart from times by the wall clock and how often it was stopped.
#[derive(Debug, PartialEq)]
struct Left {
    journal: Vec<serde_json::Value>,
    files: Vec<(String, Vec<u8>)>,
    summary: serde_json::Value,
}

fn left(run: &Path) -> Left {
    let (events, torn) = read_journal(run).expect("journal");
    assert!(!torn);
    let told = events.iter().filter(|e| !matches!(e, Event::Stop { .. } | Event::Resumed { .. }));
    let journal = told.map(|event| {
        let mut value = serde_json::to_value(event).expect("JSON");
        let fields = value.as_object_mut().expect("fields");
        fields.remove("decide_s");
        fields.remove("wall_time_s");
        value
    });
    let files = [names::STRUCTURE, names::CURVES, names::MAPS, names::SCENARIO, names::INVOCATION];
    let files = files.map(|name| (name.to_owned(), fs::read(run.join(name)).expect(name)));
    let text = fs::read_to_string(run.join(names::SUMMARY)).expect("summary");
    let mut summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    summary.as_object_mut().expect("fields").remove("timing_s");
    Left { journal: journal.collect(), files: files.into(), summary }
}

/// An undisturbed run, what it leaves, and how many operations on the disk it takes.
fn undisturbed(bench: &Bench) -> (Left, usize) {
    bench.process(None);
    bench.explore().expect("runs");
    let count = bench.operations.lock().expect("operations").done;
    assert!(count > 8 * STEPS, "{count} operations");
    (left(&bench.run()), count)
}

#[test]
fn killed_at_every_operation_a_run_on_the_twin_ends_with_the_same_bytes() {
    // A learner with a memory, and a microscope that its past has worn: both have to be as they were.
    let bench = Bench::new(false, &["explore.strategy=tiptwin"]);
    let (whole, operations) = undisturbed(&bench);
    let mut resumed = 0;
    for at in 0..operations {
        for fault in [Fault::KilledWithin, Fault::KilledAfter] {
            bench.afresh();
            bench.process(Some((at, fault)));
            let died = bench.explore();
            bench.process(None);
            let when = format!("{fault:?} at operation {at} of {operations}: {died:?}");
            match bench.resume(false) {
                Ok(_) => resumed += 1,
                Err(RunError::Refused(why)) => {
                    // Nothing was begun: then the same command is given again.
                    assert!(died.is_err() && !bench.run().join(names::SUMMARY).is_file(), "{when}: {why}");
                    assert!(bench.events().is_empty() || why.contains("invocation"), "{when}: {why}");
                    bench.explore().expect(&when);
                    drop(fs::remove_dir_all(bench.dir.path().join("run.previous-1")));
                }
                Err(other) => panic!("{when}: {other}"),
            }
            assert!(left(&bench.run()) == whole, "{when}");
        }
    }
    assert!(resumed > operations, "{resumed} of {} runs were resumed", 2 * operations);
}

#[test]
fn killed_or_failed_at_every_operation_a_real_instrument_repeats_no_touch_and_loses_nothing() {
    let bench = Bench::new(true, &[]);
    let (whole, operations) = undisturbed(&bench);
    assert_eq!(bench.touches().len(), STEPS + 1);
    let faults = [Fault::KilledWithin, Fault::KilledAfter, Fault::Full, Fault::ReadOnly, Fault::SyncFails];
    let (mut unknown, mut identical) = (0, 0);
    for at in 0..operations {
        for fault in faults {
            bench.afresh();
            bench.process(Some((at, fault)));
            let died = bench.explore();
            let struck = bench.operations.lock().expect("operations").struck;
            let when = format!("{fault:?} at operation {at} of {operations}: {died:?}");
            assert_eq!(died.is_err(), struck, "{when}");
            if let Err(error) = &died {
                assert_eq!(error.exit_code(), 3, "{when}");
                if bench.state.lock().expect("state").actions > 0 {
                    bench.assert_safe(&when);
                }
            }
            bench.process(None);
            if !bench.run().join(names::JOURNAL).is_file() || bench.events().is_empty() {
                assert_eq!(bench.touches().len(), 0, "{when}: no touch without a journal");
                continue;
            }
            let before = bench.events();
            let measured_before: Vec<&Event> = before.iter().filter(|e| matches!(e, Event::Measurement(_))).collect();
            let open = bench.unknown_outcome();
            if died.is_ok() {
                continue;
            }
            let repeats = match bench.resume(false) {
                Ok(_) => false,
                Err(RunError::Refused(why)) if why.contains("--repeat-unknown") => {
                    assert!(why.contains("scan_topography"), "{when}: {why}");
                    assert_eq!(before.len(), bench.events().len(), "{when}: a refusal changes nothing");
                    bench.resume(true).expect(&when);
                    true
                }
                Err(other) => panic!("{when}: {other}"),
            };
            bench.assert_safe(&when);
            let mut touches = bench.touches();
            let count = touches.len();
            assert!(repeats || count <= STEPS + 1, "{when}: {count} touches");
            touches.sort();
            touches.dedup();
            assert_eq!(
                touches.len(),
                count - usize::from(repeats && count > STEPS + 1),
                "{when}: a touch was repeated"
            );
            let after = bench.events();
            assert!(measured_before.iter().all(|m| after.contains(m)), "{when}: a result was lost");
            if let Some(index) = open {
                unknown += 1;
                let kept = after.iter().any(
                        |e| matches!(e, Event::Rejected { index: i, reason, .. } if *i == index && reason.contains("unknown")),
                    );
                assert!(kept, "{when}: location {index} stays unknown");
            } else {
                identical += 1;
                let now = left(&bench.run());
                assert!(now.files == whole.files && now.summary == whole.summary, "{when}");
            }
        }
    }
    assert!(unknown > STEPS && identical > 2 * STEPS, "{unknown} unknown, {identical} identical");
}

#[test]
fn an_unknown_touch_is_repeated_where_that_is_asked_for() {
    let bench = Bench::new(true, &[]);
    let (whole, operations) = undisturbed(&bench);
    let mut asked = 0;
    for at in 0..operations {
        bench.afresh();
        bench.process(Some((at, Fault::KilledAfter)));
        drop(bench.explore());
        bench.process(None);
        if bench.events().is_empty() || bench.unknown_outcome().is_none() {
            continue;
        }
        asked += 1;
        bench.resume(true).expect("goes on");
        let now = left(&bench.run());
        assert!(now.files == whole.files && now.summary == whole.summary, "operation {at}");
        assert!(bench.touches().len() <= STEPS + 2);
    }
    assert!(asked >= STEPS, "{asked}");
}

#[test]
fn a_journal_cut_at_every_byte_is_continued_from_what_is_whole() {
    let bench = Bench::new(false, &[]);
    let (whole, _) = undisturbed(&bench);
    let run = bench.run();
    let journal = fs::read(run.join(names::JOURNAL)).expect("journal");
    for late in [names::MAPS, names::EXTRAS, names::SUMMARY, names::REPORT] {
        fs::remove_file(run.join(late)).expect("removed");
    }
    let ends: Vec<usize> = (0..journal.len()).filter(|i| journal[*i] == b'\n').map(|i| i + 1).collect();
    let disk = |folder: &Path| -> Box<dyn Disk> { Box::new(RealDisk::new(folder)) };
    let file = OpenOptions::new().write(true).open(run.join(names::JOURNAL)).expect("journal");
    for length in (0..=journal.len()).rev() {
        file.set_len(length as u64).expect("cut");
        let text = std::str::from_utf8(&journal[..length]).unwrap_or_default();
        // A line is whole from its last brace on.
        let events = ends.iter().filter(|end| **end - 1 <= length).count();
        match RunFolder::reopen(&run, false, &disk) {
            Ok((_, found)) => {
                assert!(events > 0, "{length}");
                let told = text.lines().take(events).filter(|l| l.contains("\"type\":\"measurement\"")).count();
                assert_eq!(found.touched, told, "{length} bytes");
            }
            Err(FolderError::Damaged { reason, .. }) => assert!(events == 0 && reason.contains("no start"), "{length}"),
            Err(other) => panic!("{length} bytes: {other}"),
        }
        assert_eq!(file.metadata().expect("journal").len(), length as u64, "looking changes nothing");
    }
    // Whole runs from around the end of every line.
    for length in
        ends.iter().flat_map(|end| [end - 1, *end, end + 1]).filter(|l| (ends[0] - 1..=journal.len()).contains(l))
    {
        fs::write(run.join(names::JOURNAL), &journal[..length]).expect("cut");
        bench.resume(false).unwrap_or_else(|e| panic!("{length} bytes: {e}"));
        assert!(left(&run) == whole, "{length} bytes");
        fs::remove_file(run.join(names::SUMMARY)).expect("removed");
    }
}

#[test]
fn what_cannot_be_continued_is_refused_and_left_as_it_is() {
    let bench = Bench::new(false, &[]);
    undisturbed(&bench);
    let refuse = |why: &str| {
        let before = fs::read(bench.run().join(names::JOURNAL)).expect("journal");
        let error = bench.resume(false).expect_err(why);
        assert_eq!(error.exit_code(), 7, "{error}");
        assert!(error.to_string().contains(why), "{why}: {error}");
        assert_eq!(fs::read(bench.run().join(names::JOURNAL)).expect("journal"), before);
    };
    refuse("is complete");
    fs::remove_file(bench.run().join(names::SUMMARY)).expect("removed");
    let journal = fs::read_to_string(bench.run().join(names::JOURNAL)).expect("journal");
    let write = |text: &str| fs::write(bench.run().join(names::JOURNAL), text).expect("written");
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    write(&[&lines[..3], &lines[4..]].concat().concat());
    refuse("line 4 of the journal is damaged");
    // Events that are sound and of another past.
    let rewritten = |from: &str, to: &str| -> String {
        let (events, _) = tiptwin_instrument::log::decode(&journal).expect("sound");
        let line = |(seq, event): (usize, &Event)| {
            let text = serde_json::to_string(event).expect("JSON").replace(from, to);
            let event: Event = serde_json::from_str(&text).expect("an event");
            tiptwin_instrument::log::encode(seq as u64, &event).expect("encodes")
        };
        events.iter().enumerate().map(line).collect()
    };
    write(&rewritten("\"version\":\"0", "\"version\":\"9"));
    refuse("was begun by tiptwin 9");
    write(&rewritten("\"window_px\":8", "\"window_px\":9"));
    refuse("line 1 of the journal says");
    write(&rewritten("\"censored\":false", "\"censored\":true"));
    refuse("and repeating it gives");
    write(&journal);
    let curves = fs::read(bench.run().join(names::CURVES)).expect("curves");
    fs::write(bench.run().join(names::CURVES), &curves[..curves.len() - 1]).expect("short");
    refuse("the journal needs");
    let mut other = curves.clone();
    other[8 * 51 + 3] ^= 1;
    fs::write(bench.run().join(names::CURVES), other).expect("changed");
    refuse("the curves differ");
    fs::write(bench.run().join(names::CURVES), curves).expect("as it was");
    let (holder, _) = RunFolder::reopen(&bench.run(), false, &|folder| Box::new(RealDisk::new(folder))).expect("opens");
    refuse("is being written by another process");
    let error = bench.explore().expect_err("somebody writes there");
    assert_eq!(error.exit_code(), 3, "{error}");
    drop(holder);
    bench.resume(false).expect("nothing is wrong with it");
}

#[test]
fn a_signal_in_every_state_finishes_the_point_and_ends_safe() {
    for at in 0.. {
        let bench = Bench::new(true, &[]);
        *bench.incident.lock().expect("incident") = Some((at, Incident::Signal(bench.stop.clone(), 15)));
        let ended = bench.explore();
        let when = format!("signal at action {at}");
        bench.assert_safe(&when);
        assert!(bench.touches().len() <= STEPS + 1, "{when}");
        if bench.stop.flag().load(std::sync::atomic::Ordering::SeqCst) == 0 {
            ended.expect(&when);
            assert!(at > 2 * STEPS, "all states were met: {at}");
            return;
        }
        // A signal at the last point finds nothing left to stop.
        match ended {
            Ok(_) => assert_eq!(bench.touches().len(), STEPS + 1),
            Err(error) => {
                assert_eq!(error.exit_code(), 143, "{when}: {error}");
                let stop = bench.events().pop();
                assert!(
                    matches!(stop, Some(Event::Stop { outcome: StopOutcome::Interrupted, made_safe: Some(true), .. })),
                    "{when}: {stop:?}"
                );
                assert_eq!(bench.unknown_outcome(), None, "{when}: the point was finished");
                *bench.incident.lock().expect("incident") = None;
                bench.resume(false).expect(&when);
                assert_eq!(bench.touches().len(), STEPS + 1, "{when}");
            }
        }
    }
}

#[test]
fn every_incident_ends_safe_with_its_exit_code() {
    let cases = [
        (Incident::Jump(-100.0), "clock"),
        (Incident::Jump(f64::NAN), "clock"),
        (Incident::Fails, "the controller says no"),
        (Incident::Panics, "panicked"),
    ];
    for at in 0..2 * STEPS {
        for (incident, why) in &cases {
            let bench = Bench::new(true, &[]);
            // The clock of the first action has nothing before it to jump from but zero.
            *bench.incident.lock().expect("incident") = Some((at, incident.clone()));
            let when = format!("{incident:?} at action {at}");
            let error = bench.explore().expect_err(&when);
            assert_eq!(error.exit_code(), 5, "{when}: {error}");
            assert!(error.to_string().contains(why), "{when}: {error}");
            bench.assert_safe(&when);
            let stop = bench.events().pop();
            assert!(
                matches!(stop, Some(Event::Stop { outcome: StopOutcome::Failed, made_safe: Some(true), .. })),
                "{when}: {stop:?}"
            );
        }
        let bench = Bench::new(true, &[]);
        *bench.incident.lock().expect("incident") = Some((at, Incident::Lost));
        let error = bench.explore().expect_err("fails");
        assert_eq!(error.exit_code(), 5, "{error}");
        assert!(error.to_string().contains("by hand"), "{error}");
        assert!(matches!(bench.events().pop(), Some(Event::Stop { made_safe: Some(false), .. })));
    }
}

/// Panics when it is asked for the second location.
struct Defect;

impl Strategy for Defect {
    fn name(&self) -> &str {
        "defect"
    }
    fn choose(&mut self, _: &View<'_>, _: &[bool], _: &mut StreamRng) -> Result<Choice, ModelError> {
        panic!("a defect of the strategy")
    }
    fn predict(&mut self, _: &View<'_>) -> Result<Option<Prediction>, ModelError> {
        Ok(None)
    }
}

#[test]
fn a_panic_makes_safe_and_goes_on() {
    let bench = Bench::new(true, &[]);
    let contender =
        Contender { name: "defect".into(), acquisition: "none".into(), strategy: Box::new(Defect), random: None };
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(bench.explore_with(contender))));
    assert!(panic.is_err());
    bench.assert_safe("panic");
    let stop = bench.events().pop();
    assert!(
        matches!(&stop, Some(Event::Stop { outcome: StopOutcome::Failed, made_safe: Some(true), message }) if message.contains("panicked")),
        "{stop:?}"
    );
}

#[test]
fn nobody_drives_a_real_instrument_by_accident_or_together() {
    let bench = Bench::new(true, &[]);
    let attempt = |scenario: &Scenario| {
        let contender = Contender::named(&scenario.explore, 3, ComputeDevice::default()).expect("known");
        let error = bench.with_world(|world| {
            let stop = Stopper::default();
            let to = (bench.run(), (Progress::Quiet, &stop));
            carry_out(world, scenario, contender, 3, (&to.0, Watcher::Nobody), &Going::Anew, to.1)
        });
        let error = error.expect_err("refused");
        assert!(!bench.run().exists() && bench.touches().is_empty(), "nothing was done");
        error
    };
    for arm in [None, Some("RIG-8".to_owned()), Some(String::new())] {
        let mut scenario = bench.scenario();
        scenario.invocation.arm = arm;
        let error = attempt(&scenario);
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("--arm RIG-7"), "{error}");
    }
    let file = fs::File::open(bench.dir.path().join("limits.toml")).expect("limits");
    file.lock().expect("another process");
    let error = attempt(&bench.scenario());
    assert!(error.to_string().contains("another process drives"), "{error}");
    drop(file);
    let mut unlimited = bench.scenario();
    unlimited.limits = tiptwin_drivers::SafetyLimits::default();
    let error = attempt(&unlimited);
    assert!(error.to_string().contains("must be complete"), "{error}");
    bench.explore().expect("armed, alone and limited");
}

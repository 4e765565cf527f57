//! Runs that are killed, refused by the disk, or told to stop, at every operation and in every state; and what becomes of them.
//!
//! The sample is simulated in all of these tests. The [`Rig`] says that it is real, and counts its touches in a file that outlives the process: a run
//! over it is treated in every respect as one on a microscope.

mod emulated;
mod faulty;
mod incidents;
mod kills;
mod past;
mod rig;

use super::disk::{Disk, RealDisk};
use super::explore::{Going, Watcher, World, carry_out};
use super::folder::{names, read_journal};
use super::resume::resume_in;
use super::sample::Sample;
use super::stopper::Stopper;
use super::{Contender, RunError, Summary, wal};
use crate::config::Scenario;
use crate::progress::Progress;
use emulated::Afm;
use faulty::{Fault, FaultyDisk, OnTheDisk, Operations};
use rig::{Incident, Rig, State};
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tiptwin_core::net::ComputeDevice;
use tiptwin_instrument::log::Event;
use tiptwin_instrument::{Instrument, Suns};

const STEPS: usize = 5;

const LIMITS: &str = "bias_max_v = 2.0\nslew_max_v_per_s = 10\ncurrent_max_na = 500\ncharge_per_spot_max_nc = 5000\n\
    touches_per_spot_max = 2\nspacing_min_nm = 20\nx_min_um = 0\nx_max_um = 1\ny_min_um = 0\ny_max_um = 1\nlight_max_suns = 0.2\n\
    light_dose_max_suns_s = 1000\nsweep_max_s = 5\nrun_max_s = 5000\ndisk_free_min_mb = 1\nlift_before_lateral_move = true\n";

/// A place for runs of one scenario.
struct Bench {
    dir: tempfile::TempDir,
    /// Whether the sample says that it is real.
    real: bool,
    /// A microscope that goes on while processes come and go, instead of the rig.
    afm: Option<Afm>,
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
            afm: None,
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

    /// The machine loses its power, too: what was not on the disk is gone. Returns the events that the run relied on.
    fn lose_power(&self) -> Vec<Event> {
        let OnTheDisk { lengths, log, promised } = self.operations.lock().expect("operations").on_the_disk.clone();
        for (name, length) in &lengths {
            if let Ok(file) = OpenOptions::new().write(true).open(self.run().join(name)) {
                file.set_len(*length).expect("lost");
            }
        }
        let path = self.run().join(wal::NAME);
        match log {
            Some(log) => fs::write(path, log).expect("the log as it was"),
            None => drop(fs::remove_file(path)),
        }
        tiptwin_instrument::log::decode(std::str::from_utf8(&promised).expect("text")).expect("a journal").0
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
            if let Some(afm) = &self.afm {
                return afm.open();
            }
            if !self.real {
                return sample.instrument();
            }
            let touches = self.dir.path().join("touches");
            let at = self.incident.lock().expect("incident").clone();
            Box::new(Rig { twin: sample.instrument(), touches, state: self.state.clone(), at })
        };
        let disk = |folder: &Path| -> Box<dyn Disk> {
            let (real, operations) = (RealDisk::new(folder), self.operations.clone());
            Box::new(FaultyDisk { folder: folder.to_owned(), real, operations })
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

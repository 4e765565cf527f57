//! The real driver and an emulated microscope, which goes on while the process that drives it is killed.

use super::*;
use tiptwin_drivers::cypher::{self, Settings};
use tiptwin_drivers::emulator::{Bench as Film, Emulator, Faults, Habits, Running};
use tiptwin_tests::{cypher_settings, twin};

/// A microscope that outlives the processes.
pub(super) struct Afm {
    settings: Settings,
    running: Running,
    _folder: tempfile::TempDir,
}

impl Afm {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("temp");
        let film = twin(3, 4);
        let habits = Habits { serial: "RIG-7".into(), ..Habits::at_once() };
        let settings = cypher_settings(folder.path(), &habits, &film);
        let emulator = Emulator::new(Film::new(film), &settings.buffer, &settings.data, habits, Faults::default());
        Self { settings, running: emulator.expect("folders").start(), _folder: folder }
    }

    /// As a new process does it.
    pub(super) fn open(&self) -> Box<dyn Instrument> {
        cypher::open(&self.settings).expect("opens")
    }

    fn touches(&self) -> usize {
        self.running.bench().touches()
    }
}

#[test]
fn killed_at_every_operation_a_run_on_the_emulated_microscope_repeats_no_touch() {
    let mut bench = Bench::new(true, &[]);
    let count = |bench: &Bench| bench.afm.as_ref().map_or(0, Afm::touches);
    bench.afm = Some(Afm::start());
    bench.process(None);
    bench.explore().expect("runs");
    let operations = bench.operations.lock().expect("operations").done;
    assert_eq!(count(&bench), STEPS + 1, "one image and the sweeps");
    let (mut unknown, mut resumed) = (0, 0);
    for at in 0..operations {
        bench.afresh();
        bench.afm = Some(Afm::start());
        bench.process(Some((at, Fault::KilledAfter)));
        let died = bench.explore();
        let when = format!("operation {at} of {operations}: {died:?}");
        let touched = count(&bench);
        bench.process(None);
        if bench.events().is_empty() {
            assert_eq!(touched, 0, "{when}: no touch without a journal");
            continue;
        }
        let measured = |bench: &Bench| -> Vec<Event> {
            bench.events().into_iter().filter(|e| matches!(e, Event::Measurement(_))).collect()
        };
        let (before, open) = (measured(&bench), bench.unknown_outcome());
        let scanned = bench.events().iter().any(|e| matches!(e, Event::Scan { .. }));
        // What an intent without a result did is not known from the folder: one touch, or none.
        let known = usize::from(scanned) + before.len();
        assert!((known..=known + 1).contains(&touched), "{when}: {touched} touches");
        match bench.resume(false) {
            Ok(_) => resumed += 1,
            Err(RunError::Refused(why)) => {
                assert!(
                    why.contains("--repeat-unknown") || why.contains("invocation") || why.contains("complete"),
                    "{when}: {why}"
                );
                assert_eq!(count(&bench), touched, "{when}: a refusal touches nothing");
                continue;
            }
            Err(other) => panic!("{when}: {other}"),
        }
        let left = usize::from(!scanned) + STEPS - before.len() - usize::from(open.is_some());
        assert_eq!(count(&bench), touched + left, "{when}: only what was left is touched");
        assert!(before.iter().all(|m| bench.events().contains(m)), "{when}: a result was lost");
        assert!(bench.afm.as_ref().is_some_and(|afm| afm.running.bench().is_safe()), "{when}: it ends safe");
        unknown += usize::from(open.is_some());
    }
    assert!(unknown >= STEPS && resumed > 3 * STEPS, "{unknown} unknown, {resumed} resumed of {operations}");
}

//! A session on real instruments: it finishes, repeats itself, survives bad measurements, and refuses impossible plans.

use tiptwin_core::descriptor;
use tiptwin_core::model::{ModelError, Prediction, View};
use tiptwin_core::session::{First, Further, Plan, Session, SessionError, Step, Target, Told};
use tiptwin_core::strategy::{Choice, Strategy};
use tiptwin_drivers::Replay;
use tiptwin_drivers::replay::{Layout, Recording};
use tiptwin_instrument::{
    Action, Instrument, MasterSeed, Meters, Outcome, Pixel, ScanGrid, Stream, StreamRng, Suns, Volts, Waveform,
};
use tiptwin_tests::{map_layout, map_replay, twin, write_recording};

/// Measures every seventh open candidate: a strategy without a model.
struct EverySeventh;

impl Strategy for EverySeventh {
    fn name(&self) -> &str {
        "every-seventh"
    }
    fn choose(&mut self, _: &View<'_>, open: &[bool], _: &mut StreamRng) -> Result<Choice, ModelError> {
        let index = (0..open.len()).filter(|&i| open[i]).nth(7).expect("enough candidates");
        Ok(Choice { index, mean: None, sigma: None })
    }
    fn predict(&mut self, _: &View<'_>) -> Result<Option<Prediction>, ModelError> {
        Ok(None)
    }
}

fn plan(steps: usize) -> Plan {
    Plan {
        grid: ScanGrid::square(Meters(1e-6), 24),
        corrections: Vec::new(),
        further: Vec::new(),
        window_px: 8,
        within: None,
        steps,
        target: Target::Descriptor(descriptor::by_name("max_current").expect("known")),
        light: Suns(0.1),
        waveform: Waveform::default(),
        first: First::Random,
        seed: MasterSeed(9),
        stream: Stream::Strategy,
    }
}

#[test]
fn a_session_darkens_scans_lights_and_measures() {
    let mut twin = twin(1, 1);
    let mut session = Session::new(plan(5), Box::new(EverySeventh), &twin.describe()).expect("starts");
    let mut names = Vec::new();
    loop {
        let step = session.next().expect("goes on");
        assert_eq!(step, session.next().expect("goes on"), "asking twice changes nothing");
        let action = match step {
            Step::Finished => break,
            Step::Prepare(action) => action,
            Step::Measure(planned) => planned.action,
        };
        names.push(action.name());
        session.tell(&twin.execute(&action).expect("executes")).expect("takes");
    }
    assert_eq!(names[..3], ["set_light", "scan_topography", "set_light"]);
    assert_eq!(names[3..], ["sweep_iv"; 5]);
    assert_eq!(session.measured().len(), 5);
    assert_eq!(session.open().iter().filter(|&&o| !o).count(), 5);
}

#[test]
fn unusable_measurements_are_skipped_and_their_place_closed() {
    let dir = tempfile::tempdir().expect("temp");
    let mut replay = map_replay(&write_recording(dir.path()));
    let grid = replay.describe().limits.reach;
    let plan = Plan { grid, target: Target::Scalar, light: Suns::ZERO, ..plan(6) };
    let mut session = Session::new(plan, Box::new(EverySeventh), &replay.describe()).expect("starts");
    let mut rejected = 0;
    loop {
        let action = match session.next().expect("goes on") {
            Step::Finished => break,
            Step::Prepare(action) => action,
            Step::Measure(planned) => planned.action,
        };
        let mut observation = replay.execute(&action).expect("executes");
        if matches!(action, Action::ReadScalar { .. }) && session.touched() < 3 {
            observation.outcome = Outcome::Scalar(f64::NAN);
        }
        if matches!(session.tell(&observation).expect("takes"), Told::Rejected { .. }) {
            rejected += 1;
        }
    }
    assert_eq!((rejected, session.measured().len(), session.touched()), (3, 3, 6));
    assert!(session.measured().iter().all(|m| m.value.is_finite()));
}

#[test]
fn impossible_plans_are_refused_before_anything_moves() {
    let twin = twin(1, 1);
    let refuse = |plan: Plan| {
        Session::new(plan, Box::new(EverySeventh), &twin.describe()).expect_err("must be refused").to_string()
    };
    let many = refuse(plan(17 * 17 + 1));
    assert!(many.contains("290") && many.contains("1 to 289"), "{many}");
    let wide = refuse(Plan { window_px: 25, ..plan(1) });
    assert!(wide.contains("25") && wide.contains("1 to 24"), "{wide}");
    let edge = refuse(Plan { first: First::At(Pixel { row: 3, col: 12 }), ..plan(1) });
    assert!(edge.contains("row 3") && edge.contains("rows 4 to 20"), "{edge}");
    let scalar = refuse(Plan { target: Target::Scalar, ..plan(1) });
    assert!(scalar.contains("read a scalar") && scalar.contains("twin"), "{scalar}");
}

#[test]
fn answers_to_other_questions_are_refused() {
    let mut twin = twin(1, 1);
    let mut session = Session::new(plan(2), Box::new(EverySeventh), &twin.describe()).expect("starts");
    let image = twin.execute(&Action::ScanTopography { grid: ScanGrid::square(Meters(1e-6), 24) }).expect("scans");
    assert!(matches!(session.tell(&image), Err(SessionError::Mismatch { expected: "set_light", .. })));
}

#[test]
fn further_channels_are_scanned_and_shown_to_the_strategy() {
    struct CountsImages;
    impl Strategy for CountsImages {
        fn name(&self) -> &'static str {
            "counts-images"
        }
        fn choose(&mut self, view: &View<'_>, _: &[bool], _: &mut StreamRng) -> Result<Choice, ModelError> {
            Ok(Choice { index: view.candidates.images().count(), mean: None, sigma: None })
        }
        fn predict(&mut self, _: &View<'_>) -> Result<Option<Prediction>, ModelError> {
            Ok(None)
        }
    }
    let dir = tempfile::tempdir().expect("temp");
    let layout = Layout { further: vec!["phase_deg".into()], ..map_layout(&write_recording(dir.path())) };
    let mut replay = Replay::new(Recording::load(&layout).expect("reads"));
    let phase = replay.scan_channel(replay.describe().limits.reach, "phase_deg").expect("scans");
    assert_eq!((phase.channel.as_str(), phase.unit.as_str()), ("phase_deg", "°"));
    let made = |name: &str| Plan {
        grid: replay.describe().limits.reach,
        target: Target::Scalar,
        light: Suns::ZERO,
        further: vec![Further::Channel(name.into())],
        ..plan(2)
    };
    let error = Session::new(made("phase"), Box::new(CountsImages), &replay.describe()).expect_err("unknown");
    assert!(error.to_string().contains("accepted: phase_deg"), "{error}");
    let current = Plan { further: vec![Further::Current { bias: Volts(1.5), learn: false }], ..made("") };
    let error = Session::new(current, Box::new(CountsImages), &replay.describe()).expect_err("cannot");
    assert!(error.to_string().contains("scan the current at a static bias"), "{error}");

    let mut session = Session::new(made("phase_deg"), Box::new(CountsImages), &replay.describe()).expect("starts");
    let mut names = Vec::new();
    let mut chosen = Vec::new();
    loop {
        let action = match session.next().expect("goes on") {
            Step::Finished => break,
            Step::Prepare(action) => action,
            Step::Measure(planned) => {
                chosen.push(planned.choice.index);
                planned.action
            }
        };
        names.push(action.name());
        session.tell(&replay.execute(&action).expect("executes")).expect("takes");
    }
    assert_eq!(names, ["scan_topography", "scan_channel", "read_scalar", "read_scalar"]);
    assert_eq!(chosen[1], 2, "the strategy saw two images");
}

#[test]
fn the_learner_sees_the_corrected_image() {
    use tiptwin_core::levelling::{Correction, corrected};
    let scanned = |corrections: Vec<Correction>| {
        let mut twin = twin(1, 1);
        let mut session =
            Session::new(Plan { corrections, ..plan(5) }, Box::new(EverySeventh), &twin.describe()).expect("starts");
        loop {
            match session.next().expect("a step") {
                Step::Prepare(action) => {
                    session.tell(&twin.execute(&action).expect("works")).expect("taken in");
                }
                _ => break session.candidates().expect("scanned").images().next().expect("an image").clone(),
            }
        }
    };
    let steps = [Correction::Lines, Correction::Plane];
    let raw = scanned(Vec::new());
    let seen = scanned(steps.to_vec());
    assert_ne!(raw, seen);
    assert_eq!(corrected(&raw, &steps), seen);
}

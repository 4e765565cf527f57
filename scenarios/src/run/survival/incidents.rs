//! Signals, faults, panics and clocks that jump, in every state.

use super::*;
use tiptwin_core::model::{ModelError, Prediction, View};
use tiptwin_core::strategy::{Choice, Strategy};
use tiptwin_instrument::StreamRng;
use tiptwin_instrument::log::StopOutcome;

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

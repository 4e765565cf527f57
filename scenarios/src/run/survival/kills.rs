//! The process is killed, the disk refuses, the power goes: at every operation.

use super::*;

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
fn power_lost_at_every_operation_takes_nothing_that_was_promised() {
    let mut restored = 0;
    for real in [false, true] {
        let bench = Bench::new(real, &[]);
        let (whole, operations) = undisturbed(&bench);
        for at in 0..operations {
            bench.afresh();
            bench.process(Some((at, Fault::KilledAfter)));
            let died = bench.explore();
            let promised = bench.lose_power();
            let when = format!("operation {at} of {operations}, real: {real}: {died:?}");
            restored += usize::from(bench.events().len() < promised.len());
            bench.process(None);
            if promised.is_empty() {
                assert_eq!(bench.touches().len(), 0, "{when}: no touch without a journal");
                continue;
            }
            match bench.resume(true) {
                Ok(_) => {}
                Err(RunError::Refused(why)) => {
                    let begun = !bench.touches().is_empty();
                    assert!(!begun || why.contains("is complete"), "{when}: {why}");
                    continue;
                }
                Err(other) => panic!("{when}: {other}"),
            }
            let after = bench.events();
            let told = promised.iter().filter(|e| !matches!(e, Event::Stop { .. }));
            for event in told {
                assert!(after.contains(event), "{when}: {event:?} was lost");
            }
            if real {
                // What is asked to be repeated is what may or may not have been done: one scan or one sweep.
                assert!(bench.touches().len() <= STEPS + 2, "{when}");
            } else {
                assert!(left(&bench.run()) == whole, "{when}");
            }
        }
    }
    assert!(restored > 2 * STEPS, "the log put something back {restored} times");
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

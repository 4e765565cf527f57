//! The machines in virtual time, against a world that answers anything.

use super::*;
use crate::cypher::proto::readout::{self, ReadOutError};
use crate::cypher::proto::wave::Unfit;
use proptest::prelude::*;
use std::path::Path;

/// Runs a machine; the world answers each effect and says how long it took. Gives the time it took and what came of it.
fn play<T>(
    machine: &mut dyn Machine<Output = T>,
    mut world: impl FnMut(&Effect, f64) -> (Seen, f64),
) -> (f64, usize, Result<T, Failure>) {
    let (mut now, mut seen) = (100.0, Seen::Done);
    let mut steps = 0;
    loop {
        match machine.step(Seconds(now), seen) {
            Step::Over(result) => return (now - 100.0, steps, result),
            Step::Do(effect) => {
                let (answer, took) = world(&effect, now);
                now += took;
                if let Effect::Wait(until) = effect {
                    now = until.0.max(now);
                }
                seen = answer;
            }
        }
        steps += 1;
        assert!(steps < 100_000, "it never ends");
    }
}

fn ask(longest: f64) -> Ask<Vec<f64>> {
    Ask::new("PV(\"XOffset\",0)\n".into(), "the read-out", [Seconds(0.35), Seconds(longest), Seconds(0.05)], |b| {
        readout::read(b, 7, 1)
    })
}

const WAITS: FileWaits = FileWaits { longest: Seconds(60.0), stable: Seconds(0.5), poll: Seconds(0.1) };

fn file(name: &str, length: u64) -> DataFile {
    DataFile { path: name.into(), length }
}

/// A file fits if it says so, with its number.
fn fits(bytes: &[u8]) -> Result<u8, Unfit> {
    match bytes {
        [b'y', n] => Ok(*n),
        _ => Err(Unfit("it is another".into())),
    }
}

#[test]
fn an_answer_is_taken_when_it_is_whole() {
    let (took, _, answer) = play(&mut ask(10.0), |effect, now| match effect {
        Effect::Look if now > 102.0 => (Seen::Bytes(Some(b"7\r1.5\r7.5\r".to_vec())), 0.0),
        Effect::Look if now > 101.0 => (Seen::Bytes(Some(b"7\r1.".to_vec())), 0.0),
        Effect::Look => (Seen::Bytes(Some(b"6\r9\r6.5\r".to_vec())), 0.0),
        _ => (Seen::Done, 0.0),
    });
    assert_eq!(answer.expect("whole"), [1.5]);
    assert!((2.0..2.1).contains(&took), "{took}");
}

#[test]
fn silence_is_named_with_its_length_and_what_was_seen() {
    let stale = |effect: &Effect, _| match effect {
        Effect::Look => (Seen::Bytes(Some(b"6\r9\r6.5\r".to_vec())), 0.0),
        _ => (Seen::Done, 0.0),
    };
    let (took, _, answer) = play(&mut ask(3.0), stale);
    let failure = answer.expect_err("stale");
    assert_eq!(failure.kind, ErrorKind::Timeout);
    assert!(failure.message.contains("3.00 s for the read-out; seen: the answer to request 6"), "{failure}");
    assert!((took - 3.0).abs() < 1e-6);
}

#[test]
fn a_file_is_taken_when_it_has_stopped_growing() {
    let mut machine = AwaitFile::new((vec![file("old", 2)], String::new()), "a curve", WAITS, fits);
    let (took, _, answer) = play(&mut machine, |effect, now| match effect {
        Effect::List if now < 103.0 => (Seen::Files(vec![file("old", 2)]), 0.0),
        Effect::List => {
            let length = ((now - 103.0) * 10.0).min(20.0) as u64;
            (Seen::Files(vec![file("old", 2), file("new", length), file("other", 5)]), 0.0)
        }
        Effect::Read(path) if path == Path::new("new") => (Seen::Bytes(Some(vec![b'y', 42])), 0.0),
        Effect::Read(_) => (Seen::Bytes(Some(b"n".to_vec())), 0.0),
        _ => (Seen::Done, 0.0),
    });
    assert_eq!(answer.expect("fits"), 42);
    assert!((5.5..5.8).contains(&took), "{took}");
}

#[test]
fn a_late_file_of_an_earlier_request_is_not_taken() {
    let late = |effect: &Effect, _| match effect {
        Effect::List => (Seen::Files(vec![file("data/T6_0000.ibw", 2)]), 0.0),
        Effect::Read(_) => (Seen::Bytes(Some(b"y1".to_vec())), 0.0),
        _ => (Seen::Done, 0.0),
    };
    let mut machine = AwaitFile::new((Vec::new(), "T7_".into()), "a curve", WAITS, fits);
    let failure = play(&mut machine, late).2.expect_err("another request's");
    assert_eq!(failure.kind, ErrorKind::Timeout);
    assert!(failure.message.contains("T6_0000.ibw, whose name does not begin with T7_"), "{failure}");
}

#[test]
fn two_fitting_files_and_none_are_told_apart() {
    let two = |effect: &Effect, _| match effect {
        Effect::List => (Seen::Files(vec![file("a", 2), file("b", 2)]), 0.0),
        Effect::Read(_) => (Seen::Bytes(Some(b"y1".to_vec())), 0.0),
        _ => (Seen::Done, 0.0),
    };
    let failure =
        play(&mut AwaitFile::new((Vec::new(), String::new()), "a curve", WAITS, fits), two).2.expect_err("two");
    assert_eq!(failure.kind, ErrorKind::Data);
    assert!(failure.message.contains("a, b"), "{failure}");
    let wrong = |effect: &Effect, _| match effect {
        Effect::List => (Seen::Files(vec![file("a", 2)]), 0.0),
        Effect::Read(_) => (Seen::Refused("permission denied".into()), 0.0),
        _ => (Seen::Done, 0.0),
    };
    let failure =
        play(&mut AwaitFile::new((Vec::new(), String::new()), "a curve", WAITS, fits), wrong).2.expect_err("unfit");
    assert_eq!(failure.kind, ErrorKind::Data);
    assert!(failure.message.contains("a: permission denied"), "{failure}");
    let none = |effect: &Effect, _| (if *effect == Effect::List { Seen::Files(Vec::new()) } else { Seen::Done }, 0.0);
    let failure =
        play(&mut AwaitFile::new((Vec::new(), String::new()), "a curve", WAITS, fits), none).2.expect_err("none");
    assert_eq!(failure.kind, ErrorKind::Timeout);
}

fn seen() -> impl Strategy<Value = Seen> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        Just(b"7\r1.5\r7.5\r".to_vec()),
        Just(b"7\rNaN\r7.5\r".to_vec()),
        Just(b"y1".to_vec())
    ];
    let files = prop::collection::vec((0..4_u8, 0..3_u64).prop_map(|(n, l)| file(&n.to_string(), l)), 0..4);
    prop_oneof![
        Just(Seen::Done),
        Just(Seen::Bytes(None)),
        bytes.prop_map(|b| Seen::Bytes(Some(b))),
        files.prop_map(Seen::Files),
        ".{0,9}".prop_map(Seen::Refused),
    ]
}

proptest! {
    /// Whatever is seen, in whatever order, however long each look takes: it is over by the deadline, and by one round of looks after it.
    #[test]
    fn prop_every_wait_has_a_bound(
        answers in prop::collection::vec((seen(), 0.0..0.2_f64), 1..60),
        longest in 0.0..20.0_f64, poll in 0.0..1.0_f64, stable in 0.0..3.0_f64,
    ) {
        let slowest = 0.2 * 7.0;
        let mut world = answers.iter().cycle();
        let mut answer = |_: &Effect, _| world.next().cloned().expect("it cycles");
        let mut ask = Ask::new(String::new(), "x", [Seconds(0.35), Seconds(longest), Seconds(poll)], |b| readout::read(b, 7, 1));
        let (took, _, result) = play(&mut ask, &mut answer);
        prop_assert!(took <= longest + slowest, "{took} of {longest}");
        if let Err(failure) = result {
            prop_assert!(!failure.message.is_empty());
        }
        let waits = FileWaits { longest: Seconds(longest), stable: Seconds(stable), poll: Seconds(poll) };
        let mut await_file = AwaitFile::new((Vec::new(), String::new()), "x", waits, fits);
        let (took, _, _) = play(&mut await_file, &mut answer);
        prop_assert!(took <= longest + slowest, "{took} of {longest}");
    }
}

#[test]
fn a_value_that_is_no_number_ends_the_waiting() {
    let nan = |effect: &Effect, _| match effect {
        Effect::Look => (Seen::Bytes(Some(b"7\rNaN\r7.5\r".to_vec())), 0.0),
        _ => (Seen::Done, 0.0),
    };
    let (took, _, answer) = play(&mut ask(10.0), nan);
    assert_eq!(answer.expect_err("no number").kind, ErrorKind::Data);
    assert!(took < 1.0);
    assert!(!ReadOutError::NotFinite { index: 0, value: f64::NAN }.may_change());
}

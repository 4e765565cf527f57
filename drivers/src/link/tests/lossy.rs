//! Exactly one touch, whatever the weather.

use super::virtual_link::{Kill, Moment, Weather, World};
use super::watched::{sweep, twin};
use crate::link::wire::instrument::execute_response::Outcome;
use proptest::prelude::*;
use tiptwin_instrument::{ErrorKind, Instrument};

const GOAL: u64 = 6;

fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        Just(Moment::BeforeIntent),
        Just(Moment::BetweenIntentAndTouch),
        Just(Moment::BetweenTouchAndResult),
        Just(Moment::BetweenResultAndReply),
    ]
}

fn kill() -> impl Strategy<Value = Kill> {
    (1..8_usize, moment(), 0.05..8.0, 0.0..=1.0_f64).prop_map(|(action, moment, back_after_s, share)| Kill {
        action,
        moment,
        back_after_s,
        share,
    })
}

/// Frames are dropped, arrive once or several times, soon or after a long time, and so in another order.
fn weather() -> impl Strategy<Value = Weather> {
    let delay = prop_oneof![4 => 0.0..0.05_f64, 2 => 0.0..1.5_f64, 1 => 0.0..20.0_f64];
    let fate = prop_oneof![
        2 => Just(Vec::new()),
        5 => proptest::collection::vec(delay.clone(), 1),
        2 => proptest::collection::vec(delay, 2..4),
    ];
    let dies = prop_oneof![4 => Just(f64::INFINITY), 1 => 0.0..10.0_f64];
    (proptest::collection::vec(fate, 1..40), proptest::collection::vec(kill(), 0..3), 1.0..20.0_f64, dies)
        .prop_map(|(fates, kills, patience_s, client_dies_s)| Weather { fates, kills, patience_s, client_dies_s })
}

/// Runs a world and looks at everything that was promised.
fn check(weather: Weather) -> World {
    let mut world = World::new(weather, GOAL);
    world.run();
    for (k, result) in (1..).zip(&world.results) {
        match result {
            Ok(observation) => {
                assert_eq!(world.microscope.touches(k), 1, "measurement {k} has a result");
                let alone = twin().execute(&sweep(k)).expect("measures");
                assert_eq!(observation.outcome, alone.outcome, "and it is that of this place");
            }
            Err(e) => assert!(
                matches!(e.kind(), ErrorKind::Link | ErrorKind::UnknownOutcome),
                "nothing else goes wrong here: {e}"
            ),
        }
    }
    for k in 1..=world.asked() {
        let touches = world.microscope.touches(k);
        assert!(touches <= 1, "measurement {k} touched the sample {touches} times");
        match world.told(k) {
            Outcome::Observation(_) => assert_eq!(touches, 1),
            // Nothing that was touched is forgotten.
            Outcome::UnknownOutcome(_) => {}
            Outcome::Refusal(r) => assert_eq!(touches, 0, "{r:?}"),
            other => panic!("measurement {k}: {other:?}"),
        }
    }
    assert_eq!(world.finished, world.results.len() == GOAL as usize && world.results.iter().all(Result::is_ok));
    assert!(world.microscope.seen().safe, "however it ends, it ends safe");
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn prop_no_place_is_touched_twice_nothing_is_lost_and_the_end_is_safe(weather in weather()) {
        check(weather);
    }
}

fn fair(fates: Vec<Vec<f64>>, kills: Vec<Kill>) -> Weather {
    Weather { fates, kills, patience_s: 15.0, client_dies_s: f64::INFINITY }
}

#[test]
fn a_network_that_loses_repeats_and_swaps_frames_only_costs_time() {
    let world = check(fair(vec![vec![0.01]], Vec::new()));
    assert!(world.finished, "{:?}", world.results);
    let fates = vec![vec![], vec![0.01], vec![0.4, 0.02], vec![0.7], vec![], vec![0.01, 0.01, 1.2], vec![0.1]];
    let world = check(fair(fates, Vec::new()));
    assert!(world.finished, "{:?}", world.results);
}

#[test]
fn a_server_killed_with_a_touch_behind_it_says_that_it_does_not_know() {
    for (moment, touches, kind) in [
        (Moment::BeforeIntent, 0, ErrorKind::Link),
        (Moment::BetweenIntentAndTouch, 0, ErrorKind::UnknownOutcome),
        (Moment::BetweenTouchAndResult, 1, ErrorKind::UnknownOutcome),
    ] {
        let world = check(fair(vec![vec![0.01]], vec![Kill { action: 3, moment, back_after_s: 1.0, share: 0.0 }]));
        assert_eq!(world.microscope.touches(3), touches, "{moment:?}");
        let error = world.results[2].as_ref().expect_err("cut off");
        assert_eq!(error.kind(), kind, "{moment:?}: {error}");
    }
    // Before the reply the result is written: it is there unless the power took it from the disk.
    let kill = |share| Kill { action: 3, moment: Moment::BetweenResultAndReply, back_after_s: 1.0, share };
    let world = check(fair(vec![vec![0.01]], vec![kill(1.0)]));
    assert!(world.results[2].is_ok(), "{:?}", world.results[2]);
    assert_eq!(world.results[3].as_ref().expect_err("control ended with the server").kind(), ErrorKind::Link);
    let world = check(fair(vec![vec![0.01]], vec![kill(0.5)]));
    assert_eq!(world.results[2].as_ref().expect_err("torn").kind(), ErrorKind::UnknownOutcome);
}

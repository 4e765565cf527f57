//! Messages: every number arrives as it was sent, and what cannot be meant is refused before anything is made of it.

use crate::link::wire::instrument as wire;
use crate::link::words::{read_action, read_description, read_observation, write_action, write_description};
use proptest::prelude::*;
use prost::Message;
use tiptwin_instrument::{Action, Instrument, Meters, Position, ScanGrid, Seconds, Suns, Volts, Waveform};
use wire::observation::Outcome;

fn waveform() -> impl Strategy<Value = Waveform> {
    let any = any::<f64>;
    let plain = prop_oneof![
        (any(), 0..2000_usize, any()).prop_map(|(peak, samples, duration)| Waveform::Triangle {
            peak: Volts(peak),
            samples,
            duration: Seconds(duration)
        }),
        (any(), 0..2000_usize, any()).prop_map(|(peak, samples, duration)| Waveform::Bipolar {
            peak: Volts(peak),
            samples,
            duration: Seconds(duration)
        }),
        (any(), 0..50_usize, 0..50_usize, any(), any()).prop_map(
            |(step, loops, samples_per_step, rate_v_per_s, rest)| {
                Waveform::Forc { step: Volts(step), loops, samples_per_step, rate_v_per_s, rest: Seconds(rest) }
            }
        ),
        (proptest::collection::vec(any(), 0..50), any())
            .prop_map(|(bias_v, interval)| Waveform::List { bias_v, interval: Seconds(interval) }),
    ];
    plain.prop_recursive(4, 8, 1, move |inner| {
        (any(), any(), any(), inner).prop_map(|(pre_bias, hold, wait, then)| Waveform::Conditioned {
            pre_bias: Volts(pre_bias),
            hold: Seconds(hold),
            wait: Seconds(wait),
            then: Box::new(then),
        })
    })
}

fn action() -> impl Strategy<Value = Action> {
    let place = || (any::<f64>(), any::<f64>()).prop_map(|(x, y)| Position::new(x, y));
    let grid = || {
        (place(), any::<f64>(), any::<f64>(), 0..4097_usize, 0..4097_usize).prop_map(
            |(origin, width, height, rows, cols)| ScanGrid {
                origin,
                width: Meters(width),
                height: Meters(height),
                rows,
                cols,
            },
        )
    };
    prop_oneof![
        grid().prop_map(|grid| Action::ScanTopography { grid }),
        (grid(), ".{0,20}").prop_map(|(grid, channel)| Action::ScanChannel { grid, channel }),
        (grid(), any::<f64>()).prop_map(|(grid, bias)| Action::ScanCurrent { grid, bias: Volts(bias) }),
        (place(), waveform(), any::<u32>()).prop_map(|(at, waveform, repeat)| Action::SweepIv { at, waveform, repeat }),
        place().prop_map(|at| Action::ReadScalar { at }),
        any::<f64>().prop_map(|suns| Action::SetLight { intensity: Suns(suns) }),
        place().prop_map(|at| Action::MoveTo { at }),
        Just(Action::Approach),
        Just(Action::Withdraw),
    ]
}

proptest! {
    /// `Debug` tells -0 from 0, and shows every digit.
    #[test]
    fn prop_an_action_arrives_as_it_was_sent(action in action()) {
        let bytes = write_action(&action).encode_to_vec();
        let arrived = wire::Action::decode(bytes.as_slice()).expect("a message");
        let read = read_action(Some(&arrived)).expect("an action");
        prop_assert_eq!(format!("{read:?}"), format!("{action:?}"));
    }

    #[test]
    fn prop_any_bytes_are_refused_or_an_action(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(message) = wire::Action::decode(bytes.as_slice()) {
            drop(read_action(Some(&message)));
        }
    }
}

#[test]
fn a_description_arrives_as_it_was_sent() {
    let description = super::watched::twin().describe();
    assert_eq!(read_description(Some(write_description(&description))), Ok(description));
}

fn refused(does: wire::action::Action) -> String {
    read_action(Some(&wire::Action { action: Some(does) })).expect_err("it cannot be meant")
}

#[test]
fn what_is_missing_too_large_or_too_deep_is_named() {
    use wire::action::Action as Does;
    assert!(read_action(None).expect_err("nothing").contains("action is missing"));
    let light = refused(Does::SetLight(wire::SetLight { intensity_suns: None }));
    assert!(light.contains("intensity_suns is missing"), "{light}");
    let at = Some(wire::Position { x_m: Some(0.0), y_m: None });
    let place = refused(Does::MoveTo(wire::MoveTo { at }));
    assert!(place.contains("at.y_m is missing"), "{place}");
    let origin = Some(wire::Position { x_m: Some(0.0), y_m: Some(0.0) });
    let grid = wire::ScanGrid { origin, width_m: Some(1e-6), height_m: Some(1e-6), rows: 4097, cols: 4096 };
    let large = refused(Does::ScanTopography(wire::ScanTopography { grid: Some(grid) }));
    assert!(large.contains("4097 × 4096") && large.contains("16777216"), "{large}");
    let endless =
        refused(Does::ScanTopography(wire::ScanTopography { grid: Some(wire::ScanGrid { rows: u64::MAX, ..grid }) }));
    assert!(endless.contains("grid.rows"), "{endless}");
    let mut deep = Waveform::default();
    for _ in 0..20 {
        let (hold, wait) = (Seconds(1.0), Seconds(1.0));
        deep = Waveform::Conditioned { pre_bias: Volts(1.0), hold, wait, then: Box::new(deep) };
    }
    let sweep = Action::SweepIv { at: Position::new(0.0, 0.0), waveform: deep, repeat: 0 };
    let why = read_action(Some(&write_action(&sweep))).expect_err("too deep");
    assert!(why.contains("inside each other"), "{why}");
}

#[test]
fn shapes_that_do_not_fit_their_numbers_are_refused() {
    let answer = |outcome| wire::Observation {
        read_back: None,
        instrument_time_s: Some(1.0),
        wall_time_s: Some(1.0),
        outcome: Some(outcome),
    };
    let origin = Some(wire::Position { x_m: Some(0.0), y_m: Some(0.0) });
    let grid = Some(wire::ScanGrid { origin, width_m: Some(1e-6), height_m: Some(1e-6), rows: 4000, cols: 4000 });
    let image = wire::Image { channel: "height".into(), unit: "m".into(), grid, values: vec![0.0; 3] };
    let why = read_observation(&Action::Approach, answer(Outcome::Image(image))).expect_err("three pixels");
    assert!(why.contains("4000 × 4000 pixels with 3 values"), "{why}");
    let curve =
        wire::IvCurve { bias_v: vec![0.0; 5], current_a: vec![0.0; 4], sample_interval_s: Some(0.1), saturated: false };
    let why = read_observation(&Action::Approach, answer(Outcome::Curve(curve))).expect_err("one is missing");
    assert!(why.contains("5 biases and 4 currents"), "{why}");
}

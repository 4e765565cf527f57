//! The link is a driver like any other: the contract over real sockets, and an exploration beside one without it.

use super::contract;
use super::cypher::explore;
use std::time::{Duration, Instant};
use tiptwin_instrument::{Action, Instrument, Position, Suns, Waveform};
use tiptwin_tests::{served, served_far_away, twin};

#[test]
fn contract_served_twin() {
    contract(&|| Box::new(served(twin(3, 4))));
}

#[test]
fn contract_two_hundred_steps_over_the_link_are_those_beside_the_instrument() {
    let film = twin(7, 5);
    let there = explore(&mut served(film.clone()), 64, 200, Suns(0.1));
    let here = explore(&mut film.clone(), 64, 200, Suns(0.1));
    assert_eq!((there.picks.len(), &there.picks), (200, &here.picks));
    assert!(there.image == here.image && there.curves == here.curves, "to the last bit");
}

#[test]
fn a_measurement_far_away_costs_one_round_trip() {
    let (one_way, film) = (Duration::from_millis(25), twin(3, 4));
    let mut far = served_far_away(film.clone(), one_way);
    let mut near = film;
    let mut added_s: Vec<f64> = (0..20)
        .map(|k| {
            let at = Position::new(0.1e-6 * f64::from(k + 1), 1e-6);
            let action = Action::SweepIv { at, waveform: Waveform::default(), repeat: 0 };
            let timed = |instrument: &mut dyn Instrument| {
                let begun = Instant::now();
                instrument.execute(&action).expect("measures");
                begun.elapsed().as_secs_f64()
            };
            timed(&mut far) - timed(&mut near)
        })
        .collect();
    added_s.sort_by(f64::total_cmp);
    // A second one would cost as much again. The median, since other tests run beside this one.
    let trips = added_s[10] / (2.0 * one_way.as_secs_f64());
    assert!((0.9..1.9).contains(&trips), "{trips} round trips");
}

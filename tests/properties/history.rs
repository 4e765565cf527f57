//! Numbers 34 and 38: what a measurement leaves behind, and that nothing else depends on the past.

use tiptwin_drivers::Twin;
use tiptwin_instrument::{
    Action, Instrument, IvCurve, MasterSeed, Meters, Outcome, Position, ScanGrid, Suns, Waveform,
};
use tiptwin_sim::contact::damage::{BARRIER_EV, Damage, DamageSettings};
use tiptwin_sim::transport::Constants;
use tiptwin_sim::{FilmSpec, Group, Level, Realism};

fn twin(realism: &Realism) -> Twin {
    let seed = MasterSeed(5);
    Twin::with_realism(&FilmSpec::default(), realism, Constants::default(), seed, seed).expect("twin")
}

fn with(groups: &[Group], level: Level) -> Realism {
    let mut realism = Realism::plain();
    for group in groups {
        realism.set(*group, level);
    }
    realism
}

fn sweep(twin: &mut Twin, at: Position, repeat: u32) -> IvCurve {
    let action = Action::SweepIv { at, waveform: Waveform::default(), repeat };
    match twin.execute(&action).expect("sweeps").outcome {
        Outcome::Curve(curve) => curve,
        other => panic!("{other:?}"),
    }
}

/// Twelve places 60 nm apart, so that what one leaves reaches the next.
fn places() -> Vec<Position> {
    (0..12).map(|i| Position::new(1e-6 + 60e-9 * f64::from(i % 4), 1e-6 + 60e-9 * f64::from(i / 4))).collect()
}

/// The curves at all places, in the dark and then in light, with the places taken in a given order; by place.
fn campaign(realism: &Realism, order: &[usize]) -> Vec<[IvCurve; 2]> {
    let mut twin = twin(realism);
    let mut curves: Vec<Vec<IvCurve>> = vec![Vec::new(); order.len()];
    for suns in [0.0, 0.1] {
        twin.set_light(Suns(suns)).expect("lights");
        for &i in order {
            curves[i].push(sweep(&mut twin, places()[i], 0));
        }
    }
    curves.into_iter().map(|c| c.try_into().expect("two lights")).collect()
}

#[test]
fn prop_34_the_order_changes_nothing_without_a_past_and_something_with_one() {
    let forward: Vec<usize> = (0..12).collect();
    let shuffled = [7, 2, 11, 0, 5, 9, 1, 10, 4, 8, 3, 6];
    // Noise is keyed by place and repeat, and so is whether a contact is good.
    for no_past in [Realism::plain(), with(&[Group::Contact], Level::Harsh)] {
        assert_eq!(campaign(&no_past, &forward), campaign(&no_past, &shuffled));
    }
    for group in [Group::Wear, Group::Damage, Group::Scanner, Group::Memory] {
        let past = with(&[group], Level::Harsh);
        assert_ne!(campaign(&past, &forward), campaign(&past, &shuffled), "{group:?}");
        assert_eq!(
            campaign(&past, &shuffled),
            campaign(&past, &shuffled),
            "{group:?}: the same history, the same data"
        );
    }
}

#[test]
fn prop_38_damage_stays_a_share_and_only_its_recoverable_half_heals() {
    let at = Position::new(1e-6, 1e-6);
    let now = tiptwin_instrument::Seconds;
    let mut damage = Damage::new(DamageSettings::HARSH);
    let mut last = 0.0;
    for k in 0..60 {
        damage.add(at, 3e-9, Suns(0.1), now(f64::from(k)));
        let here = damage.at(at, now(f64::from(k)));
        assert!((0.0..=1.0).contains(&here) && here >= last - 0.05, "{here} after {last}");
        last = here;
    }
    assert!(last > 0.9, "sixty strong sweeps wear a place out: {last}");

    let mut once = Damage::new(DamageSettings::TYPICAL);
    once.add(at, 1e-9, Suns::ZERO, now(0.0));
    let fresh = once.at(at, now(0.0));
    assert!((fresh - 0.05).abs() < 1e-15, "1 nC in the dark: {fresh}");
    let mut before = fresh;
    for t in [1.0, 10.0, 60.0, 300.0, 1e4] {
        let left = once.at(at, now(t));
        assert!(left < before, "healing is monotone");
        assert!((left / fresh - 0.5 - 0.5 * (-t / 60.0_f64).exp()).abs() < 1e-12);
        before = left;
    }
    assert!((once.at(at, now(1e6)) / fresh - 0.5).abs() < 1e-12, "half stays for good");
    let beside = Position::new(1.04e-6, 1e-6);
    assert!((once.at(beside, now(0.0)) / fresh - (-0.5_f64).exp()).abs() < 1e-12, "40 nm away");
}

#[test]
fn prop_38_a_tip_only_wears() {
    let mut twin = twin(&with(&[Group::Wear], Level::Harsh));
    let (mut radius_m, mut coating) = (0.0, 1.0);
    for i in 0..120 {
        let at = Position::new(2e-7 + 2e-7 * f64::from(i % 12), 2e-7 + 2e-7 * f64::from(i / 12));
        sweep(&mut twin, at, 0);
        assert!(twin.tip().radius().0 > radius_m && twin.tip().coating() <= coating);
        (radius_m, coating) = (twin.tip().radius().0, twin.tip().coating());
    }
    twin.scan_current(ScanGrid::square(Meters(1e-6), 8), tiptwin_instrument::Volts(1.5)).expect("scans");
    assert!(twin.tip().radius().0 > radius_m + 1.9e-9, "a frame in contact costs 2 nm");
}

#[test]
fn prop_38_dense_grids_pay() {
    // The same number of sweeps on the same film; what the next sweep between them would still find intact.
    let left_between = |pitch_m: f64| {
        let mut twin = twin(&with(&[Group::Damage], Level::Harsh));
        twin.set_light(Suns(0.1)).expect("lights");
        let place = |i: u32| Position::new(1e-6 + pitch_m * f64::from(i % 8), 1e-6 + pitch_m * f64::from(i / 8));
        for i in 0..64 {
            sweep(&mut twin, place(i), 0);
        }
        let half = 0.5 * pitch_m;
        let between = (0..56).map(|i| Position::new(place(i).x.0 + half, place(i).y.0 + half));
        between.map(|at| twin.damage(at)).sum::<f64>() / 56.0
    };
    let (dense, sparse) = (left_between(30e-9), left_between(240e-9));
    // At 240 nm every place between lies 170 nm, four widths, from four touches: exp(−9).
    assert!(sparse < 1e-3, "{sparse}");
    assert!(dense > 0.3, "{dense}");
    // Damage is a raised barrier at boundaries and more vacancies: the curve itself has changed.
    assert!(BARRIER_EV * dense > 0.02);
    let mut twin = twin(&with(&[Group::Damage], Level::Harsh));
    let at = on_a_boundary(&twin);
    let first = sweep(&mut twin, at, 0);
    for i in 1..20 {
        sweep(&mut twin, Position::new(at.x.0 + 2e-9 * f64::from(i), at.y.0), 0);
    }
    let last = sweep(&mut twin, at, 0);
    let peak = |c: &IvCurve| c.current_a.iter().copied().fold(0.0, f64::max);
    // The noise of the same place and repeat is the same, so any difference is the film's.
    assert!((peak(&last) / peak(&first) - 1.0).abs() > 0.01, "{} and {}", peak(&first), peak(&last));
}

/// The middle of a boundary that conducts: away from junctions and defects.
fn on_a_boundary(twin: &Twin) -> Position {
    let film = twin.film();
    let places = (0..10_000).map(|i| Position::new(f64::from(i % 100) * 3e-8, f64::from(i / 100) * 3e-8));
    let clear = |p: &Position| film.defect(*p).is_none() && film.nearest(*p).d_gb_m < 5e-9;
    let from_junction = |p: &Position| film.nearest(*p).d_junction_m;
    places.filter(clear).max_by(|a, b| from_junction(a).total_cmp(&from_junction(b))).expect("a boundary")
}

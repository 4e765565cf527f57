//! Vector targets on a real instrument: each target is learnt as if it were alone, and none loses what another one lacks.

use tiptwin_core::descriptor::{self, CurveComponents, Custom, CustomSet, Descriptor, Photocurrent, Undefined, Value};
use tiptwin_core::model::{Measured, Model, Tiptwin, View};
use tiptwin_core::net::ComputeDevice;
use tiptwin_core::session::{First, Plan, Property, Session, SessionError, Step, Target, Told, Vector};
use tiptwin_core::strategy::{ModelStrategy, Rule};
use tiptwin_instrument::{
    Action, Amps, Instrument, IvCurve, MasterSeed, Meters, Outcome, ScanGrid, Stream, Suns, Waveform,
};
use tiptwin_tests::twin;

const STEPS: usize = 30;

fn model() -> Tiptwin {
    Tiptwin::new(MasterSeed(4).rng(Stream::NetworkInit, 0), ComputeDevice::default())
}

fn plan(target: Target, steps: usize) -> Plan {
    Plan {
        grid: ScanGrid::square(Meters(1e-6), 32),
        corrections: Vec::new(),
        further: Vec::new(),
        window_px: 8,
        within: None,
        steps,
        target,
        light: Suns::ZERO,
        waveform: Waveform::default(),
        first: First::Random,
        seed: MasterSeed(9),
        stream: Stream::Strategy,
    }
}

fn of(properties: Vec<Property>) -> Target {
    Target::Vector(Vector { properties, lights: Vec::new(), repeats: 1 })
}

fn named(name: &str) -> Property {
    Property::Descriptor(descriptor::by_name(name).expect("known"))
}

/// A finished session, what was told at each location, and every action on the way.
fn played(plan: Plan, peek: bool) -> (Session, Vec<Told>, Vec<Action>, Vec<IvCurve>) {
    let mut twin = twin(1, 1);
    let strategy = ModelStrategy::new("tiptwin", Box::new(model()), Rule::MaxVariance);
    let mut session = Session::new(plan, Box::new(strategy), &twin.describe()).expect("starts");
    let (mut told, mut actions, mut curves) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let action = match session.next().expect("goes on") {
            Step::Finished => break,
            Step::Prepare(action) => action,
            Step::Measure(planned) => planned.action,
        };
        let observation = twin.execute(&action).expect("executes");
        if let Outcome::Curve(curve) = &observation.outcome {
            curves.push(curve.clone());
        }
        let said = session.tell(&observation).expect("takes");
        if matches!(said, Told::Measured { .. } | Told::Rejected { .. }) {
            told.push(said);
        }
        actions.push(action);
        if peek {
            for target in 0..session.targets().count() {
                session.predict_target(target).expect("predicts");
            }
        }
    }
    (session, told, actions, curves)
}

/// The map of a model that never saw anything but these values.
fn alone(session: &Session, measured: &[Measured], noise_sigma: Option<f64>) -> tiptwin_core::Prediction {
    let candidates = session.candidates().expect("scanned");
    model().predict(&View { candidates, measured, noise_sigma }).expect("predicts")
}

#[test]
fn contract_two_targets_together_give_the_maps_that_each_gives_alone() {
    let names = ["max_current", "turn_on_voltage"];
    let (mut both, ..) = played(plan(of(names.map(named).into()), STEPS), false);
    let (mut one, ..) = played(plan(Target::Descriptor(descriptor::by_name(names[0]).expect("known")), STEPS), false);
    assert_eq!(both.measured(), one.measured(), "the second target must not change where the first is measured");
    assert_eq!(both.predict().expect("predicts"), one.predict().expect("predicts"));
    let noise = twin(1, 1).describe().capabilities.current_noise.expect("known");
    for (i, name) in names.iter().enumerate() {
        let sigma = descriptor::by_name(name).expect("known").noise_sigma(&Waveform::default(), noise);
        let together = both.predict_target(i).expect("predicts").expect("has a model");
        let measured = both.measured_of(i);
        assert!(measured.len() == STEPS && measured.iter().any(|m| m.value != measured[0].value), "{name}");
        assert_eq!(together, alone(&both, measured, sigma), "{name}");
    }
    assert_eq!(both.targets().collect::<Vec<_>>(), names);
}

#[test]
fn contract_a_property_that_a_curve_lacks_takes_no_other_away() {
    let only_bright = || {
        let rule = |curve: &IvCurve, _: Amps| match curve.current_a[curve.peak_index()] {
            i if i > 1e-10 => Ok(Value::exact(i)),
            _ => Err(Undefined("it is too dark")),
        };
        Property::Descriptor(Box::new(Custom::new("bright", "bright", "A", rule)) as Box<dyn Descriptor>)
    };
    for lacking_steers in [false, true] {
        let mut properties = vec![named("max_current"), only_bright()];
        if lacking_steers {
            properties.reverse();
        }
        let (mut session, told, ..) = played(plan(of(properties), STEPS), false);
        let (full, partial) = if lacking_steers { (1, 0) } else { (0, 1) };
        let bright = session.measured_of(partial).len();
        assert_eq!(session.measured_of(full).len(), STEPS);
        assert!(bright > 0 && bright < STEPS, "both kinds of location must occur: {bright}");
        for said in &told {
            match said {
                Told::Measured { further, .. } if !lacking_steers => {
                    assert_eq!(further[0].value.is_none(), further[0].reason.contains("too dark"));
                }
                Told::Rejected { reason, further } => {
                    assert!(lacking_steers && reason.contains("too dark") && further[0].value.is_some(), "{said:?}");
                }
                _ => assert!(lacking_steers),
            }
        }
        let maps = [0, 1].map(|t| session.predict_target(t).expect("predicts").expect("has a map"));
        assert!(maps.iter().flat_map(|m| m.mean.iter().chain(&m.sigma)).all(|v| v.is_finite()));
    }
}

#[test]
fn contract_components_depend_on_the_curves_and_not_on_who_asked() {
    let target = || of(vec![named("max_current"), Property::Component(0), Property::Component(1)]);
    let (mut session, _, _, curves) = played(plan(target(), STEPS), false);
    let (mut peeked, ..) = played(plan(target(), STEPS), true);
    assert_eq!(session.components(), peeked.components());
    for t in 0..3 {
        assert_eq!(session.measured_of(t), peeked.measured_of(t));
        assert_eq!(session.predict_target(t).expect("predicts"), peeked.predict_target(t).expect("predicts"));
    }
    // The last training before 30 is at 28: 4, 6, 8, …, 24, then an eighth more.
    let noise = twin(1, 1).describe().capabilities.current_noise.expect("known");
    let samples = curves[0].current_a.len();
    let of_first = |n: usize| {
        let rows = ndarray::Array2::from_shape_fn((n, samples), |(i, j)| curves[i].current_a[j]);
        CurveComponents::of(&rows, 2, noise)
    };
    let components = session.components().expect("there are");
    let due = (STEPS - 6..=STEPS).find(|n| of_first(*n) == *components);
    assert!(due.is_some(), "they are those of the first curves, up to a training");
    for (k, t) in [(0, 1), (1, 2)] {
        for (m, curve) in session.measured_of(t).iter().zip(&curves) {
            assert_eq!(m.value, components.scores(&curve.current_a)[k], "every score is on the present components");
        }
    }
    assert!(components.explained[0] > components.explained[1] && components.explained[1] > 0.0);
}

#[test]
fn contract_a_set_is_swept_in_every_light_as_often_as_asked() {
    let repeats =
        CustomSet::new("repeats", "repeats", "", |set, _| Ok(Value::exact(set.in_first_light().count() as f64)));
    let properties = vec![
        Property::Descriptor(Box::new(Photocurrent)),
        named("max_current"),
        Property::Descriptor(Box::new(repeats)),
    ];
    let target = Target::Vector(Vector { properties, lights: vec![Suns::ZERO, Suns(0.1)], repeats: 2 });
    let (session, told, actions, curves) = played(plan(target, 3), false);
    let of_location: Vec<String> = actions[2..]
        .iter()
        .map(|a| match a {
            Action::SetLight { intensity } => format!("light {}", intensity.0),
            Action::SweepIv { repeat, .. } => format!("sweep {repeat}"),
            other => other.name().to_owned(),
        })
        .collect();
    let location = ["sweep 0", "sweep 1", "light 0.1", "sweep 0", "sweep 1"];
    assert_eq!(of_location[..5], location);
    assert_eq!(of_location[5], "light 0", "and back into the dark for the next");
    assert_eq!((of_location[6..11].to_vec(), curves.len()), (location.map(str::to_owned).to_vec(), 12));
    for (i, said) in told.iter().enumerate() {
        let Told::Measured { value, further, .. } = said else { panic!("{said:?}") };
        let largest = |c: usize| {
            let rule = descriptor::by_name("max_current").expect("known");
            rule.evaluate(&curves[4 * i + c], Amps::ZERO).expect("defined").value
        };
        let (dark, lit) = (0.5 * (largest(0) + largest(1)), 0.5 * (largest(2) + largest(3)));
        assert_eq!(*value, lit - dark);
        assert_eq!((further[0].value, further[1].value), (Some(dark), Some(2.0)));
    }
    assert_eq!(session.measured().len(), 3);
}

#[test]
fn nothing_to_learn_and_learning_twice_are_refused() {
    for (properties, part) in [(Vec::new(), "no properties"), (vec![named("loop_area"), named("loop_area")], "twice")] {
        let strategy = ModelStrategy::new("tiptwin", Box::new(model()), Rule::MaxVariance);
        let error = Session::new(plan(of(properties), 3), Box::new(strategy), &twin(1, 1).describe());
        let error = error.expect_err("must be refused");
        assert!(matches!(error, SessionError::Properties { .. }) && error.to_string().contains(part), "{error}");
    }
}

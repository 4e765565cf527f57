//! The promises of [`tiptwin_instrument::Instrument`], kept by every driver.

use tiptwin_instrument::{Action, ErrorKind, Instrument, Outcome, Position, ScanGrid, Seconds, Suns, Volts, Waveform};
use tiptwin_tests::{curve_replay, map_replay, twin, write_recording};

mod cypher;
mod link;
mod odd_data;
mod other_formats;
mod replay;
mod session;
mod twin_driver;
mod vector;

/// Runs the whole contract on fresh instruments of one kind.
fn contract(fresh: &dyn Fn() -> Box<dyn Instrument>) {
    describes_itself(fresh().as_ref());
    does_what_it_says(fresh().as_mut());
    refuses_what_it_cannot_do(fresh().as_mut());
    refuses_what_nobody_can_do(fresh().as_mut());
    keeps_to_its_limits(fresh().as_mut());
    repeats_itself(fresh().as_mut(), fresh().as_mut());
    does_not_depend_on_order(fresh().as_mut(), fresh().as_mut());
    can_always_be_made_safe(fresh().as_mut());
}

#[test]
fn contract_twin() {
    contract(&|| Box::new(twin(3, 4)));
}

#[test]
fn contract_replay_of_a_map() {
    let dir = tempfile::tempdir().expect("temp");
    let file = write_recording(dir.path());
    contract(&|| Box::new(map_replay(&file)));
}

#[test]
fn contract_replay_of_curves() {
    let dir = tempfile::tempdir().expect("temp");
    let file = write_recording(dir.path());
    contract(&|| Box::new(curve_replay(&file)));
}

/// A grid that the instrument can scan.
fn grid(instrument: &dyn Instrument) -> ScanGrid {
    let d = instrument.describe();
    if d.capabilities.any_grid { ScanGrid { rows: 12, cols: 16, ..d.limits.reach } } else { d.limits.reach }
}

/// A point at given shares of the reach.
fn point(instrument: &dyn Instrument, x: f64, y: f64) -> Position {
    let reach = instrument.describe().limits.reach;
    Position::new(reach.origin.x.0 + x * reach.width.0, reach.origin.y.0 + y * reach.height.0)
}

/// The action that measures at a point on this instrument.
fn measure(instrument: &dyn Instrument, x: f64, y: f64) -> Action {
    let at = point(instrument, x, y);
    if instrument.describe().capabilities.sweep_iv {
        Action::SweepIv { at, waveform: Waveform::default(), repeat: 0 }
    } else {
        Action::ReadScalar { at }
    }
}

fn describes_itself(instrument: &dyn Instrument) {
    let d = instrument.describe();
    assert!(!d.driver.is_empty() && !d.identity.is_empty() && !d.capabilities.structure_channel.is_empty());
    assert!(d.limits.reach.width.0 > 0.0 && d.limits.reach.height.0 > 0.0);
    assert_eq!(d, instrument.describe());
    assert!(d.capabilities.sweep_iv || d.capabilities.scalar_unit.is_some(), "it must be able to measure something");
}

fn does_what_it_says(instrument: &mut dyn Instrument) {
    let grid = grid(instrument);
    let scan = instrument.execute(&Action::ScanTopography { grid }).expect("scans");
    let Outcome::Image(image) = &scan.outcome else { panic!("a scan gives an image") };
    assert_eq!(image.values.dim(), (grid.rows, grid.cols));
    assert_eq!(image.grid, grid);
    assert!(image.values.iter().all(|v| v.is_finite()));
    assert_eq!(image.unit, instrument.describe().capabilities.structure_unit);

    let action = measure(instrument, 0.3, 0.6);
    let observation = instrument.execute(&action).expect("measures");
    assert_eq!(observation.action, action, "an observation carries what was asked");
    assert!(observation.read_back.is_some(), "and where it was made");
    assert!(observation.instrument_time.0 > scan.instrument_time.0, "the clock goes forward");
    match observation.outcome {
        Outcome::Curve(curve) => assert!(curve.is_sound()),
        Outcome::Scalar(value) => assert!(value.is_finite()),
        other => panic!("a measurement gives data, not {other:?}"),
    }
    if instrument.describe().capabilities.light {
        instrument.set_light(Suns(0.1)).expect("lights");
    }
    instrument.move_to(point(instrument, 1.0, 1.0)).expect("the far corner is within reach");
}

fn refuses_what_it_cannot_do(instrument: &mut dyn Instrument) {
    let able = instrument.describe().capabilities;
    let at = point(instrument, 0.5, 0.5);
    let grid = grid(instrument);
    let mut refusals = Vec::new();
    if !able.sweep_iv {
        refusals.push(Action::SweepIv { at, waveform: Waveform::default(), repeat: 0 });
    }
    if able.scalar_unit.is_none() {
        refusals.push(Action::ReadScalar { at });
    }
    if !able.light {
        refusals.push(Action::SetLight { intensity: Suns::ZERO });
    }
    if !able.scan_current {
        refusals.push(Action::ScanCurrent { grid, bias: Volts::ZERO });
    }
    if !able.any_grid {
        refusals.push(Action::ScanTopography { grid: ScanGrid { rows: grid.rows + 1, ..grid } });
    }
    for action in refusals {
        let error = instrument.execute(&action).expect_err(action.name());
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{}: {error}", action.name());
    }
}

fn refuses_what_nobody_can_do(instrument: &mut dyn Instrument) {
    for at in [Position::new(f64::NAN, 0.0), Position::new(0.0, f64::INFINITY)] {
        let error = instrument.execute(&Action::MoveTo { at }).expect_err("not a place");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
    let empty = ScanGrid { rows: 0, ..grid(instrument) };
    let error = instrument.execute(&Action::ScanTopography { grid: empty }).expect_err("nothing to scan");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    if instrument.describe().capabilities.sweep_iv && instrument.describe().capabilities.light {
        let waveform = Waveform::Triangle { peak: Volts(1.0), samples: 0, duration: Seconds(1.0) };
        let at = point(instrument, 0.5, 0.5);
        let error = instrument.execute(&Action::SweepIv { at, waveform, repeat: 0 }).expect_err("no samples");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
}

fn keeps_to_its_limits(instrument: &mut dyn Instrument) {
    for (x, y) in [(-0.01, 0.5), (0.5, 1.01), (7.0, 7.0)] {
        let at = point(instrument, x, y);
        for action in [Action::MoveTo { at }, measure(instrument, x, y)] {
            let error = instrument.execute(&action).expect_err("out of reach");
            assert_eq!(error.kind(), ErrorKind::OutOfLimits, "{error}");
        }
    }
    let limits = instrument.describe().limits;
    if instrument.describe().capabilities.light {
        let intensity = Suns(limits.light_max.0 * 1.01);
        let error = instrument.execute(&Action::SetLight { intensity }).expect_err("too bright");
        assert_eq!(error.kind(), ErrorKind::OutOfLimits, "{error}");
        let waveform =
            Waveform::Triangle { peak: Volts(-1.01 * limits.bias_max.0), samples: 11, duration: Seconds(1.0) };
        let at = point(instrument, 0.5, 0.5);
        let error = instrument.execute(&Action::SweepIv { at, waveform, repeat: 0 }).expect_err("too high a bias");
        assert_eq!(error.kind(), ErrorKind::OutOfLimits, "{error}");
    }
}

fn repeats_itself(one: &mut dyn Instrument, other: &mut dyn Instrument) {
    if !one.describe().capabilities.simulated {
        return;
    }
    for (x, y) in [(0.2, 0.2), (0.7, 0.4)] {
        let action = measure(one, x, y);
        assert_eq!(one.execute(&action).expect("one").outcome, other.execute(&action).expect("other").outcome);
    }
}

fn does_not_depend_on_order(forward: &mut dyn Instrument, backward: &mut dyn Instrument) {
    if !forward.describe().capabilities.simulated {
        return;
    }
    let actions: Vec<Action> = (1..6).map(|k| measure(forward, f64::from(k) / 6.0, 0.5)).collect();
    let mut there: Vec<Outcome> = actions.iter().map(|a| forward.execute(a).expect("there").outcome).collect();
    let back: Vec<Outcome> = actions.iter().rev().map(|a| backward.execute(a).expect("back").outcome).collect();
    there.reverse();
    assert_eq!(there, back);
}

fn can_always_be_made_safe(instrument: &mut dyn Instrument) {
    instrument.make_safe().expect("before anything");
    let action = measure(instrument, 0.4, 0.4);
    instrument.execute(&action).expect("measures after it");
    instrument.make_safe().expect("after something");
    instrument.make_safe().expect("twice");
}

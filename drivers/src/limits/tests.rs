use super::*;
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tiptwin_instrument::{Amps, Image, Limits, Meters, Position, ScanGrid, Suns, Volts, Waveform};

/// An instrument that does everything it is told, writes down what that was, and answers what a test says.
#[derive(Clone, Debug)]
struct Spy {
    did: Arc<Mutex<Vec<Action>>>,
    safe: Arc<Mutex<u32>>,
    now_s: f64,
    current_a: f64,
    saturated: bool,
    read_back: Option<Position>,
    fails: Option<ErrorKind>,
    unsafe_: bool,
    simulated: bool,
}

impl Default for Spy {
    fn default() -> Self {
        Self {
            did: Arc::default(),
            safe: Arc::default(),
            now_s: 0.0,
            current_a: 1e-9,
            saturated: false,
            read_back: None,
            fails: None,
            unsafe_: false,
            simulated: false,
        }
    }
}

impl Spy {
    fn names(&self) -> Vec<&'static str> {
        self.did.lock().expect("spy").iter().map(Action::name).collect()
    }

    fn made_safe(&self) -> u32 {
        *self.safe.lock().expect("spy")
    }
}

impl Instrument for Spy {
    fn describe(&self) -> Description {
        let edge = Meters(20e-6);
        Description {
            driver: "spy".into(),
            identity: "spy".into(),
            serial: Some("S1".into()),
            capabilities: Capabilities {
                structure_channel: "height".into(),
                structure_unit: "m".into(),
                further_channels: Vec::new(),
                sweep_iv: true,
                scalar_unit: Some(String::new()),
                current_noise: Some(Amps(1e-12)),
                scalar_noise: None,
                scan_current: true,
                light: true,
                any_grid: true,
                simulated: self.simulated,
            },
            limits: Limits {
                reach: ScanGrid { origin: Position::new(0.0, 0.0), width: edge, height: edge, rows: 1, cols: 1 },
                bias_max: Volts(10.0),
                light_max: Suns(2.0),
                sweep_max: Seconds(3600.0),
            },
        }
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        self.did.lock().expect("spy").push(action.clone());
        if let Some(kind) = self.fails {
            return Err(InstrumentError::new(kind, "as told"));
        }
        self.now_s += match action {
            Action::SweepIv { waveform, .. } => waveform.total_time().0,
            _ => 1.0,
        };
        let outcome = match action {
            Action::SweepIv { waveform, .. } => Outcome::Curve(IvCurve {
                bias_v: waveform.bias_v(),
                current_a: vec![self.current_a; waveform.samples()],
                sample_interval: waveform.sample_interval(),
                saturated: self.saturated,
            }),
            Action::ReadScalar { .. } => Outcome::Scalar(1.0),
            Action::ScanCurrent { grid, .. } => Outcome::Image(Image {
                channel: "current".into(),
                unit: "A".into(),
                grid: *grid,
                values: ndarray::Array2::from_elem((grid.rows, grid.cols), self.current_a),
            }),
            _ => Outcome::Done,
        };
        let (instrument_time, wall_time) = (Seconds(self.now_s), Seconds(0.0));
        Ok(Observation { action: action.clone(), read_back: self.read_back, instrument_time, wall_time, outcome })
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        *self.safe.lock().expect("spy") += 1;
        if self.unsafe_ { Err(InstrumentError::new(ErrorKind::Fault, "no answer")) } else { Ok(()) }
    }
}

/// Every limit set, in the units of a file.
fn all() -> SafetyLimits {
    let mut limits = SafetyLimits::default();
    let values = [3.0, 100.0, 10.0, 50.0, 2.0, 50.0, 1.0, 9.0, 2.0, 8.0, 0.5, 100.0, 10.0, 1000.0, 10.0];
    for (rule, value) in Rule::ALL.into_iter().zip(values) {
        limits.set(rule, value).expect("a limit");
    }
    limits.set_lift(true);
    limits
}

fn roomy() -> Probes {
    Probes { free_bytes: Box::new(|| 1e9), ..Probes::default() }
}

fn limited(spy: &Spy, limits: SafetyLimits) -> Limited<Spy> {
    Limited::new(spy.clone(), limits, roomy()).expect("complete")
}

fn at(x_um: f64, y_um: f64) -> Position {
    Position::new(x_um * 1e-6, y_um * 1e-6)
}

fn triangle(peak_v: f64, duration_s: f64) -> Waveform {
    Waveform::Triangle { peak: Volts(peak_v), samples: 251, duration: Seconds(duration_s) }
}

fn sweep(x_um: f64, peak_v: f64, duration_s: f64) -> Action {
    Action::SweepIv { at: at(x_um, 5.0), waveform: triangle(peak_v, duration_s), repeat: 0 }
}

fn grid(x_um: f64, edge_um: f64) -> ScanGrid {
    ScanGrid { origin: at(x_um, 3.0), ..ScanGrid::square(Meters(edge_um * 1e-6), 8) }
}

/// Asserts that an action is refused with nothing done, for a reason that names `key`.
fn refused(instrument: &mut Limited<Spy>, spy: &Spy, action: &Action, key: &str) {
    let before = spy.names().len();
    let error = instrument.execute(action).expect_err(key);
    assert_eq!(error.kind(), ErrorKind::OutOfLimits, "{error}");
    assert!(error.to_string().contains(key) && error.to_string().contains("nothing was done"), "{key}: {error}");
    assert_eq!(spy.names().len(), before, "{key}: it reached the instrument");
}

#[test]
fn every_limit_refuses_beyond_it_and_accepts_up_to_it() {
    let spy = Spy::default();
    let mut i = limited(&spy, all());
    refused(&mut i, &spy, &sweep(5.0, 3.0001, 2.0), "bias_max_v");
    refused(&mut i, &spy, &sweep(5.0, -3.0001, 2.0), "bias_max_v");
    // 3 V in 0.05 s and back: 125 steps of 24 mV in 0.4 ms each are 60 V/s; in 0.0599 s they are just above 100.
    refused(&mut i, &spy, &sweep(5.0, 3.0, 0.0599), "slew_max_v_per_s");
    i.execute(&sweep(5.0, 3.0, 0.0601)).expect("as steep as allowed");
    refused(&mut i, &spy, &sweep(5.0, 1.0, 10.001), "sweep_max_s");
    refused(&mut i, &spy, &Action::MoveTo { at: at(0.999, 5.0) }, "x_min_um");
    refused(&mut i, &spy, &Action::MoveTo { at: at(9.001, 5.0) }, "x_max_um");
    refused(&mut i, &spy, &Action::MoveTo { at: at(5.0, 1.999) }, "y_min_um");
    refused(&mut i, &spy, &Action::MoveTo { at: at(5.0, 8.001) }, "y_max_um");
    for corner in [at(1.0, 2.0), at(9.0, 8.0)] {
        i.execute(&Action::MoveTo { at: corner }).expect("the corners belong to it");
    }
    refused(&mut i, &spy, &Action::ScanTopography { grid: grid(8.5, 1.0) }, "x_max_um");
    refused(&mut i, &spy, &Action::ScanChannel { grid: grid(0.5, 1.0), channel: "phase".into() }, "x_min_um");
    refused(&mut i, &spy, &Action::ScanCurrent { grid: grid(3.0, 1.0), bias: Volts(-3.1) }, "bias_max_v");
    refused(&mut i, &spy, &Action::ScanCurrent { grid: grid(3.0, 5.1), bias: Volts(1.0) }, "y_max_um");
    i.execute(&Action::ScanCurrent { grid: grid(3.0, 5.0), bias: Volts(-3.0) }).expect("up to the limits");
    refused(&mut i, &spy, &Action::SetLight { intensity: Suns(0.501) }, "light_max_suns");
    i.execute(&Action::SetLight { intensity: Suns(0.5) }).expect("up to the limit");
}

#[test]
fn spots_are_counted() {
    let spy = Spy { current_a: 4e-9, ..Spy::default() };
    let mut i = limited(&spy, all());
    // 10 nA for 2 s may be 20 nC; 8 nC flowed. Twice is allowed.
    i.execute(&sweep(5.0, 1.0, 2.0)).expect("once");
    refused(&mut i, &spy, &sweep(5.049, 1.0, 2.0), "spacing_min_nm");
    refused(&mut i, &spy, &Action::ReadScalar { at: at(5.02, 5.0) }, "spacing_min_nm");
    i.execute(&sweep(5.0, 1.0, 4.0)).expect("8 nC + 40 nC is below 50");
    refused(&mut i, &spy, &sweep(5.0, 1.0, 2.0), "touches_per_spot_max");
    let spots = i.ledger().spots();
    assert_eq!((spots.len(), spots[0].touches), (1, 2));
    // A sample more than intervals: 251 · 8 ms and 251 · 16 ms of 4 nA.
    let expected = 4e-9 * 251.0 * (2.0 + 4.0) / 250.0;
    assert!((spots[0].charge_c - expected).abs() < 1e-15, "{}", spots[0].charge_c);

    i.execute(&sweep(5.051, 1.0, 4.0)).expect("another spot");
    refused(&mut i, &spy, &sweep(5.051, 1.0, 4.0), "charge_per_spot_max_nc");
    i.execute(&sweep(5.051, 1.0, 2.0)).expect("16 nC + 20 nC");
    // Without a compliance only what has flowed can be counted.
    let spy = Spy { current_a: 4e-9, simulated: true, ..Spy::default() };
    let mut i = limited(&spy, SafetyLimits::default().with(Rule::Charge, 10.0).expect("a limit"));
    i.execute(&sweep(5.0, 1.0, 2.0)).expect("8 nC");
    let error = i.execute(&sweep(5.0, 1.0, 2.0)).expect_err("16 nC").to_string();
    assert!(error.contains("charge_per_spot_max_nc = 10 nC") && error.contains("made safe"), "{error}");
}

#[test]
fn holds_count_with_the_largest_current() {
    let spy = Spy { current_a: -2e-9, ..Spy::default() };
    let mut i = limited(&spy, all());
    let held = Waveform::Conditioned {
        pre_bias: Volts(0.01),
        hold: Seconds(1.0),
        wait: Seconds(0.5),
        then: Box::new(triangle(1.0, 1.0)),
    };
    i.execute(&Action::SweepIv { at: at(5.0, 5.0), waveform: held, repeat: 0 }).expect("allowed");
    let charge = i.ledger().spots()[0].charge_c;
    assert!((charge - 2e-9 * (251.0 / 250.0 + 1.5)).abs() < 1e-14, "{charge}");
}

#[test]
fn steps_from_and_to_zero_have_a_slew() {
    let slew =
        |bias_v: &[f64]| check::slew_v_per_s(&Waveform::List { bias_v: bias_v.to_vec(), interval: Seconds(0.1) });
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} and {b}");
    close(slew(&[1.0, 1.0, 0.0]), 10.0);
    close(slew(&[0.0, 0.5, 1.5]), 15.0);
    close(slew(&[0.0, -2.0, -2.0, 0.5]), 25.0);
    let held = |bias| Waveform::Conditioned {
        pre_bias: Volts(bias),
        hold: Seconds(1.0),
        wait: Seconds(1.0),
        then: Box::new(Waveform::List { bias_v: vec![0.0, 0.1], interval: Seconds(0.1) }),
    };
    close(check::slew_v_per_s(&held(-3.0)), 30.0);
}

#[test]
fn what_only_the_outcome_shows_makes_safe_and_ends_the_run() {
    let nan = f64::NAN;
    let cases: [(Spy, &str); 6] = [
        (Spy { current_a: 10.01e-9, ..Spy::default() }, "current_max_na = 10 nA"),
        (Spy { current_a: -10.01e-9, ..Spy::default() }, "current_max_na = 10 nA"),
        (Spy { current_a: nan, ..Spy::default() }, "not a number"),
        (Spy { saturated: true, ..Spy::default() }, "clipped"),
        (Spy { read_back: Some(Position::new(nan, 5e-6)), ..Spy::default() }, "not a number"),
        (Spy { read_back: Some(at(5.0, 8.1)), ..Spy::default() }, "y_max_um"),
    ];
    for (spy, why) in cases {
        let mut i = limited(&spy, all());
        let error = i.execute(&sweep(5.0, 1.0, 2.0)).expect_err(why);
        assert_eq!(error.kind(), ErrorKind::Fault);
        assert!(error.to_string().contains(why) && error.to_string().contains("was made safe"), "{why}: {error}");
        assert_eq!(spy.made_safe(), 1);
        let reached = spy.names().len();
        for action in [Action::SetLight { intensity: Suns(0.0) }, Action::Withdraw, sweep(6.0, 1.0, 1.0)] {
            let error = i.execute(&action).expect_err("over").to_string();
            assert!(error.contains("nothing more is done"), "{error}");
        }
        assert_eq!(spy.names().len(), reached);
        i.make_safe().expect("always legal");
        assert_eq!(spy.made_safe(), 2);
    }
    let image = Spy { current_a: 11e-9, ..Spy::default() };
    let error = limited(&image, all())
        .execute(&Action::ScanCurrent { grid: grid(3.0, 1.0), bias: Volts(1.0) })
        .expect_err("too much current in an image");
    assert!(error.to_string().contains("current_max_na"), "{error}");
    let stuck = Spy { saturated: true, unsafe_: true, ..Spy::default() };
    let error = limited(&stuck, all()).execute(&sweep(5.0, 1.0, 2.0)).expect_err("clips").to_string();
    assert!(error.contains("making it safe failed") && error.contains("by hand"), "{error}");
    // Up to the limit is allowed, and without a compliance a clipped curve is only a bound.
    limited(&Spy { current_a: -10e-9, ..Spy::default() }, all()).execute(&sweep(5.0, 1.0, 2.0)).expect("10 nA");
    let clips = Spy { saturated: true, simulated: true, current_a: nan, ..Spy::default() };
    limited(&clips, SafetyLimits::default()).execute(&sweep(5.0, 1.0, 2.0)).expect("not limited");
}

#[test]
fn the_tip_is_lifted_before_it_moves_sideways() {
    let spy = Spy::default();
    let mut i = limited(&spy, all());
    i.execute(&sweep(5.0, 1.0, 1.0)).expect("first");
    i.execute(&sweep(5.0, 1.0, 1.0)).expect("the same place");
    assert_eq!(spy.names(), ["sweep_iv", "sweep_iv"]);
    i.execute(&sweep(6.0, 1.0, 1.0)).expect("another");
    i.execute(&Action::ScanTopography { grid: grid(3.0, 1.0) }).expect("a scan out of contact");
    i.execute(&Action::MoveTo { at: at(4.0, 4.0) }).expect("a scan ends in contact");
    i.execute(&Action::MoveTo { at: at(5.0, 4.0) }).expect("already up");
    i.execute(&Action::Approach).expect("down");
    i.execute(&Action::ReadScalar { at: at(2.0, 4.0) }).expect("elsewhere");
    let expected = [
        "sweep_iv",
        "sweep_iv",
        "withdraw",
        "sweep_iv",
        "withdraw",
        "scan_topography",
        "withdraw",
        "move_to",
        "move_to",
        "approach",
        "withdraw",
        "read_scalar",
    ];
    assert_eq!(spy.names(), expected);
    i.make_safe().expect("safe");
    i.execute(&Action::MoveTo { at: at(3.0, 4.0) }).expect("up");
    assert_eq!(spy.names().len(), expected.len() + 1);

    let spy = Spy { simulated: true, ..Spy::default() };
    let mut i = limited(&spy, SafetyLimits::default());
    i.execute(&sweep(5.0, 1.0, 1.0)).expect("first");
    i.execute(&sweep(6.0, 1.0, 1.0)).expect("a twin lifts by itself");
    assert_eq!(spy.names(), ["sweep_iv", "sweep_iv"]);

    let mut i = limited(&Spy::default(), all());
    i.execute(&sweep(5.0, 1.0, 1.0)).expect("first");
    i.inner.fails = Some(ErrorKind::Timeout);
    let error = i.execute(&sweep(6.0, 1.0, 1.0)).expect_err("stuck to the film").to_string();
    assert!(error.contains("could not be lifted") && error.contains("made safe"), "{error}");
    assert_eq!(i.inner.names(), ["sweep_iv", "withdraw"]);
}

#[test]
fn light_and_time_add_up_also_between_actions() {
    let spy = Spy::default();
    // No clock of a computer starts with the run.
    let clock = Arc::new(Mutex::new(5000.0));
    let read = clock.clone();
    let clock_s = Box::new(move || *read.lock().expect("clock"));
    let mut i = Limited::new(spy.clone(), all(), Probes { clock_s, ..roomy() }).expect("complete");
    i.execute(&Action::SetLight { intensity: Suns(0.5) }).expect("on");
    i.execute(&Action::MoveTo { at: at(5.0, 5.0) }).expect("a second");
    assert_eq!(i.ledger().light_dose_suns_s(), 0.5);
    *clock.lock().expect("clock") = 5190.0;
    // 0.5 + 95 have come; 2 more may follow, and 5 may not.
    i.check(&sweep(5.0, 1.0, 4.0)).expect("97.5");
    refused(&mut i, &spy, &sweep(5.0, 1.0, 10.0), "light_dose_max_suns_s");
    // What takes light away is never refused, and the dose of the wait is counted where the lamp goes off.
    i.make_safe().expect("safe");
    assert_eq!((i.ledger().light_dose_suns_s(), i.ledger().lamp), (95.5, Suns(0.0)));
    i.execute(&sweep(5.0, 1.0, 4.0)).expect("dark");
    assert_eq!(i.ledger().light_dose_suns_s(), 95.5);

    *clock.lock().expect("clock") = 6190.0;
    refused(&mut i, &spy, &sweep(6.0, 1.0, 0.5), "run_max_s");
    i.check(&Action::Withdraw).expect("relief");
    i.check(&Action::SetLight { intensity: Suns(0.0) }).expect("relief");
    refused(&mut i, &spy, &Action::SetLight { intensity: Suns(0.1) }, "run_max_s");
    // A dose that only the outcome shows.
    let mut i = limited(&Spy::default(), all());
    i.execute(&Action::SetLight { intensity: Suns(0.5) }).expect("on");
    i.inner.now_s = 300.0;
    let error = i.execute(&Action::MoveTo { at: at(5.0, 5.0) }).expect_err("150 suns·s").to_string();
    assert!(error.contains("light_dose_max_suns_s = 100 suns·s") && error.contains("made safe"), "{error}");
}

#[test]
fn a_clock_that_jumps_ends_the_run() {
    for jump in [-5.0, f64::NAN, f64::INFINITY] {
        let mut i = limited(&Spy::default(), all());
        i.execute(&Action::MoveTo { at: at(5.0, 5.0) }).expect("a second");
        i.inner.now_s = jump;
        let error = i.execute(&Action::MoveTo { at: at(5.0, 6.0) }).expect_err("jumped").to_string();
        assert!(error.contains("clock went from 1 s") && error.contains("made safe"), "{error}");
    }
    let mut i = limited(&Spy::default(), all());
    i.inner.now_s = 999.5;
    i.execute(&Action::MoveTo { at: at(5.0, 5.0) }).expect("nobody knows yet");
    assert_eq!(i.ledger().elapsed(), Seconds(1000.5));
    let mut still = limited(&Spy::default(), all());
    still.execute(&Action::MoveTo { at: at(5.0, 5.0) }).expect("a second");
    still.inner.now_s = 0.0;
    still.execute(&Action::MoveTo { at: at(5.0, 6.0) }).expect("a clock that stands still is no jump");
    // A sweep belongs to the run to its end.
    let mut near = limited(&Spy { now_s: 994.0, ..Spy::default() }, all());
    near.execute(&Action::MoveTo { at: at(5.0, 5.0) }).expect("995 s");
    near.check(&sweep(5.0, 1.0, 4.0)).expect("999 s");
    let spy = near.inner.clone();
    refused(&mut near, &spy, &sweep(5.0, 1.0, 8.0), "run_max_s");
    let spy = i.inner.clone();
    refused(&mut i, &spy, &Action::MoveTo { at: at(5.0, 6.0) }, "run_max_s");
}

#[test]
fn a_full_disk_and_one_that_nobody_can_ask_stop_measuring() {
    for free in [10e6 - 1.0, f64::NAN] {
        let spy = Spy::default();
        let mut i = limited(&spy, all());
        i.probes.free_bytes = Box::new(move || free);
        for action in [
            sweep(5.0, 1.0, 1.0),
            Action::ReadScalar { at: at(5.0, 5.0) },
            Action::ScanTopography { grid: grid(3.0, 1.0) },
            Action::ScanChannel { grid: grid(3.0, 1.0), channel: "phase".into() },
            Action::ScanCurrent { grid: grid(3.0, 1.0), bias: Volts(1.0) },
        ] {
            refused(&mut i, &spy, &action, "disk_free_min_mb = 10 MB");
        }
        i.execute(&Action::MoveTo { at: at(5.0, 5.0) }).expect("leaves no data");
    }
    let mut i = limited(&Spy::default(), all());
    i.probes.free_bytes = Box::new(|| 10e6);
    i.execute(&sweep(5.0, 1.0, 1.0)).expect("just enough");
}

#[test]
fn a_touch_that_failed_counts_with_all_it_may_have_done() {
    for kind in [ErrorKind::BadMeasurement, ErrorKind::Timeout, ErrorKind::Fault, ErrorKind::Data] {
        let mut i = limited(&Spy { fails: Some(kind), ..Spy::default() }, all());
        assert_eq!(i.execute(&sweep(5.0, 1.0, 2.0)).expect_err("fails").kind(), kind);
        let spot = i.ledger().spots()[0];
        assert_eq!((spot.touches, i.ledger().contact), (1, true));
        assert!((spot.charge_c - 20e-9).abs() < 1e-15);
    }
    for kind in [ErrorKind::InvalidRequest, ErrorKind::Unsupported, ErrorKind::OutOfLimits] {
        let mut i = limited(&Spy { fails: Some(kind), ..Spy::default() }, all());
        i.execute(&sweep(5.0, 1.0, 2.0)).expect_err("refused");
        assert!(i.ledger().spots().is_empty() && !i.ledger().contact, "nothing was done");
    }
    // A lamp that did not answer may be on, and may be on still.
    let mut i = limited(&Spy { fails: Some(ErrorKind::Timeout), ..Spy::default() }, all());
    i.execute(&Action::SetLight { intensity: Suns(0.4) }).expect_err("no answer");
    i.execute(&Action::SetLight { intensity: Suns(0.1) }).expect_err("no answer");
    assert_eq!(i.ledger().lamp, Suns(0.4));
}

#[test]
fn what_an_earlier_process_did_counts() {
    let spy = Spy { current_a: 4e-9, ..Spy::default() };
    let mut first = limited(&spy, all());
    let curve = match first.execute(&sweep(5.0, 1.0, 2.0)).expect("sweeps").outcome {
        Outcome::Curve(curve) => curve,
        other => panic!("{other:?}"),
    };
    let mut second = limited(&Spy::default(), all());
    second.remember(&sweep(5.0, 1.0, 2.0), Some(&curve), Some(Seconds(2.0))).expect("remembers");
    assert_eq!(second.ledger(), first.ledger());
    // One whose outcome nobody knows.
    second.remember(&sweep(5.0, 1.0, 2.0), None, None).expect("remembers");
    assert!((second.ledger().spots()[0].charge_c - first.ledger().spots()[0].charge_c - 20e-9).abs() < 1e-15);
    assert!(second.remember(&Action::Approach, None, Some(Seconds(1.0))).is_err(), "time does not go back");
    second.reopened();
    let spy = second.inner.clone();
    refused(&mut second, &spy, &sweep(5.0, 1.0, 2.0), "touches_per_spot_max");
    second.execute(&sweep(6.0, 1.0, 2.0)).expect("its clock starts again");
    assert_eq!(second.ledger().elapsed(), Seconds(4.0));
    assert_eq!(spy.names(), ["sweep_iv"], "the tip is up after opening");
}

#[test]
fn limits_tighten_and_never_loosen() {
    let base = all();
    for rule in Rule::ALL {
        let limit = base.get(rule).expect("all are set") * rule.per_si();
        let step = if rule.is_floor() { 0.5 } else { -0.5 };
        let tight = SafetyLimits::default().with(rule, limit + step).expect("a limit");
        let both = base.tightened(&tight).expect("tighter");
        assert_eq!(both.get(rule), tight.get(rule));
        assert!(Rule::ALL.iter().filter(|r| **r != rule).all(|r| both.get(*r) == base.get(*r)));
        let loose = SafetyLimits::default().with(rule, limit - step).expect("a limit");
        let error = base.tightened(&loose).expect_err("looser").to_string();
        let (asked, limit) = (format!("{} = {} ", rule.key(), limit - step), format!(" limit of {limit} "));
        assert!(error.contains(&asked) && error.contains(&limit), "{error}");
        let same = SafetyLimits::default().with(rule, base.get(rule).expect("set") * rule.per_si()).expect("a limit");
        assert!(base.tightened(&same).is_ok(), "{}", rule.key());
        assert_eq!(SafetyLimits::default().tightened(&loose).expect("was free").get(rule), loose.get(rule));
    }
    let lift = |lift| {
        let mut limits = SafetyLimits::default();
        limits.set_lift(lift);
        limits
    };
    assert_eq!(base.tightened(&lift(false)), Err(LimitsError::Lift));
    assert!(base.tightened(&lift(true)).expect("same").lift());
    assert!(lift(false).tightened(&lift(true)).expect("tighter").lift());
    assert!(!lift(false).tightened(&SafetyLimits::default()).expect("same").lift());
}

#[test]
fn a_limit_is_a_number_and_a_real_instrument_needs_them_all() {
    for value in [f64::NAN, f64::INFINITY, -1.0] {
        assert!(SafetyLimits::default().with(Rule::Bias, value).is_err(), "{value}");
    }
    assert!(SafetyLimits::default().with(Rule::XMin, -1.0).is_ok());
    assert!(SafetyLimits::default().with(Rule::XMin, f64::NAN).is_err());
    let error = Limited::new(Spy::default(), SafetyLimits::default(), roomy()).expect_err("no limits").to_string();
    assert!(Rule::ALL.iter().all(|r| error.contains(r.key())) && error.contains("lift_before"), "{error}");
    let mut all_but_lift = all();
    all_but_lift.lift = None;
    assert_eq!(all_but_lift.complete(), Err(LimitsError::Missing(vec!["lift_before_lateral_move"])));
    let text = all().to_string();
    for line in
        ["bias_max_v = 3\n", "spacing_min_nm = 50\n", "disk_free_min_mb = 10\n", "lift_before_lateral_move = true\n"]
    {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(text.lines().count(), Rule::ALL.len() + 1);
    let twin = Spy { simulated: true, ..Spy::default() };
    Limited::new(twin, SafetyLimits::default(), Probes::default()).expect("a twin cannot be harmed");
}

#[test]
fn what_an_instrument_cannot_do_is_for_it_to_refuse() {
    #[derive(Debug)]
    struct Plain(Spy);
    impl Instrument for Plain {
        fn describe(&self) -> Description {
            let mut d = self.0.describe();
            let able = &mut d.capabilities;
            (able.scalar_unit, able.simulated) = (None, true);
            (able.sweep_iv, able.light, able.scan_current) = (false, false, false);
            d
        }
        fn execute(&mut self, _: &Action) -> Result<Observation, InstrumentError> {
            Err(InstrumentError::new(ErrorKind::Unsupported, "no"))
        }
        fn make_safe(&mut self) -> Result<(), InstrumentError> {
            Ok(())
        }
    }
    let mut i = Limited::new(Plain(Spy::default()), SafetyLimits::default(), Probes::default()).expect("a twin");
    let far = at(50.0, 50.0);
    for cannot in [
        Action::ReadScalar { at: far },
        sweep(50.0, 1.0, 1.0),
        Action::SetLight { intensity: Suns(1e3) },
        Action::ScanCurrent { grid: grid(50.0, 1.0), bias: Volts(1e3) },
    ] {
        assert_eq!(i.execute(&cannot).expect_err("cannot").kind(), ErrorKind::Unsupported, "{cannot:?}");
    }
    assert_eq!(i.execute(&Action::MoveTo { at: far }).expect_err("too far").kind(), ErrorKind::OutOfLimits);
    assert_eq!(i.describe().driver, "spy");
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -4.0..14.0f64,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.0, 3.0, 9.0]),
    ]
}

fn any_place() -> impl Strategy<Value = Position> {
    // Few places, so that they are met again.
    let few = prop_oneof![4 => (2i32..9).prop_map(f64::from), 1 => any_number()];
    (few.clone(), few).prop_map(|(x, y)| at(x, y))
}

fn any_waveform() -> impl Strategy<Value = Waveform> {
    prop_oneof![
        3 => (any_number(), 0.01..12.0f64)
            .prop_map(|(v, s)| Waveform::Triangle { peak: Volts(v), samples: 11, duration: Seconds(s) }),
        1 => (prop::collection::vec(any_number(), 0..5), any_number())
            .prop_map(|(bias_v, s)| Waveform::List { bias_v, interval: Seconds(s) }),
        1 => (any_number(), any_number()).prop_map(|(v, s)| Waveform::Conditioned {
            pre_bias: Volts(v),
            hold: Seconds(s),
            wait: Seconds(0.1),
            then: Box::new(Waveform::Triangle { peak: Volts(1.0), samples: 11, duration: Seconds(1.0) }),
        }),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    let grid = || {
        (any_place(), any_number(), any_number()).prop_map(|(origin, w, h)| ScanGrid {
            origin,
            width: Meters(w * 1e-6),
            height: Meters(h * 1e-6),
            rows: 2,
            cols: 2,
        })
    };
    prop_oneof![
        4 => (any_place(), any_waveform()).prop_map(|(at, waveform)| Action::SweepIv { at, waveform, repeat: 0 }),
        1 => any_place().prop_map(|at| Action::ReadScalar { at }),
        1 => any_place().prop_map(|at| Action::MoveTo { at }),
        1 => grid().prop_map(|grid| Action::ScanTopography { grid }),
        1 => (grid(), any_number()).prop_map(|(grid, v)| Action::ScanCurrent { grid, bias: Volts(v) }),
        2 => (0.0..0.7f64).prop_map(|s| Action::SetLight { intensity: Suns(s) }),
        1 => any_number().prop_map(|s| Action::SetLight { intensity: Suns(s) }),
        1 => Just(Action::Approach),
        1 => Just(Action::Withdraw),
    ]
}

/// The rules once more, from the list of what reached the instrument alone, without the ledger.
fn no_forbidden_action(did: &[Action]) {
    let inside = |p: &Position| (1e-6..=9e-6).contains(&p.x.0) && (2e-6..=8e-6).contains(&p.y.0);
    let mut touched: Vec<(Position, u32, f64)> = Vec::new();
    let (mut lamp, mut dose, mut elapsed) = (0.0, 0.0, 0.0);
    let (mut down, mut tip) = (false, None);
    for action in did {
        let mut takes = 1.0;
        let goes = match action {
            Action::SweepIv { at, .. } | Action::ReadScalar { at } | Action::MoveTo { at } => Some(Some(*at)),
            Action::ScanTopography { .. } | Action::ScanCurrent { .. } => Some(None),
            _ => None,
        };
        if let Some(to) = goes {
            assert!(!down || (to.is_some() && to == tip), "dragged: {action:?}");
            tip = to;
        }
        match action {
            Action::SweepIv { waveform, .. } => {
                takes = waveform.total_time().0;
                assert!(waveform.peak().0 <= 3.0 && takes <= 10.0 && check::slew_v_per_s(waveform) <= 100.0);
                assert!(dose + lamp * takes <= 100.0 && elapsed + takes <= 1000.0);
            }
            Action::ScanCurrent { bias, .. } => assert!(bias.0.abs() <= 3.0),
            Action::SetLight { intensity } => assert!((0.0..=0.5).contains(&intensity.0)),
            _ => {}
        }
        match action {
            Action::SweepIv { at, .. } | Action::ReadScalar { at } => {
                assert!(inside(at));
                let most = if let Action::SweepIv { .. } = action { 10e-9 * takes } else { 0.0 };
                for (other, ..) in &touched {
                    let d = (other.x.0 - at.x.0).hypot(other.y.0 - at.y.0);
                    assert!(d <= 1e-9 || d >= 50e-9, "spots {d} m apart");
                }
                let k = touched.iter().position(|(p, ..)| (p.x.0 - at.x.0).hypot(p.y.0 - at.y.0) <= 1e-9);
                let k = k.unwrap_or_else(|| {
                    touched.push((*at, 0, 0.0));
                    touched.len() - 1
                });
                touched[k].1 += 1;
                assert!(touched[k].1 <= 2 && touched[k].2 + most <= 50e-9 * (1.0 + 1e-12));
                if let Action::SweepIv { waveform, .. } = action {
                    let samples = waveform.samples() as f64 * waveform.sample_interval().0;
                    touched[k].2 += 9e-9 * (samples + waveform.total_time().0 - waveform.duration().0);
                }
                down = true;
            }
            Action::MoveTo { at } => assert!(inside(at)),
            Action::ScanTopography { grid } | Action::ScanCurrent { grid, .. } => {
                let far = Position::new(grid.origin.x.0 + grid.width.0, grid.origin.y.0 + grid.height.0);
                assert!(inside(&grid.origin) && inside(&far) && grid.width.0 > 0.0 && grid.height.0 > 0.0);
                down = true;
            }
            Action::Approach => down = true,
            Action::Withdraw => down = false,
            _ => {}
        }
        dose += lamp * takes;
        elapsed += takes;
        if let Action::SetLight { intensity } = action {
            lamp = intensity.0;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A hundred thousand sequences: whatever is asked, nothing forbidden reaches the instrument.
    #[test]
    fn prop_nothing_forbidden_reaches_the_instrument(actions in prop::collection::vec(any_action(), 1..24)) {
        let spy = Spy { current_a: 9e-9, ..Spy::default() };
        let mut limited = limited(&spy, all());
        for action in &actions {
            drop(limited.execute(action));
        }
        no_forbidden_action(&spy.did.lock().expect("spy"));
    }
}

/// A driver that takes its time, or panics.
struct Slow(Spy, Duration);

impl Instrument for Slow {
    fn describe(&self) -> Description {
        self.0.describe()
    }
    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        std::thread::sleep(self.1);
        assert!(!matches!(action, Action::Approach), "a bug in the driver");
        self.0.execute(action)
    }
    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.0.make_safe()
    }
}

fn watched(spy: &Spy, takes_ms: u64, (action_ms, safe_ms): (u64, u64)) -> Watchdog {
    let ms = Duration::from_millis;
    let times = WatchdogTimes { action: ms(action_ms), line: ms(1), safe: ms(safe_ms) };
    Watchdog::new(Box::new(Slow(spy.clone(), ms(takes_ms))), times)
}

#[test]
fn a_watchdog_changes_nothing_while_the_driver_answers() {
    let spy = Spy::default();
    let mut dog = watched(&spy, 0, (5000, 5000));
    assert_eq!(dog.describe(), spy.describe());
    assert_eq!(
        dog.execute(&sweep(5.0, 1.0, 2.0)).expect("answers"),
        spy.clone().execute(&sweep(5.0, 1.0, 2.0)).expect("spy")
    );
    dog.make_safe().expect("safe");
    assert_eq!(spy.made_safe(), 1);
}

#[test]
fn a_driver_that_hangs_is_given_up_and_made_safe_when_it_comes_back() {
    let spy = Spy::default();
    let mut dog = watched(&spy, 400, (50, 5000));
    let begun = Instant::now();
    let error = dog.execute(&Action::Withdraw).expect_err("too slow");
    assert!(begun.elapsed() < Duration::from_millis(350), "{:?}", begun.elapsed());
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("longer than 0.05 s"), "{error}");
    dog.make_safe().expect("it comes back");
    assert!(begun.elapsed() >= Duration::from_millis(400));
    let error = dog.execute(&Action::Withdraw).expect_err("given up");
    assert_eq!(error.kind(), ErrorKind::Fault, "it is not even asked: {error}");
    assert_eq!((spy.names().len(), spy.made_safe()), (1, 1), "nothing follows but making safe");

    let mut dog = watched(&Spy::default(), 400, (50, 50));
    dog.execute(&Action::Withdraw).expect_err("too slow");
    let error = dog.make_safe().expect_err("it does not come back in time").to_string();
    assert!(error.contains("did not come back within 0.05 s"), "{error}");
}

#[test]
fn a_sweep_and_a_scan_have_longer_to_answer() {
    let dog = |takes| watched(&Spy::default(), takes, (20, 5000));
    dog(150).execute(&sweep(5.0, 1.0, 0.2)).expect("20 ms and twice its time");
    dog(150).execute(&sweep(5.0, 1.0, 0.02)).expect_err("20 ms and 40 ms");
    let grid = |rows| ScanGrid { rows, ..grid(3.0, 1.0) };
    dog(150).execute(&Action::ScanTopography { grid: grid(300) }).expect("a millisecond a line");
    dog(150).execute(&Action::ScanTopography { grid: grid(3) }).expect_err("three lines");
}

#[test]
fn a_driver_that_panics_is_a_fault_and_is_made_safe() {
    let spy = Spy::default();
    let mut dog = watched(&spy, 0, (5000, 5000));
    let error = dog.execute(&Action::Approach).expect_err("panics");
    assert_eq!(error.kind(), ErrorKind::Fault);
    assert!(error.to_string().contains("panicked during approach"), "{error}");
    dog.make_safe().expect("still");
    assert_eq!(spy.made_safe(), 1);
}

#[test]
fn somebody_else_can_ask_for_safety_at_once() {
    let spy = Spy::default();
    let mut dog = watched(&spy, 300, (60_000, 5000));
    let handle = dog.handle();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        handle.make_safe_now()
    });
    let begun = Instant::now();
    let error = dog.execute(&Action::Withdraw).expect_err("given up").to_string();
    assert!(begun.elapsed() < Duration::from_millis(250) && error.contains("asked to stop at once"), "{error}");
    other.join().expect("thread").expect("made safe when the driver came back");
    assert_eq!(spy.made_safe(), 1);
    assert!(dog.execute(&Action::Withdraw).is_err());
}

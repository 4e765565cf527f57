//! The whole driver with converters beside the controller, and everything that can go wrong with them: did it end in time, is the
//! error of the right kind, is the microscope safe afterwards, and was the film touched no more often than planned?

use super::{Converters, Habits, Wiring};
use crate::cypher::tests::{HERE, Rig, twin};
use crate::cypher::{Electrode, IvPath, Light, LightOutput};
use crate::nidaq::server::{EmulatedServer, Fault, Input, Readings, Setup, Trouble};
use crate::nidaq::{DaqConfig, Transport};
use std::time::Instant;
use tiptwin_instrument::{
    ErrorKind, Instrument, InstrumentError, IvCurve, Meters, Position, ScanGrid, Seconds, Suns, Volts, Waveform,
};

/// One scan, three sweeps.
const PLANNED: usize = 4;
/// A call is waited for 0.3 s, three tries of a way back take a few of them, on a machine that is busy with other things.
const BOUND_S: f64 = 20.0;
const LIT: Suns = Suns(0.1);
/// Half a step of 16 bits over ±10 V, and a rounding.
const HALF_STEP_V: f64 = 1.000_001 * 10.0 / 65_536.0;

fn rig(faults: &[&str], biased: Electrode) -> (Rig, EmulatedServer) {
    let mut rig = Rig::new(faults, Habits { biased, ..Habits::at_once() });
    let wiring = Wiring { biased, samples_per_point: 8, amps_per_volt: 2e-9, light_volts_per_sun: Some(5.0) };
    let server = EmulatedServer::start(Setup::default(), Box::new(Converters::new(rig.running.shared(), wiring)))
        .expect("listens");
    rig.settings.iv = IvPath::Daq;
    rig.settings.scan_rate_hz = 100.0;
    rig.settings.light = rig.settings.light.take().map(|light| Light { output: LightOutput::Daq, ..light });
    rig.settings.daq = Some(DaqConfig {
        transport: Transport::Grpc { address: server.address().to_string(), plain_text_beyond_this_machine: false },
        light_output: Some("ao1".into()),
        bias_monitor: Some("ai1".into()),
        light_monitor: Some("ai2".into()),
        gain_a_per_v: 2e-9,
        light_max: Volts(10.0),
        slew_v_per_s: 500.0,
        call_timeout: Seconds(0.3),
        ..DaqConfig::default()
    });
    (rig, server)
}

fn sweep() -> Waveform {
    Waveform::Triangle { peak: Volts(1.5), samples: 251, duration: Seconds(0.2) }
}

/// What became of a session.
struct Ended {
    error: Option<InstrumentError>,
    safe: Result<(), InstrumentError>,
    curves: Vec<IvCurve>,
}

/// Light, one image, three sweeps, and before the second of them something happens; then everything is made safe, as every run does.
fn session(rig: &Rig, happens: impl FnOnce()) -> Ended {
    let began = Instant::now();
    let mut cypher = rig.open().expect("opens");
    let mut happens = Some(happens);
    let mut curves = Vec::new();
    let grid = ScanGrid {
        origin: Position::new(0.4e-6, 0.2e-6),
        width: Meters(1.2e-6),
        height: Meters(1.2e-6),
        rows: 8,
        cols: 8,
    };
    let mut measured = || -> Result<(), InstrumentError> {
        cypher.set_light(LIT)?;
        cypher.scan_topography(grid)?;
        for k in 0..3 {
            if k == 1
                && let Some(happens) = happens.take()
            {
                happens();
            }
            let at = Position::new(HERE.x.0 + 1e-7 * f64::from(k), HERE.y.0);
            curves.push(cypher.sweep_iv(at, &sweep())?);
        }
        Ok(())
    };
    let error = measured().err();
    let safe = cypher.make_safe();
    let took_s = began.elapsed().as_secs_f64();
    assert!(took_s < BOUND_S, "it took {took_s} s");
    assert!(rig.running.bench().touches() <= PLANNED, "{} touches", rig.running.bench().touches());
    Ended { error, safe, curves }
}

/// A fault that ends the session with an error of one kind that says something, and leaves the microscope safe.
fn ends(fault: impl FnOnce(&EmulatedServer), kind: ErrorKind, says: &str) {
    let (rig, server) = rig(&[], Electrode::Tip);
    let ended = session(&rig, || fault(&server));
    let error = ended.error.unwrap_or_else(|| panic!("{says}: an error was due"));
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    ended.safe.unwrap_or_else(|e| panic!("{says}: {e}"));
    assert!(rig.running.bench().is_safe(), "{says}: bias 0, light off, tip up");
    assert_eq!((server.output_v(0), server.output_v(1), server.tasks()), (0.0, 0.0, 0), "{says}");
    assert_eq!(ended.curves.len(), 1, "{says}");
}

#[test]
fn nothing_wrong_is_the_twin_within_the_converters_steps() {
    for biased in [Electrode::Tip, Electrode::Sample] {
        let (rig, server) = rig(&[], biased);
        let ended = session(&rig, || {});
        assert!(ended.error.is_none() && ended.safe.is_ok(), "{:?} {:?}", ended.error, ended.safe);
        assert!(rig.running.bench().is_safe() && rig.running.bench().touches() == PLANNED);
        assert_eq!((server.output_v(0), server.output_v(1)), (0.0, 0.0));
        // The bias and the light that were really there.
        let step_v = 10.0 / 32_768.0;
        let played = |v: f64| (v / step_v).round() * step_v;
        let bias_v: Vec<f64> = sweep().bias_v().into_iter().map(played).collect();
        let waveform = Waveform::List { bias_v, interval: sweep().sample_interval() };
        let mut twin = twin();
        twin.set_light(Suns(played(5.0 * LIT.0) / 5.0)).expect("lights");
        for (k, curve) in ended.curves.iter().enumerate() {
            let truth = twin.sweep_iv(Position::new(HERE.x.0 + 1e-7 * k as f64, HERE.y.0), &waveform).expect("sweeps");
            assert_eq!(curve.bias_v, sweep().bias_v());
            let worst = curve.current_a.iter().zip(&truth.current_a).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
            assert!(worst <= 2e-9 * HALF_STEP_V, "{biased:?}: {worst:e} A");
            assert!(truth.current_a.iter().any(|i| i.abs() > 1e-10), "there is something to compare");
        }
    }
}

#[test]
fn the_connection_is_lost_in_mid_sweep() {
    for call in ["StartTask", "ReadAnalogF64", "WaitUntilTaskDone"] {
        ends(|s| s.inject(Fault::at(call, Trouble::Disconnect)), ErrorKind::Fault, "the sweep failed");
        ends(
            |s| s.inject(Fault::at(call, Trouble::Disconnect).once_carried_out()),
            ErrorKind::Fault,
            "the bias is back at 0 V",
        );
    }
}

#[test]
fn the_server_dies_in_mid_sweep() {
    // The second start is the output's; the bias stays at the peak of the triangle.
    ends(
        |s| s.inject(Fault::at("StartTask", Trouble::Crash { at: 0.5 }).after(1)),
        ErrorKind::Fault,
        "the bias is back at 0 V",
    );
}

#[test]
fn the_server_does_not_answer() {
    ends(|s| s.inject(Fault::at("ReadAnalogF64", Trouble::Hang)), ErrorKind::Timeout, "the sweep failed");
}

#[test]
fn fewer_samples_come_than_were_asked_for() {
    ends(
        |s| s.inject(Fault::at("ReadAnalogF64", Trouble::Short)),
        ErrorKind::BadMeasurement,
        "samples a channel instead of",
    );
}

#[test]
fn readings_are_none() {
    for (readings, says) in [
        (Readings::NotANumber, "NaN"),
        (Readings::Constant(0.1), "to the last bit"),
        (Readings::Saturated, "at the rail of 20 nA"),
    ] {
        ends(|s| s.set_readings(Input::Amplifier, readings), ErrorKind::BadMeasurement, says);
    }
}

/// The light is on the same device: a reset that brings the bias down puts it out, and a sweep in the wrong light is no result.
#[test]
fn a_light_that_goes_out_is_noticed() {
    ends(
        |s| {
            // What follows the programme: the way to 0 V fails as it is and on a new connection, and a reset of the device helps.
            s.inject(Fault { times: 2, ..Fault::at("WriteAnalogF64", Trouble::Status(-50_103)).after(1) });
        },
        ErrorKind::Fault,
        "the light's output is at",
    );
}

#[test]
fn an_output_that_keeps_its_voltage_is_named() {
    let (rig, server) = rig(&[], Electrode::Tip);
    let ended = session(&rig, || server.set_stuck(1, true));
    assert!(ended.error.is_none(), "{:?}", ended.error);
    let safe = ended.safe.expect_err("the lamp stays on");
    assert!(safe.kind() == ErrorKind::Fault && safe.to_string().contains("Dev1/ao1 may still hold 0.500 V"), "{safe}");
    let bench = rig.running.bench();
    assert!(bench.tip_is_up() && bench.bias_v() == 0.0 && bench.lamp() != Suns::ZERO, "everything else is off");
}

#[test]
fn each_side_is_made_safe_without_the_other() {
    // The server is gone: the controller lifts the tip.
    let (rig_a, mut server) = rig(&[], Electrode::Tip);
    let ended = session(&rig_a, || server.stop());
    assert_eq!(ended.error.expect("nobody there").kind(), ErrorKind::Fault);
    let safe = ended.safe.expect_err("nobody there").to_string();
    assert!(safe.contains("Dev1/ao0") && safe.contains("Dev1/ao1"), "{safe}");
    assert!(rig_a.running.bench().tip_is_up());

    // The controller hangs with the tip on the film: bias and light go off.
    let (rig_b, server) = rig(&["igor-hung@19-"], Electrode::Tip);
    let ended = session(&rig_b, || {});
    assert_eq!(ended.error.expect("silence").kind(), ErrorKind::Timeout);
    let safe = ended.safe.expect_err("silence").to_string();
    assert!(safe.contains("go to the instrument"), "{safe}");
    assert_eq!((server.output_v(0), server.output_v(1)), (0.0, 0.0));

    // Both are gone: both are named.
    let (rig_c, mut server) = rig(&["igor-hung@19-"], Electrode::Tip);
    let ended = session(&rig_c, || server.stop());
    let safe = ended.safe.expect_err("nobody there").to_string();
    assert!(safe.contains("go to the instrument") && safe.contains("Dev1/ao0"), "{safe}");
}

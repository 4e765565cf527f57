//! Everything that can go wrong, each with the same questions: did it end in time, is the error of the right kind and says what it
//! saw, is the microscope safe afterwards, and was the film touched no more often than planned?

use super::Habits;
use crate::cypher::tests::{HERE, Rig};
use std::time::Instant;
use tiptwin_instrument::{
    ErrorKind, Instrument, InstrumentError, Meters, Position, ScanGrid, Seconds, Suns, Volts, Waveform,
};

/// Touches of the session below: one scan, three sweeps.
const PLANNED: usize = 4;
/// Answers and files are waited for this long, s; nothing below waits more often than a few times.
const WAIT_S: f64 = 1.5;
/// A few such waits, on a machine that is busy with other things.
const BOUND_S: f64 = 30.0;

/// What the default triangle sweeps, in a tenth of its time.
fn sweep() -> Waveform {
    Waveform::Triangle { peak: Volts(1.5), samples: 251, duration: Seconds(0.2) }
}

/// What became of a session.
struct Ended {
    error: Option<InstrumentError>,
    safe: Result<(), InstrumentError>,
    is_safe: bool,
    touches: usize,
}

/// Light, one image, three sweeps; then everything is made safe, as every run does.
fn session(rig: &Rig, light: Suns) -> Ended {
    let began = Instant::now();
    let (error, safe) = match rig.open() {
        Err(e) => (Some(e), Ok(())),
        Ok(mut cypher) => {
            let grid = ScanGrid {
                origin: Position::new(0.4e-6, 0.2e-6),
                width: Meters(1.2e-6),
                height: Meters(1.2e-6),
                rows: 8,
                cols: 8,
            };
            let mut measured = || -> Result<(), InstrumentError> {
                cypher.set_light(light)?;
                cypher.scan_topography(grid)?;
                for k in 0..3 {
                    let at = Position::new(HERE.x.0 + 1e-7 * f64::from(k), HERE.y.0);
                    cypher.sweep_iv(at, &sweep())?;
                }
                Ok(())
            };
            let error = measured().err();
            (error, cypher.make_safe())
        }
    };
    let took_s = began.elapsed().as_secs_f64();
    assert!(took_s < BOUND_S, "it took {took_s} s");
    let bench = rig.running.bench();
    Ended { error, safe, is_safe: bench.is_safe(), touches: bench.touches() }
}

fn rig(faults: &[&str]) -> Rig {
    let mut rig = Rig::new(faults, Habits::at_once());
    rig.settings.waits.answer = Seconds(WAIT_S);
    rig.settings.waits.file = Seconds(WAIT_S);
    rig.settings.scan_rate_hz = 100.0;
    rig
}

/// A fault that ends the session with an error of one kind that says something, and leaves the microscope safe.
fn ends(fault: &str, light: Suns, kind: ErrorKind, says: &str) {
    ends_on(&rig(&[fault]), fault, light, kind, says);
}

fn ends_on(rig: &Rig, fault: &str, light: Suns, kind: ErrorKind, says: &str) {
    let ended = session(rig, light);
    let error = ended.error.unwrap_or_else(|| panic!("{fault}: an error was due"));
    assert_eq!(error.kind(), kind, "{fault}: {error}");
    assert!(error.to_string().contains(says), "{fault}: {error}");
    ended.safe.unwrap_or_else(|e| panic!("{fault}: {e}"));
    assert!(ended.is_safe, "{fault}: bias 0, light off, tip up");
    assert!(ended.touches <= PLANNED, "{fault}: {} touches", ended.touches);
}

/// A fault that is mastered: the session ends as if there were none.
fn is_mastered(fault: &str) {
    let ended = session(&rig(&[fault]), Suns(0.1));
    if let Some(e) = ended.error {
        panic!("{fault}: {e}");
    }
    ended.safe.unwrap_or_else(|e| panic!("{fault}: {e}"));
    assert!(ended.is_safe && ended.touches == PLANNED, "{fault}: {} touches", ended.touches);
}

const DARK: Suns = Suns::ZERO;
const LIT: Suns = Suns(0.1);

// Batches of the session: 1, 2 opening, 3, 4 light, 5 to 9 the image, 10, 11 the reference, 12, 13 the first move, 14 the sweep's
// settings, 15 the first sweep, 16, 17 the second move, 18 the second sweep, 19 to 21 the third. Files: 1 the image, 2 to 4 the curves.

#[test]
fn nothing_wrong() {
    for light in [DARK, LIT] {
        let ended = session(&rig(&[]), light);
        assert!(ended.error.is_none() && ended.safe.is_ok() && ended.is_safe, "{:?}", ended.error);
        assert_eq!(ended.touches, PLANNED);
    }
}

#[test]
fn igor_is_absent() {
    ends("igor-absent", LIT, ErrorKind::Timeout, "is Igor running");
}

#[test]
fn igor_hangs_for_ever() {
    for batch in [4, 8, 12, 15] {
        let ended = session(&rig(&[&format!("igor-hung@{batch}")]), LIT);
        let error = ended.error.expect("silence");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        // Nobody can make a microscope safe whose controller is dead. What can be done is to say so, soon.
        let safe = ended.safe.expect_err("nothing answers");
        assert!(safe.to_string().contains("go to the instrument"), "{safe}");
        assert!(ended.touches <= PLANNED);
    }
}

#[test]
fn igor_hangs_and_comes_back() {
    // While everything is being made safe:
    ends("igor-hung=2.2s@15", LIT, ErrorKind::Timeout, "no answer at all");
    // Later:
    let rig = rig(&["igor-hung=6s@15"]);
    let ended = session(&rig, LIT);
    assert_eq!(ended.error.expect("silence").kind(), ErrorKind::Timeout);
    assert!(ended.safe.is_err(), "it was still hung");
    // What was asked for last is what it does when it comes back.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(rig.running.bench().is_safe());
    rig.open().expect("opens again").make_safe().expect("verified");
}

#[test]
fn igor_is_slow() {
    is_mastered("igor-slow=0.05s");
    // A setting is written once more; a reading is not.
    is_mastered("igor-slow=60s@12");
    ends("igor-slow=60s@13", LIT, ErrorKind::Timeout, "reading the position sensors");
}

#[test]
fn a_command_is_ignored() {
    // Settings are read back and written again; what starts a measurement is not started twice.
    for batch in [3, 5, 9, 12, 14] {
        is_mastered(&format!("command-ignored@{batch}"));
    }
    ends("command-ignored@7", LIT, ErrorKind::Timeout, "no new file");
    ends("command-ignored@15", LIT, ErrorKind::Timeout, "a sweep of 251 samples to 1.5 V; seen: no new file");
}

#[test]
fn every_command_is_ignored() {
    let ended = session(&rig(&["command-ignored@12-"]), LIT);
    let error = ended.error.expect("nothing moves");
    assert!(error.kind() == ErrorKind::Fault && error.to_string().contains("does not obey"), "{error}");
    let safe = ended.safe.expect_err("the lamp is on");
    assert!(safe.kind() == ErrorKind::Fault && safe.to_string().contains("Cypher.Output.B reads"), "{safe}");
    assert!(ended.touches <= PLANNED);
}

#[test]
fn a_read_out_is_stale_halved_or_no_number() {
    is_mastered("readout-stale@12");
    is_mastered("readout-half@14");
    ends("readout-stale@13", LIT, ErrorKind::Timeout, "the answer to request");
    ends("readout-stale@15", LIT, ErrorKind::Timeout, "the answer to request");
    ends("readout-half@13", LIT, ErrorKind::Timeout, "lines");
    ends("readout-nan@13", LIT, ErrorKind::Data, "value 0 is NaN");
}

#[test]
fn a_file_is_late() {
    is_mastered("ibw-late=0.2s");
    ends("ibw-late=60s@2", LIT, ErrorKind::Timeout, "no new file");
    ends("ibw-late=60s@1", LIT, ErrorKind::Timeout, "an image of 8 × 8 pixels");
    ends("ibw-missing@3", LIT, ErrorKind::Timeout, "no new file");
}

#[test]
fn a_late_file_is_not_taken_for_the_next() {
    let rig = rig(&["ibw-late=2.5s@1"]);
    let mut cypher = rig.open().expect("opens");
    let other = Position::new(HERE.x.0 + 2e-7, HERE.y.0);
    cypher.sweep_iv(HERE, &sweep()).expect_err("late");
    // The first curve comes while the second one is awaited, and has the same header.
    let second = cypher.sweep_iv(other, &sweep()).expect("its own");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let third = cypher.sweep_iv(HERE, &sweep()).expect("its own");
    assert_ne!(second.current_a, third.current_a);
    let mut twin = crate::cypher::tests::twin();
    let truth = twin.sweep_iv(other, &sweep()).expect("sweeps");
    assert!(second.current_a.iter().zip(&truth.current_a).all(|(a, b)| *a == f64::from(*b as f32)));
}

#[test]
fn a_file_is_truncated_empty_or_another() {
    for (fault, image, curve) in [
        ("ibw-truncated", "cut off", "cut off"),
        ("ibw-empty", "it is empty", "it is empty"),
        ("ibw-wrong-size", "pixels where 8 × 8 were asked for", "points where the sweep takes"),
        ("ibw-wrong-channel", "no channel HeightTrace", "no channel Current"),
    ] {
        ends(&format!("{fault}@1"), LIT, ErrorKind::Data, image);
        ends(&format!("{fault}@3"), LIT, ErrorKind::Data, curve);
    }
}

#[test]
fn two_files_come_where_one_was_awaited() {
    for fault in ["ibw-two@1", "ibw-two@3"] {
        let mut rig = rig(&[fault]);
        // One is written after the other: who takes the first at once never sees the second.
        rig.settings.waits.file_stable = Seconds(0.3);
        ends_on(&rig, fault, LIT, ErrorKind::Data, "two files fit");
    }
}

#[test]
fn a_current_is_none() {
    for light in [DARK, LIT] {
        ends("current-nan@3", light, ErrorKind::BadMeasurement, "NaN");
        ends("current-constant@2", light, ErrorKind::BadMeasurement, "without noise");
        ends("current-saturated@2", light, ErrorKind::BadMeasurement, "at the rail of 20 nA");
    }
    ends("current-flipped@2", DARK, ErrorKind::Fault, "the sign of the current or of the bias is wrong");
}

/// In light a film may deliver energy: a flipped sign cannot be told from physics. A check on a resistor can.
#[test]
fn a_flipped_current_in_light_is_not_noticed() {
    is_mastered("current-flipped@2");
}

#[test]
fn the_position_jumps() {
    ends("drift-jump=50nm@1", LIT, ErrorKind::Fault, "50 nm from");
    ends("drift-jump=50nm@3", LIT, ErrorKind::Fault, "accepted: 5 nm");
    // Below the tolerance nothing is said.
    is_mastered("drift-jump=2nm@2");
}

#[test]
fn the_light_is_stuck() {
    ends("light-stuck@1", LIT, ErrorKind::Fault, "the photodiode sees 0.0000 sun");
    let rig = rig(&["light-stuck@2"]);
    let ended = session(&rig, LIT);
    assert!(ended.error.is_none());
    let safe = ended.safe.expect_err("the lamp stays on");
    assert!(safe.kind() == ErrorKind::Fault && safe.to_string().contains("the photodiode sees 0.1000 sun"), "{safe}");
    assert!(!ended.is_safe && ended.touches == PLANNED);
    rig.open().expect("opens").make_safe().expect("it obeys again");
    assert!(rig.running.bench().is_safe());
}

#[test]
fn two_controllers() {
    let rig = rig(&[]);
    let mut first = rig.open().expect("opens");
    let second = rig.open().expect_err("locked");
    assert!(second.kind() == ErrorKind::Fault && second.to_string().contains("another tiptwin"), "{second}");
    first.sweep_iv(HERE, &sweep()).expect("the first goes on");
    first.make_safe().expect("safe");
    assert!(rig.running.bench().is_safe());
}

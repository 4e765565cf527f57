//! The driver against the emulator, nothing wrong.

use super::*;
use crate::emulator::{Bench, Emulator, Faults, Habits, Running};
use crate::twin::Twin;
use std::sync::OnceLock;
use tempfile::TempDir;
use tiptwin_instrument::{
    Action, ErrorKind, MasterSeed, Meters, Outcome, Position, ScanGrid, Seconds, Suns, Volts, Waveform,
};
use tiptwin_sim::film::FilmSpec;

/// A fresh twin; the film is made once.
pub(crate) fn twin() -> Twin {
    static TWIN: OnceLock<Twin> = OnceLock::new();
    TWIN.get_or_init(|| Twin::new(&FilmSpec::default(), MasterSeed(3), MasterSeed(4)).expect("a film")).clone()
}

/// An emulated microscope and the settings that drive it.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) settings: Settings,
    pub(crate) running: Running,
    folder: TempDir,
}

impl Rig {
    pub(crate) fn new(faults: &[&str], habits: Habits) -> Self {
        let folder = tempfile::tempdir().expect("temp");
        let (buffer, data) = (folder.path().join("buffer"), folder.path().join("data"));
        let faults = Faults::read(faults.iter().copied()).expect("faults");
        let mut settings = Settings::new(&buffer, &data);
        settings.waits = Waits::at_once();
        settings.gain_a_per_v = 2e-9;
        settings.biased = habits.biased;
        settings.light = Some(Light {
            output: LightOutput::Controller(habits.lamp.0.clone()),
            volts_per_sun: habits.lamp.1,
            max: Suns(1.0),
            monitor: Some(habits.photodiode.clone()),
        });
        let running = Emulator::new(Bench::new(twin()), &buffer, &data, habits, faults).expect("folders").start();
        Self { settings, running, folder }
    }

    pub(crate) fn open(&self) -> Result<Cypher, InstrumentError> {
        Cypher::open(self.settings.clone())
    }
}

fn sound() -> Rig {
    Rig::new(&[], Habits::at_once())
}

pub(crate) const HERE: Position = Position::new(1.13e-6, 0.71e-6);

fn f32s(values: &[f64]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v as f32)).collect()
}

#[test]
fn a_curve_is_the_twins_curve_in_single_precision() {
    for biased in [Electrode::Tip, Electrode::Sample] {
        let rig = Rig::new(&[], Habits { biased, ..Habits::at_once() });
        let mut cypher = rig.open().expect("opens");
        let mut twin = twin();
        let sweeps = [
            Waveform::default(),
            Waveform::Bipolar { peak: Volts(-1.2), samples: 101, duration: Seconds(3.0) },
            Waveform::Triangle { peak: Volts(-0.7), samples: 51, duration: Seconds(0.3) },
        ];
        for light in [Suns(0.0), Suns(0.1)] {
            cypher.set_light(light).expect("lights");
            twin.set_light(light).expect("lights");
            for waveform in &sweeps {
                let real = cypher.sweep_iv(HERE, waveform).expect("sweeps");
                let truth = twin.execute(&Action::SweepIv { at: HERE, waveform: waveform.clone(), repeat: 0 });
                let Ok(Outcome::Curve(truth)) = truth.map(|o| o.outcome) else { panic!("a curve") };
                assert_eq!(real.bias_v, f32s(&truth.bias_v), "{biased:?} {waveform:?}");
                if waveform == &sweeps[0] {
                    // The twin numbers repeats by place and light; the others here are second and third sweeps of the place.
                    assert_eq!(real.current_a, f32s(&truth.current_a), "{biased:?} {waveform:?}");
                }
                assert_eq!(real.saturated, truth.saturated);
            }
        }
    }
}

#[test]
fn images_are_the_twins_images_in_single_precision() {
    let rig = sound();
    let mut cypher = rig.open().expect("opens");
    let mut twin = twin();
    let grid = ScanGrid {
        origin: Position::new(0.4e-6, 0.2e-6),
        width: Meters(1.5e-6),
        height: Meters(0.9e-6),
        rows: 18,
        cols: 24,
    };
    let same = |a: &tiptwin_instrument::Image, b: &tiptwin_instrument::Image| {
        assert_eq!((&a.grid, &a.unit, &a.channel), (&b.grid, &b.unit, &b.channel));
        // Positions went through volts: a value may differ in the last of its bits.
        let worst = a.values.iter().zip(&b.values).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs() / y.abs()));
        assert!(worst <= 2.0 * f64::from(f32::EPSILON), "{worst:e}");
    };
    let real = cypher.scan_topography(grid).expect("scans");
    same(&real, &twin.scan_topography(grid).expect("scans"));
    let real = cypher.scan_current(grid, Volts(1.2)).expect("scans");
    // The emulated scan recorded the height too: the twin's clock and frames must have seen the same.
    twin.scan_topography(grid).expect("scans");
    same(&real, &twin.scan_current(grid, Volts(1.2)).expect("scans"));
    let bench = rig.running.bench();
    assert!(bench.is_safe(), "the bias is off after the scan, and the tip is up");
}

#[test]
fn the_tip_goes_where_it_is_sent() {
    let rig = sound();
    let mut cypher = rig.open().expect("opens");
    for (x, y) in [(0.0, 0.0), (1.0, 1.0), (0.31, 0.77)] {
        let edge = cypher.describe().limits.reach.width.0;
        let at = Position::new(x * edge, y * edge);
        let found = cypher.execute(&Action::MoveTo { at }).expect("moves").read_back.expect("a place");
        let tip = rig.running.bench().tip();
        for (a, b) in [(found, at), (tip, at)] {
            assert!((a.x.0 - b.x.0).hypot(a.y.0 - b.y.0) < 1e-18, "{a:?} {b:?}");
        }
    }
    // After a scan elsewhere the centre is another one.
    let grid = ScanGrid {
        origin: Position::new(0.1e-6, 1.2e-6),
        width: Meters(0.8e-6),
        height: Meters(0.8e-6),
        rows: 8,
        cols: 8,
    };
    cypher.scan_topography(grid).expect("scans");
    cypher.move_to(HERE).expect("moves");
    let tip = rig.running.bench().tip();
    assert!((tip.x.0 - HERE.x.0).hypot(tip.y.0 - HERE.y.0) < 1e-18);
}

#[test]
fn it_says_who_it_is_and_refuses_what_does_not_fit() {
    let mut rig = sound();
    let mut cypher = rig.open().expect("opens");
    let d = cypher.describe();
    assert_eq!((d.driver.as_str(), d.serial.as_deref()), ("cypher", Some("EMULATED-1")));
    assert!(!d.capabilities.simulated && d.capabilities.light);
    let forc =
        Waveform::Forc { step: Volts(0.25), loops: 2, samples_per_step: 5, rate_v_per_s: 1.0, rest: Seconds(0.0) };
    let refused = cypher.sweep_iv(HERE, &forc).expect_err("the generator cannot");
    assert_eq!(refused.kind(), ErrorKind::Unsupported);

    let second = rig.open().expect_err("two controllers");
    assert!(second.kind() == ErrorKind::Fault && second.to_string().contains("locked"), "{second}");
    drop(cypher);
    rig.settings.gain_a_per_v = 1e-9;
    let gain = rig.open().expect_err("another gain");
    assert!(gain.kind() == ErrorKind::Fault && gain.to_string().contains("2e-9"), "{gain}");
    rig.settings.serial = Some("CY-7".into());
    let serial = rig.open().expect_err("another microscope");
    assert!(serial.kind() == ErrorKind::Fault && serial.to_string().contains("EMULATED-1"), "{serial}");
    rig.settings.data = rig.folder.path().join("nowhere");
    assert_eq!(rig.open().expect_err("no folder").kind(), ErrorKind::Fault);
    rig.settings.iv = IvPath::Daq;
    assert_eq!(rig.open().expect_err("no DAQ").kind(), ErrorKind::Unsupported);
}

#[test]
fn a_measurement_takes_its_time() {
    let mut rig = Rig::new(&[], Habits { time_scale: 0.2, ..Habits::at_once() });
    rig.settings.waits.settle_move = Seconds(0.1);
    let mut cypher = rig.open().expect("opens");
    let swept =
        cypher.execute(&Action::SweepIv { at: HERE, waveform: Waveform::default(), repeat: 0 }).expect("sweeps");
    // Twice settled (at the reference and at the place), and a fifth of the two seconds of the sweep.
    assert!(swept.wall_time.0 >= 0.6, "{}", swept.wall_time);
    assert!(swept.read_back.is_some() && swept.instrument_time.0 >= swept.wall_time.0);
}

/// A DAQ without hardware or sockets: it plays on the bench that the emulated controller moves.
#[derive(Debug)]
struct OnBench(std::sync::Arc<std::sync::Mutex<Bench>>);

impl daq::SweepSource for OnBench {
    fn sweep(&mut self, waveform: &Waveform) -> Result<tiptwin_instrument::IvCurve, InstrumentError> {
        self.0.lock().expect("no panic").sweep(waveform)
    }

    fn zero(&mut self) -> Result<(), InstrumentError> {
        Ok(())
    }

    fn identity(&self) -> String {
        "swept on the bench".into()
    }
}

#[test]
fn a_daq_sweeps_where_the_controller_holds_the_tip() {
    let mut rig = sound();
    rig.settings.iv = IvPath::Daq;
    let mut cypher =
        Cypher::open_with(rig.settings.clone(), Some(Box::new(OnBench(rig.running.shared())))).expect("opens");
    // What the controller's generator cannot play.
    let forc =
        Waveform::Forc { step: Volts(0.5), loops: 3, samples_per_step: 9, rate_v_per_s: 2.0, rest: Seconds(0.5) };
    let curve = cypher.sweep_iv(HERE, &forc).expect("sweeps");
    let truth = twin().sweep_iv(HERE, &forc).expect("sweeps");
    let worst = curve.current_a.iter().zip(&truth.current_a).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
    assert!(worst < 1e-18, "{worst:e} A: the tip stood where it was sent");
    {
        let bench = rig.running.bench();
        assert!(bench.is_safe() && bench.touches() == 1, "on the film for the sweep alone");
    }
    // A tip that does not come down has no current, which is not taken for a measurement.
    let mut up = OnBench(rig.running.shared());
    let open = daq::SweepSource::sweep(&mut up, &forc).expect("plays");
    let refused = judge::curve(&open, &forc.bias_v(), 1e-8, true, true).expect_err("no current at all");
    assert_eq!(refused.kind(), ErrorKind::BadMeasurement);
    cypher.make_safe().expect("safe");
}

#[cfg(unix)]
#[test]
fn a_program_is_told_of_the_commands_and_waited_for() {
    use std::os::unix::fs::PermissionsExt;
    let mut rig = sound();
    let script = |text: &str| {
        let path = rig.folder.path().join("igor.sh");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("script");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
        path
    };
    let told = rig.folder.path().join("told");
    let working = script(&format!("echo \"$1\" >> {}", told.display()));
    rig.settings.program = Some(working);
    rig.open().expect("opens");
    let told = std::fs::read_to_string(told).expect("the program was called");
    assert!(told.lines().count() == 2 && told.contains("ToIgor.arcmd"), "{told}");
    rig.settings.waits.program = Seconds(0.2);
    for (text, says) in [("exit 3", "ended with"), ("sleep 1", "has not ended after 0.2 s")] {
        rig.settings.program = Some(script(text));
        let error = rig.open().expect_err("no answer").to_string();
        assert!(error.contains(says), "{error}");
    }
    rig.settings.program = Some("/nowhere/Igor.exe".into());
    let error = rig.open().expect_err("no program");
    assert!(error.to_string().contains("Igor.exe is not there"), "{error}");
}

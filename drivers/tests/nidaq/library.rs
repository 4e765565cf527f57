//! The road over the C library: a real one with NI's names, built here from `tiny_daqmx.rs` and loaded as NI's would be.

use crate::suite;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;
use tiptwin_drivers::nidaq::{DaqConfig, Output, Transport, open};
use tiptwin_instrument::{ErrorKind, Seconds, Volts};

/// The library with the folder that holds its outputs' voltages and its orders.
struct Tiny {
    folder: TempDir,
    path: PathBuf,
}

impl Tiny {
    fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path =
            folder.path().join(format!("{}tiny_daqmx{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nidaq/tiny_daqmx.rs");
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let built = Command::new(rustc)
            .args(["--edition", "2024", "--crate-type", "cdylib", "-D", "warnings", "-o"])
            .arg(&path)
            .arg(source)
            .env("TINY_DAQMX", folder.path())
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Self { folder, path }
    }

    fn output_v(&self, output: usize) -> f64 {
        let text = fs::read_to_string(self.folder.path().join("outputs")).unwrap_or_else(|_| "0 0".into());
        text.split_whitespace().nth(output).unwrap().parse().unwrap()
    }

    /// What the library does wrong from now on.
    fn order(&self, order: &str) {
        fs::write(self.folder.path().join("order"), order).unwrap();
    }

    fn config(&self) -> DaqConfig {
        DaqConfig { transport: Transport::Library { path: Some(self.path.clone()) }, ..suite::config() }
    }
}

#[test]
fn contract_over_the_library() {
    let tiny = Tiny::build();
    let output_v = |output| tiny.output_v(output);
    suite::a_resistor_is_measured(&tiny.config(), &output_v);
    suite::outputs_hold_and_are_led_back(&tiny.config(), &output_v);
    suite::what_goes_too_far_is_refused(&tiny.config(), &output_v);
}

#[test]
fn faults_of_the_library_end_at_zero_or_say_that_they_do_not() {
    let tiny = Tiny::build();
    let mut daq = open(&tiny.config()).unwrap();
    let bias_v = [0.0, 1.0, 2.0, 1.0, 0.5];

    tiny.order("short");
    let error = daq.sweep_list(&bias_v, Seconds(0.001)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadMeasurement, "{error}");
    assert!(error.to_string().contains("samples a channel instead of"), "{error}");
    assert_eq!(tiny.output_v(0), 0.0);

    // The library refuses to start the output, in its own words.
    tiny.order("refuse");
    let error = daq.sweep_list(&bias_v, Seconds(0.001)).unwrap_err();
    assert!(
        error.to_string().contains("DAQmxStartTask: DAQmx status -50103: Tiny: the output is reserved."),
        "{error}"
    );
    assert!(error.to_string().contains("back at 0 V"), "{error}");

    tiny.order("warn");
    let sweep = daq.sweep_list(&bias_v, Seconds(0.001)).unwrap();
    assert_eq!(sweep.warnings, ["DAQmxStartTask: DAQmx warning 200010: Tiny: status 200010."]);

    // The output stops in mid-sweep and stays there; the way back still works.
    tiny.order("halt");
    let error = daq.sweep_list(&bias_v, Seconds(0.001)).unwrap_err();
    assert!(error.to_string().contains("back at 0 V"), "{error}");
    assert_eq!(tiny.output_v(0), 0.0);

    tiny.order("");
    daq.set_output(Output::Bias, Volts(1.3)).unwrap();
    tiny.order("stuck");
    let error = daq.make_safe().unwrap_err();
    assert_eq!(tiny.output_v(0), 1.3);
    assert!(error.to_string().contains("Dev1/ao0 may still hold 1.300 V"), "{error}");
    tiny.order("");
    daq.make_safe().unwrap();
    assert_eq!(tiny.output_v(0), 0.0);
}

#[test]
fn a_library_that_is_not_there_or_another_one_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("libnidaqmx.so.1");
    let config = DaqConfig { transport: Transport::Library { path: Some(nowhere.clone()) }, ..suite::config() };
    let error = open(&config).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Fault);
    let says = error.to_string();
    assert!(says.contains(&nowhere.display().to_string()) && says.contains("install NI's driver"), "{says}");

    // A library, but not NI's.
    let (path, source) = (folder.path().join("other.so"), folder.path().join("other.rs"));
    fs::write(&source, "#[unsafe(no_mangle)] pub extern \"C\" fn nothing() {}").unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc)
        .args(["--edition", "2024", "--crate-type", "cdylib", "-o"])
        .args([&path, &source])
        .status()
        .unwrap();
    assert!(built.success());
    let config = DaqConfig { transport: Transport::Library { path: Some(path) }, ..suite::config() };
    let says = open(&config).err().unwrap().to_string();
    assert!(says.contains("it has no DAQmxCreateTask"), "{says}");
}

//! Things that go wrong, under one oracle: the bias is at 0 V, or the error says that it may not be; and all of it in bounded time.

use crate::suite;
use std::time::{Duration, Instant};
use tiptwin_drivers::nidaq::server::{EmulatedServer, Fault, Input, Readings, Setup, Trouble};
use tiptwin_drivers::nidaq::{Daq, DaqConfig, Output, Sweep, Transport, open};
use tiptwin_instrument::{ErrorKind, InstrumentError, Seconds, Volts, Waveform};

/// What `zero_tolerance` of the configuration allows, V.
const ZERO_V: f64 = 0.02;
/// Four tries with a hanging call each, a reading that hangs twice as long, a new connection and a reset, all of 0.2 s, and as much
/// again for a busy machine.
const BOUND: Duration = Duration::from_secs(5);

/// What a sweep calls.
pub(crate) const CALLS: [&str; 11] = [
    "CreateTask",
    "CreateAOVoltageChan",
    "CreateAIVoltageChan",
    "CfgSampClkTiming",
    "GetTimingAttributeDouble",
    "WriteAnalogF64",
    "ReadAnalogF64",
    "StartTask",
    "WaitUntilTaskDone",
    "StopTask",
    "ClearTask",
];

/// The oracle.
pub(crate) fn judge<T>(server: &EmulatedServer, result: &Result<T, InstrumentError>, begun: Instant) {
    let v = server.output_v(0);
    assert!(begun.elapsed() < BOUND, "took {:?}", begun.elapsed());
    match result {
        Ok(_) => assert!(v.abs() <= ZERO_V, "success with {v} V"),
        Err(e) => {
            let told = e.to_string().contains("Dev1/ao0 may still hold");
            assert!(v.abs() <= ZERO_V || told, "{v} V after: {e}");
            assert!(!told || e.kind() == ErrorKind::Fault, "{e}");
        }
    }
}

fn waveform() -> Waveform {
    Waveform::Bipolar { peak: Volts(1.5), samples: 101, duration: Seconds(0.1) }
}

/// A sweep under faults, judged.
fn swept(server: &EmulatedServer, daq: &mut dyn Daq) -> Result<Sweep, InstrumentError> {
    let begun = Instant::now();
    let result = daq.sweep(&waveform());
    judge(server, &result, begun);
    result
}

fn set_up() -> (EmulatedServer, Box<dyn Daq>) {
    let (server, config) = suite::server(Setup::default());
    let daq = open(&config).unwrap();
    (server, daq)
}

/// The second start of a sweep is the output's.
fn mid_sweep(at: f64) -> Fault {
    Fault::at("StartTask", Trouble::Crash { at }).after(1)
}

#[test]
fn a_server_that_dies_in_mid_sweep_leaves_a_bias_that_a_new_connection_takes_away() {
    let (server, mut daq) = set_up();
    server.inject(mid_sweep(0.25));
    let error = swept(&server, &mut *daq).unwrap_err();
    assert!(error.to_string().contains("back at 0 V"), "{error}");
    assert_eq!(server.output_v(0), 0.0);
    // The set-up goes on as if nothing had been.
    assert!(swept(&server, &mut *daq).unwrap().curve.is_sound());
}

#[test]
fn a_server_that_dies_for_good_leaves_a_bias_that_the_error_names() {
    let (server, mut daq) = set_up();
    server.inject(mid_sweep(0.25));
    // Four calls make the output's task and four the input's; then come one write and two starts.
    server.inject(Fault::always(Trouble::Hang).after(4 + 4 + 1 + 2));
    let error = swept(&server, &mut *daq).unwrap_err();
    assert!(server.output_v(0) > 1.0, "the fault is one: {} V", server.output_v(0));
    assert_eq!(error.kind(), ErrorKind::Fault);
    assert!(error.to_string().contains("Dev1/ao0 may still hold a voltage (told up to 1.500 V"), "{error}");
    // Once the server answers again, so does the set-up.
    server.repair();
    daq.make_safe().unwrap();
    assert_eq!(server.output_v(0), 0.0);
}

#[test]
fn a_server_that_is_gone_is_an_error_that_says_where_it_was_looked_for() {
    let (mut server, config) = suite::server(Setup::default());
    let address = server.address().to_string();
    let mut daq = open(&config).unwrap();
    daq.set_output(Output::Bias, Volts(1.25)).unwrap();
    server.stop();
    let begun = Instant::now();
    let result = daq.make_safe();
    judge(&server, &result, begun);
    let error = result.unwrap_err().to_string();
    assert!((server.output_v(0) - 1.25).abs() < 1e-3, "an output keeps its voltage when its server goes");
    assert!(error.contains("ao0 may still hold") && error.contains("1.250 V") && error.contains(&address), "{error}");

    let begun = Instant::now();
    let error = open(&config).err().unwrap();
    assert!(begun.elapsed() < BOUND);
    assert!(error.to_string().contains(&address) && error.to_string().contains("start NI's server"), "{error}");
}

#[test]
fn every_call_may_hang_or_lose_its_connection() {
    let (server, mut daq) = set_up();
    for call in CALLS {
        for trouble in [Trouble::Hang, Trouble::Disconnect] {
            // The third hits the first try of the way back as well, where that makes the same call.
            let once = Fault::at(call, trouble);
            for fault in [once.clone(), once.clone().once_carried_out(), Fault { times: 2, ..once }] {
                server.inject(fault.clone());
                let result = swept(&server, &mut *daq);
                let says = result.err().unwrap_or_else(|| panic!("{fault:?} was not noticed")).to_string();
                assert!(says.contains(call) && says.contains("back at 0 V"), "{fault:?}: {says}");
                server.repair();
                assert!(swept(&server, &mut *daq).is_ok(), "after {fault:?}");
            }
        }
    }
    daq.make_safe().unwrap();
}

#[test]
fn a_server_that_never_answers_is_not_waited_for() {
    let (server, mut daq) = set_up();
    daq.set_output(Output::Bias, Volts(-0.75)).unwrap();
    server.inject(Fault::always(Trouble::Hang));
    let begun = Instant::now();
    let result = daq.make_safe();
    judge(&server, &result, begun);
    assert!(result.unwrap_err().to_string().contains("no answer within 0.2 s"));
    let begun = Instant::now();
    drop(daq);
    assert!(begun.elapsed() < BOUND);
}

#[test]
fn warnings_are_kept_and_do_not_stop_a_sweep() {
    let (server, mut daq) = set_up();
    server.inject(Fault::at("StartTask", Trouble::Warning(200_010)));
    let sweep = swept(&server, &mut *daq).unwrap();
    assert_eq!(sweep.warnings, ["StartTask: DAQmx warning 200010: an emulated warning"]);
    assert!(swept(&server, &mut *daq).unwrap().warnings.is_empty());
}

#[test]
fn refusals_of_the_driver_come_with_its_number_and_words() {
    let (server, mut daq) = set_up();
    server.inject(Fault::at("CfgSampClkTiming", Trouble::Status(-200_077)));
    let error = swept(&server, &mut *daq).unwrap_err();
    assert!(error.to_string().contains("CfgSampClkTiming: DAQmx status -200077: a value is not supported"), "{error}");
    server.inject(Fault::at("ReadAnalogF64", Trouble::Status(-200_284)));
    assert_eq!(swept(&server, &mut *daq).unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn an_output_that_somebody_else_holds_is_taken_by_a_reset() {
    let (server, mut daq) = set_up();
    daq.set_output(Output::Bias, Volts(1.0)).unwrap();
    daq.set_output(Output::Light, Volts(2.0)).unwrap();
    let reserved = Fault { times: 2, ..Fault::at("WriteAnalogF64", Trouble::Status(-50_103)) };
    server.inject(reserved);
    daq.make_safe().unwrap();
    assert_eq!((server.output_v(0), server.output_v(1)), (0.0, 0.0));
}

#[test]
fn short_reads_are_no_curves() {
    let (server, mut daq) = set_up();
    server.inject(Fault::at("ReadAnalogF64", Trouble::Short));
    let error = swept(&server, &mut *daq).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadMeasurement);
    assert!(error.to_string().contains("samples a channel instead of"), "{error}");
}

#[test]
fn readings_that_cannot_be_are_no_curves() {
    let (server, mut daq) = set_up();
    server.set_readings(Input::Amplifier, Readings::NotANumber);
    let error = swept(&server, &mut *daq).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadMeasurement);
    assert!(error.to_string().contains("ai0 is NaN"), "{error}");

    server.set_readings(Input::Amplifier, Readings::Constant(0.3));
    let error = swept(&server, &mut *daq).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadMeasurement);
    assert!(error.to_string().contains("300 mV to the last bit"), "{error}");

    server.set_readings(Input::Amplifier, Readings::Saturated);
    assert!(swept(&server, &mut *daq).unwrap().curve.saturated);
    server.repair();
    assert!(!swept(&server, &mut *daq).unwrap().curve.saturated);

    // A set-up without noise may be constant.
    let (server, config) = suite::server(Setup::default());
    server.set_readings(Input::Amplifier, Readings::Constant(0.0));
    let mut daq = open(&DaqConfig { refuse_constant: false, ..config }).unwrap();
    assert!(swept(&server, &mut *daq).unwrap().curve.current_a.iter().all(|i| *i == 0.0));
}

#[test]
fn a_bias_that_cannot_be_seen_is_not_believed() {
    let (server, mut daq) = set_up();
    server.set_readings(Input::BiasMonitor, Readings::NotANumber);
    let error = swept(&server, &mut *daq).unwrap_err();
    assert!(error.to_string().contains("Dev1/ao0 may still hold a voltage"), "{error}");
    server.set_readings(Input::BiasMonitor, Readings::Constant(0.0));
    let error = swept(&server, &mut *daq).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fault);
    assert!(error.to_string().contains("read back as 0.0000 V where"), "{error}");
}

#[test]
fn a_stuck_output_is_named_with_what_it_holds() {
    let (server, mut daq) = set_up();
    server.set_stuck(0, true);
    let error = swept(&server, &mut *daq).unwrap_err();
    assert!(error.to_string().contains("is ai1 wired to ao0?"), "{error}");
    server.set_stuck(0, false);
    daq.set_output(Output::Bias, Volts(1.3)).unwrap();
    server.set_stuck(0, true);
    let begun = Instant::now();
    let result = daq.make_safe();
    judge(&server, &result, begun);
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fault);
    assert!(error.to_string().contains("Dev1/ao0 may still hold 1.300 V"), "{error}");
    server.repair();
    daq.make_safe().unwrap();
    assert_eq!(server.output_v(0), 0.0);
}

#[test]
fn a_panic_ends_at_zero_too() {
    let (server, config) = suite::server(Setup::default());
    let died = std::thread::spawn(move || {
        let mut daq = open(&config).unwrap();
        daq.set_output(Output::Bias, Volts(-1.0)).unwrap();
        daq.set_output(Output::Light, Volts(2.0)).unwrap();
        panic!("something else went wrong");
    });
    assert!(died.join().is_err());
    assert_eq!((server.output_v(0), server.output_v(1)), (0.0, 0.0));
    assert!(server.calls("WriteAnalogF64") > 4 && server.tasks() == 0);
}

#[test]
fn somebody_else_on_the_port_is_recognised() {
    // A web server's answer, or none: both are no gRPC device server.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let other = std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            use std::io::Write;
            // The client may hang up first.
            drop(stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"));
        }
    });
    let transport = Transport::Grpc { address, plain_text_beyond_this_machine: false };
    let begun = Instant::now();
    let error = open(&DaqConfig { transport, ..suite::config() }).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Fault, "{error}");
    assert!(begun.elapsed() < BOUND);
    other.join().unwrap();
}

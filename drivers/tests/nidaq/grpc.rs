//! The road over gRPC: what both roads promise, and what only this one does.

use crate::suite;
use tiptwin_drivers::nidaq::server::{Converters, Setup};
use tiptwin_drivers::nidaq::{DaqConfig, Output, Transport, open};
use tiptwin_instrument::{ErrorKind, Seconds, Waveform};

#[test]
fn contract_over_grpc() {
    for converters in [Converters::Multiplexed, Converters::Simultaneous] {
        let (server, config) = suite::server(Setup { converters, ..Setup::default() });
        let output_v = |output| server.output_v(output);
        suite::a_resistor_is_measured(&config, &output_v);
        suite::outputs_hold_and_are_led_back(&config, &output_v);
        suite::what_goes_too_far_is_refused(&config, &output_v);
        assert_eq!(server.tasks(), 0, "every task was cleared");
    }
}

#[test]
fn a_set_up_that_was_left_on_is_made_safe_when_it_is_opened() {
    let (server, config) = suite::server(Setup { outputs_v: [-2.5, 4.0], ..Setup::default() });
    assert_eq!((server.output_v(0), server.output_v(1)), (-2.5, 4.0));
    drop(open(&config).unwrap());
    assert_eq!((server.output_v(0), server.output_v(1)), (0.0, 0.0));
}

#[test]
fn outputs_are_read_back_inside_of_devices_that_can() {
    let (server, config) = suite::server(Setup::default());
    let config = DaqConfig { bias_monitor: None, light_monitor: None, ..config };
    suite::outputs_hold_and_are_led_back(&config, &|output| server.output_v(output));
    // Simultaneous converters have no such connection: opening says so instead of trusting.
    let (_server, config) = suite::server(Setup { converters: Converters::Simultaneous, ..Setup::default() });
    let error = open(&DaqConfig { bias_monitor: None, ..config }).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Fault);
    assert!(error.to_string().contains("no such channel") && error.to_string().contains("Dev1/ao0"), "{error}");
}

#[test]
fn outputs_are_led_and_not_jumped() {
    let (server, config) = suite::server(Setup::default());
    let config = DaqConfig { slew_v_per_s: 20.0, ..config };
    let mut daq = open(&config).unwrap();
    let before = server.calls("WriteAnalogF64");
    daq.set_output(Output::Bias, tiptwin_instrument::Volts(1.0)).unwrap();
    // 1 V at 20 V/s in steps of 5 ms is ten steps.
    assert_eq!(server.calls("WriteAnalogF64") - before, 10);
}

#[test]
fn long_programmes_travel_in_parts() {
    let (server, config) = suite::server(Setup::default());
    let config = DaqConfig { samples_per_point: 100, averaged: 50, call_timeout: Seconds(5.0), ..config };
    let mut daq = open(&config).unwrap();
    let (before, written) = (server.calls("ReadAnalogF64"), server.calls("WriteAnalogF64"));
    let waveform = Waveform::Bipolar { peak: tiptwin_instrument::Volts(1.0), samples: 4001, duration: Seconds(40.0) };
    let sweep = daq.sweep(&waveform).unwrap();
    assert_eq!(sweep.curve.current_a.len(), 4001);
    assert!((sweep.curve.current_a[1000] - 1e-9).abs() < 1e-12);
    // 400,102 samples at 10 kHz in parts of a second, and two readings of the output around the way back to 0 V.
    assert_eq!(server.calls("ReadAnalogF64") - before, 41 + 2);
    // They are written in parts that fit into a message.
    assert_eq!(server.calls("WriteAnalogF64") - written, 5 + 1);
}

#[test]
fn rates_are_those_that_the_clock_has() {
    let (_server, config) = suite::server(Setup::default());
    let config = DaqConfig { rate_max_hz: 1e6, samples_per_point: 2, averaged: 1, ..config };
    let mut daq = open(&config).unwrap();
    // 2/3 MHz divides 100 MHz by 150 exactly, 0.7 MHz by 142.857: the clock takes 143.
    for (interval_s, clock_hz) in [(3e-6, 100e6 / 150.0), (2.0 / 0.7e6, 100e6 / 143.0)] {
        let sweep = daq.sweep_list(&[0.0, 1.0, 0.5], Seconds(interval_s)).unwrap();
        assert!((sweep.curve.sample_interval.0 * clock_hz / 2.0 - 1.0).abs() < 1e-12);
    }
    // What the device cannot do, it says.
    let (_server, config) = suite::server(Setup { rates_hz: (1.0, 1e4), ..Setup::default() });
    let mut daq = open(&DaqConfig { samples_per_point: 2, averaged: 1, ..config }).unwrap();
    let error = daq.sweep_list(&[0.0, 1.0], Seconds(1e-4)).unwrap_err();
    assert!(error.to_string().contains("-200332") && error.to_string().contains("too high"), "{error}");
}

#[test]
fn addresses_beyond_this_machine_need_a_permission() {
    let grpc = |address: &str| Transport::Grpc { address: address.into(), plain_text_beyond_this_machine: false };
    for address in ["192.0.2.1:31763", "afm-pc:31763", "[2001:db8::1]:31763", "localhost.example.org:31763"] {
        let error = open(&DaqConfig { transport: grpc(address), ..suite::config() }).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.to_string().contains("tunnel"), "{error}");
    }
    let error = open(&DaqConfig { transport: grpc("no address"), ..suite::config() }).err().unwrap();
    assert!(error.to_string().contains("host:port"), "{error}");
}

//! What holds over every road, on a set-up with a resistor as its sample.

use tiptwin_drivers::nidaq::server::{Bench, EmulatedServer, Setup};
use tiptwin_drivers::nidaq::{DaqConfig, Output, Transport, open};
use tiptwin_instrument::{ErrorKind, Seconds, Volts, Waveform};

/// The resistor, Ω: with 1 nA/V the amplifier puts out what the bias is.
pub(crate) const RESISTOR_OHM: f64 = 1e9;
/// The steps of two converters of 16 bits and ±10 V, V.
const STEP_V: f64 = 2.0 * 10.0 / 32_768.0;

/// A resistor that conducts better in light, behind an amplifier of 1 nA/V.
#[derive(Debug, Default)]
pub(crate) struct Resistor {
    outputs_v: [f64; 2],
}

impl Resistor {
    fn amplifier_v(&self, bias_v: f64) -> f64 {
        bias_v / RESISTOR_OHM * (1.0 + self.outputs_v[1]) / 1e-9
    }
}

impl Bench for Resistor {
    fn play(&mut self, bias_v: &[f64], _rate_hz: f64) -> Vec<f64> {
        self.outputs_v[0] = bias_v.last().copied().unwrap_or(0.0);
        bias_v.iter().map(|v| self.amplifier_v(*v)).collect()
    }

    fn hold(&mut self, output: usize, volts: f64) {
        self.outputs_v[output] = volts;
    }

    fn read(&mut self) -> f64 {
        self.amplifier_v(self.outputs_v[0])
    }
}

/// A server with the resistor, and a configuration that reaches it.
pub(crate) fn server(setup: Setup) -> (EmulatedServer, DaqConfig) {
    let device = setup.device.clone();
    let server = EmulatedServer::start(setup, Box::new(Resistor::default())).unwrap();
    let transport = Transport::Grpc { address: server.address().to_string(), plain_text_beyond_this_machine: false };
    (server, DaqConfig { transport, device, ..config() })
}

/// Quick enough for tests, and otherwise as a microscope would have it.
pub(crate) fn config() -> DaqConfig {
    DaqConfig {
        light_output: Some("ao1".into()),
        bias_monitor: Some("ai1".into()),
        light_monitor: Some("ai2".into()),
        slew_v_per_s: 500.0,
        call_timeout: Seconds(0.2),
        ..DaqConfig::default()
    }
}

fn waveforms() -> Vec<Waveform> {
    let forc =
        Waveform::Forc { step: Volts(-0.5), loops: 3, samples_per_step: 5, rate_v_per_s: 50.0, rest: Seconds(0.01) };
    vec![
        Waveform::Triangle { peak: Volts(1.5), samples: 251, duration: Seconds(0.25) },
        Waveform::Bipolar { peak: Volts(-2.0), samples: 401, duration: Seconds(0.4) },
        Waveform::List { bias_v: vec![-3.0, 4.0, 2.5], interval: Seconds(0.003) },
        Waveform::Conditioned {
            pre_bias: Volts(3.0),
            hold: Seconds(0.02),
            wait: Seconds(0.01),
            then: Box::new(forc.clone()),
        },
        forc,
    ]
}

/// Ohm's law for every kind of programme, with the bias at 0 V afterwards.
pub(crate) fn a_resistor_is_measured(config: &DaqConfig, output_v: &dyn Fn(usize) -> f64) {
    let mut daq = open(config).unwrap();
    assert!(daq.describe().contains(&config.device), "{}", daq.describe());
    for (samples_per_point, averaged) in [(2, 1), (8, 4)] {
        drop(daq);
        daq = open(&DaqConfig { samples_per_point, averaged, ..config.clone() }).unwrap();
        for waveform in waveforms() {
            let sweep = daq.sweep(&waveform).unwrap();
            let bias_v = waveform.bias_v();
            assert_eq!(sweep.curve.bias_v, bias_v);
            assert!(sweep.curve.is_sound() && !sweep.curve.saturated && sweep.warnings.is_empty());
            let asked_s = waveform.sample_interval().0;
            assert!((sweep.curve.sample_interval.0 / asked_s - 1.0).abs() < 1e-3);
            for ((i, read_v), v) in sweep.curve.current_a.iter().zip(&sweep.bias_read_v).zip(&bias_v) {
                assert!((i - v / RESISTOR_OHM).abs() <= STEP_V * 1e-9, "{i} A at {v} V");
                assert!((read_v - v).abs() <= STEP_V, "{read_v} V at {v} V");
            }
            assert_eq!(output_v(0), 0.0, "after {waveform:?}");
        }
    }
}

/// Static outputs stay until they are told otherwise, are read back, and end with the set-up.
pub(crate) fn outputs_hold_and_are_led_back(config: &DaqConfig, output_v: &dyn Fn(usize) -> f64) {
    let near = |output, v: f64| assert!((output_v(output) - v).abs() <= STEP_V, "{} V", output_v(output));
    let mut daq = open(config).unwrap();
    daq.set_output(Output::Light, Volts(0.5)).unwrap();
    daq.set_output(Output::Bias, Volts(-1.25)).unwrap();
    near(0, -1.25);
    near(1, 0.5);
    assert!((daq.read_back(Output::Bias).unwrap().0 + 1.25).abs() <= STEP_V);
    // A sweep ends at 0 V and leaves the light alone.
    let sweep = daq.sweep_list(&[0.5, 1.0, -1.0, 0.25], Seconds(0.001)).unwrap();
    assert_eq!(output_v(0), 0.0);
    near(1, 0.5);
    assert!(sweep.curve.is_sound());
    for _ in 0..3 {
        daq.make_safe().unwrap();
        assert_eq!((output_v(0), output_v(1)), (0.0, 0.0));
    }
    daq.set_output(Output::Bias, Volts(2.0)).unwrap();
    daq.set_output(Output::Light, Volts(3.0)).unwrap();
    drop(daq);
    assert_eq!((output_v(0), output_v(1)), (0.0, 0.0), "dropped");
}

/// What cannot be done is refused before anything happens.
pub(crate) fn what_goes_too_far_is_refused(config: &DaqConfig, output_v: &dyn Fn(usize) -> f64) {
    let config = DaqConfig { bias_max: Volts(5.0), light_output: None, light_monitor: None, ..config.clone() };
    let mut daq = open(&config).unwrap();
    let kind = |result: Result<_, tiptwin_instrument::InstrumentError>| result.map(drop).unwrap_err().kind();
    assert_eq!(kind(daq.sweep_list(&[0.0, 5.5], Seconds(0.001))), ErrorKind::OutOfLimits);
    assert_eq!(kind(daq.sweep_list(&[0.0, f64::NAN], Seconds(0.001))), ErrorKind::InvalidRequest);
    assert_eq!(kind(daq.sweep_list(&[0.0, 1.0], Seconds(1e-6))), ErrorKind::OutOfLimits);
    assert_eq!(daq.set_output(Output::Bias, Volts(-6.0)).unwrap_err().kind(), ErrorKind::OutOfLimits);
    assert_eq!(daq.set_output(Output::Bias, Volts(f64::NAN)).unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(daq.set_output(Output::Light, Volts(1.0)).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(output_v(0), 0.0);
}

//! How many sweeps a second the driver for converters makes over gRPC on this machine, without the time that a real sweep takes: what
//! the calls cost. `cargo run --release -p tiptwin-drivers --features nidaq --example nidaq_rate`

use std::io::Write;
use std::time::{Duration, Instant};
use tiptwin_drivers::nidaq::server::{Bench, EmulatedServer, Setup};
use tiptwin_drivers::nidaq::{DaqConfig, Transport, open};
use tiptwin_instrument::Waveform;

/// A sample that the amplifier turns into the bias itself.
struct Wire(f64);

impl Bench for Wire {
    fn play(&mut self, bias_v: &[f64], _rate_hz: f64) -> Vec<f64> {
        bias_v.to_vec()
    }

    fn hold(&mut self, output: usize, volts: f64) {
        if output == 0 {
            self.0 = volts;
        }
    }

    fn read(&mut self) -> f64 {
        self.0
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = EmulatedServer::start(Setup::default(), Box::new(Wire(0.0)))?;
    let transport = Transport::Grpc { address: server.address().to_string(), plain_text_beyond_this_machine: false };
    let mut daq = open(&DaqConfig { transport, ..DaqConfig::default() })?;
    let waveform = Waveform::default();
    let begun = Instant::now();
    let mut sweeps = 0_u32;
    while begun.elapsed() < Duration::from_secs(5) {
        daq.sweep(&waveform)?;
        sweeps += 1;
    }
    let each_ms = begun.elapsed().as_secs_f64() * 1e3 / f64::from(sweeps);
    let samples = waveform.samples();
    writeln!(std::io::stdout(), "{sweeps} sweeps of {samples} samples in 5 s: {each_ms:.2} ms each")?;
    Ok(())
}

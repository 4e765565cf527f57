//! Converters on the same bench as the controller: output 0 is the bias, output 1 the lamp, input 0 the current amplifier.
//!
//! The twin is given the voltages that are really played, those of the converter, one sample of a curve for every `samples_per_point`
//! equal ones, and its current is the amplifier's output throughout that point: the noise of a twin's amplifier is that of a recorded sample,
//! so there is none within one. What is shorter than a point (the way from 0 V to the first voltage and back, the rest of a hold that
//! does not divide) is not played to the film. Programmes take no time.

use super::bench::Bench;
use super::controller::lock;
use crate::cypher::Electrode;
use crate::nidaq::server::{self, EmulatedServer, Setup};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tiptwin_instrument::{ErrorKind, InstrumentError, Seconds, Suns, Waveform};

/// How converters are wired to an emulated microscope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wiring {
    /// The electrode on output 0.
    pub biased: Electrode,
    /// Converter samples for a sample of a curve.
    pub samples_per_point: usize,
    /// Gain of the amplifier on input 0.
    pub amps_per_volt: f64,
    /// Volts of output 1 for one sun, where the lamp is on it.
    pub light_volts_per_sun: Option<f64>,
}

/// What is wired to an emulated device.
#[derive(Debug)]
pub struct Converters {
    bench: Arc<Mutex<Bench>>,
    wiring: Wiring,
    /// The amplifier's output, V: what it was at the end of the last programme.
    amplifier_v: f64,
}

impl Converters {
    /// Wires converters to a bench.
    pub const fn new(bench: Arc<Mutex<Bench>>, wiring: Wiring) -> Self {
        Self { bench, wiring, amplifier_v: 0.0 }
    }

    /// 1 or −1: from a voltage of the electrode on output 0 to one of the tip against the sample.
    const fn sign(&self) -> f64 {
        match self.wiring.biased {
            Electrode::Tip => 1.0,
            Electrode::Sample => -1.0,
        }
    }
}

impl server::Bench for Converters {
    fn play(&mut self, bias_v: &[f64], rate_hz: f64) -> Vec<f64> {
        let (sign, per_point) = (self.sign(), self.wiring.samples_per_point);
        let starts = points(bias_v, per_point);
        let of_tip: Vec<f64> = starts.iter().map(|at| sign * bias_v[*at]).collect();
        let waveform = Waveform::List { bias_v: of_tip, interval: Seconds(per_point as f64 / rate_hz) };
        let mut bench = lock(&self.bench);
        // What the twin refuses has no current, and what has none is refused by whoever asked.
        let current_a = bench.sweep(&waveform).map(|curve| curve.current_a).unwrap_or_default();
        bench.converter_bias_v = sign * bias_v.last().copied().unwrap_or(0.0);
        drop(bench);
        let mut amplifier_v = vec![0.0; bias_v.len()];
        for (k, (at, i)) in starts.iter().zip(&current_a).enumerate() {
            let end = starts.get(k + 1).copied().unwrap_or(bias_v.len());
            amplifier_v[*at..end].fill(sign * i / self.wiring.amps_per_volt);
        }
        self.amplifier_v = amplifier_v.last().copied().unwrap_or(0.0);
        amplifier_v
    }

    fn hold(&mut self, output: usize, volts: f64) {
        let sign = self.sign();
        let mut bench = lock(&self.bench);
        match (output, self.wiring.light_volts_per_sun) {
            (0, _) => bench.converter_bias_v = sign * volts,
            (_, Some(volts_per_sun)) => {
                let light = Suns(volts / volts_per_sun);
                if light != bench.lamp() {
                    bench.set_light(light);
                }
            }
            (_, None) => {}
        }
    }

    fn read(&mut self) -> f64 {
        self.amplifier_v
    }
}

/// Starts a server with them behind its device.
pub(super) fn serve(
    bench: Arc<Mutex<Bench>>,
    wiring: Wiring,
    address: SocketAddr,
) -> Result<EmulatedServer, InstrumentError> {
    EmulatedServer::start_at(address, Setup::default(), Box::new(Converters::new(bench, wiring))).map_err(|e| {
        InstrumentError::with_source(
            ErrorKind::Fault,
            format!("emulated converters cannot listen at {address}: {e}"),
            e,
        )
    })
}

/// Where the points of a programme begin: rows of so many equal voltages.
fn points(volts: &[f64], per_point: usize) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(row) = volts.get(at..at + per_point) {
        if row.iter().all(|v| *v == row[0]) {
            starts.push(at);
            at += per_point;
        } else {
            at += 1;
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_found_between_leads_and_rests() {
        let lead = [0.1, 0.2];
        let programme: Vec<f64> = lead.into_iter().chain([0.3; 3]).chain([0.5; 3]).chain([0.0; 4]).collect();
        assert_eq!(points(&programme, 3), [2, 5, 8]);
        assert_eq!(points(&[0.1, 0.2], 3), [0; 0]);
    }
}

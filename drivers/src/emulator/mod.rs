//! The other side of the Cypher driver: a controller that watches a folder, obeys the same command text, and writes real `.ibw` files.
//!
//! Behind it a [`Twin`] is measured. It obeys as the real one does: a line that it does not understand is skipped in
//! silence, nothing is acknowledged but by a read-out, and an offset becomes real with the next scan. [`faults`] lists what it can be told
//! to do wrong. The driver does not need it, and it shares nothing with the driver but the text of commands.
//!
//! A DAQ can sweep the same film: `Converters` is what an emulated device ([`crate::nidaq`]) has wired to it, on the bench of [`Emulator::bench`].

#[cfg(feature = "cypher")]
mod bench;
#[cfg(feature = "cypher")]
mod controller;
#[cfg(all(feature = "cypher", feature = "nidaq"))]
mod converters;
#[cfg(feature = "cypher")]
pub mod faults;
#[cfg(feature = "cypher")]
mod files;
#[cfg(feature = "cypher")]
mod watch;

#[cfg(feature = "cypher")]
pub use bench::Bench;
#[cfg(all(feature = "cypher", feature = "nidaq"))]
pub use converters::{Converters, Wiring};
#[cfg(feature = "cypher")]
pub use faults::Faults;
#[cfg(feature = "cypher")]
pub use watch::{Emulator, Running};

#[cfg(all(test, feature = "cypher", feature = "nidaq"))]
mod daq_tests;
#[cfg(all(test, feature = "cypher"))]
mod tests;

use crate::cypher::Electrode;
use crate::twin::Twin;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use tiptwin_instrument::{ErrorKind, InstrumentError, Seconds};

/// How the emulated controller behaves where nothing goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Habits {
    /// Its serial number.
    pub serial: String,
    /// How much of the time of a measurement passes: 1 as on a microscope, 0 at once.
    pub time_scale: f64,
    /// Between two looks for commands.
    pub poll: Seconds,
    /// Names of files begin with this.
    pub base_name: String,
    /// Which electrode its generator biases.
    pub biased: Electrode,
    /// The lamp's output channel, and its volts for one sun.
    pub lamp: (String, f64),
    /// The channel of the photodiode that sees it, and its volts for one sun.
    pub photodiode: (String, f64),
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            serial: "EMULATED-1".into(),
            time_scale: 1.0,
            poll: Seconds(0.01),
            base_name: "TipTwin".into(),
            biased: Electrode::Tip,
            lamp: ("Cypher.Output.B".into(), 5.0),
            photodiode: ("Cypher.Input.B".into(), 1.0),
        }
    }
}

impl Habits {
    /// At once, for tests.
    pub fn at_once() -> Self {
        Self { time_scale: 0.0, poll: Seconds(0.0005), ..Self::default() }
    }
}

/// What is emulated, and where.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Folder of commands and answers.
    pub buffer: &'a Path,
    /// Folder of `.ibw` files.
    pub data: &'a Path,
    /// Where an emulated NI-DAQmx server listens, if there is one; port 0 takes a free one.
    pub daq: Option<SocketAddr>,
}

/// Converter samples for a sample of a curve, at the emulated device.
pub const DAQ_SAMPLES_PER_POINT: usize = 8;

/// Emulates a microscope over a twin's film, until `stop` is not 0. Faults are texts as in `faults`. `ready` is called once commands
/// are listened to, with the address of the converters.
#[cfg(feature = "cypher")]
pub fn emulate(
    twin: Twin,
    place: &Place<'_>,
    habits: Habits,
    faults: &[String],
    ready: &mut dyn FnMut(Option<SocketAddr>),
    stop: &AtomicUsize,
) -> Result<(), InstrumentError> {
    let input = |e: faults::FaultError| InstrumentError::with_source(ErrorKind::InvalidRequest, e.to_string(), e);
    let faults = Faults::read(faults.iter().map(String::as_str)).map_err(input)?;
    let files = |e: std::io::Error| {
        let message = format!("cannot work in {} and {}", place.buffer.display(), place.data.display());
        InstrumentError::with_source(ErrorKind::Fault, message, e)
    };
    #[cfg(feature = "nidaq")]
    let wiring = Wiring {
        biased: habits.biased,
        samples_per_point: DAQ_SAMPLES_PER_POINT,
        amps_per_volt: twin.realism().amplifier.full_scale.0 / controller::RAIL_V,
        light_volts_per_sun: Some(habits.lamp.1),
    };
    let emulator = Emulator::new(Bench::new(twin), place.buffer, place.data, habits, faults).map_err(files)?;
    #[cfg(feature = "nidaq")]
    let server = place.daq.map(|address| converters::serve(emulator.bench(), wiring, address)).transpose()?;
    #[cfg(feature = "nidaq")]
    ready(server.as_ref().map(crate::nidaq::server::EmulatedServer::address));
    #[cfg(not(feature = "nidaq"))]
    match place.daq {
        None => ready(None),
        Some(address) => {
            let message = format!(
                "this build has no emulated converters for {address}; accepted: a build with --features tiptwin/nidaq"
            );
            return Err(InstrumentError::new(ErrorKind::Unsupported, message));
        }
    }
    emulator.run(stop).map_err(files)
}

/// Says that this build has no emulator.
#[cfg(not(feature = "cypher"))]
pub fn emulate(
    _: Twin,
    _: &Place<'_>,
    _: Habits,
    _: &[String],
    _: &mut dyn FnMut(Option<SocketAddr>),
    _: &AtomicUsize,
) -> Result<(), InstrumentError> {
    let message = "this build has no emulated microscope; accepted: a build with --features tiptwin/cypher";
    Err(InstrumentError::new(ErrorKind::Unsupported, message))
}

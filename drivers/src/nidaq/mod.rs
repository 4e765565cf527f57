//! Converters of National Instruments: bias and light on analogue outputs, the current amplifier on an analogue input.
//!
//! A [`Daq`] plays a bias programme and records the current on the same clock. There are two roads to NI-DAQmx and one order of calls for
//! both: NI's gRPC device server, and NI's C library, loaded when it is asked for. Whatever happens on the way, the bias
//! goes back to 0 V and is read back there, or an error says which output may still hold what. [`server`] is the other end of the
//! first road: NI's server with an emulated device, for a bench of one's own behind it.
//!
//! docs/nidaq.md has the wiring, and what was tried on hardware.
//!
//! Calls block, and must not be made from asynchronous code.

mod config;

#[cfg(feature = "nidaq")]
mod calls;
#[cfg(feature = "nidaq")]
mod error;
#[cfg(feature = "nidaq")]
mod grpc;
#[cfg(feature = "nidaq")]
mod library;
#[cfg(feature = "nidaq")]
mod messages;
#[cfg(feature = "nidaq")]
mod programme;
#[cfg(feature = "nidaq")]
mod reading;
#[cfg(feature = "nidaq")]
mod rig;
#[cfg(feature = "nidaq")]
pub mod server;
#[cfg(feature = "nidaq")]
mod zero;

pub use config::{DaqConfig, Terminal, Transport};

use tiptwin_instrument::{InstrumentError, IvCurve, Seconds, Volts, Waveform};

/// An analogue output of a set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// The bias.
    Bias,
    /// What sets the light.
    Light,
}

/// A recorded sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Bias as asked for and current; the interval is the one that the device's clock had.
    pub curve: IvCurve,
    /// The bias that was read back, V, one a sample of the curve.
    pub bias_read_v: Vec<f64>,
    /// What the driver of the device warned of.
    pub warnings: Vec<String>,
}

/// Converters that sweep a bias and record a current. Dropping one leads its outputs to 0 V first.
pub trait Daq: Send {
    /// Which device, how it is reached and wired.
    fn describe(&self) -> String;

    /// Plays a programme and records the current. The bias is at 0 V before and after; the light stays as it is.
    ///
    /// On an error the bias is back at 0 V unless the message says which output may still hold a voltage; that is always
    /// a [`tiptwin_instrument::ErrorKind::Fault`].
    fn sweep(&mut self, waveform: &Waveform) -> Result<Sweep, InstrumentError>;

    /// Leads an output to a voltage that it keeps, and reads it back.
    fn set_output(&mut self, output: Output, to: Volts) -> Result<(), InstrumentError>;

    /// What an output is at now.
    fn read_back(&mut self, output: Output) -> Result<Volts, InstrumentError>;

    /// Leads every output to 0 V and reads it back. Legal at any time, any number of times. Three tries at most: as it is, on a new
    /// connection, and after a reset of the device; a try ends with the first call that is not answered in time.
    fn make_safe(&mut self) -> Result<(), InstrumentError>;

    /// Plays voltages one after the other.
    fn sweep_list(&mut self, bias_v: &[f64], interval: Seconds) -> Result<Sweep, InstrumentError> {
        self.sweep(&Waveform::List { bias_v: bias_v.to_vec(), interval })
    }
}

/// Opens a set-up: finds it, leads its outputs to 0 V in whatever state they were left, and reads them back.
#[cfg(feature = "nidaq")]
pub fn open(config: &DaqConfig) -> Result<Box<dyn Daq>, InstrumentError> {
    config.check()?;
    let wait_s = config.call_timeout.0;
    match &config.transport {
        Transport::Grpc { address, plain_text_beyond_this_machine } => {
            let calls = grpc::GrpcCalls::open(address, *plain_text_beyond_this_machine, wait_s)?;
            Ok(Box::new(rig::Rig::open(calls, config.clone())?))
        }
        Transport::Library { path } => {
            let calls = library::LibraryCalls::open(path.as_deref(), wait_s)?;
            Ok(Box::new(rig::Rig::open(calls, config.clone())?))
        }
    }
}

/// This build has no driver for converters: always an error that says so.
#[cfg(not(feature = "nidaq"))]
pub fn open(config: &DaqConfig) -> Result<Box<dyn Daq>, InstrumentError> {
    config.check()?;
    Err(InstrumentError::new(
        tiptwin_instrument::ErrorKind::Unsupported,
        format!("this build has no driver for {}; build with `--features nidaq`", config.device),
    ))
}

#[cfg(all(test, not(feature = "nidaq")))]
mod tests {
    use super::*;

    #[test]
    fn without_the_feature_opening_says_how_to_get_it() {
        let Err(error) = open(&DaqConfig::default()) else { panic!("opened without a driver") };
        assert_eq!(error.kind(), tiptwin_instrument::ErrorKind::Unsupported);
        assert!(error.to_string().contains("--features nidaq"), "{error}");
    }
}

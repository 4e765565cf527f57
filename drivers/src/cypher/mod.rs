//! The Asylum Research Cypher: a real microscope behind the instrument trait.
//!
//! Three layers, each testable without the one below: [`proto`] is what is said (text, read-outs, waves), [`session`] holds conversations
//! as state machines without clock or files, [`transport`] is the only I/O (a buffer folder, a program that is told of it, a data
//! folder). [`Cypher`] composes conversations into actions; [`daq`] is where converters take over the sweep and the light.
//!
//! The controller has no error channel, so nothing is believed: what is written is read back, answers repeat a number that only their
//! request has, files must be new, whole and of the size and settings that were asked for, and every wait has a bound.
//! None of it has been tried on hardware yet (`docs/cypher.md`); it is tested against [`crate::emulator`].

mod settings;

#[cfg(feature = "cypher")]
pub mod daq;
#[cfg(feature = "cypher")]
mod driver;
#[cfg(feature = "cypher")]
mod judge;
#[cfg(feature = "cypher")]
mod measure;
#[cfg(feature = "cypher")]
mod place;
#[cfg(feature = "cypher")]
pub mod proto;
#[cfg(feature = "cypher")]
mod safe;
#[cfg(feature = "cypher")]
pub mod session;
#[cfg(feature = "cypher")]
pub mod transport;

#[cfg(feature = "cypher")]
pub use driver::Cypher;
pub use settings::{Electrode, IvPath, Light, LightOutput, Settings, Waits, find_igor};

use tiptwin_instrument::{Instrument, InstrumentError};

#[cfg(all(test, feature = "cypher"))]
pub(crate) mod tests;

/// Opens a Cypher: locks its buffer folder, leads the outputs of a DAQ to 0 V where one is set up, and reads who answers. Nothing moves.
#[cfg(feature = "cypher")]
pub fn open(settings: &Settings) -> Result<Box<dyn Instrument>, InstrumentError> {
    Ok(Box::new(Cypher::open(settings.clone())?))
}

/// Says that this build has no such driver.
#[cfg(not(feature = "cypher"))]
pub fn open(_: &Settings) -> Result<Box<dyn Instrument>, InstrumentError> {
    Err(InstrumentError::new(
        tiptwin_instrument::ErrorKind::Unsupported,
        "this build has no Cypher driver; accepted: a build with --features tiptwin/cypher",
    ))
}

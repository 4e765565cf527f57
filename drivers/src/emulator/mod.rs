//! The other side of the Cypher driver: a controller that watches a folder, obeys the same command text, and writes real `.ibw` files.
//!
//! Behind it a [`Twin`](crate::Twin) is measured. It obeys as the real one does: a line that it does not understand is skipped in
//! silence, nothing is acknowledged but by a read-out, and an offset becomes real with the next scan. [`faults`] lists what it can be told
//! to do wrong. The driver does not need it, and it shares nothing with the driver but the text of commands.
//!
//! A DAQ can sweep the same film: whoever emulates one takes [`Bench`] from [`Emulator::bench`].

#[cfg(feature = "cypher")]
mod bench;
#[cfg(feature = "cypher")]
mod controller;
#[cfg(feature = "cypher")]
pub mod faults;
#[cfg(feature = "cypher")]
mod files;
#[cfg(feature = "cypher")]
mod watch;

#[cfg(feature = "cypher")]
pub use bench::Bench;
#[cfg(feature = "cypher")]
pub use faults::Faults;
#[cfg(feature = "cypher")]
pub use watch::{Emulator, Running};

#[cfg(all(test, feature = "cypher"))]
mod tests;

use crate::cypher::Electrode;
use tiptwin_instrument::Seconds;

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

//! The seam for a data acquisition device that sweeps in place of the controller's own generator.

use tiptwin_instrument::{InstrumentError, IvCurve, Waveform};

/// Sweeps the bias at a tip that stands in contact.
pub trait SweepSource: Send + std::fmt::Debug {
    /// Plays a waveform (voltages of the tip against the sample) and records the current; the output is at 0 V afterwards, whatever happened.
    fn sweep(&mut self, waveform: &Waveform) -> Result<IvCurve, InstrumentError>;

    /// Sets the output to 0 V and verifies it.
    fn zero(&mut self) -> Result<(), InstrumentError>;

    /// What it is, for people.
    fn identity(&self) -> String;
}

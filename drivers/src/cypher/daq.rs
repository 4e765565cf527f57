//! The seam for a data acquisition device that sweeps in place of the controller's own generator, and may switch the light.

use super::settings::{Electrode, IvPath, LightOutput, Settings};
use crate::nidaq::{self, Daq, DaqConfig, Output};
use tiptwin_instrument::{ErrorKind, InstrumentError, IvCurve, Volts, Waveform};

/// Sweeps the bias at a tip that stands in contact.
pub trait SweepSource: Send + std::fmt::Debug {
    /// Plays a waveform (voltages of the tip against the sample) and records the current; the output is at 0 V afterwards, whatever happened.
    fn sweep(&mut self, waveform: &Waveform) -> Result<IvCurve, InstrumentError>;

    /// Sets every output to 0 V and verifies it.
    fn zero(&mut self) -> Result<(), InstrumentError>;

    /// What it is, for people.
    fn identity(&self) -> String;

    /// Leads the light's output to a voltage that it keeps, and verifies it.
    fn set_light(&mut self, volts: Volts) -> Result<(), InstrumentError> {
        let message = format!("{volts} for the light: {} has no output for it", self.identity());
        Err(InstrumentError::new(ErrorKind::Unsupported, message))
    }

    /// What the light's output is at.
    fn light(&mut self) -> Result<Volts, InstrumentError> {
        Ok(Volts::ZERO)
    }

    /// Largest current that it records, A, if it is another than the controller's.
    fn rail_a(&self) -> Option<f64> {
        None
    }

    /// Whether a current without noise is one that was not recorded.
    fn shows_noise(&self) -> bool {
        true
    }
}

/// National Instruments converters, wired as a Cypher's settings say.
struct Converters {
    daq: Box<dyn Daq>,
    config: DaqConfig,
    biased: Electrode,
}

/// Opens the converters that the settings name, if any is needed. Their outputs are at 0 V then.
pub(super) fn open(settings: &Settings) -> Result<Option<Box<dyn SweepSource>>, InstrumentError> {
    let Some(config) = settings.daq.as_ref().filter(|_| needed(settings)) else { return Ok(None) };
    let daq = nidaq::open(config)?;
    Ok(Some(Box::new(Converters { daq, config: config.clone(), biased: settings.biased })))
}

/// Whether anything is left to a DAQ.
pub(super) fn needed(settings: &Settings) -> bool {
    let lit = settings.light.as_ref().is_some_and(|light| light.output == LightOutput::Daq);
    settings.iv == IvPath::Daq || lit
}

impl std::fmt::Debug for Converters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Converters").field("config", &self.config).finish_non_exhaustive()
    }
}

impl SweepSource for Converters {
    fn sweep(&mut self, waveform: &Waveform) -> Result<IvCurve, InstrumentError> {
        if self.biased == Electrode::Tip {
            return Ok(self.daq.sweep(waveform)?.curve);
        }
        let mut curve = self.daq.sweep(&waveform.clone().reversed())?.curve;
        for v in curve.bias_v.iter_mut().chain(&mut curve.current_a) {
            *v = -*v;
        }
        Ok(curve)
    }

    fn zero(&mut self) -> Result<(), InstrumentError> {
        self.daq.make_safe()
    }

    fn identity(&self) -> String {
        self.daq.describe()
    }

    fn set_light(&mut self, volts: Volts) -> Result<(), InstrumentError> {
        self.daq.set_output(Output::Light, volts)
    }

    fn light(&mut self) -> Result<Volts, InstrumentError> {
        self.daq.read_back(Output::Light)
    }

    fn rail_a(&self) -> Option<f64> {
        Some((self.config.gain_a_per_v * self.config.input_range.0).abs())
    }

    fn shows_noise(&self) -> bool {
        self.config.refuse_constant
    }
}

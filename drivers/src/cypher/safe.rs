//! Bias, light, and the tip's height; all of it off.

use super::driver::Cypher;
use super::proto::{Command, Setting, Source, names};
use super::settings::{Light, LightOutput};
use tiptwin_instrument::{ErrorKind, InstrumentError, Suns, Volts};

/// Light below which the photodiode sees none, suns.
const DARK_SUNS: f64 = 1e-3;
/// How far what it sees may be from what was asked for.
const LIGHT_SLACK: f64 = 0.2;

impl Cypher {
    fn height(v: f64) -> (Setting, f64) {
        (Setting::Channel(names::HEIGHT_SETPOINT.into()), v)
    }

    /// Presses the tip on.
    pub(super) fn press_on(&mut self) -> Result<(), InstrumentError> {
        let start = Command::press(names::START_FEEDBACK.0, names::START_FEEDBACK.1);
        self.put(&[start], &[Self::height(self.settings.contact_setpoint.0)], "pressing the tip on")
    }

    /// Lifts the tip off.
    pub(super) fn withdraw(&mut self) -> Result<(), InstrumentError> {
        self.put(&[], &[Self::height(self.settings.withdrawn_setpoint.0)], "withdrawing the tip")
    }

    /// The controller's setting for a light, where the controller drives the lamp.
    fn lamp_setting(light: &Light, intensity: Suns) -> Option<(Setting, f64)> {
        match &light.output {
            LightOutput::Controller(channel) => {
                Some((Setting::Channel(channel.clone()), intensity.0 * light.volts_per_sun))
            }
            LightOutput::Daq => None,
        }
    }

    /// Sets the lamp.
    pub(super) fn light(&mut self, intensity: Suns) -> Result<(), InstrumentError> {
        let Some(light) = self.settings.light.clone() else {
            return Err(InstrumentError::new(ErrorKind::Unsupported, "no light output is set up for this microscope"));
        };
        match (Self::lamp_setting(&light, intensity), &mut self.daq) {
            (Some(wanted), _) => self.put(&[], &[wanted], "setting the lamp")?,
            (None, Some(daq)) => daq.set_light(Volts(intensity.0 * light.volts_per_sun))?,
            (None, None) => return Err(InstrumentError::new(ErrorKind::Unsupported, "no DAQ was given for the light")),
        }
        self.lamp = intensity;
        self.pause(self.settings.waits.settle_light);
        self.see_light(&light, intensity)
    }

    /// Compares what the photodiode sees with what was asked for.
    fn see_light(&mut self, light: &Light, intensity: Suns) -> Result<(), InstrumentError> {
        let Some((channel, volts_per_sun)) = &light.monitor else { return Ok(()) };
        let [volts] = self.ask_for(&[], &[Source::Channel(channel.clone())], "reading the photodiode")?;
        let seen = volts / volts_per_sun;
        if (seen - intensity.0).abs() <= LIGHT_SLACK * intensity.0 + DARK_SUNS {
            return Ok(());
        }
        let message = format!("the photodiode sees {seen:.4} sun where {intensity} was set");
        Err(InstrumentError::new(ErrorKind::Fault, message))
    }

    /// Whether the DAQ's output for light, if it drives the lamp, is where it was set.
    pub(super) fn check_light_output(&mut self) -> Result<(), InstrumentError> {
        let (Some(light), Some(daq)) = (&self.settings.light, &mut self.daq) else { return Ok(()) };
        if light.output != LightOutput::Daq || self.lamp == Suns::ZERO {
            return Ok(());
        }
        let (asked, found) = (self.lamp.0 * light.volts_per_sun, daq.light()?);
        if (found.0 - asked).abs() <= LIGHT_SLACK * asked.abs() {
            return Ok(());
        }
        let message = format!("the light's output is at {found} after a sweep where {} was set", Volts(asked));
        Err(InstrumentError::new(ErrorKind::Fault, message))
    }

    /// Bias 0, light off, tip up, scanning ended: the DAQ's outputs first, then the controller in one batch, read back, then once more
    /// what did not obey. Each is tried whatever became of the other, and the error names whatever may still be on.
    pub(super) fn all_safe(&mut self) -> Result<(), InstrumentError> {
        // The DAQ first: it needs nobody else to bring its outputs to 0 V.
        let daq = self.daq.as_mut().map_or(Ok(()), |daq| daq.zero());
        let controller = self.controller_safe();
        let light = self.settings.light.clone();
        let dark = match (&daq, &controller, light) {
            (Ok(()), Ok(()), Some(light)) => {
                self.lamp = Suns::ZERO;
                self.pause(self.settings.waits.settle_light);
                self.see_light(&light, Suns::ZERO)
            }
            _ => Ok(()),
        };
        match (controller, daq) {
            (Err(e), Err(outputs)) => {
                let message = format!("{e}; and {outputs}");
                Err(InstrumentError::with_source(ErrorKind::Fault, message, e))
            }
            (controller, daq) => controller.and(daq).and(dark),
        }
    }

    fn controller_safe(&mut self) -> Result<(), InstrumentError> {
        let mut wanted = vec![
            (Setting::TIP_BIAS, 0.0),
            (Setting::SAMPLE_BIAS, 0.0),
            Self::height(self.settings.withdrawn_setpoint.0),
        ];
        wanted.extend(self.settings.light.as_ref().and_then(|light| Self::lamp_setting(light, Suns::ZERO)));
        let stop = Command::press(names::STOP_SCAN.0, names::STOP_SCAN.1);
        self.put(&[stop], &wanted, "making it safe").map_err(|e| {
            let message = "bias, light and tip could not be verified to be off: go to the instrument";
            InstrumentError::with_source(e.kind(), format!("{message} ({e})"), e)
        })
    }
}

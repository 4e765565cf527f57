//! Bias, light, and the tip's height; all of it off.

use super::driver::Cypher;
use super::proto::{Command, Setting, Source, names};
use super::settings::Light;
use tiptwin_instrument::{ErrorKind, InstrumentError, Suns};

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

    fn lamp_setting(light: &Light, intensity: Suns) -> (Setting, f64) {
        (Setting::Channel(light.output.clone()), intensity.0 * light.volts_per_sun)
    }

    /// Sets the lamp.
    pub(super) fn light(&mut self, intensity: Suns) -> Result<(), InstrumentError> {
        let Some(light) = self.settings.light.clone() else {
            return Err(InstrumentError::new(ErrorKind::Unsupported, "no light output is set up for this microscope"));
        };
        self.put(&[], &[Self::lamp_setting(&light, intensity)], "setting the lamp")?;
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

    /// Bias 0, light off, tip up, scanning ended: all in one batch, read back, then once more what did not obey.
    pub(super) fn all_safe(&mut self) -> Result<(), InstrumentError> {
        // The DAQ first: it needs nobody else to bring its output to 0 V.
        let daq = self.daq.as_mut().map_or(Ok(()), |daq| daq.zero());
        let mut wanted = vec![
            (Setting::TIP_BIAS, 0.0),
            (Setting::SAMPLE_BIAS, 0.0),
            Self::height(self.settings.withdrawn_setpoint.0),
        ];
        let light = self.settings.light.clone();
        wanted.extend(light.as_ref().map(|light| Self::lamp_setting(light, Suns::ZERO)));
        let stop = Command::press(names::STOP_SCAN.0, names::STOP_SCAN.1);
        let made = self.put(&[stop], &wanted, "making it safe").map_err(|e| {
            let message = "bias, light and tip could not be verified to be off: go to the instrument";
            InstrumentError::with_source(e.kind(), format!("{message} ({e})"), e)
        });
        let dark = match (&made, light) {
            (Ok(()), Some(light)) => {
                self.lamp = Suns::ZERO;
                self.pause(self.settings.waits.settle_light);
                self.see_light(&light, Suns::ZERO)
            }
            _ => Ok(()),
        };
        made.and(dark).and(daq)
    }
}

//! What has to be known about the converters before they may touch a sample.

use std::path::PathBuf;
use tiptwin_instrument::{ErrorKind, InstrumentError, Seconds, Volts};

/// The road to NI-DAQmx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// NI's gRPC device server.
    Grpc {
        /// Host and port, such as `[::1]:31763`.
        address: String,
        /// Whether an address outside this machine may be spoken to without encryption. Whoever reaches that server can set any
        /// output, so this is refused unless asked for; a tunnel that ends on this machine needs no permission.
        plain_text_beyond_this_machine: bool,
    },
    /// NI's C library, in this process.
    Library {
        /// The file; `None` looks for NI's own names where the system keeps its libraries.
        path: Option<PathBuf>,
    },
}

/// How an analogue input is wired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Terminal {
    /// Between the input and its partner.
    #[default]
    Differential,
    /// Against the ground of the device.
    ReferencedSingleEnded,
    /// Against the sense input of the device.
    NonReferencedSingleEnded,
    /// Between the input and its partner, which is tied to ground by a resistor (devices with simultaneous converters).
    PseudoDifferential,
}

/// Channels, ranges and rates of a set-up: bias and light on two outputs, the current amplifier on an input.
#[derive(Clone, Debug, PartialEq)]
pub struct DaqConfig {
    /// How the driver of the device is reached.
    pub transport: Transport,
    /// Name of the device in NI MAX.
    pub device: String,
    /// Output that is the bias, such as `ao0`.
    pub bias_output: String,
    /// Output that sets the light, where there is one.
    pub light_output: Option<String>,
    /// Input that the current amplifier is on.
    pub current_input: String,
    /// Input that the bias is read back on. `None` uses the internal connection that M and X Series devices with one
    /// converter have (`_ao0_vs_aognd`); devices with simultaneous converters need a wire.
    pub bias_monitor: Option<String>,
    /// The same for the light.
    pub light_monitor: Option<String>,
    /// How the inputs are wired.
    pub terminal: Terminal,
    /// Amperes per volt at the amplifier's output; negative for an inverting amplifier.
    pub gain_a_per_v: f64,
    /// Largest bias in magnitude.
    pub bias_max: Volts,
    /// Highest voltage of the light output; the lowest is 0.
    pub light_max: Volts,
    /// Full scale of the inputs.
    pub input_range: Volts,
    /// Slowest sample clock, Hz.
    pub rate_min_hz: f64,
    /// Fastest sample clock of outputs and inputs together, Hz.
    pub rate_max_hz: f64,
    /// Converter samples for each sample of a curve, at least 2.
    pub samples_per_point: usize,
    /// How many of them, the last ones, are averaged; not the first, which may still be of the voltage before.
    pub averaged: usize,
    /// Fastest change of an output on its way to and from a programme, volts per second.
    pub slew_v_per_s: f64,
    /// How far from 0 V a reading may be that counts as off.
    pub zero_tolerance: Volts,
    /// How far an output that was read back may be from what was asked for.
    pub bias_tolerance: Volts,
    /// Whether a sweep is refused whose readings of the current are all the same to the last bit. A converter with an amplifier
    /// on it shows noise; a simulated one need not.
    pub refuse_constant: bool,
    /// Longest wait for an answer, on top of what the call itself takes.
    pub call_timeout: Seconds,
}

impl Default for DaqConfig {
    /// NI's server on this machine with its first device; 1 nA/V, ±10 V, eight samples a point of which four are averaged.
    fn default() -> Self {
        Self {
            transport: Transport::Grpc { address: "[::1]:31763".into(), plain_text_beyond_this_machine: false },
            device: "Dev1".into(),
            bias_output: "ao0".into(),
            light_output: None,
            current_input: "ai0".into(),
            bias_monitor: None,
            light_monitor: None,
            terminal: Terminal::Differential,
            gain_a_per_v: 1e-9,
            bias_max: Volts(10.0),
            light_max: Volts(5.0),
            input_range: Volts(10.0),
            rate_min_hz: 1.0,
            rate_max_hz: 100_000.0,
            samples_per_point: 8,
            averaged: 4,
            slew_v_per_s: 20.0,
            zero_tolerance: Volts(0.02),
            bias_tolerance: Volts(0.05),
            refuse_constant: true,
            call_timeout: Seconds(5.0),
        }
    }
}

impl DaqConfig {
    /// The input that the bias is read back on.
    pub fn monitor(&self) -> String {
        self.bias_monitor.clone().unwrap_or_else(|| internal(&self.bias_output))
    }

    /// The input that the light output is read back on, where there is such an output.
    pub fn light_channels(&self) -> Option<(&str, String)> {
        let output = self.light_output.as_deref()?;
        Some((output, self.light_monitor.clone().unwrap_or_else(|| internal(output))))
    }

    /// Checks every number and name.
    pub fn check(&self) -> Result<(), InstrumentError> {
        let positive = [
            ("bias_max", self.bias_max.0, 10.0, "V"),
            ("light_max", self.light_max.0, 10.0, "V"),
            ("input_range", self.input_range.0, 10.0, "V"),
            ("rate_min", self.rate_min_hz, self.rate_max_hz, "Hz"),
            ("rate_max", self.rate_max_hz, 4e6, "Hz"),
            ("slew", self.slew_v_per_s, 1e6, "V/s"),
            ("zero_tolerance", self.zero_tolerance.0, 0.2, "V"),
            ("bias_tolerance", self.bias_tolerance.0, 1.0, "V"),
            ("call_timeout", self.call_timeout.0, 600.0, "s"),
            ("gain", self.gain_a_per_v.abs(), 1.0, "A/V in magnitude"),
        ];
        for (what, value, most, unit) in positive {
            if !(value > 0.0 && value <= most) {
                let message = format!("{what} is {value} {unit}; accepted: above 0, at most {most}");
                return Err(InstrumentError::new(ErrorKind::InvalidRequest, message));
            }
        }
        if self.slew_v_per_s < 1.0 {
            let message =
                format!("slew is {} V/s; accepted: 1 V/s or more, as 10 V must be gone in 10 s", self.slew_v_per_s);
            return Err(InstrumentError::new(ErrorKind::InvalidRequest, message));
        }
        if !(2..=10_000).contains(&self.samples_per_point) || !(1..self.samples_per_point).contains(&self.averaged) {
            let message = format!(
                "{} of {} samples a point are to be averaged; accepted: 2 to 10000 samples a point, averaged all but one at most",
                self.averaged, self.samples_per_point
            );
            return Err(InstrumentError::new(ErrorKind::InvalidRequest, message));
        }
        let names =
            [Some(&self.device), Some(&self.bias_output), self.light_output.as_ref(), Some(&self.current_input)];
        let monitors = [self.bias_monitor.as_ref(), self.light_monitor.as_ref()];
        let sound = |name: &&String| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '))
        };
        if let Some(wrong) = names.into_iter().chain(monitors).flatten().find(|name| !sound(name)) {
            let message = format!("\"{wrong}\" is no name of a device or a channel; accepted: such as Dev1, ao0, ai1");
            return Err(InstrumentError::new(ErrorKind::InvalidRequest, message));
        }
        if self.light_output.as_ref() == Some(&self.bias_output)
            || self.bias_monitor.as_ref() == Some(&self.current_input)
        {
            let message = "bias and light, or current and bias monitor, are on one channel; accepted: one channel each";
            return Err(InstrumentError::new(ErrorKind::InvalidRequest, message));
        }
        Ok(())
    }
}

/// NI's name for the connection between an output and the converter of the inputs.
fn internal(output: &str) -> String {
    format!("_{output}_vs_aognd")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let base = DaqConfig::default();
        base.check().expect("the default is sound");
        let wrong: [(DaqConfig, &str); 8] = [
            (DaqConfig { gain_a_per_v: 0.0, ..base.clone() }, "gain"),
            (DaqConfig { gain_a_per_v: f64::NAN, ..base.clone() }, "gain"),
            (DaqConfig { bias_max: Volts(12.0), ..base.clone() }, "bias_max"),
            (DaqConfig { rate_min_hz: 2e5, ..base.clone() }, "rate_min"),
            (DaqConfig { averaged: 8, ..base.clone() }, "averaged"),
            (DaqConfig { current_input: "ai0, Dev1/ai7".into(), ..base.clone() }, "ai0, Dev1/ai7"),
            (DaqConfig { light_output: Some("ao0".into()), ..base.clone() }, "one channel"),
            (DaqConfig { call_timeout: Seconds(f64::INFINITY), ..base }, "call_timeout"),
        ];
        for (config, word) in wrong {
            let error = config.check().expect_err(word);
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.to_string().contains(word), "{error}");
        }
    }
}

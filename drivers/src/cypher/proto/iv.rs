//! What the controller's own sweep generator can play.
//!
//! A triangle 0 → A → −A → 0 of a frequency and a number of cycles, sampled at a constant rate. Half a cycle is 0 → A → 0; that the
//! controller stops there is inferred. Whatever it plays, the bias that it records is compared with what was asked for.

use tiptwin_instrument::Waveform;

/// Settings of the generator for a waveform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Programme {
    /// Amplitude, V; negative amplitudes begin downwards.
    pub amplitude_v: f64,
    /// Frequency, Hz.
    pub frequency_hz: f64,
    /// Cycles: one half or one.
    pub cycles: f64,
    /// Samples per second.
    pub points_per_s: f64,
    /// Samples of the sweep, both ends included.
    pub samples: usize,
}

impl Programme {
    /// The programme of a waveform; `None` where the generator cannot play it.
    pub fn of(waveform: &Waveform) -> Option<Self> {
        let (peak, cycles) = match waveform {
            Waveform::Triangle { peak, .. } => (peak.0, 0.5),
            Waveform::Bipolar { peak, .. } => (peak.0, 1.0),
            _ => return None,
        };
        Some(Self {
            amplitude_v: peak,
            frequency_hz: cycles / waveform.duration().0,
            cycles,
            points_per_s: 1.0 / waveform.sample_interval().0,
            samples: waveform.samples(),
        })
    }

    /// The waveform of a programme: what the controller plays. `None` for settings that give none.
    pub fn waveform(&self) -> Option<Waveform> {
        let (peak, samples) = (tiptwin_instrument::Volts(self.amplitude_v), self.samples);
        let duration = tiptwin_instrument::Seconds(self.cycles / self.frequency_hz);
        let waveform = if self.cycles == 0.5 {
            Waveform::Triangle { peak, samples, duration }
        } else if self.cycles == 1.0 {
            Waveform::Bipolar { peak, samples, duration }
        } else {
            return None;
        };
        waveform.check().ok().map(|()| waveform)
    }
}

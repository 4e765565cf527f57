//! Recorded data behind the instrument trait.
//!
//! A [`Recording`] is a structure image with either a map of values or a stack of curves on the same pixels, read from a file of
//! any format that `tiptwin_formats` knows. [`Replay`] answers as a microscope would, from the pixel nearest to the tip. It has one scan grid, the recorded
//! one, no light of its own, and no clock beyond what its actions would take.

mod recording;
mod source;
mod unit;

pub use recording::{Layout, Recorded, Recording, RecordingError};

use ndarray::s;
use tiptwin_instrument::{
    Action, Amps, Capabilities, ChannelKind, Description, ErrorKind, Instrument, InstrumentError, IvCurve, Limits,
    Observation, Outcome, Position, Seconds, Suns, Volts,
};

/// An instrument that returns what was recorded.
#[derive(Debug)]
pub struct Replay {
    recording: Recording,
    clock_s: f64,
}

impl Replay {
    /// A replay of one recording.
    pub const fn new(recording: Recording) -> Self {
        Self { recording, clock_s: 0.0 }
    }

    /// What is replayed.
    pub const fn recording(&self) -> &Recording {
        &self.recording
    }

    fn point(&self, at: Position) -> Result<(usize, usize), InstrumentError> {
        // The far edges belong to the last pixels: the tip may stand exactly on them.
        let grid = &self.recording.structure.grid;
        let clamp = |x: f64, extent: f64| x.clamp(0.0, extent * (1.0 - 1e-12));
        let at = Position::new(clamp(at.x.0, grid.width.0), clamp(at.y.0, grid.height.0));
        grid.pixel_at(at)
            .map(|p| (p.row, p.col))
            .ok_or_else(|| InstrumentError::new(ErrorKind::OutOfLimits, "position outside the recording"))
    }

    fn outcome(&self, action: &Action) -> Result<(Outcome, Option<Position>, f64), InstrumentError> {
        let grid = self.recording.structure.grid;
        match action {
            Action::ScanTopography { grid: asked } if *asked == grid => {
                // One line a second, as in the twin.
                Ok((Outcome::Image(self.recording.structure.clone()), None, grid.rows as f64))
            }
            Action::ScanChannel { grid: asked, channel } if *asked == grid => {
                let image = self.recording.further.iter().find(|i| i.channel == *channel);
                let image = image.ok_or_else(|| unsupported(&format!("no channel \"{channel}\" was recorded")))?;
                // It was recorded in the same pass as the structure image.
                Ok((Outcome::Image(image.clone()), None, 0.0))
            }
            Action::ScanTopography { grid: asked } | Action::ScanChannel { grid: asked, .. } => {
                Err(InstrumentError::new(
                    ErrorKind::Unsupported,
                    format!(
                        "a recording can only be scanned as it was recorded ({} × {} pixels over {} × {}), not with {} × {} pixels over {} × {}",
                        grid.cols,
                        grid.rows,
                        grid.width,
                        grid.height,
                        asked.cols,
                        asked.rows,
                        asked.width,
                        asked.height
                    ),
                ))
            }
            Action::ReadScalar { at } => {
                let (row, col) = self.point(*at)?;
                match &self.recording.recorded {
                    Recorded::Map { values, .. } => {
                        let here = grid.position(tiptwin_instrument::Pixel { row, col });
                        Ok((Outcome::Scalar(values[[row, col]]), Some(here), 1.0))
                    }
                    Recorded::Curves { .. } => Err(unsupported("this recording holds curves; ask for a sweep")),
                }
            }
            Action::SweepIv { at, waveform, .. } => {
                let (row, col) = self.point(*at)?;
                match &self.recording.recorded {
                    Recorded::Curves { current_a, bias_v } => {
                        let interval = waveform.duration().0 / (bias_v.len().max(2) - 1) as f64;
                        let curve = IvCurve {
                            bias_v: bias_v.to_vec(),
                            current_a: current_a.slice(s![row, col, ..]).to_vec(),
                            sample_interval: Seconds(interval),
                            saturated: false,
                        };
                        let here = grid.position(tiptwin_instrument::Pixel { row, col });
                        Ok((Outcome::Curve(curve), Some(here), waveform.duration().0))
                    }
                    Recorded::Map { .. } => Err(unsupported("this recording holds one value per pixel, not curves")),
                }
            }
            Action::MoveTo { at } => Ok((Outcome::Done, Some(*at), 0.0)),
            Action::Approach | Action::Withdraw => Ok((Outcome::Done, None, 0.0)),
            Action::SetLight { .. } => Err(unsupported("recorded data keep the light they were taken in")),
            Action::ScanCurrent { .. } => Err(unsupported("no current image was recorded")),
        }
    }
}

fn unsupported(message: &str) -> InstrumentError {
    InstrumentError::new(ErrorKind::Unsupported, message)
}

impl Instrument for Replay {
    fn describe(&self) -> Description {
        let r = &self.recording;
        let (sweep_iv, scalar_unit, bias_max) = match &r.recorded {
            Recorded::Map { unit, .. } => (false, Some(unit.clone()), 0.0),
            Recorded::Curves { bias_v, .. } => (true, None, bias_v.iter().fold(0.0, |m: f64, v| m.max(v.abs()))),
        };
        Description {
            driver: "replay".into(),
            identity: r.identity.clone(),
            serial: None,
            capabilities: Capabilities {
                structure_channel: r.structure.channel.clone(),
                structure_unit: r.structure.unit.clone(),
                further_channels: r
                    .further
                    .iter()
                    .map(|i| ChannelKind { name: i.channel.clone(), unit: i.unit.clone() })
                    .collect(),
                sweep_iv,
                current_noise: r.noise_sigma.filter(|_| sweep_iv).map(Amps),
                scalar_noise: r.noise_sigma.filter(|_| !sweep_iv),
                scalar_unit,
                scan_current: false,
                light: false,
                any_grid: false,
                simulated: true,
            },
            limits: Limits {
                reach: r.structure.grid,
                bias_max: Volts(bias_max),
                light_max: Suns::ZERO,
                sweep_max: Seconds(86_400.0),
            },
        }
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        if !matches!(action, Action::SweepIv { .. } | Action::SetLight { .. }) {
            self.describe().limits.check(action)?;
        } else if let Action::SweepIv { at, .. } = action {
            self.describe().limits.check_position(*at)?;
        }
        let (outcome, read_back, duration_s) = self.outcome(action)?;
        self.clock_s += duration_s;
        Ok(Observation {
            action: action.clone(),
            read_back,
            instrument_time: Seconds(self.clock_s),
            wall_time: Seconds::ZERO,
            outcome,
        })
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        Ok(())
    }
}

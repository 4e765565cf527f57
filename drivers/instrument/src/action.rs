//! What a microscope can be asked to do, and what it answers.

use crate::geometry::{Position, ScanGrid};
use crate::image::Image;
use crate::iv::IvCurve;
use crate::units::{Seconds, Suns, Volts};
use crate::waveform::Waveform;
use serde::{Deserialize, Serialize};

/// One request to a microscope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Scan the structure image (topography, unless the driver's description names another channel).
    ScanTopography {
        /// Rectangle and pixel counts.
        grid: ScanGrid,
    },
    /// Scan a further structure channel of the same kind of scan, such as the phase (see
    /// [`crate::Capabilities::further_channels`]).
    ScanChannel {
        /// Rectangle and pixel counts.
        grid: ScanGrid,
        /// Name of the channel.
        channel: String,
    },
    /// Scan the current at a static bias (the cAFM image mode).
    ScanCurrent {
        /// Rectangle and pixel counts.
        grid: ScanGrid,
        /// Static tip bias.
        #[serde(rename = "bias_v")]
        bias: Volts,
    },
    /// Go to a point, sweep the bias, record the current.
    SweepIv {
        /// Where.
        at: Position,
        /// Bias programme.
        waveform: Waveform,
        /// How often this location was measured before in this run: noise is keyed by what is measured,
        /// so a repeat must say that it is one.
        repeat: u32,
    },
    /// Go to a point and read the one scalar that this instrument offers there (see [`crate::Capabilities::scalar_unit`]).
    ReadScalar {
        /// Where.
        at: Position,
    },
    /// Set the illumination and wait until the lamp is stable.
    SetLight {
        /// Intensity; 0 switches off.
        #[serde(rename = "intensity_suns")]
        intensity: Suns,
    },
    /// Move the tip without measuring.
    MoveTo {
        /// Where.
        at: Position,
    },
    /// Bring the tip into contact.
    Approach,
    /// Lift the tip off the surface.
    Withdraw,
}

impl Action {
    /// A short name for messages and the run log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ScanTopography { .. } => "scan_topography",
            Self::ScanChannel { .. } => "scan_channel",
            Self::ScanCurrent { .. } => "scan_current",
            Self::SweepIv { .. } => "sweep_iv",
            Self::ReadScalar { .. } => "read_scalar",
            Self::SetLight { .. } => "set_light",
            Self::MoveTo { .. } => "move_to",
            Self::Approach => "approach",
            Self::Withdraw => "withdraw",
        }
    }
}

/// What came back from one [`Action`].
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// What was asked.
    pub action: Action,
    /// Where the tip was read back to be, for actions that have a place.
    pub read_back: Option<Position>,
    /// The instrument's own clock when the action ended: simulated seconds on a twin, seconds since it was
    /// opened on a real microscope.
    pub instrument_time: Seconds,
    /// Wall-clock time that the action took. Simulated drivers report what the simulation cost.
    pub wall_time: Seconds,
    /// The data.
    pub outcome: Outcome,
}

/// The data of an [`Observation`].
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// An image, from one of the scan actions.
    Image(Image),
    /// A curve, from [`Action::SweepIv`].
    Curve(IvCurve),
    /// A number, from [`Action::ReadScalar`], in the unit that the description names.
    Scalar(f64),
    /// The action was carried out and has no data.
    Done,
}

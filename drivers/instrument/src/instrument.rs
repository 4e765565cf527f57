//! The contract that every microscope keeps, real or not.

use crate::Outcome;
use crate::action::{Action, Observation};
use crate::error::{ErrorKind, InstrumentError};
use crate::geometry::{Position, ScanGrid};
use crate::image::Image;
use crate::iv::IvCurve;
use crate::units::{Amps, Meters, Seconds, Suns, Volts};
use crate::waveform::Waveform;
use serde::{Deserialize, Serialize};

/// One microscope, real or not. Blocking and object-safe: a tip does one thing at a time.
///
/// Three methods are required, so that a wrapper (limits, recorder) is three methods too. Everything else
/// is sugar over [`Instrument::execute`].
pub trait Instrument: Send {
    /// Who this is, what it can do, and how far it may go.
    fn describe(&self) -> Description;

    /// Carries out one action. On an error nothing is known to have been measured; the tip may have moved.
    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError>;

    /// Bias 0, light off, tip up. Legal at any time, in any state, any number of times.
    fn make_safe(&mut self) -> Result<(), InstrumentError>;

    /// Scans the structure image.
    fn scan_topography(&mut self, grid: ScanGrid) -> Result<Image, InstrumentError> {
        image(self.execute(&Action::ScanTopography { grid })?)
    }

    /// Scans a further structure channel.
    fn scan_channel(&mut self, grid: ScanGrid, channel: &str) -> Result<Image, InstrumentError> {
        image(self.execute(&Action::ScanChannel { grid, channel: channel.to_owned() })?)
    }

    /// Scans the current at a static bias.
    fn scan_current(&mut self, grid: ScanGrid, bias: Volts) -> Result<Image, InstrumentError> {
        image(self.execute(&Action::ScanCurrent { grid, bias })?)
    }

    /// Sweeps the bias at a point that was not measured before.
    fn sweep_iv(&mut self, at: Position, waveform: &Waveform) -> Result<IvCurve, InstrumentError> {
        let action = Action::SweepIv { at, waveform: waveform.clone(), repeat: 0 };
        match self.execute(&action)?.outcome {
            Outcome::Curve(curve) => Ok(curve),
            other => Err(unexpected("a curve", &other)),
        }
    }

    /// Reads the instrument's scalar at a point.
    fn read_scalar(&mut self, at: Position) -> Result<f64, InstrumentError> {
        match self.execute(&Action::ReadScalar { at })?.outcome {
            Outcome::Scalar(value) => Ok(value),
            other => Err(unexpected("a number", &other)),
        }
    }

    /// Moves the tip.
    fn move_to(&mut self, at: Position) -> Result<(), InstrumentError> {
        self.execute(&Action::MoveTo { at }).map(drop)
    }

    /// Sets the illumination.
    fn set_light(&mut self, intensity: Suns) -> Result<(), InstrumentError> {
        self.execute(&Action::SetLight { intensity }).map(drop)
    }
}

impl<T: Instrument + ?Sized> Instrument for Box<T> {
    fn describe(&self) -> Description {
        (**self).describe()
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        (**self).execute(action)
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        (**self).make_safe()
    }
}

fn image(observation: Observation) -> Result<Image, InstrumentError> {
    match observation.outcome {
        Outcome::Image(image) => Ok(image),
        other => Err(unexpected("an image", &other)),
    }
}

fn unexpected(wanted: &str, got: &Outcome) -> InstrumentError {
    let got = match got {
        Outcome::Image(_) => "an image",
        Outcome::Curve(_) => "a curve",
        Outcome::Scalar(_) => "a number",
        Outcome::Done => "nothing",
    };
    InstrumentError::new(ErrorKind::Fault, format!("the driver broke its contract: expected {wanted}, got {got}"))
}

/// Identity, abilities and limits of an instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Driver name as in a scenario file, such as `twin`.
    pub driver: String,
    /// Which instrument or data set this is, for people.
    pub identity: String,
    /// Serial number of a real instrument: what a person types to arm it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// What the instrument can do.
    pub capabilities: Capabilities,
    /// How far it may go.
    pub limits: Limits,
}

/// A channel of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelKind {
    /// Name, such as `phase`.
    pub name: String,
    /// SI unit of the values; empty for arbitrary units.
    pub unit: String,
}

/// What an instrument can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent abilities, each asked by name")]
pub struct Capabilities {
    /// Name of the channel that [`Action::ScanTopography`] returns, such as `height`.
    pub structure_channel: String,
    /// SI unit of that channel; empty for arbitrary units.
    pub structure_unit: String,
    /// Channels that [`Action::ScanChannel`] returns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_channels: Vec<ChannelKind>,
    /// Whether [`Action::SweepIv`] is available.
    pub sweep_iv: bool,
    /// Unit of the number that [`Action::ReadScalar`] returns; `None` where it is not available. Empty for arbitrary units.
    pub scalar_unit: Option<String>,
    /// Standard deviation of the noise of one current sample, where the instrument knows it.
    #[serde(rename = "current_noise_a")]
    pub current_noise: Option<Amps>,
    /// Standard deviation of the noise of [`Action::ReadScalar`], in its unit, where the instrument knows it.
    pub scalar_noise: Option<f64>,
    /// Whether [`Action::ScanCurrent`] is available.
    pub scan_current: bool,
    /// Whether the light can be switched.
    pub light: bool,
    /// Whether any grid can be scanned. A replay can only return the one it was recorded on.
    pub any_grid: bool,
    /// Whether what happens is simulated or recorded, so that nothing real can be harmed.
    pub simulated: bool,
}

/// How far an instrument may be driven. All bounds are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// The area that the tip can reach, with the recorded pixel grid where only one exists.
    pub reach: ScanGrid,
    /// Largest bias in magnitude.
    #[serde(rename = "bias_max_v")]
    pub bias_max: Volts,
    /// Brightest light.
    #[serde(rename = "light_max_suns")]
    pub light_max: Suns,
    /// Longest sweep.
    #[serde(rename = "sweep_max_s")]
    pub sweep_max: Seconds,
}

impl Limits {
    /// Checks that a position is finite and within reach.
    pub fn check_position(&self, at: Position) -> Result<(), InstrumentError> {
        let Position { x: Meters(x), y: Meters(y) } = at;
        if !x.is_finite() || !y.is_finite() {
            return Err(InstrumentError::new(
                ErrorKind::InvalidRequest,
                format!("position ({x}, {y}) m is not finite"),
            ));
        }
        let (x0, y0) = (self.reach.origin.x.0, self.reach.origin.y.0);
        let (x1, y1) = (x0 + self.reach.width.0, y0 + self.reach.height.0);
        // A picometre of slack: window corners are sums of pixel sizes.
        let slack = 1e-12;
        if x < x0 - slack || y < y0 - slack || x > x1 + slack || y > y1 + slack {
            let message = format!(
                "position ({}, {}) is out of reach; accepted: {} to {} along x, {} to {} along y",
                at.x,
                at.y,
                Meters(x0),
                Meters(x1),
                Meters(y0),
                Meters(y1)
            );
            return Err(InstrumentError::new(ErrorKind::OutOfLimits, message));
        }
        Ok(())
    }

    /// Checks a whole action: places, grids, bias, light and durations.
    pub fn check(&self, action: &Action) -> Result<(), InstrumentError> {
        match action {
            Action::ScanTopography { grid } | Action::ScanChannel { grid, .. } => self.check_grid(grid),
            Action::ScanCurrent { grid, bias } => self.check_grid(grid).and_then(|()| self.check_bias(*bias)),
            Action::SweepIv { at, waveform, .. } => {
                waveform
                    .check()
                    .map_err(|e| InstrumentError::with_source(ErrorKind::InvalidRequest, e.to_string(), e))?;
                self.check_position(*at)?;
                self.check_bias(waveform.peak())?;
                within("sweep", waveform.total_time().0, self.sweep_max.0, Seconds::SYMBOL)
            }
            Action::ReadScalar { at } | Action::MoveTo { at } => self.check_position(*at),
            Action::SetLight { intensity } => within("light", intensity.0, self.light_max.0, Suns::SYMBOL),
            Action::Approach | Action::Withdraw => Ok(()),
        }
    }

    fn check_grid(&self, grid: &ScanGrid) -> Result<(), InstrumentError> {
        if grid.is_empty() || !(grid.width.0 > 0.0 && grid.height.0 > 0.0) {
            let message = format!(
                "a scan of {} × {} pixels over {} × {} has no area",
                grid.cols, grid.rows, grid.width, grid.height
            );
            return Err(InstrumentError::new(ErrorKind::InvalidRequest, message));
        }
        self.check_position(grid.origin)?;
        self.check_position(Position::new(grid.origin.x.0 + grid.width.0, grid.origin.y.0 + grid.height.0))
    }

    fn check_bias(&self, bias: Volts) -> Result<(), InstrumentError> {
        within("bias", bias.0.abs(), self.bias_max.0, Volts::SYMBOL)
    }
}

fn within(what: &str, value: f64, max: f64, unit: &str) -> Result<(), InstrumentError> {
    if !value.is_finite() || value < 0.0 {
        return Err(InstrumentError::new(
            ErrorKind::InvalidRequest,
            format!("{what} of {value} {unit} is not a magnitude"),
        ));
    }
    if value > max {
        let message = format!("{what} of {value} {unit} is above the limit of {max} {unit}");
        return Err(InstrumentError::new(ErrorKind::OutOfLimits, message));
    }
    Ok(())
}

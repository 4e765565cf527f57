//! Names of controls, variables and channels, with what is known of each.
//!
//! *Known*: in use by published programs that drive a Cypher, or a key in the note of files that a Cypher wrote. *Inferred*: deduced from
//! those, never tried on hardware by us (`docs/cypher.md` lists them).

use super::{Command, Source};

/// Starts a frame. Known.
pub const DOWN_SCAN: (&str, &str) = ("DownScan_0", "MasterPanel");
/// Ends scanning. Known.
pub const STOP_SCAN: (&str, &str) = ("StopScan_0", "MasterPanel");
/// Forgets the last point that the tip was sent to. Known (another number in old software).
pub const CLEAR_FORCE: (&str, &str) = ("ClearForce_1", "MasterPanel");
/// Takes the tip to the point; without one, to the centre of the last scan. Known.
pub const GO_THERE: (&str, &str) = ("GoForce_1", "MasterPanel");
/// Sweeps the bias at the tip's place. Known.
pub const DO_IV: (&str, &str) = ("ARDoIVDoItButton_1", "ARDoIVPanel");
/// Starts the height feedback. Known.
pub const START_FEEDBACK: (&str, &str) = ("StartPIDSLoop2", "PIDSLoopPanel");

/// Set points of the two lateral loops, V. Known.
pub const LATERAL_SETPOINT: [&str; 2] = ["PIDSLoop.0.Setpoint", "PIDSLoop.1.Setpoint"];
/// Lateral position sensors, V. Inferred from the note's keys `Cypher.LVDT.X.Filter.Freq`.
pub const LATERAL_SENSOR: [&str; 2] = ["Cypher.LVDT.X", "Cypher.LVDT.Y"];
/// Their sensitivities, m/V. Known.
pub const LATERAL_SENSITIVITY: [&str; 2] = ["XLVDTSens", "YLVDTSens"];
/// Set point of the deflection, V: in contact mode the tip is pressed on above the free deflection and withdrawn far below. Known.
pub const HEIGHT_SETPOINT: &str = "Cypher.PIDSLoop.2.SetPoint";
/// Largest scan, m: the reach of the scanner. Known as a note key.
pub const LARGEST_SCAN: &str = "MaxScanSize";
/// Gain of the current amplifier, A/V. Known as a note key.
pub const CURRENT_GAIN: &str = "OrcaGain";

/// Something that can be written and read back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// A variable of the master panel, read by the same name.
    Variable(&'static str),
    /// A control of a panel that shows a variable.
    Panel {
        /// Control.
        control: &'static str,
        /// Panel.
        panel: &'static str,
        /// Variable.
        variable: &'static str,
    },
    /// A channel of the controller.
    Channel(String),
}

impl Setting {
    const fn panel(control: &'static str, panel: &'static str, variable: &'static str) -> Self {
        Self::Panel { control, panel, variable }
    }

    /// Offset of the scan's centre from that of the scanner, m. Known.
    pub const OFFSET: [Self; 2] = [Self::Variable("XOffset"), Self::Variable("YOffset")];
    /// Scan angle, degrees. Known.
    pub const ANGLE: Self = Self::Variable("ScanAngle");
    /// Extent along the fast and the slow axis, m. Known as note keys; that they can be set is inferred.
    pub const EXTENT: [Self; 2] = [Self::Variable("FastScanSize"), Self::Variable("SlowScanSize")];
    /// Points of a line and lines. Known as note keys; that they can be set is inferred.
    pub const PIXELS: [Self; 2] = [Self::Variable("ScanPoints"), Self::Variable("ScanLines")];
    /// Lines per second. Known.
    pub const RATE: Self = Self::panel("ScanRateSetVar_0", "MasterPanel", "ScanRate");
    /// Bias of the tip, V. Known.
    pub const TIP_BIAS: Self = Self::panel("TipVoltageSetVar_0", "NapPanel", "TipVoltage");
    /// Bias of the sample, V. Known.
    pub const SAMPLE_BIAS: Self = Self::panel("SurfaceVoltageSetVar_0", "NapPanel", "SurfaceVoltage");
    /// Amplitude of the sweep, V. Known.
    pub const IV_AMPLITUDE: Self = Self::panel("ARDoIVAmpSetVar_1", "ARDoIVPanel", "ARDoIVAmp");
    /// Frequency of the sweep, Hz. Known.
    pub const IV_FREQUENCY: Self = Self::panel("ARDoIVFrequencySetVar_1", "ARDoIVPanel", "ARDoIVFrequency");
    /// Cycles of the sweep. Known; that half a cycle is accepted is inferred.
    pub const IV_CYCLES: Self = Self::panel("ARDoIVCyclesSetVar_1", "ARDoIVPanel", "ARDoIVCycles");
    /// Points per second. The variable is known as a note key; that it can be set is inferred.
    pub const IV_RATE: Self = Self::Variable("NumPtsPerSec");

    /// The line that sets it.
    pub fn set(&self, value: f64) -> Command {
        match self {
            Self::Variable(name) => Command::Put { variable: (*name).into(), value },
            Self::Panel { control, panel, .. } => {
                Command::Control { control: (*control).into(), panel: (*panel).into(), value, text: String::new() }
            }
            Self::Channel(name) => Command::Write { channel: name.clone(), value },
        }
    }

    /// Where it is read back.
    pub fn source(&self) -> Source {
        match self {
            Self::Variable(name) => Source::Variable((*name).into()),
            Self::Panel { variable, .. } => Source::Variable((*variable).into()),
            Self::Channel(name) => Source::Channel(name.clone()),
        }
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        match self {
            Self::Variable(name) => name,
            Self::Panel { variable, .. } => variable,
            Self::Channel(name) => name,
        }
    }
}

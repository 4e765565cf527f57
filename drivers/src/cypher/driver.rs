//! The driver: who answers, conversations, and which action is which.

use super::daq::{self, SweepSource};
use super::place::Reference;
use super::proto::command::batch;
use super::proto::iv::Programme;
use super::proto::wave::Unfit;
use super::proto::{Command, Setting, Source, names, readout};
use super::session::{Ask, AwaitFile, Effect, Failure, FileWaits, Seen};
use super::settings::{Electrode, Settings};
use super::transport::{FolderTransport, Transport, hold};
use std::path::{Path, PathBuf};
use tiptwin_instrument::{
    Action, Capabilities, Description, ErrorKind, Instrument, InstrumentError, Limits, Meters, Observation, Outcome,
    Position, ScanGrid, Seconds, Suns,
};

/// How often a setting is written before it counts as refused.
const ATTEMPTS: usize = 2;
/// Relative difference up to which a setting that was read back is the one that was written.
const SAME: f64 = 1e-6;
/// Difference up to which it is, where it is near zero: volts, hertz, counts.
const SAME_NEAR_ZERO: f64 = 1e-9;
/// Longest sweep that is waited for.
const SWEEP_MAX: Seconds = Seconds(3600.0);

/// A Cypher.
#[derive(Debug)]
pub struct Cypher {
    pub(super) settings: Settings,
    pub(super) io: Box<dyn Transport>,
    pub(super) daq: Option<Box<dyn SweepSource>>,
    pub(super) serial: String,
    /// Edge of the square that the scanner reaches.
    pub(super) edge: Meters,
    pub(super) reference: Option<Reference>,
    /// The programme that the generator was set to last.
    pub(super) programme: Option<Programme>,
    pub(super) lamp: Suns,
    nonce: u64,
}

impl Cypher {
    /// Opens the folders and the DAQ of the settings. Nothing moves.
    pub fn open(settings: Settings) -> Result<Self, InstrumentError> {
        let given = settings.daq.is_some();
        Self::open_first(settings, given, daq::open)
    }

    /// Opens with a device that sweeps in place of the controller.
    pub fn open_with(settings: Settings, daq: Option<Box<dyn SweepSource>>) -> Result<Self, InstrumentError> {
        let given = daq.is_some();
        Self::open_first(settings, given, |_| Ok(daq))
    }

    /// The lock of the folder comes before anything is done to a DAQ, which another program may be sweeping with.
    fn open_first(
        settings: Settings,
        given: bool,
        daq: impl FnOnce(&Settings) -> Result<Option<Box<dyn SweepSource>>, InstrumentError>,
    ) -> Result<Self, InstrumentError> {
        if daq::needed(&settings) && !given {
            let message = "the settings say that a DAQ sweeps or shines, and none was given; accepted: the address and device of one, or iv = \"ardoiv\" and a light of the controller";
            return Err(InstrumentError::new(ErrorKind::Unsupported, message));
        }
        let program = settings.program.as_deref().map(|p| (p, settings.waits.program));
        let io = FolderTransport::open(&settings.buffer, &settings.data, program)?;
        let nonce = io.first_number();
        let daq = daq(&settings)?;
        let mut cypher = Self {
            settings,
            io: Box::new(io),
            daq,
            serial: String::new(),
            edge: Meters(0.0),
            reference: None,
            programme: None,
            lamp: Suns::ZERO,
            nonce,
        };
        cypher.meet()?;
        Ok(cypher)
    }

    /// Who answers, and whether it is set up as the settings say.
    fn meet(&mut self) -> Result<(), InstrumentError> {
        let path = self.settings.buffer.join("identity.txt");
        let nonce = self.next_nonce();
        let commands = batch(&[Command::Identify { path: igor_path(&path), nonce }]);
        let awaited =
            format!("TipTwin_Identity to write {}; is Igor running, and is TipTwin.ipf installed?", path.display());
        let mut ask = Ask::new(commands, awaited, self.ask_waits(), move |b| readout::read_identity(b, nonce));
        self.serial = hold(self.io.as_mut(), &mut ask, &path)?;
        if let Some(expected) = self.settings.serial.as_ref().filter(|s| **s != self.serial) {
            let message = format!("serial number {} answers where {expected} is expected", self.serial);
            return Err(InstrumentError::new(ErrorKind::Fault, message));
        }
        let wanted = [names::LARGEST_SCAN, names::CURRENT_GAIN].map(|v| Source::Variable(v.into()));
        let [edge, gain] = self.ask_for(&[], &wanted, "the largest scan and the gain")?;
        if !(1e-7..=1e-3).contains(&edge) {
            let message = format!("the controller says that its largest scan is {edge:e} m; accepted: 1e-7 to 1e-3 m");
            return Err(InstrumentError::new(ErrorKind::Data, message));
        }
        self.edge = Meters(edge);
        self.check_gain(gain)
    }

    /// The gain must be the one that the settings say: a factor of ten here is a factor of ten in every current.
    pub(super) fn check_gain(&self, gain_a_per_v: f64) -> Result<(), InstrumentError> {
        let expected = self.settings.gain_a_per_v;
        if (gain_a_per_v - expected).abs() <= 1e-3 * expected.abs() {
            return Ok(());
        }
        let message = format!(
            "the controller's gain is {gain_a_per_v:e} A/V where the settings say {expected:e} A/V; accepted: the same in both"
        );
        Err(InstrumentError::new(ErrorKind::Fault, message))
    }

    pub(super) const fn next_nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce
    }

    const fn ask_waits(&self) -> [Seconds; 3] {
        let w = &self.settings.waits;
        [w.settle_command, w.answer, w.poll]
    }

    /// Sends commands and reads values in the same batch.
    pub(super) fn ask(&mut self, commands: &[Command], sources: &[Source], what: &str) -> Result<Vec<f64>, Failure> {
        let nonce = self.next_nonce();
        let path = self.settings.buffer.join("readout.txt");
        let mut all = commands.to_vec();
        all.extend(readout::request(nonce, sources, &igor_path(&path)));
        let count = sources.len();
        let awaited = format!("the read-out after {what} (request {nonce})");
        let mut ask = Ask::new(batch(&all), awaited, self.ask_waits(), move |b| readout::read(b, nonce, count));
        hold(self.io.as_mut(), &mut ask, &path)
    }

    /// [`Self::ask`] for a known number of values.
    pub(super) fn ask_for<const N: usize>(
        &mut self,
        commands: &[Command],
        sources: &[Source; N],
        what: &str,
    ) -> Result<[f64; N], InstrumentError> {
        let values = self.ask(commands, sources, what)?;
        values.try_into().map_err(|v: Vec<f64>| {
            InstrumentError::new(ErrorKind::Data, format!("{} values came where {N} were asked for", v.len()))
        })
    }

    /// Writes settings and reads them back; what differs, or is not answered, is written once more: nothing here counts how often it is
    /// written. The commands go before them.
    pub(super) fn put(
        &mut self,
        before: &[Command],
        wanted: &[(Setting, f64)],
        what: &str,
    ) -> Result<(), InstrumentError> {
        let sources: Vec<Source> = wanted.iter().map(|(s, _)| s.source()).collect();
        let mut wrong = Vec::new();
        for attempt in 1..=ATTEMPTS {
            let mut commands = before.to_vec();
            commands.extend(wanted.iter().map(|(s, v)| s.set(*v)));
            let read = match self.ask(&commands, &sources, what) {
                Err(failure) if failure.kind == ErrorKind::Timeout && attempt < ATTEMPTS => continue,
                other => other?,
            };
            wrong = wanted
                .iter()
                .zip(read)
                .filter(|((_, asked), read)| (read - asked).abs() > SAME * asked.abs() + near_zero(*asked))
                .map(|((setting, asked), read)| format!("{} reads {read:e} where {asked:e} was set", setting.name()))
                .collect();
            if wrong.is_empty() {
                return Ok(());
            }
        }
        let message = format!("{what}: the controller does not obey after {ATTEMPTS} attempts: {}", wrong.join(", "));
        Err(InstrumentError::new(ErrorKind::Fault, message))
    }

    /// Starts a measurement that takes `lasts` and waits for its file. The file has a name of its own, so that a late one of an earlier
    /// measurement is not taken for it.
    pub(super) fn measure<T: 'static>(
        &mut self,
        (control, panel): (&str, &str),
        what: &str,
        lasts: Seconds,
        fits: impl Fn(&[u8]) -> Result<T, Unfit> + 'static,
    ) -> Result<T, InstrumentError> {
        let before = match self.io.perform(&Effect::List, Path::new("")) {
            Seen::Files(files) => files,
            Seen::Refused(reason) => return Err(InstrumentError::new(ErrorKind::Fault, reason)),
            _ => Vec::new(),
        };
        let base = format!("T{}_", self.next_nonce());
        let commands = [Command::Name { base: base.clone() }, Command::press(control, panel)];
        self.ask(&commands, &[], &format!("starting {what}"))?;
        let w = &self.settings.waits;
        let waits = FileWaits { longest: Seconds(lasts.0 + w.file.0), stable: w.file_stable, poll: w.poll };
        let mut machine = AwaitFile::new((before, base), what, waits, fits);
        Ok(hold(self.io.as_mut(), &mut machine, Path::new(""))?)
    }

    pub(super) fn pause(&mut self, time: Seconds) {
        let until = Seconds(self.io.now().0 + time.0);
        self.io.perform(&Effect::Wait(until), Path::new(""));
    }

    /// The setting of the electrode that is biased, and the sign that takes a voltage of the tip to it.
    pub(super) const fn electrode(&self) -> (Setting, f64) {
        match self.settings.biased {
            Electrode::Tip => (Setting::TIP_BIAS, 1.0),
            Electrode::Sample => (Setting::SAMPLE_BIAS, -1.0),
        }
    }

    fn act(&mut self, action: &Action) -> Result<(Outcome, Option<Position>), InstrumentError> {
        match action {
            Action::ScanTopography { grid } => Ok((Outcome::Image(self.scan_height(grid)?), None)),
            Action::ScanCurrent { grid, bias } => Ok((Outcome::Image(self.scan_current_at(grid, *bias)?), None)),
            Action::SweepIv { at, waveform, .. } => {
                let (curve, read_back) = self.sweep_at(*at, waveform)?;
                Ok((Outcome::Curve(curve), Some(read_back)))
            }
            Action::MoveTo { at } => Ok((Outcome::Done, Some(self.go_to(*at)?))),
            Action::SetLight { intensity } => self.light(*intensity).map(|()| (Outcome::Done, None)),
            Action::Approach => self.press_on().map(|()| (Outcome::Done, None)),
            Action::Withdraw => self.withdraw().map(|()| (Outcome::Done, None)),
            Action::ScanChannel { channel, .. } => {
                let message = format!("this driver has no channel \"{channel}\" besides height and current");
                Err(InstrumentError::new(ErrorKind::Unsupported, message))
            }
            Action::ReadScalar { .. } => {
                Err(InstrumentError::new(ErrorKind::Unsupported, "this driver measures curves; ask for a sweep"))
            }
        }
    }
}

/// Lengths are metres: a picometre is near enough to zero. Whatever is set to exactly 0 may read as little as a nanovolt.
fn near_zero(asked: f64) -> f64 {
    if asked == 0.0 || asked.abs() > 1e-3 { SAME_NEAR_ZERO } else { 1e-12 }
}

/// A path as Igor writes it: a drive and folders between colons. Elsewhere as it is.
fn igor_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    match text.split_once(":\\") {
        Some((drive, rest)) if drive.len() == 1 => format!("{drive}:{}", rest.replace(['\\', '/'], ":")),
        _ => PathBuf::from(text.as_ref()).to_string_lossy().into_owned(),
    }
}

impl Instrument for Cypher {
    fn describe(&self) -> Description {
        let edge = self.edge;
        let sweeps = match &self.daq {
            Some(daq) => daq.identity(),
            None => "swept by the controller".to_owned(),
        };
        let light = self.settings.light.as_ref();
        Description {
            driver: "cypher".into(),
            identity: format!("Cypher {}, {sweeps}", self.serial),
            serial: Some(self.serial.clone()),
            capabilities: Capabilities {
                structure_channel: "height".into(),
                structure_unit: "m".into(),
                further_channels: Vec::new(),
                sweep_iv: true,
                scalar_unit: None,
                current_noise: self.settings.current_noise,
                scalar_noise: None,
                scan_current: true,
                light: light.is_some(),
                any_grid: true,
                // Whoever sits behind the folder, a driver of a real microscope must not assume that nothing can be harmed.
                simulated: false,
            },
            limits: Limits {
                reach: ScanGrid { origin: Position::new(0.0, 0.0), width: edge, height: edge, rows: 1, cols: 1 },
                bias_max: self.settings.bias_limit(),
                light_max: light.map_or(Suns::ZERO, |l| l.max),
                sweep_max: SWEEP_MAX,
            },
        }
    }

    fn execute(&mut self, action: &Action) -> Result<Observation, InstrumentError> {
        if matches!(action, Action::SetLight { .. }) && self.settings.light.is_none() {
            return Err(InstrumentError::new(ErrorKind::Unsupported, "no light output is set up for this microscope"));
        }
        self.describe().limits.check(action)?;
        let began = self.io.now();
        let (outcome, read_back) = self.act(action)?;
        let now = self.io.now();
        let wall_time = Seconds(now.0 - began.0);
        Ok(Observation { action: action.clone(), read_back, instrument_time: now, wall_time, outcome })
    }

    fn make_safe(&mut self) -> Result<(), InstrumentError> {
        self.all_safe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn igor_writes_windows_paths_with_colons() {
        assert_eq!(igor_path(Path::new("C:\\Users\\me\\buffer\\readout.txt")), "C:Users:me:buffer:readout.txt");
        assert_eq!(igor_path(Path::new("/tmp/buffer/readout.txt")), "/tmp/buffer/readout.txt");
    }
}

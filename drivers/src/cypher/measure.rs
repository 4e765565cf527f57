//! Images and sweeps.

use super::driver::Cypher;
use super::judge;
use super::proto::iv::Programme;
use super::proto::{Command, Setting, names, wave};
use super::settings::IvPath;
use tiptwin_instrument::{
    ErrorKind, Image, InstrumentError, IvCurve, Position, ScanGrid, Seconds, Suns, Volts, Waveform,
};

/// Largest number of points of a line or lines that is asked for.
const PIXELS_MAX: usize = 4096;

impl Cypher {
    pub(super) fn scan_height(&mut self, grid: &ScanGrid) -> Result<Image, InstrumentError> {
        let channel = self.settings.height_channel.clone();
        let values = self.scan(grid, &channel)?;
        Ok(Image { channel: "height".into(), unit: "m".into(), grid: *grid, values })
    }

    /// The current at a bias that is on for the scan alone.
    pub(super) fn scan_current_at(&mut self, grid: &ScanGrid, bias: Volts) -> Result<Image, InstrumentError> {
        let (electrode, sign) = self.electrode();
        self.put(&[], &[(electrode.clone(), sign * bias.0)], "setting the bias of the scan")?;
        let channel = self.settings.current_channel.clone();
        let scanned = self.scan(grid, &channel);
        // Whatever came of the scan, the bias goes first.
        let off = self.put(&[], &[(electrode, 0.0)], "taking the bias off");
        let values = scanned?;
        off?;
        let values = values.mapv(|i| sign * i);
        Ok(Image { channel: "current".into(), unit: "A".into(), grid: *grid, values })
    }

    fn scan(&mut self, grid: &ScanGrid, channel: &str) -> Result<ndarray::Array2<f64>, InstrumentError> {
        if !(2..=PIXELS_MAX).contains(&grid.rows) || !(2..=PIXELS_MAX).contains(&grid.cols) {
            let message = format!("a scan of {} × {} pixels; accepted: 2 to {PIXELS_MAX} each", grid.cols, grid.rows);
            return Err(InstrumentError::new(ErrorKind::OutOfLimits, message));
        }
        let centre = Position::new(grid.origin.x.0 + 0.5 * grid.width.0, grid.origin.y.0 + 0.5 * grid.height.0);
        let offset = self.offset_m(centre);
        // The controller's extent goes from the first point to the last: one step less than pixels.
        let extent = [grid.pixel_width().0 * (grid.cols - 1) as f64, grid.pixel_height().0 * (grid.rows - 1) as f64];
        let [[ox, oy], [ex, ey], [px, py]] = [Setting::OFFSET, Setting::EXTENT, Setting::PIXELS];
        let wanted = [
            (ox, offset[0]),
            (oy, offset[1]),
            (Setting::ANGLE, 0.0),
            (ex, extent[0]),
            (ey, extent[1]),
            (px, grid.cols as f64),
            (py, grid.rows as f64),
            (Setting::RATE, self.settings.scan_rate_hz),
        ];
        self.put(&[], &wanted, "setting up the scan")?;
        self.press_on()?;
        // From here on the centre is another, wherever the scan ends.
        self.reference = None;
        let lasts = Seconds(2.0 * grid.rows as f64 / self.settings.scan_rate_hz);
        let what = format!("an image of {} × {} pixels", grid.cols, grid.rows);
        let (asked, channel) = (*grid, channel.to_owned());
        let values = self.measure(names::DOWN_SCAN, &what, lasts, move |bytes| {
            wave::image(&wave::read(bytes)?, &asked, offset, &channel)
        });
        // Else the next frame would begin, whether or not this one arrived.
        let stopped = self.ask(&[Command::press(names::STOP_SCAN.0, names::STOP_SCAN.1)], &[], "ending the scan");
        let values = values?;
        stopped?;
        self.withdraw()?;
        judge::image(&values)?;
        Ok(values)
    }

    /// Sweeps at a place, and says where the sensors found the tip.
    pub(super) fn sweep_at(
        &mut self,
        at: Position,
        waveform: &Waveform,
    ) -> Result<(IvCurve, Position), InstrumentError> {
        match self.settings.iv {
            IvPath::ArDoIv => self.sweep_by_controller(at, waveform),
            IvPath::Daq => self.sweep_by_daq(at, waveform),
        }
    }

    fn sweep_by_controller(
        &mut self,
        at: Position,
        waveform: &Waveform,
    ) -> Result<(IvCurve, Position), InstrumentError> {
        let sign = self.electrode().1;
        let programme = Programme::of(waveform).ok_or_else(|| {
            let message =
                "the controller sweeps triangles and bipolar triangles alone; accepted: those, or iv = \"daq\"";
            InstrumentError::new(ErrorKind::Unsupported, message)
        })?;
        let asked = Programme { amplitude_v: sign * programme.amplitude_v, ..programme };
        let read_back = self.go_to(at)?;
        if self.programme != Some(asked) {
            self.programme = None;
            let wanted = [
                (Setting::IV_AMPLITUDE, asked.amplitude_v),
                (Setting::IV_FREQUENCY, asked.frequency_hz),
                (Setting::IV_CYCLES, asked.cycles),
                (Setting::IV_RATE, asked.points_per_s),
            ];
            self.put(&[], &wanted, "setting up the sweep")?;
            self.programme = Some(asked);
        }
        let what = format!("a sweep of {} samples to {}", asked.samples, Volts(asked.amplitude_v));
        let swept = self.measure(names::DO_IV, &what, waveform.total_time(), move |bytes| {
            wave::sweep(&wave::read(bytes)?, &asked)
        })?;
        if let Some(gain) = swept.gain_a_per_v {
            self.check_gain(gain)?;
        }
        let rail_a = (self.settings.rail.0 * self.settings.gain_a_per_v).abs();
        let turn = |values: Vec<f64>| values.into_iter().map(|v| sign * v).collect::<Vec<f64>>();
        let mut curve = IvCurve {
            bias_v: turn(swept.bias_v),
            current_a: turn(swept.current_a),
            sample_interval: waveform.sample_interval(),
            saturated: false,
        };
        curve.saturated = judge::curve(&curve, &waveform.bias_v(), rail_a, self.lamp == Suns::ZERO, true)?;
        Ok((curve, read_back))
    }

    fn sweep_by_daq(&mut self, at: Position, waveform: &Waveform) -> Result<(IvCurve, Position), InstrumentError> {
        let read_back = self.go_to(at)?;
        let swept = self.press_on().and_then(|()| match &mut self.daq {
            Some(daq) => daq.sweep(waveform),
            None => Err(InstrumentError::new(ErrorKind::Unsupported, "no DAQ was given")),
        });
        // The tip leaves the film before anybody asks what was measured.
        let withdrawn = self.withdraw();
        let mut curve = match (swept, withdrawn) {
            (Ok(curve), Ok(())) => curve,
            (Err(e), Err(still)) => {
                let message = format!("{e}; and the tip may still be on the film: {still}");
                return Err(InstrumentError::with_source(ErrorKind::Fault, message, e));
            }
            (Err(e), Ok(())) | (Ok(_), Err(e)) => return Err(e),
        };
        // What brings a bias down may have put the light out.
        self.check_light_output()?;
        let (rail_a, shows_noise) = match &self.daq {
            Some(daq) => (daq.rail_a(), daq.shows_noise()),
            None => (None, true),
        };
        let rail_a = rail_a.unwrap_or((self.settings.rail.0 * self.settings.gain_a_per_v).abs());
        let dark = self.lamp == Suns::ZERO;
        curve.saturated |= judge::curve(&curve, &waveform.bias_v(), rail_a, dark, shows_noise)?;
        Ok((curve, read_back))
    }
}

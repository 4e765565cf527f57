//! The film, the tip over it, and what is switched on: what every emulated device of one microscope shares.

use crate::twin::Twin;
use ndarray::Array2;
use std::collections::HashMap;
use tiptwin_instrument::{
    Action, ErrorKind, Instrument, InstrumentError, IvCurve, Outcome, Position, ScanGrid, Suns, Volts, Waveform,
};

/// One emulated microscope.
#[derive(Debug)]
pub struct Bench {
    twin: Twin,
    /// Where the tip is over the film.
    pub(super) tip: Position,
    pub(super) tip_up: bool,
    pub(super) tip_bias_v: f64,
    pub(super) sample_bias_v: f64,
    /// What converters add to the bias of the tip against the sample.
    pub(super) converter_bias_v: f64,
    lamp: Suns,
    /// Sweeps of each place in each light, by nanometre and millionth of a sun: the repeat of the next one.
    swept: HashMap<(i64, i64, i64), u32>,
    /// Times that the tip came onto the film.
    pub(super) touches: usize,
}

impl Bench {
    /// A microscope over a film; dark, unbiased, the tip up in the middle.
    pub fn new(twin: Twin) -> Self {
        let half = 0.5 * twin.film().spec().film_size.0;
        Self {
            twin,
            tip: Position::new(half, half),
            tip_up: true,
            tip_bias_v: 0.0,
            sample_bias_v: 0.0,
            converter_bias_v: 0.0,
            lamp: Suns::ZERO,
            swept: HashMap::new(),
            touches: 0,
        }
    }

    /// The twin behind it.
    pub const fn twin(&self) -> &Twin {
        &self.twin
    }

    /// Where the tip is.
    pub const fn tip(&self) -> Position {
        self.tip
    }

    /// Whether the tip is off the film.
    pub const fn tip_is_up(&self) -> bool {
        self.tip_up
    }

    /// Bias of the tip against the sample, V.
    pub fn bias_v(&self) -> f64 {
        self.tip_bias_v - self.sample_bias_v + self.converter_bias_v
    }

    /// The light on the film.
    pub const fn lamp(&self) -> Suns {
        self.lamp
    }

    /// How often the tip came onto the film so far.
    pub const fn touches(&self) -> usize {
        self.touches
    }

    /// Whether nothing is on and the tip is off the film.
    pub fn is_safe(&self) -> bool {
        let biases_v = [self.tip_bias_v, self.sample_bias_v, self.converter_bias_v];
        self.tip_up && biases_v == [0.0; 3] && self.lamp == Suns::ZERO
    }

    /// Sets the light on the film; light that the twin knows nothing of is cut to what it can.
    pub fn set_light(&mut self, light: Suns) {
        let light = Suns(light.0.clamp(0.0, self.twin.describe().limits.light_max.0));
        if self.twin.set_light(light).is_ok() {
            self.lamp = light;
        }
    }

    /// Sweeps at the tip's place, for a device that only plays a waveform: a tip that is up has no current. The voltages are those of the tip
    /// against the sample.
    pub fn sweep(&mut self, waveform: &Waveform) -> Result<IvCurve, InstrumentError> {
        if self.tip_up {
            let bias_v = waveform.bias_v();
            let (current_a, sample_interval) = (vec![0.0; bias_v.len()], waveform.sample_interval());
            return Ok(IvCurve { bias_v, current_a, sample_interval, saturated: false });
        }
        self.measure(waveform)
    }

    /// Sweeps as the controller does it: a tip that is up comes down for it and goes up again.
    pub(super) fn come_down_and_sweep(&mut self, waveform: &Waveform) -> Result<IvCurve, InstrumentError> {
        self.touches += usize::from(self.tip_up);
        self.measure(waveform)
    }

    fn measure(&mut self, waveform: &Waveform) -> Result<IvCurve, InstrumentError> {
        let place = (nanometre(self.tip.x.0), nanometre(self.tip.y.0), (self.lamp.0 * 1e6).round() as i64);
        let repeat = self.swept.get(&place).copied().unwrap_or(0);
        let action = Action::SweepIv { at: self.tip, waveform: waveform.clone(), repeat };
        let outcome = self.twin.execute(&action)?.outcome;
        self.swept.insert(place, repeat + 1);
        match outcome {
            Outcome::Curve(curve) => Ok(curve),
            _ => Err(InstrumentError::new(ErrorKind::Fault, "the twin gave no curve")),
        }
    }

    pub(super) fn height(&mut self, grid: ScanGrid) -> Result<Array2<f64>, InstrumentError> {
        self.twin.scan_topography(grid).map(|image| image.values)
    }

    /// The current at the bias that is on now.
    pub(super) fn current(&mut self, grid: ScanGrid) -> Result<Array2<f64>, InstrumentError> {
        let bias = Volts(self.bias_v());
        self.twin.scan_current(grid, bias).map(|image| image.values)
    }
}

fn nanometre(m: f64) -> i64 {
    (m * 1e9).round() as i64
}

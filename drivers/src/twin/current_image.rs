//! The current image: the tip moves over the film at a static bias, line by line.
//!
//! Every pixel is a fresh column: the contact, 2a wide, passes over it in the time t = 2a/v, and its ions, rested before, respond to
//! the bias for that long. At usual speeds t is a millisecond and the ions hardly move, so a current image shows the film
//! with frozen ions, where a slow sweep shows it with ions that follow. The amplifier's pole smears the current along the
//! line, and the frame wears the tip and damages the film as sweeps do. Bias is that of the tip, as everywhere: a sample bias of −1.5 V, as
//! in the published image, is 1.5 V here.

use super::{Twin, failed};
use rayon::prelude::*;
use tiptwin_instrument::random::measurement_unit;
use tiptwin_instrument::{Image, InstrumentError, Pixel, Position, ScanGrid, Seconds, Stream, Volts};
use tiptwin_sim::SimError;
use tiptwin_sim::amplifier::Moment;
use tiptwin_sim::transport::Column;

/// Where each pixel of a line was really taken, and its current, A.
type Line = Vec<(Position, f64)>;

impl Twin {
    pub(super) fn scan_current_at(&mut self, grid: &ScanGrid, bias: Volts) -> Result<Image, InstrumentError> {
        let frame = self.frame(grid, &format!("current at {bias}"));
        let light = self.light_now();
        // Half of a line's time is the way back.
        let dwell = Seconds(0.5 * frame.line_time.0 / grid.cols as f64);
        let speed = grid.pixel_width().0 / dwell.0;
        let coating = self.past.tip.coating();
        let seen = |at: Position| -> Result<f64, SimError> {
            let (site, constants) = self.worn(at);
            let column = Column::new(&site, light, &constants)?;
            let passing = Seconds(2.0 * constants.contact_radius_m / speed);
            let state = column.advance(bias, passing, column.rested_charge(), 0.0)?;
            Ok(coating * state.current_a)
        };
        let lines: Result<Vec<Line>, (Position, SimError)> = (0..grid.rows)
            .into_par_iter()
            .map(|row| {
                (0..grid.cols)
                    .map(|col| {
                        let nominal = grid.position(Pixel { row, col });
                        let share = (col as f64 + 0.5) / grid.cols as f64;
                        let elapsed = (row as f64 + 0.5 * share) * frame.line_time.0;
                        let at = self.scanner.in_scan(nominal, share, grid.width, (frame.start, elapsed), false);
                        seen(at).map(|current| (at, current)).map_err(|e| (at, e))
                    })
                    .collect()
            })
            .collect();
        let lines = lines.map_err(|(at, e)| failed(at, e))?;

        let mut values = ndarray::Array2::zeros((grid.rows, grid.cols));
        for (row, (line, mut out)) in lines.iter().zip(values.outer_iter_mut()).enumerate() {
            let current_a: Vec<f64> = line.iter().map(|(_, i)| *i).collect();
            let start = grid.position(Pixel { row, col: 0 });
            let unit = measurement_unit(start, light.0 + 100.0 * (bias.0 + 20.0), frame.repeat);
            let rng = &mut self.noise.rng(Stream::CurrentNoise, unit);
            let since_zero = Seconds(frame.start.0 + frame.line_time.0 * row as f64);
            let moment = Moment { interval: dwell, since_zero, boundary: 0.0, trap: None };
            let (recorded, _) = self.realism.amplifier.record_at(&current_a, &[], moment, rng);
            out.iter_mut().zip(recorded).for_each(|(v, i)| *v = i);
            let now = Seconds(since_zero.0 + frame.line_time.0);
            for (at, current) in line {
                self.past.damage.add(*at, current.abs() * dwell.0, light, now);
            }
        }
        self.past.clock.scan(grid);
        self.past.tip.after_frame();
        Ok(Image { channel: "current".into(), unit: "A".into(), grid: *grid, values })
    }
}

//! Images of the surface: height in both directions, and the further channels of the film.

use super::{Twin, unsupported};
use ndarray::Array2;
use tiptwin_instrument::{ChannelKind, Image, InstrumentError, Meters, Position, ScanGrid, Seconds};
use tiptwin_sim::film::Channel;
use tiptwin_sim::image::tip::Tip;
use tiptwin_sim::image::{self, Direction, Frame};

/// The height on the way back. Feedback, hysteresis and offset part it from the height on the way there.
const RETRACE: &str = "height_retrace";

/// What can be imaged besides height and current.
pub(super) fn channels() -> Vec<ChannelKind> {
    let kind = |name: &str, unit: &str| ChannelKind { name: name.into(), unit: unit.into() };
    let of_film = Channel::ALL.iter().map(|c| kind(c.name(), c.unit()));
    std::iter::once(kind(RETRACE, "m")).chain(of_film).collect()
}

impl Twin {
    /// The surface with what earlier sweeps did to it, m.
    fn surface_m(&self, at: Position, now: Seconds) -> f64 {
        let swelling = tiptwin_sim::contact::damage::SWELLING_M * self.past.damage.at(at, now);
        self.film.height(at).0 + swelling
    }

    pub(super) fn frame(&mut self, grid: &ScanGrid, what: &str) -> Frame {
        let key = format!("{what} {grid:?}");
        let count = self.past.frames.entry(key).or_insert(0);
        // Without memory of any kind the same scan is the same image, whenever it is taken.
        let repeat = if self.realism == tiptwin_sim::Realism::plain() { 0 } else { *count };
        *count += 1;
        Frame {
            grid: *grid,
            start: self.past.clock.now(),
            line_time: self.past.clock.line_time(),
            direction: Direction::Trace,
            repeat,
        }
    }

    /// The height as scanned. Points are commanded in the coordinates of the last image on the way there.
    pub(super) fn topography(&mut self, grid: &ScanGrid, direction: Direction) -> Image {
        let channel = if direction == Direction::Retrace { RETRACE } else { "height" };
        let frame = Frame { direction, ..self.frame(grid, channel) };
        if direction == Direction::Trace {
            self.past.image = frame.start;
        }
        let tip = Tip {
            radius: if self.new_tip.radius.0 > 0.0 { self.past.tip.radius() } else { Meters(0.0) },
            ..self.new_tip
        };
        let now = frame.start;
        let surface = |at: Position| self.surface_m(at, now);
        let values: Array2<f64> =
            image::measure(&surface, &frame, &self.realism.image, &tip, &self.scanner, self.noise);
        Image { channel: channel.into(), unit: "m".into(), grid: *grid, values }
    }

    pub(super) fn channel(&mut self, grid: &ScanGrid, name: &str) -> Result<Image, InstrumentError> {
        if name == RETRACE {
            return Ok(self.topography(grid, Direction::Retrace));
        }
        let channel = Channel::by_name(name).ok_or_else(|| {
            let known: Vec<String> = channels().into_iter().map(|c| c.name).collect();
            unsupported(&format!("the twin has no channel \"{name}\"; accepted: {}", known.join(", ")))
        })?;
        let repeat = self.frame(grid, name).repeat;
        let values = self.film.channel(channel, grid, repeat);
        Ok(Image { channel: name.to_owned(), unit: channel.unit().into(), grid: *grid, values })
    }
}

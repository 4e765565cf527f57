//! What a journal has told so far, ready to be shown from any step on.

use tiptwin_instrument::log::{Decision, Event, Scores, Start, StopOutcome};
use tiptwin_instrument::{Pixel, Position, ScanGrid};

/// A run as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) start: Option<Start>,
    pub(super) grid: Option<ScanGrid>,
    /// Channel and unit of the structure image.
    pub(super) channel: (String, String),
    pub(super) locations: Vec<Location>,
    /// The location that the tip is at, with nothing measured there yet.
    pub(super) pending: Option<Decision>,
    pub(super) scores: Vec<Scores>,
    pub(super) stop: Option<(StopOutcome, String)>,
    pub(super) instrument_s: Option<f64>,
}

/// A location that was touched.
#[derive(Debug)]
pub(super) struct Location {
    pub(super) pixel: Pixel,
    pub(super) position: Option<Position>,
    /// Mean and σ that were predicted.
    pub(super) predicted: Option<(f64, f64)>,
    /// The value and whether it is only a bound, or why there is none.
    pub(super) value: Result<(f64, bool), String>,
    /// Row of its first curve.
    pub(super) curve: Option<usize>,
    /// Deciding and measuring, by the wall clock.
    pub(super) wall_s: f64,
    /// Usable measurements up to here.
    pub(super) measured: usize,
}

impl Story {
    pub(super) fn tell(&mut self, event: Event) {
        match event {
            Event::Start(start) => self.start = Some(*start),
            Event::Scan { channel, unit, grid, instrument_time, .. } => {
                self.instrument_s = Some(instrument_time.0);
                if self.grid.is_none() {
                    (self.grid, self.channel) = (Some(grid), (channel, unit));
                }
            }
            Event::Decision(decision) => self.pending = Some(decision),
            Event::Measurement(m) => {
                self.instrument_s = Some(m.instrument_time.0);
                self.close(m.pixel, Some(m.position), Ok((m.value, m.censored)), m.curve, m.wall_time.0);
            }
            Event::Rejected { pixel, reason, curve, .. } => self.close(pixel, None, Err(reason), curve, 0.0),
            Event::Scores(scores) => self.scores.push(scores),
            Event::FurtherScores { .. } | Event::Intent { .. } => {}
            Event::Stop { outcome, message, .. } => self.stop = Some((outcome, message)),
            Event::Resumed { .. } => self.stop = None,
        }
    }

    fn close(
        &mut self,
        pixel: Pixel,
        position: Option<Position>,
        value: Result<(f64, bool), String>,
        curve: Option<usize>,
        measure_s: f64,
    ) {
        let decision = self.pending.take();
        let measured = self.locations.last().map_or(0, |l| l.measured) + usize::from(value.is_ok());
        self.locations.push(Location {
            pixel,
            position: position.or(decision.as_ref().map(|d| d.position)),
            predicted: decision.as_ref().and_then(|d| d.mean.zip(d.sigma)),
            value,
            curve,
            wall_s: measure_s + decision.map_or(0.0, |d| d.decide.0),
            measured,
        });
    }

    /// Usable measurements among the first `step` locations.
    pub(super) fn measured(&self, step: usize) -> usize {
        step.checked_sub(1).and_then(|last| self.locations.get(last)).map_or(0, |l| l.measured)
    }

    /// Locations among the first `step` that could not be used.
    pub(super) fn rejected(&self, step: usize) -> usize {
        step - self.measured(step)
    }

    /// Curves of a location.
    pub(super) fn curves_each(&self) -> usize {
        self.start.as_ref().map_or(1, |s| s.curve_light_suns.len().max(1))
    }

    /// Curves that the journal knows.
    pub(super) fn curve_rows(&self) -> usize {
        self.locations.iter().filter_map(|l| l.curve).max().map_or(0, |first| first + self.curves_each())
    }

    /// Seconds until the plan is done, by what the last locations took; `None` before there is something to go by.
    pub(super) fn left_s(&self) -> Option<f64> {
        const RECENT: usize = 20;
        let steps = self.start.as_ref()?.steps;
        let recent = &self.locations[self.locations.len().saturating_sub(RECENT)..];
        let each = recent.iter().map(|l| l.wall_s).sum::<f64>() / recent.len() as f64;
        (!recent.is_empty() && self.stop.is_none()).then(|| each * steps.saturating_sub(self.locations.len()) as f64)
    }
}

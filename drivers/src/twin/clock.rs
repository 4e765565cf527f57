//! Simulated time: what each action would cost on a microscope.
//!
//! Order-of-magnitude values of contact-mode cAFM practice, chosen by us and free to change: one scan line a second, 2 µm/s between
//! points, 0.3 s to settle and touch down, 1 s for the lamp.

use super::distance;
use tiptwin_instrument::{Position, ScanGrid, Seconds};

const LINE_S: f64 = 1.0;
const TRAVEL_M_PER_S: f64 = 2e-6;
const CONTACT_S: f64 = 0.3;
const LIGHT_S: f64 = 1.0;

/// The clock and where the tip stood last.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    now_s: f64,
    tip: Option<Position>,
}

impl Clock {
    pub(super) const fn now(&self) -> Seconds {
        Seconds(self.now_s)
    }

    /// Where the tip was sent last.
    pub(super) const fn tip(&self) -> Option<Position> {
        self.tip
    }

    /// Time of one line of a scan, both ways.
    #[expect(clippy::unused_self, reason = "a line takes as long on every clock today; callers ask the clock")]
    pub(super) const fn line_time(&self) -> Seconds {
        Seconds(LINE_S)
    }

    pub(super) fn scan(&mut self, grid: &ScanGrid) {
        self.now_s += grid.rows as f64 * LINE_S;
    }

    pub(super) fn travel(&mut self, to: Position) {
        self.now_s += self.tip.map_or(0.0, |from| distance(from, to).0 / TRAVEL_M_PER_S);
        self.tip = Some(to);
    }

    pub(super) fn touch_down(&mut self, at: Position) {
        self.travel(at);
        self.now_s += CONTACT_S;
    }

    pub(super) fn sweep(&mut self, time: Seconds) {
        self.now_s += time.0;
    }

    pub(super) const fn approach(&mut self) {
        self.now_s += CONTACT_S;
    }

    pub(super) const fn switch_light(&mut self) {
        self.now_s += LIGHT_S;
    }
}

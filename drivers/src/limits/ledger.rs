//! What a run has done to the sample so far: the part of the limits that grows.

use tiptwin_instrument::{Action, IvCurve, Position, Seconds, Suns, Waveform};

/// Two touches within this distance are touches of one spot: the sharpest tips are wider.
const SAME_SPOT_M: f64 = 1e-9;

/// A place that was touched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Where.
    pub at: Position,
    /// How often.
    pub touches: u32,
    /// Charge that went through, coulombs.
    pub charge_c: f64,
}

/// Touches, charge, light and time of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    spots: Vec<Spot>,
    /// Light on the sample so far, suns × seconds, up to the last observation.
    pub(super) light_dose_suns_s: f64,
    /// What the lamp is set to, or may be.
    pub(super) lamp: Suns,
    /// Whether the tip may be in contact, and where it was sent last.
    pub(super) contact: bool,
    pub(super) tip: Option<Position>,
    /// Time of the run at the last observation; what earlier instrument clocks had counted when they stopped.
    elapsed_s: f64,
    earlier_s: f64,
}

impl Ledger {
    /// Places touched, in the order of their first touch.
    pub fn spots(&self) -> &[Spot] {
        &self.spots
    }

    /// Light on the sample so far, suns × seconds.
    pub const fn light_dose_suns_s(&self) -> f64 {
        self.light_dose_suns_s
    }

    /// Time of the run up to the last observation.
    pub const fn elapsed(&self) -> Seconds {
        Seconds(self.elapsed_s)
    }

    /// The spot at a place, if it was touched.
    pub(super) fn spot(&self, at: Position) -> Option<&Spot> {
        self.spots.iter().find(|s| distance_m(s.at, at) <= SAME_SPOT_M)
    }

    /// Distance to the nearest other spot, in metres; infinite where there is none.
    pub(super) fn nearest_other_m(&self, at: Position) -> f64 {
        let others = self.spots.iter().map(|s| distance_m(s.at, at)).filter(|d| *d > SAME_SPOT_M);
        others.fold(f64::INFINITY, f64::min)
    }

    /// Counts a touch and its charge.
    pub(super) fn touch(&mut self, at: Position, charge_c: f64) {
        match self.spots.iter_mut().find(|s| distance_m(s.at, at) <= SAME_SPOT_M) {
            Some(spot) => {
                spot.touches += 1;
                spot.charge_c += charge_c;
            }
            None => self.spots.push(Spot { at, touches: 1, charge_c }),
        }
    }

    /// Lets time pass up to a reading of the instrument's clock, with the lamp as it is.
    ///
    /// A clock that runs backwards or shows no number is refused: then neither dose nor length of the run are known.
    pub(super) fn pass(&mut self, clock: Seconds) -> Result<(), String> {
        let elapsed_s = self.earlier_s + clock.0;
        if !elapsed_s.is_finite() || elapsed_s < self.elapsed_s {
            return Err(format!(
                "the instrument's clock went from {} s to {} s",
                self.elapsed_s - self.earlier_s,
                clock.0
            ));
        }
        self.light_dose_suns_s += self.lamp.0 * (elapsed_s - self.elapsed_s);
        self.elapsed_s = elapsed_s;
        Ok(())
    }

    /// The instrument was opened anew: its clock starts again at 0, and it is safe.
    pub(super) fn reopen(&mut self) {
        self.earlier_s = self.elapsed_s;
        self.safe();
    }

    /// Light off, tip up.
    pub(super) fn safe(&mut self) {
        self.lamp = Suns::ZERO;
        self.contact = false;
    }

    /// Where an action leaves the tip. It counts as in contact where it may be.
    pub(super) fn moved(&mut self, action: &Action) {
        match action {
            Action::SweepIv { at, .. } | Action::ReadScalar { at } => (self.contact, self.tip) = (true, Some(*at)),
            Action::MoveTo { at } => self.tip = Some(*at),
            Action::Approach => self.contact = true,
            Action::Withdraw => self.contact = false,
            Action::ScanTopography { .. } | Action::ScanChannel { .. } | Action::ScanCurrent { .. } => {
                (self.contact, self.tip) = (true, None);
            }
            Action::SetLight { .. } => {}
        }
    }
}

/// Charge of a recorded sweep in coulombs. During holds nothing is recorded, and the largest current counts.
pub(super) fn charge_c(curve: &IvCurve, waveform: &Waveform) -> f64 {
    let total: f64 = curve.current_a.iter().map(|i| i.abs()).sum();
    // `f64::max` passes over what is not a number, the sum does not.
    let most = curve.current_a.iter().fold(0.0, |most: f64, i| most.max(i.abs()));
    total * curve.sample_interval.0 + most * (waveform.total_time().0 - waveform.duration().0)
}

pub(super) fn distance_m(a: Position, b: Position) -> f64 {
    (a.x.0 - b.x.0).hypot(a.y.0 - b.y.0)
}

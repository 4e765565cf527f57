//! Where the tip really is: drift, creep, hysteresis and the error of a commanded point.
//!
//! ```text
//! drift        x(t) = v t + v₀ τ (1 − exp(−t/τ)),  τ = 10 min          thermal, start-up on top
//! creep        Δx γ log₁₀(1 + t/t₀),  t₀ = 0.1 s                         after a move by Δx
//! hysteresis   h·4 s (1 − s)·extent                                      trace and retrace apart, s along the line
//! registration N(0, σ²) along each axis, by place and repeat
//! ```
//!
//! Everything is a function of time and of what is asked, so the order of other measurements does not matter. Drift moves
//! coordinates, never the film. Hysteresis is the parabola between the branches of a symmetric Prandtl–Ishlinskii loop with evenly
//! spread thresholds, in which minor loops are ignored. Sources: creep after Jung & Gweon, Rev. Sci. Instrum. 71, 1896 (2000);
//! hysteresis after Macki, Nistri & Zecca, SIAM Rev. 35, 94 (1993); amounts are what closed- and open-loop scanners show.

use crate::error::SimError;
use crate::field::{self, Field, fields};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::TAU;
use tiptwin_instrument::random::measurement_unit;
use tiptwin_instrument::{MasterSeed, Meters, Position, Seconds, Stream};

const START_UP_S: f64 = 600.0;
const CREEP_S: f64 = 0.1;
const SETTLED_S: f64 = 100.0;

/// How far positions are off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScannerSettings {
    /// Steady drift, m/s.
    pub drift_m_per_s: f64,
    /// Additional drift right after the start, m/s.
    pub start_drift_m_per_s: f64,
    /// Creep per decade of time, as a share of the move.
    pub creep_share: f64,
    /// Largest distance between trace and retrace, as a share of the scan.
    pub hysteresis_share: f64,
    /// Rms error of a commanded point along each axis, m.
    pub registration_m: f64,
}

impl ScannerSettings {
    /// The tip is where it is told to be.
    pub const IDEAL: Self = Self {
        drift_m_per_s: 0.0,
        start_drift_m_per_s: 0.0,
        creep_share: 0.0,
        hysteresis_share: 0.0,
        registration_m: 0.0,
    };
    /// Closed loop, settled.
    pub const TYPICAL: Self = Self {
        drift_m_per_s: 0.5e-9 / 60.0,
        start_drift_m_per_s: 1e-9 / 60.0,
        creep_share: 0.0005,
        hysteresis_share: 0.001,
        registration_m: 8e-9,
    };
    /// Open loop, an hour after the sample was changed.
    pub const HARSH: Self = Self {
        drift_m_per_s: 3e-9 / 60.0,
        start_drift_m_per_s: 5e-9 / 60.0,
        creep_share: 0.015,
        hysteresis_share: 0.03,
        registration_m: 15e-9,
    };
    /// Why its amounts have bounds.
    pub const WHY: &'static str = "an error is a magnitude, and no scanner is worse";
    /// What a scenario can set.
    pub const FIELDS: &'static [Field<Self>] = fields![Self:
        ("drift_nm_per_min", drift_m_per_s, 1e-9 / 60.0, (0.0, 100.0), "steady thermal drift"),
        ("start_drift_nm_per_min", start_drift_m_per_s, 1e-9 / 60.0, (0.0, 1000.0), "drift on top of it at the start"),
        ("creep_percent", creep_share, 0.01, (0.0, 20.0), "creep per decade of time, of the move"),
        ("hysteresis_percent", hysteresis_share, 0.01, (0.0, 30.0), "distance of trace and retrace, of the scan"),
        ("registration_nm", registration_m, 1e-9, (0.0, 1000.0), "rms error of a commanded point"),
    ];

    /// Refuses errors that no scanner has.
    pub fn check(&self) -> Result<(), SimError> {
        field::check(self, Self::FIELDS, Self::WHY)
    }
}

/// A scanner over one film.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scanner {
    settings: ScannerSettings,
    seed: MasterSeed,
    /// Unit vectors of the steady and of the start-up drift.
    directions: [[f64; 2]; 2],
}

impl Scanner {
    /// A scanner whose drift directions follow from the seed.
    pub fn new(settings: ScannerSettings, seed: MasterSeed) -> Self {
        let mut rng = seed.rng(Stream::Registration, u64::MAX);
        let directions = std::array::from_fn(|_| {
            let (sin, cos) = (TAU * rng.random::<f64>()).sin_cos();
            [cos, sin]
        });
        Self { settings, seed, directions }
    }

    /// How it is set.
    pub const fn settings(&self) -> &ScannerSettings {
        &self.settings
    }

    /// By how much the film has moved under the coordinates since the start, in x and y, metres.
    pub fn drift_m(&self, now: Seconds) -> [f64; 2] {
        let steady = self.settings.drift_m_per_s * now.0;
        let start = self.settings.start_drift_m_per_s * START_UP_S * -(-now.0 / START_UP_S).exp_m1();
        std::array::from_fn(|k| steady * self.directions[0][k] + start * self.directions[1][k])
    }

    /// What a move leaves to be made up by creep after a time.
    fn lag_m(&self, moved_m: f64, after_s: f64) -> f64 {
        // Creep goes on in the direction of the move; what is still missing after a hundred seconds counts as settled.
        if self.settings.creep_share == 0.0 || after_s >= SETTLED_S {
            return 0.0;
        }
        -self.settings.creep_share * moved_m * ((CREEP_S + SETTLED_S) / (CREEP_S + after_s)).log10()
    }

    /// Where the tip stands on the film when it is sent to `commanded` in the coordinates of an image that was taken at `image`.
    ///
    /// `from` is where it came from and `repeat` the number of the measurement at this place.
    pub fn position(
        &self,
        commanded: Position,
        image: Seconds,
        now: Seconds,
        from: Option<Position>,
        repeat: u32,
    ) -> Position {
        let (then, drift) = (self.drift_m(image), self.drift_m(now));
        let mut at = [commanded.x.0 + drift[0] - then[0], commanded.y.0 + drift[1] - then[1]];
        if let Some(from) = from {
            // Half a second to settle before the sweep.
            at[0] += self.lag_m(commanded.x.0 - from.x.0, 0.5);
            at[1] += self.lag_m(commanded.y.0 - from.y.0, 0.5);
        }
        if self.settings.registration_m > 0.0 {
            let mut rng = self.seed.rng(Stream::Registration, measurement_unit(commanded, 0.0, repeat));
            for x in &mut at {
                let z: f64 = StandardNormal.sample(&mut rng);
                *x += self.settings.registration_m * z;
            }
        }
        Position::new(at[0], at[1])
    }

    /// Where a pixel of a scan is really sampled: `share` (0 to 1) along a line of `width`, at a time `elapsed` after the scan's
    /// start at `start`. Retrace lies on the other branch of the hysteresis.
    pub fn in_scan(
        &self,
        nominal: Position,
        share: f64,
        width: Meters,
        (start, elapsed): (Seconds, f64),
        retrace: bool,
    ) -> Position {
        let (then, now) = (self.drift_m(start), self.drift_m(Seconds(start.0 + elapsed)));
        let branch = if retrace { -0.5 } else { 0.5 };
        let apart = self.settings.hysteresis_share * width.0 * 4.0 * share * (1.0 - share) * branch;
        // The jump to the first pixel creeps during the first lines.
        let creep = self.lag_m(width.0, elapsed);
        Position::new(nominal.x.0 + now[0] - then[0] + apart + creep, nominal.y.0 + now[1] - then[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ideal_scanner_is_where_it_is_told_to_be() {
        let scanner = Scanner::new(ScannerSettings::IDEAL, MasterSeed(1));
        let at = Position::new(1e-6, 2e-6);
        let from = Some(Position::new(0.0, 0.0));
        assert_eq!(scanner.position(at, Seconds(0.0), Seconds(1e4), from, 3), at);
        assert_eq!(scanner.in_scan(at, 0.4, Meters(3e-6), (Seconds(5.0), 70.0), true), at);
    }

    #[test]
    fn drift_is_its_rate_and_registration_its_spread() {
        let scanner = Scanner::new(ScannerSettings::TYPICAL, MasterSeed(4));
        let size = |d: [f64; 2]| d[0].hypot(d[1]);
        let (hour, later) = (scanner.drift_m(Seconds(3600.0)), scanner.drift_m(Seconds(7200.0)));
        // After six time constants of the start only the steady drift is left.
        let gained = size([later[0] - hour[0], later[1] - hour[1]]);
        assert!((gained / 30e-9 - 1.0).abs() < 0.01, "{gained}");
        let n = 4000;
        let errors: Vec<f64> = (0..n)
            .flat_map(|i| {
                let at = Position::new(1e-9 * f64::from(i), 1e-6);
                let is = scanner.position(at, Seconds(10.0), Seconds(10.0), None, 0);
                [is.x.0 - at.x.0, is.y.0 - at.y.0]
            })
            .collect();
        let rms = (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt();
        // 8000 numbers know a deviation to 0.8 %; four of these.
        assert!((rms / 8e-9 - 1.0).abs() < 0.032, "{rms}");
        let at = Position::new(1e-6, 1e-6);
        let here = |repeat| scanner.position(at, Seconds(0.0), Seconds(0.0), None, repeat);
        assert!(here(0) == here(0) && here(0) != here(1));
    }

    #[test]
    fn creep_lags_behind_the_move_and_hysteresis_parts_the_branches() {
        let settings = ScannerSettings { creep_share: 0.02, hysteresis_share: 0.04, ..ScannerSettings::IDEAL };
        let scanner = Scanner::new(settings, MasterSeed(1));
        let at = Position::new(2e-6, 0.0);
        let is = scanner.position(at, Seconds(0.0), Seconds(0.0), Some(Position::new(0.0, 0.0)), 0);
        assert!(is.x.0 < at.x.0 && is.x.0 > at.x.0 - 0.02 * 2e-6 * 3.1 && is.y == at.y);
        let width = Meters(3e-6);
        let (trace, retrace) = (
            scanner.in_scan(at, 0.5, width, (Seconds(0.0), 1e4), false),
            scanner.in_scan(at, 0.5, width, (Seconds(0.0), 1e4), true),
        );
        assert!((trace.x.0 - retrace.x.0 - 0.04 * 3e-6).abs() < 1e-15);
        assert!(ScannerSettings { creep_share: f64::NAN, ..settings }.check().is_err());
    }
}

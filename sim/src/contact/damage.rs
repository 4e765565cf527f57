//! What a sweep leaves in the film.
//!
//! ```text
//! ΔD = (1 − D) 0.05 (Q_c/1 nC)^0.7 (1 + Φ/0.1)        at the place, Q_c = ∫|I| dt
//! D(r, t) = min(1, Σ ΔD exp(−|r − r_i|²/(2·40² nm²)) (½ + ½ exp(−(t − t_i)/60 s)))
//! φ_GB0 += 0.08 eV D,   N0 ← N0 (1 + 2 D),   h += 5 nm D
//! ```
//!
//! Half of it heals. A measurement closer than 80 nm to an earlier one therefore sees another film: dense grids pay. The
//! form follows what is reported of currents in halide perovskites (field- and light-driven decomposition at the contact);
//! all numbers are choices.

use crate::error::SimError;
use crate::field::{self, Field, fields};
use std::collections::HashMap;
use tiptwin_instrument::{Position, Seconds, Suns};

const WIDTH_M: f64 = 40e-9;
/// A measurement closer than this to an earlier one sees a film that the earlier one changed, m.
pub const REACH_M: f64 = 2.0 * WIDTH_M;
/// Cells of the lookup; what is farther than one cell has less than exp(−8) of its effect.
const CELL_M: f64 = 4.0 * WIDTH_M;
const REFERENCE_C: f64 = 1e-9;
const EXPONENT: f64 = 0.7;
const LIGHT_SUNS: f64 = 0.1;
/// Raise of the boundary barrier at full damage, eV.
pub const BARRIER_EV: f64 = 0.08;
/// Vacancies gained at full damage, as a multiple.
pub const VACANCIES: f64 = 2.0;
/// Swelling at full damage, m.
pub const SWELLING_M: f64 = 5e-9;

/// How much is damaged, and how it heals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DamageSettings {
    /// Damage of an intact place by a charge of 1 nC in the dark.
    pub per_nanocoulomb: f64,
    /// Share that heals.
    pub healing_share: f64,
    /// Time constant of healing, s.
    pub healing_s: f64,
}

impl DamageSettings {
    /// A film that forgets nothing because nothing happens to it.
    pub const NONE: Self = Self { per_nanocoulomb: 0.0, healing_share: 0.5, healing_s: 60.0 };
    /// Usual.
    pub const TYPICAL: Self = Self { per_nanocoulomb: 0.05, healing_share: 0.5, healing_s: 60.0 };
    /// A delicate film.
    pub const HARSH: Self = Self { per_nanocoulomb: 0.25, healing_share: 0.2, healing_s: 300.0 };
    /// Why its amounts have bounds.
    pub const WHY: &'static str = "damage is a share between 0 and 1 that heals in time or not at all";
    /// What a scenario can set.
    pub const FIELDS: &'static [Field<Self>] = fields![Self:
        ("per_nanocoulomb", per_nanocoulomb, 1.0, (0.0, 1.0), "damage by 1 nC in the dark"),
        ("healing_share", healing_share, 1.0, (0.0, 1.0), "share that heals"),
        ("healing_s", healing_s, 1.0, (1e-3, 1e9), "time constant of healing"),
    ];

    /// Refuses a film that is repaired by measuring.
    pub fn check(&self) -> Result<(), SimError> {
        field::check(self, Self::FIELDS, Self::WHY)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Scar {
    at: Position,
    amount: f64,
    when_s: f64,
}

/// All damage of a film so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Damage {
    settings: DamageSettings,
    cells: HashMap<(i64, i64), Vec<Scar>>,
}

fn cell(at: Position) -> (i64, i64) {
    ((at.x.0 / CELL_M).floor() as i64, (at.y.0 / CELL_M).floor() as i64)
}

impl Damage {
    /// An intact film.
    pub fn new(settings: DamageSettings) -> Self {
        Self { settings, cells: HashMap::new() }
    }

    /// Whether anything was ever damaged.
    pub fn is_intact(&self) -> bool {
        self.cells.is_empty()
    }

    /// Damage at a place, 0 (intact) to 1.
    pub fn at(&self, place: Position, now: Seconds) -> f64 {
        if self.is_intact() {
            return 0.0;
        }
        let (cx, cy) = cell(place);
        let mut sum = 0.0;
        for x in cx - 1..=cx + 1 {
            for y in cy - 1..=cy + 1 {
                for scar in self.cells.get(&(x, y)).into_iter().flatten() {
                    let d2 = (scar.at.x.0 - place.x.0).powi(2) + (scar.at.y.0 - place.y.0).powi(2);
                    let healed = -(-(now.0 - scar.when_s).max(0.0) / self.settings.healing_s).exp_m1();
                    let left = 1.0 - self.settings.healing_share * healed;
                    sum += scar.amount * left * (-0.5 * d2 / (WIDTH_M * WIDTH_M)).exp();
                }
            }
        }
        sum.min(1.0)
    }

    /// Adds what a charge (C, |I| integrated over time) does in a given light.
    pub fn add(&mut self, place: Position, charge_c: f64, light: Suns, now: Seconds) {
        let strength = (charge_c / REFERENCE_C).powf(EXPONENT) * (1.0 + light.0 / LIGHT_SUNS);
        let amount = (1.0 - self.at(place, now)) * (self.settings.per_nanocoulomb * strength).min(1.0);
        if amount > 0.0 {
            self.cells.entry(cell(place)).or_default().push(Scar { at: place, amount, when_s: now.0 });
        }
    }
}

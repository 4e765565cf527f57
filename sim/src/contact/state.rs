//! Contacts that are none: flat curves and late, abrupt turn-ons.
//!
//! A share of the sweeps finds dirt or an oxide under the tip. Some stay flat; in others the layer breaks down at a bias between 1.0
//! and 1.5 V, from where on the contact is good for the rest of the sweep and, with a time constant of 10 s, for the
//! next. The shares of 4 % and 8 % are those of 25 digitised curves (2 flat, 3 late); that the current is lower by a factor of 1e4 is
//! a choice. What happens is decided by place and repeat, not by the order of measurements.

use crate::error::SimError;
use crate::field::{self, Field, fields};
use rand::{Rng, RngExt};

/// Factor on the current through a layer that has not broken down.
const BLOCKED: f64 = 1e-4;
/// Range of the breakdown bias, V.
const BREAKDOWN_V: (f64, f64) = (1.0, 1.5);

/// How often a contact is bad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContactSettings {
    /// Share of sweeps without contact.
    pub flat_share: f64,
    /// Share of sweeps that turn on late.
    pub late_share: f64,
    /// Time constant with which a broken layer heals, s.
    pub healing_s: f64,
}

impl ContactSettings {
    /// Always a good contact.
    pub const NONE: Self = Self { flat_share: 0.0, late_share: 0.0, healing_s: 10.0 };
    /// As often as in published curves.
    pub const TYPICAL: Self = Self { flat_share: 0.04, late_share: 0.08, healing_s: 10.0 };
    /// A dirty tip in humid air.
    pub const HARSH: Self = Self { flat_share: 0.12, late_share: 0.20, healing_s: 3.0 };
    /// Why its amounts have bounds.
    pub const WHY: &'static str = "it is a share of all sweeps, or a time";
    /// What a scenario can set.
    pub const FIELDS: &'static [Field<Self>] = fields![Self:
        ("flat_share", flat_share, 1.0, (0.0, 1.0), "share of sweeps without contact"),
        ("late_share", late_share, 1.0, (0.0, 1.0), "share of sweeps that turn on late"),
        ("healing_s", healing_s, 1.0, (1e-3, 1e6), "time constant of a broken layer's healing"),
    ];

    /// Refuses shares that are none.
    pub fn check(&self) -> Result<(), SimError> {
        field::check(self, Self::FIELDS, Self::WHY)
    }
}

/// One contact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Contact {
    /// Good.
    Good,
    /// No contact.
    Flat,
    /// Good above a bias, in volts, once it was reached.
    Late(f64),
}

impl Contact {
    /// The contact of one measurement. `since_broken_s` is the time since a layer was last broken at this place.
    pub fn draw(settings: &ContactSettings, since_broken_s: Option<f64>, rng: &mut impl Rng) -> Self {
        let (kind, breakdown, healed) = (rng.random::<f64>(), rng.random::<f64>(), rng.random::<f64>());
        match kind {
            k if k < settings.flat_share => Self::Flat,
            k if k < settings.flat_share + settings.late_share => {
                let still_open = since_broken_s.is_some_and(|t| healed < (-t / settings.healing_s).exp());
                let (low, high) = BREAKDOWN_V;
                if still_open { Self::Good } else { Self::Late(low + (high - low) * breakdown) }
            }
            _ => Self::Good,
        }
    }

    /// Puts the contact into a current; returns whether a layer was broken.
    pub fn apply(self, bias_v: &[f64], current_a: &mut [f64]) -> bool {
        match self {
            Self::Good => false,
            Self::Flat => {
                current_a.fill(0.0);
                false
            }
            Self::Late(breakdown_v) => {
                let broken = bias_v.iter().position(|v| v.abs() > breakdown_v).unwrap_or(current_a.len());
                for i in &mut current_a[..broken] {
                    *i *= BLOCKED;
                }
                broken < current_a.len()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    #[test]
    fn shares_are_kept_and_a_layer_breaks_once() {
        let draw = |since, unit| {
            Contact::draw(&ContactSettings::TYPICAL, since, &mut MasterSeed(1).rng(Stream::Contact, unit))
        };
        let n = 20_000;
        let contacts: Vec<Contact> = (0..n).map(|u| draw(None, u)).collect();
        let share = |is: fn(&Contact) -> bool| contacts.iter().filter(|c| is(c)).count() as f64 / n as f64;
        // Four standard deviations of a share of 20000.
        assert!((share(|c| *c == Contact::Flat) - 0.04).abs() < 0.006);
        assert!((share(|c| matches!(c, Contact::Late(v) if (1.0..1.5).contains(v))) - 0.08).abs() < 0.008);
        let soon = (0..n).filter(|u| matches!(draw(Some(1.0), *u), Contact::Late(_))).count() as f64 / n as f64;
        assert!((soon - 0.08 * (1.0 - (-0.1f64).exp())).abs() < 0.003, "{soon}");
        let bias_v = [0.0, 0.5, 1.2, 0.5];
        let mut current_a = [1.0; 4];
        assert!(Contact::Late(1.1).apply(&bias_v, &mut current_a));
        assert_eq!(current_a, [1e-4, 1e-4, 1.0, 1.0]);
        assert!(!Contact::Late(1.4).apply(&bias_v, &mut current_a));
        Contact::Flat.apply(&bias_v, &mut current_a);
        assert_eq!(current_a, [0.0; 4]);
        assert_eq!(
            Contact::draw(&ContactSettings::NONE, None, &mut MasterSeed(1).rng(Stream::Contact, 0)),
            Contact::Good
        );
    }
}

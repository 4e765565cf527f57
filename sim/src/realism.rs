//! How much of a real microscope the twin shows: everything that is not the film itself, in groups that can be set one by one.

use crate::amplifier::Amplifier;
use crate::contact::{ContactSettings, DamageSettings, WearSettings};
use crate::error::SimError;
use crate::image::ImageSettings;
use crate::scanner::ScannerSettings;
use crate::transport::LightMemory;
use serde::{Deserialize, Serialize};
use tiptwin_instrument::Seconds;

/// How much of a group is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing: the answer depends on the film alone.
    Ideal,
    /// A good instrument on a good day.
    #[default]
    Typical,
    /// A bad one.
    Harsh,
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 3] = [Self::Ideal, Self::Typical, Self::Harsh];

    /// Name as in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ideal => "ideal",
            Self::Typical => "typical",
            Self::Harsh => "harsh",
        }
    }

    /// The level of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.name() == name)
    }

    const fn pick<T: Copy>(self, of: [T; 3]) -> T {
        of[self as usize]
    }
}

/// A part of reality that can be set by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Tip, feedback and artefacts of images.
    Image,
    /// Drift, creep, hysteresis and registration of points.
    Scanner,
    /// Capacitance, flicker, traps, hum, offset and converter. White noise is always there.
    Amplifier,
    /// Contacts that are none.
    Contact,
    /// Ageing of the tip.
    Wear,
    /// What sweeps leave in the film.
    Damage,
    /// Light that lingers, ions that remember the last sweep of a place.
    Memory,
}

impl Group {
    /// All groups, in the order of a measurement.
    pub const ALL: [Self; 7] =
        [Self::Image, Self::Scanner, Self::Amplifier, Self::Contact, Self::Wear, Self::Damage, Self::Memory];

    /// Key in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Scanner => "scanner",
            Self::Amplifier => "amplifier",
            Self::Contact => "contact",
            Self::Wear => "wear",
            Self::Damage => "damage",
            Self::Memory => "memory",
        }
    }
}

/// Memory of the film.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemorySettings {
    /// Of light.
    pub light: LightMemory,
    /// Whether a place's ions remember its last sweep.
    pub ions: bool,
}

/// All settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Realism {
    /// Images.
    pub image: ImageSettings,
    /// Positions.
    pub scanner: ScannerSettings,
    /// Currents.
    pub amplifier: Amplifier,
    /// Contacts.
    pub contact: ContactSettings,
    /// Tip.
    pub wear: WearSettings,
    /// Film.
    pub damage: DamageSettings,
    /// Memory.
    pub memory: MemorySettings,
}

impl Realism {
    /// Every group at one level.
    pub fn level(level: Level) -> Self {
        let mut all = Self::plain();
        for group in Group::ALL {
            all.set(group, level);
        }
        all
    }

    /// The film alone under a sharp tip, a scanner without error and an amplifier with white noise: what a measurement gives depends on
    /// where and in which light it is made, and on nothing before it.
    pub fn plain() -> Self {
        Self {
            image: ImageSettings { white_m: 0.1e-9, ..ImageSettings::IDEAL },
            scanner: ScannerSettings::IDEAL,
            amplifier: Amplifier::default(),
            contact: ContactSettings::NONE,
            wear: WearSettings::NONE,
            damage: DamageSettings::NONE,
            memory: MemorySettings { light: LightMemory::NONE, ions: false },
        }
    }

    /// Sets one group.
    pub fn set(&mut self, group: Group, level: Level) {
        match group {
            Group::Image => {
                self.image = level.pick([Self::plain().image, ImageSettings::TYPICAL, ImageSettings::HARSH]);
            }
            Group::Scanner => {
                self.scanner = level.pick([ScannerSettings::IDEAL, ScannerSettings::TYPICAL, ScannerSettings::HARSH]);
            }
            Group::Amplifier => {
                self.amplifier = level.pick([Amplifier::default(), Amplifier::typical(), Amplifier::harsh()]);
            }
            Group::Contact => {
                self.contact = level.pick([ContactSettings::NONE, ContactSettings::TYPICAL, ContactSettings::HARSH]);
            }
            Group::Wear => self.wear = level.pick([WearSettings::NONE, WearSettings::TYPICAL, WearSettings::HARSH]),
            Group::Damage => {
                self.damage = level.pick([DamageSettings::NONE, DamageSettings::TYPICAL, DamageSettings::HARSH]);
            }
            Group::Memory => {
                let usual = LightMemory::default();
                let long = LightMemory { on: Seconds(2.0), off: Seconds(120.0) };
                let light = level.pick([LightMemory::NONE, usual, long]);
                self.memory = MemorySettings { light, ions: level != Level::Ideal };
            }
        }
    }

    /// Refuses settings that mean nothing.
    pub fn check(&self) -> Result<(), SimError> {
        self.image.check()?;
        self.scanner.check()?;
        self.amplifier.check()?;
        self.contact.check()?;
        self.wear.check()?;
        self.damage.check()?;
        self.memory.light.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every amount alone at both of its bounds.
    fn at_bounds<T: Copy>(usual: T, fields: &[crate::field::Field<T>], check: impl Fn(&T) -> Result<(), SimError>) {
        for field in fields {
            for (bound, beyond) in [(field.range.0, -1.0), (field.range.1, 1.0)] {
                let mut one = usual;
                (field.set)(&mut one, bound);
                check(&one).unwrap_or_else(|e| panic!("{} at its bound: {e}", field.key));
                if bound.is_finite() {
                    (field.set)(&mut one, bound + beyond * (0.01 * bound.abs()).max(1e-3));
                    assert!(check(&one).is_err(), "{} beyond {bound}", field.key);
                }
            }
            let mut none = usual;
            (field.set)(&mut none, f64::NAN);
            assert!(check(&none).is_err(), "{} that is no number", field.key);
        }
    }

    #[test]
    fn amounts_are_accepted_up_to_their_bounds_and_refused_beyond() {
        let all = Realism::level(Level::Typical);
        at_bounds(all.image, ImageSettings::FIELDS, ImageSettings::check);
        at_bounds(all.scanner, ScannerSettings::FIELDS, ScannerSettings::check);
        at_bounds(all.contact, ContactSettings::FIELDS, ContactSettings::check);
        at_bounds(all.wear, WearSettings::FIELDS, WearSettings::check);
        at_bounds(all.damage, DamageSettings::FIELDS, DamageSettings::check);
        let amplifier = |d: &crate::amplifier::Disturbances| Amplifier { disturbances: *d, ..all.amplifier }.check();
        at_bounds(all.amplifier.disturbances, crate::amplifier::Disturbances::FIELDS, amplifier);
    }

    #[test]
    fn levels_and_groups_are_what_their_names_say() {
        assert_eq!(Realism::level(Level::Ideal), Realism::plain());
        for level in Level::ALL {
            Realism::level(level).check().expect("presets are sound");
            assert_eq!(Level::by_name(level.name()), Some(level));
        }
        let mut one = Realism::plain();
        one.set(Group::Wear, Level::Harsh);
        assert_eq!(one, Realism { wear: WearSettings::HARSH, ..Realism::plain() });
    }
}

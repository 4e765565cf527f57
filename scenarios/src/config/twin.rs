//! The table `[instrument.twin]`: which film, and how much of a microscope.

use super::reader::Reader;
use tiptwin_instrument::{Meters, Seconds};
use tiptwin_sim::amplifier::Disturbances;
use tiptwin_sim::contact::{ContactSettings, DamageSettings, WearSettings};
use tiptwin_sim::field::Field;
use tiptwin_sim::image::ImageSettings;
use tiptwin_sim::scanner::ScannerSettings;
use tiptwin_sim::transport::Constants;
use tiptwin_sim::{Defects, FilmSpec, Generator, Group, Level, Preset, Realism};

/// A film and a microscope.
#[derive(Clone, Debug)]
pub struct TwinChoice {
    /// The film; its size grows with the scan.
    pub film: FilmSpec,
    /// Film seed; the run's own if not given.
    pub seed: Option<u64>,
    /// Material and contact.
    pub constants: Constants,
    /// What the microscope adds.
    pub realism: Realism,
}

impl Default for TwinChoice {
    fn default() -> Self {
        Self {
            film: FilmSpec::default(),
            seed: None,
            constants: Constants::default(),
            realism: Realism::level(Level::default()),
        }
    }
}

/// Every key that sets one amount of the twin: table, key, meaning, accepted range. For lists and for people.
pub fn amounts() -> Vec<(&'static str, &'static str, &'static str, (f64, f64))> {
    fn rows<T>(
        table: &'static str,
        fields: &'static [Field<T>],
    ) -> impl Iterator<Item = (&'static str, &'static str, &'static str, (f64, f64))> {
        fields.iter().map(move |f| (table, f.key, f.what, f.range))
    }
    rows("film", Defects::FIELDS)
        .chain(rows("image", ImageSettings::FIELDS))
        .chain(rows("scanner", ScannerSettings::FIELDS))
        .chain(rows("amplifier", Disturbances::FIELDS))
        .chain(rows("contact", ContactSettings::FIELDS))
        .chain(rows("wear", WearSettings::FIELDS))
        .chain(rows("damage", DamageSettings::FIELDS))
        .collect()
}

pub(super) fn read_twin(r: &Reader<'_>) -> TwinChoice {
    let names: Vec<&str> = Preset::ALL.iter().map(|p| p.name()).collect();
    let preset = r.choice("preset", &names).and_then(|name| Preset::by_name(&name)).unwrap_or_default();
    let mut twin = TwinChoice { seed: r.count("seed", 0..=i64::MAX as u64), ..TwinChoice::default() };
    twin.film.preset = preset;
    if let Some(kelvin) = r.number("temperature_k", 280.0..=340.0, "K") {
        twin.constants.temperature_k = kelvin;
    }
    twin.realism = Realism::level(level(r, "realism").unwrap_or_default());
    r.table("film", |r| {
        let film = &mut twin.film;
        if let Some(nm) = r.number("mean_grain_nm", 150.0..=5000.0, "nm") {
            film.mean_diameter = Meters(nm * 1e-9);
            // Twenty grains across, as in the default film.
            film.film_size = Meters(film.film_size.0.max(20.0 * nm * 1e-9));
        }
        film.radius_sigma = r.number("radius_sigma", 0.0..=0.45, "").unwrap_or(film.radius_sigma);
        let generators: Vec<&str> = Generator::ALL.iter().map(|g| g.name()).collect();
        let generator = r.choice("generator", &generators).and_then(|name| Generator::by_name(&name));
        film.generator = generator.unwrap_or(film.generator);
        film.relax_steps = r.count("relax_steps", 0..=10).map_or(film.relax_steps, |n| n as usize);
        if r.boolean("defects") == Some(false) {
            film.defects = Defects::NONE;
        }
        set(r, &mut film.defects, Defects::FIELDS);
    });
    for group in Group::ALL {
        r.table(group.name(), |r| {
            if let Some(level) = level(r, "level") {
                twin.realism.set(group, level);
            }
            read_group(r, group, &mut twin.realism);
        });
    }
    twin
}

fn level(r: &Reader<'_>, key: &str) -> Option<Level> {
    let names: Vec<&str> = Level::ALL.iter().map(|l| l.name()).collect();
    r.choice(key, &names).and_then(|name| Level::by_name(&name))
}

fn read_group(r: &Reader<'_>, group: Group, realism: &mut Realism) {
    match group {
        Group::Image => set(r, &mut realism.image, ImageSettings::FIELDS),
        Group::Scanner => set(r, &mut realism.scanner, ScannerSettings::FIELDS),
        Group::Amplifier => {
            if let Some(pa) = r.number("noise_pa", 0.0..=1000.0, "pA") {
                realism.amplifier.noise_rms = tiptwin_instrument::Amps(pa * 1e-12);
            }
            set(r, &mut realism.amplifier.disturbances, Disturbances::FIELDS);
        }
        Group::Contact => set(r, &mut realism.contact, ContactSettings::FIELDS),
        Group::Wear => set(r, &mut realism.wear, WearSettings::FIELDS),
        Group::Damage => set(r, &mut realism.damage, DamageSettings::FIELDS),
        Group::Memory => {
            let light = &mut realism.memory.light;
            light.on = r.number("light_on_s", 0.0..=1e5, "s").map_or(light.on, Seconds);
            light.off = r.number("light_off_s", 0.0..=1e5, "s").map_or(light.off, Seconds);
            realism.memory.ions = r.boolean("ions").unwrap_or(realism.memory.ions);
        }
    }
}

fn set<T>(r: &Reader<'_>, settings: &mut T, fields: &[Field<T>]) {
    for field in fields {
        if let Some(value) = r.number(field.key, field.range.0..=field.range.1, "") {
            (field.set)(settings, value);
        }
    }
}

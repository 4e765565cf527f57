//! The table `[instrument.twin]`: which film, and how much of a microscope.

use super::reader::Reader;
use serde::Serialize;
use tiptwin_instrument::{Amps, Meters, Seconds};
use tiptwin_sim::amplifier::Disturbances;
use tiptwin_sim::contact::{ContactSettings, DamageSettings, WearSettings};
use tiptwin_sim::field::Field;
use tiptwin_sim::image::ImageSettings;
use tiptwin_sim::scanner::ScannerSettings;
use tiptwin_sim::transport::Constants;
use tiptwin_sim::{Defects, FilmSpec, Generator, Group, Level, Preset, Realism, SimError};

const NOISE_PA: &str = "noise_pa";
const NOISE_RANGE_PA: (f64, f64) = (0.0, 1000.0);
const BANDWIDTH_HZ: &str = "bandwidth_hz";
const BANDWIDTH_RANGE_HZ: (f64, f64) = (1.0, 1e6);
const FULL_SCALE_NA: &str = "full_scale_na";
const FULL_SCALE_RANGE_NA: (f64, f64) = (1e-3, 1e6);
const LIGHT_ON_S: &str = "light_on_s";
const LIGHT_OFF_S: &str = "light_off_s";
const LIGHT_RANGE_S: (f64, f64) = (0.0, 1e5);

/// A film and a microscope.
#[derive(Clone, Debug)]
pub struct TwinChoice {
    /// The film; its size grows with the scan.
    pub film: FilmSpec,
    /// Film seed; the run's own if not given.
    pub seed: Option<u64>,
    /// Material and contact.
    pub constants: Constants,
    /// Which electrode carries the voltages of the scenario.
    pub biased: Biased,
    /// What the microscope adds.
    pub realism: Realism,
}

/// Which electrode the controller biases. Inside, every bias is that of the tip against the back contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Biased {
    /// The tip.
    #[default]
    Tip,
    /// The sample: its voltage is the tip's with the other sign.
    Sample,
}

impl Biased {
    const ALL: [Self; 2] = [Self::Tip, Self::Sample];

    const fn name(self) -> &'static str {
        match self {
            Self::Tip => "tip",
            Self::Sample => "sample",
        }
    }

    /// 1 or −1: from the voltage of the scenario to that of the tip.
    pub(super) const fn sign(self) -> f64 {
        match self {
            Self::Tip => 1.0,
            Self::Sample => -1.0,
        }
    }
}

impl Default for TwinChoice {
    fn default() -> Self {
        Self {
            film: FilmSpec::default(),
            seed: None,
            constants: Constants::default(),
            biased: Biased::default(),
            realism: Realism::level(Level::default()),
        }
    }
}

/// One key that sets one amount of the twin, for lists and for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Amount {
    /// Table below `[instrument.twin]`.
    pub table: &'static str,
    /// Key with its unit.
    pub key: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Smallest and largest accepted value.
    pub range: (f64, f64),
    /// Its value at the levels ideal, typical and harsh; film and material have none, only a default.
    pub values: Vec<f64>,
}

/// Every key that sets one amount of the twin.
pub fn amounts() -> Vec<Amount> {
    let levels = Level::ALL.map(Realism::level);
    let film = [FilmSpec::default().defects];
    let mut all = rows("film", Defects::FIELDS, &film);
    all.extend(rows("material", Constants::FIELDS, &[Constants::default()]));
    all.extend(rows("image", ImageSettings::FIELDS, &levels.map(|r| r.image)));
    all.extend(rows("scanner", ScannerSettings::FIELDS, &levels.map(|r| r.scanner)));
    all.extend(rows("amplifier", Disturbances::FIELDS, &levels.map(|r| r.amplifier.disturbances)));
    for (key, what, range, of) in [
        (NOISE_PA, "white noise, rms", NOISE_RANGE_PA, (|r| r.amplifier.noise_rms.0 * 1e12) as fn(&Realism) -> f64),
        (BANDWIDTH_HZ, "bandwidth of the single pole", BANDWIDTH_RANGE_HZ, |r| r.amplifier.bandwidth_hz),
        (FULL_SCALE_NA, "where the output clips", FULL_SCALE_RANGE_NA, |r| r.amplifier.full_scale.0 * 1e9),
    ] {
        all.push(Amount { table: "amplifier", key, what, range, values: levels.iter().map(of).collect() });
    }
    all.extend(rows("contact", ContactSettings::FIELDS, &levels.map(|r| r.contact)));
    all.extend(rows("wear", WearSettings::FIELDS, &levels.map(|r| r.wear)));
    all.extend(rows("damage", DamageSettings::FIELDS, &levels.map(|r| r.damage)));
    for (key, what, of) in [
        (LIGHT_ON_S, "time constant with which light begins to act", (|r| r.memory.light.on.0) as fn(&Realism) -> f64),
        (LIGHT_OFF_S, "time constant with which it lingers", |r| r.memory.light.off.0),
    ] {
        let values = levels.iter().map(of).collect();
        all.push(Amount { table: "memory", key, what, range: LIGHT_RANGE_S, values });
    }
    all
}

fn rows<T>(table: &'static str, fields: &'static [Field<T>], levels: &[T]) -> Vec<Amount> {
    let row = |f: &Field<T>| Amount {
        table,
        key: f.key,
        what: f.what,
        range: f.range,
        values: levels.iter().map(f.get).collect(),
    };
    fields.iter().map(row).collect()
}

pub(super) fn read_twin(r: &Reader<'_>) -> TwinChoice {
    let names: Vec<&str> = Preset::ALL.iter().map(|p| p.name()).collect();
    let preset = r.choice("preset", &names).and_then(|name| Preset::by_name(&name)).unwrap_or_default();
    let mut twin = TwinChoice { seed: r.count("seed", 0..=i64::MAX as u64), ..TwinChoice::default() };
    twin.film.preset = preset;
    if let Some(kelvin) = r.number("temperature_k", 280.0..=340.0, "K") {
        twin.constants.temperature_k = kelvin;
    }
    let names = Biased::ALL.map(Biased::name);
    let biased = r.choice("biased", &names).and_then(|name| Biased::ALL.into_iter().find(|b| b.name() == name));
    twin.biased = biased.unwrap_or_default();
    r.table("material", |r| read_material(r, &mut twin.constants));
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
        set(r, &mut film.defects, Defects::FIELDS, Defects::WHY);
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
        Group::Image => set(r, &mut realism.image, ImageSettings::FIELDS, ImageSettings::WHY),
        Group::Scanner => set(r, &mut realism.scanner, ScannerSettings::FIELDS, ScannerSettings::WHY),
        Group::Amplifier => {
            if let Some(pa) = r.number(NOISE_PA, NOISE_RANGE_PA.0..=NOISE_RANGE_PA.1, "pA") {
                realism.amplifier.noise_rms = Amps(pa * 1e-12);
            }
            if let Some(hz) = r.number(BANDWIDTH_HZ, BANDWIDTH_RANGE_HZ.0..=BANDWIDTH_RANGE_HZ.1, "Hz") {
                realism.amplifier.bandwidth_hz = hz;
            }
            if let Some(na) = r.number(FULL_SCALE_NA, FULL_SCALE_RANGE_NA.0..=FULL_SCALE_RANGE_NA.1, "nA") {
                // The converter keeps its number of steps.
                let wider = 1e-9 * na / realism.amplifier.full_scale.0;
                realism.amplifier.adc_step = realism.amplifier.adc_step.map(|step| Amps(wider * step.0));
                realism.amplifier.full_scale = Amps(1e-9 * na);
            }
            set(r, &mut realism.amplifier.disturbances, Disturbances::FIELDS, Disturbances::WHY);
        }
        Group::Contact => set(r, &mut realism.contact, ContactSettings::FIELDS, ContactSettings::WHY),
        Group::Wear => set(r, &mut realism.wear, WearSettings::FIELDS, WearSettings::WHY),
        Group::Damage => set(r, &mut realism.damage, DamageSettings::FIELDS, DamageSettings::WHY),
        Group::Memory => {
            let light = &mut realism.memory.light;
            let seconds = |key| r.number(key, LIGHT_RANGE_S.0..=LIGHT_RANGE_S.1, "s");
            light.on = seconds(LIGHT_ON_S).map_or(light.on, Seconds);
            light.off = seconds(LIGHT_OFF_S).map_or(light.off, Seconds);
            realism.memory.ions = r.boolean("ions").unwrap_or(realism.memory.ions);
        }
    }
}

/// Sets what is given; `why` says what a value beyond its bounds would mean.
fn set<T>(r: &Reader<'_>, settings: &mut T, fields: &[Field<T>], why: &str) {
    for field in fields {
        if let Some(value) = r.number_because(field.key, field.range.0..=field.range.1, field.what, why) {
            (field.set)(settings, value);
        }
    }
}

/// Single values have bounds of their own; what they mean together, the equations know.
fn read_material(r: &Reader<'_>, constants: &mut Constants) {
    set(r, constants, Constants::FIELDS, Constants::WHY);
    if let Err(SimError::Parameter { name, value, reason, accepted }) = constants.check() {
        let key = ["vacancies_per_m3", "thickness_nm", "permittivity"].into_iter().find(|key| r.has(key));
        let message = format!("is refused: with it, {name} is {value:.3}, but {reason}");
        r.complain(key.unwrap_or("vacancies_per_m3"), &message, accepted.to_owned());
    }
}

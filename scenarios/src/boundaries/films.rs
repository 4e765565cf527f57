//! Films with their scans and the grains under every pixel.
//!
//! Drift, creep, hysteresis and jumps move what an image shows, so the grains at the pixels of the grid are not those that the image shows. The map of
//! grains is therefore scanned, too: by a needle without feedback and noise, on the same frame with the same scanner, so that every pixel has the
//! grain over which the tip really was.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use tiptwin_core::boundaries::Example;
use tiptwin_instrument::{MasterSeed, Meters, Position, ScanGrid, Seconds, Stream, StreamRng};
use tiptwin_sim::film::Generator;
use tiptwin_sim::image::tip::Tip;
use tiptwin_sim::image::{self, Direction, Frame, ImageSettings};
use tiptwin_sim::scanner::{Scanner, ScannerSettings};
use tiptwin_sim::{Film, FilmSpec, Preset};

use crate::run::RunError;

/// Pixels along a side of every scan.
const PIXELS: usize = 128;
/// A line a second, as the twin scans.
const LINE_TIME: Seconds = Seconds(1.0);

/// What kind of film and scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Anything: what is trained on.
    Any,
    /// The usual film under a sharp tip, white noise alone.
    Clean,
    /// The usual film at the harsh level of every artefact of image and scanner.
    Harsh,
    /// Grains of 180 nm, eight pixels, typical artefacts.
    Fine,
    /// Shallow grooves between grains that differ in height, and noise; typical artefacts.
    Hidden,
}

impl Kind {
    /// Those that are scored.
    pub const SCORED: [Self; 4] = [Self::Clean, Self::Harsh, Self::Fine, Self::Hidden];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Clean => "clean",
            Self::Harsh => "harsh",
            Self::Fine => "fine",
            Self::Hidden => "hidden",
        }
    }
}

/// Everything that distinguishes one film and scan from another.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Draw {
    spec: FilmSpec,
    pixel_m: f64,
    image: ImageSettings,
    scanner: ScannerSettings,
    /// What heights are multiplied by.
    relief: f64,
    /// Rms height of the steps between grains, on top.
    step_m: f64,
    /// Distance over which a step rises from the boundary, m.
    step_width_m: f64,
}

impl Draw {
    fn new(kind: Kind, rng: &mut StreamRng) -> Self {
        let usual = Self {
            spec: FilmSpec::default(),
            pixel_m: 3e-6 / PIXELS as f64,
            image: ImageSettings { white_m: 0.1e-9, ..ImageSettings::IDEAL },
            scanner: ScannerSettings::IDEAL,
            relief: 1.0,
            step_m: 0.0,
            step_width_m: 10e-9,
        };
        let typical = Self { image: ImageSettings::TYPICAL, scanner: ScannerSettings::TYPICAL, ..usual };
        match kind {
            Kind::Any => any(&usual, rng),
            Kind::Clean => usual,
            Kind::Harsh => Self { image: ImageSettings::HARSH, scanner: ScannerSettings::HARSH, ..usual },
            Kind::Fine => Self { spec: FilmSpec { mean_diameter: Meters(180e-9), ..usual.spec }, ..typical },
            Kind::Hidden => Self {
                relief: 0.35,
                step_m: 8e-9,
                image: ImageSettings { white_m: 1.2e-9, ..typical.image },
                ..typical
            },
        }
    }
}

/// Grain size, pixel size, relief, layout and every artefact, each drawn by itself.
fn any(usual: &Draw, rng: &mut StreamRng) -> Draw {
    let mut between = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
    let mut even_in_log = |low: f64, high: f64| (between(low.ln(), high.ln())).exp();
    let diameter = even_in_log(160e-9, 600e-9);
    let across_px = even_in_log(7.0, 30.0);
    let relief = even_in_log(0.25, 1.5);
    let white = even_in_log(0.05e-9, 2.5e-9);
    let step = even_in_log(1e-9, 15e-9);
    let (severity, level) = (between(0.0, 1.0), between(0.0, 1.0));
    let stepped = between(0.0, 1.0) < 0.5;
    let step_width_m = between(0.0, 40e-9);
    let layout = between(0.0, 3.0) as usize;
    let spec = FilmSpec {
        mean_diameter: Meters(diameter),
        generator: Generator::ALL[layout.min(2)],
        boundary_warp: Meters(between(0.0, 10e-9)),
        ..usual.spec
    };
    // A fifth without artefacts, half of them between typical and harsh, the rest harsh.
    let (image, scanner) = match level {
        l if l < 0.2 => (usual.image, usual.scanner),
        l if l < 0.7 => between_levels(severity),
        _ => (ImageSettings::HARSH, ScannerSettings::HARSH),
    };
    // Radii are said for pixels of the usual size: the tip must see grains of seven pixels, too.
    let image = ImageSettings { white_m: image.white_m.max(white), ..image };
    let pixel_m = (diameter / across_px).min(45e-9);
    Draw { spec, pixel_m, image, scanner, relief, step_m: if stepped { step } else { 0.0 }, step_width_m }
}

/// Amounts between the typical (0) and the harsh (1) level.
fn between_levels(share: f64) -> (ImageSettings, ScannerSettings) {
    let mut image = ImageSettings::TYPICAL;
    for field in ImageSettings::FIELDS {
        let mix = |a: f64, b: f64| a + share * (b - a);
        (field.set)(&mut image, mix((field.get)(&ImageSettings::TYPICAL), (field.get)(&ImageSettings::HARSH)));
    }
    let mut scanner = ScannerSettings::TYPICAL;
    for field in ScannerSettings::FIELDS {
        let mix = |a: f64, b: f64| a + share * (b - a);
        (field.set)(&mut scanner, mix((field.get)(&ScannerSettings::TYPICAL), (field.get)(&ScannerSettings::HARSH)));
    }
    (image, scanner)
}

/// One scanned film.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// Heights as recorded, m, with the grains under them.
    pub example: Example,
    /// Heights as recorded, m.
    pub height_m: ndarray::Array2<f64>,
    /// Side of a pixel.
    pub pixel: Meters,
    /// Whether the tip had a second apex, which shows everything twice.
    pub double_tip: bool,
}

/// Film number `index` of a kind. No two kinds and no two numbers share a film.
pub fn scanned(kind: Kind, index: u32, seed: MasterSeed) -> Result<Scanned, RunError> {
    let rng = &mut seed.rng(Stream::BoundaryFilms, ((kind as u64) << 32) | u64::from(index));
    scan(&Draw::new(kind, rng), rng)
}

fn scan(draw: &Draw, rng: &mut StreamRng) -> Result<Scanned, RunError> {
    let [film_seed, noise] = [(); 2].map(|()| MasterSeed(rng.random()));
    let film = Film::generate(&FilmSpec { preset: Preset::Seed, ..draw.spec }, film_seed)?;
    let steps: Vec<f64> =
        film.graph().grains.iter().map(|_| Distribution::<f64>::sample(&StandardNormal, rng) * draw.step_m).collect();
    let grid = ScanGrid::square(Meters(draw.pixel_m * PIXELS as f64), PIXELS);
    let frame = Frame { grid, start: Seconds::ZERO, line_time: LINE_TIME, direction: Direction::Trace, repeat: 0 };
    let scanner = Scanner::new(draw.scanner, noise);
    let surface = |at: Position| {
        let height = draw.relief * film.height(at).0;
        if draw.step_m == 0.0 {
            return height;
        }
        let near = film.nearest(at);
        height - steps[near.grain] * (-near.d_gb_m / draw.step_width_m.max(1e-12)).exp_m1()
    };
    let tip = image::new_tip(&draw.image, noise);
    let height_m = image::measure(&surface, &frame, &draw.image, &tip, &scanner, noise);
    let needle = ImageSettings { jumps: draw.image.jumps, retrace_px: draw.image.retrace_px, ..ImageSettings::IDEAL };
    let ids = |at: Position| film.nearest(at).grain as f64;
    let grains = image::measure(&ids, &frame, &needle, &Tip::NEEDLE, &scanner, noise).mapv(|id| id as u32);
    Ok(Scanned {
        example: Example::new(&height_m, grains)?,
        height_m,
        pixel: Meters(draw.pixel_m),
        double_tip: tip.second.is_some(),
    })
}

/// Several films of a kind, on all cores.
pub fn several(kind: Kind, count: u32, seed: MasterSeed) -> Result<Vec<Scanned>, RunError> {
    (0..count).into_par_iter().map(|index| scanned(kind, index, seed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_core::boundaries::truth;

    #[test]
    fn films_repeat_with_the_seed_and_differ_otherwise() {
        let film = |kind, index, seed| scanned(kind, index, MasterSeed(seed)).expect("film").example.image;
        assert_eq!(film(Kind::Any, 0, 1), film(Kind::Any, 0, 1));
        assert_ne!(film(Kind::Any, 0, 1), film(Kind::Any, 1, 1));
        assert_ne!(film(Kind::Any, 0, 1), film(Kind::Any, 0, 2));
        assert_ne!(film(Kind::Clean, 0, 1), film(Kind::Harsh, 0, 1));
    }

    /// Whatever the scanner does, the image is darker on the line of its own map of grains than elsewhere, and less so on the line of a map that is
    /// moved by three pixels: the map is in the frame of the image. The feedback is left out, because a slow one moves grooves along the lines.
    #[test]
    fn the_map_of_grains_lies_on_the_image_whatever_the_scanner_does() {
        let jumps = ImageSettings { jumps: ImageSettings::HARSH.jumps, ..ImageSettings::IDEAL };
        for (image, scanner) in [(ImageSettings::IDEAL, ScannerSettings::IDEAL), (jumps, ScannerSettings::HARSH)] {
            for index in 0..3 {
                let rng = &mut MasterSeed(3).rng(Stream::BoundaryFilms, index);
                let draw = Draw { image, scanner, ..Draw::new(Kind::Clean, rng) };
                let film = scan(&draw, rng).expect("film").example;
                let line = truth::line(&film.grains);
                let darkness = |by: usize| {
                    let on = line.indexed_iter().filter(|((_, c), on)| **on && *c >= 3 && c + 3 < PIXELS);
                    let values: Vec<f64> = on.map(|((r, c), _)| f64::from(film.image[[r, c + by - 3]])).collect();
                    values.iter().sum::<f64>() / values.len() as f64
                };
                let (left, here, right) = (darkness(0), darkness(3), darkness(6));
                assert!(here + 0.03 < left && here + 0.03 < right, "{scanner:?} {index}: {left} {here} {right}");
            }
        }
    }
}

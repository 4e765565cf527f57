//! `tiptwin film`: the truth of a film, its topography as measured, statistics and pictures.

use super::args::FilmArgs;
use super::error::CommandError;
use super::place::{place, preset};
use super::printer::Printer;
use crate::config::{InstrumentChoice, Scenario};
use crate::picture::{ColourMap, Scale, write_png};
use crate::report::IvExample;
use crate::report::film::{FilmPageInput, Statistic, render};
use crate::run::{FolderError, RunError, film_spec, write_whole};
use ndarray::Array2;
use ndarray_npy::NpzWriter;
use rayon::prelude::*;
use std::fs;
use std::io::{self, Cursor};
use std::path::Path;
use tiptwin_core::descriptor::{Descriptor, MaxCurrent, TurnOnVoltage, Value};
use tiptwin_drivers::Twin;
use tiptwin_instrument::units::engineering;
use tiptwin_instrument::{Amps, Instrument, MasterSeed, Pixel, Position, ScanGrid, Suns, Waveform};
use tiptwin_sim::{Film, FilmStatistics, Preset, Region};

/// Light of the lit maps, as in the published experiment, where a scenario asks for none.
const LIT_SUNS: f64 = 0.1;

pub(super) fn film(arguments: &FilmArgs, printer: &Printer) -> Result<(), CommandError> {
    let wanted = wanted(arguments)?;
    let spec = film_spec(wanted.preset, wanted.grid.width);
    let mut twin = Twin::new(&spec, MasterSeed(arguments.seed), MasterSeed(arguments.seed))?;
    let out = arguments.out.as_ref().ok_or_else(|| CommandError::usage("--out is missing"))?;
    fs::create_dir_all(out).map_err(|source| FolderError::Io { what: "create", path: out.clone(), source })?;
    printer.progress().stage("computing the truth of the film");
    let truth = Truth::compute(&twin, &wanted)?;
    let topography = twin.scan_topography(wanted.grid).map_err(|source| RunError::Instrument { source })?;
    let statistics = twin.film().statistics();

    write_npz(&out.join("film.npz"), &topography.values, &truth, &wanted.grid)?;
    let json = serde_json::to_string_pretty(&statistics).map_err(|e| RunError::Input(e.to_string()))?;
    write_whole(&out.join("stats.json"), json.as_bytes())?;
    let picture = |name: &str, values: &Array2<f64>, map| write_picture(&out.join(name), values, map);
    picture("topography.png", &topography.values, ColourMap::Gold)?;
    picture("max_current_dark.png", &truth.max_dark_a.mapv(|i| i.max(1e-13).log10()), ColourMap::Viridis)?;
    picture("max_current_light.png", &truth.max_light_a.mapv(|i| i.max(1e-13).log10()), ColourMap::Viridis)?;
    let lit = Lit::of(&truth);
    let (boundaries, junctions) = drawn_graph(twin.film(), &wanted.grid);
    let page = render(&FilmPageInput {
        title: format!("Simulated film, preset {}, seed {}", wanted.preset.name(), arguments.seed),
        preset: wanted.preset.name().into(),
        seed: arguments.seed,
        version: env!("CARGO_PKG_VERSION").into(),
        topography,
        grid: wanted.grid,
        max_current_dark_a: truth.max_dark_a,
        max_current_light_a: truth.max_light_a,
        turn_on_v: truth.turn_on_dark_v,
        regions: truth.regions,
        boundaries,
        junctions,
        grain_diameters_m: twin
            .film()
            .graph()
            .grains
            .iter()
            .map(|g| 2.0 * (g.area_m2 / std::f64::consts::PI).sqrt())
            .collect(),
        light_suns: wanted.light.0,
        iv_examples: examples(&twin, &wanted)?,
        statistics: table(&statistics),
        scenario: wanted.scenario,
    })
    .map_err(|e| RunError::Input(e.to_string()))?;
    write_whole(&out.join("film.html"), page.as_bytes())?;
    let text = format!(
        "{} grains, mean diameter {:.0} nm, {:.1} junctions per µm², roughness {:.1} nm rms\n  maximum current at {} sun above that in the dark: {:.1} % of {} locations\n  median dark / lit current: grain {}, boundary {}, junction {}\n  page: {}",
        statistics.grains,
        statistics.mean_diameter_nm,
        statistics.junctions_per_um2,
        statistics.rms_height_nm,
        wanted.light.0,
        100.0 * lit.brighter_share,
        wanted.grid.len(),
        lit.medians[0],
        lit.medians[1],
        lit.medians[2],
        out.join("film.html").display()
    );
    printer.result("film", &statistics, &text);
    Ok(())
}

struct Wanted {
    preset: Preset,
    grid: ScanGrid,
    light: Suns,
    waveform: Waveform,
    scenario: String,
}

fn wanted(arguments: &FilmArgs) -> Result<Wanted, CommandError> {
    let mut wanted = Wanted {
        preset: Preset::Seed,
        grid: ScanGrid::square(tiptwin_instrument::Meters(3e-6), 128),
        light: Suns(LIT_SUNS),
        waveform: Waveform::default(),
        scenario: String::new(),
    };
    match arguments.preset.as_slice() {
        [] => {}
        [name] => wanted.preset = preset(name)?,
        more => {
            let message = format!("{} presets make no single film; accepted: one, or several with --validate", more.len());
            return Err(CommandError::usage(message));
        }
    }
    let Some(path) = &arguments.scenario else { return Ok(wanted) };
    let scenario = Scenario::load(path, &[])?;
    let InstrumentChoice::Twin { preset, .. } = scenario.instrument else {
        let message = format!(
            "{} replays recorded data: there is no film to make; accepted: a scenario with driver = \"twin\"",
            path.display()
        );
        return Err(RunError::Input(message).into());
    };
    wanted.preset = preset;
    if let Some(scan) = scenario.scan {
        wanted.grid = ScanGrid::square(scan.size, scan.pixels);
    }
    if scenario.measurement.light.0 > 0.0 {
        wanted.light = scenario.measurement.light;
    }
    wanted.waveform = scenario.measurement.waveform;
    wanted.scenario = scenario.text;
    Ok(wanted)
}

/// Noise-free maps of the scan.
struct Truth {
    max_dark_a: Array2<f64>,
    max_light_a: Array2<f64>,
    turn_on_dark_v: Array2<f64>,
    turn_on_light_v: Array2<f64>,
    /// 0 grain, 1 boundary, 2 junction.
    regions: Array2<u8>,
}

impl Truth {
    fn compute(twin: &Twin, wanted: &Wanted) -> Result<Self, CommandError> {
        let grid = &wanted.grid;
        let pixels: Vec<Pixel> = (0..grid.len()).map(|i| Pixel { row: i / grid.cols, col: i % grid.cols }).collect();
        let values: Vec<[f64; 4]> = pixels
            .par_iter()
            .map(|&pixel| {
                let at = grid.position(pixel);
                let dark = twin.noiseless_curve(at, Suns::ZERO, &wanted.waveform)?;
                let light = twin.noiseless_curve(at, wanted.light, &wanted.waveform)?;
                let max = |curve| MaxCurrent.evaluate(curve, Amps::ZERO).value;
                // A curve that never turns on has no turn-on voltage: the maps say so instead of showing the end of the sweep.
                let on = |curve| match TurnOnVoltage::default().evaluate(curve, Amps::ZERO) {
                    Value { censored: true, .. } => f64::NAN,
                    Value { value, .. } => value,
                };
                Ok([max(&dark), max(&light), on(&dark), on(&light)])
            })
            .collect::<Result<_, tiptwin_sim::SimError>>()?;
        let map = |k: usize| {
            let mut column = values.iter().map(|v| v[k]);
            Array2::from_shape_simple_fn((grid.rows, grid.cols), || column.next().unwrap_or(f64::NAN))
        };
        Ok(Self {
            max_dark_a: map(0),
            max_light_a: map(1),
            turn_on_dark_v: map(2),
            turn_on_light_v: map(3),
            regions: twin.film().regions(grid).mapv(|region| match region {
                Region::Grain => 0,
                Region::Boundary => 1,
                Region::Junction => 2,
            }),
        })
    }
}

/// What the light does, in numbers.
struct Lit {
    /// Share of the locations whose maximum current is larger in light than in the dark.
    brighter_share: f64,
    /// Median maximum current "dark / lit" of grain, boundary and junction.
    medians: [String; 3],
}

impl Lit {
    fn of(truth: &Truth) -> Self {
        let brighter = truth.max_dark_a.iter().zip(&truth.max_light_a).filter(|(d, l)| l > d).count();
        let median = |map: &Array2<f64>, kind: u8| {
            let mut values: Vec<f64> =
                map.iter().zip(&truth.regions).filter(|(_, r)| **r == kind).map(|(v, _)| *v).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).map_or("–".into(), |v| engineering(*v, "A"))
        };
        let both = |kind| format!("{} / {}", median(&truth.max_dark_a, kind), median(&truth.max_light_a, kind));
        Self { brighter_share: brighter as f64 / truth.max_dark_a.len() as f64, medians: [both(0), both(1), both(2)] }
    }
}

fn write_npz(path: &Path, topography_m: &Array2<f64>, truth: &Truth, grid: &ScanGrid) -> Result<(), CommandError> {
    let mut bytes = Cursor::new(Vec::new());
    let mut npz = NpzWriter::new_compressed(&mut bytes);
    let written = (|| -> Result<(), ndarray_npy::WriteNpzError> {
        npz.add_array("topography_m", topography_m)?;
        npz.add_array("max_current_dark_a", &truth.max_dark_a)?;
        npz.add_array("max_current_light_a", &truth.max_light_a)?;
        npz.add_array("turn_on_voltage_dark_v", &truth.turn_on_dark_v)?;
        npz.add_array("turn_on_voltage_light_v", &truth.turn_on_light_v)?;
        npz.add_array("boundary_mask", &truth.regions.mapv(|r| u8::from(r == 1)))?;
        npz.add_array("junction_mask", &truth.regions.mapv(|r| u8::from(r == 2)))?;
        npz.add_array("pixel_size_m", &ndarray::arr0(grid.pixel_width().0))?;
        npz.finish()?;
        Ok(())
    })();
    written.map_err(|e| FolderError::Io { what: "write", path: path.to_owned(), source: io::Error::other(e) })?;
    Ok(write_whole(path, &bytes.into_inner())?)
}

fn write_picture(path: &Path, values: &Array2<f64>, map: ColourMap) -> Result<(), CommandError> {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    let bytes = write_png(values, map, Scale::Linear, (low, high)).map_err(|source| FolderError::Io {
        what: "write",
        path: path.to_owned(),
        source: io::Error::other(source),
    })?;
    Ok(write_whole(path, &bytes)?)
}

/// A line along x and y in metres from the corner of the scan.
type Line = Vec<(f64, f64)>;

/// Boundaries as lines and junctions as points inside the scan, metres from its corner. The film repeats, so everything is drawn
/// in each copy that touches the scan.
fn drawn_graph(film: &Film, grid: &ScanGrid) -> (Vec<Line>, Vec<(f64, f64)>) {
    let side = film.spec().film_size.0;
    let near = |to: f64, from: f64| to - side * ((to - from) / side).round();
    let inside = |(x, y): (f64, f64)| (0.0..=grid.width.0).contains(&x) && (0.0..=grid.height.0).contains(&y);
    let on_scan = |p: Position| (p.x.0 - grid.origin.x.0, p.y.0 - grid.origin.y.0);
    let graph = film.graph();
    let shifts: Vec<(f64, f64)> = (-1..=1)
        .flat_map(|i| (-1..=1).map(move |j| (f64::from(i), f64::from(j))))
        .map(|(i, j)| (i * side, j * side))
        .collect();
    let mut lines = Vec::new();
    for edge in &graph.edges {
        let [a, b] = edge.vertices.map(|v| on_scan(graph.vertices[v].position));
        let b = (near(b.0, a.0), near(b.1, a.1));
        for (dx, dy) in &shifts {
            let (a, b) = ((a.0 + dx, a.1 + dy), (b.0 + dx, b.1 + dy));
            if inside(a) || inside(b) {
                lines.push(vec![a, b]);
            }
        }
    }
    let points = graph
        .vertices
        .iter()
        .flat_map(|v| {
            shifts
                .iter()
                .map(|(dx, dy)| {
                    let (x, y) = on_scan(v.position);
                    (x + dx, y + dy)
                })
                .collect::<Vec<_>>()
        })
        .filter(|&p| inside(p))
        .collect();
    (lines, points)
}

/// Noise-free curves of a typical grain, boundary and junction.
fn examples(twin: &Twin, wanted: &Wanted) -> Result<Vec<IvExample>, CommandError> {
    let example = |(word, label): (&str, &str)| {
        let at = place(word, twin)?;
        let (dark, light) = (
            twin.noiseless_curve(at, Suns::ZERO, &wanted.waveform)?,
            twin.noiseless_curve(at, wanted.light, &wanted.waveform)?,
        );
        Ok(IvExample {
            label: label.into(),
            pixel: wanted.grid.pixel_at(at),
            bias_v: dark.bias_v,
            dark: Some(dark.current_a),
            light: Some(light.current_a),
        })
    };
    [("grain", "grain"), ("gb", "grain boundary"), ("junction", "junction")].into_iter().map(example).collect()
}

/// Statistics beside what the default Laguerre tessellation is meant to give (the physics specification).
fn table(s: &FilmStatistics) -> Vec<Statistic> {
    let row =
        |name: &str, value: String, expected: &str| Statistic { name: name.into(), value, expected: expected.into() };
    vec![
        row("grains on the whole film", s.grains.to_string(), ""),
        row(
            "mean equivalent diameter",
            format!("{:.0} nm", s.mean_diameter_nm),
            "about 280 nm: 300 nm is that of the mean area",
        ),
        row("spread of ln(diameter)", format!("{:.2}", s.sigma_ln_diameter), "0.41"),
        row("variation of the area", format!("{:.2}", s.area_variation), "0.67"),
        row("variance of the number of neighbours", format!("{:.2}", s.mu2), "1.77"),
        row("Lewis slope", format!("{:.2}", s.lewis_slope), "0.36"),
        row("Aboav–Weaire a", format!("{:.2}", s.aboav_a), "1.25"),
        row("junctions per µm²", format!("{:.1}", s.junctions_per_um2), "28"),
        row("area at junctions (within 35 nm)", format!("{:.1} %", 100.0 * s.junction_share), "10 %"),
        row("area at boundaries (within 25 nm)", format!("{:.1} %", 100.0 * s.boundary_share), "26 %"),
        row("rms height", format!("{:.1} nm", s.rms_height_nm), "11.5 nm (6–25)"),
        row("peak to valley (0.5–99.5 %)", format!("{:.0} nm", s.peak_to_valley_nm), "50 nm"),
    ]
}

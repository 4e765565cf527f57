//! `tiptwin film`: the truth of a film, its topography as measured, statistics and pictures.

mod curves;
mod files;
mod recorded;
mod structure;
mod truth;

use super::args::FilmArgs;
use super::error::CommandError;
use super::place::preset;
use super::printer::Printer;
use crate::config::{InstrumentChoice, Scenario};
use crate::picture::ColourMap;
use crate::report::film::{FilmPageInput, render, sheets};
use crate::run::{FolderError, RunError, Sample, film_spec, write_whole};
use files::{write_npz, write_picture};
use ndarray::Array2;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Image, Instrument, MasterSeed, ScanGrid, Suns, Waveform};
use tiptwin_sim::film::targets;
use tiptwin_sim::transport::Constants;
use tiptwin_sim::{FilmStatistics, Level, Preset, Realism};
use truth::{Lit, Truth};

/// Light of the lit maps, as in the published experiment, where a scenario asks for none.
const LIT_SUNS: f64 = 0.1;

pub(super) fn film(arguments: &FilmArgs, printer: &Printer) -> Result<(), CommandError> {
    // A flag without a value always counts as given to the parser, so it cannot be asked to require it.
    if arguments.films.is_some() || arguments.locations.is_some() {
        return Err(CommandError::usage("--films and --locations belong to --validate"));
    }
    let wanted = wanted(arguments)?;
    let out = arguments.out.as_ref().ok_or_else(|| CommandError::usage("--out is missing"))?;
    fs::create_dir_all(out).map_err(|source| FolderError::Io { what: "create", path: out.clone(), source })?;
    let seed = MasterSeed(arguments.seed);
    let mut twin = if let Some(scenario) = &wanted.scenario {
        scenario_twin(scenario, arguments.seed)?
    } else {
        // The microscope of a scenario that says nothing else.
        let spec = film_spec(wanted.preset, wanted.grid.width);
        Twin::with_realism(&spec, &Realism::level(Level::default()), Constants::default(), seed, seed)?
    };
    let spec = *twin.film().spec();
    printer.progress().stage("computing the truth of the film");
    let truth = Truth::compute(&twin, &wanted)?;
    let topography = twin.scan_topography(wanted.grid).map_err(|source| RunError::Instrument { source })?;
    let statistics = twin.film().statistics();

    write_npz(&out.join("film.npz"), &topography.values, &truth, &wanted.grid)?;
    let beside =
        WithTargets { statistics: &statistics, targets: targets(spec.generator).map(|t| (t.name, t.value)).into() };
    let json = serde_json::to_string_pretty(&beside).map_err(|e| RunError::Input(e.to_string()))?;
    write_whole(&out.join("stats.json"), json.as_bytes())?;
    let picture = |name: &str, values: &Array2<f64>, map| write_picture(&out.join(name), values, map);
    picture("topography.png", &topography.values, ColourMap::Gold)?;
    for (name, maps) in truth.named() {
        let shown =
            |values: &Array2<f64>| if maps.log { values.mapv(|v| v.max(1e-13).log10()) } else { values.clone() };
        picture(&format!("{name}_dark.png"), &shown(&maps.dark), ColourMap::Viridis)?;
        picture(&format!("{name}_light.png"), &shown(&maps.light), ColourMap::Viridis)?;
    }
    let lit = Lit::of(&truth);
    let (boundaries, junctions) = structure::drawn_graph(twin.film(), &wanted.grid);
    printer.progress().stage("drawing the page");
    let recorded = recorded::recorded(&mut twin, wanted.grid, &topography)?;
    let surface = Image { values: twin.film().topography(&wanted.grid), ..topography };
    let input = FilmPageInput {
        title: format!("Simulated perovskite film, preset {}", wanted.preset.name()),
        lead: format!(
            "Scan of {0:.1} × {0:.1} µm with {1} × {1} pixels on a film of {2:.0} × {2:.0} µm with {3} grains · seed {4} · tiptwin {5}",
            wanted.grid.width.0 * 1e6,
            wanted.grid.cols,
            spec.film_size.0 * 1e6,
            statistics.grains,
            arguments.seed,
            env!("CARGO_PKG_VERSION")
        ),
        structure: structure::structure(twin.film(), &surface.values, &truth.regions),
        topography: surface,
        recorded,
        grid: wanted.grid,
        max_current_a: truth.max_current_a().map(Clone::clone),
        descriptors: truth.descriptors,
        regions: truth.regions,
        boundaries,
        junctions,
        light_suns: wanted.light.0,
        curves: curves::sections(&twin, &wanted)?,
        rates: curves::rates()?,
        statistics: structure::table(twin.film(), &statistics),
        scenario: wanted.scenario.map(|s| s.text).unwrap_or_default(),
    };
    let page = render(&input).map_err(|e| RunError::Input(e.to_string()))?;
    write_whole(&out.join("film.html"), page.as_bytes())?;
    let [truth_sheet, recorded_sheet] = sheets(&input);
    write_whole(&out.join("film.svg"), truth_sheet.as_bytes())?;
    write_whole(&out.join("recorded.svg"), recorded_sheet.as_bytes())?;
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
    scenario: Option<Scenario>,
}

/// Statistics with what films of the generator give on average.
#[derive(Serialize)]
struct WithTargets<'a> {
    #[serde(flatten)]
    statistics: &'a FilmStatistics,
    targets: BTreeMap<&'static str, f64>,
}

fn wanted(arguments: &FilmArgs) -> Result<Wanted, CommandError> {
    let mut wanted = Wanted {
        preset: Preset::Seed,
        grid: ScanGrid::square(tiptwin_instrument::Meters(3e-6), 128),
        light: Suns(LIT_SUNS),
        waveform: Waveform::default(),
        scenario: None,
    };
    match arguments.preset.as_slice() {
        [] => {}
        [name] => wanted.preset = preset(name)?,
        more => {
            let message =
                format!("{} presets make no single film; accepted: one, or several with --validate", more.len());
            return Err(CommandError::usage(message));
        }
    }
    let Some(path) = &arguments.scenario else { return Ok(wanted) };
    let scenario = Scenario::load(path, &[])?;
    let InstrumentChoice::Twin(choice) = &scenario.instrument else {
        let message = format!(
            "{} does not use the twin: there is no film to make; accepted: a scenario with driver = \"twin\"",
            path.display()
        );
        return Err(RunError::Input(message).into());
    };
    wanted.preset = choice.film.preset;
    if let Some(scan) = scenario.scan {
        wanted.grid = ScanGrid::square(scan.size, scan.pixels);
    }
    if scenario.measurement.light.0 > 0.0 {
        wanted.light = scenario.measurement.light;
    }
    wanted.waveform = scenario.measurement.waveform.clone();
    wanted.scenario = Some(scenario);
    Ok(wanted)
}

/// The twin as a run of the scenario would meet it before the first touch.
fn scenario_twin(scenario: &Scenario, seed: u64) -> Result<Twin, CommandError> {
    match Sample::open(scenario, seed)? {
        Sample::Film(twin) => Ok(*twin),
        Sample::Recording(_) | Sample::Microscope(_) => Err(RunError::Input("only the twin has a film".into()).into()),
    }
}

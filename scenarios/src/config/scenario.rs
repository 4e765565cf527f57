//! A checked scenario, in SI units. What may be written and what is refused is decided in this one file.

use super::problem::{Place, Problem, Problems, Source};
use super::reader::Reader;
use super::tree::{self, Table};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tiptwin_core::descriptor;
use tiptwin_core::session::First;
use tiptwin_drivers::replay::Layout;
use tiptwin_instrument::{Meters, Pixel, Seconds, Suns, Volts, Waveform};
use tiptwin_sim::Preset;

/// Strategies that a scenario can name.
pub const STRATEGIES: [&str; 4] = ["tiptwin", "reference", "random", "grid"];
/// Rules for choosing on a strategy's map.
pub const ACQUISITIONS: [&str; 3] = ["max-variance", "expected-improvement", "random"];
const DRIVERS: [&str; 4] = ["twin", "replay", "cypher", "remote"];

/// A whole exploration, checked as far as it can be without opening the instrument.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name for people and default folders: the file's stem.
    pub name: String,
    /// The text as it was used, overrides appended as comments.
    pub text: String,
    /// Which instrument.
    pub instrument: InstrumentChoice,
    /// Extent of the structure scan; `None` takes what a replay was recorded with.
    pub scan: Option<Scan>,
    /// What is measured at a location.
    pub measurement: Measurement,
    /// How locations are chosen.
    pub explore: Explore,
    /// Things that are accepted but have no effect here.
    pub warnings: Vec<String>,
    /// The texts that it was read from, and where in them each key stands.
    written: (Vec<Source>, BTreeMap<String, Place>),
}

/// Which instrument.
#[derive(Clone, Debug)]
pub enum InstrumentChoice {
    /// The digital twin.
    Twin {
        /// Which physics.
        preset: Preset,
        /// Film seed; the run's own if not given.
        seed: Option<u64>,
    },
    /// Recorded data.
    Replay(Box<Layout>),
}

/// Extent of the structure scan.
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    /// Edge of the square.
    pub size: Meters,
    /// Pixels along each edge.
    pub pixels: usize,
}

/// What is measured at a location.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Light.
    pub light: Suns,
    /// Bias programme.
    pub waveform: Waveform,
    /// Target name; `None` for the scalar of a replay map.
    pub target: Option<String>,
}

/// How locations are chosen.
#[derive(Clone, Debug)]
pub struct Explore {
    /// One of [`STRATEGIES`].
    pub strategy: String,
    /// One of [`ACQUISITIONS`].
    pub acquisition: String,
    /// Window edge.
    pub window_px: usize,
    /// Locations to touch.
    pub steps: usize,
    /// First location.
    pub first: First,
    /// Master seed; drawn if not given.
    pub seed: Option<u64>,
    /// Whether the same model is also scored on random picks, where a truth is known.
    pub compare_random: bool,
}

impl Scenario {
    /// Reads and checks a file, with overrides of the form `explore.steps=50` on top.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Self, Problems> {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|e| {
            Problems::one(format!("cannot read scenario {shown}: {e}"), Some("a readable TOML file".to_owned()))
        })?;
        let name = path.file_stem().map_or_else(|| "scenario".into(), |s| s.to_string_lossy().into_owned());
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&name, &shown, &text, folder, overrides)
    }

    /// Checks a text. `folder` is where relative file names start.
    pub fn parse(name: &str, shown: &str, text: &str, folder: &Path, overrides: &[String]) -> Result<Self, Problems> {
        let mut sources = vec![Source { name: shown.to_owned(), text: text.to_owned() }];
        let mut problems = Vec::new();
        let mut table = match tree::parse(text, 0) {
            Ok(table) => table,
            Err(errors) => return Err(Problems { sources, problems: errors }),
        };
        for (i, set) in overrides.iter().enumerate() {
            sources.push(Source { name: format!("--set {set}"), text: quoted_if_bare(set) });
            match tree::parse(&sources[i + 1].text, i + 1) {
                Ok(over) => tree::merge(&mut table, over),
                Err(errors) => problems.extend(errors),
            }
        }
        let problems = RefCell::new(problems);
        let mut scenario = read(&table, &problems, folder);
        let problems = problems.into_inner();
        if let (Some(scenario), true) = (&mut scenario, problems.is_empty()) {
            name.clone_into(&mut scenario.name);
            text.clone_into(&mut scenario.text);
            scenario.written.0.clone_from(&sources);
            tree::places(&table, "", &mut scenario.written.1);
            for set in overrides {
                scenario.text.push_str("# --set ");
                scenario.text.push_str(set);
                scenario.text.push('\n');
            }
        }
        match scenario {
            Some(scenario) if problems.is_empty() => Ok(scenario),
            _ => Err(Problems { sources, problems }),
        }
    }

    /// A problem with the value of a key that showed only when the scenario met its sample.
    pub fn problem(&self, key: &str, message: impl Into<String>) -> Problems {
        let (sources, places) = self.written.clone();
        // A key that was left out has its default: then the nearest table that was written is the place to look.
        let mut path = key;
        let place = loop {
            match (places.get(path), path.rsplit_once('.')) {
                (Some(place), _) => break Some(place.clone()),
                (None, Some((table, _))) => path = table,
                (None, None) => break None,
            }
        };
        Problems { sources, problems: vec![Problem { place, message: message.into(), accepted: None }] }
    }
}

/// `--set explore.strategy=random` needs no quotes in a shell: what is not a TOML value by itself is a text.
fn quoted_if_bare(set: &str) -> String {
    match set.split_once('=') {
        Some((key, value)) if tree::parse(set, 0).is_err() => format!("{} = {:?}", key.trim(), value.trim()),
        _ => set.to_owned(),
    }
}

fn read(table: &Table, problems: &RefCell<Vec<Problem>>, folder: &Path) -> Option<Scenario> {
    let root = Reader::new(String::new(), None, table, problems);
    let mut warnings = Vec::new();
    let missing = "the table [instrument] with driver = \"twin\" or \"replay\"";
    let instrument =
        root.require("instrument", root.table("instrument", |r| read_instrument(r, folder)), missing).flatten();
    let is_replay = matches!(instrument, Some(InstrumentChoice::Replay(_)));
    let is_map = matches!(&instrument, Some(InstrumentChoice::Replay(r)) if r.bias.is_none());
    let scan = root.table("scan", read_scan);
    let scan = if scan.is_none() && !is_replay { Some(Scan { size: Meters(3e-6), pixels: 128 }) } else { scan };
    let measurement = root
        .table("measurement", |r| read_measurement(r, is_map, is_replay, &mut warnings))
        .unwrap_or_else(|| Measurement {
            light: Suns::ZERO,
            waveform: Waveform::default(),
            target: (!is_map).then(|| "max_current".to_owned()),
        });
    let explore = root.table("explore", |r| read_explore(r, scan)).unwrap_or_else(|| Explore {
        strategy: "tiptwin".into(),
        acquisition: "max-variance".into(),
        window_px: 16,
        steps: 200,
        first: First::Random,
        seed: None,
        compare_random: true,
    });
    root.finish();
    Some(Scenario {
        name: String::new(),
        text: String::new(),
        instrument: instrument?,
        scan,
        measurement,
        explore,
        warnings,
        written: (Vec::new(), BTreeMap::new()),
    })
}

fn read_instrument(r: &Reader<'_>, folder: &Path) -> Option<InstrumentChoice> {
    let driver = r.require("driver", r.choice("driver", &DRIVERS), "\"twin\" or \"replay\"");
    let twin = r.table("twin", |r| {
        let names: Vec<&str> = Preset::ALL.iter().map(|p| p.name()).collect();
        let preset = r.choice("preset", &names).and_then(|name| Preset::by_name(&name));
        (preset.unwrap_or(Preset::Seed), r.count("seed", 0..=i64::MAX as u64))
    });
    let replay = r.table("replay", |r| read_replay(r, folder));
    match driver?.as_str() {
        "twin" => {
            let (preset, seed) = twin.unwrap_or((Preset::Seed, None));
            Some(InstrumentChoice::Twin { preset, seed })
        }
        "replay" => r
            .require("replay", replay, "the table [instrument.replay] with file, structure and values")
            .flatten()
            .map(|replay| InstrumentChoice::Replay(Box::new(replay))),
        other => {
            r.complain(
                "driver",
                &format!("is not built into this version: no {other} driver yet"),
                "twin, replay".to_owned(),
            );
            None
        }
    }
}

fn read_replay(r: &Reader<'_>, folder: &Path) -> Option<Layout> {
    let file = r.require("file", r.text("file"), "the name of an .npz file");
    if let Some(file) = &file
        && !folder.join(file).is_file()
    {
        r.complain("file", &format!("does not exist ({})", folder.join(file).display()), "an .npz file".to_owned());
    }
    let structure = r.require("structure", r.text("structure"), "the name of an array (H, W)");
    let (map, curves, bias) = (r.text("values"), r.text("curves"), r.text("bias"));
    let values = match (map, curves, bias) {
        (Some(map), None, None) => Some((map, None)),
        (None, Some(current), Some(bias)) => Some((current, Some(bias))),
        (Some(_), _, _) => {
            r.complain("values", "cannot stand beside curves or bias", "values, or curves and bias".to_owned());
            None
        }
        (None, Some(_), None) => r.require("bias", None, "the name of an array (N), volts"),
        (None, _, _) => {
            r.require("values", None, "the name of an array (H, W); or curves = … (H, W, N) with bias = … (N)")
        }
    };
    let units = ["m", "um", "nm", "pm", "V", "mV", "A", "uA", "nA", "pA", "deg", "arb"];
    // Every key is read before a missing one ends this, so that all problems are reported together.
    let pixel = r.number("pixel_nm", 1e-3..=1e6, "nm").map(|nm| Meters(nm * 1e-9));
    let (structure_unit, values_unit) = (r.choice("structure_unit", &units), r.choice("values_unit", &units));
    let (truth, noise_sigma) = (r.text("truth"), r.number("noise_sigma", 0.0..=f64::MAX, ""));
    let (boundary_mask, junction_mask) = (r.text("boundary_mask"), r.text("junction_mask"));
    let (values, bias) = values?;
    Some(Layout {
        file: folder.join(file?),
        structure: structure?,
        structure_unit,
        pixel,
        values,
        bias,
        values_unit,
        truth,
        noise_sigma,
        boundary_mask,
        junction_mask,
    })
}

fn read_scan(r: &Reader<'_>) -> Scan {
    Scan {
        size: Meters(r.number("size_um", 0.05..=30.0, "µm").unwrap_or(3.0) * 1e-6),
        pixels: r.count("pixels", 8..=4096).unwrap_or(128) as usize,
    }
}

fn read_measurement(r: &Reader<'_>, is_map: bool, is_replay: bool, warnings: &mut Vec<String>) -> Measurement {
    let light = Suns(r.number("light_suns", 0.0..=2.0, "suns").unwrap_or(0.0));
    if is_replay && r.has("light_suns") {
        warnings.push(
            "measurement.light_suns only labels a replay: recorded data keep the light they were taken in".into(),
        );
    }
    if is_map && r.has("waveform") {
        warnings.push("measurement.waveform has no effect on a replay of a value map".into());
    }
    let waveform = r.table("waveform", read_waveform).unwrap_or_default();
    let known = descriptor::all();
    let names: Vec<&str> = known.iter().map(|d| d.name()).collect();
    // What a value map shows is in its file, so its target is a free label.
    let target = if is_map { r.text("target") } else { r.choice("target", &names) };
    Measurement { light, waveform, target: target.or_else(|| (!is_map).then(|| "max_current".to_owned())) }
}

fn read_waveform(r: &Reader<'_>) -> Waveform {
    let _ = r.choice("kind", &["triangle"]);
    let peak = r.number("peak_v", -10.0..=10.0, "V").unwrap_or(1.5);
    let samples = r.count("samples", 5..=100_001).unwrap_or(251) as usize;
    let duration = r.number("duration_s", 1e-3..=3600.0, "s").unwrap_or(2.0);
    let waveform = Waveform::Triangle { peak: Volts(peak), samples, duration: Seconds(duration) };
    if peak == 0.0 {
        r.complain("peak_v", "is not a sweep", "a voltage that is not 0".to_owned());
    }
    if samples.is_multiple_of(2) {
        r.complain("samples", "is even, so no sample falls on the peak", "an odd number".to_owned());
    }
    waveform
}

fn read_explore(r: &Reader<'_>, scan: Option<Scan>) -> Explore {
    let first = if r.is_table("first") {
        let pixel = r.table("first", |r| {
            let row = r.require("row", r.count("row", 0..=65_535), "a row number");
            let col = r.require("col", r.count("col", 0..=65_535), "a column number");
            Some(Pixel { row: row? as usize, col: col? as usize })
        });
        pixel.flatten().map_or(First::Random, First::At)
    } else {
        let _ = r.choice("first", &["random"]);
        First::Random
    };
    let explore = Explore {
        strategy: r.choice("strategy", &STRATEGIES).unwrap_or_else(|| "tiptwin".into()),
        acquisition: r.choice("acquisition", &ACQUISITIONS).unwrap_or_else(|| "max-variance".into()),
        window_px: r.count("window_px", 1..=512).unwrap_or(16) as usize,
        steps: r.count("steps", 1..=100_000).unwrap_or(200) as usize,
        first,
        seed: r.count("seed", 0..=i64::MAX as u64),
        compare_random: r.boolean("compare_random").unwrap_or(true),
    };
    if let Some(scan) = scan {
        check_extent(r, scan, &explore);
    }
    explore
}

/// What window, scan and number of steps say about each other. The session checks again against the image itself,
/// which for a replay is known only once the file is open.
fn check_extent(r: &Reader<'_>, scan: Scan, explore: &Explore) {
    let window = explore.window_px;
    if window > scan.pixels {
        let message = format!("is larger than the image of {0} × {0} pixels", scan.pixels);
        r.complain("window_px", &message, format!("1 to {}", scan.pixels));
        return;
    }
    let side = scan.pixels - window + 1;
    if explore.steps > side * side {
        let message = format!("is more than the {} locations that have a complete window", side * side);
        r.complain("steps", &message, format!("1 to {}", side * side));
    }
    if let First::At(at) = explore.first {
        let (low, high) = (window / 2, window / 2 + side - 1);
        if at.row < low || at.row > high || at.col < low || at.col > high {
            let message = format!("(row {}, column {}) has no complete window around it", at.row, at.col);
            r.complain("first", &message, format!("rows and columns {low} to {high}"));
        }
    }
}

//! A checked scenario, in SI units. What may be written and what is refused is decided in this one file.

use super::boundaries::Boundaries;
use super::campaign::{Campaign, read_campaign};
use super::explore::read_explore;
use super::instrument::read_instrument;
use super::limits::{read_limits, under};
use super::measurement::{COMPONENTS, read_measurement};
use super::problem::{Place, Problem, Problems, Source};
use super::reader::Reader;
use super::tree::{self, Table};
use super::twin::{Biased, TwinChoice};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tiptwin_core::Descriptor;
use tiptwin_core::acquisition::Goal;
use tiptwin_core::acquisition::cost::Cost;
use tiptwin_core::levelling::Correction;
use tiptwin_core::session::First;
use tiptwin_core::strategy::{DEFAULT_KAPPA, DEFAULT_XI, Rule};
use tiptwin_drivers::SafetyLimits;
use tiptwin_drivers::cypher::{Electrode, Settings};
use tiptwin_drivers::link::RemoteSettings;
use tiptwin_drivers::replay::Layout;
use tiptwin_instrument::{Meters, Pixel, Suns, Volts, Waveform};

/// Strategies that a scenario can name.
pub const STRATEGIES: [&str; 11] = [
    "tiptwin",
    "reference",
    "gp-coordinates",
    "gp-patches",
    "gp-filters",
    "knn",
    "shuffled",
    "random",
    "grid",
    "farthest-point",
    "points",
];
/// Rules for choosing on a strategy's map.
pub const ACQUISITIONS: [&str; Rule::ALL.len()] = {
    let mut names = [""; Rule::ALL.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = Rule::ALL[i].name();
        i += 1;
    }
    names
};

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
    /// What is imaged besides the structure.
    pub further: FurtherImages,
    /// What is done to the structure image before anything is learnt from it, in this order.
    pub corrections: Vec<Correction>,
    /// What is measured at a location.
    pub measurement: Measurement,
    /// How locations are chosen.
    pub explore: Explore,
    /// What `tiptwin compare` varies.
    pub compare: Compare,
    /// How `tiptwin campaign` plays it on many machines.
    pub campaign: Campaign,
    /// Things that are accepted but have no effect here.
    pub warnings: Vec<String>,
    /// How far the instrument may be driven: the limits beside it, tightened.
    pub limits: SafetyLimits,
    /// The file that they stand in; none for an instrument that cannot be harmed.
    pub limits_file: Option<PathBuf>,
    /// How it was started.
    pub invocation: Invocation,
    /// The texts that it was read from, and where in them each key stands.
    written: (Vec<Source>, BTreeMap<String, Place>),
}

/// How a run was started: what `tiptwin resume` needs besides the scenario's text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// Where relative file names of the scenario start.
    pub folder: PathBuf,
    /// Overrides, one `key=value` each.
    pub set: Vec<String>,
    /// Where networks are computed.
    pub device: String,
    /// Serial number of the real instrument that may be driven. It is typed for every process anew.
    #[serde(skip)]
    pub arm: Option<String>,
}

/// Which instrument.
#[derive(Clone, Debug)]
pub enum InstrumentChoice {
    /// The digital twin.
    Twin(Box<TwinChoice>),
    /// Recorded data.
    Replay(Box<Layout>),
    /// An Asylum Research Cypher.
    Cypher(Box<Settings>),
    /// An instrument that another program serves.
    Remote(Box<RemoteSettings>),
}

/// Extent of the structure scan.
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    /// Edge of the square.
    pub size: Meters,
    /// Pixels along each edge.
    pub pixels: usize,
}

/// Images besides the structure image.
#[derive(Clone, Debug, Default)]
pub struct FurtherImages {
    /// Further structure channels that the learner is shown.
    pub channels: Vec<String>,
    /// Bias of a current image, and whether the learner is shown it.
    pub current: Option<(Volts, bool)>,
}

/// What is measured at a location.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Light; the first of them if there are several.
    pub light: Suns,
    /// Lights of the sweeps at each location, in their order; none or one: a single one in `light`.
    pub lights: Vec<Suns>,
    /// Sweeps in each light.
    pub repeats: u32,
    /// Bias programme.
    pub waveform: Waveform,
    /// Name of the target that steers; `None` for the scalar of a replay map.
    pub target: Option<String>,
    /// Names of what is learnt beside it.
    pub further_targets: Vec<String>,
    /// How many components of the curves the target `curve_pca` stands for.
    pub components: usize,
    /// Targets of your own, which no file can name ([`Scenario::learn`]).
    pub own: Vec<Arc<dyn Descriptor>>,
}

/// How locations are chosen.
#[derive(Clone, Debug)]
pub struct Explore {
    /// One of [`STRATEGIES`].
    pub strategy: String,
    /// One of [`ACQUISITIONS`].
    pub acquisition: String,
    /// What is searched for; `None`: what the acquisition is made for.
    pub goal: Option<Goal>,
    /// Margin of the improvements, in standard deviations of the measured values.
    pub xi: f64,
    /// Deviations of the upper confidence bound.
    pub kappa: f64,
    /// What a place costs besides its measurement.
    pub cost: Cost,
    /// Locations chosen at a time, before any of them is measured.
    pub batch: usize,
    /// Window edge.
    pub window_px: usize,
    /// Locations to touch.
    pub steps: usize,
    /// Only where a detector finds boundaries.
    pub boundaries: Option<Boundaries>,
    /// First location.
    pub first: First,
    /// The locations of strategy `points`, in their order; empty for every other.
    pub points: Vec<Pixel>,
    /// Master seed; drawn if not given.
    pub seed: Option<u64>,
    /// Whether the same model is also scored on random picks, where a truth is known.
    pub compare_random: bool,
}

impl Default for Explore {
    fn default() -> Self {
        Self {
            strategy: "tiptwin".into(),
            acquisition: Rule::MaxVariance.name().into(),
            goal: None,
            xi: DEFAULT_XI,
            kappa: DEFAULT_KAPPA,
            cost: Cost::default(),
            batch: 1,
            window_px: 16,
            steps: 200,
            boundaries: None,
            first: First::Random,
            points: Vec::new(),
            seed: None,
            compare_random: true,
        }
    }
}

/// What `tiptwin compare` varies; empty lists leave the scenario's own value.
#[derive(Clone, Debug, Default)]
pub struct Compare {
    /// Strategies, `strategy` or `strategy/acquisition`.
    pub strategies: Vec<String>,
    /// Seeds.
    pub seeds: Vec<u64>,
    /// Presets of the twin.
    pub presets: Vec<String>,
    /// Seeds of films that stand still while the seeds of noise and choices go on; empty: every seed has a film of its own.
    pub films: Vec<u64>,
    /// Targets.
    pub targets: Vec<String>,
    /// Light intensities, suns.
    pub light_suns: Vec<f64>,
    /// Numbers of measurements at which maps are scored.
    pub score_at: Vec<usize>,
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
        let mut problems = problems.into_inner();
        if let (Some((scenario, limits)), true) = (&mut scenario, problems.is_empty()) {
            name.clone_into(&mut scenario.name);
            text.clone_into(&mut scenario.text);
            scenario.written.0.clone_from(&sources);
            tree::places(&table, "", &mut scenario.written.1);
            for set in overrides {
                scenario.text.push_str("# --set ");
                scenario.text.push_str(set);
                scenario.text.push('\n');
            }
            scenario.invocation.folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
            overrides.clone_into(&mut scenario.invocation.set);
            let file = limits.as_ref().map(|file| under(scenario, (file, folder), sources.len()));
            match file {
                Some(Err((source, found))) => {
                    sources.extend(source);
                    problems = found;
                }
                Some(Ok(source)) => sources.push(source),
                None => {}
            }
        }
        match scenario {
            Some((scenario, _)) if problems.is_empty() => Ok(scenario),
            _ => Err(Problems { sources, problems }),
        }
    }

    /// Learns a descriptor of your own: it steers, and the targets of the file are learnt beside it.
    pub fn learn(&mut self, own: Arc<dyn Descriptor>) {
        let m = &mut self.measurement;
        m.further_targets.splice(0..0, m.target.replace(own.name().to_owned()));
        m.own.push(own);
    }

    /// What it was read from: name and text of the file, and the overrides on top.
    pub(crate) fn written(&self) -> (String, String, Vec<String>) {
        let mut sources = self.written.0.iter();
        let file = sources.next().cloned().unwrap_or(Source { name: String::new(), text: String::new() });
        let set = sources.filter_map(|s| s.name.strip_prefix("--set ").map(str::to_owned)).collect();
        (file.name, file.text, set)
    }

    /// A problem with the value of a key that showed only when the scenario met its sample.
    pub fn problem(&self, key: &str, message: impl Into<String>) -> Problems {
        let problem = Problem { place: self.place(key), message: message.into(), accepted: None };
        Problems { sources: self.written.0.clone(), problems: vec![problem] }
    }

    /// Where a key stands. One that was left out has its default: then the nearest table that was written is the place to look.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        let mut path = key;
        loop {
            match (self.written.1.get(path), path.rsplit_once('.')) {
                (Some(place), _) => return Some(place.clone()),
                (None, Some((table, _))) => path = table,
                (None, None) => return None,
            }
        }
    }
}

/// `--set explore.strategy=random` needs no quotes in a shell: what is not a TOML value by itself is a text.
fn quoted_if_bare(set: &str) -> String {
    match set.split_once('=') {
        Some((key, value)) if tree::parse(set, 0).is_err() => format!("{} = {:?}", key.trim(), value.trim()),
        _ => set.to_owned(),
    }
}

/// The scenario and the name of its limits file.
fn read(table: &Table, problems: &RefCell<Vec<Problem>>, folder: &Path) -> Option<(Scenario, Option<String>)> {
    let root = Reader::new(String::new(), None, table, problems);
    let mut warnings = Vec::new();
    let missing = "the table [instrument] with driver = \"twin\", \"replay\", \"cypher\" or \"remote\"";
    let both = root.table("instrument", |r| (read_instrument(r, folder), r.text("limits")));
    let (instrument, limits_file) = root.require("instrument", both, missing).unwrap_or_default();
    let is_replay = matches!(instrument, Some(InstrumentChoice::Replay(_)));
    let is_map = matches!(&instrument, Some(InstrumentChoice::Replay(r)) if r.bias.is_none());
    let biased = match &instrument {
        Some(InstrumentChoice::Twin(twin)) => twin.biased,
        Some(InstrumentChoice::Cypher(cypher)) if cypher.biased == Electrode::Sample => Biased::Sample,
        _ => Biased::Tip,
    };
    let (scan, (further, corrections)) = root
        .table("scan", |r| (read_scan(r, is_replay, biased), read_corrections(r)))
        .map_or_else(Default::default, |((scan, further), corrections)| (scan, (further, corrections)));
    let scan = if scan.is_none() && !is_replay { Some(Scan { size: Meters(3e-6), pixels: 128 }) } else { scan };
    let measurement = root
        .table("measurement", |r| read_measurement(r, is_map, is_replay, biased, &mut warnings))
        .unwrap_or_else(|| Measurement {
            light: Suns::ZERO,
            lights: Vec::new(),
            repeats: 1,
            waveform: Waveform::default(),
            target: (!is_map).then(|| "max_current".to_owned()),
            further_targets: Vec::new(),
            components: COMPONENTS,
            own: Vec::new(),
        });
    let explore = root.table("explore", |r| read_explore(r, scan, folder)).unwrap_or_default();
    let compare = root.table("compare", read_compare).unwrap_or_default();
    let limits = root.table("limits", read_limits).unwrap_or_default();
    let campaign = root.table("campaign", read_campaign).unwrap_or_default();
    root.finish();
    let scenario = Scenario {
        name: String::new(),
        text: String::new(),
        instrument: instrument?,
        scan,
        further,
        corrections,
        measurement,
        explore,
        compare,
        campaign,
        warnings,
        limits,
        limits_file: None,
        invocation: Invocation::default(),
        written: (Vec::new(), BTreeMap::new()),
    };
    Some((scenario, limits_file))
}

/// Extent, where it is given, and further images. A replay may leave the extent out: it has one.
fn read_scan(r: &Reader<'_>, is_replay: bool, biased: Biased) -> (Option<Scan>, FurtherImages) {
    let (size, pixels) = (r.number("size_um", 0.05..=30.0, "µm"), r.count("pixels", 8..=4096));
    let scan = Scan { size: Meters(size.unwrap_or(3.0) * 1e-6), pixels: pixels.unwrap_or(128) as usize };
    let bias = r.number("current_bias_v", -10.0..=10.0, "V").map(|v| Volts(biased.sign() * v));
    let learn = r.boolean("learn_from_current").unwrap_or(false);
    if learn && bias.is_none() {
        r.complain("learn_from_current", "needs a current image", "current_bias_v = 1.5".to_owned());
    }
    let further =
        FurtherImages { channels: r.texts("channels").unwrap_or_default(), current: bias.map(|bias| (bias, learn)) };
    let given = r.has("size_um") || r.has("pixels") || !is_replay;
    (given.then_some(scan), further)
}

pub(super) fn read_corrections(r: &Reader<'_>) -> Vec<Correction> {
    let names = Correction::ALL.map(|(_, name, _)| name);
    let of = |name: &String| {
        let found = Correction::by_name(name);
        if found.is_none() {
            r.complain("corrections", &format!("names no correction: \"{name}\""), names.join(", "));
        }
        found
    };
    r.texts("corrections").unwrap_or_default().iter().filter_map(of).collect()
}

/// Words are checked when each case is expanded into a scenario of its own; here only their kinds.
fn read_compare(r: &Reader<'_>) -> Compare {
    let seeds = |key: &str, absent: Vec<u64>| {
        let seeds = r.text(key).map_or(Ok(absent), |text| crate::compare::seeds(&text));
        seeds.unwrap_or_else(|message| {
            r.complain(key, &message, "\"0..29\" or \"1,5,7\"".to_owned());
            Vec::new()
        })
    };
    let (films, seeds) = (seeds("films", Vec::new()), seeds("seeds", vec![0]));
    let points = r.numbers("score_at", 1.0..=100_000.0, "measurements").unwrap_or_default();
    Compare {
        strategies: r.texts("strategies").unwrap_or_default(),
        seeds,
        films,
        presets: r.texts("presets").unwrap_or_default(),
        targets: r.texts("targets").unwrap_or_default(),
        light_suns: r.numbers("light_suns", 0.0..=2.0, "suns").unwrap_or_default(),
        score_at: points.into_iter().map(|n| n as usize).collect(),
    }
}

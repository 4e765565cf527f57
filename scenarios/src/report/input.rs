//! Everything the page of a run needs.

use crate::boundaries::explored::Explored;
use crate::boundaries::picks::{Measured, Picks};
use crate::config::Scenario;
use crate::picture::ColourMap;
use crate::run::{Enrichment, Timing};
use ndarray::Array2;
use tiptwin_core::boundaries::BoundaryGraph;
use tiptwin_core::descriptor::CurveComponents;
use tiptwin_core::session::component_of;
use tiptwin_instrument::log::{Scores, Start};
use tiptwin_instrument::{Image, Pixel};

/// Where on the film a pixel lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// Inside a grain.
    Grain,
    /// At a grain boundary, away from junctions.
    Boundary,
    /// Where three or more grains meet.
    Junction,
}

impl Region {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::Grain, Self::Boundary, Self::Junction];

    /// From the code of a region map: 0 grain, 1 boundary, anything else junction.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Grain,
            1 => Self::Boundary,
            _ => Self::Junction,
        }
    }

    /// The word on the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grain => "grain",
            Self::Boundary => "boundary",
            Self::Junction => "junction",
        }
    }
}

/// One measured location.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Number of the decision, from 0.
    pub index: usize,
    /// Where in the structure image.
    pub pixel: Pixel,
    /// Target value in the target's unit.
    pub value: f64,
    /// Whether the value is only a bound.
    pub censored: bool,
    /// What lies there, where that is known.
    pub region: Option<Region>,
}

/// The model's last maps over the candidate area, which may be smaller than the structure image.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Row of the structure image that row 0 of the maps lies on.
    pub row: usize,
    /// Column of the structure image that column 0 of the maps lies on.
    pub col: usize,
    /// Predicted mean in the target's unit.
    pub mean: Array2<f64>,
    /// Predicted standard deviation in the target's unit, of the shape of `mean`.
    pub sigma: Array2<f64>,
    /// Where the truth lies in the belief, in deviations of a standard normal; `None` if the truth is not known, or the belief is normal
    /// with `mean` and `sigma`.
    pub score: Option<Array2<f64>>,
}

/// Current-voltage curves of one location.
#[derive(Clone, Debug, PartialEq)]
pub struct IvExample {
    /// What it is an example of, such as `grain`.
    pub label: String,
    /// Where, if it is a pixel of the structure image.
    pub pixel: Option<Pixel>,
    /// Tip bias at each sample, volts.
    pub bias_v: Vec<f64>,
    /// Current in the dark at each sample, amperes.
    pub dark: Option<Vec<f64>>,
    /// Current in light at each sample, amperes.
    pub light: Option<Vec<f64>>,
}

/// What the scores are against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TruthKind {
    /// The property without measurement noise.
    #[default]
    NoiseFree,
    /// What was recorded at every pixel, noise included: the best that a recording without a truth can offer.
    Recorded,
}

impl TruthKind {
    /// In a sentence: "against …".
    pub(super) const fn against(self) -> &'static str {
        match self {
            Self::NoiseFree => "the noise-free truth",
            Self::Recorded => "what was recorded at every pixel",
        }
    }
}

/// How the run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All planned measurements were made.
    Complete,
    /// It ended early; the page says so at its head, with the reason.
    Incomplete(String),
}

/// A property that was learnt beside the one that steered.
#[derive(Clone, Debug, PartialEq)]
pub struct FurtherReport {
    /// In words for headings and axes.
    pub title: String,
    /// SI unit; empty for pure numbers.
    pub unit: String,
    /// Locations where it was read, and its values there.
    pub values: Vec<(Pixel, f64)>,
    /// The last maps, of the shape of those of the target that steered.
    pub prediction: Option<Prediction>,
    /// Noise-free property, of the shape of the structure image; NaN where unknown.
    pub truth: Option<Array2<f64>>,
    /// Scores of its maps, by number of measurements.
    pub scores: Vec<Scores>,
}

/// What the measured curves vary in.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveVariation {
    /// Principal components of the compressed curves.
    pub components: CurveComponents,
    /// Bias of their samples, volts; of several curves one after the other.
    pub bias_v: Vec<f64>,
    /// How many curves there are one after the other.
    pub curves: usize,
}

/// Where a run that explored grain boundaries could measure, and where it did.
#[derive(Clone, Debug)]
pub struct BoundaryReport {
    /// What the detector found.
    pub explored: Explored,
    /// Boundaries and junctions of its lines.
    pub graph: BoundaryGraph,
    /// How far a location may lie from its boundary's line, pixels.
    pub reach_px: usize,
    /// Where the measurements lie.
    pub picks: Picks,
}

impl BoundaryReport {
    /// From what was found and what was measured. Lines keep their short ends: they could be measured, too.
    pub fn new(explored: Explored, measured: &Measured, reach_px: usize) -> Self {
        let graph = BoundaryGraph::new(&explored.line, 0);
        let picks = measured.picks(&graph, Some(&explored.open), reach_px);
        Self { explored, graph, reach_px, picks }
    }
}

/// Everything the page of a run needs. Parts that are not known are `None` or empty, and the page does without.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// Heading of the page.
    pub title: String,
    /// Head of the run.
    pub start: Start,
    /// What was learnt, in words for headings and axes, such as `maximum current`.
    pub target_title: String,
    /// The structure image that the run was planned on.
    pub structure: Image,
    /// Further images of the same pixels: structure channels, a current image.
    pub further: Vec<Image>,
    /// Measured locations in their order.
    pub picks: Vec<Pick>,
    /// The model's last maps.
    pub prediction: Option<Prediction>,
    /// Noise-free target in its unit, of the shape of the structure image; NaN where unknown.
    pub truth: Option<Array2<f64>>,
    /// What `truth` is.
    pub truth_kind: TruthKind,
    /// What was learnt beside the target that steered.
    pub further_targets: Vec<FurtherReport>,
    /// What whole curves vary in.
    pub curve_variation: Option<CurveVariation>,
    /// 0 grain, 1 boundary, 2 junction, of the shape of the structure image.
    pub regions: Option<Array2<u8>>,
    /// For a run that explored grain boundaries: what it found, or why that cannot be shown.
    pub boundaries: Option<Result<BoundaryReport, String>>,
    /// Example curves.
    pub iv_examples: Vec<IvExample>,
    /// Scores of the strategy's maps, by number of measurements.
    pub scores: Vec<Scores>,
    /// Scores of the same model on random picks.
    pub random_scores: Vec<Scores>,
    /// Where the picks went.
    pub enrichment: Option<Enrichment>,
    /// What the run cost.
    pub timing: Timing,
    /// The scenario as it was checked; `None` where its text alone is not enough, as for recordings in other places.
    pub settings: Option<Scenario>,
    /// Colours of the structure image.
    pub heights: ColourMap,
    /// Text of the scenario file.
    pub scenario: String,
    /// Every further setting worth repeating, as name and value.
    pub parameters: Vec<(String, String)>,
    /// How the run ended.
    pub outcome: Outcome,
}

/// Everything that a run learns, in words; `title` is that of the target that steers.
pub(crate) fn learnt(start: &Start, title: &str) -> String {
    const SHAPE: &str = "shape of the curves";
    let word = |name: &str, title: &str| if component_of(name).is_some() { SHAPE.to_owned() } else { title.to_owned() };
    let mut words = vec![word(&start.target, title)];
    for target in &start.further_targets {
        let word = word(&target.target, &target.title);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

impl ReportInput {
    /// Everything that was learnt, in words.
    pub(super) fn learnt(&self) -> String {
        learnt(&self.start, &self.target_title)
    }

    /// The light during the measurements in a few words, with what goes before it; empty for recordings that do not say.
    pub(super) fn light(&self, before: &str) -> String {
        let start = &self.start;
        if !start.curve_light_suns.is_empty() {
            let mut lights: Vec<String> = Vec::new();
            for suns in &start.curve_light_suns {
                let name = if *suns > 0.0 { format!("under {suns} suns") } else { "in the dark".to_owned() };
                if !lights.contains(&name) {
                    lights.push(name);
                }
            }
            let repeats = start.curve_light_suns.len() / lights.len();
            let times = if repeats > 1 { format!(", {repeats} times") } else { String::new() };
            return format!("{before}{}{times}", lights.join(" and "));
        }
        match start.light_suns {
            suns if suns > 0.0 => format!("{before}under {suns} suns"),
            _ if start.instrument.capabilities.light => format!("{before}in the dark"),
            _ => String::new(),
        }
    }
}

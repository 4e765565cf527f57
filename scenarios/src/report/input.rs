//! Everything the page of a run needs.

use crate::run::{Enrichment, Timing};
use ndarray::Array2;
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
    /// 0 grain, 1 boundary, 2 junction, of the shape of the structure image.
    pub regions: Option<Array2<u8>>,
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
    /// Text of the scenario file.
    pub scenario: String,
    /// Every further setting worth repeating, as name and value.
    pub parameters: Vec<(String, String)>,
    /// How the run ended.
    pub outcome: Outcome,
}

impl ReportInput {
    /// The light during the measurements in a few words, with what goes before it; empty for recordings that do not say.
    pub(super) fn light(&self, before: &str) -> String {
        let start = &self.start;
        match start.light_suns {
            suns if suns > 0.0 => format!("{before}under {suns} suns"),
            _ if start.instrument.capabilities.light => format!("{before}in the dark"),
            _ => String::new(),
        }
    }
}

//! From a run folder to its report, whatever state the run ended in.

use super::components::{self, Components};
use super::extras::Extras;
use super::folder::{FolderError, io_error, names, read_curves, read_journal};
use super::{RunError, Timing, timing};
use crate::boundaries::explored::Explored;
use crate::boundaries::picks::{Measured, REACH_PX};
use crate::config::{Invocation, Scenario};
use crate::picture::ColourMap;
use crate::report::{
    self, BoundaryReport, CurveVariation, FurtherReport, IvExample, Outcome, Pick, Prediction, Region, ReportInput,
    TruthKind,
};
use ndarray::Array2;
use ndarray_npy::{NpzReader, ReadNpyExt};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tiptwin_core::descriptor;
use tiptwin_core::session::component_of;
use tiptwin_instrument::log::{Event, FurtherTarget, Measurement, Reading, Scores, Start, StopOutcome};
use tiptwin_instrument::{Image, Pixel, ScanGrid};

/// The report of a run folder as one HTML text, with heights in these colours. Needs nothing but the folder.
pub fn report_from(run: &Path, heights: ColourMap) -> Result<String, RunError> {
    report::render(&report_input(run, heights)?).map_err(|e| RunError::Input(e.to_string()))
}

/// Several run folders as one HTML text that shows them side by side.
pub fn side_by_side(runs: &[PathBuf], heights: ColourMap) -> Result<String, RunError> {
    let inputs = runs.iter().map(|run| report_input(run, heights)).collect::<Result<Vec<_>, _>>()?;
    report::side_by_side::render(&inputs).map_err(|e| RunError::Input(e.to_string()))
}

/// All that a report of a run folder shows.
pub(crate) fn report_input(run: &Path, heights: ColourMap) -> Result<ReportInput, RunError> {
    let story = Story::read(run)?;
    let structure = structure(run, &story)?;
    let maps = Maps::read(&run.join(names::MAPS), structure.values.dim(), &story.start.further_targets)?;
    let extras = extras(&run.join(names::EXTRAS))?;
    let scenario = fs::read_to_string(run.join(names::SCENARIO)).unwrap_or_default();
    let regions = maps.regions;
    let region = |m: &Measurement| regions.as_ref().map(|r| Region::from_code(r[[m.pixel.row, m.pixel.col]]));
    let found = components::read(run)?;
    let settings = settings(run, &scenario, &story.start.run);
    let picks: Vec<Pick> = story
        .measurements
        .iter()
        .map(|m| Pick {
            index: m.index,
            pixel: m.pixel,
            value: final_score(&story.start.target, m.pixel, found.as_ref()).unwrap_or(m.value),
            censored: m.censored,
            region: region(m),
        })
        .collect();
    let boundaries = boundaries(run, settings.as_ref(), (&structure, &story.start), &picks);
    let further_targets = further_targets(&story, maps.further, found.as_ref());
    let curves = story.start.curve_light_suns.len().max(1);
    Ok(ReportInput {
        title: title(&story.start),
        target_title: target_title(&story.start),
        iv_examples: iv_examples(run, &story, &extras)?,
        parameters: parameters(&story, &structure.grid, &extras),
        further: further(run, &story, structure.grid)?,
        structure,
        picks,
        prediction: maps.prediction,
        truth: maps.truth,
        further_targets,
        curve_variation: found.map(|f| CurveVariation { components: f.found, bias_v: f.bias_v, curves }),
        regions,
        scores: story.scores.clone(),
        random_scores: extras.random_scores,
        enrichment: extras.enrichment,
        timing: story.timing(extras.timing_s.as_ref()),
        boundaries,
        settings,
        heights,
        scenario,
        truth_kind: if extras.truth_is_recorded { TruthKind::Recorded } else { TruthKind::NoiseFree },
        outcome: story.outcome,
        start: story.start,
    })
}

/// The scenario as it was started, or as far as its text alone says: overrides stand at its end as comments.
fn settings(run: &Path, text: &str, name: &str) -> Option<Scenario> {
    let started = || -> Option<Scenario> {
        let invocation = fs::read_to_string(run.join(names::INVOCATION)).ok()?;
        let invocation: Invocation = serde_json::from_str(&invocation).ok()?;
        Scenario::parse(name, names::SCENARIO, text, &invocation.folder, &invocation.set).ok()
    };
    let overrides = || text.lines().filter_map(|l| l.strip_prefix("# --set ")).map(str::to_owned).collect::<Vec<_>>();
    started().or_else(|| Scenario::parse(name, names::SCENARIO, text, Path::new("."), &overrides()).ok())
}

/// What a run on grain boundaries found, or why that cannot be shown; `None` for a run that could measure anywhere.
fn boundaries(
    run: &Path,
    settings: Option<&Scenario>,
    (structure, start): (&Image, &Start),
    picks: &[Pick],
) -> Option<Result<BoundaryReport, String>> {
    let rule = settings.and_then(|s| s.explore.boundaries.as_ref());
    let explored = Explored::of_run(run, rule, &structure.values).map_err(|e| e.to_string()).transpose()?;
    let reach_px = REACH_PX.max(rule.map_or(0, |r| r.dilation_px));
    let measured = Measured {
        at: picks.iter().map(|p| (p.pixel, p.value)).collect(),
        target: target_title(start),
        unit: start.target_unit.clone(),
        window_px: start.window_px,
    };
    Some(explored.map(|explored| BoundaryReport::new(explored, &measured, reach_px)))
}

/// What the journal tells.
struct Story {
    start: Start,
    grid: Option<ScanGrid>,
    channel: (String, String),
    /// Channel and unit of every further image.
    further: Vec<(String, String)>,
    measurements: Vec<Measurement>,
    decide_s: Vec<f64>,
    rejected: usize,
    /// What further targets said, in the order of the locations.
    readings: Vec<(Pixel, Vec<Reading>)>,
    /// One more than the last row of the curves that belong to a location.
    curve_rows: usize,
    scores: Vec<Scores>,
    further_scores: Vec<(String, Scores)>,
    outcome: Outcome,
}

impl Story {
    fn read(run: &Path) -> Result<Self, RunError> {
        let (events, torn) = read_journal(run)?;
        let mut events = events.into_iter();
        let Some(Event::Start(start)) = events.next() else {
            let path = run.join(names::JOURNAL);
            return Err(FolderError::Damaged { path, reason: "its first event is not a start".into() }.into());
        };
        let ending = if torn { "the journal ends in a torn line" } else { "the journal has no end" };
        let mut story = Self {
            start: *start,
            grid: None,
            channel: Default::default(),
            further: Vec::new(),
            measurements: Vec::new(),
            decide_s: Vec::new(),
            rejected: 0,
            readings: Vec::new(),
            curve_rows: 0,
            scores: Vec::new(),
            further_scores: Vec::new(),
            outcome: Outcome::Incomplete(format!("{ending}: the run was cut off")),
        };
        for event in events {
            match event {
                Event::Start(_) | Event::Intent { .. } => {}
                Event::Scan { channel, unit, .. } if story.grid.is_some() => story.further.push((channel, unit)),
                Event::Scan { channel, unit, grid, .. } => {
                    story.grid = Some(grid);
                    story.channel = (channel, unit);
                }
                Event::Decision(d) => story.decide_s.push(d.decide.0),
                Event::Measurement(m) => {
                    story.read_too(m.pixel, m.further.clone(), m.curve);
                    story.measurements.push(m);
                }
                Event::Rejected { pixel, further, curve, .. } => {
                    story.rejected += 1;
                    story.read_too(pixel, further, curve);
                }
                Event::Scores(s) => story.scores.push(s),
                Event::FurtherScores { target, scores } => story.further_scores.push((target, scores)),
                Event::Stop { outcome: StopOutcome::Completed, .. } => story.outcome = Outcome::Complete,
                Event::Stop { message, .. } => story.outcome = Outcome::Incomplete(message),
                Event::Resumed { .. } => story.outcome = Outcome::Incomplete(format!("{ending}: the run was cut off")),
            }
        }
        Ok(story)
    }

    fn read_too(&mut self, pixel: Pixel, further: Vec<Reading>, curve: Option<usize>) {
        let curves = self.start.curve_light_suns.len().max(1);
        self.curve_rows = self.curve_rows.max(curve.map_or(0, |first| first + curves));
        self.readings.push((pixel, further));
    }

    /// What the run cost; from the journal alone where the run did not live to write it down.
    fn timing(&self, written: Option<&Timing>) -> Timing {
        if let Some(timing) = written {
            return *timing;
        }
        let decide_total = self.decide_s.iter().sum();
        let instrument_total = self.measurements.iter().map(|m| m.wall_time.0).sum();
        Timing {
            decide_median: timing::median(&self.decide_s),
            decide_p99: timing::p99(&self.decide_s),
            decide_total,
            instrument_total,
            wall_total: instrument_total + decide_total,
            peak_mb: None,
        }
    }
}

fn structure(run: &Path, story: &Story) -> Result<Image, RunError> {
    let Some(grid) = story.grid else {
        return Err(RunError::Input(format!(
            "{} ended before its structure image was scanned: there is nothing to show",
            run.display()
        )));
    };
    image(&run.join(names::STRUCTURE), &story.channel, grid)
}

fn image(path: &Path, (channel, unit): &(String, String), grid: ScanGrid) -> Result<Image, RunError> {
    let file = File::open(path).map_err(io_error("read", path))?;
    let values = Array2::<f64>::read_npy(file).map_err(|e| damaged(path, e))?;
    Ok(Image { channel: channel.clone(), unit: unit.clone(), grid, values })
}

fn further(run: &Path, story: &Story, grid: ScanGrid) -> Result<Vec<Image>, RunError> {
    story.further.iter().map(|channel| image(&run.join(names::further(&channel.0)), channel, grid)).collect()
}

fn damaged(path: &Path, reason: impl std::fmt::Display) -> FolderError {
    FolderError::Damaged { path: path.to_owned(), reason: reason.to_string() }
}

fn extras(path: &Path) -> Result<Extras, RunError> {
    if !path.is_file() {
        return Ok(Extras::default());
    }
    let text = fs::read_to_string(path).map_err(io_error("read", path))?;
    Ok(serde_json::from_str(&text).map_err(|e| damaged(path, e))?)
}

/// Scores of the random picks beside a run; empty until they were played.
pub(crate) fn random_scores(run: &Path) -> Result<Vec<Scores>, RunError> {
    Ok(extras(&run.join(names::EXTRAS))?.random_scores)
}

#[derive(Default)]
struct Maps {
    prediction: Option<Prediction>,
    /// On the structure image; NaN outside the candidate area.
    truth: Option<Array2<f64>>,
    regions: Option<Array2<u8>>,
    /// Prediction and truth of each further target.
    further: Vec<(Option<Prediction>, Option<Array2<f64>>)>,
}

impl Maps {
    fn read(path: &Path, image: (usize, usize), further: &[FurtherTarget]) -> Result<Self, RunError> {
        if !path.is_file() {
            return Ok(Self::default());
        }
        let file = File::open(path).map_err(io_error("read", path))?;
        let mut npz = NpzReader::new(file).map_err(|e| damaged(path, e))?;
        let names: Vec<String> = npz.names().map_err(|e| damaged(path, e))?;
        let has = |name: &str| names.iter().any(|n| n.trim_end_matches(".npy") == name);
        let mut map = |name: &str| -> Result<Option<Array2<f64>>, RunError> {
            if !has(name) {
                return Ok(None);
            }
            Ok(Some(npz.by_name(name).map_err(|e| damaged(path, e))?))
        };
        let mut maps_of = |ending: &str| -> Result<_, RunError> {
            let [mean, sigma, truth, score] =
                ["mean", "sigma", "truth", "truth_score"].map(|m| map(&format!("{m}{ending}")));
            Ok((mean?, sigma?, truth?, score?))
        };
        let (mean, sigma, truth, score) = maps_of("")?;
        let others = further.iter().map(|t| maps_of(&format!("_{}", t.target))).collect::<Result<Vec<_>, _>>()?;
        let offset: ndarray::Array1<u32> = npz.by_name("offset").map_err(|e| damaged(path, e))?;
        let (row, col) = match offset.as_slice() {
            Some(&[row, col]) => (row as usize, col as usize),
            _ => return Err(damaged(path, "offset is not a row and a column").into()),
        };
        let regions = if has("regions") { Some(npz.by_name("regions").map_err(|e| damaged(path, e))?) } else { None };
        let on_image = |map: Array2<f64>| {
            Array2::from_shape_fn(image, |(r, c)| {
                let at = (r.wrapping_sub(row), c.wrapping_sub(col));
                map.get(at).copied().unwrap_or(f64::NAN)
            })
        };
        let both = |mean: Option<Array2<f64>>, sigma: Option<Array2<f64>>, score: Option<Array2<f64>>| {
            mean.zip(sigma).map(|(mean, sigma)| Prediction { row, col, mean, sigma, score })
        };
        Ok(Self {
            prediction: both(mean, sigma, score),
            truth: truth.map(on_image),
            regions,
            further: others
                .into_iter()
                .map(|(mean, sigma, truth, score)| (both(mean, sigma, score), truth.map(on_image)))
                .collect(),
        })
    }
}

pub(crate) fn target_title(start: &Start) -> String {
    if !start.target_title.is_empty() {
        return start.target_title.clone();
    }
    descriptor::by_name(&start.target).map_or_else(|| report::words(&start.target), |d| d.title().into())
}

/// The score of a location on the components at the end: what the journal holds is that of the moment.
fn final_score(target: &str, pixel: Pixel, found: Option<&Components>) -> Option<f64> {
    let (k, found) = (component_of(target)?, found?);
    let row = found.pixels.iter().position(|p| *p == pixel)?;
    found.scores.get([row, k]).copied()
}

fn further_targets(
    story: &Story,
    maps: Vec<(Option<Prediction>, Option<Array2<f64>>)>,
    found: Option<&Components>,
) -> Vec<FurtherReport> {
    let mut maps = maps.into_iter();
    let report = |target: &FurtherTarget| {
        let (prediction, truth) = maps.next().unwrap_or_default();
        let value = |(pixel, readings): &(Pixel, Vec<Reading>)| {
            let journalled = readings.iter().find(|r| r.target == target.target).and_then(|r| r.value);
            Some((*pixel, final_score(&target.target, *pixel, found).or(journalled)?))
        };
        let scores = story.further_scores.iter().filter(|(name, _)| *name == target.target);
        FurtherReport {
            title: target.title.clone(),
            unit: target.unit.clone(),
            values: story.readings.iter().filter_map(value).collect(),
            prediction,
            truth,
            scores: scores.map(|(_, scores)| *scores).collect(),
        }
    };
    story.start.further_targets.iter().map(report).collect()
}

pub(crate) fn title(start: &Start) -> String {
    let target = report::learnt(start, &target_title(start));
    let place = if start.instrument.driver == "twin" { "a simulated film" } else { start.instrument.identity.as_str() };
    format!("Exploration of {target} on {place}")
}

/// The curves stored for show, or else up to three of the run's own: lowest, middle and highest value.
fn iv_examples(run: &Path, story: &Story, extras: &Extras) -> Result<Vec<IvExample>, RunError> {
    if !extras.examples.is_empty() {
        return Ok(extras
            .examples
            .iter()
            .map(|e| IvExample {
                label: e.label.clone(),
                pixel: Some(e.pixel),
                bias_v: e.bias_v.clone(),
                dark: Some(e.dark_a.clone()),
                light: Some(e.light_a.clone()),
            })
            .collect());
    }
    let mut curves: Vec<&Measurement> = story.measurements.iter().filter(|m| m.curve.is_some()).collect();
    curves.sort_by(|a, b| a.value.total_cmp(&b.value));
    let total = run.join(names::CURVES).metadata().map_or(0, |m| m.len() as usize / 8);
    // One row of bias and one of currents for every stored curve.
    let rows = 1 + story.curve_rows;
    let Some((bias_v, currents)) =
        (rows > 1 && !curves.is_empty()).then(|| read_curves(run, total / rows)).transpose()?.flatten()
    else {
        return Ok(Vec::new());
    };
    let last = curves.len() - 1;
    let mut chosen = vec![("lowest value", 0), ("middle value", last / 2), ("highest value", last)];
    chosen.dedup_by_key(|(_, i)| *i);
    let lit = story.start.light_suns > 0.0;
    Ok(chosen
        .into_iter()
        .filter_map(|(label, i)| {
            let current = currents.get(curves[i].curve?)?.clone();
            let (dark, light) = if lit { (None, Some(current)) } else { (Some(current), None) };
            Some(IvExample { label: label.into(), pixel: Some(curves[i].pixel), bias_v: bias_v.clone(), dark, light })
        })
        .collect())
}

fn parameters(story: &Story, grid: &ScanGrid, extras: &Extras) -> Vec<(String, String)> {
    let mut list = vec![(
        "scan".to_owned(),
        format!("{} × {} pixels over {} × {}", grid.cols, grid.rows, grid.width, grid.height),
    )];
    if let Some(e) = extras.examples.first() {
        list.push(("light of the lit example curves".into(), format!("{} sun", e.light_suns)));
    }
    if let Some(m) = story.measurements.last() {
        list.push(("instrument time at the last measurement".into(), format!("{:.0} s", m.instrument_time.0)));
    }
    if story.rejected > 0 {
        list.push(("measurements that could not be used".into(), story.rejected.to_string()));
    }
    list.extend(extras.warnings.iter().map(|w| ("warning".to_owned(), w.clone())));
    list
}

//! Ensemble and classical detector beside each other, where the truth is known.

use super::films::{Kind, Scanned, several};
use super::{BURR_PX, THRESHOLD};
use crate::progress::Progress;
use crate::run::RunError;
use ndarray::Array2;
use serde::Serialize;
use std::path::Path;
use tiptwin_core::boundaries::score::{self, Calibration, LineScores, STRICT_PX2, TOLERANCE_PX2};
use tiptwin_core::boundaries::{BoundaryGraph, Classical, Detection, Ensemble, Example, input, thin, truth};
use tiptwin_formats::Document;
use tiptwin_instrument::MasterSeed;

/// Scores of one detector, means over films.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Detector {
    /// Within one pixel, diagonal neighbours included.
    pub lines: LineScores,
    /// Within one pixel along rows and columns only.
    pub strict: LineScores,
    /// Share of the true junctions found, where grains are known.
    pub junction_recall: Option<f64>,
    /// Share of the found junctions that are true.
    pub junction_precision: Option<f64>,
}

/// One row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Kind of film, or name of a file.
    pub films: String,
    /// How many.
    pub count: usize,
    /// The ensemble.
    pub ensemble: Detector,
    /// The classical detector.
    pub classical: Detector,
    /// Whether the ensemble's spread says where it errs.
    pub calibration: Calibration,
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Parameters of the classical detector, tuned on films like those that the ensemble was trained on.
    pub classical: Classical,
    /// Its mean F1 on those.
    pub classical_tuning_f1: f64,
    /// One row for every kind and file.
    pub rows: Vec<Row>,
}

/// A film whose lines are known.
#[derive(Clone, Debug)]
pub struct Known {
    /// As detectors take it.
    pub image: Array2<f32>,
    /// True lines.
    pub line: Array2<bool>,
    /// True grains, if they are known.
    pub grains: Option<Array2<u32>>,
}

impl From<Example> for Known {
    fn from(e: Example) -> Self {
        Self { image: e.image, line: truth::line(&e.grains), grains: Some(e.grains) }
    }
}

/// Scores of the twin's kinds of films, `count` of each, none of which trains anything, and of the files of a folder.
pub fn table(
    ensemble: &Ensemble,
    count: u32,
    seed: u64,
    folder: Option<&Path>,
    progress: Progress,
) -> Result<Table, RunError> {
    progress.stage("tuning the classical detector on films like those of the training");
    let tuning: Vec<Example> = several(Kind::Any, 24, MasterSeed(seed))?.into_iter().map(|f| f.example).collect();
    let (classical, classical_tuning_f1) = Classical::tuned(&tuning);
    let mut rows = Vec::new();
    for kind in Kind::SCORED {
        progress.stage(&format!("{count} films, {}", kind.name()));
        let films = several(kind, count, MasterSeed(seed))?;
        let known = |of: &dyn Fn(&&Scanned) -> bool| -> Vec<Known> {
            films.iter().filter(of).map(|f| f.example.clone().into()).collect()
        };
        rows.push(row(kind.name(), &known(&|_| true), ensemble, classical));
        // One tip in three is double at this level, and decides more than everything else: a mean says little without knowing how many there were.
        if kind == Kind::Harsh {
            for (name, double) in [("harsh, one apex", false), ("harsh, two apexes", true)] {
                let part = known(&|f| f.double_tip == double);
                if !part.is_empty() {
                    rows.push(row(name, &part, ensemble, classical));
                }
            }
        }
    }
    for (name, known) in folder.map_or_else(|| Ok(Vec::new()), others)? {
        rows.push(row(&name, &[known], ensemble, classical));
    }
    Ok(Table { classical, classical_tuning_f1, rows })
}

/// Both detectors on some films.
pub fn row(name: &str, known: &[Known], ensemble: &Ensemble, classical: Classical) -> Row {
    let detections: Vec<Detection> = known.iter().map(|k| ensemble.of_prepared(&k.image)).collect();
    let by_network: Vec<Array2<bool>> = detections.iter().map(|d| d.lines(THRESHOLD)).collect();
    let by_textbook: Vec<Array2<bool>> = known.iter().map(|k| classical.of_prepared(&k.image)).collect();
    let cases: Vec<(&Detection, &Array2<bool>)> = detections.iter().zip(known).map(|(d, k)| (d, &k.line)).collect();
    Row {
        films: name.to_owned(),
        count: known.len(),
        ensemble: detector(known, &by_network),
        classical: detector(known, &by_textbook),
        calibration: score::calibration(&cases, THRESHOLD),
    }
}

fn detector(known: &[Known], found: &[Array2<bool>]) -> Detector {
    let n = known.len().max(1) as f64;
    let (mut all, mut junctions) = (Detector::default(), Vec::new());
    for (known, line) in known.iter().zip(found) {
        let graph = BoundaryGraph::new(line, BURR_PX);
        for (to, within) in [(&mut all.lines, TOLERANCE_PX2), (&mut all.strict, STRICT_PX2)] {
            let one = score::lines(&graph.line, &known.line, within);
            to.precision += one.precision / n;
            to.recall += one.recall / n;
            to.f1 += one.f1 / n;
        }
        junctions.extend(known.grains.as_ref().map(|grains| score::junctions(&graph, grains)));
    }
    if !junctions.is_empty() {
        let mean = |of: fn(&(f64, f64)) -> f64| junctions.iter().map(of).sum::<f64>() / junctions.len() as f64;
        all.junction_recall = Some(mean(|j| j.0));
        all.junction_precision = Some(mean(|j| j.1));
    }
    all
}

/// Every `.npz` of a folder that has a topography (`topo` or an array whose name begins with `topography`) and grains (`grain_id`), lines (`gb_line`) or
/// bands (`gb_mask`), in the order of their names.
pub fn others(folder: &Path) -> Result<Vec<(String, Known)>, RunError> {
    let entries = std::fs::read_dir(folder).map_err(crate::run::io_error("read", folder))?;
    let mut paths: Vec<_> =
        entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.extension().is_some_and(|e| e == "npz")).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let document = Document::open(&path).map_err(|e| RunError::Input(e.to_string()))?;
        let named = |name: &str| {
            let array =
                document.arrays.iter().find(|a| a.name == name || (name == "topography" && a.name.starts_with(name)));
            array.and_then(|a| a.values.clone().into_dimensionality::<ndarray::Ix2>().ok())
        };
        let Some(image) = named("topo").or_else(|| named("topography")) else { continue };
        let grains = named("grain_id").map(|g| g.mapv(|id| id as u32));
        let on = |name: &str| named(name).map(|m| m.mapv(|v| v > 0.5));
        let line = grains
            .as_ref()
            .map(truth::line)
            .or_else(|| on("gb_line"))
            .or_else(|| on("gb_mask").map(|m| thin::thinned(&m)));
        let Some(line) = line.filter(|l| l.dim() == image.dim()) else { continue };
        let name = path.file_name().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        found.push((name, Known { image: input::prepared(&image)?, line, grains }));
    }
    if found.is_empty() {
        let accepted =
            "accepted: .npz files with topo or topography… and grain_id, gb_line or gb_mask of the same shape";
        return Err(RunError::Input(format!("{} has no film with known boundaries; {accepted}", folder.display())));
    }
    Ok(found)
}

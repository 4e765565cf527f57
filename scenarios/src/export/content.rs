//! What a run folder holds, as numbers.

use crate::run::{FolderError, RunError, names, read_curves, read_journal};
use ndarray::{Array2, Ix1, Ix2, s};
use std::path::Path;
use tiptwin_formats::npz::{Archive, NpzError};
use tiptwin_formats::{Document, FileError};
use tiptwin_instrument::ScanGrid;
use tiptwin_instrument::log::{Decision, Event, Measurement, Start, StopOutcome};

/// A run.
pub(super) struct Content {
    pub(super) start: Start,
    pub(super) grid: ScanGrid,
    /// Images first as scanned, then maps of model and truth. Not a number where a map has no value.
    pub(super) images: Vec<Picture>,
    /// Decisions that led to a usable measurement.
    pub(super) picks: Vec<(Decision, Measurement)>,
    /// Bias in volts and currents in amperes of every stored curve.
    pub(super) curves: Option<(Vec<f64>, Vec<Vec<f64>>)>,
    /// How the run ended; `None` if it was cut off.
    pub(super) stop: Option<(StopOutcome, String)>,
    /// When the folder was begun, in seconds since 1970.
    pub(super) began_s: f64,
    /// The scenario as used.
    pub(super) scenario: String,
}

/// An image on the pixels of the scan.
pub(super) struct Picture {
    pub(super) name: String,
    /// SI unit; empty for arbitrary units.
    pub(super) unit: String,
    /// (H, W).
    pub(super) values: Array2<f64>,
}

impl Content {
    pub(super) fn read(run: &Path) -> Result<Self, RunError> {
        let (events, _) = read_journal(run)?;
        let (mut start, mut grid, mut images, mut stop) = (None, None, Vec::new(), None);
        let (mut decisions, mut measurements) = (Vec::new(), Vec::new());
        for event in events {
            match event {
                Event::Start(s) => start = Some(*s),
                Event::Scan { channel, unit, grid: scanned, .. } => {
                    let file = if grid.is_none() { names::STRUCTURE.to_owned() } else { names::further(&channel) };
                    images.push(Picture { name: channel, unit, values: image(&run.join(file))? });
                    grid = grid.or(Some(scanned));
                }
                Event::Decision(d) => decisions.push(d),
                Event::Resumed { .. } => stop = None,
                Event::Measurement(m) => measurements.push(m),
                Event::Stop { outcome, message, .. } => stop = Some((outcome, message)),
                _ => {}
            }
        }
        let (Some(start), Some(grid)) = (start, grid) else {
            let what =
                format!("{} ended before its structure image was scanned: there is nothing to export", run.display());
            return Err(RunError::Input(what));
        };
        images.extend(maps(&run.join(names::MAPS), &start, images[0].values.dim())?);
        let rows = measurements.iter().filter_map(|m| m.curve).max().map_or(0, |last| last + 2);
        let bytes = run.join(names::CURVES).metadata().map_or(0, |m| m.len() as usize);
        let curves = match (bytes / 8).checked_div(rows) {
            Some(samples) => read_curves(run, samples)?,
            None => None,
        };
        let picks = measurements
            .into_iter()
            .filter_map(|m| decisions.iter().find(|d| d.index == m.index).map(|d| (d.clone(), m)))
            .collect();
        let scenario_path = run.join(names::SCENARIO);
        let modified = scenario_path.metadata().and_then(|m| m.modified()).ok();
        let began_s =
            modified.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok()).map_or(0.0, |d| d.as_secs_f64());
        let scenario = std::fs::read_to_string(&scenario_path).unwrap_or_default();
        Ok(Self { start, grid, images, picks, curves, stop, began_s, scenario })
    }

    /// The head of the run as pairs of a name and a text, for formats that keep such pairs.
    pub(super) fn head(&self) -> Vec<(String, String)> {
        let s = &self.start;
        let pairs = [
            ("program", format!("tiptwin {}", s.version)),
            ("run", s.run.clone()),
            ("seed", s.seed.to_string()),
            ("strategy", s.strategy.clone()),
            ("acquisition", s.acquisition.clone()),
            ("target", s.target.clone()),
            ("target_unit", s.target_unit.clone()),
            ("light_suns", s.light_suns.to_string()),
            ("window_px", s.window_px.to_string()),
            ("measurements", self.picks.len().to_string()),
            ("driver", s.instrument.driver.clone()),
            ("instrument", s.instrument.identity.clone()),
        ];
        pairs.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
    }
}

fn damaged(path: &Path, reason: impl std::fmt::Display) -> RunError {
    FolderError::Damaged { path: path.to_owned(), reason: reason.to_string() }.into()
}

fn image(path: &Path) -> Result<Array2<f64>, RunError> {
    let document = Document::open(path).map_err(|e: FileError| damaged(path, e))?;
    let array = document.arrays.into_iter().next().ok_or_else(|| damaged(path, "it holds no array"))?;
    array.values.into_dimensionality::<Ix2>().map_err(|e| damaged(path, e))
}

/// Every map of the archive on the pixels of the scan; a map of the candidates lies at its offset.
fn maps(path: &Path, start: &Start, image: (usize, usize)) -> Result<Vec<Picture>, RunError> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let wrong = |e: NpzError| damaged(path, e);
    let mut archive = Archive::open(path).map_err(wrong)?;
    let offset = archive.numbers::<Ix1>("offset").map_err(wrong)?;
    let (row, col) = match offset.as_slice() {
        Some(&[row, col]) if row >= 0.0 && col >= 0.0 => (row as usize, col as usize),
        _ => return Err(damaged(path, "offset is not a row and a column")),
    };
    let mut names: Vec<String> = archive.names().filter(|n| *n != "offset").map(str::to_owned).collect();
    names.sort();
    let mut pictures = Vec::new();
    for name in names {
        let map = archive.numbers::<Ix2>(&name).map_err(wrong)?;
        let (r, c) = if map.dim() == image { (0, 0) } else { (row, col) };
        let mut values = Array2::from_elem(image, f64::NAN);
        let (bottom, right) = (r + map.nrows(), c + map.ncols());
        if bottom > image.0 || right > image.1 {
            return Err(damaged(path, format!("the map \"{name}\" reaches beyond the image")));
        }
        values.slice_mut(s![r..bottom, c..right]).assign(&map);
        pictures.push(Picture { unit: unit_of(&name, start), name, values });
    }
    Ok(pictures)
}

/// Maps of further targets end in their names; codes of regions and scores of the truth have no unit.
fn unit_of(map: &str, start: &Start) -> String {
    if map == "regions" || map.starts_with("truth_score") {
        return String::new();
    }
    let further = start.further_targets.iter().find(|t| map.ends_with(&format!("_{}", t.target)));
    further.map_or_else(|| start.target_unit.clone(), |t| t.unit.clone())
}

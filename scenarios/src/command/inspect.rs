//! `tiptwin inspect`: what is inside a file of images or curves.

use super::args::InspectArgs;
use super::error::CommandError;
use super::printer::Printer;
use crate::picture::{ColourMap, Scale, clip, write_png};
use crate::run::{self, io_error, names};
use ndarray::{Array2, Ix2};
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use tiptwin_formats::{Array, Document, FileError};
use tiptwin_instrument::units::engineering;

/// Notes shown without `--notes`.
const NOTES_SHOWN: usize = 12;
/// Characters of a thumbnail in a row; a character is about twice as high as wide.
const THUMBNAIL_COLS: usize = 48;
/// From dark to bright.
const RAMP: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];
/// Values beyond these percentiles take the end colours.
const CLIP_PERCENT: (f64, f64) = (1.0, 99.0);

#[derive(Serialize)]
struct Inspected<'a> {
    file: String,
    format: &'static str,
    arrays: Vec<Row<'a>>,
    notes: &'a [(String, String)],
    unreadable: &'a [(String, String)],
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    shape: &'a [usize],
    unit: Option<&'a str>,
    /// Extent of every dimension in its unit, where the file says one.
    extent: Vec<Option<(f64, &'a str)>>,
    least: Option<f64>,
    median: Option<f64>,
    largest: Option<f64>,
    not_finite: usize,
}

pub(super) fn inspect(arguments: &InspectArgs, printer: &Printer) -> Result<(), CommandError> {
    let document = Document::open(&arguments.file).map_err(|e: FileError| run::RunError::Input(e.to_string()))?;
    let rows: Vec<Row<'_>> = document.arrays.iter().map(row).collect();
    let mut text = format!("{}: {}\n", arguments.file.display(), document.format.name());
    for row in &rows {
        line(&mut text, row);
    }
    for (name, reason) in &document.unreadable {
        let _ = writeln!(text, "  {name}: not numbers ({reason})");
    }
    if let Some((name, image)) = document.arrays.iter().find_map(|a| image(a).map(|i| (&a.name, i))) {
        let _ = write!(text, "\n{name}:\n{}", thumbnail(&image));
    }
    notes(&mut text, &document.notes, arguments.notes);
    if let Some(folder) = &arguments.pictures {
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        text.push('\n');
        for (array, image) in document.arrays.iter().filter_map(|a| Some((a, image(a)?))) {
            let range = clip::range(&image, CLIP_PERCENT);
            let bytes = write_png(&image, ColourMap::Gold, Scale::Linear, range)
                .map_err(|e| run::RunError::Input(format!("{}: {e}", array.name)))?;
            let path = folder.join(format!("{}.png", names::plain(&array.name)));
            run::write_whole(&path, &bytes)?;
            let _ = writeln!(text, "{}", path.display());
        }
    }
    let result = Inspected {
        file: arguments.file.display().to_string(),
        format: document.format.name(),
        arrays: rows,
        notes: &document.notes,
        unreadable: &document.unreadable,
    };
    printer.result("inspect", result, &text);
    Ok(())
}

fn row(array: &Array) -> Row<'_> {
    let finite: Vec<f64> = array.values.iter().copied().filter(|x| x.is_finite()).collect();
    let at = |p| clip::percentile(&finite, p);
    let extent = array
        .axes
        .iter()
        .zip(array.values.shape())
        .map(|(axis, &length)| (!axis.unit.is_empty()).then_some((axis.step * length as f64, axis.unit.as_str())))
        .collect();
    Row {
        name: &array.name,
        shape: array.values.shape(),
        unit: array.unit.as_deref(),
        extent,
        least: at(0.0),
        median: at(50.0),
        largest: at(100.0),
        not_finite: array.values.len() - finite.len(),
    }
}

fn line(text: &mut String, row: &Row<'_>) {
    let shape: Vec<String> = row.shape.iter().map(ToString::to_string).collect();
    let shape = if shape.is_empty() { "one number".to_owned() } else { shape.join(" × ") };
    let _ = write!(text, "  {:<24} {shape:<16}", row.name);
    let extent: Vec<String> = row.extent.iter().flatten().map(|(size, unit)| engineering(*size, unit)).collect();
    if !extent.is_empty() {
        let _ = write!(text, " over {:<20}", extent.join(" × "));
    }
    if let (Some(least), Some(median), Some(largest)) = (row.least, row.median, row.largest) {
        let shown = |x: f64| row.unit.map_or_else(|| format!("{x:.4e}"), |unit| engineering(x, unit));
        let _ = write!(text, " {} … {} … {}", shown(least), shown(median), shown(largest));
        text.push_str(if row.unit.is_none() { " (no unit)" } else { "" });
    }
    if row.not_finite > 0 {
        let _ = write!(text, ", {} not finite", row.not_finite);
    }
    text.push('\n');
}

fn notes(text: &mut String, notes: &[(String, String)], all: bool) {
    if notes.is_empty() {
        return;
    }
    let shown = if all { notes.len() } else { notes.len().min(NOTES_SHOWN) };
    let _ = writeln!(text, "\n{} notes:", notes.len());
    for (key, value) in &notes[..shown] {
        let _ = writeln!(text, "  {key}: {value}");
    }
    if shown < notes.len() {
        let _ = writeln!(text, "  … and {} more: --notes", notes.len() - shown);
    }
}

fn image(array: &Array) -> Option<Array2<f64>> {
    let image = array.values.clone().into_dimensionality::<Ix2>().ok()?;
    (image.nrows() > 1 && image.ncols() > 1 && array.axes.iter().all(|a| a.unit != "s")).then_some(image)
}

/// An image in characters: every character is the mean of its pixels.
fn thumbnail(image: &Array2<f64>) -> String {
    let (rows, cols) = image.dim();
    let wide = cols.min(THUMBNAIL_COLS);
    let high = (rows * wide).div_ceil(2 * cols).max(1);
    let (low, high_value) = clip::range(image, CLIP_PERCENT);
    let mut text = String::new();
    for r in 0..high {
        text.push_str("  ");
        for c in 0..wide {
            let part = |k: usize, of: usize, n: usize| k * n / of..((k + 1) * n / of).max(k * n / of + 1);
            let block = image.slice(ndarray::s![part(r, high, rows), part(c, wide, cols)]);
            let finite: Vec<f64> = block.iter().copied().filter(|x| x.is_finite()).collect();
            let mean = finite.iter().sum::<f64>() / finite.len() as f64;
            let place = ((mean - low) / (high_value - low)).clamp(0.0, 1.0);
            text.push(if finite.is_empty() { '?' } else { RAMP[(place * (RAMP.len() - 1) as f64).round() as usize] });
        }
        text.push('\n');
    }
    text
}

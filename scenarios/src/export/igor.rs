//! Igor binary waves: `run.ibw` with all images and maps as layers, and `curves/PointNNNN.ibw` for every curve, samples × (Bias, Current)
//! against time, as the microscope's own software writes point curves. Layers are single precision, curves double.

use super::Files;
use super::content::Content;
use std::fmt::Write as _;
use tiptwin_formats::ibw::{ByteOrder, Dimension, NumberKind, Wave};
use tiptwin_instrument::log::Measurement;

/// Seconds from the start of 1904, where Igor's clock begins, to 1970.
const EPOCH_1904_S: f64 = 2_082_844_800.0;
/// Longest label of a layer, in bytes.
const LABEL: usize = 31;

pub(super) fn files(content: &Content) -> Result<Files, String> {
    let grid = &content.grid;
    let layers: Vec<_> = content.images.iter().map(|i| (label(&i.name), i.values.clone())).collect();
    let (pixel_x, pixel_y) = (grid.width.0 / grid.cols as f64, grid.height.0 / grid.rows as f64);
    // Between the centres of the first and the last pixel.
    let size = [grid.width.0 - pixel_x, grid.height.0 - pixel_y];
    let corner = [grid.origin.x.0 + 0.5 * pixel_x, grid.origin.y.0 + 0.5 * pixel_y];
    let mut image = Wave::image("run", &layers, size, corner);
    image.note = note(content, &[("ScanSize", format!("{:e}", grid.width.0))]);
    image.created_modified_s = [seconds_1904(content); 2];
    let mut files = vec![("run.ibw".to_owned(), image.write().map_err(|e| e.to_string())?)];
    if let Some((bias_v, currents)) = &content.curves {
        for (_, m) in &content.picks {
            let Some(current_a) = m.curve.and_then(|c| currents.get(c)) else { continue };
            let wave = curve(content, m, bias_v, current_a);
            files.push((format!("curves/{}.ibw", wave.name), wave.write().map_err(|e| e.to_string())?));
        }
    }
    Ok(files)
}

fn curve(content: &Content, m: &Measurement, bias_v: &[f64], current_a: &[f64]) -> Wave {
    let extra = [
        ("XPosition", format!("{:e}", m.position.x.0)),
        ("YPosition", format!("{:e}", m.position.y.0)),
        ("Row", m.pixel.row.to_string()),
        ("Column", m.pixel.col.to_string()),
        ("Value", format!("{:e}", m.value)),
        ("InstrumentTime", format!("{:e}", m.instrument_time.0)),
    ];
    let along = |length, unit: &str, labels: &[&str]| Dimension {
        length,
        start: 0.0,
        step: 1.0,
        unit: unit.into(),
        labels: labels.iter().map(|&l| l.into()).collect(),
    };
    Wave {
        name: format!("Point{:04}", m.index),
        kind: NumberKind::F64,
        complex: false,
        order: ByteOrder::Little,
        created_modified_s: [seconds_1904(content); 2],
        dimensions: vec![along(bias_v.len(), "", &[]), along(2, "", &["Bias", "Current"])],
        unit: String::new(),
        values: bias_v.iter().chain(current_a).copied().collect(),
        note: note(content, &extra),
    }
}

fn note(content: &Content, extra: &[(&str, String)]) -> String {
    let extra = extra.iter().map(|(name, text)| ((*name).to_owned(), text.clone()));
    let mut note = String::new();
    for (name, text) in content.head().into_iter().chain(extra) {
        let _ = write!(note, "{name}: {}\r", text.replace('\r', " "));
    }
    note
}

fn label(name: &str) -> String {
    let mut end = name.len().min(LABEL);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned()
}

fn seconds_1904(content: &Content) -> u32 {
    (content.began_s + EPOCH_1904_S) as u32
}

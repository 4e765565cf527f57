//! NumPy: `run.npz` with every image and map (H, W) under its name, `picks_…` columns, `bias_v` (N) and `current_a` (measurements, N), the
//! scan's `width_m`, `height_m`, `pixel_size_m` (row, column), and `metadata_json`, the head of the run as the bytes of a UTF-8 text
//! (`json.loads(bytes(f["metadata_json"]))`).

use super::Files;
use super::content::Content;
use super::tables;
use ndarray::{Array1, Array2};
use ndarray_npy::{NpzWriter, WriteNpzError};
use std::collections::BTreeMap;
use std::io::Cursor;
use tiptwin_formats::parquet::Values;

pub(super) fn files(content: &Content) -> Result<Files, String> {
    archive(content).map(|bytes| vec![("run.npz".to_owned(), bytes)]).map_err(|e| e.to_string())
}

fn archive(content: &Content) -> Result<Vec<u8>, WriteNpzError> {
    let mut npz = NpzWriter::new_compressed(Cursor::new(Vec::new()));
    for image in &content.images {
        npz.add_array(&image.name, &image.values)?;
    }
    for column in tables::picks(content) {
        let name = format!("picks_{}", column.name);
        match column.values {
            Values::Whole(v) => npz.add_array(name, &Array1::from(v))?,
            Values::Real(v) => npz.add_array(name, &Array1::from(v))?,
            Values::Text(_) => {}
        }
    }
    if let Some((bias_v, currents)) = &content.curves {
        npz.add_array("bias_v", &Array1::from(bias_v.clone()))?;
        let flat: Vec<f64> = currents.iter().flatten().copied().collect();
        if let Ok(stack) = Array2::from_shape_vec((currents.len(), bias_v.len()), flat) {
            npz.add_array("current_a", &stack)?;
        }
    }
    let grid = &content.grid;
    let pixel = [grid.height.0 / grid.rows as f64, grid.width.0 / grid.cols as f64];
    npz.add_array("pixel_size_m", &Array1::from(pixel.to_vec()))?;
    npz.add_array("width_m", &ndarray::arr0(grid.width.0))?;
    npz.add_array("height_m", &ndarray::arr0(grid.height.0))?;
    let mut head: BTreeMap<String, String> = content.head().into_iter().collect();
    let units = content.images.iter().map(|i| (format!("unit of {}", i.name), i.unit.clone()));
    head.extend(units);
    head.insert("scenario_toml".into(), content.scenario.clone());
    let json = serde_json::to_vec(&head).unwrap_or_default();
    npz.add_array("metadata_json", &Array1::from(json))?;
    Ok(npz.finish()?.into_inner())
}

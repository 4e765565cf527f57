//! Principal components of the curves of a run, on the disk.
//!
//! `components.npz` holds `mean` (M), `loadings` (K × M), `explained` (K), `deviation` (K) and `scale_a` as in
//! [`CurveComponents`], the bias of the M samples as `bias_v`, and the `scores` (N × K) of the N measured locations with their `pixels`
//! (N × 2, row and column).

use super::RunError;
use super::folder::{FolderError, io_error, names, write_with};
use super::running::Running;
use ndarray::{Array1, Array2, arr1};
use ndarray_npy::{NpzReader, NpzWriter};
use std::fs::File;
use std::io;
use std::path::Path;
use tiptwin_core::descriptor::CurveComponents;
use tiptwin_core::session::component_of;
use tiptwin_instrument::Pixel;

/// What the file holds.
#[derive(Debug)]
pub(super) struct Components {
    pub(super) found: CurveComponents,
    pub(super) bias_v: Vec<f64>,
    pub(super) scores: Array2<f64>,
    pub(super) pixels: Vec<Pixel>,
}

/// Writes the file if there are components.
pub(super) fn write(run: &Running) -> Result<(), RunError> {
    let (Some(components), Some(candidates)) = (run.session.components(), run.session.candidates()) else {
        return Ok(());
    };
    let names: Vec<&str> = run.session.targets().collect();
    let columns: Vec<_> = (0..components.loadings.nrows())
        .filter_map(|k| names.iter().position(|name| component_of(name) == Some(k)))
        .map(|target| run.session.measured_of(target))
        .collect();
    let n = columns.first().map_or(0, |c| c.len());
    let scores = Array2::from_shape_fn((n, columns.len()), |(i, k)| columns[k][i].value);
    let pixels = Array2::from_shape_fn((n, 2), |(i, j)| {
        let pixel = candidates.pixel(columns[0][i].index);
        (if j == 0 { pixel.row } else { pixel.col }) as u32
    });
    write_with(&run.folder.path().join(names::COMPONENTS), |file| {
        let mut npz = NpzWriter::new_compressed(file);
        npz.add_array("mean", &components.mean).map_err(io::Error::other)?;
        npz.add_array("loadings", &components.loadings).map_err(io::Error::other)?;
        npz.add_array("explained", &components.explained).map_err(io::Error::other)?;
        npz.add_array("deviation", &components.deviation).map_err(io::Error::other)?;
        npz.add_array("scale_a", &arr1(&[components.scale_a])).map_err(io::Error::other)?;
        npz.add_array("bias_v", &arr1(&run.bias_v)).map_err(io::Error::other)?;
        npz.add_array("scores", &scores).map_err(io::Error::other)?;
        npz.add_array("pixels", &pixels).map_err(io::Error::other)?;
        npz.finish().map_err(io::Error::other).map(drop)
    })?;
    Ok(())
}

/// Reads the file; `None` where there is none.
pub(super) fn read(run: &Path) -> Result<Option<Components>, RunError> {
    let path = run.join(names::COMPONENTS);
    if !path.is_file() {
        return Ok(None);
    }
    let damaged =
        |reason: &dyn std::fmt::Display| FolderError::Damaged { path: path.clone(), reason: reason.to_string() };
    let mut npz = NpzReader::new(File::open(&path).map_err(io_error("read", &path))?).map_err(|e| damaged(&e))?;
    let mut row = |name: &str| -> Result<Array1<f64>, FolderError> { npz.by_name(name).map_err(|e| damaged(&e)) };
    let (mean, explained, deviation) = (row("mean")?, row("explained")?, row("deviation")?);
    let (scale_a, bias_v) = (row("scale_a")?, row("bias_v")?);
    let loadings: Array2<f64> = npz.by_name("loadings").map_err(|e| damaged(&e))?;
    let scores: Array2<f64> = npz.by_name("scores").map_err(|e| damaged(&e))?;
    let pixels: Array2<u32> = npz.by_name("pixels").map_err(|e| damaged(&e))?;
    let (k, m) = loadings.dim();
    let fits = mean.len() == m && bias_v.len() == m && [explained.len(), deviation.len(), scores.ncols()] == [k; 3];
    if !fits || scale_a.is_empty() || pixels.dim() != (scores.nrows(), 2) {
        return Err(damaged(&"its arrays do not fit together").into());
    }
    Ok(Some(Components {
        found: CurveComponents { scale_a: scale_a[0], mean, loadings, explained, deviation },
        bias_v: bias_v.to_vec(),
        pixels: pixels.rows().into_iter().map(|p| Pixel { row: p[0] as usize, col: p[1] as usize }).collect(),
        scores,
    }))
}

//! The files beside the page: arrays and pictures.

use super::truth::Truth;
use crate::command::error::CommandError;
use crate::picture::{ColourMap, Scale, write_png};
use crate::run::{FolderError, write_whole};
use ndarray::Array2;
use ndarray_npy::NpzWriter;
use std::io::{self, Cursor};
use std::path::Path;
use tiptwin_instrument::ScanGrid;

pub(super) fn write_npz(
    path: &Path,
    topography_m: &Array2<f64>,
    truth: &Truth,
    grid: &ScanGrid,
) -> Result<(), CommandError> {
    let mut bytes = Cursor::new(Vec::new());
    let mut npz = NpzWriter::new_compressed(&mut bytes);
    let written = (|| -> Result<(), ndarray_npy::WriteNpzError> {
        npz.add_array("topography_m", topography_m)?;
        for (name, maps) in truth.named() {
            let unit = maps.unit.replace('·', "_").to_lowercase();
            npz.add_array(format!("{name}_dark_{unit}"), &maps.dark)?;
            npz.add_array(format!("{name}_light_{unit}"), &maps.light)?;
        }
        npz.add_array("boundary_mask", &truth.regions.mapv(|r| u8::from(r == 1)))?;
        npz.add_array("junction_mask", &truth.regions.mapv(|r| u8::from(r == 2)))?;
        npz.add_array("pixel_size_m", &ndarray::arr0(grid.pixel_width().0))?;
        npz.finish()?;
        Ok(())
    })();
    written.map_err(|e| FolderError::Io { what: "write", path: path.to_owned(), source: io::Error::other(e) })?;
    Ok(write_whole(path, &bytes.into_inner())?)
}

pub(super) fn write_picture(path: &Path, values: &Array2<f64>, map: ColourMap) -> Result<(), CommandError> {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    let bytes = write_png(values, map, Scale::Linear, (low, high)).map_err(|source| FolderError::Io {
        what: "write",
        path: path.to_owned(),
        source: io::Error::other(source),
    })?;
    Ok(write_whole(path, &bytes)?)
}

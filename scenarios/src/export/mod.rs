//! A run folder in the formats of other programs, from the folder alone.
//!
//! One format a file: what goes where stands at its head. Every export carries what a stranger needs to read it: units, axes, and the head of
//! the run (strategy, seed, instrument, versions).

mod content;
mod events;
mod gwyddion;
mod igor;
mod nsid;
mod numpy;
mod tables;

use crate::run::{RunError, io_error, write_whole};
use content::Content;
use std::fs;
use std::path::{Path, PathBuf};

/// A format to export to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// Apache Parquet: picks.parquet and curves.parquet
    Parquet,
    /// NumPy: run.npz with images, maps, picks and curves
    Npz,
    /// Gwyddion: one .gsf an image, and the picks as picks.gxyzf
    Gwyddion,
    /// Igor binary waves: the images as one wave, one wave a curve
    Ibw,
    /// NSID in HDF5, for pycroscopy: run.h5
    Nsid,
    /// Bluesky event-model documents: events.jsonl
    Events,
}

/// Writes a run in a format into a folder and returns the files, in the order they were written.
///
/// A file appears under its name only when it is whole. Files of those names are replaced; others in the folder stay.
pub fn export(run: &Path, format: ExportFormat, out: &Path) -> Result<Vec<PathBuf>, RunError> {
    let content = Content::read(run)?;
    let files = match format {
        ExportFormat::Parquet => Ok(tables::files(&content)),
        ExportFormat::Npz => numpy::files(&content),
        ExportFormat::Gwyddion => gwyddion::files(&content),
        ExportFormat::Ibw => igor::files(&content),
        ExportFormat::Nsid => nsid::files(&content),
        ExportFormat::Events => Ok(events::files(&content)),
    };
    let files = files.map_err(|reason| RunError::Input(format!("{} cannot be exported: {reason}", run.display())))?;
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = out.join(name);
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        write_whole(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

/// Names (with `/` for folders) and contents of files.
type Files = Vec<(String, Vec<u8>)>;

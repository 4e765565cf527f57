//! Where a recording's arrays come from: one file, and others beside it for what it does not hold.

use super::RecordingError;
use ndarray::{Array, ArrayD, Dimension};
use std::path::{Path, PathBuf};
use tiptwin_formats::npz::Archive;
use tiptwin_formats::{Document, Format};

/// A file of arrays. An archive can hold much that is not asked for, so that its arrays are read one by one.
enum Contents {
    Archive(Archive),
    Document(Document),
}

/// An open recording.
pub(super) struct Source {
    file: PathBuf,
    contents: Contents,
}

/// An array and what its file says about it.
pub(super) struct Found<D: Dimension> {
    pub(super) values: Array<f64, D>,
    /// Unit word, if the file has one.
    pub(super) unit: Option<String>,
    /// Distance of rows and of columns in metres, if the file says so.
    pub(super) pixel_m: Option<[f64; 2]>,
}

impl Source {
    pub(super) fn open(file: &Path) -> Result<Self, RecordingError> {
        let contents = match Format::of(file)? {
            Format::Npz => Contents::Archive(Archive::open(file)?),
            _ => Contents::Document(Document::open(file)?),
        };
        Ok(Self { file: file.to_owned(), contents })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        match &self.contents {
            Contents::Archive(archive) => archive.has(name),
            Contents::Document(document) => document.array(name).is_some(),
        }
    }

    /// An array of this file, all its values finite; or, where `name` is another file of one array beside it, that one.
    pub(super) fn array<D: Dimension>(&mut self, name: &str) -> Result<Found<D>, RecordingError> {
        let beside = self.file.with_file_name(name);
        if !self.has(name) && beside.is_file() {
            return Self::only_array(&beside);
        }
        match &mut self.contents {
            Contents::Archive(archive) => Ok(Found { values: archive.reals(name)?, unit: None, pixel_m: None }),
            Contents::Document(document) => match document.array(name) {
                Some(array) => found(&self.file, array),
                None => Err(no_array(&self.file, name, document)),
            },
        }
    }

    fn only_array<D: Dimension>(file: &Path) -> Result<Found<D>, RecordingError> {
        let document = Document::open(file)?;
        match &document.arrays[..] {
            [array] => found(file, array),
            _ => Err(RecordingError::ManyArrays {
                file: file.to_owned(),
                present: document.arrays.iter().map(|a| a.name.clone()).collect(),
            }),
        }
    }
}

fn no_array(file: &Path, name: &str, document: &Document) -> RecordingError {
    let present = document.arrays.iter().map(|a| a.name.clone()).collect();
    RecordingError::NoArray { file: file.to_owned(), name: name.to_owned(), present }
}

fn found<D: Dimension>(file: &Path, array: &tiptwin_formats::Array) -> Result<Found<D>, RecordingError> {
    let values: &ArrayD<f64> = &array.values;
    if let Some((index, &value)) = values.indexed_iter().find(|(_, v)| !v.is_finite()) {
        let index = ndarray::Dimension::slice(&index).to_vec();
        return Err(RecordingError::NotFinite { file: file.to_owned(), name: array.name.clone(), index, value });
    }
    let pixel_m = match &array.axes[..] {
        [.., rows, cols] if rows.unit == "m" && cols.unit == "m" => Some([rows.step, cols.step]),
        _ => None,
    };
    let values = values.clone().into_dimensionality::<D>().map_err(|_| RecordingError::Dimensions {
        name: array.name.clone(),
        shape: values.shape().to_vec(),
        expected: D::NDIM.unwrap_or(0),
    })?;
    Ok(Found { values, unit: array.unit.clone(), pixel_m })
}

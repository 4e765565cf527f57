//! What all formats have in common: named arrays with units and axes, and notes.

use crate::error::{FileError, FormatError};
use crate::gsf::SimpleField;
use crate::gxyzf::XyzField;
use crate::ibw::{self, Wave};
use crate::mask;
use crate::npz::Archive;
use ndarray::{ArrayD, IxDyn};
use std::path::Path;

/// A file's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Igor binary wave.
    Ibw,
    /// Gwyddion simple field.
    Gsf,
    /// Gwyddion XYZ field.
    Gxyzf,
    /// NumPy archive.
    Npz,
    /// One NumPy array.
    Npy,
    /// HDF5 by the NSID convention.
    H5,
    /// Picture.
    Png,
}

impl Format {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Ibw, "ibw", "Igor binary wave"),
        (Self::Gsf, "gsf", "Gwyddion simple field"),
        (Self::Gxyzf, "gxyzf", "Gwyddion XYZ field"),
        (Self::Npz, "npz", "NumPy archive"),
        (Self::Npy, "npy", "NumPy array"),
        (Self::H5, "h5", "NSID in HDF5"),
        (Self::Png, "png", "PNG picture"),
    ];

    /// The format that a file's ending stands for.
    pub fn of(path: &Path) -> Result<Self, FileError> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        Self::ALL.iter().find(|(_, e, _)| *e == ending).map(|(f, ..)| *f).ok_or_else(|| FileError::Ending {
            path: path.to_owned(),
            ending,
            accepted: Self::endings(),
        })
    }

    /// All endings, as a list for people.
    pub fn endings() -> String {
        Self::ALL.map(|(_, e, _)| format!(".{e}")).join(", ")
    }

    /// Its name in words.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(f, ..)| *f == self).map_or("", |(_, _, name)| name)
    }
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Document {
    /// The format it came in.
    pub format: Format,
    /// Its arrays, in the order of the file.
    pub arrays: Vec<Array>,
    /// What it says about itself, in the order of the file.
    pub notes: Vec<(String, String)>,
    /// Arrays that are there and are not numbers, with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// A named array.
#[derive(Clone, Debug)]
pub struct Array {
    /// Name of a channel or array.
    pub name: String,
    /// Unit of the values, as written; `None` where the file does not say.
    pub unit: Option<String>,
    /// One per dimension, the slowest first: rows, columns, samples.
    pub axes: Vec<Axis>,
    /// The values; not a number where the file has none.
    pub values: ArrayD<f64>,
}

/// One dimension of an array: index `i` stands at `start + i × step`.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Position of the first value.
    pub start: f64,
    /// Distance between values.
    pub step: f64,
    /// Unit of both; empty where the file does not say.
    pub unit: String,
}

impl Axis {
    fn pixels() -> Self {
        Self { start: 0.0, step: 1.0, unit: String::new() }
    }
}

impl Document {
    /// Reads a whole file, by its ending.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let format = Format::of(path)?;
        if format == Format::Npz {
            return Ok(Self::archive(Archive::open(path)?));
        }
        let bytes = std::fs::read(path).map_err(|source| FileError::Io { path: path.to_owned(), source })?;
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        Self::read(format, &bytes, &stem).map_err(FileError::format(path))
    }

    /// Reads the bytes of a file; `name` is the name of an array that has none of its own.
    pub fn read(format: Format, bytes: &[u8], name: &str) -> Result<Self, FormatError> {
        let document = |arrays, notes| Self { format, arrays, notes, unreadable: Vec::new() };
        let named = |title: &str| if title.is_empty() { name.to_owned() } else { title.to_owned() };
        match format {
            Format::Ibw => Wave::read(bytes).map(|w| document(w.arrays(), ibw::notes(&w.note))),
            Format::Gsf => SimpleField::read(bytes).map(|f| {
                let (rows, cols) = f.values.dim();
                let axis = |k: usize, n: usize| Axis {
                    start: f.origin[k],
                    step: f.size[k] / n as f64,
                    unit: f.lateral_unit.clone(),
                };
                let axes = vec![axis(1, rows), axis(0, cols)];
                let array = Array { name: named(&f.title), unit: Some(f.unit), axes, values: f.values.into_dyn() };
                document(vec![array], f.notes)
            }),
            Format::Gxyzf => XyzField::read(bytes).map(|f| {
                let column = |name: String, unit: String, values: Vec<f64>| Array {
                    name,
                    unit: Some(unit),
                    axes: vec![Axis::pixels()],
                    values: ndarray::Array1::from(values).into_dyn(),
                };
                let along = |k: usize| f.points.iter().map(|p| p[k]).collect();
                let mut arrays = vec![
                    column("x".to_owned(), f.lateral_unit.clone(), along(0)),
                    column("y".to_owned(), f.lateral_unit.clone(), along(1)),
                ];
                arrays.extend(f.channels.into_iter().map(|c| column(c.title, c.unit, c.values)));
                document(arrays, f.notes)
            }),
            Format::H5 => crate::nsid::read(bytes),
            Format::Png => mask::read(bytes).map(|m| document(vec![plain(name.to_owned(), m.into_dyn())], Vec::new())),
            Format::Npy => {
                let values = crate::npz::read_npy(bytes)?;
                Ok(document(vec![plain(name.to_owned(), values)], Vec::new()))
            }
            Format::Npz => Archive::from_bytes(Path::new(name), bytes)
                .map(Self::archive)
                .map_err(|e| FormatError::value("the file", e, "a whole .npz archive")),
        }
    }

    fn archive(mut archive: Archive) -> Self {
        let names: Vec<String> = archive.names().map(str::to_owned).collect();
        let (mut arrays, mut unreadable) = (Vec::new(), Vec::new());
        for name in names {
            match archive.numbers::<IxDyn>(&name) {
                Ok(values) => arrays.push(plain(name, values)),
                Err(error) => unreadable.push((name, error.to_string())),
            }
        }
        Self { format: Format::Npz, arrays, notes: Vec::new(), unreadable }
    }

    /// The array of that name.
    pub fn array(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|a| a.name == name)
    }
}

fn plain(name: String, values: ArrayD<f64>) -> Array {
    Array { name, unit: None, axes: vec![Axis::pixels(); values.ndim()], values }
}

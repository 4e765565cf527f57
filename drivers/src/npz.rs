//! Arrays out of `.npz` files, whatever number type they were saved in, checked before anyone uses them.

use ndarray::{Array, Dimension};
use ndarray_npy::{NpzReader, ReadNpzError, ReadableElement};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Why an array cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NpzError {
    /// The file cannot be opened.
    #[error("cannot open {}: {source}; accepted: a readable .npz file", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a whole archive.
    #[error("{} is not a complete .npz archive ({source}); it may be truncated: copy it again", file.display())]
    Archive {
        /// The file.
        file: PathBuf,
        /// What the reader said.
        source: ReadNpzError,
    },
    /// There is no such array.
    #[error("{} has no array \"{name}\"; accepted: {}", file.display(), present.join(", "))]
    Missing {
        /// The file.
        file: PathBuf,
        /// The array.
        name: String,
        /// Arrays there are.
        present: Vec<String>,
    },
    /// The array has another shape or element type, or its data end early.
    #[error("array \"{name}\" of {} cannot be read: {reason}; accepted: {accepted}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The array.
        name: String,
        /// Why.
        reason: String,
        /// What would be accepted.
        accepted: String,
    },
    /// A value is not a number.
    #[error("array \"{name}\" of {} is {value} at index {index:?}; every value must be finite", file.display())]
    NotFinite {
        /// The file.
        file: PathBuf,
        /// The array.
        name: String,
        /// Where.
        index: Vec<usize>,
        /// What stands there.
        value: f64,
    },
}

/// An open archive.
pub(crate) struct Archive {
    file: PathBuf,
    reader: NpzReader<BufReader<File>>,
    present: Vec<String>,
}

impl Archive {
    pub(crate) fn open(file: &Path) -> Result<Self, NpzError> {
        let opened = File::open(file).map_err(|source| NpzError::Open { file: file.to_owned(), source })?;
        let archive = |source| NpzError::Archive { file: file.to_owned(), source };
        let mut reader = NpzReader::new(BufReader::new(opened)).map_err(archive)?;
        let present = reader.names().map_err(archive)?;
        Ok(Self { file: file.to_owned(), reader, present })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.present.iter().any(|p| p.trim_end_matches(".npy") == name)
    }

    /// An array of any real or integer type as f64, all values finite.
    pub(crate) fn reals<D: Dimension>(&mut self, name: &str) -> Result<Array<f64, D>, NpzError> {
        let array = self.any_number(name)?;
        if let Some((index, &value)) = array.view().into_dyn().indexed_iter().find(|(_, v)| !v.is_finite()) {
            let index = ndarray::Dimension::slice(&index).to_vec();
            return Err(NpzError::NotFinite { file: self.file.clone(), name: name.to_owned(), index, value });
        }
        // Files from other languages can be column-major; everything downstream reads rows.
        Ok(array.as_standard_layout().into_owned())
    }

    fn any_number<D: Dimension>(&mut self, name: &str) -> Result<Array<f64, D>, NpzError> {
        if !self.has(name) {
            let present = self.present.iter().map(|p| p.trim_end_matches(".npy").to_owned()).collect();
            return Err(NpzError::Missing { file: self.file.clone(), name: name.to_owned(), present });
        }
        // The element type is in the array's own header: try the likely ones first.
        if let Some(a) = self.typed::<f32, D>(name, f64::from)? {
            return Ok(a);
        }
        if let Some(a) = self.typed::<f64, D>(name, |x| x)? {
            return Ok(a);
        }
        if let Some(a) = self.typed::<u8, D>(name, f64::from)? {
            return Ok(a);
        }
        if let Some(a) = self.typed::<bool, D>(name, |b| f64::from(u8::from(b)))? {
            return Ok(a);
        }
        if let Some(a) = self.typed::<i16, D>(name, f64::from)? {
            return Ok(a);
        }
        if let Some(a) = self.typed::<u16, D>(name, f64::from)? {
            return Ok(a);
        }
        if let Some(a) = self.typed::<i32, D>(name, f64::from)? {
            return Ok(a);
        }
        if let Some(a) = self.typed::<i64, D>(name, |i| i as f64)? {
            return Ok(a);
        }
        Err(self.unreadable(name, "its elements are of another type".to_owned()))
    }

    /// `None` if the elements are of another type.
    fn typed<T: ReadableElement + Clone, D: Dimension>(
        &mut self,
        name: &str,
        to_f64: impl Fn(T) -> f64,
    ) -> Result<Option<Array<f64, D>>, NpzError> {
        use ndarray_npy::ReadNpyError;
        match self.reader.by_name::<ndarray::OwnedRepr<T>, D>(name) {
            Ok(array) => Ok(Some(array.mapv(to_f64))),
            Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(_))) => Ok(None),
            Err(error) => Err(self.unreadable(name, error.to_string())),
        }
    }

    fn unreadable(&self, name: &str, reason: String) -> NpzError {
        let accepted = "real or integer numbers of the documented shape".to_owned();
        NpzError::Unreadable { file: self.file.clone(), name: name.to_owned(), reason, accepted }
    }
}

//! Arrays out of `.npz` files, whatever number type they were saved in, checked before anyone uses them.

use crate::error::FormatError;
use ndarray::{Array, ArrayD, Dimension};
use ndarray_npy::{ReadNpyError, ReadNpyExt, ReadableElement};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::result::ZipError;

/// Largest array that is read out of an archive, packed or not.
const MOST_BYTES: u64 = 1 << 31;

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
        source: ZipError,
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

/// An element of an array.
trait Number: ReadableElement + Clone {
    fn real(self) -> f64;
}

macro_rules! number {
    ($real:expr; $($t:ty),+) => { $(impl Number for $t {
        fn real(self) -> f64 {
            $real(self)
        }
    })+ };
}
number!(f64::from; f32, f64, u8, i8, i16, u16, i32, u32);
number!(|x| x as f64; i64, u64);

impl Number for bool {
    fn real(self) -> f64 {
        f64::from(u8::from(self))
    }
}

/// Returns the first array that `$read` finds, with `$T` standing for one element type after the other.
macro_rules! first_type {
    (|$T:ident| $read:expr) => {
        first_type!(@ $T, $read, f32, f64, u8, bool, i16, u16, i32, u32, i64, u64, i8)
    };
    (@ $T:ident, $read:expr, $($t:ty),+) => {
        $({
            type $T = $t;
            if let Some(array) = $read {
                return Ok(array);
            }
        })+
    };
}

trait Bytes: Read + Seek + Send {}
impl<T: Read + Seek + Send> Bytes for T {}

/// An open archive: arrays are read when asked for.
#[expect(missing_debug_implementations, reason = "the reader inside has none")]
pub struct Archive {
    file: PathBuf,
    zip: ZipArchive<Box<dyn Bytes>>,
    /// Each array with the name of its entry.
    present: Vec<(String, String)>,
}

impl Archive {
    /// Opens an archive and lists what is in it.
    pub fn open(file: &Path) -> Result<Self, NpzError> {
        let opened = File::open(file).map_err(|source| NpzError::Open { file: file.to_owned(), source })?;
        Self::new(file, Box::new(BufReader::new(opened)))
    }

    /// The same for the bytes of a file that is called `file` in errors.
    pub fn from_bytes(file: &Path, bytes: &[u8]) -> Result<Self, NpzError> {
        Self::new(file, Box::new(Cursor::new(bytes.to_vec())))
    }

    fn new(file: &Path, bytes: Box<dyn Bytes>) -> Result<Self, NpzError> {
        let archive = |source| NpzError::Archive { file: file.to_owned(), source };
        let zip = ZipArchive::new(bytes).map_err(archive)?;
        let present = zip.file_names().map(|entry| (entry.trim_end_matches(".npy").to_owned(), entry.to_owned()));
        let present = present.collect();
        Ok(Self { file: file.to_owned(), zip, present })
    }

    /// Names of the arrays.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.present.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there is an array of that name.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|p| p == name)
    }

    /// An array of any real or integer type as f64, all values finite.
    pub fn reals<D: Dimension>(&mut self, name: &str) -> Result<Array<f64, D>, NpzError> {
        let array = self.numbers(name)?;
        if let Some((index, &value)) = array.view().into_dyn().indexed_iter().find(|(_, v)| !v.is_finite()) {
            let index = ndarray::Dimension::slice(&index).to_vec();
            return Err(NpzError::NotFinite { file: self.file.clone(), name: name.to_owned(), index, value });
        }
        Ok(array)
    }

    /// An array of any real or integer type as f64, whatever its values.
    pub fn numbers<D: Dimension>(&mut self, name: &str) -> Result<Array<f64, D>, NpzError> {
        // Files from other languages can be column-major; everything downstream reads rows.
        Ok(self.any_number(name)?.as_standard_layout().into_owned())
    }

    fn any_number<D: Dimension>(&mut self, name: &str) -> Result<Array<f64, D>, NpzError> {
        let Some((_, entry)) = self.present.iter().find(|(array, _)| array == name) else {
            let present = self.names().map(str::to_owned).collect();
            return Err(NpzError::Missing { file: self.file.clone(), name: name.to_owned(), present });
        };
        let bytes = unpacked(&mut self.zip, entry).map_err(|e| self.unreadable(name, e.to_string()))?;
        match typed(&bytes) {
            Ok(Some(array)) => array.into_dimensionality().map_err(|e| self.unreadable(name, e.to_string())),
            Ok(None) => Err(self.unreadable(name, "its elements are of another type".to_owned())),
            Err(reason) => Err(self.unreadable(name, reason)),
        }
    }

    fn unreadable(&self, name: &str, reason: String) -> NpzError {
        let accepted = "real or integer numbers of the documented shape".to_owned();
        NpzError::Unreadable { file: self.file.clone(), name: name.to_owned(), reason, accepted }
    }
}

/// The bytes of an entry. Memory grows with what is really unpacked, whatever the archive announces.
fn unpacked(zip: &mut ZipArchive<Box<dyn Bytes>>, entry: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = zip.by_name(entry)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if read as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("it is longer than {MOST_BYTES} bytes")));
    }
    Ok(bytes)
}

/// A single `.npy` array of any real or integer type as f64.
pub(crate) fn read_npy(bytes: &[u8]) -> Result<ArrayD<f64>, FormatError> {
    check_npy_size(bytes)?;
    let accepted = "a whole .npy array of real or integer numbers";
    match typed_checked(bytes) {
        Ok(Some(array)) => Ok(array),
        Ok(None) => Err(FormatError::value("the array", "of another element type", accepted)),
        Err(error) => Err(FormatError::value("the array", error, accepted)),
    }
}

/// The array of an entry, `None` if its elements are of another type, or the reason why it cannot be read.
fn typed(bytes: &[u8]) -> Result<Option<ArrayD<f64>>, String> {
    check_npy_size(bytes).map_err(|e| e.to_string())?;
    typed_checked(bytes).map_err(|e| e.to_string())
}

/// The element type is in the array's own header: the likely ones are tried first.
fn typed_checked(bytes: &[u8]) -> Result<Option<ArrayD<f64>>, ReadNpyError> {
    fn of<T: Number>(bytes: &[u8]) -> Result<Option<ArrayD<f64>>, ReadNpyError> {
        match ArrayD::<T>::read_npy(bytes) {
            Ok(array) => Ok(Some(array.mapv(T::real).as_standard_layout().into_owned())),
            Err(ReadNpyError::WrongDescriptor(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
    first_type!(|T| of::<T>(bytes)?.map(Some));
    Ok(None)
}

/// The library believes the lengths of a header before it has seen the bytes: they are held against the file first.
///
/// Layout: NumPy, "A Simple File Format for NumPy Arrays" (NEP 1).
fn check_npy_size(bytes: &[u8]) -> Result<(), FormatError> {
    let have = bytes.len() as u64;
    let truncated = |what, need| FormatError::Truncated { what, need, have };
    let short = |at: usize| bytes.get(at).map(|&b| u64::from(b)).ok_or(truncated("the header", at as u64 + 1));
    // Version 1 has a length of two bytes, later ones of four.
    let (start, width) = if short(6)? == 1 { (10, 2) } else { (12, 4) };
    let mut length = 0;
    for k in 0..width {
        length |= short(8 + k)? << (8 * k);
    }
    let data = start + length;
    if data > have {
        return Err(truncated("the header", data));
    }
    let header = String::from_utf8_lossy(&bytes[start as usize..data as usize]).into_owned();
    let shape = header.split("'shape'").nth(1).and_then(|s| s.split('(').nth(1)).and_then(|s| s.split(')').next());
    let elements = shape.unwrap_or_default().split(',').filter_map(|n| n.trim().parse::<u64>().ok());
    // An element has at least one byte.
    let need =
        elements.fold(data.saturating_add(1), |n, length| (n - data).saturating_mul(length).saturating_add(data));
    if need > have { Err(truncated("the data", need)) } else { Ok(()) }
}

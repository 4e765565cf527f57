//! The files of the field: what microscopists and their programs keep images and curves in.
//!
//! One format a file: [`ibw`] (Igor, Asylum Research), [`gsf`] and [`gxyzf`] (Gwyddion), [`npz`] (NumPy), [`nsid`] in HDF5
//! (pycroscopy), [`mask`] (PNG),
//! [`parquet`] (tables, written only). Readers and writers turn bytes into numbers and back, and take nothing from a file on trust: every size
//! is checked against the bytes that are there before anything is allocated. [`Document`] is what they have in common: named arrays with
//! units and axes, and notes.
//!
//! Everywhere an image is (H, W) with the top row first; readers and writers turn it where a format means otherwise.

mod bytes;
mod document;
mod error;
pub mod gsf;
pub mod gxyzf;
mod header;
pub mod ibw;
pub mod mask;
pub mod npz;
pub mod nsid;
pub mod parquet;

#[cfg(test)]
mod tests;

pub use document::{Array, Axis, Document, Format};
pub use error::{FileError, FormatError};

//! Igor binary waves (`.ibw`), version 5: what Asylum Research microscopes write, one file for an image or a curve.
//!
//! Layout: a header of 64 bytes, a wave header of 320, the numbers with the first dimension fastest, then dependency formula, note, units
//! and labels, each of the size that the header says. The 192 sixteen-bit words of both headers sum to zero; nothing else is covered.
//! Instruments append thumbnails and a text footer, which are not part of the wave and are ignored. Source: WaveMetrics, Technical Note 3
//! ("Igor Binary Format"); details of Asylum's files were read off real ones.

mod arrays;
mod layout;
mod number;
mod read;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub use crate::bytes::ByteOrder;
pub use number::NumberKind;
pub use text::notes;

/// One wave, as in the file: dimensions in Igor's order, the first one fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// Name of the wave.
    pub name: String,
    /// How its numbers are stored.
    pub kind: NumberKind,
    /// Whether every number is a pair (real, imaginary).
    pub complex: bool,
    /// Order of the bytes in the file.
    pub order: ByteOrder,
    /// Time of creation and of the last change, in seconds since the start of 1904, local time.
    pub created_modified_s: [u32; 2],
    /// One to four dimensions, the first one fastest.
    pub dimensions: Vec<Dimension>,
    /// Unit of the numbers, as written.
    pub unit: String,
    /// The numbers; pairs lie side by side.
    pub values: Vec<f64>,
    /// The note: in files of a microscope, lines `key: value` that end in a carriage return.
    pub note: String,
}

/// One dimension of a wave: index `i` stands at `start + i × step`.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// Number of points.
    pub length: usize,
    /// Position of the first point.
    pub start: f64,
    /// Distance between points.
    pub step: f64,
    /// Unit of both.
    pub unit: String,
    /// A label for every point (names of channels), or none.
    pub labels: Vec<String>,
}

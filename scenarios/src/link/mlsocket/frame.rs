//! Arrays on the wire: the bytes of a `.npy` file, then `End`; the receiver answers `Complete`.
//!
//! Where an array ends is read from its own header, since `End` may also stand among its numbers. Only plain numbers are taken: a pickle, which
//! the published receiver would run, begins with another byte than NumPy's files, and an array of objects is refused before its data are read.
//!
//! Layouts: NumPy, "A Simple File Format for NumPy Arrays" (NEP 1); MLSocket 0.1.2 (Python package `mlsocket`).

use ndarray::{ArrayD, array};
use ndarray_npy::{ReadNpyError, ReadNpyExt, WriteNpyError, WriteNpyExt};
use std::io::{self, Read};
use tiptwin_instrument::Pixel;

/// What the receiver of an array answers.
pub(super) const COMPLETE: &[u8; 8] = b"Complete";

const MAGIC: &[u8; 6] = b"\x93NUMPY";
const END: &[u8; 3] = b"End";
/// Bytes of a header, and of the data after it.
const BYTES_MAX: u64 = 4096;
const TYPES: [&str; 4] = ["<f8", "<f4", "<i8", "<i4"];

/// Why something that came over the wire is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    /// The connection ended or was silent for too long.
    #[error("the connection broke: {0}")]
    Connection(#[from] io::Error),
    /// No NumPy file.
    #[error(
        "the message begins with bytes {found:02x?}; accepted: a NumPy array as numpy.save writes it (nothing is unpickled)"
    )]
    Magic {
        /// Its first bytes.
        found: Vec<u8>,
    },
    /// A version of the format that is not known.
    #[error("the array is of version {found} of NumPy's format; accepted: 1 to 3")]
    Version {
        /// The version.
        found: u8,
    },
    /// More than a number needs.
    #[error("the array's {what} has {bytes} bytes; accepted: up to {BYTES_MAX}")]
    Size {
        /// Header or data.
        what: &'static str,
        /// Bytes it says it has.
        bytes: u64,
    },
    /// Elements that are no plain numbers.
    #[error("the array's elements are {found}; accepted: {}", TYPES.join(", "))]
    Type {
        /// Their type as NumPy writes it.
        found: String,
    },
    /// A header that cannot be read.
    #[error("the array's header {header:?} gives no type and shape; accepted: one as numpy.save writes it")]
    Header {
        /// The header.
        header: String,
    },
    /// Something else where an array ends.
    #[error("the array is followed by bytes {found:02x?}; accepted: \"End\"")]
    End {
        /// What follows.
        found: [u8; 3],
    },
    /// Another answer than the one there is.
    #[error("the client answered with bytes {found:02x?}; accepted: \"Complete\"")]
    Answer {
        /// What it answered.
        found: [u8; 8],
    },
    /// Another number of numbers than one.
    #[error("the array has shape {shape:?}; accepted: one number")]
    Count {
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The array is damaged.
    #[error("the array cannot be read: {0}")]
    Array(#[from] ReadNpyError),
}

/// Reads one number, which may be infinite or none.
pub(super) fn read_scalar(from: &mut impl Read) -> Result<f64, FrameError> {
    let mut bytes = Vec::new();
    // A short message that is no array must be refused, too, before more of it is waited for.
    for expected in MAGIC {
        take(from, &mut bytes, 1)?;
        if bytes.last() != Some(expected) {
            return Err(FrameError::Magic { found: bytes });
        }
    }
    take(from, &mut bytes, 2)?;
    let width = match bytes[6] {
        1 => 2,
        2 | 3 => 4,
        found => return Err(FrameError::Version { found }),
    };
    take(from, &mut bytes, width)?;
    let length = bytes[8..].iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte));
    bounded("header", length)?;
    let start = bytes.len();
    take(from, &mut bytes, length)?;
    let header = String::from_utf8_lossy(&bytes[start..]).into_owned();
    let (element, count) = described(&header)?;
    // The last character of these types is the size of an element in bytes.
    let size = u64::from(element.as_bytes()[2] - b'0').saturating_mul(count);
    bounded("data", size)?;
    take(from, &mut bytes, size)?;
    let mut found = [0; 3];
    from.read_exact(&mut found)?;
    if found != *END {
        return Err(FrameError::End { found });
    }
    let values = match element {
        "<f8" => ArrayD::<f64>::read_npy(bytes.as_slice())?,
        "<f4" => ArrayD::<f32>::read_npy(bytes.as_slice())?.mapv(f64::from),
        "<i8" => ArrayD::<i64>::read_npy(bytes.as_slice())?.mapv(|n| n as f64),
        _ => ArrayD::<i32>::read_npy(bytes.as_slice())?.mapv(f64::from),
    };
    match values.len() {
        1 => Ok(values.sum()),
        _ => Err(FrameError::Count { shape: values.shape().to_vec() }),
    }
}

/// A pixel as the client is sent it: row and column as doubles.
pub(super) fn pixel(pixel: Pixel) -> Result<Vec<u8>, WriteNpyError> {
    let mut bytes = Vec::new();
    array![pixel.row as f64, pixel.col as f64].write_npy(&mut bytes)?;
    bytes.extend(END);
    Ok(bytes)
}

/// Reads the answer to an array.
pub(super) fn read_complete(from: &mut impl Read) -> Result<(), FrameError> {
    let mut found = [0; COMPLETE.len()];
    from.read_exact(&mut found)?;
    if found == *COMPLETE { Ok(()) } else { Err(FrameError::Answer { found }) }
}

fn take(from: &mut impl Read, bytes: &mut Vec<u8>, count: u64) -> Result<(), FrameError> {
    let start = bytes.len();
    bytes.resize(start + count as usize, 0);
    Ok(from.read_exact(&mut bytes[start..])?)
}

const fn bounded(what: &'static str, bytes: u64) -> Result<(), FrameError> {
    if bytes > BYTES_MAX { Err(FrameError::Size { what, bytes }) } else { Ok(()) }
}

/// Type and number of the elements. The library reads the header again, with the data.
fn described(header: &str) -> Result<(&'static str, u64), FrameError> {
    let damaged = || FrameError::Header { header: header.trim_end().to_owned() };
    let entry = |key: &str| Some(header.split_once(key)?.1.trim_start().strip_prefix(':')?.trim_start());
    let element = entry("'descr'").ok_or_else(damaged)?;
    let shape = entry("'shape'").and_then(|s| s.strip_prefix('(')?.split_once(')')).ok_or_else(damaged)?.0;
    let found = element.strip_prefix('\'').and_then(|e| e.split_once('\'')).map_or("a structure", |(e, _)| e);
    let Some(element) = TYPES.into_iter().find(|t| *t == found) else {
        return Err(FrameError::Type { found: found.to_owned() });
    };
    let mut count = 1_u64;
    for length in shape.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        count = count.saturating_mul(length.parse().map_err(|_| damaged())?);
    }
    Ok((element, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(array: &impl WriteNpyExt) -> Vec<u8> {
        let mut bytes = Vec::new();
        array.write_npy(&mut bytes).expect("an array");
        bytes.extend(END);
        bytes
    }

    fn refused(bytes: &[u8]) -> String {
        read_scalar(&mut &*bytes).expect_err("is refused").to_string()
    }

    #[test]
    fn one_number_of_each_type_arrives_as_it_was_sent() {
        let sent = [
            framed(&array![0.1_f64]),
            framed(&array![[0.25_f32]]),
            framed(&ndarray::arr0(-7_i64)),
            framed(&array![9_i32]),
        ];
        let came = sent.map(|bytes| read_scalar(&mut bytes.as_slice()).expect("a number"));
        assert_eq!(came, [0.1, 0.25, -7.0, 9.0]);
        assert!(read_scalar(&mut framed(&array![f64::NAN]).as_slice()).expect("is for the learner").is_nan());
    }

    #[test]
    fn a_number_whose_bytes_say_end_is_read_to_its_end() {
        let value = f64::from_le_bytes(*b"End\x00End\x40");
        let bytes = framed(&array![value]);
        let mut rest = bytes.as_slice();
        assert_eq!(read_scalar(&mut rest).expect("a number").to_bits(), value.to_bits());
        assert!(rest.is_empty());
    }

    #[test]
    fn everything_but_a_plain_number_is_refused_with_the_reason() {
        assert!(refused(b"\x80\x04").contains("begins with bytes [80]"));
        assert!(refused(b"\x93NUMPY\x09\x00").contains("version 9"));
        assert!(refused(b"\x93NUMPY\x01\x00\xff\xff").contains("header has 65535 bytes"));
        assert!(refused(b"\x93NUMPY\x02\x00\xff\xff\xff\xff").contains("header has 4294967295 bytes"));
        assert!(refused(&framed(&array![1_u8])).contains("elements are |u1"));
        assert!(refused(&framed(&array![1.0, 2.0])).contains("shape [2]"));
        assert!(refused(&framed(&ndarray::Array1::<f64>::zeros(0))).contains("shape [0]"));
        assert!(refused(&framed(&ndarray::Array1::<f64>::zeros(513))).contains("data has 4104 bytes"));
        let whole = framed(&array![1.0]);
        let text = |from: &str, to: &str| {
            let at = whole.windows(from.len()).position(|w| w == from.as_bytes()).expect("is in the header");
            let mut bytes = whole.clone();
            bytes.splice(at..at + from.len(), to.bytes());
            bytes
        };
        assert!(refused(&text("'<f8'", "'|O' ")).contains("elements are |O"));
        assert!(refused(&text("'<f8'", "[  ] ")).contains("elements are a structure"));
        assert!(refused(&text("(1,)", "(x,)")).contains("gives no type and shape"));
        assert!(refused(&text("End", "end")).contains("followed by bytes"));
        for cut in 0..whole.len() {
            assert!(matches!(read_scalar(&mut &whole[..cut]), Err(FrameError::Connection(_))), "cut at {cut}");
        }
    }
}

//! Numbers out of a slice of bytes, with the end of the file always in view.

use crate::error::FormatError;

/// Order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first: files of an instrument's Windows computer.
    Little,
    /// Most significant byte first.
    Big,
}

/// A file's bytes and how its numbers are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a> {
    pub(crate) all: &'a [u8],
    pub(crate) order: ByteOrder,
}

impl<'a> Bytes<'a> {
    /// `length` bytes from `at`, named `what` in the error.
    pub(crate) fn slice(&self, at: usize, length: usize, what: &'static str) -> Result<&'a [u8], FormatError> {
        let need = at as u64 + length as u64;
        at.checked_add(length).and_then(|end| self.all.get(at..end)).ok_or(FormatError::Truncated {
            what,
            need,
            have: self.all.len() as u64,
        })
    }

    fn array<const N: usize>(&self, at: usize, what: &'static str) -> Result<[u8; N], FormatError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.slice(at, N, what)?);
        if self.order == ByteOrder::Big {
            bytes.reverse();
        }
        Ok(bytes)
    }

    pub(crate) fn i16(&self, at: usize, what: &'static str) -> Result<i16, FormatError> {
        Ok(i16::from_le_bytes(self.array(at, what)?))
    }

    pub(crate) fn i32(&self, at: usize, what: &'static str) -> Result<i32, FormatError> {
        Ok(i32::from_le_bytes(self.array(at, what)?))
    }

    pub(crate) fn u32(&self, at: usize, what: &'static str) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array(at, what)?))
    }

    pub(crate) fn f64(&self, at: usize, what: &'static str) -> Result<f64, FormatError> {
        Ok(f64::from_le_bytes(self.array(at, what)?))
    }

    /// A size or count: an `i32` that is not negative.
    pub(crate) fn size(&self, at: usize, what: &'static str) -> Result<usize, FormatError> {
        let size = self.i32(at, what)?;
        usize::try_from(size).map_err(|_| FormatError::value(what, size, "0 or more"))
    }
}

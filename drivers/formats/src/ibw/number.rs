//! How the numbers of a wave are stored.

use crate::bytes::ByteOrder;
use crate::error::FormatError;

/// Kind of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say all there is")]
pub enum NumberKind {
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

const COMPLEX: i16 = 0x01;
const UNSIGNED: i16 = 0x40;

impl NumberKind {
    /// All of them.
    pub const ALL: [Self; 10] =
        [Self::F32, Self::F64, Self::I8, Self::I16, Self::I32, Self::I64, Self::U8, Self::U16, Self::U32, Self::U64];

    const fn code(self) -> i16 {
        match self {
            Self::F32 => 0x02,
            Self::F64 => 0x04,
            Self::I8 => 0x08,
            Self::I16 => 0x10,
            Self::I32 => 0x20,
            Self::I64 => 0x80,
            Self::U8 => 0x08 | UNSIGNED,
            Self::U16 => 0x10 | UNSIGNED,
            Self::U32 => 0x20 | UNSIGNED,
            Self::U64 => 0x80 | UNSIGNED,
        }
    }

    /// Bytes of one number.
    pub const fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }

    /// The kind that a code means, and whether numbers come in pairs.
    pub(super) fn from_code(code: i16) -> Result<(Self, bool), FormatError> {
        let kind = Self::ALL.into_iter().find(|k| k.code() == code & !COMPLEX);
        let shown = || if code == 0 { "0 (text)".to_owned() } else { format!("{code:#x}") };
        kind.map(|k| (k, code & COMPLEX != 0))
            .ok_or_else(|| FormatError::value("the number type", shown(), "real or complex numbers of 1 to 8 bytes"))
    }

    pub(super) const fn to_code(self, complex: bool) -> i16 {
        if complex { self.code() | COMPLEX } else { self.code() }
    }

    /// All numbers of a slice whose length is a multiple of [`NumberKind::size`]. Whole numbers beyond 2⁵³ are rounded.
    pub(super) fn decode(self, bytes: &[u8], order: ByteOrder) -> Vec<f64> {
        bytes.chunks_exact(self.size()).map(|chunk| self.one(chunk, order)).collect()
    }

    fn one(self, chunk: &[u8], order: ByteOrder) -> f64 {
        // Little-endian, filled up to eight bytes; the sign is put back from the number's own width.
        let mut le = [0_u8; 8];
        le[..chunk.len()].copy_from_slice(chunk);
        if order == ByteOrder::Big {
            le[..chunk.len()].reverse();
        }
        let unsigned = u64::from_le_bytes(le);
        match self {
            Self::F32 => f64::from(f32::from_bits(unsigned as u32)),
            Self::F64 => f64::from_bits(unsigned),
            Self::I8 => f64::from(unsigned as u8 as i8),
            Self::I16 => f64::from(unsigned as u16 as i16),
            Self::I32 => f64::from(unsigned as u32 as i32),
            Self::I64 => unsigned as i64 as f64,
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => unsigned as f64,
        }
    }

    /// The bytes of numbers; whole kinds round and saturate.
    pub(super) fn encode(self, values: &[f64], order: ByteOrder) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(values.len() * self.size());
        for &x in values {
            let whole = x.round();
            let bits = match self {
                Self::F32 => u64::from((x as f32).to_bits()),
                Self::F64 => x.to_bits(),
                Self::I8 => u64::from(whole as i8 as u8),
                Self::I16 => u64::from(whole as i16 as u16),
                Self::I32 => u64::from(whole as i32 as u32),
                Self::I64 => whole as i64 as u64,
                Self::U8 => u64::from(whole as u8),
                Self::U16 => u64::from(whole as u16),
                Self::U32 => u64::from(whole as u32),
                Self::U64 => whole as u64,
            };
            let mut le = bits.to_le_bytes();
            let number = &mut le[..self.size()];
            if order == ByteOrder::Big {
                number.reverse();
            }
            bytes.extend_from_slice(number);
        }
        bytes
    }
}

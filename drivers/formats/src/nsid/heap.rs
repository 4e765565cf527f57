//! Texts of variable length, as pyNSID asks for them: a scalar attribute holds an address, and the text lies in a global heap.
//!
//! The library that writes our files has such attributes for lists only. A scalar one can be given as bytes, so the heap is written as the
//! contents of a dataset, and the file twice: the first one tells where these contents lie, the second one has the addresses.
//!
//! Layout: HDF5 File Format Specification 3.0, III.E "Level 1E: Global Heap" and VIII.A "variable-length".

use crate::error::FormatError;
use hdf5_writer::{AttributeBuilder, ByteOrder, Datatype, StringEncoding, StringPadding, VarLenKind};

/// Smallest heap that the C library accepts.
const SMALLEST: usize = 4096;
const HEAD: usize = 16;
/// Index (2), references (2), reserved (4), length (8).
const OBJECT_HEAD: usize = 16;

/// Texts that are waiting for an address.
pub(super) struct Heap {
    bytes: Vec<u8>,
    objects: u16,
    /// Where the heap lies in the file; 0 until that is known.
    pub(super) address: u64,
}

impl Heap {
    pub(super) fn new(address: u64) -> Self {
        Self { bytes: vec![0; HEAD], objects: 0, address }
    }

    /// A scalar text attribute. Text that is empty, which the heap has no place for, becomes a dash.
    pub(super) fn text(&mut self, name: &str, text: &str) -> Result<AttributeBuilder, FormatError> {
        let text = if text.is_empty() { "-" } else { text };
        if text.contains('\0') {
            return Err(FormatError::unwritable(name, "a text with a zero byte ends there"));
        }
        let index = self.push(text.as_bytes())?;
        let place =
            [&(text.len() as u32).to_le_bytes()[..], &self.address.to_le_bytes(), &u32::from(index).to_le_bytes()];
        let byte = Datatype::FixedPoint { size: 1, signed: false, byte_order: ByteOrder::LittleEndian };
        let datatype = Datatype::VarLen {
            base: Box::new(byte),
            kind: VarLenKind::String,
            encoding: StringEncoding::Utf8,
            padding: StringPadding::NullTerminate,
        };
        Ok(AttributeBuilder::new(name, datatype, Vec::new(), place.concat()))
    }

    fn push(&mut self, data: &[u8]) -> Result<u16, FormatError> {
        let full = || FormatError::unwritable("the file", "it has more than 65535 texts");
        self.objects = self.objects.checked_add(1).ok_or_else(full)?;
        self.bytes.extend(self.objects.to_le_bytes());
        self.bytes.extend(1_u16.to_le_bytes());
        self.bytes.extend([0; 4]);
        self.bytes.extend((data.len() as u64).to_le_bytes());
        self.bytes.extend(data);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        Ok(self.objects)
    }

    /// The heap, filled up to its smallest size: without free space nobody writes into it later.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, FormatError> {
        if self.bytes.len() < SMALLEST {
            let rest = SMALLEST.saturating_sub(self.bytes.len() + OBJECT_HEAD);
            self.push(&vec![0; rest])?;
        }
        let size = self.bytes.len() as u64;
        self.bytes[..4].copy_from_slice(b"GCOL");
        self.bytes[4] = 1;
        self.bytes[8..16].copy_from_slice(&size.to_le_bytes());
        Ok(self.bytes)
    }
}

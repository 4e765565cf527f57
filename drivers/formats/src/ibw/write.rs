//! A wave to bytes.

use super::Wave;
use super::layout::{
    CHECKSUM, CREATED, DATA, DATA_UNIT_SIZE, DIMENSION_UNIT_SIZES, DIMENSION_UNITS, HEADER_VERSION, KIND, LABEL_LENGTH,
    LABEL_SIZES, LENGTHS, MOST_DIMENSIONS, NAME, NAME_ENCODING, NAME_LENGTH, NOTE_ENCODING, NOTE_SIZE, POINTS, STARTS,
    STEPS, UNIT, UNIT_ENCODING, UNIT_LENGTH, VERSION, WAVE_HEADER_SIZE, WAVE_SIZE,
};
use crate::bytes::ByteOrder;
use crate::error::FormatError;

/// Code of UTF-8 among the text encodings.
const UTF_8: u8 = 1;

impl Wave {
    /// The bytes of a version 5 file. Text is written as UTF-8.
    ///
    /// A name has at most 31 bytes, labels too; a wave has one to four dimensions whose lengths multiply to the number of
    /// values.
    pub fn write(&self) -> Result<Vec<u8>, FormatError> {
        let points = self.check()?;
        let values = self.kind.encode(&self.values, self.order);
        let mut out = Headers { bytes: vec![0; DATA], order: self.order };
        out.i16(VERSION, 5);
        out.size(WAVE_SIZE, WAVE_HEADER_SIZE + values.len(), "the wave")?;
        out.size(NOTE_SIZE, self.note.len(), "the note")?;
        for (k, seconds) in self.created_modified_s.into_iter().enumerate() {
            out.put(CREATED + 4 * k, seconds.to_le_bytes());
        }
        out.size(POINTS, points, "the wave")?;
        out.i16(KIND, self.kind.to_code(self.complex));
        for encoding in [NAME_ENCODING, UNIT_ENCODING, NOTE_ENCODING] {
            out.bytes[encoding] = UTF_8;
        }
        out.i16(HEADER_VERSION, 1);
        out.text(NAME, NAME_LENGTH, &self.name);
        let mut after = self.note.clone().into_bytes();
        // A unit of up to three bytes stands in the header, a longer one behind the note.
        let mut unit = |out: &mut Headers, at: usize, size_at: usize, unit: &str| {
            if unit.len() < UNIT_LENGTH {
                out.text(at, UNIT_LENGTH, unit);
                return Ok(());
            }
            after.extend_from_slice(unit.as_bytes());
            out.size(size_at, unit.len(), "a unit")
        };
        unit(&mut out, UNIT, DATA_UNIT_SIZE, &self.unit)?;
        for (d, dimension) in self.dimensions.iter().enumerate() {
            unit(&mut out, DIMENSION_UNITS + UNIT_LENGTH * d, DIMENSION_UNIT_SIZES + 4 * d, &dimension.unit)?;
            out.size(LENGTHS + 4 * d, dimension.length, "a dimension")?;
        }
        for d in 0..MOST_DIMENSIONS {
            let (start, step) = self.dimensions.get(d).map_or((0.0, 1.0), |dim| (dim.start, dim.step));
            out.f64(STEPS + 8 * d, step);
            out.f64(STARTS + 8 * d, start);
        }
        for (d, dimension) in self.dimensions.iter().enumerate().filter(|(_, dim)| !dim.labels.is_empty()) {
            let fields = label_fields(&dimension.labels);
            out.size(LABEL_SIZES + 4 * d, fields.len(), "labels")?;
            after.extend(fields);
        }
        out.seal();
        let mut bytes = out.bytes;
        bytes.extend(values);
        bytes.extend(after);
        Ok(bytes)
    }

    /// The number of points, if the wave can be written.
    fn check(&self) -> Result<usize, FormatError> {
        if self.name.len() >= NAME_LENGTH {
            return Err(FormatError::unwritable(
                format!("the name \"{}\"", self.name),
                format!("it has {} bytes; accepted: at most {}", self.name.len(), NAME_LENGTH - 1),
            ));
        }
        let wave = || format!("the wave \"{}\"", self.name);
        if self.dimensions.is_empty() || self.dimensions.len() > MOST_DIMENSIONS {
            let has = format!("it has {} dimensions; accepted: 1 to {MOST_DIMENSIONS}", self.dimensions.len());
            return Err(FormatError::unwritable(wave(), has));
        }
        let points: usize = self.dimensions.iter().map(|d| d.length).product();
        let needed = points * if self.complex { 2 } else { 1 };
        if needed != self.values.len() || points == 0 {
            let has =
                format!("it has {} numbers where its dimensions need {needed} (and at least 1)", self.values.len());
            return Err(FormatError::unwritable(wave(), has));
        }
        for dimension in &self.dimensions {
            let labels = &dimension.labels;
            if !labels.is_empty() && labels.len() != dimension.length {
                let has = format!("{} labels stand on a dimension of length {}", labels.len(), dimension.length);
                return Err(FormatError::unwritable(wave(), has));
            }
            if let Some(long) = labels.iter().find(|l| l.len() >= LABEL_LENGTH) {
                let has = format!("it has {} bytes; accepted: at most {}", long.len(), LABEL_LENGTH - 1);
                return Err(FormatError::unwritable(format!("the label \"{long}\""), has));
            }
        }
        Ok(points)
    }
}

fn label_fields(labels: &[String]) -> Vec<u8> {
    let mut fields = vec![0; (labels.len() + 1) * LABEL_LENGTH];
    for (field, label) in fields.chunks_exact_mut(LABEL_LENGTH).skip(1).zip(labels) {
        field[..label.len()].copy_from_slice(label.as_bytes());
    }
    fields
}

struct Headers {
    bytes: Vec<u8>,
    order: ByteOrder,
}

impl Headers {
    fn put<const N: usize>(&mut self, at: usize, mut le: [u8; N]) {
        if self.order == ByteOrder::Big {
            le.reverse();
        }
        self.bytes[at..at + N].copy_from_slice(&le);
    }

    fn i16(&mut self, at: usize, value: i16) {
        self.put(at, value.to_le_bytes());
    }

    fn size(&mut self, at: usize, size: usize, what: &str) -> Result<(), FormatError> {
        let value = i32::try_from(size).map_err(|_| {
            FormatError::unwritable(what, format!("it has {size} bytes or points; accepted: below 2³¹"))
        })?;
        self.put(at, value.to_le_bytes());
        Ok(())
    }

    fn f64(&mut self, at: usize, value: f64) {
        self.put(at, value.to_le_bytes());
    }

    fn text(&mut self, at: usize, length: usize, text: &str) {
        let bytes = text.as_bytes();
        let kept = bytes.len().min(length);
        self.bytes[at..at + kept].copy_from_slice(&bytes[..kept]);
    }

    /// Sets the checksum so that all words of both headers sum to zero.
    fn seal(&mut self) {
        let words = self.bytes.chunks_exact(2).map(|w| match self.order {
            ByteOrder::Little => u16::from_le_bytes([w[0], w[1]]),
            ByteOrder::Big => u16::from_be_bytes([w[0], w[1]]),
        });
        let sum = words.fold(0_u16, u16::wrapping_add);
        self.i16(CHECKSUM, 0_u16.wrapping_sub(sum) as i16);
    }
}

//! Bytes to a wave.

use super::layout::{
    CREATED, DATA, DATA_UNIT_SIZE, DIMENSION_UNIT_SIZES, DIMENSION_UNITS, FORMULA_SIZE, KIND, LABEL_LENGTH,
    LABEL_SIZES, LENGTHS, MOST_DIMENSIONS, NAME, NAME_ENCODING, NAME_LENGTH, NOTE_ENCODING, NOTE_SIZE, POINTS, STARTS,
    STEPS, UNIT, UNIT_ENCODING, UNIT_LENGTH, VERSION, WAVE_HEADER_SIZE, WAVE_SIZE,
};
use super::{Dimension, NumberKind, Wave, text};
use crate::bytes::{ByteOrder, Bytes};
use crate::error::FormatError;

impl Wave {
    /// Reads a wave. What follows it in the file (thumbnails, a footer) is ignored.
    ///
    /// Nothing is allocated beyond the size of `bytes`.
    pub fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let file = Bytes { all: bytes, order: byte_order(bytes)? };
        verify_checksum(&file)?;
        let (kind, complex) = NumberKind::from_code(file.i16(KIND, "the number type")?)?;
        let lengths = lengths(&file)?;
        let numbers = number_of_values(&file, &lengths, complex)?;
        let values_size = numbers * kind.size();
        check_wave_size(&file, values_size)?;
        let values = kind.decode(file.slice(DATA, values_size, "the data")?, file.order);

        // What follows the numbers, in the order of the file.
        let mut at = DATA + values_size;
        let mut next = |size: usize, what| {
            let part = file.slice(at, size, what)?;
            at += size;
            Ok::<_, FormatError>(part)
        };
        next(file.size(FORMULA_SIZE, "the size of the formula")?, "the formula")?;
        let encoding_at = |at: usize| bytes.get(at).copied().unwrap_or(0);
        let note_bytes = next(file.size(NOTE_SIZE, "the size of the note")?, "the note")?;
        let note = text::decode(note_bytes, encoding_at(NOTE_ENCODING));
        let units = encoding_at(UNIT_ENCODING);
        let long_unit = next(file.size(DATA_UNIT_SIZE, "the size of the unit")?, "the unit")?;
        let unit = either(long_unit, file.slice(UNIT, UNIT_LENGTH, "the unit")?, units);
        let mut long_units = [&[][..]; MOST_DIMENSIONS];
        for (d, long) in long_units.iter_mut().enumerate() {
            *long = next(file.size(DIMENSION_UNIT_SIZES + 4 * d, "the size of a unit")?, "the unit of a dimension")?;
        }
        let mut label_fields = [&[][..]; MOST_DIMENSIONS];
        for (d, fields) in label_fields.iter_mut().enumerate() {
            *fields = next(file.size(LABEL_SIZES + 4 * d, "the size of labels")?, "the labels of a dimension")?;
        }
        let dimensions = lengths
            .iter()
            .enumerate()
            .map(|(d, &length)| {
                let short = file.slice(DIMENSION_UNITS + UNIT_LENGTH * d, UNIT_LENGTH, "the unit of a dimension")?;
                Ok(Dimension {
                    length,
                    step: file.f64(STEPS + 8 * d, "the step of a dimension")?,
                    start: file.f64(STARTS + 8 * d, "the start of a dimension")?,
                    unit: either(long_units[d], short, units),
                    labels: labels(label_fields[d], length, encoding_at(NOTE_ENCODING)),
                })
            })
            .collect::<Result<_, FormatError>>()?;
        Ok(Self {
            name: text::field(file.slice(NAME, NAME_LENGTH, "the name")?, encoding_at(NAME_ENCODING)),
            kind,
            complex,
            order: file.order,
            created_modified_s: [file.u32(CREATED, "the date")?, file.u32(CREATED + 4, "the date")?],
            dimensions,
            unit,
            values,
            note,
        })
    }
}

/// The version is a small number: where its low byte is zero, the bytes are swapped.
fn byte_order(bytes: &[u8]) -> Result<ByteOrder, FormatError> {
    let low = *bytes.get(VERSION).ok_or(FormatError::Truncated { what: "the version", need: 2, have: 0 })?;
    let order = if low == 0 { ByteOrder::Big } else { ByteOrder::Little };
    let version = Bytes { all: bytes, order }.i16(VERSION, "the version")?;
    if version == 5 {
        Ok(order)
    } else {
        Err(FormatError::value("the version of the binary wave", version, "5 (Igor Pro 5 and later)"))
    }
}

fn verify_checksum(file: &Bytes<'_>) -> Result<(), FormatError> {
    file.slice(0, DATA, "the headers")?;
    let mut sum = 0_u16;
    for at in (0..DATA).step_by(2) {
        sum = sum.wrapping_add(file.i16(at, "the headers")? as u16);
    }
    if sum == 0 { Ok(()) } else { Err(FormatError::Checksum { found: sum }) }
}

/// Lengths up to the first dimension that is not used.
fn lengths(file: &Bytes<'_>) -> Result<Vec<usize>, FormatError> {
    let mut lengths = Vec::new();
    for d in 0..MOST_DIMENSIONS {
        match file.size(LENGTHS + 4 * d, "the length of a dimension")? {
            0 => break,
            length => lengths.push(length),
        }
    }
    Ok(lengths)
}

fn number_of_values(file: &Bytes<'_>, lengths: &[usize], complex: bool) -> Result<usize, FormatError> {
    let points = file.size(POINTS, "the number of points")?;
    let product = lengths.iter().try_fold(1_usize, |product, &l| product.checked_mul(l));
    // A wave without points has no dimensions either.
    let product = if lengths.is_empty() { Some(0) } else { product };
    if product != Some(points) {
        let shape = format!("{lengths:?}");
        return Err(FormatError::value(
            "the number of points",
            points,
            format!("the product of the dimensions {shape}"),
        ));
    }
    // Points fit 31 bits, so that neither this nor the number of bytes overflows.
    Ok(points * if complex { 2 } else { 1 })
}

fn check_wave_size(file: &Bytes<'_>, values_size: usize) -> Result<(), FormatError> {
    let announced = file.size(WAVE_SIZE, "the size of the wave")?;
    let needed = WAVE_HEADER_SIZE + values_size;
    if announced == needed {
        Ok(())
    } else {
        Err(FormatError::value("the size of the wave", announced, format!("{needed} bytes, from its dimensions")))
    }
}

/// The long form of a text where there is one.
fn either(long: &[u8], short: &[u8], encoding: u8) -> String {
    if long.is_empty() { text::field(short, encoding) } else { text::field(long, encoding) }
}

/// Fields of 32 bytes: the label of the dimension as a whole, then one for every point.
fn labels(fields: &[u8], length: usize, encoding: u8) -> Vec<String> {
    let all: Vec<String> = fields.chunks_exact(LABEL_LENGTH).skip(1).map(|f| text::field(f, encoding)).collect();
    if all.len() < length || all.iter().all(String::is_empty) { Vec::new() } else { all[..length].to_vec() }
}

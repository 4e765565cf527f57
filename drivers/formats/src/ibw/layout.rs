//! Where things stand in the two headers (bytes from the start of the file).

pub(super) const VERSION: usize = 0;
pub(super) const CHECKSUM: usize = 2;
/// Size of wave header and numbers together.
pub(super) const WAVE_SIZE: usize = 4;
pub(super) const FORMULA_SIZE: usize = 8;
pub(super) const NOTE_SIZE: usize = 12;
pub(super) const DATA_UNIT_SIZE: usize = 16;
/// Four sizes, as all of the next are.
pub(super) const DIMENSION_UNIT_SIZES: usize = 20;
pub(super) const LABEL_SIZES: usize = 36;

pub(super) const WAVE_HEADER: usize = 64;
pub(super) const CREATED: usize = WAVE_HEADER + 4;
pub(super) const POINTS: usize = WAVE_HEADER + 12;
pub(super) const KIND: usize = WAVE_HEADER + 16;
/// Text encodings of name, unit, note and labels.
pub(super) const NAME_ENCODING: usize = WAVE_HEADER + 23;
pub(super) const UNIT_ENCODING: usize = WAVE_HEADER + 24;
pub(super) const NOTE_ENCODING: usize = WAVE_HEADER + 25;
pub(super) const HEADER_VERSION: usize = WAVE_HEADER + 26;
pub(super) const NAME: usize = WAVE_HEADER + 28;
pub(super) const NAME_LENGTH: usize = 32;
pub(super) const LENGTHS: usize = WAVE_HEADER + 68;
pub(super) const STEPS: usize = WAVE_HEADER + 84;
pub(super) const STARTS: usize = WAVE_HEADER + 116;
pub(super) const UNIT: usize = WAVE_HEADER + 148;
pub(super) const DIMENSION_UNITS: usize = WAVE_HEADER + 152;
pub(super) const UNIT_LENGTH: usize = 4;

pub(super) const DATA: usize = 384;
/// Bytes of wave header that `WAVE_SIZE` counts.
pub(super) const WAVE_HEADER_SIZE: usize = DATA - WAVE_HEADER;
pub(super) const LABEL_LENGTH: usize = 32;
pub(super) const MOST_DIMENSIONS: usize = 4;

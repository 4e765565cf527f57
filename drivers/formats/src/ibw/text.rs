//! Text in a wave: encodings, fields that end at a zero byte, notes.

use encoding_rs::{Encoding, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_1252};

/// Codes of text encodings in a header (0 is unknown: what Windows wrote).
const fn encoding(code: u8) -> &'static Encoding {
    match code {
        1 => UTF_8,
        2 => MACINTOSH,
        4 => SHIFT_JIS,
        _ => WINDOWS_1252,
    }
}

pub(super) fn decode(bytes: &[u8], code: u8) -> String {
    encoding(code).decode_without_bom_handling(bytes).0.into_owned()
}

/// A field up to its first zero byte. Instruments leave what stood there before behind it.
pub(super) fn field(bytes: &[u8], code: u8) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    decode(&bytes[..end], code)
}

/// The lines `key: value` of a note, in order. A line without a colon has an empty value.
pub fn notes(note: &str) -> Vec<(String, String)> {
    note.split(['\r', '\n'])
        .filter(|line| !line.trim_matches('\0').trim().is_empty())
        .map(|line| {
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            (key.trim().to_owned(), value.trim().to_owned())
        })
        .collect()
}

//! Read-outs: numbers as lines of text, between two copies of a number that only this request has.
//!
//! A failed command leaves an old file, and a slow one half a file. The first line repeats the request's number, the last line that
//! number plus one half, so neither can be taken for an answer.

use super::{Command, Source};

/// Why a read-out is not the answer that is awaited, for now or for good.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReadOutError {
    /// There is nothing yet.
    #[error("no answer at all")]
    Empty,
    /// It answers another request.
    #[error("the answer to request {0}")]
    Stale(f64),
    /// Its end is missing.
    #[error("{lines} of {expected} lines")]
    Short {
        /// Lines there are.
        lines: usize,
        /// Lines that were asked for.
        expected: usize,
    },
    /// A line is not a number.
    #[error("line {line} is \"{text}\", not a number")]
    Garbled {
        /// Its number, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// The answer is whole and one of its values is not finite: the name is not known to the controller, or nothing is measured.
    #[error("value {index} is {value}")]
    NotFinite {
        /// Which value.
        index: usize,
        /// What it is.
        value: f64,
    },
}

impl ReadOutError {
    /// Whether waiting can help.
    pub const fn may_change(&self) -> bool {
        !matches!(self, Self::NotFinite { .. })
    }
}

/// The lines that make and save a read-out.
pub fn request(nonce: u64, sources: &[Source], path: &str) -> Vec<Command> {
    let first = Source::Number(nonce as f64);
    let last = Source::Number(nonce as f64 + 0.5);
    let mut commands = vec![Command::Make { points: sources.len() + 2 }];
    let all = std::iter::once(&first).chain(sources).chain(std::iter::once(&last));
    commands.extend(all.enumerate().map(|(index, source)| Command::Fill { index, source: source.clone() }));
    commands.push(Command::Save { path: path.to_owned() });
    commands
}

/// The values of the answer to request `nonce`, which asked for `count` of them.
pub fn read(bytes: &[u8], nonce: u64, count: usize) -> Result<Vec<f64>, ReadOutError> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.split(['\r', '\n']).map(str::trim).filter(|l| !l.is_empty()).collect();
    let Some(first) = lines.first() else { return Err(ReadOutError::Empty) };
    let number = |i: usize, text: &str| -> Result<f64, ReadOutError> {
        let shown = || text.chars().take(40).collect();
        text.parse().map_err(|_| ReadOutError::Garbled { line: i + 1, text: shown() })
    };
    let first = number(0, first)?;
    let short = ReadOutError::Short { lines: lines.len(), expected: count + 2 };
    if first != nonce as f64 {
        // A number that has not been written to its end is no number of another request.
        return Err(if lines.len() == 1 { short } else { ReadOutError::Stale(first) });
    }
    if lines.len() != count + 2 {
        return Err(short);
    }
    let values = lines.iter().enumerate().map(|(i, l)| number(i, l)).collect::<Result<Vec<f64>, _>>()?;
    if values[count + 1] != nonce as f64 + 0.5 {
        return Err(ReadOutError::Short { lines: count + 1, expected: count + 2 });
    }
    let values = values[1..=count].to_vec();
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(ReadOutError::NotFinite { index, value: values[index] }),
        None => Ok(values),
    }
}

/// The serial number in an identity file: the request's number, the serial number, the request's number.
pub fn read_identity(bytes: &[u8], nonce: u64) -> Result<String, ReadOutError> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.split(['\r', '\n']).map(str::trim).filter(|l| !l.is_empty()).collect();
    match lines[..] {
        [] => Err(ReadOutError::Empty),
        [first, serial, last] if first == nonce.to_string() && last == first => Ok(serial.to_owned()),
        [first, ..] if lines.len() == 3 => Err(ReadOutError::Stale(first.parse().unwrap_or(f64::NAN))),
        _ => Err(ReadOutError::Short { lines: lines.len(), expected: 3 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn old_halved_and_empty_answers_are_told_apart() {
        let whole = b"17\r3.824e-06\r-1.5\r17.5\r";
        assert_eq!(read(whole, 17, 2), Ok(vec![3.824e-6, -1.5]));
        assert_eq!(read(whole, 18, 2), Err(ReadOutError::Stale(17.0)));
        assert_eq!(read(b"", 17, 2), Err(ReadOutError::Empty));
        assert!(matches!(read(b"17\r3.824e-06\r-1.5\r17\r", 17, 2), Err(ReadOutError::Short { .. })));
        assert!(matches!(read(b"17\rNaN\r1\r17.5\r", 17, 2), Err(ReadOutError::NotFinite { index: 0, .. })));
        assert!(matches!(read(b"17\rx\r1\r17.5\r", 17, 2), Err(ReadOutError::Garbled { line: 2, .. })));
        for cut in 0..whole.len() - 1 {
            assert!(read(&whole[..cut], 17, 2).is_err(), "{cut} bytes are not an answer");
        }
        assert_eq!(read_identity(b"4\rEMULATED-1\r4\r", 4), Ok("EMULATED-1".into()));
        assert!(read_identity(b"4\rEMULA", 4).is_err() && read_identity(b"3\rX\r3\r", 4).is_err());
    }

    proptest! {
        #[test]
        fn prop_any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), nonce in any::<u32>(), count in 0..9_usize) {
            if let Ok(values) = read(&bytes, u64::from(nonce), count) {
                prop_assert!(values.len() == count && values.iter().all(|v| v.is_finite()));
            }
            let _ = read_identity(&bytes, u64::from(nonce));
        }

        #[test]
        fn prop_no_part_of_an_answer_is_one(values in prop::collection::vec(-1e9..1e9_f64, 0..6), nonce in 1..1_000_000_000_u64, share in 0.0..1.0_f64) {
            let mut text = format!("{nonce}\r");
            for v in &values {
                text += &v.to_string();
                text.push('\r');
            }
            text += &nonce.to_string();
            text += ".5";
            prop_assert_eq!(read(text.as_bytes(), nonce, values.len()).expect("whole"), values.clone());
            let cut = (share * text.len() as f64) as usize;
            prop_assert!(read(&text.as_bytes()[..cut], nonce, values.len()).is_err());
        }
    }
}

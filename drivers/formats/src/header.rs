//! The text header that Gwyddion's simple formats share: a magic line, lines `Name = value`, NUL padding, numbers.

use crate::error::FormatError;

/// A header's fields in the order of the file, and where the numbers begin.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) data: usize,
}

impl Header {
    /// Reads the header of a file whose numbers are aligned to `align` bytes.
    pub(crate) fn read(bytes: &[u8], magic: &str, align: usize) -> Result<Self, FormatError> {
        let rest = bytes.strip_prefix(magic.as_bytes()).and_then(|r| r.strip_prefix(b"\n")).ok_or_else(|| {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(magic.len())]).into_owned();
            FormatError::value("the first line", format!("{start:?}…"), format!("\"{magic}\" and a line feed"))
        })?;
        let first_nul = rest.iter().position(|&b| b == 0).ok_or(FormatError::Truncated {
            what: "the header",
            need: bytes.len() as u64 + 1,
            have: bytes.len() as u64,
        })?;
        let text = std::str::from_utf8(&rest[..first_nul])
            .map_err(|e| FormatError::value("the header", e, "text in UTF-8"))?;
        let fields = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let (name, value) = line
                    .split_once('=')
                    .ok_or_else(|| FormatError::value("a line of the header", format!("{line:?}"), "Name = value"))?;
                Ok((name.trim().to_owned(), value.trim().to_owned()))
            })
            .collect::<Result<_, FormatError>>()?;
        // One to `align` zero bytes: a header that ends on a boundary still has `align` of them.
        let end = magic.len() + 1 + first_nul;
        let data = (end / align + 1) * align;
        match bytes.get(end..data) {
            Some(padding) if padding.iter().all(|&b| b == 0) => Ok(Self { fields, data }),
            Some(_) => Err(FormatError::value(
                "the padding",
                "not all zero",
                format!("zero bytes up to a multiple of {align}"),
            )),
            None => Err(FormatError::Truncated {
                what: "the padding of the header",
                need: data as u64,
                have: bytes.len() as u64,
            }),
        }
    }

    /// A field's value; the last one counts.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A field that must be there and be a whole number above zero.
    pub(crate) fn count(&self, name: &str) -> Result<usize, FormatError> {
        let text = self.get(name).ok_or_else(|| FormatError::missing(name, format!("a line \"{name} = number\"")))?;
        text.parse::<usize>()
            .ok()
            .filter(|&n| n > 0)
            .ok_or_else(|| FormatError::value(name, text, "a whole number above 0"))
    }

    /// A field that may be there, and then is a finite number.
    pub(crate) fn real(&self, name: &str) -> Result<Option<f64>, FormatError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let number = text.parse::<f64>().ok().filter(|x| x.is_finite());
        number.map(Some).ok_or_else(|| FormatError::value(name, text, "a finite number"))
    }
}

/// The header as bytes. Line feeds and zero bytes in fields become spaces.
pub(crate) fn write(magic: &str, fields: &[(String, String)], align: usize) -> Vec<u8> {
    let plain = |text: &str| text.replace(['\n', '\r', '\0'], " ");
    let mut out = format!("{magic}\n").into_bytes();
    for (name, value) in fields {
        out.extend(format!("{} = {}\n", plain(name).replace('=', "-"), plain(value)).into_bytes());
    }
    let padding = align - out.len() % align;
    out.resize(out.len() + padding, 0);
    out
}

/// Checks that the numbers fill the file exactly.
pub(crate) fn check_size(have: usize, start: usize, count: Option<usize>, size: usize) -> Result<(), FormatError> {
    let need = count.and_then(|c| c.checked_mul(size)).and_then(|b| b.checked_add(start));
    match need {
        Some(need) if need == have => Ok(()),
        Some(need) if need > have => {
            Err(FormatError::Truncated { what: "the data", need: need as u64, have: have as u64 })
        }
        _ => Err(FormatError::value(
            "the size of the file",
            format!("{have} bytes"),
            need.map_or_else(|| "fewer pixels".to_owned(), |n| format!("{n} bytes, from its header")),
        )),
    }
}

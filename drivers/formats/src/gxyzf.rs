//! Gwyddion XYZ field (`.gxyzf`): values at scattered points, such as the locations that were measured.
//!
//! Source: Gwyddion user guide, "Gwyddion XYZ Field Files". The numbers are little-endian `f64`: x, y and all channels of a point together.

use crate::error::FormatError;
use crate::header::{self, Header};

const MAGIC: &str = "Gwyddion XYZ Field 1.0";
const ALIGN: usize = 8;

/// Values at scattered points.
#[derive(Clone, Debug, PartialEq)]
pub struct XyzField {
    /// Unit of the coordinates.
    pub lateral_unit: String,
    /// x and y of every point.
    pub points: Vec<[f64; 2]>,
    /// One column of values for each property.
    pub channels: Vec<XyzChannel>,
    /// Further fields of the header.
    pub notes: Vec<(String, String)>,
}

/// One property at all points.
#[derive(Clone, Debug, PartialEq)]
pub struct XyzChannel {
    /// Title.
    pub title: String,
    /// Unit.
    pub unit: String,
    /// One value a point.
    pub values: Vec<f64>,
}

impl XyzField {
    /// Reads a field.
    pub fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let header = Header::read(bytes, MAGIC, ALIGN)?;
        let count = header.count("NChannels")?;
        let row = count.checked_add(2).and_then(|c| c.checked_mul(8));
        let row = row.ok_or_else(|| FormatError::value("NChannels", count, "channels that fit the file"))?;
        let points = match header.get("NPoints") {
            Some(_) => header.count("NPoints")?,
            None => (bytes.len() - header.data) / row,
        };
        header::check_size(bytes.len(), header.data, Some(points), row)?;
        let numbers: Vec<f64> = bytes[header.data..]
            .chunks_exact(8)
            .map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
            .collect();
        let rows = || numbers.chunks_exact(count + 2);
        let text = |name: String| header.get(&name).unwrap_or_default().to_owned();
        // The file has room for every channel at every point, unless there are no points; then their number is not believed.
        let count = if points == 0 { 0 } else { count };
        let channels: Vec<XyzChannel> = (0..count)
            .map(|c| XyzChannel {
                title: text(format!("Title{}", c + 1)),
                unit: text(format!("ZUnits{}", c + 1)),
                values: rows().map(|r| r[c + 2]).collect(),
            })
            .collect();
        let points = rows().map(|r| [r[0], r[1]]).collect();
        let own = |name: &str| {
            ["NChannels", "NPoints", "XYUnits"].contains(&name)
                || ["Title", "ZUnits"].iter().any(|p| {
                    name.strip_prefix(p).is_some_and(|k| k.parse::<usize>().is_ok_and(|k| (1..=count).contains(&k)))
                })
        };
        Ok(Self {
            lateral_unit: text("XYUnits".to_owned()),
            points,
            channels,
            notes: header.fields.iter().filter(|(n, _)| !own(n)).cloned().collect(),
        })
    }

    /// The bytes of a file.
    pub fn write(&self) -> Result<Vec<u8>, FormatError> {
        if let Some(odd) = self.channels.iter().find(|c| c.values.len() != self.points.len()) {
            let why = format!("it has {} values at {} points", odd.values.len(), self.points.len());
            return Err(FormatError::unwritable(format!("the channel \"{}\"", odd.title), why));
        }
        if self.channels.is_empty() || self.points.is_empty() {
            return Err(FormatError::unwritable("the field", "it has no point or no channel; accepted: 1 or more"));
        }
        let mut fields = vec![
            ("NChannels".to_owned(), self.channels.len().to_string()),
            ("NPoints".to_owned(), self.points.len().to_string()),
            ("XYUnits".to_owned(), self.lateral_unit.clone()),
        ];
        for (k, channel) in self.channels.iter().enumerate() {
            fields.push((format!("ZUnits{}", k + 1), channel.unit.clone()));
            fields.push((format!("Title{}", k + 1), channel.title.clone()));
        }
        fields.extend(self.notes.iter().cloned());
        let mut out = header::write(MAGIC, &fields, ALIGN);
        for (i, [x, y]) in self.points.iter().enumerate() {
            out.extend(x.to_le_bytes());
            out.extend(y.to_le_bytes());
            for channel in &self.channels {
                out.extend(channel.values[i].to_le_bytes());
            }
        }
        Ok(out)
    }
}

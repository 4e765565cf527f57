//! Gwyddion simple field (`.gsf`): one image with its size and units.
//!
//! Source: Gwyddion user guide, "Gwyddion Simple Field Files". The numbers are little-endian `f32`, rows from the top.

use crate::error::FormatError;
use crate::header::{self, Header};
use ndarray::Array2;

const MAGIC: &str = "Gwyddion Simple Field 1.0";
const ALIGN: usize = 4;

/// One image.
#[derive(Clone, Debug, PartialEq)]
pub struct SimpleField {
    /// Title of the channel.
    pub title: String,
    /// Values (H, W), the top row first, in `unit`.
    pub values: Array2<f64>,
    /// Physical width and height, in `lateral_unit`.
    pub size: [f64; 2],
    /// Position of the top left corner, in `lateral_unit`.
    pub origin: [f64; 2],
    /// Unit of width and height.
    pub lateral_unit: String,
    /// Unit of the values.
    pub unit: String,
    /// Further fields of the header.
    pub notes: Vec<(String, String)>,
}

const OWN: [&str; 9] = ["XRes", "YRes", "XReal", "YReal", "XOffset", "YOffset", "XYUnits", "ZUnits", "Title"];

impl SimpleField {
    /// Reads a field. A size that is not given is 1 per pixel.
    pub fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let header = Header::read(bytes, MAGIC, ALIGN)?;
        let (cols, rows) = (header.count("XRes")?, header.count("YRes")?);
        header::check_size(bytes.len(), header.data, rows.checked_mul(cols), 4)?;
        let values: Vec<f64> = bytes[header.data..]
            .chunks_exact(4)
            .map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])))
            .collect();
        let positive = |name: &str, without: f64| match header.real(name)? {
            Some(x) if x <= 0.0 => Err(FormatError::value(name, x, "a number above 0")),
            x => Ok(x.unwrap_or(without)),
        };
        let text = |name: &str| header.get(name).unwrap_or_default().to_owned();
        Ok(Self {
            title: text("Title"),
            values: Array2::from_shape_vec((rows, cols), values)
                .map_err(|e| FormatError::value("the shape", e, "XRes × YRes values"))?,
            size: [positive("XReal", cols as f64)?, positive("YReal", rows as f64)?],
            origin: [header.real("XOffset")?.unwrap_or(0.0), header.real("YOffset")?.unwrap_or(0.0)],
            lateral_unit: text("XYUnits"),
            unit: text("ZUnits"),
            notes: header.fields.into_iter().filter(|(n, _)| !OWN.contains(&n.as_str())).collect(),
        })
    }

    /// The bytes of a file. Readers take only finite values: others are refused, and belong into a mask of their own.
    pub fn write(&self) -> Result<Vec<u8>, FormatError> {
        if let Some(((row, col), x)) = self.values.indexed_iter().find(|(_, x)| !(**x as f32).is_finite()) {
            let why = format!("its value at row {row}, column {col} is {x}; accepted: finite numbers within f32");
            return Err(FormatError::unwritable(format!("the field \"{}\"", self.title), why));
        }
        let (rows, cols) = self.values.dim();
        let values: [String; 9] = [
            cols.to_string(),
            rows.to_string(),
            format!("{:e}", self.size[0]),
            format!("{:e}", self.size[1]),
            format!("{:e}", self.origin[0]),
            format!("{:e}", self.origin[1]),
            self.lateral_unit.clone(),
            self.unit.clone(),
            self.title.clone(),
        ];
        let mut fields: Vec<(String, String)> = OWN.into_iter().map(str::to_owned).zip(values).collect();
        fields.extend(self.notes.iter().cloned());
        let mut out = header::write(MAGIC, &fields, ALIGN);
        out.extend(self.values.iter().flat_map(|&x| (x as f32).to_le_bytes()));
        Ok(out)
    }
}

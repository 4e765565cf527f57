//! The numbers behind a picture, for who wants to draw it again: columns with units in their names.
//!
//! They go into a page as JSON with single-precision arrays in base64, which is a third of their text; the page writes CSV from them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ndarray::Array2;
use serde::Serialize;
use tiptwin_instrument::Pixel;

/// Pixels beyond which a page does not carry the numbers of a map: they would be most of its bytes.
pub const MOST_PIXELS: usize = 1 << 16;

/// Something drawn from numbers.
pub trait Picture {
    /// The picture as inline SVG.
    fn svg(&self) -> String;
    /// What it was drawn from; `None` if that is too much for a page.
    fn numbers(&self) -> Option<Numbers>;
}

/// The numbers of one picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// One value for each pixel.
    Map(MapNumbers),
    /// Rows of a table.
    Table {
        /// Name of the picture.
        name: String,
        /// Its columns, all of one length.
        columns: Vec<Column>,
    },
}

/// The numbers of a map, row by row from the top.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapNumbers {
    /// Name of the picture.
    pub name: String,
    /// Name of the values, with their unit at its end.
    pub column: String,
    /// Number of columns.
    pub cols: usize,
    /// Distance of columns and of rows, metres; 0 where it is not known.
    pub step_m: [f64; 2],
    /// Single precision, little-endian, base64; not a number where there is no value.
    pub values: String,
    /// Name of a picture beside it that has the same values; then `values` is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub same: String,
    /// Row and column of what was measured, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub picks: Vec<[usize; 2]>,
    /// Code of the region of each pixel (0 grain, 1 boundary, 2 junction), one byte each, base64.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub regions: String,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// Its name, with the unit at its end.
    pub name: String,
    /// What is in it.
    #[serde(flatten)]
    pub cells: Cells,
}

/// The cells of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cells {
    /// Words, each with how often it stands there in a row.
    Words(Vec<(String, usize)>),
    /// Single precision, little-endian, base64.
    Reals(String),
}

impl Column {
    /// Numbers of a quantity in a unit.
    pub fn reals(quantity: &str, unit: &str, values: impl IntoIterator<Item = f64>) -> Self {
        Self { name: column_name(quantity, unit), cells: Cells::Reals(packed(values)) }
    }

    /// Words, each as often as it says.
    pub fn words(name: &str, words: Vec<(String, usize)>) -> Self {
        Self { name: column_name(name, ""), cells: Cells::Words(words) }
    }
}

impl MapNumbers {
    /// The numbers of an image; `None` beyond [`MOST_PIXELS`].
    pub fn new(name: &str, column: String, values: &Array2<f64>, step_m: [f64; 2]) -> Option<Self> {
        (values.len() <= MOST_PIXELS).then(|| Self {
            name: name.to_owned(),
            column,
            cols: values.ncols(),
            step_m,
            values: packed(values.iter().copied()),
            same: String::new(),
            picks: Vec::new(),
            regions: String::new(),
        })
    }

    /// The same with what was measured and where regions lie.
    #[must_use]
    pub fn with(mut self, picks: &[Pixel], regions: Option<&Array2<u8>>) -> Self {
        self.picks = picks.iter().map(|p| [p.row, p.col]).collect();
        self.regions = regions.map_or(String::new(), |r| STANDARD.encode(r.iter().copied().collect::<Vec<u8>>()));
        self
    }
}

impl Numbers {
    /// As JSON that can stand inside an HTML script element.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }
}

fn packed(values: impl IntoIterator<Item = f64>) -> String {
    STANDARD.encode(values.into_iter().flat_map(|v| (v as f32).to_le_bytes()).collect::<Vec<u8>>())
}

/// A name for a column: small letters, digits and underscores, the unit at the end (`max_current_a`).
pub fn column_name(quantity: &str, unit: &str) -> String {
    let quantity = match quantity.strip_prefix('|').and_then(|q| q.split_once('|')) {
        Some((inside, rest)) => format!("abs {inside}{rest}"),
        None => quantity.to_owned(),
    };
    let text = format!("{quantity} {}", unit.replace('/', " per "));
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'σ' => name.push_str("sigma"),
            'µ' => name.push('u'),
            'ρ' => name.push_str("rho"),
            'Ω' => name.push_str("ohm"),
            '°' => name.push_str("_deg"),
            '²' => name.push('2'),
            '−' => name.push_str("_minus_"),
            c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_lowercase()),
            _ => name.push('_'),
        }
    }
    name.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// A heading without the letter that it has on a page.
pub(super) fn without_letter(title: &str) -> &str {
    title.split('\u{2002}').next_back().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_names_end_in_their_unit() {
        for (quantity, unit, name) in [
            ("maximum current", "A", "maximum_current_a"),
            ("|current|", "A", "abs_current_a"),
            ("Uncertainty (1σ)", "A·V", "uncertainty_1sigma_a_v"),
            ("angle (°)", "", "angle_deg"),
            ("R² of the predicted map", "", "r2_of_the_predicted_map"),
            ("Prediction − truth", "V", "prediction_minus_truth_v"),
            ("rate", "V/s", "rate_v_per_s"),
        ] {
            assert_eq!(column_name(quantity, unit), name);
        }
    }

    #[test]
    fn numbers_cannot_leave_their_element_and_keep_seven_digits() {
        let column = Column::reals("x", "m", [1.5e-9, f64::NAN]);
        let words = Column::words("series", vec![("</script>".into(), 2)]);
        let json = Numbers::Table { name: "a".into(), columns: vec![words, column] }.json();
        assert!(!json.contains('<'), "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(value["table"]["columns"][0]["words"][0][0], "</script>");
        let bytes = STANDARD.decode(value["table"]["columns"][1]["reals"].as_str().expect("text")).expect("base64");
        assert_eq!(f32::from_le_bytes(bytes[..4].try_into().expect("four")), 1.5e-9);
        assert!(f32::from_le_bytes(bytes[4..].try_into().expect("four")).is_nan());
    }

    #[test]
    fn a_page_does_not_carry_large_maps() {
        let of = |n| MapNumbers::new("m", "m".into(), &Array2::zeros((n, 256)), [0.0; 2]);
        assert!(of(256).is_some() && of(257).is_none());
    }
}

//! An image with its scale bar and colour bar.
//!
//! Row 0, the first scan line, is on top; a pixel has its true proportions. The colour range leaves out the
//! outermost percentiles, so that one bright pixel does not darken a whole map, and [`MapPicture::range_note`]
//! says so in words for the caption.

use crate::picture::bars::image;
use crate::picture::clip;
use crate::picture::colour::ColourMap;
use crate::picture::marks;
use crate::picture::numbers::{Column, MapNumbers, Numbers, Picture, column_name, without_letter};
use crate::picture::quantity;
use crate::picture::raster::{data_uri, write_png};
use crate::picture::svg::{self, coordinate};
use ndarray::Array2;
use std::fmt::Write;
use tiptwin_instrument::{Meters, Pixel};

/// Width of the picture in units; text is 11 of them high.
pub const WIDTH: f64 = 380.0;
pub(super) const IMAGE: f64 = 306.0;
/// What stands beside an image: the colour bar with its numbers.
const BESIDE: f64 = WIDTH - IMAGE;
const TOP: f64 = 26.0;
pub(super) const GAP: f64 = 8.0;
pub(super) const BAR: f64 = 11.0;

/// How values spread over the colour map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// Evenly in the logarithm; what is not positive is at the lower end.
    Log,
    /// Evenly, with zero in the middle.
    Centred,
}

impl Scale {
    /// Where a value lies between `low` (0) and `high` (1); not clamped, NaN for NaN.
    pub fn place(self, value: f64, low: f64, high: f64) -> f64 {
        match self {
            Self::Linear | Self::Centred => (value - low) / (high - low),
            Self::Log if value <= 0.0 => 0.0,
            Self::Log => (value / low).ln() / (high / low).ln(),
        }
    }
}

/// Everything one map shows. Start from [`MapPicture::new`] and set what differs.
#[derive(Clone, Debug)]
pub struct MapPicture {
    /// Heading, above the image.
    pub title: String,
    /// What the colours stand for, above the colour bar with its unit; may be empty.
    pub quantity: String,
    /// What the values are, for the name of their column in a file of numbers; empty: the title.
    pub column: String,
    /// Width of the image in units; a map that shares a row with many others has fewer.
    pub image_width: f64,
    /// Values in `unit`, NaN where there is none.
    pub values: Array2<f64>,
    /// SI unit of the values; empty for arbitrary units.
    pub unit: String,
    /// Distance between neighbouring columns and between neighbouring rows.
    pub pixel_size: (Meters, Meters),
    /// Colours.
    pub colours: ColourMap,
    /// How values spread over the colours.
    pub scale: Scale,
    /// Percentiles at the two ends of the colours.
    pub clip_percent: (f64, f64),
    /// Values at the two ends of the colours instead of percentiles, to give two maps one scale.
    pub range: Option<(f64, f64)>,
    /// Pixels to mark, in the order of their measurement.
    pub picks: Vec<Pixel>,
    /// A pixel to put a ring around.
    pub ring: Option<Pixel>,
    /// Non-zero inside regions to outline, of the shape of `values`.
    pub outline: Option<Array2<u8>>,
    /// 0 grain, 1 boundary, 2 junction: laid over the map in colour, of the shape of `values`.
    pub regions: Option<Array2<u8>>,
    /// Lines to draw, as points (x, y) in metres from the outer corner of pixel (0, 0).
    pub lines: Vec<Vec<(f64, f64)>>,
    /// Points to draw, in metres from the same corner.
    pub points: Vec<(f64, f64)>,
}

impl MapPicture {
    /// A map with the 1st to 99th percentile on viridis, and nothing on top of it.
    pub fn new(title: &str, values: Array2<f64>, unit: &str, pixel_size: (Meters, Meters)) -> Self {
        Self {
            title: title.into(),
            quantity: String::new(),
            column: String::new(),
            image_width: IMAGE,
            values,
            unit: unit.into(),
            pixel_size,
            colours: ColourMap::Viridis,
            scale: Scale::Linear,
            clip_percent: (1.0, 99.0),
            range: None,
            picks: Vec::new(),
            ring: None,
            outline: None,
            regions: None,
            lines: Vec::new(),
            points: Vec::new(),
        }
    }

    /// The values at the two ends of the colour map, always a proper interval.
    pub fn colour_range(&self) -> (f64, f64) {
        if let Some((low, high)) = self.range
            && low < high
            && (self.scale != Scale::Log || low > 0.0)
        {
            return (low, high);
        }
        match self.scale {
            Scale::Linear => clip::range(&self.values, self.clip_percent),
            Scale::Centred => {
                let (low, high) = clip::range(&self.values, self.clip_percent);
                let largest = low.abs().max(high.abs());
                (-largest, largest)
            }
            Scale::Log => {
                let positive: Vec<f64> = self.values.iter().copied().filter(|v| *v > 0.0 && v.is_finite()).collect();
                if positive.is_empty() { (0.1, 1.0) } else { clip::interval(&positive, self.clip_percent) }
            }
        }
    }

    /// The colour range in words, for a caption.
    pub fn range_note(&self) -> String {
        let (low, high) = self.colour_range();
        let ends = quantity::interval(low, high, &self.unit);
        match (self.range, self.scale) {
            (Some(_), _) => format!("Colours: {ends}."),
            (None, Scale::Centred) => {
                format!("Colours: {ends}, zero in the middle; {} percentile within.", self.percentiles())
            }
            (None, _) => format!("Colours: {} percentile, {ends}.", self.percentiles()),
        }
    }

    fn percentiles(&self) -> String {
        let ordinal = |p: f64| match p as i64 {
            1 => "1st".to_owned(),
            2 => "2nd".to_owned(),
            3 => "3rd".to_owned(),
            n => format!("{n}th"),
        };
        format!("{} to {}", ordinal(self.clip_percent.0), ordinal(self.clip_percent.1))
    }

    /// Size of the picture in units.
    pub fn size(&self) -> (f64, f64) {
        (self.image_width + BESIDE, TOP + self.image_size().1 + marks::legend_height(self))
    }

    /// The whole picture as inline SVG.
    pub fn svg(&self) -> String {
        let (width, height) = self.image_size();
        let mut body = svg::text(0.0, 14.0, "title", &self.title);
        let _ = writeln!(body, "<g transform=\"translate(0 {TOP})\">");
        if let Some(uri) = self.raster() {
            body += &image(&uri, self.colours, (0.0, 0.0), (width, height));
            body += &marks::overlays(self, width, height);
            body += &self.scale_bar(width, height);
            body += &marks::legend(self, width, height);
            if self.regions.is_none() {
                body += &self.colour_bar(width, height);
            }
        } else {
            body += &svg::text(width / 2.0, height / 2.0, "middle soft", "no pixels");
        }
        let (w, h) = (coordinate(width), coordinate(height));
        let _ = writeln!(body, "<rect class=\"frame\" width=\"{w}\" height=\"{h}\"/>");
        body.push_str("</g>\n");
        let (w, h) = self.size();
        svg::picture(w, h, &format!("Map: {}", self.title), &body)
    }

    /// Width and height of the image, at most [`Self::image_width`] each way unless the sample is much longer than wide.
    fn image_size(&self) -> (f64, f64) {
        let (rows, cols) = self.values.dim();
        let (dx, dy) = self.pixel_size_m();
        let aspect = (rows.max(1) as f64 * dy) / (cols.max(1) as f64 * dx);
        let edge = self.image_width;
        if aspect > 1.3 { (1.3 * edge / aspect, 1.3 * edge) } else { (edge, (edge * aspect).max(12.0)) }
    }

    /// Pixel size, or square pixels of unit size where it is not known.
    pub(super) fn pixel_size_m(&self) -> (f64, f64) {
        let (dx, dy) = (self.pixel_size.0.0, self.pixel_size.1.0);
        if self.knows_length() { (dx, dy) } else { (1.0, 1.0) }
    }

    pub(super) fn knows_length(&self) -> bool {
        [self.pixel_size.0.0, self.pixel_size.1.0].iter().all(|d| d.is_finite() && *d > 0.0)
    }

    /// Units of the picture per metre along x and y.
    pub(super) fn units_per_metre(&self, width: f64, height: f64) -> (f64, f64) {
        let (rows, cols) = self.values.dim();
        let (dx, dy) = self.pixel_size_m();
        (width / (cols as f64 * dx), height / (rows as f64 * dy))
    }

    fn raster(&self) -> Option<String> {
        write_png(&self.values, self.colours, self.scale, self.colour_range()).ok().map(|png| data_uri(&png))
    }
}

impl Picture for MapPicture {
    fn svg(&self) -> String {
        self.svg()
    }

    /// The value of every pixel; of a map with lines these, because they are what it shows.
    fn numbers(&self) -> Option<Numbers> {
        let name = without_letter(&self.title);
        if !self.lines.is_empty() || !self.points.is_empty() {
            return Some(self.graph(name));
        }
        let step = if self.knows_length() { self.pixel_size_m() } else { (0.0, 0.0) };
        let quantity = if self.column.is_empty() { name } else { &self.column };
        let column = column_name(quantity, &self.unit);
        let regions = self.regions.as_ref().filter(|r| r.dim() == self.values.dim());
        MapNumbers::new(name, column, &self.values, [step.0, step.1])
            .map(|m| Numbers::Map(m.with(&self.picks, regions)))
    }
}

impl MapPicture {
    fn graph(&self, name: &str) -> Numbers {
        let lines = self.lines.iter().enumerate();
        let mut words: Vec<_> = lines.map(|(i, line)| (format!("boundary {}", i + 1), line.len())).collect();
        words.push(("junction".into(), self.points.len()));
        let all = || self.lines.iter().flatten().chain(&self.points);
        let columns = vec![
            Column::words("part", words),
            Column::reals("x", "m", all().map(|p| p.0)),
            Column::reals("y", "m", all().map(|p| p.1)),
        ];
        Numbers::Table { name: name.into(), columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn map(values: Array2<f64>, pixel_m: f64) -> MapPicture {
        MapPicture::new("height", values, "m", (Meters(pixel_m), Meters(pixel_m)))
    }

    #[test]
    fn proportions_are_those_of_the_sample() {
        let wide = map(Array2::zeros((10, 40)), 1e-8);
        assert!((wide.image_size().1 / wide.image_size().0 - 0.25).abs() < 1e-12);
        let mut tall = map(Array2::zeros((100, 20)), 1e-8);
        tall.pixel_size.1 = Meters(2e-8);
        assert!((tall.image_size().1 / tall.image_size().0 - 10.0).abs() < 1e-12);
    }

    #[test]
    fn differences_are_centred_and_logarithms_ignore_what_is_not_positive() {
        let mut picture = map(array![[-1.0, 3.0, 0.0]], 1e-8);
        picture.clip_percent = (0.0, 100.0);
        picture.scale = Scale::Centred;
        assert_eq!(picture.colour_range(), (-3.0, 3.0));
        picture.scale = Scale::Log;
        picture.values = array![[0.0, -1.0, 1e-12, 1e-9]];
        assert_eq!(picture.colour_range(), (1e-12, 1e-9));
        assert!((Scale::Log.place(1e-10, 1e-12, 1e-9) - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn degenerate_images_are_drawn_without_nonsense() {
        for values in
            [Array2::zeros((0, 0)), array![[2.0]], array![[f64::NAN, f64::NAN]], Array2::from_elem((3, 3), 5.0)]
        {
            for scale in [Scale::Linear, Scale::Log, Scale::Centred] {
                for pixel_m in [1e-8, 0.0, f64::NAN] {
                    let mut picture = map(values.clone(), pixel_m);
                    picture.scale = scale;
                    let svg = svg::without_rasters(&picture.svg());
                    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                    assert_eq!(svg.contains("<image"), !values.is_empty());
                }
            }
        }
    }

    #[test]
    fn the_caption_names_the_percentiles() {
        let picture = map(Array2::from_shape_fn((10, 10), |(r, c)| (10 * r + c) as f64 * 1e-9), 1e-8);
        assert_eq!(picture.range_note(), "Colours: 1st to 99th percentile, 0.990 to 98.0 nm.");
    }
}

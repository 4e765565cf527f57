//! The scale bar and the colour bar of a map.

use crate::picture::colour::{ColourMap, NO_VALUE};
use crate::picture::map::{BAR, GAP, MapPicture, Scale};
use crate::picture::quantity::{self, DisplayUnit};
use crate::picture::raster::{data_uri, encode_indexed};
use crate::picture::svg::{self, coordinate};
use crate::picture::ticks;
use ndarray::Array2;
use std::fmt::Write;

impl MapPicture {
    /// A bar of round length, a fifth to a half of the width, on a plate that reads on any map.
    pub(super) fn scale_bar(&self, width: f64, height: f64) -> String {
        let (_, cols) = self.values.dim();
        let field_m = cols as f64 * self.pixel_size_m().0;
        let Some(length_m) = ticks::round_below(0.45 * field_m).filter(|_| self.knows_length()) else {
            return String::new();
        };
        let length = width * length_m / field_m;
        let label = quantity::with_unit(length_m, "m");
        // `with_unit` prints three digits; a 1-2-5 length needs one.
        let label = label.replacen(".00", "", 1).replacen(".0", "", 1);
        let plate = (length.max(svg::text_width(&label, 11.0)) + 14.0, 27.0);
        let (x, y) = (6.0, height - plate.1 - 6.0);
        if y < 0.0 {
            return String::new();
        }
        let middle = x + plate.0 / 2.0;
        let rect = |class, x, y, w, h, r: f64| {
            format!(
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{r}\"/>\n",
                coordinate(x),
                coordinate(y),
                coordinate(w),
                coordinate(h)
            )
        };
        rect("plate", x, y, plate.0, plate.1, 3.0)
            + &svg::text(middle, y + 12.5, "on-plate", &label)
            + &rect("bar", middle - length / 2.0, y + 18.0, length, 4.0, 0.0)
    }

    /// The colours with their values, right of an image.
    pub(super) fn colour_bar(&self, image_width: f64, height: f64) -> String {
        let (low, high) = self.colour_range();
        let x = image_width + GAP;
        let magnitude = if self.scale == Scale::Log { (low * high).sqrt() } else { low.abs().max(high.abs()) };
        let display = DisplayUnit::new(&self.unit, magnitude);
        let count = ((height / 50.0) as usize).clamp(2, 6);
        let marks = match self.scale {
            Scale::Log => {
                let (l, h) = (low / display.factor, high / display.factor);
                ticks::logarithmic(l, h).into_iter().map(|v| (v * display.factor, quantity::log_tick(v))).collect()
            }
            _ => display.ticks(low, high, count),
        };
        let mut out = svg::text(x, -6.0, "", &display.label(&self.quantity));
        if let Some(uri) = gradient(self.colours, true) {
            out += &image(&uri, self.colours, (x, 0.0), (BAR, height));
        }
        let _ = writeln!(
            out,
            "<rect class=\"frame\" x=\"{}\" width=\"{BAR}\" height=\"{}\"/>",
            coordinate(x),
            coordinate(height)
        );
        if self.values.iter().any(|v| v.is_nan()) {
            let [r, g, b] = NO_VALUE;
            let (x, y) = (coordinate(x), coordinate(height + NO_VALUE_BELOW));
            for look in [format!("fill=\"#{r:02x}{g:02x}{b:02x}\""), "class=\"frame\"".to_owned()] {
                let _ = writeln!(out, "<rect {look} x=\"{x}\" y=\"{y}\" width=\"{BAR}\" height=\"{BAR}\"/>");
            }
            out += &svg::text(image_width + GAP + BAR + 6.0, height + NO_VALUE_BELOW + 9.0, "", "no value");
        }
        for (value, label) in marks {
            let y = height * (1.0 - self.scale.place(value, low, high));
            out += &svg::line("axis", (x + BAR, y), (x + BAR + 4.0, y));
            out += &svg::text(x + BAR + 6.0, y + 3.8, "", &label);
        }
        out
    }
}

/// Distance of the colour of missing values below its bar.
const NO_VALUE_BELOW: f64 = 9.0;

/// An embedded raster at a place, stretched to a size. Those of heights are marked: a page can show them in other colours.
pub(super) fn image(uri: &str, colours: ColourMap, at: (f64, f64), size: (f64, f64)) -> String {
    let heights = if ColourMap::HEIGHTS.contains(&colours) { " heights" } else { "" };
    format!(
        "<image class=\"pixels{heights}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" href=\"{uri}\"/>\n",
        coordinate(at.0),
        coordinate(at.1),
        coordinate(size.0),
        coordinate(size.1)
    )
}

/// A strip of a colour map: upright from bottom to top, or from left to right.
pub(super) fn gradient(colours: ColourMap, upright: bool) -> Option<String> {
    const STEPS: usize = 128;
    let palette: Vec<_> = (0..STEPS).map(|i| colours.at(i as f64 / (STEPS - 1) as f64)).collect();
    let strip = if upright {
        Array2::from_shape_fn((STEPS, 1), |(row, _)| (STEPS - 1 - row) as u8)
    } else {
        Array2::from_shape_fn((1, STEPS), |(_, col)| col as u8)
    };
    encode_indexed(&strip, &palette, None).ok().map(|png| data_uri(&png))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::map::IMAGE;
    use tiptwin_instrument::Meters;

    #[test]
    fn the_scale_bar_is_as_long_as_it_says() {
        let pixel = Meters(3e-6 / 128.0);
        let values = Array2::from_shape_fn((128, 128), |(r, c)| (r * c) as f64);
        let picture = MapPicture::new("height", values, "m", (pixel, pixel));
        let svg = picture.svg();
        assert!(svg.contains(">1 µm</text>"), "{svg}");
        let bar = svg.split("class=\"bar\"").nth(1).and_then(|s| s.split("width=\"").nth(1)).expect("a bar");
        let width: f64 = bar.split('"').next().expect("a number").parse().expect("a number");
        assert!((width - IMAGE / 3.0).abs() < 0.01, "{width}");
    }
}

//! Values over two axes as a raster: a density in a plane, or images laid out along two quantities.

use crate::picture::Axis;
use crate::picture::axis::{Layout, axes};
use crate::picture::bars::image;
use crate::picture::chart::{LEFT, SIZE};
use crate::picture::colour::ColourMap;
use crate::picture::map::Scale;
use crate::picture::numbers::{Column, Numbers, Picture, without_letter};
use crate::picture::raster::{data_uri, write_png};
use crate::picture::svg::{self, coordinate};
use ndarray::Array2;
use std::fmt::Write;

const TOP: f64 = 26.0;
const RIGHT: f64 = 12.0;
const BOTTOM: f64 = 42.0;

/// A raster between the ends of two axes.
#[derive(Clone, Debug)]
pub struct PlaneMap {
    /// Heading.
    pub title: String,
    /// Horizontal axis; its range is that of the columns.
    pub x: Axis,
    /// Vertical axis; its range is that of the rows.
    pub y: Axis,
    /// Row 0 at the upper end of the vertical axis; NaN where there is nothing.
    pub values: Array2<f64>,
    /// What the values are, with their unit, for the file of numbers.
    pub quantity: (String, String),
    /// Colours.
    pub colours: ColourMap,
    /// Values at the two ends of the colours.
    pub range: (f64, f64),
    /// Points to mark, in the units of the axes.
    pub points: Vec<(f64, f64)>,
}

impl Picture for PlaneMap {
    fn svg(&self) -> String {
        let (width, height) = (SIZE.0 - LEFT - RIGHT, SIZE.0 - LEFT - RIGHT);
        let (x, y) = (Layout::new(&self.x, &[], 4), Layout::new(&self.y, &[], 5));
        let mut body = svg::text(0.0, 14.0, "title", &self.title);
        let _ = writeln!(body, "<g transform=\"translate({LEFT} {TOP})\">");
        match write_png(&self.values, self.colours, Scale::Linear, self.range) {
            Ok(png) => body += &image(&data_uri(&png), self.colours, (0.0, 0.0), (width, height)),
            Err(_) => body += &svg::text(width / 2.0, height / 2.0, "middle soft", "no data"),
        }
        let _ = writeln!(body, "<svg width=\"{}\" height=\"{}\">", coordinate(width), coordinate(height));
        for (px, py) in self.points.iter().filter(|p| p.0.is_finite() && p.1.is_finite()) {
            let (cx, cy) = (coordinate(width * x.place(*px)), coordinate(height * (1.0 - y.place(*py))));
            let _ = writeln!(body, "<circle class=\"pick\" cx=\"{cx}\" cy=\"{cy}\" r=\"2.2\" fill=\"#fff\"/>");
        }
        body.push_str("</svg>\n");
        body += &axes(&x, &y, width, height);
        body.push_str("</g>\n");
        let description = format!("{}: {} against {}", self.title, self.y.label, self.x.label);
        svg::picture(SIZE.0, TOP + height + BOTTOM, &description, &body)
    }

    /// A row for every pixel that has a value, at its middle.
    fn numbers(&self) -> Option<Numbers> {
        let ((x0, x1), (y0, y1)) = (self.x.range?, self.y.range?);
        let (rows, cols) = self.values.dim();
        let cells = || self.values.indexed_iter().filter(|(_, v)| v.is_finite());
        let columns = vec![
            Column::reals(
                &self.x.label,
                &self.x.unit,
                cells().map(|((_, c), _)| x0 + (x1 - x0) * (c as f64 + 0.5) / cols as f64),
            ),
            Column::reals(
                &self.y.label,
                &self.y.unit,
                cells().map(|((r, _), _)| y1 - (y1 - y0) * (r as f64 + 0.5) / rows as f64),
            ),
            Column::reals(&self.quantity.0, &self.quantity.1, cells().map(|(_, v)| *v)),
        ];
        Some(Numbers::Table { name: without_letter(&self.title).into(), columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: Array2<f64>) -> PlaneMap {
        PlaneMap {
            title: "density".into(),
            x: Axis::new("z", "").between(-1.0, 1.0),
            y: Axis::new("w", "").between(0.0, 4.0),
            values,
            quantity: ("density".into(), String::new()),
            colours: ColourMap::Magma,
            range: (0.0, 1.0),
            points: vec![(0.0, 2.0), (f64::NAN, 1.0)],
        }
    }

    #[test]
    fn points_lie_where_the_axes_say() {
        let svg = map(Array2::eye(4)).svg();
        let middle = coordinate((SIZE.0 - LEFT - RIGHT) / 2.0);
        assert!(svg.contains(&format!("cx=\"{middle}\" cy=\"{middle}\"")), "{svg}");
        assert_eq!(svg.matches("class=\"pick\"").count(), 1);
    }

    #[test]
    fn the_first_row_is_the_upper_end() {
        let Some(Numbers::Table { columns, .. }) = map(Array2::from_elem((2, 1), 0.5)).numbers() else {
            panic!("none")
        };
        let json = Numbers::Table { name: String::new(), columns }.json();
        let again = Numbers::Table {
            name: String::new(),
            columns: vec![
                Column::reals("z", "", [0.0, 0.0]),
                Column::reals("w", "", [3.0, 1.0]),
                Column::reals("density", "", [0.5, 0.5]),
            ],
        };
        assert_eq!(json, again.json());
        assert!(map(Array2::zeros((0, 0))).svg().contains("no data"));
    }
}

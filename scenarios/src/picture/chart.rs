//! Lines, bands and filled steps over two axes.

use crate::picture::axis::{Axis, Layout, axes};
use crate::picture::numbers::{Column, Numbers, Picture, without_letter};
use crate::picture::svg::{self, coordinate};
use std::fmt::Write;

/// Usual size of a chart in units, as wide as a map; text is 11 of them high.
pub const SIZE: (f64, f64) = (380.0, 280.0);
pub(super) const LEFT: f64 = 54.0;
const RIGHT: f64 = 12.0;
const BOTTOM: f64 = 42.0;

/// A colour with a meaning that stays the same over a page. Black, orange and blue stay apart in every common
/// form of colour blindness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The text colour of the page: grains, and whatever stands alone.
    Black,
    /// Grain boundaries.
    Orange,
    /// Junctions; also the strategy of a run.
    Blue,
    /// Light, where it has a colour of its own.
    Green,
    /// What something is compared with.
    Grey,
    /// A boundary weaker than most.
    PaleOrange,
    /// A boundary stronger than most.
    DeepOrange,
    /// A step of an ordered family, from 0 (first) to 7 (last); later steps are lighter, or stand out more on a dark page.
    Ramp(u8),
}

impl Ink {
    /// Step `i` of a family of `n`, spread over the whole ramp.
    pub const fn of_family(i: usize, n: usize) -> Self {
        Self::Ramp(if n < 2 { 0 } else { (7 * i / (n - 1)) as u8 })
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::Orange => "orange",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Grey => "grey",
            Self::PaleOrange => "pale-orange",
            Self::DeepOrange => "deep-orange",
            Self::Ramp(step) => ["ramp0", "ramp1", "ramp2", "ramp3", "ramp4", "ramp5", "ramp6", "ramp7"]
                [if step < 8 { step as usize } else { 7 }],
        }
    }
}

/// One line through points.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name in the legend; empty keeps it out of there.
    pub label: String,
    /// Points (x, y) in the units of the axes; a coordinate that is not finite breaks the line.
    pub points: Vec<(f64, f64)>,
    /// Colour.
    pub ink: Ink,
    /// Broken line.
    pub dashed: bool,
    /// How the points are drawn.
    pub shape: Shape,
    /// Its name among the numbers of the chart, where the legend does without; empty: the label.
    pub name: String,
}

/// How the points of a [`Series`] are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A line through them.
    #[default]
    Line,
    /// A line with a dot at every point.
    Dots,
    /// A line, and a tint from it down to the lower end of the axis: for histograms.
    Filled,
    /// Faint points without a line: for clouds of many.
    Cloud,
    /// Dots without a line: for a few values that nothing joins.
    Points,
}

impl Series {
    /// A plain solid line.
    pub fn new(label: &str, ink: Ink, points: Vec<(f64, f64)>) -> Self {
        Self { label: label.into(), points, ink, dashed: false, shape: Shape::Line, name: String::new() }
    }
}

/// A tinted area between two curves.
#[derive(Clone, Debug)]
pub struct Band {
    /// `(x, low, high)` in the units of the axes.
    pub points: Vec<(f64, f64, f64)>,
    /// Colour.
    pub ink: Ink,
}

/// Everything one chart shows.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Heading.
    pub title: String,
    /// Width and height in units.
    pub size: (f64, f64),
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Lines.
    pub series: Vec<Series>,
    /// Areas behind the lines.
    pub bands: Vec<Band>,
}

impl Chart {
    /// An empty chart.
    pub fn new(title: &str, x: Axis, y: Axis) -> Self {
        Self { title: title.into(), size: SIZE, x, y, series: Vec::new(), bands: Vec::new() }
    }

    /// The whole chart as inline SVG.
    pub fn svg(&self) -> String {
        let all = || self.series.iter().flat_map(|s| s.points.iter().copied());
        let xs: Vec<f64> =
            all().map(|p| p.0).chain(self.bands.iter().flat_map(|b| b.points.iter().map(|p| p.0))).collect();
        let ys: Vec<f64> = all()
            .map(|p| p.1)
            .chain(self.bands.iter().flat_map(|b| b.points.iter().flat_map(|p| [p.1, p.2])))
            .collect();
        let x = Layout::new(&self.x, &xs, 4);
        let y = Layout::new(&self.y, &ys, 5);
        let (legend, top) = self.legend();
        let (width, height) = (self.size.0 - LEFT - RIGHT, self.size.1 - top - BOTTOM);
        let mut body = svg::text(0.0, 14.0, "title", &self.title) + &legend;
        let _ = writeln!(body, "<g transform=\"translate({LEFT} {})\">", coordinate(top));
        body += &axes(&x, &y, width, height);
        // A nested picture cuts off what leaves the axes.
        let _ = writeln!(body, "<svg width=\"{}\" height=\"{}\">", coordinate(width), coordinate(height));
        // One picture high beyond the edge is enough to be cut off, and keeps the file free of huge numbers.
        let at =
            |px: f64, py: f64| (width * x.place(px).clamp(-1.0, 2.0), height * (1.0 - y.place(py)).clamp(-1.0, 2.0));
        if all().all(|(px, py)| !(px.is_finite() && py.is_finite())) {
            body += &svg::text(width / 2.0, height / 2.0, "middle soft", "no data");
        }
        for band in &self.bands {
            let there = band.points.iter().map(|p| at(p.0, p.1));
            let back = band.points.iter().rev().map(|p| at(p.0, p.2));
            let outline: Vec<_> = there.chain(back).filter(|p| p.0.is_finite() && p.1.is_finite()).collect();
            let _ = writeln!(body, "<path class=\"area fill-{}\" d=\"{}\"/>", band.ink.class(), svg::path(&outline));
        }
        for series in &self.series {
            let points: Vec<_> = series.points.iter().map(|p| at(p.0, p.1)).collect();
            body += &drawn(series, &points, height);
        }
        body.push_str("</svg>\n</g>\n");
        svg::picture(
            self.size.0,
            self.size.1,
            &format!("Chart: {}; {} against {}", self.title, self.y.label, self.x.label),
            &body,
        )
    }

    /// The name of a series among the numbers: every one has one.
    fn named(&self, series: &Series) -> String {
        match (series.name.as_str(), series.label.as_str(), series.shape) {
            ("", "", Shape::Cloud | Shape::Points) => "points".into(),
            ("", "", _) if series.dashed => "reference".into(),
            ("", "", _) => without_letter(&self.title).to_lowercase(),
            ("", label, _) => label.into(),
            (name, ..) => name.into(),
        }
    }

    /// The legend above the axes and where the axes begin.
    fn legend(&self) -> (String, f64) {
        let (mut x, mut y, mut out) = (LEFT, 32.0, String::new());
        let named: Vec<&Series> = self.series.iter().filter(|s| !s.label.is_empty()).collect();
        for series in &named {
            let needed = 26.0 + svg::text_width(&series.label, 11.0);
            if x > LEFT && x + needed > self.size.0 {
                (x, y) = (LEFT, y + 15.0);
            }
            if series.shape == Shape::Points {
                let (x, y) = (coordinate(x + 10.0), coordinate(y - 4.0));
                let _ =
                    writeln!(out, "<circle class=\"fill-{}\" cx=\"{x}\" cy=\"{y}\" r=\"2.6\"/>", series.ink.class());
            } else {
                out += &stroke(series, &svg::path(&[(x, y - 4.0), (x + 20.0, y - 4.0)]));
            }
            out += &svg::text(x + 24.0, y, "", &series.label);
            x += needed + 12.0;
        }
        (out, if named.is_empty() { 26.0 } else { y + 11.0 })
    }
}

impl Picture for Chart {
    fn svg(&self) -> String {
        self.svg()
    }

    /// A row for every point of every series, then one for every point of every band.
    fn numbers(&self) -> Option<Numbers> {
        // A band has the name of the line it belongs to.
        let owner = |b: &Band| self.series.iter().find(|s| s.ink == b.ink && s.shape != Shape::Cloud);
        let band = |b: &Band| owner(b).map_or("band".to_owned(), |s| format!("{}: band", self.named(s)));
        let mut words: Vec<_> = self.series.iter().map(|s| (self.named(s), s.points.len())).collect();
        words.extend(self.bands.iter().map(|b| (band(b), b.points.len())));
        let points = || self.series.iter().flat_map(|s| s.points.iter().copied());
        let bands = || self.bands.iter().flat_map(|b| b.points.iter().copied());
        let nothing = || points().map(|_| f64::NAN);
        let (x, y) = (&self.x, &self.y);
        let mut columns = vec![
            Column::words("series", words),
            Column::reals(&x.label, &x.unit, points().map(|p| p.0).chain(bands().map(|b| b.0))),
            Column::reals(&y.label, &y.unit, points().map(|p| p.1).chain(bands().map(|_| f64::NAN))),
        ];
        if !self.bands.is_empty() {
            columns.push(Column::reals(&format!("low {}", y.label), &y.unit, nothing().chain(bands().map(|b| b.1))));
            columns.push(Column::reals(&format!("high {}", y.label), &y.unit, nothing().chain(bands().map(|b| b.2))));
        }
        Some(Numbers::Table { name: without_letter(&self.title).into(), columns })
    }
}

fn stroke(series: &Series, data: &str) -> String {
    let dashed = if series.dashed { " dashed" } else { "" };
    let thin = if series.points.len() > 100 { " thin" } else { "" };
    format!("<path class=\"line {}{dashed}{thin}\" d=\"{data}\"/>\n", series.ink.class())
}

fn drawn(series: &Series, points: &[(f64, f64)], height: f64) -> String {
    let mut out = String::new();
    if series.shape == Shape::Cloud {
        // A stroke of no length with round ends is a dot in a few bytes.
        let mut dots = String::new();
        for (x, y) in points.iter().filter(|p| p.0.is_finite() && p.1.is_finite()) {
            let _ = write!(dots, "M{} {}h0", coordinate(*x), coordinate(*y));
        }
        return format!("<path class=\"cloud {}\" d=\"{dots}\"/>\n", series.ink.class());
    }
    let finite: Vec<_> = points.iter().copied().filter(|p| p.0.is_finite() && p.1.is_finite()).collect();
    if let (true, Some(first), Some(last)) = (series.shape == Shape::Filled, finite.first(), finite.last()) {
        let mut closed = finite.clone();
        closed.extend([(last.0, height), (first.0, height)]);
        let _ = writeln!(out, "<path class=\"area fill-{}\" d=\"{}\"/>", series.ink.class(), svg::path(&closed));
    }
    if series.shape != Shape::Points {
        out += &stroke(series, &svg::path(points));
    }
    // A line needs two points; one alone would be invisible.
    if matches!(series.shape, Shape::Dots | Shape::Points) || finite.len() == 1 {
        for (x, y) in finite {
            let (x, y) = (coordinate(x), coordinate(y));
            let _ = writeln!(out, "<circle class=\"fill-{}\" cx=\"{x}\" cy=\"{y}\" r=\"2.6\"/>", series.ink.class());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> Chart {
        let mut chart = Chart::new("IV", Axis::new("bias", "V"), Axis::new("current", "A"));
        chart.series.push(Series::new("grain", Ink::Black, points));
        chart
    }

    #[test]
    fn axes_carry_prefixes_and_round_ticks() {
        let svg = chart((0..=15).map(|i| (0.1 * f64::from(i), 7e-11 * f64::from(i))).collect()).svg();
        assert!(svg.contains(">current (nA)<") && svg.contains(">bias (V)<"), "{svg}");
        assert!(svg.contains(">0.5</text>"));
        assert!(svg.contains(">grain</text>"));
    }

    #[test]
    fn the_line_ends_where_the_axes_do() {
        let mut chart = chart(vec![(0.0, 0.0), (2.0, 4.0)]);
        chart.x = chart.x.between(0.0, 2.0);
        chart.y = Axis::new("y", "").between(0.0, 4.0);
        let (width, height) = (SIZE.0 - LEFT - RIGHT, SIZE.1 - 43.0 - BOTTOM);
        let expected = format!("d=\"M0 {}L{} 0\"", coordinate(height), coordinate(width));
        assert!(chart.svg().contains(&expected), "{expected} not in {}", chart.svg());
    }

    #[test]
    fn a_logarithmic_axis_leaves_out_what_is_not_positive() {
        let mut chart = chart(vec![(0.0, 1e-12), (1.0, -1e-12), (2.0, 1e-9), (3.0, 1e-8)]);
        chart.y = chart.y.logarithmic();
        let svg = chart.svg();
        assert!(!svg.contains("NaN"));
        let line = svg.split("class=\"line black\" d=\"").nth(2).and_then(|s| s.split('"').next()).expect("the line");
        assert_eq!(line.matches('M').count(), 2, "broken at the gap: {line}");
    }

    #[test]
    fn degenerate_data_are_drawn_without_nonsense() {
        for points in [
            vec![],
            vec![(1.0, 1.0)],
            vec![(f64::NAN, f64::NAN)],
            vec![(0.0, 0.0), (0.0, 0.0)],
            vec![(1.0, f64::INFINITY)],
        ] {
            for log in [false, true] {
                let mut chart = chart(points.clone());
                chart.y.log = log;
                let svg = chart.svg();
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                let usable = points.iter().any(|p| p.0.is_finite() && p.1.is_finite());
                assert_eq!(svg.contains("no data"), !usable);
            }
        }
    }
}

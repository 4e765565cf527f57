//! Intervals one below the other, with a line where nothing is different.

use crate::picture::numbers::{Column, Numbers, Picture, without_letter};
use crate::picture::svg::{self, coordinate};
use crate::picture::{Ink, ticks};
use std::fmt::Write;

/// One interval.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// Its middle.
    pub middle: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Colour.
    pub ink: Ink,
}

/// What has a name on the left: one interval, or several of one kind.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub label: String,
    /// Its intervals.
    pub bars: Vec<Bar>,
}

const WIDTH: f64 = 380.0;
const ROW: f64 = 25.0;
/// Distance of bars that share a row, and what their name above them takes.
const CLOSE: f64 = 9.0;
const NAME: f64 = 17.0;
const TOP: f64 = 30.0;
/// Height of one line of a legend.
const LEGEND: f64 = 17.0;

/// Everything one picture of intervals shows.
#[derive(Clone, Debug)]
pub struct Forest {
    /// Heading.
    pub title: String,
    /// What the intervals are of; it has no unit.
    pub axis: String,
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// Where nothing is different.
    pub nothing: f64,
    /// Names of the bars of each row, in their order; empty where rows have one bar.
    pub legend: Vec<(Ink, String)>,
}

impl Forest {
    /// One interval in each row.
    pub fn new(title: &str, axis: &str, rows: Vec<Row>, nothing: f64) -> Self {
        Self { title: title.into(), axis: axis.into(), rows, nothing, legend: Vec::new() }
    }
}

impl Picture for Forest {
    fn svg(&self) -> String {
        drawn(self)
    }

    /// A row for every interval.
    fn numbers(&self) -> Option<Numbers> {
        let bars = || self.rows.iter().flat_map(|r| &r.bars);
        let mut columns =
            vec![Column::words("row", self.rows.iter().map(|r| (r.label.clone(), r.bars.len())).collect())];
        if !self.legend.is_empty() {
            let name = |k: usize| self.legend.get(k).map_or(String::new(), |(_, name)| name.clone());
            let names = self.rows.iter().flat_map(|r| (0..r.bars.len()).map(|k| (name(k), 1)));
            columns.push(Column::words("of", names.collect()));
        }
        columns.push(Column::reals(&self.axis, "", bars().map(|b| b.middle)));
        columns.push(Column::reals(&format!("low {}", self.axis), "", bars().map(|b| b.low)));
        columns.push(Column::reals(&format!("high {}", self.axis), "", bars().map(|b| b.high)));
        Some(Numbers::Table { name: without_letter(&self.title).into(), columns })
    }
}

/// The picture: names on the left, or above where they are long or stand for several intervals; `nothing` marked.
fn drawn(Forest { title, axis, rows, nothing, legend }: &Forest) -> String {
    let (rows, nothing) = (rows.as_slice(), *nothing);
    let longest = rows.iter().map(|r| svg::text_width(&r.label, 11.0)).fold(60.0, f64::max);
    let most = rows.iter().map(|r| r.bars.len()).max().unwrap_or(1);
    let stacked = longest > 0.42 * WIDTH || most > 1;
    let (left, row) = match (stacked, most) {
        (false, _) => (longest * 0.88 + 10.0, ROW),
        (true, 1) => (8.0, 1.5 * ROW),
        (true, several) => (8.0, NAME + 8.0 + CLOSE * several as f64),
    };
    let (right, height) = (WIDTH - 12.0, row * rows.len() as f64);
    let bars = || rows.iter().flat_map(|r| &r.bars);
    let ends = bars().flat_map(|b| [b.low, b.high, b.middle]).filter(|v| v.is_finite());
    let (mut low, mut high) = ends.fold((nothing, nothing), |(l, h), v| (l.min(v), h.max(v)));
    let margin = (0.06 * (high - low)).max(1e-9);
    (low, high) = (low - margin, high + margin);
    let at = |v: f64| left + (right - left) * (v - low) / (high - low);
    let mut body = svg::text(0.0, 14.0, "title", title);
    for (k, (ink, name)) in legend.iter().enumerate() {
        let y = TOP + LEGEND * (k as f64 + 0.2);
        let _ = writeln!(body, "<circle class=\"fill-{}\" cx=\"12\" cy=\"{}\" r=\"3.6\"/>", ink.class(), coordinate(y));
        body += &svg::text(22.0, y + 3.8, "", name);
    }
    let top = TOP + LEGEND * legend.len() as f64;
    let _ = writeln!(body, "<g transform=\"translate(0 {})\">", coordinate(top));
    let (marks, decimals) = ticks::linear(low, high, 4);
    for mark in marks {
        body += &svg::line("grid", (at(mark), 0.0), (at(mark), height));
        body += &svg::line("axis", (at(mark), height), (at(mark), height + 4.0));
        let label = format!("{mark:.decimals$}").replace('-', "−");
        body += &svg::text(at(mark), height + 16.0, "middle", &label);
    }
    body += &svg::line("axis", (left, height), (right, height));
    body += &svg::line("reference", (at(nothing), 0.0), (at(nothing), height));
    body += &svg::text(f64::midpoint(left, right), height + 34.0, "middle", axis);
    for (k, Row { label, bars }) in rows.iter().enumerate() {
        let start = row * k as f64;
        let (name, first) = match (stacked, most) {
            (false, _) => ((left - 8.0, start + 0.5 * ROW + 3.8, "end"), start + 0.5 * ROW),
            (true, 1) => ((left, start + ROW - 10.0, ""), start + ROW),
            (true, _) => ((left, start + NAME - 4.0, ""), start + NAME + 0.5 * CLOSE),
        };
        body += &svg::text(name.0, name.1, name.2, label);
        for (j, bar) in bars.iter().enumerate().filter(|(_, b)| b.low.is_finite() && b.high.is_finite()) {
            let (y, class) = (first + CLOSE * j as f64, bar.ink.class());
            body += &svg::line(&format!("line {class}"), (at(bar.low), y), (at(bar.high), y));
            let (x, y) = (coordinate(at(bar.middle)), coordinate(y));
            let _ = writeln!(body, "<circle class=\"fill-{class}\" cx=\"{x}\" cy=\"{y}\" r=\"3.6\"/>");
        }
    }
    body.push_str("</g>\n");
    svg::picture(WIDTH, top + height + 42.0, &format!("Chart: {title}"), &body)
}

//! Intervals one below the other, with a line where nothing is different.

use super::charts::ink;
use super::picks::REGIONS;
use super::{overall, shown};
use crate::compare::{Enriched, Table};
use crate::picture::svg::{self, coordinate};
use crate::picture::{Ink, ticks};
use crate::report::html::{escape, figure};
use std::fmt::Write;

/// One interval.
struct Bar {
    middle: f64,
    low: f64,
    high: f64,
    ink: Ink,
}

/// What has a name on the left: one interval, or one for each strategy.
struct Row {
    label: String,
    bars: Vec<Bar>,
}

/// Differences in the end: a picture for each case, the pooled one last.
pub(super) fn figures(table: &Table) -> String {
    let end = table.differences.iter().map(|d| d.n).max().unwrap_or(0);
    let mut cases: Vec<&str> = table.differences.iter().map(|d| d.case.as_str()).collect();
    cases.dedup();
    let mut out = String::new();
    for case in cases {
        let rows: Vec<Row> = table
            .differences
            .iter()
            .filter(|d| d.case == case && d.n == end)
            .map(|d| Row {
                label: d.strategy.clone(),
                bars: vec![Bar { middle: d.median, low: d.low, high: d.high, ink: ink(table, &d.strategy).0 }],
            })
            .collect();
        let Some(first) = table.differences.iter().find(|d| d.case == case && d.n == end) else { continue };
        let pairs = table.differences.iter().filter(|d| d.case == case && d.n == end).map(|d| d.pairs).max();
        let title = format!("R² − that of {}", first.against);
        let caption = format!(
            "<b>{}</b>, after {end} measurements, up to {} pairs. Right of the line is better than {}.",
            escape(shown(case)),
            pairs.unwrap_or(0),
            escape(&first.against)
        );
        out += &figure(&forest(&title, "difference of R²", &rows, 0.0, &[]), &caption);
    }
    out
}

fn bar(table: &Table, e: &Enriched) -> Bar {
    Bar { middle: e.median, low: e.interval[0], high: e.interval[1], ink: ink(table, &e.strategy).0 }
}

/// Enrichment in both kinds of regions.
pub(super) fn enrichment(table: &Table) -> String {
    let case = overall(table);
    let mut out = String::new();
    for (region, name) in REGIONS {
        let found = || table.enrichment.iter().filter(|e| e.case == case && e.region == region);
        let rows: Vec<Row> = found().map(|e| Row { label: e.strategy.clone(), bars: vec![bar(table, e)] }).collect();
        let Some(first) = found().next() else { continue };
        let caption = format!(
            "<b>Picks at {name}</b>, {}: share of the picks over the share of the area ({:.1} %). 1 is what chance gives.",
            escape(shown(case)),
            100.0 * first.area
        );
        out += &figure(&forest(&format!("Enrichment at {name}"), "enrichment", &rows, 1.0, &[]), &caption);
    }
    out
}

/// The same case by case; empty where there is one case only.
pub(super) fn enrichment_by_case(table: &Table) -> String {
    if table.cases.len() < 2 {
        return String::new();
    }
    REGIONS.map(|(region, name)| by_case(table, region, name)).concat()
}

/// All cases one below the other, each with a bar for every strategy.
fn by_case(table: &Table, region: &str, name: &str) -> String {
    let of = |case: &String| -> Vec<Bar> {
        table.enrichment.iter().filter(|e| e.case == *case && e.region == region).map(|e| bar(table, e)).collect()
    };
    let rows: Vec<Row> = table.cases.iter().map(|c| Row { label: c.clone(), bars: of(c) }).collect();
    if rows.iter().all(|r| r.bars.is_empty()) {
        return String::new();
    }
    let legend: Vec<(Ink, &str)> = table.strategies.iter().map(|s| (ink(table, s).0, s.as_str())).collect();
    let caption = format!(
        "<b>Picks at {name}, case by case</b>: strategies in the order of the legend, with the 95 % interval of the median over films. 1 is what \
         chance gives."
    );
    figure(&forest(&format!("Enrichment at {name}, case by case"), "enrichment", &rows, 1.0, &legend), &caption)
}

const WIDTH: f64 = 380.0;
const ROW: f64 = 25.0;
/// Distance of bars that share a row, and what their name above them takes.
const CLOSE: f64 = 9.0;
const NAME: f64 = 17.0;
const TOP: f64 = 30.0;
/// Height of one line of a legend.
const LEGEND: f64 = 17.0;

/// The picture: names on the left, or above where they are long or stand for several intervals; `nothing` marked.
fn forest(title: &str, axis: &str, rows: &[Row], nothing: f64, legend: &[(Ink, &str)]) -> String {
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

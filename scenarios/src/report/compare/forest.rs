//! Intervals one below the other, with a line where nothing is different.

use super::charts::ink;
use super::{overall, shown};
use crate::compare::Table;
use crate::picture::svg::{self, coordinate};
use crate::picture::{Ink, ticks};
use crate::report::html::{escape, figure};
use std::fmt::Write;

/// One interval.
struct Bar {
    label: String,
    middle: f64,
    low: f64,
    high: f64,
    ink: Ink,
}

/// Differences in the end: a picture for each case, the pooled one last.
pub(super) fn figures(table: &Table) -> String {
    let end = table.differences.iter().map(|d| d.n).max().unwrap_or(0);
    let mut cases: Vec<&str> = table.differences.iter().map(|d| d.case.as_str()).collect();
    cases.dedup();
    let mut out = String::new();
    for case in cases {
        let bars: Vec<Bar> = table
            .differences
            .iter()
            .filter(|d| d.case == case && d.n == end)
            .map(|d| Bar {
                label: d.strategy.clone(),
                middle: d.median,
                low: d.low,
                high: d.high,
                ink: ink(table, &d.strategy).0,
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
        out += &figure(&forest(&title, "difference of R²", &bars, 0.0), &caption);
    }
    out
}

/// Enrichment in both kinds of regions.
pub(super) fn enrichment(table: &Table) -> String {
    let case = overall(table);
    let mut out = String::new();
    for (region, name) in [("gb", "grain boundaries"), ("junction", "junctions")] {
        let found = || table.enrichment.iter().filter(|e| e.case == case && e.region == region);
        let bars: Vec<Bar> = found()
            .map(|e| Bar {
                label: e.strategy.clone(),
                middle: e.median,
                low: e.interval[0],
                high: e.interval[1],
                ink: ink(table, &e.strategy).0,
            })
            .collect();
        let Some(first) = found().next() else { continue };
        let caption = format!(
            "<b>Picks at {name}</b>, {}: share of the picks over the share of the area ({:.1} %). 1 is what chance gives.",
            escape(shown(case)),
            100.0 * first.area
        );
        out += &figure(&forest(&format!("Enrichment at {name}"), "enrichment", &bars, 1.0), &caption);
    }
    out
}

const WIDTH: f64 = 380.0;
const ROW: f64 = 25.0;
const TOP: f64 = 30.0;

/// The picture: names on the left, intervals on the right, `nothing` marked.
fn forest(title: &str, axis: &str, bars: &[Bar], nothing: f64) -> String {
    let longest = bars.iter().map(|b| svg::text_width(&b.label, 11.0)).fold(60.0, f64::max);
    // Names that are too long stand above their bar.
    let stacked = longest > 0.42 * WIDTH;
    let (left, row) = if stacked { (8.0, 1.5 * ROW) } else { (longest * 0.88 + 10.0, ROW) };
    let (right, height) = (WIDTH - 12.0, row * bars.len() as f64);
    let ends = bars.iter().flat_map(|b| [b.low, b.high, b.middle]).filter(|v| v.is_finite());
    let (mut low, mut high) = ends.fold((nothing, nothing), |(l, h), v| (l.min(v), h.max(v)));
    let margin = (0.06 * (high - low)).max(1e-9);
    (low, high) = (low - margin, high + margin);
    let at = |v: f64| left + (right - left) * (v - low) / (high - low);
    let mut body = svg::text(0.0, 14.0, "title", title);
    let _ = writeln!(body, "<g transform=\"translate(0 {TOP})\">");
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
    for (k, bar) in bars.iter().enumerate() {
        let y = row * (k as f64 + 1.0) - 0.5 * ROW;
        let (name_x, name_y, anchor) = if stacked { (left, y - 10.0, "") } else { (left - 8.0, y + 3.8, "end") };
        body += &svg::text(name_x, name_y, anchor, &bar.label);
        if !(bar.low.is_finite() && bar.high.is_finite()) {
            continue;
        }
        let class = bar.ink.class();
        body += &svg::line(&format!("line {class}"), (at(bar.low), y), (at(bar.high), y));
        let (x, y) = (coordinate(at(bar.middle)), coordinate(y));
        let _ = writeln!(body, "<circle class=\"fill-{class}\" cx=\"{x}\" cy=\"{y}\" r=\"3.6\"/>");
    }
    body.push_str("</g>\n");
    svg::picture(WIDTH, TOP + height + 42.0, &format!("Chart: {title}"), &body)
}

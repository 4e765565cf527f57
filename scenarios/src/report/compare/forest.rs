//! Intervals one below the other, with a line where nothing is different.

use super::charts::ink;
use super::picks::REGIONS;
use super::{overall, shown};
use crate::compare::{Enriched, Table};
use crate::picture::Ink;
use crate::picture::forest::{Bar, Forest, Row};
use crate::report::html::{escape, panel};

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
        out += &panel(&Forest::new(&title, "difference of R²", rows, 0.0), &caption);
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
        out += &panel(&Forest::new(&format!("Enrichment at {name}"), "enrichment", rows, 1.0), &caption);
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
    let legend: Vec<(Ink, String)> = table.strategies.iter().map(|s| (ink(table, s).0, s.clone())).collect();
    let caption = format!(
        "<b>Picks at {name}, case by case</b>: strategies in the order of the legend, with the 95 % interval of the median over films. 1 is what \
         chance gives."
    );
    let title = format!("Enrichment at {name}, case by case");
    panel(&Forest { legend, ..Forest::new(&title, "enrichment", rows, 1.0) }, &caption)
}

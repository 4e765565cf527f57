//! Where the picks went, in words and numbers.

use super::tables::{p_value, signed};
use super::{ALL, shown};
use crate::compare::{BeyondHabit, Enriched, Table};
use crate::picture::quantity::fixed;
use crate::report::html::{details, escape, table};
use std::fmt::Write;

/// Kinds of regions with their names in a sentence.
pub(super) const REGIONS: [(&str, &str); 2] = [("gb", "grain boundaries"), ("junction", "junctions")];

/// What is sure after correction.
const SURE: f64 = 0.05;

/// Enrichment of a strategy in a sentence.
fn said(e: &Enriched, name: &str) -> String {
    let word = match e.p_holm < SURE {
        true if e.median > 1.0 => "more often than chance at",
        true => "less often than chance at",
        false => "not shown to differ from chance at",
    };
    let habit = match &e.beyond_habit {
        Some(b) if b.p_holm < SURE => {
            format!(", {} than the same strategy on shuffled targets", if b.median > 0.0 { "more" } else { "less" })
        }
        Some(_) => ", not shown to differ from the same strategy on shuffled targets".into(),
        None => String::new(),
    };
    format!("{word} {name} ({}×{habit})", fixed(e.median, 2))
}

/// What the enrichment says, one sentence for each strategy, as HTML; only what is sure after correction counts; then what is sure in
/// single cases, where there are several.
pub(super) fn plainly(t: &Table) -> String {
    let case = super::overall(t);
    let of = |case: &str, strategy: &str, region: &str| {
        t.enrichment.iter().find(|e| e.case == case && e.strategy == strategy && e.region == region)
    };
    let mut out = String::new();
    for strategy in &t.strategies {
        let words: Vec<String> =
            REGIONS.iter().filter_map(|(region, name)| Some(said(of(case, strategy, region)?, name))).collect();
        if !words.is_empty() {
            let _ = writeln!(out, "<li><b>{}</b>: {}</li>", escape(strategy), escape(&words.join("; ")));
        }
    }
    if out.is_empty() {
        return out;
    }
    out = format!("<p>It measures, on {}:</p>\n<ul>\n{out}</ul>\n", escape(shown(case)));
    if t.cases.len() > 1 { out + &by_case(t) } else { out }
}

/// What is sure in single cases.
fn by_case(t: &Table) -> String {
    let sure = |strategy: &str, region: &str, above: bool| -> Option<String> {
        let is = |e: &&Enriched| {
            let here = e.case != ALL && e.strategy == strategy && e.region == region;
            here && e.p_holm < SURE && (e.median > 1.0) == above
        };
        let found: Vec<&str> = t.enrichment.iter().filter(is).map(|e| e.case.as_str()).collect();
        (!found.is_empty()).then(|| found.join(", "))
    };
    let mut out = String::new();
    for strategy in &t.strategies {
        let mut words = Vec::new();
        for (region, name) in REGIONS {
            for (above, word) in [(true, "more"), (false, "less")] {
                words.extend(sure(strategy, region, above).map(|cases| format!("{word} at {name}: {cases}")));
            }
        }
        if !words.is_empty() {
            let _ = writeln!(out, "<li><b>{}</b>: {}</li>", escape(strategy), escape(&words.join("; ")));
        }
    }
    if out.is_empty() {
        return "<p>Taken case by case, nothing is sure after correction over all cases, strategies and both regions.</p>\n".into();
    }
    format!(
        "<p>Case by case, what is sure after correction over all cases, strategies and both regions:</p>\n<ul>\n{out}</ul>\n"
    )
}

/// Enrichment with base rates.
pub(super) fn numbers(t: &Table) -> String {
    if t.enrichment.is_empty() {
        return String::new();
    }
    let percent = |x: f64| format!("{} %", fixed(100.0 * x, 1));
    let habit = |b: &Option<BeyondHabit>| {
        b.as_ref().map_or_else(
            || ["–".into(), "–".into()],
            |b| {
                let ends = format!("{} to {}", signed(b.interval[0], 2), signed(b.interval[1], 2));
                [format!("{} ({ends})", signed(b.median, 2)), p_value(b.p_holm)]
            },
        )
    };
    let row = |e: &Enriched| {
        let [beyond, p] = habit(&e.beyond_habit);
        [
            e.strategy.clone(),
            shown(&e.case).to_owned(),
            if e.region == "gb" { "boundary" } else { "junction" }.to_owned(),
            format!("{} of {}", e.there, e.picks),
            percent(e.there as f64 / e.picks.max(1) as f64),
            percent(e.area),
            fixed(e.median, 2),
            format!("{} to {}", fixed(e.interval[0], 2), fixed(e.interval[1], 2)),
            p_value(e.p_holm),
            beyond,
            p,
        ]
    };
    let rows: Vec<_> = t.enrichment.iter().map(row).collect();
    let head = [
        "strategy",
        "case",
        "region",
        "picks there",
        "share",
        "area",
        "enrichment",
        "95 %",
        "p (Holm)",
        "beyond its habits (95 %)",
        "p (Holm)",
    ];
    let caption = "Enrichment is the median over films; p tests that it is 1. Habits are what the same strategy does on shuffled targets, \
                   where only the look of the structure and the rule itself are left; the difference is taken film by film.";
    details("All numbers", &table(caption, head, &rows))
}

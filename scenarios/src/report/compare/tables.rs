//! Tables of a comparison.

use super::{ALL, shown};
use crate::compare::{Factors, Needed, Table};
use crate::picture::quantity::{fixed, with_unit};
use crate::report::headline::duration;
use crate::report::html::{details, escape, table, wide_table};
use std::fmt::Write;

fn signed(value: f64, decimals: usize) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", fixed(value, decimals))
}

fn p_value(p: f64) -> String {
    if p < 1e-3 { format!("{p:.0e}").replace('-', "−") } else { fixed(p, 3) }
}

fn interval(ends: Option<[f64; 2]>, decimals: usize) -> String {
    ends.map_or("–".into(), |[low, high]| format!("{} to {}", signed(low, decimals), signed(high, decimals)))
}

fn or_dash(value: Option<f64>, decimals: usize) -> String {
    value.map_or("–".into(), |v| fixed(v, decimals))
}

/// Means in the end, then everything behind them.
pub(super) fn scores(t: &Table) -> String {
    let end = t.rows.iter().map(|r| r.n).max().unwrap_or(0);
    let head = [
        "strategy",
        "case",
        "n",
        "films",
        "R² ± sd",
        "NRMSE",
        "NLPD",
        "±1σ",
        "±2σ",
        "ΔR² (median)",
        "95 %",
        "better in",
        "p (Holm)",
    ];
    let rows = |at: &dyn Fn(usize) -> bool| -> Vec<Vec<String>> {
        t.rows
            .iter()
            .filter(|r| at(r.n))
            .map(|r| {
                let d = t.differences.iter().find(|d| d.case == r.case && d.n == r.n && d.strategy == r.strategy);
                let percent = |x: f64| format!("{} %", fixed(100.0 * x, 0));
                vec![
                    r.strategy.clone(),
                    shown(&r.case).to_owned(),
                    r.n.to_string(),
                    r.runs.to_string(),
                    format!("{} ± {}", fixed(r.r2, 3), fixed(r.r2_sd, 3)),
                    fixed(r.nrmse, 3),
                    fixed(r.nlpd, 2),
                    percent(r.coverage_1sigma),
                    percent(r.coverage_2sigma),
                    d.map_or("–".into(), |d| signed(d.median, 3)),
                    interval(d.map(|d| [d.low, d.high]), 3),
                    d.map_or("–".into(), |d| percent(d.win_rate)),
                    d.map_or("–".into(), |d| p_value(d.p_holm)),
                ]
            })
            .collect()
    };
    let render = |caption: &str, rows: &[Vec<String>]| {
        wide_table(caption, &head, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let against = t.differences.first().map_or("the first strategy", |d| &d.against);
    let last = rows(&|n| n == end);
    let earlier = rows(&|n| n != end);
    let caption =
        format!("After {end} measurements: means over films; differences to {against} are medians over pairs.");
    let mut out = render(&caption, &last);
    if !earlier.is_empty() {
        out += &details("Earlier in the exploration", &render("The same after fewer measurements.", &earlier));
    }
    out + &reached(t)
}

/// Measurements needed, closed until opened.
fn reached(t: &Table) -> String {
    let rows: Vec<[String; 5]> = t
        .reach
        .table
        .iter()
        .map(|r| {
            [
                r.strategy.clone(),
                shown(&r.case).to_owned(),
                format!("{}", r.nrmse),
                format!("{} of {}", r.reached, r.runs),
                or_dash(r.median_n, 0),
            ]
        })
        .collect();
    let head = ["strategy", "case", "NRMSE ≤", "reached", "median measurements"];
    details("Measurements needed to reach an error", &table("A dash where fewer than half reached it.", head, &rows))
}

fn needed(n: Needed) -> String {
    let [low, high] = n.interval;
    format!("{} ({} to {}), {} of {}", fixed(n.median, 0), fixed(low, 0), fixed(high, 0), n.reached, n.runs)
}

/// Acceleration, enhancement and regret.
pub(super) fn factors(t: &Table) -> String {
    let Some(random) = &t.random else {
        return "<p>No strategy stands for random picks here; add <code>random</code> to know what choosing buys.</p>\n".into();
    };
    let row = |f: &Factors| {
        [
            f.strategy.clone(),
            shown(&f.case).to_owned(),
            f.needed.map_or("–".into(), needed),
            or_dash(f.map_acceleration, 2),
            or_dash(f.map_enhancement, 2),
            or_dash(f.regret, 3),
            or_dash(f.regret_auc, 3),
            f.regret_auc_difference.map_or("–".into(), |d| signed(d, 3)),
            interval(f.regret_auc_interval, 3),
            or_dash(f.best_acceleration, 2),
            or_dash(f.best_enhancement, 2),
        ]
    };
    let rows: Vec<_> = t.factors.iter().map(row).collect();
    let head = [
        "strategy",
        "case",
        "n to random's last error",
        "map: AF",
        "map: EF",
        "regret",
        "mean regret",
        "Δ to random",
        "95 %",
        "best place: AF",
        "best place: EF",
    ];
    let caption = format!(
        "n: measurements for the map error that {random} has in the end, median over films, 95 % interval, and how many films get there. \
         AF: how many times fewer measurements than {random}; EF: how many times better. 1 is random itself, a dash is never. Regret \
         is about finding the largest value, which only some acquisitions try."
    );
    table(&caption, head, &rows)
}

/// What the enrichment says, one sentence for each strategy, as HTML; only what is sure after correction counts.
pub(super) fn plainly(t: &Table) -> String {
    let case = super::overall(t);
    let mut out = String::new();
    for strategy in &t.strategies {
        let said: Vec<String> = [("gb", "grain boundaries"), ("junction", "junctions")]
            .into_iter()
            .filter_map(|(region, name)| {
                let e =
                    t.enrichment.iter().find(|e| e.case == case && e.strategy == *strategy && e.region == region)?;
                let word = match e.p_holm < 0.05 {
                    true if e.median > 1.0 => "more often than chance at",
                    true => "less often than chance at",
                    false => "not shown to differ from chance at",
                };
                Some(format!("{word} {name} ({}×)", fixed(e.median, 2)))
            })
            .collect();
        if !said.is_empty() {
            let _ = writeln!(out, "<li><b>{}</b>: {}</li>", escape(strategy), escape(&said.join("; ")));
        }
    }
    if out.is_empty() { out } else { format!("<p>It measures, on {}:</p>\n<ul>\n{out}</ul>\n", escape(shown(case))) }
}

/// Enrichment with base rates.
pub(super) fn enrichment(t: &Table) -> String {
    if t.enrichment.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = t
        .enrichment
        .iter()
        .map(|e| {
            let percent = |x: f64| format!("{} %", fixed(100.0 * x, 1));
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
            ]
        })
        .collect();
    let head = ["strategy", "case", "region", "picks there", "share", "area", "enrichment", "95 %", "p (Holm)"];
    let caption = "Enrichment is the median over films; p tests that it is 1. What a strategy on shuffled targets shows here is what its \
                   habits alone would give.";
    details("All numbers", &table(caption, head, &rows))
}

/// What explorations cost.
pub(super) fn cost(t: &Table) -> String {
    let rows: Vec<_> = t
        .cost
        .iter()
        .filter(|c| t.cases.len() < 2 || c.case != ALL)
        .map(|c| {
            [
                c.strategy.clone(),
                shown(&c.case).to_owned(),
                fixed(c.touches, 0),
                fixed(c.wasted, 0),
                with_unit(c.travel_m, "m"),
                duration(c.instrument_s),
                t.timing_s.get(&c.strategy).map_or("–".into(), |s| duration(*s)),
            ]
        })
        .collect();
    let head =
        ["strategy", "case", "touches", "unusable", "travel of the tip", "instrument time", "deciding (wall clock)"];
    table("Medians over films. Instrument time is the twin's own clock, scans included.", head, &rows)
}

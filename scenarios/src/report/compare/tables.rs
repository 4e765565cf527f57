//! Tables of a comparison.

use super::{ALL, shown};
use crate::compare::{Factors, Needed, Table};
use crate::picture::quantity::{fixed, with_unit};
use crate::report::headline::duration;
use crate::report::html::{details, table, wide_table};
use tiptwin_sim::contact::damage::REACH_M;

pub(super) fn signed(value: f64, decimals: usize) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", fixed(value, decimals))
}

pub(in crate::report) fn p_value(p: f64) -> String {
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
                c.charge_c.map_or("–".into(), |q| with_unit(q, "C")),
                format!("{} %", fixed(100.0 * c.near_share, 0)),
                duration(c.instrument_s),
                t.timing_s.get(&c.strategy).map_or("–".into(), |s| duration(*s)),
            ]
        })
        .collect();
    let head = [
        "strategy",
        "case",
        "touches",
        "unusable",
        "travel of the tip",
        "charge through the film",
        "on changed film",
        "instrument time",
        "deciding (wall clock)",
    ];
    let caption = format!(
        "Medians over films. What a sweep does to the film grows with the charge ∫|I| dt; touches on changed film are those within {} nm of \
         an earlier one. Instrument time is the twin's own clock, scans included.",
        fixed(1e9 * REACH_M, 0)
    );
    table(&caption, head, &rows)
}

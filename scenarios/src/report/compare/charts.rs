//! Curves of a comparison: learning, what it takes, calibration.

use super::{overall, shown};
use crate::compare::{Curve, Table};
use crate::picture::{Axis, Band, Chart, Ink, Series, Shape};
use crate::report::html::{escape, panel};

/// The colour and stroke of a strategy, the same over the whole page.
pub(super) fn ink(table: &Table, strategy: &str) -> (Ink, bool) {
    const INKS: [Ink; 5] = [Ink::Blue, Ink::Orange, Ink::Green, Ink::Black, Ink::DeepOrange];
    if table.random.as_deref() == Some(strategy) {
        return (Ink::Grey, true);
    }
    let others: Vec<&String> = table.strategies.iter().filter(|s| Some(*s) != table.random.as_ref()).collect();
    let i = others.iter().position(|s| *s == strategy).unwrap_or(0);
    (INKS[i % INKS.len()], i >= INKS.len())
}

fn series(table: &Table, strategy: &str, points: Vec<(f64, f64)>) -> Series {
    let (ink, dashed) = ink(table, strategy);
    Series { dashed, ..Series::new(strategy, ink, points) }
}

/// R² against measurements, a chart for each case.
pub(super) fn learning(table: &Table) -> String {
    const WORST_SHOWN: f64 = -0.2;
    let mut cases: Vec<&str> = table.curves.iter().map(|c| c.case.as_str()).collect();
    cases.dedup();
    let mut out = String::new();
    for case in cases {
        let curves: Vec<&Curve> = table.curves.iter().filter(|c| c.case == case && !c.n.is_empty()).collect();
        let most = curves.iter().flat_map(|c| &c.n).copied().max().unwrap_or(1);
        let lowest = curves.iter().flat_map(|c| &c.r2_low).copied().fold(0.0, f64::min).max(WORST_SHOWN);
        let x = Axis::new("measurements", "").between(0.0, most as f64 * 1.02);
        let y = Axis::new("R² of the predicted map", "").between(lowest, 1.0);
        let mut chart = Chart::new(shown(case), x, y);
        for c in &curves {
            let own = series(table, &c.strategy, c.n.iter().zip(&c.r2).map(|(n, r)| (*n as f64, *r)).collect());
            let points =
                (0..c.n.len()).map(|k| (c.n[k] as f64, c.r2_low[k].max(WORST_SHOWN), c.r2_high[k].max(WORST_SHOWN)));
            chart.bands.push(Band { points: points.collect(), ink: own.ink });
            chart.series.push(own);
        }
        let runs = curves.iter().map(|c| c.runs).max().unwrap_or(0);
        let caption =
            format!("<b>{}.</b> Median of {runs} explorations; half of them lie in the band.", escape(shown(case)));
        out += &panel(&chart, &caption);
    }
    out
}

/// Share of the problems that are solved after n measurements.
pub(super) fn solved(table: &Table) -> String {
    let end = table.curves.iter().flat_map(|c| &c.n).copied().max().unwrap_or(1) as f64;
    let x = Axis::new("measurements", "").between(0.0, end * 1.02);
    let mut chart = Chart::new("Errors reached", x, Axis::new("share of films and errors", "").between(0.0, 1.0));
    for s in &table.reach.solved {
        chart.series.push(series(table, &s.strategy, staircase(&s.x, &s.share, (0.0, 0.0), end)));
    }
    let targets: Vec<String> = table.reach.nrmse_targets.iter().map(|t| format!("{t}")).collect();
    panel(
        &chart,
        &format!(
            "<b>How many measurements does it take?</b> A step for every film and each of the errors NRMSE ≤ {}, where the first scored \
             map is good enough.",
            targets.join(", ")
        ),
    )
}

/// Performance profile.
pub(super) fn profile(table: &Table) -> String {
    if table.reach.profile_problems == 0 {
        return String::new();
    }
    let largest = table.reach.profile.iter().flat_map(|s| &s.x).copied().fold(1.0, f64::max);
    let end = (1.05 * largest).clamp(2.0, 10.0);
    let x = Axis::new("times the measurements of the best", "").between(1.0, end);
    let mut chart = Chart::new("Performance profile", x, Axis::new("share of problems", "").between(0.0, 1.0));
    for s in &table.reach.profile {
        chart.series.push(series(table, &s.strategy, staircase(&s.x, &s.share, (1.0, 0.0), end)));
    }
    panel(
        &chart,
        &format!(
            "<b>How often is it the fastest, and how far behind otherwise?</b> At 1: the share of problems that it solves with the fewest \
             measurements. {} problems (film and error) that any of these strategies solved.",
            table.reach.profile_problems
        ),
    )
}

/// A distribution as a line of steps from `start` to the right end.
fn staircase(x: &[f64], share: &[f64], start: (f64, f64), end: f64) -> Vec<(f64, f64)> {
    let mut points = vec![start];
    let mut height = start.1;
    for (&at, &share) in x.iter().zip(share) {
        points.push((at, height));
        points.push((at, share));
        height = share;
    }
    points.push((end.max(points.last().map_or(end, |p| p.0)), height));
    points
}

/// Observed against nominal coverage in the end.
pub(super) fn calibration(table: &Table) -> String {
    let case = overall(table);
    let axis = |label: &str| Axis::new(label, "").between(0.0, 1.0);
    let mut chart = Chart::new("Calibration", axis("nominal coverage"), axis("observed coverage"));
    let ideal = Series::new("", Ink::Black, vec![(0.0, 0.0), (1.0, 1.0)]);
    chart.series.push(Series { dashed: true, ..ideal });
    for c in table.calibration.iter().filter(|c| c.case == case) {
        let points = c.nominal.iter().copied().zip(c.observed.iter().copied()).collect();
        let own = series(table, &c.strategy, points);
        chart.series.push(Series { shape: Shape::Dots, ..own });
    }
    if chart.series.len() == 1 {
        return String::new();
    }
    panel(
        &chart,
        &format!(
            "<b>Can the uncertainty be trusted?</b> The share of the truth inside the interval that should hold the nominal share, last \
             maps, {}. Below the broken line a strategy is too sure of itself.",
            escape(shown(case))
        ),
    )
}

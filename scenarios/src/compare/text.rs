//! The table as a person reads it in a terminal.

use super::table::{ALL, Table};
use std::fmt::Write;

/// Means and differences, one block for each case.
pub fn text(table: &Table) -> String {
    let mut out = String::new();
    let mut cases: Vec<&str> = table.rows.iter().map(|r| r.case.as_str()).collect();
    cases.dedup();
    let width = table.strategies.iter().map(String::len).max().unwrap_or(0).max(8);
    for note in &table.notes {
        let _ = writeln!(out, "note: {note}");
    }
    for case in cases {
        let shown = if case == ALL { "all cases together" } else { case };
        let _ =
            writeln!(out, "{shown}\n  {:width$}     n  runs      R²     ±sd   NRMSE    NLPD   ±1σ   ±2σ", "strategy");
        for r in table.rows.iter().filter(|r| r.case == case) {
            let _ = writeln!(
                out,
                "  {:width$} {:5} {:5} {:7.3} {:7.3} {:7.3} {:7.2} {:5.2} {:5.2}",
                r.strategy, r.n, r.runs, r.r2, r.r2_sd, r.nrmse, r.nlpd, r.coverage_1sigma, r.coverage_2sigma
            );
        }
        for d in table.differences.iter().filter(|d| d.case == case) {
            let _ = writeln!(
                out,
                "  n = {}: R² of {} − {}: median {:+.3} (95 %: {:+.3} to {:+.3}), better in {:.0} % of {} pairs, p = {:.2e} (Holm)",
                d.n,
                d.strategy,
                d.against,
                d.median,
                d.low,
                d.high,
                100.0 * d.win_rate,
                d.pairs,
                d.p_holm
            );
        }
        for f in table.factors.iter().filter(|f| f.case == case && f.strategy != f.random) {
            if let Some(n) = f.needed {
                let _ = writeln!(
                    out,
                    "  {} has the last error of {} after {:.0} measurements (median; 95 %: {:.0} to {:.0}), {} of {} get there",
                    f.strategy, f.random, n.median, n.interval[0], n.interval[1], n.reached, n.runs
                );
            }
        }
        out.push('\n');
    }
    if let Some(control) = &table.control {
        let yes = if control.nobody_wins { "yes" } else { "NO" };
        let zero =
            if control.all_include_zero { "every interval includes zero" } else { "not every interval includes zero" };
        let _ = writeln!(
            out,
            "no strategy beats random picks where nothing can be learnt: {yes} ({} comparisons, {zero})",
            control.comparisons.len()
        );
        for c in control.comparisons.iter().filter(|c| c.wins() || c.loses()) {
            let _ = writeln!(
                out,
                "  {}: {} on {} after {}: {:+.3} ({:+.3} to {:+.3}), p = {:.2e} (Holm)",
                if c.wins() { "BETTER" } else { "worse" },
                c.strategy,
                c.case,
                c.n,
                c.median,
                c.interval[0],
                c.interval[1],
                c.p_holm
            );
        }
        out.push('\n');
    }
    out
}

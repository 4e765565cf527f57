//! What a person reads: in a terminal, and in the summary of a CI job.

use super::check::Checked;
use super::faults::FaultTable;
use super::judge::{Judged, Verdict};
use super::measure::Measure;
use crate::compare::Alteration;
use std::fmt::Write;

fn quantity(measure: Measure) -> &'static str {
    match measure {
        Measure::R2 => "R²",
        Measure::CoverageError => "coverage error",
        Measure::UncertaintyRank => "rank of σ",
    }
}

fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "not worse by more than the margins",
        Verdict::Inconclusive => "neither shown to be worse nor shown to be within the margins",
        Verdict::Fail => "worse than the recorded build",
    }
}

/// A check in a terminal.
pub fn check_text(checked: &Checked) -> String {
    let mut out = format!(
        "{}: {} ({} on {}, {} films against the recorded {})\n",
        checked.verdict.name(),
        meaning(checked.verdict),
        checked.strategy,
        checked.scenario,
        checked.quantities.first().map_or(0, |q| q.n),
        checked.recorded
    );
    for q in &checked.quantities {
        let Judged { mean, low, high, margin, verdict, .. } = q;
        let _ = writeln!(
            out,
            "  {:14} gain {mean:+.4} ({low:+.4} to {high:+.4}), margin {margin}: {}",
            quantity(q.measure),
            verdict.name()
        );
    }
    out
}

/// A check as Markdown.
pub fn check_markdown(checked: &Checked) -> String {
    let mut out = format!(
        "### tiptwin gate: {}\n\n`{}` on `{}` is {}.\n\n| quantity | mean gain | interval | margin | films | verdict |\n|---|---:|---:|---:|---:|---|\n",
        checked.verdict.name(),
        checked.strategy,
        checked.scenario,
        meaning(checked.verdict)
    );
    for q in &checked.quantities {
        let _ = writeln!(
            out,
            "| {} | {:+.4} | {:+.4} to {:+.4} | {} | {} | {} |",
            quantity(q.measure),
            q.mean,
            q.low,
            q.high,
            q.margin,
            q.n,
            q.verdict.name()
        );
    }
    out + "\nA positive gain is better. Fail: worse, and not shown to be within the margin. Pass: shown to be within it.\n\n"
}

fn row_name(alteration: Alteration) -> String {
    match alteration {
        Alteration::Again => "none (A/A)".into(),
        fault => fault.name().replace('-', " "),
    }
}

/// The fault table in a terminal.
pub fn faults_text(table: &FaultTable) -> String {
    let mut out = format!(
        "{} on {}: checks of {} films, drawn from {}\n  {:18} {:>9} {:>13} {:>8}   mean gain\n",
        table.strategy, table.scenario, table.n, table.films, "planted fault", "failed", "inconclusive", "passed"
    );
    for r in &table.rows {
        let gains: Vec<String> = r.mean_gain.iter().map(|(m, g)| format!("{} {g:+.3}", quantity(*m))).collect();
        let failed = format!("{} of {}", r.failed, r.checks);
        let name = row_name(r.alteration);
        let _ = writeln!(out, "  {name:18} {failed:>9} {:>13} {:>8}   {}", r.inconclusive, r.passed, gains.join(", "));
    }
    out
}

/// The fault table as Markdown.
pub fn faults_markdown(table: &FaultTable) -> String {
    let measures: Vec<Measure> =
        table.rows.first().map_or_else(Vec::new, |r| r.mean_gain.iter().map(|g| g.0).collect());
    let heads: String = measures.iter().map(|m| [" mean gain in ", quantity(*m), " |"].concat()).collect();
    let mut out = format!(
        "| planted fault | failed | inconclusive | passed |{heads}\n|---|---:|---:|---:|{}\n",
        "---:|".repeat(measures.len())
    );
    for r in &table.rows {
        let gains: Vec<String> = r.mean_gain.iter().map(|(_, g)| format!(" {g:+.3} |")).collect();
        let gains = gains.concat();
        let _ = writeln!(
            out,
            "| {} | {} of {} | {} | {} |{gains}",
            row_name(r.alteration),
            r.failed,
            r.checks,
            r.inconclusive,
            r.passed
        );
    }
    out
}

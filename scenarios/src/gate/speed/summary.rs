//! What a person, a CI job and a dashboard read.

use super::check::{Caught, Checked, Judged, Verdict};
use serde::Serialize;
use std::fmt::Write;

/// One entry of the list that dashboards read: the format "customSmallerIsBetter" of github-action-benchmark.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// What was counted.
    pub name: String,
    /// Always `instructions`.
    pub unit: &'static str,
    /// How many.
    pub value: u64,
    /// How far repeats lie apart.
    pub range: String,
    /// Where it was counted.
    pub extra: String,
}

/// A check as a list for a dashboard.
pub fn list(checked: &Checked) -> Vec<Entry> {
    let extra = format!("tiptwin {}; {}", env!("CARGO_PKG_VERSION"), checked.machine.text());
    let entry = |k: &Judged| Entry {
        name: format!("{}: {}", k.name, k.title),
        unit: "instructions",
        value: k.instructions,
        range: format!("± {}", k.spread.div_ceil(2)),
        extra: extra.clone(),
    };
    checked.kernels.iter().map(entry).collect()
}

fn grown(k: &Judged) -> String {
    k.growth.map_or_else(|| "–".into(), |g| format!("{:+.2} %", 100.0 * g))
}

fn millions(count: u64) -> String {
    format!("{:.3}", count as f64 / 1e6)
}

/// The head of a check: what it says, and why it says nothing where it does.
fn headline(checked: &Checked) -> String {
    let percent = 100.0 * checked.margin;
    match checked.verdict {
        Verdict::Pass => format!("pass: no kernel takes {percent} % more instructions than recorded"),
        Verdict::Fail => format!("fail: a kernel takes {percent} % more instructions than recorded, or yet more"),
        Verdict::NotJudged if checked.machine == checked.recorded_on => {
            "not judged: some kernels are not on record; accepted: a new record".into()
        }
        Verdict::NotJudged => format!(
            "not judged: recorded on {}, counted on {}; counts of two kinds of machines cannot be compared",
            checked.recorded_on.text(),
            checked.machine.text()
        ),
    }
}

/// A check in a terminal.
pub fn check_text(checked: &Checked) -> String {
    let mut out = format!("{}\n  {:20} {:>14} {:>10}  verdict\n", headline(checked), "kernel", "10⁶ instr.", "growth");
    for k in &checked.kernels {
        let _ = writeln!(
            out,
            "  {:20} {:>14} {:>10}  {:10}  {}",
            k.name,
            millions(k.instructions),
            grown(k),
            k.verdict.name(),
            k.title
        );
    }
    out
}

/// A check as Markdown.
pub fn check_markdown(checked: &Checked) -> String {
    let mut out = format!(
        "### tiptwin speed: {}\n\n{}.\n\n| kernel | million instructions | recorded | growth | verdict |\n|---|---:|---:|---:|---|\n",
        checked.verdict.name(),
        headline(checked)
    );
    for k in &checked.kernels {
        let recorded = k.recorded.map_or_else(|| "–".into(), millions);
        let (now, growth, verdict) = (millions(k.instructions), grown(k), k.verdict.name());
        let _ = writeln!(out, "| {} | {now} | {recorded} | {growth} | {verdict} |", k.title);
    }
    out + "\n"
}

/// Planted slowdowns in a terminal, as a Markdown table.
pub fn faults_text(caught: &[Caught]) -> String {
    let mut out = String::from("| kernel | planted slowdown | growth | verdict |\n|---|---|---:|---|\n");
    for c in caught {
        let _ =
            writeln!(out, "| {} | {} | {} | {} |", c.judged.name, c.planted, grown(&c.judged), c.judged.verdict.name());
    }
    out
}

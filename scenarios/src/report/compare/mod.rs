//! The page of a comparison: which strategy learns faster, by how much, how sure, and at what cost.

mod charts;
mod control;
mod forest;
mod picks;
mod tables;

pub(in crate::report) use tables::p_value;

use crate::compare::{Row, Table};
use crate::picture::quantity::fixed;
use crate::report::html::{details, escape, grid, page, section};
use std::fmt::Write;

/// Name under which all cases are pooled.
pub(super) const ALL: &str = "all";

/// One self-contained HTML file; `scenarios` is the text of what was compared. The same table gives the same bytes.
pub fn render(table: &Table, scenarios: &str) -> String {
    let mut body = headline(table);
    // One case has room for all of its pictures in two rows; of several, curves and differences each want rows of their own.
    let (learning, forests) = (charts::learning(table), forest::figures(table));
    let reach = charts::solved(table);
    let rest = charts::profile(table) + &charts::calibration(table);
    if table.cases.len() < 2 {
        body += &section(
            "Learning, film by film",
            &(differences_text(table) + &grid(&(learning + &forests + &reach + &rest))),
        );
    } else {
        body += &section("Learning", &grid(&learning));
        body += &section("Differences, film by film", &(differences_text(table) + &grid(&forests)));
        body += &section("What it takes, and whether the uncertainty can be trusted", &grid(&(reach + &rest)));
    }
    body += &section("Scores", &tables::scores(table));
    body += &section("Against random picks", &tables::factors(table));
    body += &section(
        "Where the picks went",
        &(picks::plainly(table)
            + &grid(&forest::enrichment(table))
            + &grid(&forest::enrichment_by_case(table))
            + &picks::numbers(table)),
    );
    if let Some(control) = &table.control {
        body += &section("Where nothing can be learnt", &control::section(control));
    }
    body += &section("Cost", &tables::cost(table));
    body +=
        &section("Methods", &(methods(table) + &details("Scenarios", &format!("<pre>{}</pre>\n", escape(scenarios)))));
    body += "<footer>Made by tiptwin from finished explorations alone.</footer>\n";
    page(&title(table), &body)
}

fn title(table: &Table) -> String {
    format!("{} strategies compared", table.strategies.len())
}

/// The case that speaks for all.
pub(super) fn overall(table: &Table) -> &str {
    if table.cases.len() > 1 { ALL } else { table.cases.first().map_or(ALL, String::as_str) }
}

/// A case as a person reads it.
pub(super) fn shown(case: &str) -> &str {
    if case == ALL { "all cases together" } else { case }
}

/// Seeds in a row as a range.
fn seeds(seeds: &[u64]) -> String {
    match (seeds.first(), seeds.last()) {
        (Some(a), Some(b)) if b - a + 1 == seeds.len() as u64 && a != b => format!("seeds {a}–{b}"),
        _ => format!("seeds {}", seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    }
}

fn headline(table: &Table) -> String {
    let mut out = format!(
        "<header>\n<h1>{}</h1>\n<p class=\"lead\">{} · {} · tiptwin {}</p>\n",
        escape(&title(table)),
        escape(&table.cases.join(", ")),
        escape(&seeds(&table.seeds)),
        escape(&table.version)
    );
    for note in &table.notes {
        let _ = writeln!(out, "<p class=\"banner\" role=\"status\">{}</p>", escape(note));
    }
    out += "<ul class=\"numbers\">\n";
    out += &best(table);
    out += &verdict(table);
    out += &calibrated(table);
    out += &table.control.as_ref().map_or(String::new(), control::headline);
    out + "</ul>\n</header>\n"
}

pub(super) fn number(name: &str, value: &str, note: &str) -> String {
    format!(
        "<li><span class=\"name\">{}</span> <span class=\"value\">{}</span> <span class=\"note\">{}</span></li>\n",
        escape(name),
        escape(value),
        escape(note)
    )
}

/// The strategy with the largest mean R² in the end, among those that were played on all seeds.
fn leader(table: &Table) -> Option<&Row> {
    let all = || table.rows.iter().filter(|r| r.case == overall(table));
    let (end, most) = (all().map(|r| r.n).max()?, all().map(|r| r.runs).max()?);
    all().filter(|r| r.n == end && r.runs == most).max_by(|a, b| a.r2.total_cmp(&b.r2))
}

fn best(table: &Table) -> String {
    leader(table).map_or(String::new(), |r| {
        let note = format!("largest mean R², after {} measurements: {}", r.n, r.strategy);
        number("Best map on average", &fixed(r.r2, 2), &note)
    })
}

/// How many differences are real in the end.
fn verdict(table: &Table) -> String {
    let case = overall(table);
    let end = table.differences.iter().map(|d| d.n).max().unwrap_or(0);
    let last: Vec<_> = table.differences.iter().filter(|d| d.case == case && d.n == end).collect();
    let Some(first) = last.first() else { return String::new() };
    let clear = |better: bool| last.iter().filter(|d| d.p_holm < 0.05 && (d.median > 0.0) == better).count();
    number(
        &format!("Against {}", first.against),
        &format!("{} better, {} worse", clear(true), clear(false)),
        &format!(
            "of {} strategies, after {end} measurements, at p < 0.05 after Holm's correction; the others are undecided",
            last.len()
        ),
    )
}

/// Coverage of that strategy.
fn calibrated(table: &Table) -> String {
    leader(table).map_or(String::new(), |r| {
        let note = format!("{}, after {} measurements; 68 % if its uncertainty is right", r.strategy, r.n);
        number("Truth inside ±1σ", &format!("{:.0} %", 100.0 * r.coverage_1sigma), &note)
    })
}

fn differences_text(table: &Table) -> String {
    table.differences.first().map_or(String::new(), |d| {
        format!(
            "<p>Every strategy explored the same films with the same noise and the same first location, so each difference to \
             <b>{}</b> is taken film by film. The dot is its median, the bar the 95 % interval of that median; a bar that crosses zero \
             leaves open which is better.</p>\n",
            escape(&d.against)
        )
    })
}

fn methods(table: &Table) -> String {
    format!(
        "<p>Scores run over all candidates not yet measured, against the noise-free truth. NRMSE is the root mean squared error in \
         standard deviations of the truth; NLPD is for the truth standardised likewise. Intervals are BCa bootstrap intervals (10 000 \
         resamples) of the paired median; of all cases together, each seed counts once, with the mean over its cases; p is Wilcoxon's signed-rank test, two-sided, after Holm's correction over all strategies and \
         cases at the same number of measurements. Errors to reach are fixed: NRMSE of {}. Acceleration is read where random picks \
         end, enhancement at the end (Rohr et al., Chem. Sci. 2020, 11, 2696; the quality of a map is 1/NRMSE). Regret is how far the \
         best measured place stays behind the best there is, with an average place at 1.</p>\n",
        table.reach.nrmse_targets.iter().map(|t| format!("{t}")).collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests;

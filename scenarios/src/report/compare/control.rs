//! What became of those that could learn nothing.

use super::number;
use super::tables::{p_value, signed};
use crate::compare::{Control, Controlled};
use crate::report::html::{escape, table};

fn listed<'a>(of: impl Iterator<Item = &'a Controlled>) -> String {
    let name = |c: &Controlled| format!("{} on {} after {} ({})", c.strategy, c.case, c.n, signed(c.median, 3));
    of.map(name).collect::<Vec<_>>().join("; ")
}

/// The verdict as one of the numbers at the head.
pub(super) fn headline(control: &Control) -> String {
    let losers = control.comparisons.iter().filter(|c| c.loses()).count();
    let value = if control.nobody_wins { "nobody wins" } else { "somebody wins" };
    let note = format!(
        "{} comparisons where nothing can be learnt; worse than random picks: {losers}",
        control.comparisons.len()
    );
    number("Negative control", value, &note)
}

/// The verdict in words and all comparisons.
pub(super) fn section(control: &Control) -> String {
    let all = &control.comparisons;
    let winners = listed(all.iter().filter(|c| c.wins()));
    let losers = listed(all.iter().filter(|c| c.loses()));
    let won = if winners.is_empty() {
        "<b>No strategy beats random picks where nothing can be learnt: yes, none does.</b>".to_owned()
    } else {
        format!(
            "<b>No strategy beats random picks where nothing can be learnt: no, these do.</b> They have found a leak, not structure: {}.",
            escape(&winners)
        )
    };
    let lost = if losers.is_empty() {
        "None is shown to be worse either.".to_owned()
    } else {
        format!("Worse, because choosing by a model that is wrong costs: {}.", escape(&losers))
    };
    let zero =
        if control.all_include_zero { "Every interval includes zero." } else { "Not every interval includes zero." };
    let row = |c: &Controlled| {
        [
            c.strategy.clone(),
            c.case.clone(),
            c.against.clone(),
            c.n.to_string(),
            c.pairs.to_string(),
            signed(c.median, 3),
            format!("{} to {}", signed(c.interval[0], 3), signed(c.interval[1], 3)),
            p_value(c.p_holm),
            if c.wins() {
                "better"
            } else if c.loses() {
                "worse"
            } else {
                "no difference shown"
            }
            .to_owned(),
        ]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    let caption = format!(
        "Own picks against random picks with the same model, on films whose transport has no link with their topography and on shuffled \
         targets. All {} intervals together hold their medians with {:.0} %; p is corrected over all of them.",
        all.len(),
        100.0 * control.level
    );
    let head = ["strategy", "case", "against", "n", "films", "ΔR² (median)", "interval", "p (Holm)", "verdict"];
    format!("<p>{won} {lost} {zero}</p>\n{}", table(&caption, head, &rows))
}

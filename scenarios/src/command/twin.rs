//! `tiptwin twin`: everything that can be switched and set between the film and the record, with its levels.

use super::printer::Printer;
use crate::config::{Amount, amounts};
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
struct List {
    levels: [&'static str; 3],
    amounts: Vec<Amount>,
}

pub(super) fn twin(printer: &Printer) {
    let amounts = amounts();
    let mut text = String::from(
        "[instrument.twin] realism = \"ideal\" | \"typical\" (default) | \"harsh\" sets all groups;\n\
         [instrument.twin.GROUP] level = … sets one of image, scanner, amplifier, contact, wear, damage, memory;\n\
         a key below sets one amount. An amount of 0 switches its part off.\n",
    );
    let mut table = "";
    for a in &amounts {
        if a.table != table {
            table = a.table;
            let heads: &[&str] = if a.values.len() == 1 { &["default"] } else { &["ideal", "typical", "harsh"] };
            let _ = write!(text, "\n{:<32}", format!("[instrument.twin.{table}]"));
            for head in heads {
                let _ = write!(text, "{head:>9}");
            }
            let _ = writeln!(text, "{}  accepted", "         ".repeat(3 - heads.len()));
        }
        let _ = write!(text, "  {:<30}", a.key);
        for v in &a.values {
            let _ = write!(text, "{:>9}", short(*v));
        }
        let range = format!("{} to {}", short(a.range.0), short(a.range.1));
        let _ = writeln!(text, "{}  {range:<16} {}", "         ".repeat(3 - a.values.len()), a.what);
    }
    text.push_str(
        "\nBesides: [instrument.twin] preset, seed, temperature_k, biased = \"tip\" | \"sample\"; [instrument.twin.film] generator, mean_grain_nm, radius_sigma,\n\
         relax_steps, defects = false; [instrument.twin.memory] ions = true | false.",
    );
    printer.result("twin", List { levels: ["ideal", "typical", "harsh"], amounts }, &text);
}

/// Three digits, without zeros that say nothing.
fn short(value: f64) -> String {
    if value != 0.0 && !(1e-3..1e5).contains(&value.abs()) {
        let text = format!("{value:.1e}");
        return text.replace(".0e", "e");
    }
    let text = format!("{:.*}", if value.abs() < 0.1 { 4 } else { 2 }, value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

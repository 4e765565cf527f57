//! What was measured along z₁ and z₂.

use crate::forensics::Findings;
use crate::forensics::microstructure::CurveGroup;
use crate::picture::quantity::fixed;
use crate::picture::{Axis, Chart, Ink, Series, Shape};
use crate::report::headline::capitalised;
use crate::report::html::{escape, panel};

const NAMES: [&str; 2] = ["z₁", "z₂"];

pub(super) fn figures(findings: &Findings) -> String {
    let mut out = String::new();
    for (k, groups) in findings.microstructure.curves.iter().enumerate() {
        if let (Some((bias_v, _)), false) = (&findings.evidence.curves, groups.is_empty()) {
            out += &along(["m", "n"][k], NAMES[k], groups, bias_v);
        }
    }
    if findings.evidence.usable().is_empty() {
        return out;
    }
    out + &values(findings)
}

/// Mean curves of locations in groups along one direction.
fn along(letter: &str, name: &str, groups: &[CurveGroup], bias_v: &[f64]) -> String {
    let title = format!("{letter}\u{2002}Curves along {name}");
    let mut chart = Chart::new(&title, Axis::new("tip bias", "V"), Axis::new("mean current", "A"));
    for (g, group) in groups.iter().enumerate() {
        let points = bias_v.iter().zip(&group.current_a).map(|(v, i)| (*v, *i)).collect();
        chart.series.push(Series::new(&fixed(group.at, 2), Ink::of_family(g, groups.len()), points));
    }
    let (fewest, most) = groups.iter().fold((usize::MAX, 0), |(l, h), g| (l.min(g.count), h.max(g.count)));
    let counts = if fewest == most { most.to_string() } else { format!("{fewest} to {most}") };
    let caption = format!(
        "<b>Mean current–voltage curve of the measured locations, sorted along {name}</b> into {} groups of {counts}; the numbers are the mean {name} of each. Curves \
         that fan out in order mean that what {name} describes goes with the current.",
        groups.len()
    );
    panel(&chart, &caption)
}

/// The learnt property against both.
fn values(findings: &Findings) -> String {
    let report = &findings.evidence.report;
    let title = escape(&capitalised(&report.target_title));
    let axis = || Axis::new(&report.target_title, &report.start.target_unit);
    let mut chart = Chart::new("o\u{2002}Value along z₁ and z₂", Axis::new("z", ""), axis());
    for (k, ink) in [Ink::Blue, Ink::Orange].into_iter().enumerate() {
        let codes = &findings.microstructure.codes.content;
        let points = findings.evidence.usable().into_iter().map(|(i, value)| (codes[[i, k]], value)).collect();
        chart.series.push(Series { shape: Shape::Points, ..Series::new(NAMES[k], ink, points) });
    }
    panel(&chart, &format!("<b>{title} of every measurement</b> against its z₁ and its z₂."))
}

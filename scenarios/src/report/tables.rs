//! The tables of a run: scores, settings, measurements.

use crate::picture::quantity::{fixed, with_unit};
use crate::report::headline::duration;
use crate::report::html::{definitions, details, escape, table};
use crate::report::input::ReportInput;
use crate::report::methods;
use tiptwin_instrument::log::Scores;

/// Scores of the strategy and of random side by side, as HTML; empty without scores.
pub(super) fn scores(input: &ReportInput) -> String {
    if input.scores.is_empty() && input.random_scores.is_empty() {
        return String::new();
    }
    let head = ["picks by", "n", "R²", "NRMSE", "Spearman ρ", "NLPD", "within ±1σ", "within ±2σ"];
    let row = |name: &str, s: &Scores| {
        let percent = |x: f64| if x.is_finite() { format!("{} %", fixed(100.0 * x, 1)) } else { "–".into() };
        [
            name.to_owned(),
            s.n.to_string(),
            fixed(s.r2, 3),
            fixed(s.nrmse, 3),
            fixed(s.spearman, 3),
            fixed(s.nlpd, 2),
            percent(s.coverage_1sigma),
            percent(s.coverage_2sigma),
        ]
    };
    // A learning curve may have a score per step; a table for reading needs the round numbers and the end.
    let mut counts: Vec<usize> = input.scores.iter().chain(&input.random_scores).map(|s| s.n).collect();
    counts.sort_unstable();
    counts.dedup();
    let end = counts.last().copied();
    if counts.len() > 8 {
        counts.retain(|n| [10, 25, 50, 100, 200, 400, 800].contains(n) || Some(*n) == end);
    }
    let mut rows = Vec::new();
    for n in counts {
        for (name, list) in [(input.start.strategy.as_str(), &input.scores), ("random", &input.random_scores)] {
            rows.extend(list.iter().filter(|s| s.n == n).map(|s| row(name, s)));
        }
    }
    table(
        &format!(
            "Over all candidates not yet measured, against {}. R² and NRMSE are normalised by its own spread; coverage is 68.3 % and 95.4 % for a Gaussian that knows its σ.",
            input.truth_kind.against()
        ),
        head,
        &rows,
    )
}

/// How the run was made, as HTML.
pub(super) fn methods(input: &ReportInput) -> String {
    let (start, grid, t) = (&input.start, &input.structure.grid, &input.timing);
    let mut pairs: Vec<(String, String)> = vec![
        ("seed".into(), start.seed.to_string()),
        ("tiptwin".into(), start.version.clone()),
        ("target".into(), start.target.clone()),
        ("unit".into(), if start.target_unit.is_empty() { "arbitrary".into() } else { start.target_unit.clone() }),
        ("strategy".into(), start.strategy.clone()),
        ("acquisition".into(), start.acquisition.clone()),
        ("steps planned".into(), start.steps.to_string()),
        ("window".into(), format!("{} px", start.window_px)),
        ("light".into(), Some(input.light("")).filter(|l| !l.is_empty()).unwrap_or_else(|| "as recorded".into())),
        (
            "pixel".into(),
            format!("{} × {}", with_unit(grid.pixel_width().0, "m"), with_unit(grid.pixel_height().0, "m")),
        ),
        ("deciding, in all".into(), duration(t.decide_total)),
        ("instrument, in all".into(), duration(t.instrument_total)),
        ("wall clock".into(), duration(t.wall_total)),
    ];
    pairs.extend(input.parameters.iter().cloned());
    methods::methods(input) + &definitions(&pairs)
}

/// Every measurement, closed until opened, as HTML.
pub(super) fn measurements(input: &ReportInput) -> String {
    if input.picks.is_empty() {
        return String::new();
    }
    let grid = &input.structure.grid;
    let rows: Vec<_> = input
        .picks
        .iter()
        .map(|p| {
            let at = grid.position(p.pixel);
            let bound = if p.censored { " (bound)" } else { "" };
            [
                (p.index + 1).to_string(),
                p.pixel.row.to_string(),
                p.pixel.col.to_string(),
                with_unit(at.x.0, "m"),
                with_unit(at.y.0, "m"),
                format!("{}{bound}", with_unit(p.value, &input.start.target_unit)),
                p.region.map_or("–", super::Region::name).to_owned(),
            ]
        })
        .collect();
    let head = ["measurement", "row", "column", "x", "y", "value", "region"];
    details(&format!("All {} measurements", rows.len()), &table("In the order they were made.", head, &rows))
}

/// The scenario text, closed until opened, as HTML.
pub(super) fn scenario(input: &ReportInput) -> String {
    if input.scenario.is_empty() {
        return String::new();
    }
    details("Scenario file", &format!("<pre>{}</pre>\n", escape(&input.scenario)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_data;

    #[test]
    fn long_learning_curves_are_shortened_to_round_numbers_and_the_end() {
        let mut input = test_data::full(24, 24);
        let one = input.scores[0];
        input.scores = (1..=137).map(|n| Scores { n, ..one }).collect();
        input.random_scores.clear();
        let html = scores(&input);
        assert_eq!(html.matches("<tr>").count(), 1 + 5, "{html}");
        assert!(html.contains("<td>137</td>") && !html.contains("<td>136</td>"));
    }

    #[test]
    fn scores_that_are_not_numbers_are_a_dash() {
        let mut input = test_data::full(24, 24);
        input.scores.truncate(1);
        input.random_scores.clear();
        input.scores[0].nlpd = f64::NAN;
        input.scores[0].coverage_1sigma = f64::NAN;
        assert_eq!(scores(&input).matches("<td>–</td>").count(), 2);
    }

    #[test]
    fn every_parameter_is_named() {
        let input = test_data::full(24, 24);
        let html = methods(&input);
        for (name, value) in &input.parameters {
            assert!(html.contains(&escape(name)) && html.contains(&escape(value)), "{name}");
        }
    }
}

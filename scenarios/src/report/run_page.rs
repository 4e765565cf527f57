//! The page of one run.

use crate::report::check::{self, ReportError};
use crate::report::html::{grid, page_with, section};
use crate::report::input::ReportInput;
use crate::report::{boundaries, figures, further, headline, iv, maps, tables};

/// One self-contained HTML file. The same input gives the same bytes.
///
/// Fails when the parts do not belong to each other: maps of another shape than the structure image, picks outside
/// it, curves of two lengths.
pub fn render(input: &ReportInput) -> Result<String, ReportError> {
    check::run(input)?;
    let mut body = headline::headline(input);
    body += &section("Maps", &grid(&maps::maps(input)));
    body += &section("Grain boundaries", &boundaries::explored(input));
    body += &section("Other properties of the same locations", &further::maps(input));
    body += &section("What whole curves vary in", &grid(&further::components(input)));
    body += &section("Further images", &grid(&maps::further(input)));
    body += &section("Current-voltage curves", &grid(&iv::figures(&input.iv_examples)));
    let charts = figures::learning_curve(input) + &figures::calibration_curve(input) + &figures::values(input);
    body += &section("Learning", &grid(&charts));
    body += &section("Scores", &tables::scores(input));
    body += &section("Methods", &(tables::methods(input) + &tables::measurements(input) + &tables::scenario(input)));
    body += "<footer>Made by tiptwin from the run folder alone.</footer>\n";
    Ok(page_with(&input.title, &body, input.heights))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::svg::without_rasters;
    use crate::report::input::{Outcome, Prediction};
    use crate::report::test_data;
    use ndarray::{Array2, s};

    /// What must hold of every page, whatever is in it.
    fn check_page(html: &str) {
        let html = without_rasters(html);
        assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
        assert_eq!(html.matches("http").count(), html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
        assert_eq!(html.matches("<script").count(), 1, "the page's own script and no other");
        for bad in ["NaN", ">inf", "-inf", "src=", "@import", "url("] {
            assert!(!html.contains(bad), "the page contains {bad}");
        }
        for tag in ["figure", "svg", "section", "table", "div", "details", "g", "p", "ul", "li"] {
            let (open, close) = (
                html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count(),
                html.matches(&format!("</{tag}>")).count(),
            );
            assert_eq!(open, close, "<{tag}>");
        }
        assert_eq!(html.matches("class=\"picture\"").count(), html.matches("role=\"img\"").count());
    }

    #[test]
    fn a_full_page_has_every_part_and_needs_no_network() {
        let input = test_data::full(48, 48);
        let html = render(&input).expect("renders");
        check_page(&html);
        for part in [
            "Prediction",
            "Uncertainty",
            "Truth",
            "Prediction − truth",
            "Learning curve",
            "Calibration",
            "Measured values",
            "Scenario file",
            "All 60 measurements",
        ] {
            assert!(html.contains(part), "{part} is missing");
        }
        assert_eq!(html.matches("<figure>").count(), 6 + 3 + 3);
        assert_eq!(html, render(&input).expect("renders"), "same input, same bytes");
    }

    #[test]
    fn a_run_on_boundaries_has_a_part_about_them() {
        let html = render(&test_data::on_boundaries(48, 48)).expect("renders");
        check_page(&html);
        assert!(html.contains("<h2>Grain boundaries</h2>"));
        assert!(!render(&test_data::full(48, 48)).expect("renders").contains("<h2>Grain boundaries</h2>"));
    }

    #[test]
    fn a_page_does_without_what_is_not_known() {
        let mut input = test_data::full(20, 33);
        (input.truth, input.regions, input.enrichment, input.prediction) = (None, None, None, None);
        input.iv_examples.clear();
        input.scores.clear();
        input.random_scores.clear();
        input.scenario.clear();
        input.parameters.clear();
        input.start.target_unit.clear();
        input.structure.unit.clear();
        input.picks.truncate(1);
        input.timing.peak_mb = None;
        let html = render(&input).expect("renders");
        check_page(&html);
        assert!(html.contains("The one measured location"));
        input.picks.clear();
        check_page(&render(&input).expect("renders"));
    }

    #[test]
    fn equal_and_missing_values_are_drawn() {
        let mut input = test_data::full(20, 20);
        input.structure.values.fill(3e-9);
        input.truth = Some(Array2::from_elem((20, 20), 1e-9));
        let p = input.prediction.as_mut().expect("has one");
        p.mean.fill(1e-9);
        p.sigma.fill(0.0);
        p.mean[[0, 0]] = f64::NAN;
        for pick in &mut input.picks {
            pick.value = 1e-9;
        }
        for score in input.scores.iter_mut().chain(&mut input.random_scores) {
            (score.r2, score.spearman, score.nlpd) = (f64::NAN, f64::NAN, f64::INFINITY);
        }
        check_page(&render(&input).expect("renders"));
    }

    #[test]
    fn text_from_outside_cannot_become_markup() {
        let mut input = test_data::full(16, 16);
        let evil = "<script>alert(1)</script>\"'&";
        input.title = evil.into();
        input.scenario = evil.into();
        input.start.strategy = evil.into();
        input.start.acquisition = evil.into();
        input.start.target = evil.into();
        input.start.target_unit = evil.into();
        input.start.version = evil.into();
        input.start.instrument.identity = evil.into();
        input.start.instrument.driver = evil.into();
        input.structure.channel = evil.into();
        input.structure.unit = evil.into();
        input.parameters = vec![(evil.into(), evil.into())];
        input.iv_examples[0].label = evil.into();
        input.outcome = Outcome::Incomplete(evil.into());
        let html = render(&input).expect("renders");
        check_page(&html);
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_prediction_lies_where_its_candidates_are() {
        let mut input = test_data::full(30, 40);
        let p = input.prediction.clone().expect("has one");
        let smaller = Prediction {
            row: 7,
            col: 9,
            mean: p.mean.slice(s![0..5, 0..6]).to_owned(),
            sigma: p.sigma.slice(s![0..5, 0..6]).to_owned(),
            score: None,
        };
        input.prediction = Some(smaller);
        let html = render(&input).expect("renders");
        check_page(&html);
        assert!(html.contains("Grey: closer to the edge"));
    }
}

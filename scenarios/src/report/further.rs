//! What was learnt beside the target that steered: its maps, its scores, and what whole curves vary in.

use crate::picture::quantity::fixed;
use crate::picture::{Axis, Chart, ColourMap, Ink, MapPicture, Series};
use crate::report::headline::capitalised;
use crate::report::html::{escape, figure, grid, panel, table};
use crate::report::input::{CurveVariation, FurtherReport, Prediction, ReportInput, TruthKind};
use crate::report::maps::{even_note, figure_of, pixel_size};
use ndarray::{Array2, s};
use std::fmt::Write;
use tiptwin_instrument::log::Scores;

/// One row of maps for each further target under a table of all targets, as HTML; empty where only one thing was learnt.
pub(super) fn maps(input: &ReportInput) -> String {
    if input.further_targets.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<p>The {} chose the locations. What follows was read from the same curves and learnt by a model of its own on the same features: it \
         cost no measurement, and no location was chosen for it.</p>\n",
        escape(&input.target_title)
    );
    out += &scores(input);
    for target in &input.further_targets {
        let _ = writeln!(out, "<h3>{}</h3>", escape(&capitalised(&target.title)));
        out += &grid(&row(input, target));
    }
    out
}

/// The last scores of every target side by side.
fn scores(input: &ReportInput) -> String {
    let line = |title: &str, measured: usize, scores: &[Scores]| {
        let last = scores.iter().max_by_key(|s| s.n);
        let number = |value: Option<f64>, digits| value.map_or("–".to_owned(), |v| fixed(v, digits));
        let percent = |value: Option<f64>| match value {
            Some(v) if v.is_finite() => format!("{} %", fixed(100.0 * v, 1)),
            _ => "–".to_owned(),
        };
        [
            capitalised(title),
            measured.to_string(),
            number(last.map(|s| s.r2), 3),
            number(last.map(|s| s.spearman), 3),
            percent(last.map(|s| s.coverage_1sigma)),
            percent(last.map(|s| s.coverage_2sigma)),
        ]
    };
    let mut rows = vec![line(&input.target_title, input.picks.len(), &input.scores)];
    rows.extend(input.further_targets.iter().map(|t| line(&t.title, t.values.len(), &t.scores)));
    let caption = format!(
        "Last maps, over all candidates not yet measured, against {}. A dash: no truth is known, or too few curves have the property.",
        input.truth_kind.against()
    );
    table(&caption, ["target", "values", "R²", "Spearman ρ", "within ±1σ", "within ±2σ"], &rows)
}

fn row(input: &ReportInput, target: &FurtherReport) -> String {
    let Some(p) = &target.prediction else {
        let why = match target.values.len() {
            0 => "None of the curves has this property.".to_owned(),
            n => format!("{n} locations have the property, but this run holds no map of it."),
        };
        return figure("", &format!("<b>No map.</b> {why}"));
    };
    let map = |title: &str, what: &str, values: Array2<f64>| {
        let column = format!("{what} {}", target.title);
        MapPicture { column, ..MapPicture::new(title, values, &target.unit, pixel_size(input)) }
    };
    let truth = target.truth.as_ref().map(|truth| map("Truth", "true", truth.clone()));
    let mut prediction = map("Prediction", "predicted", placed(input, p, &p.mean));
    let mut same = "";
    if let Some(truth) = &truth {
        prediction.range = Some(truth.colour_range());
        same = " Same colours as the truth.";
    }
    let mut out = figure_of(
        &prediction,
        &format!(
            "<b>{} as predicted</b> from {} values.{}{same} {}",
            escape(&capitalised(&target.title)),
            target.values.len(),
            even_note(&p.mean),
            escape(&prediction.range_note())
        ),
    );
    let mut sigma = map("Uncertainty (1σ)", "standard deviation of", placed(input, p, &p.sigma));
    sigma.colours = ColourMap::Magma;
    out += &figure_of(&sigma, &format!("<b>Predicted standard deviation.</b> {}", escape(&sigma.range_note())));
    if let Some(truth) = truth {
        let how = match input.truth_kind {
            TruthKind::NoiseFree => "as it truly is, without noise",
            TruthKind::Recorded => "as recorded at every pixel",
        };
        let caption = format!("<b>{} {how}.</b> {}", escape(&capitalised(&target.title)), escape(&truth.range_note()));
        out += &figure_of(&truth, &caption);
    }
    out
}

/// A map laid into the frame of the structure image, NaN around it.
fn placed(input: &ReportInput, p: &Prediction, map: &Array2<f64>) -> Array2<f64> {
    let mut whole = Array2::from_elem(input.structure.values.dim(), f64::NAN);
    let (rows, cols) = map.dim();
    whole.slice_mut(s![p.row..p.row + rows, p.col..p.col + cols]).assign(map);
    whole
}

/// The mean curve and what each component does to it, as HTML figures.
pub(super) fn components(input: &ReportInput) -> String {
    let Some(v) = &input.curve_variation else { return String::new() };
    (0..v.components.loadings.nrows()).map(|k| component(v, k)).collect()
}

fn component(v: &CurveVariation, k: usize) -> String {
    let title = format!("Component {}", k + 1);
    let mut chart =
        Chart::new(&title, Axis::new("bias", "V"), Axis::new("magnitude of the current", "A").logarithmic());
    // What is below the turn from logarithm to line is noise or close to it.
    let floor_a = 0.2 * v.components.scale_a;
    let series = |label: &str, ink, deviations: f64| {
        let curve_a = v.components.curve_a(k, deviations);
        Series::new(label, ink, broken(v, &curve_a, floor_a))
    };
    chart.series.push(series("−1 sd", Ink::Blue, -1.0));
    chart.series.push(series("mean curve", Ink::Black, 0.0));
    chart.series.push(series("+1 sd", Ink::Orange, 1.0));
    let share = 100.0 * v.components.explained[k];
    let several = if v.curves > 1 { format!(" All {} curves of a location.", v.curves) } else { String::new() };
    panel(
        &chart,
        &format!(
            "<b>{title} holds {} % of the variance</b> of the compressed curves. The mean curve, and what one standard deviation of the score makes \
             of it.{several}",
            fixed(share, 1)
        ),
    )
}

/// Points of a chart: both branches, and a gap between two curves.
fn broken(v: &CurveVariation, curve_a: &[f64], floor_a: f64) -> Vec<(f64, f64)> {
    let samples = (curve_a.len() / v.curves.max(1)).max(1);
    let mut points = Vec::with_capacity(curve_a.len() + v.curves);
    for (bias_v, current_a) in v.bias_v.chunks(samples).zip(curve_a.chunks(samples)) {
        points.extend(bias_v.iter().zip(current_a).map(|(v, i)| (*v, i.abs().max(floor_a))));
        points.push((f64::NAN, f64::NAN));
    }
    points
}

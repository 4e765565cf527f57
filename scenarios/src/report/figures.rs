//! The charts of a run: learning curve, calibration, measured values.

use crate::picture::{Axis, Chart, Ink, Series, Shape, calibration, clip, histogram};
use crate::report::headline::capitalised;
use crate::report::html::{escape, panel};
use crate::report::input::{Region, ReportInput};
use std::collections::HashSet;
use tiptwin_instrument::Pixel;
use tiptwin_instrument::log::Scores;

/// The colour that a region has in every chart.
pub(super) const fn ink(region: Region) -> Ink {
    match region {
        Region::Grain => Ink::Black,
        Region::Boundary => Ink::Orange,
        Region::Junction => Ink::Blue,
    }
}

/// Lower end of the axis of R²: what is worse is useless, and how useless does not matter.
const WORST_SHOWN: f64 = -0.2;

/// R² against the number of measurements, as an HTML figure; empty without scores.
pub(super) fn learning_curve(input: &ReportInput) -> String {
    if input.scores.is_empty() {
        return String::new();
    }
    let points = |scores: &[Scores]| -> Vec<(f64, f64)> { scores.iter().map(|s| (s.n as f64, s.r2)).collect() };
    let all = || input.scores.iter().chain(&input.random_scores);
    let lowest = all().map(|s| s.r2).filter(|r| r.is_finite()).fold(0.0, f64::min);
    let most = all().map(|s| s.n).max().unwrap_or(1).max(1);
    let y = Axis::new("R² of the predicted map", "").between(lowest.max(WORST_SHOWN), 1.0);
    let x = Axis::new("measurements", "").between(0.0, most as f64 * 1.02);
    let mut chart = Chart::new("Learning curve", x, y);
    if !input.random_scores.is_empty() {
        let random = Series::new("random picks, same model", Ink::Grey, points(&input.random_scores));
        chart.series.push(Series { dashed: true, shape: Shape::Dots, ..random });
    }
    let ours = Series::new(&input.start.strategy, Ink::Blue, points(&input.scores));
    chart.series.push(Series { shape: Shape::Dots, ..ours });
    let cut = if lowest < WORST_SHOWN { format!(" Values below {WORST_SHOWN} are cut off.") } else { String::new() };
    panel(
        &chart,
        &format!(
            "<b>How the map improves.</b> Over all candidates not yet measured; 1 is perfect, 0 is the mean of the truth.{cut}"
        ),
    )
}

/// Predicted against true values at candidates not yet measured, as an HTML figure; empty without a truth.
pub(super) fn parity(input: &ReportInput) -> String {
    const DOTS: usize = 1500;
    let pairs: Vec<(f64, f64)> = unmeasured(input).map(|(truth, mean, _)| (truth, mean)).collect();
    let pairs: Vec<(f64, f64)> = pairs.into_iter().filter(|p| p.0.is_finite() && p.1.is_finite()).collect();
    if pairs.is_empty() {
        return String::new();
    }
    // A step that shares no factor with the width of an image does not walk along its columns.
    let step = (pairs.len() / DOTS).max(1) | 1;
    let both: Vec<f64> = pairs.iter().flat_map(|p| [p.0, p.1]).collect();
    let (low, high) = clip::interval(&both, (0.2, 99.8));
    let axis = |label: &str| Axis::new(label, &input.start.target_unit).between(low, high);
    let mut chart = Chart::new("f\u{2002}Predicted against true", axis("truth"), axis("prediction"));
    chart.size = (380.0, 334.0);
    let dots: Vec<(f64, f64)> = pairs.iter().copied().step_by(step).collect();
    let shown = dots.len();
    chart.series.push(Series { shape: Shape::Cloud, ..Series::new("", Ink::Blue, dots) });
    chart.series.push(Series { dashed: true, ..Series::new("", Ink::Black, vec![(low, low), (high, high)]) });
    panel(
        &chart,
        &format!(
            "<b>Every {} candidate not yet measured</b> ({shown} of {}). On the broken line the map is right.",
            ordinal(step),
            pairs.len()
        ),
    )
}

fn ordinal(n: usize) -> String {
    match n {
        1 => "single".into(),
        3 => "third".into(),
        n => format!("{n}th"),
    }
}

/// Truth, predicted mean, and how far the truth is from the middle of the belief (deviations of a standard normal), at every candidate that was
/// not measured and could have been.
fn unmeasured(input: &ReportInput) -> impl Iterator<Item = (f64, f64, f64)> {
    let measured: HashSet<Pixel> = input.picks.iter().map(|p| p.pixel).collect();
    let maps = input.prediction.as_ref().zip(input.truth.as_ref());
    let boundaries = input.boundaries.as_ref().and_then(|b| b.as_ref().ok());
    let could_be = move |p: Pixel| boundaries.is_none_or(|b| b.explored.open[[p.row, p.col]]);
    maps.into_iter()
        .flat_map(|(p, truth)| p.mean.indexed_iter().map(move |((r, c), mean)| (p, truth, r, c, *mean)))
        .filter_map(move |(p, truth, r, c, mean)| {
            let pixel = Pixel { row: p.row + r, col: p.col + c };
            let truth = truth[[pixel.row, pixel.col]];
            let distance = match &p.score {
                Some(score) => score[[r, c]].abs(),
                None if truth == mean => 0.0,
                None => (truth - mean).abs() / p.sigma[[r, c]],
            };
            (!measured.contains(&pixel) && could_be(pixel)).then_some((truth, mean, distance))
        })
}

/// Observed against nominal coverage of the last map, as an HTML figure; empty without a truth.
pub(super) fn calibration_curve(input: &ReportInput) -> String {
    let observed = calibration::observed(unmeasured(input).map(|u| u.2));
    if observed.is_empty() {
        return String::new();
    }
    let (one, two) = (observed[20].1, observed[40].1);
    let x = Axis::new("k", "").between(0.0, 3.0);
    let y = Axis::new("share of the truth within ± kσ", "").between(0.0, 1.0);
    let mut chart = Chart::new("Calibration", x, y);
    chart.series.push(Series { dashed: true, ..Series::new("Gaussian", Ink::Grey, calibration::gaussian()) });
    chart.series.push(Series::new("this run", Ink::Blue, observed));
    panel(
        &chart,
        &format!(
            "<b>Can the uncertainty be trusted?</b> {:.0} % of the truth lies in the interval that should hold 68 % (±1σ of a \
             Gaussian), {:.0} % in that of 95 % (±2σ). Below the broken line the model is too sure of itself.",
            100.0 * one,
            100.0 * two
        ),
    )
}

/// Histogram of the measured values by region, as an HTML figure.
pub(super) fn values(input: &ReportInput) -> String {
    let all: Vec<f64> = input.picks.iter().map(|p| p.value).filter(|v| v.is_finite()).collect();
    if all.is_empty() {
        return String::new();
    }
    let edges = histogram::edges(&all, 20);
    let axis = Axis::new(&input.target_title, &input.start.target_unit);
    let mut chart = Chart::new("Measured values", axis, Axis::new("share of the picks there", ""));
    let known = input.picks.iter().any(|p| p.region.is_some());
    let groups: Vec<Option<Region>> = if known { Region::ALL.map(Some).to_vec() } else { vec![None] };
    for group in groups {
        let here: Vec<f64> = input.picks.iter().filter(|p| !known || p.region == group).map(|p| p.value).collect();
        if here.iter().any(|v| v.is_finite()) {
            let label = group.map_or("all picks".to_owned(), |r| format!("{} ({})", r.name(), here.len()));
            let series = Series::new(&label, group.map_or(Ink::Blue, ink), histogram::outline(&here, &edges));
            chart.series.push(Series { shape: Shape::Filled, ..series });
        }
    }
    let censored = input.picks.iter().filter(|p| p.censored).count();
    let note = match censored {
        0 => String::new(),
        n => format!(" {n} of them are bounds: the property lies beyond what the sweep can show."),
    };
    let median = clip::percentile(&input.picks.iter().map(|p| p.value).collect::<Vec<_>>(), 50.0).unwrap_or(f64::NAN);
    panel(
        &chart,
        &format!(
            "<b>{} at the {} picks</b>, median {}.{note}",
            escape(&capitalised(&input.target_title)),
            input.picks.len(),
            escape(&crate::picture::quantity::with_unit(median, &input.start.target_unit))
        ),
    )
}

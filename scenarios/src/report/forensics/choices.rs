//! Figures of the decisions: what was believed, what they were worth, and what other rules would have chosen.

use crate::forensics::decisions::StepBack;
use crate::forensics::{Decisions, Findings};
use crate::picture::quantity::{fixed, with_unit};
use crate::picture::{Axis, Chart, ColourMap, Ink, MapPicture, Series, Shape, without_plane};
use crate::report::headline::capitalised;
use crate::report::html::{escape, grid, panel, section, wide_table};
use crate::report::maps::pixel_size;
use tiptwin_instrument::Pixel;

pub(super) fn section_of(findings: &Findings) -> String {
    let Some(d) = &findings.decisions else { return String::new() };
    let charts =
        worth(findings, d) + &believed(findings, d) + &improvement(findings, d) + &surprise(findings, d) + &left_out(d);
    section("Decisions, step by step", &grid(&charts))
        + &section(
            "What other rules would have chosen",
            &(String::from(
                "<p>At every step each rule was asked what it would choose with the measurements made so far and the run's own model. The run then went on as it did: these \
                 are single steps aside, not other runs.</p>\n",
            ) + &table(findings, d)
                + &grid(&maps(findings, d))),
        )
}

fn line(d: &Decisions, f: impl Fn(&StepBack) -> f64) -> Vec<(f64, f64)> {
    d.steps.iter().map(|s| ((s.number + 1) as f64, f(s))).collect()
}

fn steps() -> Axis {
    Axis::new("step", "")
}

/// Regret where a truth is known, else the best value.
fn worth(findings: &Findings, d: &Decisions) -> String {
    let report = &findings.evidence.report;
    let numbered = |values: &[f64]| values.iter().enumerate().map(|(i, v)| ((i + 1) as f64, *v)).collect();
    let measurements = || Axis::new("measurements", "");
    if d.regret.is_empty() {
        let y = Axis::new(&format!("best {}", report.target_title), &report.start.target_unit);
        let mut chart = Chart::new("p\u{2002}Best value so far", measurements(), y);
        chart.series.push(Series::new("", Ink::Blue, numbered(&d.best)));
        return panel(&chart, "<b>The best measured value</b> after each measurement; noise flatters it.");
    }
    let mut chart = Chart::new("p\u{2002}Regret", measurements(), Axis::new("simple regret", ""));
    chart.series.push(Series::new("", Ink::Blue, numbered(&d.regret)));
    panel(
        &chart,
        "<b>How far the best place visited is from the best place of the film</b>, by the truth that no strategy sees: 1 is what a random place gives on average, 0 the best. A rule that \
         explores does not aim at it.",
    )
}

fn believed(findings: &Findings, d: &Decisions) -> String {
    let report = &findings.evidence.report;
    let y = Axis::new(&report.target_title, &report.start.target_unit);
    let mut chart = Chart::new("q\u{2002}Believed where it went", steps(), y);
    chart.series.push(Series::new("mean", Ink::Blue, line(d, |s| s.believed.0)));
    chart.series.push(Series::new("deviation", Ink::Orange, line(d, |s| s.believed.1)));
    panel(
        &chart,
        "<b>Predicted mean and standard deviation of each chosen place</b>, before it was measured: the two that every rule weighs. A falling deviation means that surprises \
         are used up.",
    )
}

fn improvement(findings: &Findings, d: &Decisions) -> String {
    let report = &findings.evidence.report;
    let y = Axis::new("expected improvement", &report.start.target_unit);
    let mut chart = Chart::new("r\u{2002}Why it might have been the best", steps(), y);
    chart.series.push(Series::new("by its mean", Ink::Blue, line(d, |s| s.improvement.0)));
    chart.series.push(Series::new("by its uncertainty", Ink::Orange, line(d, |s| s.improvement.1)));
    panel(
        &chart,
        "<b>Expected improvement of each chosen place in its two parts</b>, (μ − best) Φ and σ φ. The first is below zero where the mean is no better than the best known: such \
         a place is explored, not exploited.",
    )
}

/// What was measured beside what had been believed.
fn surprise(findings: &Findings, d: &Decisions) -> String {
    let value = |s: &StepBack| findings.evidence.touches.iter().find(|t| t.number == s.number)?.value;
    let points: Vec<(f64, f64)> = d
        .steps
        .iter()
        .filter_map(|s| Some(((s.number + 1) as f64, (value(s)? - s.believed.0) / s.believed.1)))
        .filter(|p| p.1.is_finite())
        .collect();
    let within = points.iter().filter(|p| p.1.abs() <= 2.0).count();
    let caption = format!(
        "<b>Measured less predicted, in predicted deviations</b>, at each choice when it was made: a surprise is far from zero. {within} of {} lie within ±2; noise of the measurement is in \
         the first and not in the second.",
        points.len()
    );
    let mut chart = Chart::new("s\u{2002}Surprises", steps(), Axis::new("deviations", ""));
    for level in [-2.0, 2.0] {
        let ends = [points.first(), points.last()].into_iter().flatten().map(|p| (p.0, level)).collect();
        chart.series.push(Series { dashed: true, name: "±2".into(), ..Series::new("", Ink::Grey, ends) });
    }
    chart.series.push(Series { shape: Shape::Points, name: "surprise".into(), ..Series::new("", Ink::Blue, points) });
    panel(&chart, &caption)
}

fn left_out(d: &Decisions) -> String {
    let points = |f: &dyn Fn(&crate::forensics::decisions::LeftOut) -> f64| -> Vec<(f64, f64)> {
        d.steps.iter().filter_map(|s| Some((s.number as f64, f(&s.left_out?)))).collect()
    };
    let error = points(&|l| l.nrmse);
    if error.is_empty() {
        return String::new();
    }
    let y = Axis::new("root mean square", "");
    let mut chart = Chart::new("t\u{2002}Each measurement left out", Axis::new("measurements", ""), y);
    let one = error.iter().map(|p| (p.0, 1.0)).collect();
    chart.series.push(Series::new("error / spread of the values", Ink::Blue, error));
    chart.series.push(Series::new("error / said deviation", Ink::Orange, points(&|l| l.standardised)));
    chart.series.push(Series { dashed: true, name: "right".into(), ..Series::new("", Ink::Grey, one) });
    panel(
        &chart,
        "<b>Every measurement predicted from the others</b>, as the run went on. The first below 1: the structure says something about the property. The second near 1: the \
         model's deviations are honest.",
    )
}

/// Where the rules differ.
fn table(findings: &Findings, d: &Decisions) -> String {
    let candidates = &findings.evidence.candidates;
    let report = &findings.evidence.report;
    let apart = |a: usize, b: usize| {
        let (a, b) = (candidates.pixel(a), candidates.pixel(b));
        (a.row as f64 - b.row as f64).hypot(a.col as f64 - b.col as f64)
    };
    let own = |p: Pixel| report.truth.as_ref().map(|t| t[[p.row, p.col]]);
    let average = |values: Vec<f64>| {
        let finite: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        if finite.is_empty() { f64::NAN } else { finite.iter().sum::<f64>() / finite.len() as f64 }
    };
    let place = |picks: &[usize]| -> [String; 2] {
        let codes = report.regions.as_ref().map(|r| {
            let at = |i: &usize| {
                let p = candidates.pixel(*i);
                r[[p.row, p.col]]
            };
            picks.iter().filter(|i| at(i) > 0).count() as f64 / picks.len().max(1) as f64
        });
        let value = average(picks.iter().filter_map(|i| own(candidates.pixel(*i))).collect());
        [codes.map_or("–".into(), |s| format!("{:.0} %", 100.0 * s)), with_unit(value, &report.start.target_unit)]
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let run: Vec<usize> = d.steps.iter().map(|s| s.index).collect();
    let [regions, value] = place(&run);
    rows.push(vec!["the run".into(), "–".into(), "–".into(), regions, value]);
    for (k, rule) in d.rules.iter().enumerate() {
        let pairs: Vec<(usize, usize)> = d.steps.iter().filter_map(|s| Some((s.index, s.alternatives[k]?))).collect();
        if pairs.is_empty() {
            continue;
        }
        let window = candidates.window() as f64 / 2.0;
        let mut distances: Vec<f64> = pairs.iter().map(|(a, b)| apart(*a, *b)).collect();
        distances.sort_by(f64::total_cmp);
        let near = distances.iter().filter(|x| **x <= window).count() as f64 / pairs.len() as f64;
        let median = distances[distances.len() / 2] * candidates.pixel_size().0.0;
        let [regions, value] = place(&pairs.iter().map(|p| p.1).collect::<Vec<_>>());
        let name = if k == 0 && d.own { format!("{} (its own rule)", rule.name()) } else { rule.name().to_owned() };
        rows.push(vec![name, format!("{:.0} %", 100.0 * near), with_unit(median, "m"), regions, value]);
    }
    let rows: Vec<&[String]> = rows.iter().map(Vec::as_slice).collect();
    let value = format!("mean true {}", report.target_title);
    wide_table(
        "Over all steps that were made again. Near: within half a window of the run's choice. A dash: not known for this run.",
        &["rule", "near the run's choice", "median distance", "at boundaries and junctions", &value],
        &rows,
    )
}

/// The alternatives of each rule on the structure image.
fn maps(findings: &Findings, d: &Decisions) -> String {
    let report = &findings.evidence.report;
    let image = &report.structure;
    let values = if image.unit == "m" { without_plane(&image.values) } else { image.values.clone() };
    let skip = usize::from(d.own);
    let mut out = String::new();
    for (k, rule) in d.rules.iter().enumerate().skip(skip) {
        let picks: Vec<Pixel> =
            d.steps.iter().filter_map(|s| s.alternatives[k].map(|i| findings.evidence.candidates.pixel(i))).collect();
        if picks.is_empty() {
            continue;
        }
        let title = capitalised(&rule.name().replace('-', " "));
        let mut map = MapPicture::new(&title, values.clone(), &image.unit, pixel_size(report));
        map.colours = ColourMap::Gold;
        map.column.clone_from(&image.channel);
        let mut places: Vec<(usize, usize)> = picks.iter().map(|p| (p.row, p.col)).collect();
        places.sort_unstable();
        places.dedup();
        let text = format!(
            "<b>{}</b>: its choice at each of {} steps, {} different places. {}",
            escape(&title),
            picks.len(),
            places.len(),
            note(*rule)
        );
        map.picks = picks;
        out += &panel(&map, &text);
    }
    out
}

/// What a rule is after, in a sentence.
fn note(rule: tiptwin_core::strategy::Rule) -> String {
    use tiptwin_core::strategy::Rule;
    match rule {
        Rule::MaxVariance => "It goes where the model knows least.".into(),
        Rule::IntegratedVariance => "It goes where a measurement teaches most about all other places.".into(),
        Rule::ExpectedImprovement { xi } => {
            format!("It goes where the best value is expected to grow most, beyond {} deviations.", fixed(xi, 2))
        }
        Rule::LogExpectedImprovement { .. } => "The same by its logarithm, which has no flat places.".into(),
        Rule::ProbabilityOfImprovement { .. } => "It goes where any improvement is likeliest, however small.".into(),
        Rule::UpperConfidenceBound { kappa } => {
            format!("It goes where mean plus {} deviations is largest.", fixed(kappa, 1))
        }
        Rule::Thompson => "It goes to the best place of one believable map, drawn at random.".into(),
        Rule::FarthestPoint => "It fills the image and asks no model.".into(),
        Rule::Random | Rule::Grid { .. } => String::new(),
    }
}

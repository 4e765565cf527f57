//! The charts of the page: the newest curve, the values so far, and how the map improves.

use super::story::Story;
use super::watched::Watched;
use crate::picture::{Axis, Chart, Ink, Series, Shape};
use crate::report::{capitalised, escape, figure, log_range};
use crate::run::target_title;
use tiptwin_core::acquisition::Goal;
use tiptwin_core::strategy::Rule;
use tiptwin_instrument::log::{Scores, Start};

/// Narrower than those of the report: four of them share a row.
const SIZE: (f64, f64) = (300.0, 236.0);
/// Earlier curves that stay in the picture.
const EARLIER: usize = 4;
/// Lower end of the axis of R², as in the report.
const WORST_SHOWN: f64 = -0.2;

fn chart(title: &str, x: Axis, y: Axis) -> Chart {
    Chart { size: SIZE, ..Chart::new(title, x, y) }
}

/// The curves of the newest location up to a step, linear and logarithmic, over those of a few locations before it.
pub(super) fn curves(watched: &Watched, start: &Start, step: usize) -> [String; 2] {
    let each = watched.story.curves_each();
    // Several curves of one location are enough to tell apart.
    let shown = if each > 1 { 1 } else { 1 + EARLIER };
    let touched = watched.story.locations[..step].iter().rev();
    let rows: Vec<usize> = touched.filter_map(|l| l.curve).take(shown).collect();
    let light = |part: usize| start.curve_light_suns.get(part).copied().unwrap_or(start.light_suns);
    let name = |suns: f64| if suns > 0.0 { format!("{suns} sun") } else { "dark".to_owned() };
    let mut series: Vec<Series> = Vec::new();
    for (age, first) in rows.iter().enumerate().rev() {
        for part in 0..each {
            let Some((bias, current)) = watched.curve(first + part) else { continue };
            let (ink, label) = match (age, light(part) > 0.0) {
                (0, true) if each > 1 => (Ink::Orange, name(light(part))),
                (0, _) => (Ink::Blue, if each > 1 { name(light(part)) } else { String::new() }),
                _ => (Ink::Grey, String::new()),
            };
            let label = if series.iter().any(|s| s.label == label) { String::new() } else { label };
            series.push(Series::new(&label, ink, bias.into_iter().zip(current).collect()));
        }
    }
    let bias = || Axis::new("tip bias", "V");
    let mut linear = chart("d\u{2002}Newest curve", bias(), Axis::new("current", "A"));
    let mut logarithmic = chart("e\u{2002}The same, logarithmic", bias(), Axis::new("|current|", "A").logarithmic());
    logarithmic.series.clone_from(&series);
    logarithmic.series.iter_mut().flat_map(|s| &mut s.points).for_each(|p| p.1 = p.1.abs());
    logarithmic.y.range = log_range(&logarithmic.series);
    linear.series = series;
    let sweeps = if each > 1 {
        format!("<b>All {each} sweeps</b>, both branches.")
    } else {
        "<b>Both branches of the sweep.</b>".into()
    };
    let earlier = match rows.len().saturating_sub(1) {
        0 => String::new(),
        1 => " Grey: the one before.".to_owned(),
        n => format!(" Grey: the {n} before."),
    };
    let caption = match (rows.is_empty(), start.instrument.capabilities.sweep_iv) {
        (false, _) => format!("{sweeps}{earlier}"),
        (true, true) => "<b>No curve yet.</b>".into(),
        (true, false) => "<b>No curves:</b> this instrument reads one number at a place.".into(),
    };
    [figure(&linear.svg(), &caption), figure(&logarithmic.svg(), "<b>Magnitude of the current</b>, down to the noise.")]
}

/// Every measured value up to a step with the best so far.
pub(super) fn values(story: &Story, start: &Start, step: usize) -> String {
    let values: Vec<(f64, f64)> = story.locations[..step]
        .iter()
        .enumerate()
        .filter_map(|(i, l)| Some(((i + 1) as f64, l.value.as_ref().ok()?.0)))
        .collect();
    let so_far = |better: fn(f64, f64) -> f64| {
        let mut best = f64::NAN;
        let mut line: Vec<(f64, f64)> = Vec::new();
        for (x, value) in &values {
            let before = best;
            best = better(best, *value);
            // A best stays until there is a better one: a step, not a slope.
            if before.is_finite() && before != best {
                line.push((*x, before));
            }
            line.push((*x, best));
        }
        line.extend(values.last().map(|_| (step as f64, best)));
        line
    };
    let title = target_title(start);
    let mut chart = chart("f\u{2002}Values so far", locations(start, step), Axis::new(&title, &start.target_unit));
    chart.series.push(Series { shape: Shape::Points, ..Series::new("", Ink::Grey, values.clone()) });
    let goal = goal(&start.acquisition);
    let alone = goal.is_some_and(|g| g != Goal::Explore);
    if goal != Some(Goal::Minimise) {
        chart.series.push(Series::new(if alone { "best" } else { "largest" }, Ink::Orange, so_far(f64::max)));
    }
    if goal != Some(Goal::Maximise) {
        chart.series.push(Series::new(if alone { "best" } else { "smallest" }, Ink::Blue, so_far(f64::min)));
    }
    figure(&chart.svg(), &format!("<b>{}</b> in the order of the measurements.", escape(&capitalised(&title))))
}

/// What a rule by this name, perhaps with its goal in brackets, is after.
fn goal(acquisition: &str) -> Option<Goal> {
    let (name, said) = acquisition.split_once(" (").unwrap_or((acquisition, ""));
    let goals = Rule::by_name(name)?.goals();
    goals.iter().copied().find(|g| said.trim_end_matches(')') == g.name()).or(goals.first().copied())
}

/// R² of the maps up to a number of measurements, beside random picks once they were played.
pub(super) fn learning(watched: &Watched, start: &Start, picks: usize) -> String {
    let points = |scores: &[Scores]| -> Vec<(f64, f64)> {
        scores.iter().filter(|s| s.n <= picks).map(|s| (s.n as f64, s.r2)).collect()
    };
    let (ours, random) = (points(&watched.story.scores), points(&watched.random));
    let lowest = ours.iter().chain(&random).map(|p| p.1).filter(|r| r.is_finite()).fold(0.0, f64::min);
    let y = Axis::new("R² of the map", "").between(lowest.max(WORST_SHOWN), 1.0);
    let mut chart = chart("g\u{2002}Score", locations(start, picks), y);
    let caption = match (ours.is_empty(), random.is_empty(), watched.summary.is_some()) {
        (true, ..) => "<b>No scores:</b> none is due yet, or no truth is known.",
        (_, true, false) => {
            "<b>How the map improves</b>, against the truth. Random picks follow when the run is done: they are played on the sample after it, never between its own."
        }
        _ => "<b>How the map improves</b>, against the truth.",
    };
    if !random.is_empty() {
        let series = Series::new("random picks", Ink::Grey, random);
        chart.series.push(Series { dashed: true, shape: Shape::Dots, ..series });
    }
    chart.series.push(Series { shape: Shape::Dots, ..Series::new(&start.strategy, Ink::Blue, ours) });
    let cut = if lowest < WORST_SHOWN { format!(" Values below {WORST_SHOWN} are cut off.") } else { String::new() };
    figure(&chart.svg(), &format!("{caption}{cut}"))
}

/// As long as the plan, so that lines grow into a picture that stands still; a long plan is shown in stretches.
fn locations(start: &Start, step: usize) -> Axis {
    const STRETCHES: [usize; 5] = [250, 500, 1000, 2000, 5000];
    let end = STRETCHES.into_iter().find(|end| step <= *end).unwrap_or(usize::MAX).min(start.steps);
    Axis::new("location", "").between(0.0, end as f64 * 1.02)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_goal_is_that_of_the_rule_unless_it_is_said() {
        for rule in Rule::ALL {
            assert_eq!(goal(rule.name()), Some(rule.goals()[0]));
            for wanted in rule.goals() {
                assert_eq!(goal(&format!("{} ({})", rule.name(), wanted.name())), Some(*wanted));
            }
        }
        assert_eq!(goal("chosen"), None);
    }
}

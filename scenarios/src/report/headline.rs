//! The three numbers a person cares about: is the map good, did the tip go where it matters, what did a decision cost.

use crate::picture::quantity::{fixed, with_unit};
use crate::report::html::escape;
use crate::report::input::{Outcome, ReportInput};
use std::fmt::Write;
use tiptwin_instrument::log::Scores;

/// Heading, banner and the three numbers, as HTML.
pub(super) fn headline(input: &ReportInput) -> String {
    let start = &input.start;
    let light = input.light(", ");
    let mut out = format!(
        "<header>\n<h1>{}</h1>\n<p class=\"lead\">{} by <b>{}</b> ({}){light} · {} · seed {} · tiptwin {}</p>\n",
        escape(&input.title),
        escape(&capitalised(&input.learnt())),
        escape(&start.strategy),
        escape(&start.acquisition),
        escape(&start.instrument.identity),
        start.seed,
        escape(&start.version)
    );
    if let Outcome::Incomplete(reason) = &input.outcome {
        let _ = writeln!(
            out,
            "<p class=\"banner\" role=\"status\"><b>This run is not complete:</b> {} of {} planned measurements. {}</p>",
            input.picks.len(),
            start.steps,
            escape(reason)
        );
    }
    out + "<ul class=\"numbers\">\n" + &quality(input) + &enrichment(input) + &time(input) + "</ul>\n</header>\n"
}

/// One of a row of numbers; `value` is already HTML.
pub(super) fn number(name: &str, value: &str, note: &str) -> String {
    format!(
        "<li><span class=\"name\">{}</span> <span class=\"value\">{value}</span> <span class=\"note\">{}</span></li>\n",
        escape(name),
        escape(note)
    )
}

fn quality(input: &ReportInput) -> String {
    let measured = input.picks.len();
    let random = |n| input.random_scores.iter().find(|s| s.n == n);
    match pair(&input.scores, &input.random_scores) {
        Some((ours, theirs)) => number(
            "R² of the predicted map",
            &format!("{} <small>random {}</small>", fixed(ours.r2, 2), fixed(theirs.r2, 2)),
            &format!("both after {} measurements, against {}", ours.n, input.truth_kind.against()),
        ),
        None => match last(&input.scores) {
            Some(ours) => number(
                "R² of the predicted map",
                &fixed(ours.r2, 2),
                &format!(
                    "after {} measurements, against {}; {}",
                    ours.n,
                    input.truth_kind.against(),
                    random(ours.n).map_or("no random run beside it", |_| "random has no finite score")
                ),
            ),
            None => number(
                "Measurements",
                &format!("{measured} <small>of {}</small>", input.start.steps),
                "no truth is known here, so the map has no score",
            ),
        },
    }
}

/// The scores with the largest number of measurements.
fn last(scores: &[Scores]) -> Option<&Scores> {
    scores.iter().max_by_key(|s| s.n)
}

/// Both at the largest number of measurements that both have a score for.
pub(super) fn pair<'a>(ours: &'a [Scores], theirs: &'a [Scores]) -> Option<(&'a Scores, &'a Scores)> {
    ours.iter().filter_map(|a| theirs.iter().find(|b| b.n == a.n).map(|b| (a, b))).max_by_key(|(a, _)| a.n)
}

fn enrichment(input: &ReportInput) -> String {
    let Some(e) = input.enrichment else {
        return number("Enrichment", "–", "where boundaries lie is not known here");
    };
    let times = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{}×", fixed(x, 1)));
    let percent = |x: f64| format!("{} %", fixed(100.0 * x, 0));
    number(
        "Picks over what chance would give",
        &format!(
            "<span>{} <small>boundaries</small></span> <span>{} <small>junctions</small></span>",
            times(e.gb),
            times(e.junction)
        ),
        &format!(
            "{} of {} picks at boundaries ({} of the area), {} at junctions ({})",
            e.gb_picks,
            input.picks.len(),
            percent(e.gb_area),
            e.junction_picks,
            percent(e.junction_area)
        ),
    )
}

fn time(input: &ReportInput) -> String {
    let t = &input.timing;
    let memory = t.peak_mb.map_or(String::new(), |mb| format!(", {} MB at most", fixed(mb, 0)));
    number(
        "Time per decision, median",
        &with_unit(t.decide_median, "s"),
        &format!(
            "99th percentile {}; the whole run took {}{memory}",
            with_unit(t.decide_p99, "s"),
            duration(t.wall_total)
        ),
    )
}

/// A time for people: seconds, minutes or hours.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => "–".into(),
        s if s < 120.0 => with_unit(s, "s"),
        s if s < 7200.0 => format!("{} min", fixed(s / 60.0, 1)),
        s => format!("{} h", fixed(s / 3600.0, 1)),
    }
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_data;

    #[test]
    fn both_scores_are_at_the_same_number_of_measurements() {
        let input = test_data::full(24, 24);
        let mut random = input.random_scores.clone();
        random.truncate(2);
        let (ours, theirs) = pair(&input.scores, &random).expect("some in common");
        assert_eq!((ours.n, theirs.n), (random[1].n, random[1].n));
        assert!(pair(&input.scores, &[]).is_none());
    }

    #[test]
    fn what_is_not_known_is_said() {
        let mut input = test_data::full(24, 24);
        assert!(headline(&input).contains("random 0."));
        input.scores.clear();
        input.enrichment = None;
        let html = headline(&input);
        assert!(html.contains("no truth is known here") && html.contains("where boundaries lie is not known"));
        assert!(!html.contains("not complete"));
        input.outcome = Outcome::Incomplete("tip <lost>".into());
        assert!(headline(&input).contains("tip &lt;lost&gt;"));
    }

    #[test]
    fn durations_are_for_people() {
        assert_eq!(duration(12.0), "12.0 s");
        assert_eq!(duration(600.0), "10.0 min");
        assert_eq!(duration(9000.0), "2.5 h");
        assert_eq!(duration(f64::NAN), "–");
    }
}

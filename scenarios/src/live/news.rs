//! How things stand, in a few words: what the page hears about once a second, and whenever something happens.

use super::watched::Watched;
use crate::picture::quantity::with_unit;
use serde::Serialize;
use std::time::{Duration, SystemTime};
use tiptwin_instrument::log::StopOutcome;

/// After this long without an event a run that has no end may have been cut off.
const LONG_QUIET: Duration = Duration::from_secs(30);

/// One message. Every text is meant for people and is not yet HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct News {
    /// The run folder.
    pub(super) run: String,
    /// Of what a view would show.
    pub(super) version: String,
    /// Locations touched.
    pub(super) step: usize,
    /// Locations planned.
    pub(super) steps: usize,
    /// `busy`, `safe`, or `warn`.
    pub(super) mood: &'static str,
    /// What the instrument is doing, or how it was left.
    pub(super) state: String,
    pub(super) state_note: String,
    pub(super) elapsed: String,
    pub(super) left: String,
    /// The instrument's own clock.
    pub(super) clock: String,
    /// The server leaves: what is fetched now is the last that can be.
    pub(super) leaving: bool,
}

impl News {
    pub(super) fn of(watched: &Watched, now: SystemTime) -> Self {
        let story = &watched.story;
        let (mood, state, state_note) = state(watched, now);
        let seconds = |d: Duration| duration(d.as_secs_f64());
        let left = watched.left_s().map(|s| format!("about {} left", duration(s)));
        Self {
            run: String::new(),
            version: watched.version(),
            step: story.locations.len(),
            steps: story.start.as_ref().map_or(0, |s| s.steps),
            mood,
            state,
            state_note,
            elapsed: watched.elapsed(now).map_or("–".into(), seconds),
            left: left.unwrap_or_default(),
            clock: story
                .instrument_s
                .map_or_else(String::new, |s| format!("{} on the instrument's clock", duration(s))),
            leaving: false,
        }
    }

    /// A folder that cannot be read.
    pub(super) fn trouble(message: String) -> Self {
        Self {
            mood: "warn",
            state: "Cannot read the run".into(),
            state_note: message,
            elapsed: "–".into(),
            ..Self::default()
        }
    }

    /// No folder yet.
    pub(super) fn waiting() -> Self {
        let note = "Checking the scenario and preparing the sample.";
        Self {
            mood: "busy",
            state: "Preparing".into(),
            state_note: note.into(),
            elapsed: "–".into(),
            ..Self::default()
        }
    }
}

fn state(watched: &Watched, now: SystemTime) -> (&'static str, String, String) {
    let story = &watched.story;
    let Some(start) = &story.start else { return ("busy", "Preparing".into(), String::new()) };
    let said = |mood, state: &str, note: String| (mood, state.to_owned(), note);
    match &story.stop {
        Some((StopOutcome::Completed, _)) => {
            let note = match &watched.summary {
                Some(_) => "The run is complete: bias 0, light off, tip up.",
                None => {
                    "Bias 0, light off, tip up. Random picks are played for comparison, then the report is written."
                }
            };
            return said("safe", "Safe", note.into());
        }
        // The journal says itself whether the instrument could be made safe.
        Some((StopOutcome::Interrupted, message)) => return said("warn", "Stopped", message.clone()),
        Some((StopOutcome::Failed, message)) => return said("warn", "Failed", message.clone()),
        None => {}
    }
    if let Some(quiet) = watched.quiet(now).filter(|quiet| *quiet > LONG_QUIET) {
        let note = format!("No event for {}: at work on something long, or cut off.", duration(quiet.as_secs_f64()));
        return said("warn", "No news", note);
    }
    match (&story.grid, &story.pending) {
        (None, _) => said("busy", "Scanning", "Nothing was touched yet.".into()),
        (_, None) if story.locations.is_empty() => {
            said("busy", "Scanned", "Nothing was touched yet; the first location is next.".into())
        }
        (_, None) => said("busy", "Deciding", "Where to measure next.".into()),
        (_, Some(decision)) => {
            let light = if start.light_suns > 0.0 { format!("light {} sun", start.light_suns) } else { "dark".into() };
            let at = place(decision.position.x.0, decision.position.y.0);
            said("busy", "Measuring", format!("The tip is on the film at {at}; {light}."))
        }
    }
}

/// A place on the sample.
pub(super) fn place(x_m: f64, y_m: f64) -> String {
    format!("x {}, y {}", with_unit(x_m, "m"), with_unit(y_m, "m"))
}

/// A time for people, such as `42 s` or `1 h 05 min`.
fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let texts: Vec<String> = [0.4, 59.4, 59.6, 3599.0, 3900.0, -1.0].map(duration).into();
        assert_eq!(texts, ["0 s", "59 s", "1 min 00 s", "59 min 59 s", "1 h 05 min", "0 s"]);
    }
}

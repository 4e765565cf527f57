//! What the page shows of one step, as pieces of HTML that are drawn as the report draws them.

use super::charts;
use super::news::place;
use super::story::{Location, Story};
use super::watched::Watched;
use crate::picture::quantity::{fixed, with_unit};
use crate::picture::{ColourMap, MapPicture, without_plane};
use crate::report::{capitalised, escape, figure, words};
use crate::run::frames::Frame;
use crate::run::{target_title, title};
use ndarray::{Array2, s};
use serde::Serialize;
use std::collections::BTreeMap;
use tiptwin_instrument::log::Start;

/// One step of a run, drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct View {
    /// Locations touched up to here.
    pub(super) step: usize,
    /// Usable ones among them: as many as there are picks in the picture.
    pub(super) picks: usize,
    /// Name of the run for the window; plain text.
    pub(super) title: String,
    /// HTML by the name of its place on the page.
    pub(super) parts: BTreeMap<&'static str, String>,
}

/// A run as it stood after `step` locations, or as it stands now if that is later.
pub(super) fn view(watched: &mut Watched, step: usize) -> View {
    let step = step.min(watched.story.locations.len());
    let picks = watched.story.measured(step);
    let Some(start) = watched.story.start.clone() else { return View::default() };
    let mut parts = BTreeMap::new();
    parts.insert("lead", lead(&start));
    parts.insert("count", count(&watched.story, &start, step));
    parts.insert("score", score(watched, picks));
    parts.insert("location", location(&watched.story, &start, step));
    let frame = watched.frame(picks);
    if let (Some(values), Some(grid)) = (watched.structure().cloned(), watched.story.grid) {
        let base = MapPicture::new("", values, "", (grid.pixel_width(), grid.pixel_height()));
        parts.insert("structure", structure(&watched.story, base.clone(), step));
        let [prediction, uncertainty] = predicted(&start, &base, frame.as_ref(), watched.newest.is_some());
        parts.insert("prediction", prediction);
        parts.insert("uncertainty", uncertainty);
    }
    let [linear, logarithmic] = charts::curves(watched, &start, step);
    parts.insert("linear", linear);
    parts.insert("logarithmic", logarithmic);
    parts.insert("values", charts::values(&watched.story, &start, step));
    parts.insert("learning", charts::learning(watched, &start, picks));
    View { step, picks, title: title(&start), parts }
}

fn lead(start: &Start) -> String {
    let target = target_title(start);
    let light = if start.light_suns > 0.0 { format!(", {} sun", start.light_suns) } else { String::new() };
    format!(
        "{} by <b>{}</b> ({}){light} · {} · seed {} · tiptwin {}",
        escape(&capitalised(&crate::report::learnt(start, &target))),
        escape(&start.strategy),
        escape(&start.acquisition),
        escape(&start.instrument.identity),
        start.seed,
        escape(&start.version)
    )
}

/// A number with its note; both are already HTML.
fn number(value: &str, note: &str) -> String {
    format!("<span class=\"value\">{value}</span> <span class=\"note\">{note}</span>")
}

fn count(story: &Story, start: &Start, step: usize) -> String {
    let note = match story.rejected(step) {
        0 => "all of them usable".to_owned(),
        n => format!("{n} of them could not be used"),
    };
    let note = if step == 0 { "nothing was touched yet" } else { &note };
    number(&format!("{step} <small>of {}</small>", start.steps), note)
}

fn score(watched: &Watched, picks: usize) -> String {
    let Some(ours) = watched.story.scores.iter().rev().find(|s| s.n <= picks) else {
        let some = !watched.story.scores.is_empty() || picks == 0;
        return number(
            "–",
            if some { "no map was scored yet" } else { "no map was scored; a score needs a known truth" },
        );
    };
    let random = watched.random.iter().find(|s| s.n == ours.n);
    let beside = random.map_or(String::new(), |r| format!(" <small>random {}</small>", fixed(r.r2, 2)));
    number(
        &format!("{}{beside}", fixed(ours.r2, 2)),
        &format!("after {} measurements, against a truth that no strategy sees", ours.n),
    )
}

/// The newest location in words.
fn location(story: &Story, start: &Start, step: usize) -> String {
    let Some(Location { pixel, position, predicted, value, .. }) =
        step.checked_sub(1).and_then(|last| story.locations.get(last))
    else {
        return "Nothing was measured yet.".into();
    };
    let unit = &start.target_unit;
    let at = position.map_or(format!("row {}, column {}", pixel.row, pixel.col), |p| place(p.x.0, p.y.0));
    let said = match value {
        Ok((value, censored)) => {
            format!("<b>{}{}</b>", if *censored { "beyond " } else { "" }, escape(&with_unit(*value, unit)))
        }
        Err(reason) => format!("not usable, {}", escape(reason)),
    };
    let expected = predicted.map_or(String::new(), |(mean, sigma)| {
        let (mean, sigma) = (with_unit(mean, unit), with_unit(sigma, unit));
        format!("; expected was {} ± {}", escape(&mean), escape(&sigma))
    });
    format!("Location {step} at {}: {said}{expected}.", escape(&at))
}

fn structure(story: &Story, base: MapPicture, step: usize) -> String {
    let (channel, unit) = &story.channel;
    let name = capitalised(&words(channel));
    let surface = unit == "m";
    let touched = &story.locations[..step];
    let map = MapPicture {
        title: format!("a\u{2002}{name} with picks"),
        values: if surface { without_plane(&base.values) } else { base.values },
        unit: unit.clone(),
        colours: ColourMap::Gold,
        picks: touched.iter().filter(|l| l.value.is_ok()).map(|l| l.pixel).collect(),
        ring: touched.last().map(|l| l.pixel),
        ..MapPicture::new("", Array2::zeros((0, 0)), "", base.pixel_size)
    };
    let plane = if surface { ", a plane subtracted" } else { "" };
    let order = if step == 0 { "" } else { " Dark blue was first, pale last; the ring is the newest." };
    figure(&map.svg(), &format!("<b>{} as measured{plane}.</b>{order}", escape(&name)))
}

/// Of several targets the one that steers is mapped while the run goes on.
fn others(start: &Start) -> String {
    match start.further_targets.len() {
        0 => String::new(),
        1 => " The map of the other target is in the report at the end.".into(),
        n => format!(" The maps of the {n} other targets are in the report at the end."),
    }
}

/// Prediction and uncertainty, or empty frames that say why they are empty.
fn predicted(start: &Start, base: &MapPicture, frame: Option<&Frame>, live: bool) -> [String; 2] {
    let why = if live {
        "<b>No map yet.</b> It comes with the first measurements."
    } else {
        "<b>No map of this moment.</b> A run keeps maps of its way when it is started with <code>--live</code>; the last one is there when it is complete."
    };
    let whole = |map: fn(&Frame) -> &Array2<f64>| {
        let mut whole = Array2::from_elem(base.values.dim(), f64::NAN);
        if let Some(frame) = frame {
            let ((row, col), (rows, cols)) = (frame.offset, map(frame).dim());
            let (rows, cols) =
                (rows.min(whole.nrows().saturating_sub(row)), cols.min(whole.ncols().saturating_sub(col)));
            whole.slice_mut(s![row..row + rows, col..col + cols]).assign(&map(frame).slice(s![..rows, ..cols]));
        }
        whole
    };
    let drawn = |title: &str, values, colours, caption: String| {
        let map = MapPicture { colours, ..MapPicture::new(title, values, &start.target_unit, base.pixel_size) };
        let caption = match frame {
            Some(_) => format!("{caption} {}", escape(&map.range_note())),
            None => why.to_owned(),
        };
        figure(&map.svg(), &caption)
    };
    let name = escape(&capitalised(&target_title(start)));
    let n = frame.map_or(0, |f| f.measured);
    let from = if n == 1 { "1 measurement".to_owned() } else { format!("{n} measurements") };
    [
        drawn(
            "b\u{2002}Prediction",
            whole(|f| &f.mean),
            ColourMap::Viridis,
            format!("<b>{name} as predicted</b> from {from}.{}", others(start)),
        ),
        drawn(
            "c\u{2002}Uncertainty (1σ)",
            whole(|f| &f.sigma),
            ColourMap::Magma,
            "<b>Predicted standard deviation</b>; bright is where the model knows least.".into(),
        ),
    ]
}

//! Where a run measured on grain boundaries: which of them, how much they differ, and whether it prefers junctions.

use crate::boundaries::picks::{NEAR_JUNCTION_PX, OnEdge, Picks, logarithmic};
use crate::picture::quantity::{fixed, with_unit};
use crate::picture::{Axis, Chart, ColourMap, Ink, MapPicture, Scale, Series, Shape, clip};
use crate::report::compare::p_value;
use crate::report::headline::{capitalised, number};
use crate::report::html::{details, escape, grid, panel, table, words};
use crate::report::input::{BoundaryReport, ReportInput};
use crate::report::maps::{pixel_size, structure};
use crate::report::methods::on_boundaries;
use ndarray::Array2;
use tiptwin_core::boundaries::BoundaryGraph;
use tiptwin_instrument::Meters;

/// The part of a run's page about the boundaries that it explored, as HTML; empty for a run that could measure anywhere.
pub(super) fn explored(input: &ReportInput) -> String {
    let found = match &input.boundaries {
        None => return String::new(),
        Some(Err(why)) => {
            return format!("<p>This run explored grain boundaries alone. They cannot be shown: {}</p>\n", escape(why));
        }
        Some(Ok(found)) => found,
    };
    let visits = Visits {
        picks: &found.picks,
        graph: &found.graph,
        reach_px: found.reach_px,
        target: &input.target_title,
        unit: &input.start.target_unit,
    };
    let figures = maps(input, found) + &visits.figures(pixel_size(input));
    rule(input, found) + &visits.cards() + &grid(&figures) + &visits.table()
}

/// Where could be measured, in sentences.
fn rule(input: &ReportInput, found: &BoundaryReport) -> String {
    let rule = input.settings.as_ref().and_then(|s| s.explore.boundaries.as_ref());
    let rule = rule.map_or_else(
        || "Only grain boundaries that a detector found in the structure image could be measured.".to_owned(),
        |rule| format!("Only grain boundaries could be measured: {}.", escape(&on_boundaries(rule))),
    );
    let numbers = &found.picks.numbers;
    let off = input.picks.iter().filter(|p| !found.explored.open[[p.pixel.row, p.pixel.col]]).count();
    let off = match off {
        0 => String::new(),
        n => format!(
            "<p class=\"banner\">{n} measurements lie beside these boundaries: the run ended without keeping what its detector had found, and the detector of \
             this build finds something else.</p>\n"
        ),
    };
    format!(
        "{off}<p>{rule} That is {} locations on {} boundaries with {} junctions.</p>\n",
        numbers.locations,
        numbers.boundaries,
        found.graph.junctions.len()
    )
}

fn maps(input: &ReportInput, found: &BoundaryReport) -> String {
    let size = pixel_size(input);
    let mut seen = structure(input);
    "Boundaries with picks".clone_into(&mut seen.title);
    seen.lines = boundary_lines(&found.graph, (size.0.0, size.1.0));
    let caption = format!(
        "<b>{} with the boundaries that were found</b> and the {} measured locations, dark blue first, pale last. {}",
        escape(&capitalised(&words(&input.structure.channel))),
        input.picks.len(),
        escape(&seen.range_note())
    );
    let mut spread = MapPicture::new("Spread of the ensemble", found.explored.spread.mapv(f64::from), "", size);
    spread.range = Some((0.0, clip::range(&spread.values, (0.0, 99.5)).1));
    spread.colours = ColourMap::Magma;
    let line =
        found.explored.line.iter().zip(&found.explored.spread).filter(|(on, _)| **on).map(|(_, s)| f64::from(*s));
    let (sum, n) = line.fold((0.0, 0.0), |(sum, n), s| (sum + s, n + 1.0));
    let disagree = format!(
        "<b>How far the {} networks disagree</b>: standard deviation of their probabilities that a boundary passes within one pixel, {} on average on the \
         lines. Where it is large a boundary may not be one, or lie elsewhere.",
        found.explored.members,
        fixed(sum / f64::max(n, 1.0), 3)
    );
    panel(&seen, &caption) + &panel(&spread, &disagree)
}

/// Size of a chart beside maps.
const CHART: (f64, f64) = (380.0, 334.0);

/// Measurements by boundary, for any page.
pub(crate) struct Visits<'a> {
    /// Where the measurements lie.
    pub(crate) picks: &'a Picks,
    /// The boundaries.
    pub(crate) graph: &'a BoundaryGraph,
    /// How far a location may lie from its boundary's line, pixels.
    pub(crate) reach_px: usize,
    /// What was measured, in words.
    pub(crate) target: &'a str,
    /// Its SI unit; may be empty.
    pub(crate) unit: &'a str,
}

impl Visits<'_> {
    /// Boundaries visited, junctions and variation, as HTML.
    pub(crate) fn cards(&self) -> String {
        format!("<ul class=\"numbers\">\n{}{}{}</ul>\n", self.visited(), self.junctions(), self.variation())
    }

    fn visited(&self) -> String {
        let n = &self.picks.numbers;
        let note = match n.visited_by_chance {
            Some((mean, sd)) => {
                format!("as many random locations on boundaries would visit {} ± {}", fixed(mean, 1), fixed(sd, 1))
            }
            None => "nothing was measured on boundaries that can be compared with random locations".to_owned(),
        };
        let value = format!("{} <small>of {}</small>", n.boundaries_visited, n.boundaries);
        number("Boundaries visited", &value, &note)
    }

    fn junctions(&self) -> String {
        let name = "Picks near junctions, over chance";
        let Some(j) = &self.picks.numbers.junctions else {
            let why = "no measurement on boundaries, or no location near a junction, to compare";
            return number(name, "–", why);
        };
        let note = format!(
            "{} of {} picks within {NEAR_JUNCTION_PX} pixels of a junction, as {} % of the locations are; p = {} for random locations",
            j.picks,
            self.picks.numbers.on_boundaries,
            fixed(100.0 * j.base_rate, 0),
            p_value(j.p)
        );
        number(name, &format!("{}×", fixed(j.enrichment, 2)), &note)
    }

    fn variation(&self) -> String {
        let name = "Intraclass correlation";
        let Some(b) = &self.picks.numbers.between_boundaries else {
            let why = "too few measurements: it takes two boundaries, and one measured twice";
            return number(name, "–", why);
        };
        let what = if b.of_logarithms { "the logarithms of the " } else { "the " };
        let note = format!(
            "share of the variance of {what}{} that lies between boundaries (95 %: {} to {}; 0 if they do not differ); {} values, {} of {} boundaries with \
             more than one",
            self.target,
            fixed(b.low, 2),
            fixed(b.high, 2),
            b.values,
            b.repeated,
            self.picks.edges.len()
        );
        number(name, &fixed(b.intraclass, 2), &note)
    }

    /// Means by boundary on a map, measurements and values by boundary, and distances from junctions, as HTML figures; nothing without measurements on
    /// boundaries.
    pub(crate) fn figures(&self, pixel: (Meters, Meters)) -> String {
        if self.picks.edges.is_empty() {
            return String::new();
        }
        self.means(pixel) + &self.counts() + &self.values() + &self.distances(pixel)
    }

    fn counts(&self) -> String {
        let n = &self.picks.numbers;
        let edges = &self.picks.edges;
        let axis = Axis::new("boundaries, the most visited first", "").between(0.0, edges.len() as f64);
        let most = edges[0].picks as f64;
        let mut chart = Chart::new("Picks per boundary", axis, Axis::new("picks", "").between(0.0, 1.08 * most));
        chart.size = CHART;
        let steps = |height: &dyn Fn(&OnEdge) -> f64| -> Vec<(f64, f64)> {
            let sides = |(k, e): (usize, &OnEdge)| [(k as f64, height(e)), (k as f64 + 1.0, height(e))];
            edges.iter().enumerate().flat_map(sides).collect()
        };
        let measured = Series::new("measured", Ink::Blue, steps(&|e| e.picks as f64));
        chart.series.push(Series { shape: Shape::Filled, ..measured });
        let share = n.on_boundaries as f64 / n.locations.max(1) as f64;
        let middle = |(k, e): (usize, &OnEdge)| (k as f64 + 0.5, share * e.locations as f64);
        let chance = edges.iter().enumerate().map(middle).collect();
        chart.series.push(Series { shape: Shape::Points, ..Series::new("random, by its length", Ink::Grey, chance) });
        let single = edges.iter().filter(|e| e.picks == 1).count();
        let caption = format!(
            "<b>{} of {} boundaries were visited</b>, {single} of them once, one {} times. Grey: what a boundary of that length gets on average when the same \
             number of locations is drawn at random.",
            edges.len(),
            n.boundaries,
            edges[0].picks
        );
        panel(&chart, &caption)
    }

    fn values(&self) -> String {
        let log = self.is_logarithmic();
        let mut several: Vec<(f64, &OnEdge)> =
            self.picks.edges.iter().filter(|e| e.picks > 1).map(|e| (middle(e, log), e)).collect();
        several.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.edge.cmp(&b.1.edge)));
        let axis = Axis::new("boundaries with several picks, lowest mean first", "");
        let y = Axis::new(self.target, self.unit);
        let all = || several.iter().flat_map(|(_, e)| e.values.iter().copied());
        let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        // Dots at the ends stay whole.
        let y = if log { y.logarithmic().between(low / 1.3, 1.3 * high) } else { y };
        let title = format!("{} by boundary", capitalised(self.target));
        let mut chart = Chart::new(&title, axis.between(0.0, several.len().max(1) as f64), y);
        chart.size = CHART;
        let dots =
            several.iter().enumerate().flat_map(|(k, (_, e))| e.values.iter().map(move |v| (k as f64 + 0.5, *v)));
        chart.series.push(Series { shape: Shape::Points, ..Series::new("one pick", Ink::Blue, dots.collect()) });
        let bars = several
            .iter()
            .enumerate()
            .flat_map(|(k, (mean, _))| [(k as f64 + 0.1, *mean), (k as f64 + 0.9, *mean), (f64::NAN, f64::NAN)]);
        chart.series.push(Series::new("mean of the boundary", Ink::Orange, bars.collect()));
        let caption = match several.len() {
            0 => "<b>No boundary was measured twice</b>, so nothing says yet whether boundaries differ.".to_owned(),
            n => format!(
                "<b>Do boundaries differ?</b> The {n} boundaries with more than one pick. If bars rise more than dots scatter around them, a boundary has a \
                 character of its own; chosen locations are no fair sample of it."
            ),
        };
        panel(&chart, &caption)
    }

    fn means(&self, pixel: (Meters, Meters)) -> String {
        let log = self.is_logarithmic();
        let mut by_edge = vec![f64::NAN; self.graph.edges.len()];
        self.picks.edges.iter().for_each(|e| by_edge[e.edge] = middle(e, log));
        // Lines of one pixel are hard to see: their neighbours have their colour.
        let reach = self.reach_px.max(1);
        let mean = |(r, c)| self.graph.nearest_edge(r, c, reach).map_or(f64::NAN, |(edge, _)| by_edge[edge]);
        let title = format!("Mean {} by boundary", self.target);
        let mut map = MapPicture::new(&title, Array2::from_shape_fn(self.graph.dim, mean), self.unit, pixel);
        map.scale = if log { Scale::Log } else { Scale::Linear };
        map.clip_percent = (2.0, 98.0);
        map.lines = boundary_lines(self.graph, (pixel.0.0, pixel.1.0));
        let kind = if log { "Geometric mean" } else { "Mean" };
        let caption = format!(
            "<b>{kind} of the picks of every visited boundary</b>; thin lines alone: not visited. {}",
            escape(&map.range_note())
        );
        panel(&map, &caption)
    }

    fn distances(&self, pixel: (Meters, Meters)) -> String {
        let (locations, picks) = &self.picks.from_junction_px;
        let side = f64::midpoint(pixel.0.0, pixel.1.0);
        // A share of all up to every distance.
        let rising = |of: &[f64]| -> Vec<(f64, f64)> {
            let mut sorted: Vec<f64> = of.iter().copied().filter(|d| d.is_finite()).collect();
            sorted.sort_by(f64::total_cmp);
            let step = |(k, d): (usize, &f64)| [k, k + 1].map(|k| (side * d, k as f64 / of.len().max(1) as f64));
            std::iter::once((0.0, 0.0)).chain(sorted.iter().enumerate().flat_map(step)).collect()
        };
        let (all, chosen) = (rising(locations), rising(picks));
        if all.len() < 2 {
            return String::new();
        }
        let end = all.iter().chain(&chosen).map(|p| p.0).fold(0.0, f64::max);
        let x = Axis::new("distance from the nearest junction", "m").between(0.0, 1.02 * end);
        let mut chart = Chart::new("Distance from junctions", x, Axis::new("share up to there", "").between(0.0, 1.0));
        chart.size = CHART;
        let all = Series::new("all locations", Ink::Grey, thinned(&all));
        chart.series.push(Series { dashed: true, ..all });
        chart.series.push(Series::new("measured", Ink::Blue, thinned(&chosen)));
        panel(
            &chart,
            "<b>Does it prefer junctions?</b> Share of the picks, and of all locations that could be measured, up to every distance from a junction. Above the \
             broken line the picks are nearer to junctions than chance.",
        )
    }

    /// Every visited boundary, closed until somebody opens it.
    pub(crate) fn table(&self) -> String {
        if self.picks.edges.is_empty() {
            return String::new();
        }
        let shown = |v: f64| if self.unit.is_empty() { fixed(v, 4) } else { with_unit(v, self.unit) };
        let rows: Vec<[String; 5]> = self
            .picks
            .edges
            .iter()
            .map(|e| {
                let sd = e.sd.map_or_else(|| "–".to_owned(), shown);
                [e.edge.to_string(), e.locations.to_string(), e.picks.to_string(), shown(e.mean), sd]
            })
            .collect();
        let head = ["boundary", "locations", "picks", "mean", "standard deviation"];
        details("Picks by boundary", &table("Boundaries by id, the most visited first.", head, &rows))
    }

    fn is_logarithmic(&self) -> bool {
        logarithmic(&self.picks.edges.iter().flat_map(|e| e.values.iter().copied()).collect::<Vec<_>>())
    }
}

/// The mean of a boundary's values, or that of their logarithms as a value.
fn middle(edge: &OnEdge, log: bool) -> f64 {
    if !log {
        return edge.mean;
    }
    (edge.values.iter().map(|v| v.ln()).sum::<f64>() / edge.values.len() as f64).exp()
}

/// Steps without the points inside of their vertical parts.
fn thinned(steps: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let inside =
        |k: usize| k > 0 && k + 1 < steps.len() && steps[k - 1].0 == steps[k].0 && steps[k + 1].0 == steps[k].0;
    (0..steps.len()).filter(|&k| !inside(k)).map(|k| steps[k]).collect()
}

/// Every pair of neighbouring pixels of the lines as a short line (x, y) from the outer corner of the first pixel; `pixel` is width and height of one.
pub(crate) fn boundary_lines(graph: &BoundaryGraph, pixel: (f64, f64)) -> Vec<Vec<(f64, f64)>> {
    let (rows, cols) = graph.dim;
    let on = |r: usize, c: usize| r < rows && c < cols && graph.line[[r, c]];
    let at = |r: usize, c: usize| ((c as f64 + 0.5) * pixel.0, (r as f64 + 0.5) * pixel.1);
    let mut lines = Vec::new();
    for ((r, c), _) in graph.line.indexed_iter().filter(|(_, l)| **l) {
        // To the right and below; diagonally only where no corner is already joined along the sides.
        let mut to = |y: usize, x: usize| lines.push(vec![at(r, c), at(y, x)]);
        if on(r, c + 1) {
            to(r, c + 1);
        }
        if on(r + 1, c) {
            to(r + 1, c);
        }
        if on(r + 1, c + 1) && !on(r, c + 1) && !on(r + 1, c) {
            to(r + 1, c + 1);
        }
        if c > 0 && on(r + 1, c - 1) && !on(r, c - 1) && !on(r + 1, c) {
            to(r + 1, c - 1);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundaries::picks::Measured;
    use crate::picture::svg::without_rasters;
    use crate::report::test_data;

    /// The same run after its first measurements.
    fn shortened(measurements: usize) -> ReportInput {
        let mut input = test_data::on_boundaries(48, 48);
        input.picks.truncate(measurements);
        let at = input.picks.iter().map(|p| (p.pixel, p.value)).collect();
        let measured = Measured { at, target: "x".into(), unit: "A".into(), window_px: input.start.window_px };
        let found = input.boundaries.take().expect("on boundaries").expect("found");
        input.boundaries = Some(Ok(BoundaryReport::new(found.explored, &measured, 1)));
        input
    }

    #[test]
    fn the_numbers_of_the_run_are_on_the_page() {
        let input = test_data::on_boundaries(48, 48);
        let found = input.boundaries.as_ref().expect("on boundaries").as_ref().expect("found");
        let n = &found.picks.numbers;
        let html = explored(&input);
        // Six lines each way of which 42 pixels are inside the margin of the windows, and their crossings once.
        assert_eq!(n.locations, 2 * 6 * 42 - 36);
        assert_eq!((n.measured, n.on_boundaries), (60, 60));
        assert!(html.contains(&format!("{} locations on {} boundaries with 36 junctions", n.locations, n.boundaries)));
        assert!(html.contains(&format!("{} <small>of {}</small>", n.boundaries_visited, n.boundaries)), "{html}");
        let (between, junctions) = (n.between_boundaries.expect("several"), n.junctions.expect("junctions"));
        assert!(between.of_logarithms && between.intraclass > 0.9, "rows differ by a factor of twenty: {between:?}");
        assert!(html.contains(&format!("{} of 60 picks within 2 pixels of a junction", junctions.picks)));
        assert!(html.contains(
            "share of the variance of the logarithms of the maximum current that lies between boundaries (95 %: "
        ));
        assert_eq!(html.matches("<figure>").count(), 6);
        assert!(html.contains("Geometric mean") && html.contains("How far the 3 networks disagree"));
        assert!(!without_rasters(&html).contains("NaN") && !html.contains("class=\"banner\""));
        assert_eq!(html.matches("<tr>").count(), n.boundaries_visited + 1);
    }

    #[test]
    fn too_few_measurements_are_said_to_be() {
        let one = explored(&shortened(1));
        assert!(one.contains("it takes two boundaries, and one measured twice"), "{one}");
        assert!(one.contains("No boundary was measured twice"));
        let none = explored(&shortened(0));
        assert!(none.contains("0 <small>of") && none.contains("nothing was measured on boundaries"), "{none}");
        assert_eq!(none.matches("<figure>").count(), 2, "what was found can be seen all the same");
        assert!(!without_rasters(&one).contains("NaN") && !without_rasters(&none).contains("NaN"));
    }

    #[test]
    fn what_cannot_be_shown_is_said_and_an_ordinary_run_has_no_such_part() {
        let mut input = test_data::on_boundaries(48, 48);
        // A detector that sees nothing of what was measured.
        if let Some(Ok(found)) = &mut input.boundaries {
            found.explored.open.fill(false);
        }
        assert!(explored(&input).contains("60 measurements lie beside these boundaries"));
        input.boundaries = Some(Err("<no file>".into()));
        assert!(explored(&input).contains("They cannot be shown: &lt;no file&gt;"));
        assert_eq!(explored(&test_data::full(48, 48)), "");
    }
}

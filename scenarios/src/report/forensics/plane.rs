//! Figures in the plane of z₁ and z₂, and of it on the film.

use super::{mean, on_image};
use crate::forensics::Findings;
use crate::forensics::microstructure::Manifold;
use crate::picture::plane_map::PlaneMap;
use crate::picture::quantity::fixed;
use crate::picture::{Axis, Chart, ColourMap, Ink, MapPicture, Series, Shape, clip, histogram};
use crate::report::html::panel;
use crate::report::maps::pixel_size;
use ndarray::Array2;
use tiptwin_core::net::Epoch;

/// Steps of equal number that share a colour.
const PARTS: usize = 8;
/// Points of a cloud: more are one blot.
const CLOUD: usize = 4000;

fn axes((x0, x1): (f64, f64), (y0, y1): (f64, f64)) -> (Axis, Axis) {
    (Axis::new("z₂", "").between(x0, x1), Axis::new("z₁", "").between(y0, y1))
}

/// What patches look like along z₁ and z₂: all of them, and those that were measured.
pub(super) fn manifolds(findings: &Findings) -> String {
    let m = &findings.microstructure;
    let picture = |title: &str, manifold: &Manifold| {
        let (x, y) = axes(manifold.x, manifold.y);
        let all: Vec<f64> = m.manifold.image.iter().copied().filter(|v| v.is_finite()).collect();
        PlaneMap {
            title: title.into(),
            x,
            y,
            values: manifold.image.clone(),
            quantity: ("decoded height, standardised".into(), String::new()),
            colours: ColourMap::Gold,
            range: clip::interval(&all, (1.0, 99.0)),
            points: Vec::new(),
        }
    };
    let mut out = panel(
        &picture("a\u{2002}Microstructures of the whole film", &m.manifold),
        "<b>What all patches look like</b>, 9 × 9 of them drawn by the network at evenly spaced z₁ and z₂ over the middle 90 % of each. Neighbours are \
         alike: walking across the picture is walking through the kinds of microstructure on this film.",
    );
    if let Some(spread) = &m.spread {
        out += &panel(
            &picture("b\u{2002}Microstructures that were measured", &spread.manifold),
            "<b>The same over the middle 90 % of the measured patches</b>, in the same colours. What a holds and b lacks was left aside; where the axes of b \
             are narrower, the learner was choosy.",
        );
    }
    out + &structure(findings)
}

fn structure(findings: &Findings) -> String {
    let mut map = crate::report::maps::structure(&findings.evidence.report);
    map.title = map.title.replace("a\u{2002}", "c\u{2002}");
    let caption = "<b>The structure image with the measured locations</b> in their order: the patches around its pixels are what the network learnt from.";
    panel(&map, &format!("{caption} {}", crate::report::html::escape(&map.range_note())))
}

/// How training went.
pub(super) fn history(findings: &Findings) -> String {
    let m = &findings.microstructure;
    let y = Axis::new("loss of a patch", "nats").logarithmic();
    let mut chart = Chart::new("Training", Axis::new("epoch", ""), y);
    let line = |f: &dyn Fn(&Epoch) -> f64| m.history.iter().map(|e| (e.number as f64, f(e))).collect();
    chart.series.push(Series::new("picture", Ink::Blue, line(&|e| e.reconstruction)));
    chart.series.push(Series::new("code", Ink::Orange, line(&|e| e.divergence)));
    let caption = "<b>How far training got.</b> Half the squared error of a patch, and what its code costs. Flat ends mean that more epochs would change little.";
    panel(&chart, caption)
}

/// z₁, z₂ and the angle at every place of the film.
pub(super) fn on_the_film(findings: &Findings) -> String {
    let codes = &findings.microstructure.codes;
    let report = &findings.evidence.report;
    let picks: Vec<_> = report.picks.iter().map(|p| p.pixel).collect();
    let map = |title: &str, column: &str, values: Array2<f64>| MapPicture {
        column: column.into(),
        picks: picks.clone(),
        ..MapPicture::new(title, values, "", pixel_size(report))
    };
    let z1 = map("d\u{2002}z₁ on the film", "z1", on_image(findings, |i| codes.content[[i, 0]]));
    let mut z2 = map("e\u{2002}z₂ on the film", "z2", on_image(findings, |i| codes.content[[i, 1]]));
    z2.picks.clear();
    let mut angle = map("f\u{2002}Angle on the film", "angle (rad)", on_image(findings, |i| codes.pose[[i, 0]]));
    angle.picks.clear();
    angle.colours = ColourMap::Grey;
    let note = |m: &MapPicture| crate::report::html::escape(&m.range_note());
    panel(
        &z1,
        &format!(
            "<b>z₁ of the patch around every pixel</b>, with the measured locations in their order. {}",
            note(&z1)
        ),
    ) + &panel(&z2, &format!("<b>z₂ of the patch around every pixel.</b> {}", note(&z2)))
        + &panel(
            &angle,
            &format!("<b>How far each patch is turned</b>, in radians: what z₁ and z₂ need not say. {}", note(&angle)),
        )
}

/// The way of the run through the plane, the two densities, and the test.
pub(super) fn looked(findings: &Findings) -> String {
    let m = &findings.microstructure;
    let mut out = trajectory(findings);
    let rows = |shares: &[f64]| {
        let n = m.grid.cells;
        let cell = (m.grid.x.1 - m.grid.x.0) * (m.grid.y.1 - m.grid.y.0) / (n * n) as f64;
        Array2::from_shape_fn((n, n), |(r, c)| shares[(n - 1 - r) * n + c] / cell)
    };
    let largest = |values: &Array2<f64>| values.iter().fold(0.0f64, |m, v| m.max(*v)).max(f64::MIN_POSITIVE);
    let picture = |title: &str, values: Array2<f64>, points: Vec<(f64, f64)>| {
        let (x, y) = axes(m.grid.x, m.grid.y);
        let range = (0.0, largest(&values));
        let quantity = ("density".into(), String::new());
        PlaneMap { title: title.into(), x, y, values, quantity, colours: ColourMap::Magma, range, points }
    };
    if let Some(all) = &m.all {
        out += &panel(
            &picture("h\u{2002}Density of all patches", rows(all), Vec::new()),
            "<b>How common each microstructure is on the film</b>: Gaussian kernels, Scott's bandwidth. Bright is common.",
        );
    }
    let Some(spread) = &m.spread else { return out };
    let points =
        findings.evidence.usable().into_iter().map(|(i, _)| (m.codes.content[[i, 1]], m.codes.content[[i, 0]]));
    out += &panel(
        &picture("i\u{2002}Density of the measured patches", rows(&spread.chosen), points.collect()),
        "<b>How often each was measured</b>, on the axes of h; every dot is a measurement. If the learner had taken a fair sample of the film, i would look like \
         h, only smoother.",
    );
    if let Some(all) = &m.all {
        let difference: Vec<f64> = spread.chosen.iter().zip(all).map(|(chosen, all)| chosen - all).collect();
        let mut preferred = picture("j\u{2002}Preferred and avoided", rows(&difference), Vec::new());
        let largest = preferred.values.iter().fold(f64::MIN_POSITIVE, |m, v| m.max(v.abs()));
        preferred.range = (-largest, largest);
        preferred.colours = ColourMap::Diverging;
        out += &panel(
            &preferred,
            "<b>i less h.</b> Red: measured more often than the film would have had it; blue: passed over. Compare with a, which has the same axes in its middle, to see what these \
             patches look like.",
        );
    }
    let edges = histogram::edges(&[spread.test.random.as_slice(), &[spread.test.distance]].concat(), 24);
    let mut chart = Chart::new(
        "k\u{2002}Is that chance?",
        Axis::new("distance from the density of all patches", ""),
        Axis::new("share of random subsets", ""),
    );
    let outline = histogram::outline(&spread.test.random, &edges);
    let top = outline.iter().fold(0.0f64, |m, p| m.max(p.1));
    chart.series.push(Series { shape: Shape::Filled, ..Series::new("random patches", Ink::Grey, outline) });
    chart.series.push(Series::new(
        "this run",
        Ink::Blue,
        vec![(spread.test.distance, 0.0), (spread.test.distance, top)],
    ));
    let caption = format!(
        "<b>How far as many random patches are from all</b> ({} draws, {} on average), and how far the measured ones are: {}. A line to the right of the hill: the learner \
         preferred some microstructures (p = {}).",
        spread.test.random.len(),
        fixed(mean(&spread.test.random), 2),
        fixed(spread.test.distance, 2),
        fixed(spread.test.p, 3)
    );
    out + &panel(&chart, &caption) + &taste(findings)
}

fn trajectory(findings: &Findings) -> String {
    let m = &findings.microstructure;
    let at = |i: usize| (m.codes.content[[i, 1]], m.codes.content[[i, 0]]);
    let (x, y) = axes(m.grid.x, m.grid.y);
    let mut chart = Chart::new("g\u{2002}The way of the run", x, y);
    chart.size.1 = chart.size.0;
    let stride = m.codes.content.nrows().div_ceil(CLOUD);
    let cloud = (0..m.codes.content.nrows()).step_by(stride.max(1)).map(at).collect();
    chart.series.push(Series { shape: Shape::Cloud, name: "all patches".into(), ..Series::new("", Ink::Grey, cloud) });
    let picks: Vec<(usize, (f64, f64))> = findings.evidence.touches.iter().map(|t| (t.number, at(t.index))).collect();
    let parts = PARTS.min(picks.len());
    let mut middles = Vec::new();
    for k in 0..parts {
        let part = &picks[k * picks.len() / parts..(k + 1) * picks.len() / parts];
        let label = format!("{}–{}", part[0].0 + 1, part[part.len() - 1].0 + 1);
        let points: Vec<_> = part.iter().map(|p| p.1).collect();
        let n = points.len() as f64;
        middles.push((points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n));
        chart.series.push(Series { shape: Shape::Points, ..Series::new(&label, Ink::of_family(k, parts), points) });
    }
    let path =
        Series { shape: Shape::Dots, name: "middle of each part".into(), ..Series::new("", Ink::Black, middles) };
    chart.series.push(path);
    panel(
        &chart,
        "<b>Every measurement in the plane, coloured by its step</b>, on all patches of the film in grey. The line joins the middles of consecutive parts of the run: if \
         it wanders, the learner's taste changed as it learnt.",
    )
}

/// Both coordinates of the choices, smoothed, step by step.
fn taste(findings: &Findings) -> String {
    let codes = &findings.microstructure.codes.content;
    let touches = &findings.evidence.touches;
    let around = (touches.len() / 20).max(1);
    let mut chart = Chart::new("l\u{2002}Taste over time", Axis::new("step", ""), Axis::new("running mean", ""));
    for (k, (name, ink)) in [("z₁", Ink::Blue), ("z₂", Ink::Orange)].into_iter().enumerate() {
        let smooth = |i: usize| {
            let of = &touches[i.saturating_sub(around)..(i + around + 1).min(touches.len())];
            of.iter().map(|t| codes[[t.index, k]]).sum::<f64>() / of.len() as f64
        };
        let points = touches.iter().enumerate().map(|(i, t)| ((t.number + 1) as f64, smooth(i))).collect();
        chart.series.push(Series::new(name, ink, points));
        let usual = codes.column(k).sum() / codes.nrows() as f64;
        let ends = [touches.first(), touches.last()].into_iter().flatten();
        let level = ends.map(|t| ((t.number + 1) as f64, usual)).collect();
        chart.series.push(Series { dashed: true, name: format!("{name}: all patches"), ..Series::new("", ink, level) });
    }
    let caption = format!(
        "<b>Mean z₁ and z₂ of the choices</b> within {around} steps before and after each; broken lines: of all patches. A line that leaves its broken one shows when a taste set in.",
    );
    panel(&chart, &caption)
}

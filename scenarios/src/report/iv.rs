//! Current-voltage curves: linear beside logarithmic, dark and light.

use crate::picture::chart::SIZE;
use crate::picture::{Axis, Chart, Ink, Series, clip, svg};
use crate::report::check::{self, ReportError};
use crate::report::figures::ink;
use crate::report::headline::capitalised;
use crate::report::html::{escape, panel};
use crate::report::input::{IvExample, Region};

/// How far below the largest current the logarithmic panel reaches at most.
const DECADES: f64 = 6.0;

/// Curves as one SVG file of two panels with its own style, for `tiptwin iv`.
///
/// Colours follow the label (`grain`, `boundary` or `gb`, `junction`), or else the order. Fails when a curve has not
/// as many currents as biases.
pub fn render_svg(title: &str, examples: &[IvExample]) -> Result<String, ReportError> {
    for example in examples {
        check::curve(&example.label, "dark", example.dark.as_deref(), &example.bias_v)?;
        check::curve(&example.label, "light", example.light.as_deref(), &example.bias_v)?;
    }
    let [mut linear, logarithmic] = charts(examples);
    linear.title = title.into();
    let panels = [linear, logarithmic].map(|chart| (SIZE.0, SIZE.1, chart.svg()));
    Ok(svg::standalone(&panels, &format!("Current-voltage curves: {title}")))
}

/// The linear and the logarithmic panel, dark and light in both.
fn charts(examples: &[IvExample]) -> [Chart; 2] {
    let linear = currents("Current", examples, &[Light::On, Light::Off], false);
    [linear, logarithmic(examples)]
}

/// The panels of a page as HTML figures: dark and light apart, since light dwarfs the dark, then both on a
/// logarithmic axis. Empty without curves.
pub(super) fn figures(examples: &[IvExample]) -> String {
    let mut out = String::new();
    for (light, title, caption) in [
        (Light::Off, "In the dark", "<b>In the dark</b>, both branches of each sweep."),
        (Light::On, "In light", "<b>The same places in light</b>, both branches."),
    ] {
        let chart = currents(title, examples, &[light], false);
        if !chart.series.is_empty() {
            let places = if out.is_empty() { places(examples) } else { String::new() };
            out += &panel(&chart, &format!("{caption}{places}"));
        }
    }
    if !out.is_empty() {
        let caption = "<b>Magnitude of the current, logarithmic</b>, down to the noise; where both are shown, solid in light and broken in the dark.";
        out += &panel(&logarithmic(examples), caption);
    }
    out
}

/// Where the curves were taken, as the end of an HTML caption.
fn places(examples: &[IvExample]) -> String {
    let named = examples
        .iter()
        .filter_map(|e| e.pixel.map(|p| format!("{} at row {}, column {}", escape(&e.label), p.row, p.col)));
    let named: Vec<String> = named.collect();
    if named.is_empty() { String::new() } else { format!(" {}.", capitalised(&named.join("; "))) }
}

#[derive(Clone, Copy, PartialEq)]
enum Light {
    On,
    Off,
}

fn logarithmic(examples: &[IvExample]) -> Chart {
    let mut chart = currents("Logarithmic", examples, &[Light::On, Light::Off], true);
    chart.y.range = log_range(&chart.series);
    chart
}

fn currents(title: &str, examples: &[IvExample], lights: &[Light], log: bool) -> Chart {
    let y = if log { Axis::new("|current|", "A").logarithmic() } else { Axis::new("current", "A") };
    let mut chart = Chart::new(title, Axis::new("tip bias", "V"), y);
    // Broken lines tell dark from light, where there is something to tell apart.
    let both =
        lights.len() > 1 && examples.iter().any(|e| e.dark.is_some()) && examples.iter().any(|e| e.light.is_some());
    for (index, example) in examples.iter().enumerate() {
        let mut named = false;
        for light in lights {
            let (name, current_a) = match light {
                Light::On => ("light", &example.light),
                Light::Off => ("dark", &example.dark),
            };
            let Some(current_a) = current_a else { continue };
            let shown = |i: f64| if log { i.abs() } else { i };
            let points = example.bias_v.iter().zip(current_a).map(|(v, i)| (*v, shown(*i))).collect();
            // Of several locations only the colour needs a name; of one location, only the light does.
            let label = match (examples.len(), named) {
                (1, _) => name,
                (_, true) => "",
                (_, false) => example.label.as_str(),
            };
            named = true;
            let series = Series::new(label, colour(&example.label, index), points);
            let name = format!("{}, {name}", example.label);
            chart.series.push(Series { dashed: both && *light == Light::Off, name, ..series });
        }
    }
    chart
}

/// The colour of the region that the label names, else the next of a cycle.
fn colour(label: &str, index: usize) -> Ink {
    const OTHERS: [Ink; 5] = [Ink::Black, Ink::Orange, Ink::Blue, Ink::Green, Ink::Grey];
    // "grain boundary" names two regions: the more special one counts.
    [("junction", Region::Junction), ("boundary", Region::Boundary), ("gb", Region::Boundary), ("grain", Region::Grain)]
        .into_iter()
        .find(|(name, _)| label.contains(name))
        .map_or(OTHERS[index % OTHERS.len()], |(_, region)| ink(region))
}

/// Whole decades from the low end of what is seen to the largest current.
///
/// Noise crosses zero, so the smallest |current| says nothing; the 5th percentile marks the noise floor.
pub(crate) fn log_range(series: &[Series]) -> Option<(f64, f64)> {
    let values: Vec<f64> =
        series.iter().flat_map(|s| s.points.iter().map(|p| p.1)).filter(|i| *i > 0.0 && i.is_finite()).collect();
    let largest = clip::percentile(&values, 100.0)?.log10();
    let floor = clip::percentile(&values, 5.0)?.log10();
    Some((10f64.powf(floor.max(largest - DECADES).floor()), 10f64.powf(largest + 0.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_data;

    #[test]
    fn colours_follow_what_the_curve_is_of() {
        assert_eq!(colour("grain boundary", 0), Ink::Orange);
        assert_eq!(colour("gb", 0), Ink::Orange);
        assert_eq!(colour("junction", 1), Ink::Blue);
        assert_eq!(colour("grain", 2), Ink::Black);
        assert_ne!(colour("lowest value", 0), colour("highest value", 1));
    }

    #[test]
    fn broken_lines_tell_dark_from_light_and_nothing_else() {
        let mut curves = test_data::curves();
        assert_eq!(logarithmic(&curves).series.iter().filter(|s| s.dashed).count(), 3);
        for curve in &mut curves {
            curve.light = None;
        }
        assert_eq!(logarithmic(&curves).series.iter().filter(|s| s.dashed).count(), 0);
        assert_eq!(figures(&curves).matches("<figure>").count(), 2, "no panel for a light that was not measured");
    }

    #[test]
    fn the_logarithmic_panel_spans_whole_decades_down_to_the_noise() {
        let [_, log] = charts(&test_data::curves());
        let (low, high) = log.y.range.expect("there are currents");
        assert!((low.log10() - low.log10().round()).abs() < 1e-9);
        assert!(high > 3.2e-9 && high / low <= 1.3e8, "{low}..{high}");
        assert_eq!(log_range(&[]), None);
    }

    #[test]
    fn a_standalone_picture_has_both_panels_and_needs_nothing_else() {
        let svg = render_svg("Grain & <junction>", &test_data::curves()).expect("renders");
        assert!(svg.starts_with("<svg xmlns=") && svg.contains("<style>"));
        assert!(svg.contains(">current (nA)<") && svg.contains(">|current| (pA)<"));
        assert!(svg.contains("Grain &amp; &lt;junction&gt;"));
        assert_eq!(svg.matches("http").count(), svg.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
        assert!(render_svg("none", &[]).expect("renders").contains("no data"));
        let mut bad = test_data::curves();
        bad[0].bias_v.pop();
        assert!(render_svg("bad", &bad).is_err());
    }
}

//! The page of a simulated film: what the microscope would see, and what is true.

use crate::picture::{Axis, Chart, ColourMap, Ink, MapPicture, Scale, Series, Shape, clip, histogram};
use crate::report::check::{self, ReportError};
use crate::report::figures::ink;
use crate::report::headline::capitalised;
use crate::report::html::{details, escape, figure, grid, page, section, table, words};
use crate::report::input::{IvExample, Region};
use crate::report::iv;
use ndarray::Array2;
use tiptwin_instrument::{Image, ScanGrid};

/// One line of the table of statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// What was counted or measured.
    pub name: String,
    /// Its value with its unit.
    pub value: String,
    /// What it is compared with, such as the value expected for the preset; may be empty.
    pub expected: String,
}

/// Everything the page of a film needs.
#[derive(Clone, Debug)]
pub struct FilmPageInput {
    /// Heading of the page.
    pub title: String,
    /// Name of the preset or the scenario.
    pub preset: String,
    /// Master seed.
    pub seed: u64,
    /// Version of tiptwin.
    pub version: String,
    /// Topography as the microscope would measure it.
    pub topography: Image,
    /// Pixels of all truth maps.
    pub grid: ScanGrid,
    /// Largest current in the dark without noise, amperes, shape `(grid.rows, grid.cols)`.
    pub max_current_dark_a: Array2<f64>,
    /// Largest current in light without noise, amperes, of the same shape.
    pub max_current_light_a: Array2<f64>,
    /// Turn-on voltage in the dark without noise, volts, of the same shape; NaN where the current never turns on.
    pub turn_on_v: Array2<f64>,
    /// 0 grain, 1 boundary, 2 junction, of the same shape.
    pub regions: Array2<u8>,
    /// Boundary lines as points (x, y) in metres from the corner of pixel (0, 0) of `grid`.
    pub boundaries: Vec<Vec<(f64, f64)>>,
    /// Junctions as points (x, y) in metres from the same corner.
    pub junctions: Vec<(f64, f64)>,
    /// Equivalent diameter of every grain, metres.
    pub grain_diameters_m: Vec<f64>,
    /// Light of the lit maps, suns.
    pub light_suns: f64,
    /// Example curves; may be empty.
    pub iv_examples: Vec<IvExample>,
    /// Lines of the table.
    pub statistics: Vec<Statistic>,
    /// Text of the scenario or the preset; may be empty.
    pub scenario: String,
}

/// One self-contained HTML file. The same input gives the same bytes.
///
/// Fails when a map has another shape than its grid.
pub fn render(input: &FilmPageInput) -> Result<String, ReportError> {
    let shape = (input.grid.rows, input.grid.cols);
    check::shape("map of the current in the dark", &input.max_current_dark_a, shape)?;
    check::shape("map of the current in light", &input.max_current_light_a, shape)?;
    check::shape("map of the turn-on voltage", &input.turn_on_v, shape)?;
    check::shape("region map", &input.regions, shape)?;
    for example in &input.iv_examples {
        check::curve(&example.label, "dark", example.dark.as_deref(), &example.bias_v)?;
        check::curve(&example.label, "light", example.light.as_deref(), &example.bias_v)?;
    }
    let mut body = format!(
        "<header>\n<h1>{}</h1>\n<p class=\"lead\">Simulated film · preset {} · seed {} · tiptwin {}</p>\n</header>\n",
        escape(&input.title),
        escape(&input.preset),
        input.seed,
        escape(&input.version)
    );
    let figures: String =
        maps(input).iter().map(|(map, caption)| figure(&map.svg(), &caption_of(map, caption))).collect();
    body += &section("Maps", &grid(&figures));
    body += &section("Current-voltage curves", &grid(&iv::figures(&input.iv_examples)));
    body += &section("Distributions", &grid(&distributions(input)));
    if !input.statistics.is_empty() {
        let rows: Vec<_> =
            input.statistics.iter().map(|s| [s.name.clone(), s.value.clone(), s.expected.clone()]).collect();
        body += &section("Statistics", &table("Of the whole film.", ["quantity", "value", "expected"], &rows));
    }
    if !input.scenario.is_empty() {
        let text = details("Settings", &format!("<pre>{}</pre>\n", escape(&input.scenario)));
        body += &section("How it was made", &text);
    }
    body += "<footer>Made by tiptwin. Images show row 0, the first scan line, on top.</footer>\n";
    Ok(page(&input.title, &body))
}

fn caption_of(map: &MapPicture, caption: &str) -> String {
    // The colours of the region map are explained by its own legend.
    if map.regions.is_some() { caption.to_owned() } else { format!("{caption} {}", escape(&map.range_note())) }
}

fn maps(input: &FilmPageInput) -> [(MapPicture, String); 5] {
    let of = |image: &Array2<f64>, grid: &ScanGrid, title: &str, unit: &str| {
        MapPicture::new(title, image.clone(), unit, (grid.pixel_width(), grid.pixel_height()))
    };
    let truth = |image, title, unit| of(image, &input.grid, title, unit);
    let channel = capitalised(&words(&input.topography.channel));
    let mut topography =
        of(&input.topography.values, &input.topography.grid, &format!("a\u{2002}{channel}"), &input.topography.unit);
    topography.colours = ColourMap::Gold;

    let mut dark = truth(&input.max_current_dark_a, "c\u{2002}Maximum current, dark", "A");
    dark.scale = Scale::Log;
    let light = truth(&input.max_current_light_a, "d\u{2002}Maximum current, light", "A");
    let mut turn_on = truth(&input.turn_on_v, "e\u{2002}Turn-on voltage, dark", "V");
    turn_on.colours = ColourMap::Magma;

    let same_frame = input.topography.grid.rows == input.grid.rows && input.topography.grid.cols == input.grid.cols;
    let base = if same_frame { input.topography.values.clone() } else { input.max_current_light_a.clone() };
    let mut regions = truth(&base, "b\u{2002}Boundaries and junctions", "");
    regions.colours = ColourMap::Grey;
    regions.regions = Some(input.regions.clone());
    regions.lines.clone_from(&input.boundaries);
    regions.points.clone_from(&input.junctions);

    let never = input.turn_on_v.iter().filter(|v| !v.is_finite()).count();
    let share = 100.0 * never as f64 / input.turn_on_v.len().max(1) as f64;
    let never = if never == 0 { String::new() } else { format!(" Grey: never turns on ({share:.1} % of the area).") };
    let beneath = if same_frame { "topography" } else { "current in light" };
    [
        (topography, format!("<b>{}</b> as the microscope measures it.", escape(&channel))),
        (
            regions,
            format!(
                "<b>Where boundaries and junctions count as such</b>, over the {beneath}: {} boundary lines, {} junctions.",
                input.boundaries.len(),
                input.junctions.len()
            ),
        ),
        (dark, "<b>Largest current in the dark</b>, without noise, logarithmic colours.".into()),
        (light, format!("<b>Largest current at {} suns</b>, without noise.", input.light_suns)),
        (turn_on, format!("<b>Turn-on voltage in the dark</b>, without noise.{never}")),
    ]
}

/// Grain diameters, and currents by region in the dark and in light, as HTML figures.
fn distributions(input: &FilmPageInput) -> String {
    let diameters = &input.grain_diameters_m;
    let edges = histogram::edges(diameters, 16);
    let mut grains =
        Chart::new("Grain diameters", Axis::new("equivalent diameter", "m"), Axis::new("share of the grains", ""));
    let outline = histogram::outline(diameters, &edges);
    grains.series.push(Series { shape: Shape::Filled, ..Series::new("", Ink::Black, outline) });
    let median = clip::percentile(diameters, 50.0).unwrap_or(f64::NAN);
    let median = crate::picture::quantity::with_unit(median, "m");
    let mut out =
        figure(&grains.svg(), &format!("<b>{} grains</b>, median diameter {}.", diameters.len(), escape(&median)));

    let lowest = lowest_shown(&input.max_current_dark_a);
    let log = |v: &f64| v.max(lowest).log10();
    for (name, map) in [("in the dark", &input.max_current_dark_a), ("in light", &input.max_current_light_a)] {
        let all: Vec<f64> = map.iter().map(log).collect();
        let edges = histogram::edges(&all, 30);
        let mut chart = Chart::new(
            &format!("Maximum current {name}"),
            Axis::new("log₁₀ of the current / A", ""),
            Axis::new("share of the pixels there", ""),
        );
        for region in Region::ALL {
            let here: Vec<f64> = map
                .iter()
                .zip(&input.regions)
                .filter(|(_, code)| Region::from_code(**code) == region)
                .map(|(v, _)| log(v))
                .collect();
            if !here.is_empty() {
                let series = Series::new(region.name(), ink(region), histogram::outline(&here, &edges));
                chart.series.push(Series { shape: Shape::Filled, ..series });
            }
        }
        out += &figure(
            &chart.svg(),
            &format!(
                "<b>Largest current {name}</b>, each region on its own; {} at the least.",
                escape(&crate::picture::quantity::with_unit(lowest, "A"))
            ),
        );
    }
    out
}

/// Lower end of the current histograms: what is smaller is far below any amplifier and would only stretch the axis.
fn lowest_shown(current_a: &Array2<f64>) -> f64 {
    const FEMTOAMPERE: f64 = 1e-15;
    current_a.iter().copied().filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min).clamp(FEMTOAMPERE, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::svg::without_rasters;
    use crate::report::test_data;

    fn film() -> FilmPageInput {
        let run = test_data::full(40, 60);
        let truth = run.truth.expect("has one");
        let regions = run.regions.expect("has one");
        FilmPageInput {
            title: "Film <1>".into(),
            preset: "seed".into(),
            seed: 1,
            version: "0.1.0".into(),
            grid: run.structure.grid,
            topography: run.structure,
            max_current_dark_a: truth.mapv(|v| v * v / 1e-9),
            max_current_light_a: truth.clone(),
            turn_on_v: truth.mapv(|v| if v < 1e-10 { f64::NAN } else { 0.4 + 1e-11 / v }),
            regions,
            boundaries: vec![vec![(1e-7, 1e-7), (5e-7, 3e-7)]],
            junctions: vec![(5e-7, 3e-7)],
            grain_diameters_m: vec![2.1e-7, 3.3e-7, 2.9e-7, 4.4e-7],
            light_suns: 0.1,
            iv_examples: test_data::curves(),
            statistics: vec![Statistic { name: "mean neighbours".into(), value: "5.97".into(), expected: "6".into() }],
            scenario: "preset = \"seed\"".into(),
        }
    }

    #[test]
    fn a_film_page_has_every_part_and_needs_no_network() {
        let html = without_rasters(&render(&film()).expect("renders"));
        for part in
            ["Film &lt;1&gt;", "Boundaries and junctions", "Turn-on voltage", "Grain diameters", "mean neighbours"]
        {
            assert!(html.contains(part), "{part} is missing");
        }
        assert_eq!(html.matches("<figure>").count(), 5 + 3 + 3);
        assert_eq!(html.matches("http").count(), html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
        assert!(!html.contains("NaN"));
    }

    #[test]
    fn maps_of_another_shape_are_refused_and_empty_lists_are_not() {
        let mut input = film();
        (input.grain_diameters_m, input.boundaries, input.iv_examples) = (vec![], vec![], vec![]);
        input.max_current_dark_a.fill(0.0);
        input.turn_on_v.fill(f64::NAN);
        let html = without_rasters(&render(&input).expect("renders"));
        assert!(html.contains("no data") && !html.contains("NaN"));
        input.regions = Array2::zeros((3, 3));
        assert!(matches!(render(&input), Err(ReportError::Shape { what: "region map", .. })));
    }
}

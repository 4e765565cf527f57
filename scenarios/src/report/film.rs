//! The page of a simulated film: what the microscope would see, and what is true.

use crate::picture::{Axis, Chart, ColourMap, Ink, MapPicture, Scale, Series, Shape, quantity, svg};
use crate::report::check::{self, ReportError};
use crate::report::distribution;
use crate::report::family::Family;
use crate::report::headline::capitalised;
use crate::report::html::{details, escape, grid, page, panel, section, table, words};
use crate::report::structure::{self, Structure};
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

/// Noise-free maps of one descriptor.
#[derive(Clone, Debug)]
pub struct DescriptorMaps {
    /// Name for headings, such as `maximum current`.
    pub title: String,
    /// SI unit.
    pub unit: String,
    /// In the dark; NaN where the curve has no such value.
    pub dark: Array2<f64>,
    /// In light, of the same shape.
    pub light: Array2<f64>,
    /// Whether the values span decades.
    pub log: bool,
    /// What a missing value means, such as `never turns on`.
    pub missing: String,
}

/// How a loop and a current depend on the scan rate.
#[derive(Clone, Debug, Default)]
pub struct RateDependence {
    /// Rate, V/s; normalised loop; largest current, A.
    pub points: Vec<(f64, f64, f64)>,
    /// The same from the specification of the physics.
    pub reference: Vec<(f64, f64, f64)>,
}

/// A chart of curves with its heading and caption.
#[derive(Clone, Debug)]
pub struct FamilyFigure {
    /// Heading of the chart.
    pub title: String,
    /// What is seen, as HTML.
    pub caption: String,
    /// The curves.
    pub family: Family,
    /// Whether the current axis is logarithmic.
    pub log: bool,
}

/// A part of the page that shows curves.
#[derive(Clone, Debug)]
pub struct CurveSection {
    /// Its heading.
    pub heading: String,
    /// Its charts.
    pub figures: Vec<FamilyFigure>,
    /// Further charts, each with its caption as HTML.
    pub charts: Vec<(Chart, String)>,
}

/// Everything the page of a film needs.
#[derive(Clone, Debug)]
pub struct FilmPageInput {
    /// Heading of the page.
    pub title: String,
    /// What the film is and where it comes from, in one line: preset, seed, sizes, version.
    pub lead: String,
    /// The true surface at the pixels of the scan.
    pub topography: Image,
    /// What a microscope records there, with captions as HTML.
    pub recorded: Vec<(MapPicture, String)>,
    /// Pixels of all truth maps.
    pub grid: ScanGrid,
    /// Descriptors without noise, maps of shape `(grid.rows, grid.cols)`.
    pub descriptors: Vec<DescriptorMaps>,
    /// Largest current in the dark and in light, A, maps of the same shape: for the distributions by region.
    pub max_current_a: [Array2<f64>; 2],
    /// 0 grain, 1 boundary, 2 junction, of the same shape.
    pub regions: Array2<u8>,
    /// Boundary lines as points (x, y) in metres from the corner of pixel (0, 0) of `grid`.
    pub boundaries: Vec<Vec<(f64, f64)>>,
    /// Junctions as points (x, y) in metres from the same corner.
    pub junctions: Vec<(f64, f64)>,
    /// Sizes, sides, angles, heights and what they should be.
    pub structure: Structure,
    /// Light of the lit maps, suns.
    pub light_suns: f64,
    /// Curves at typical places, then families; in the order of the page.
    pub curves: Vec<CurveSection>,
    /// What the scan rate does: joins the last part of the curves.
    pub rates: RateDependence,
    /// Lines of the table.
    pub statistics: Vec<Statistic>,
    /// Text of the scenario or the preset; may be empty.
    pub scenario: String,
}

/// One self-contained HTML file. The same input gives the same bytes.
///
/// Fails when a map has another shape than its grid, or a curve not as many currents as biases.
pub fn render(input: &FilmPageInput) -> Result<String, ReportError> {
    let shape = (input.grid.rows, input.grid.cols);
    for descriptor in &input.descriptors {
        check::shape("map of a descriptor in the dark", &descriptor.dark, shape)?;
        check::shape("map of a descriptor in light", &descriptor.light, shape)?;
    }
    check::shape("map of the current in the dark", &input.max_current_a[0], shape)?;
    check::shape("map of the current in light", &input.max_current_a[1], shape)?;
    check::shape("region map", &input.regions, shape)?;
    input.curves.iter().flat_map(|c| &c.figures).try_for_each(|f| f.family.check())?;
    let mut body = format!(
        "<header>
<h1>{}</h1>
<p class=\"lead\">{}</p>
</header>
",
        escape(&input.title),
        escape(&input.lead)
    );
    let figures = |maps: Vec<(MapPicture, String)>| -> String {
        maps.iter().map(|(map, caption)| panel(map, &caption_of(map, caption))).collect()
    };
    body += &section("The film", &grid(&figures(structure_maps(input))));
    body += &section("What is true, without noise", &grid(&figures(truth_maps(input))));
    if !input.recorded.is_empty() {
        body += &section("What the microscope records", &grid(&figures(recorded_maps(input))));
    }
    body += &section("Structure", &grid(&structure::figures(&input.structure)));
    let distributions = distribution::by_region(&input.max_current_a, &input.regions, input.light_suns);
    body += &section("Current by region", &grid(&distributions));
    for (i, part) in input.curves.iter().enumerate() {
        let mut figures: String = part.figures.iter().map(family_figure).collect();
        figures.extend(part.charts.iter().map(|(chart, caption)| panel(chart, caption)));
        if i + 1 == input.curves.len() && !input.rates.points.is_empty() {
            figures += &rate_figures(&input.rates);
        }
        body += &section(&part.heading, &grid(&figures));
    }
    if !input.statistics.is_empty() {
        let rows: Vec<_> =
            input.statistics.iter().map(|s| [s.name.clone(), s.value.clone(), s.expected.clone()]).collect();
        let caption =
            "Sizes, neighbours and laws are those of the whole film, exact; shares and heights are sampled on it.";
        body += &section("Statistics", &table(caption, ["quantity", "this film", "target"], &rows));
    }
    if !input.scenario.is_empty() {
        let text = details("Settings", &format!("<pre>{}</pre>\n", escape(&input.scenario)));
        body += &section("How it was made", &text);
    }
    body += "<footer>Made by tiptwin. Images show row 0, the first scan line, on top.</footer>\n";
    Ok(page(&input.title, &body))
}

/// Pictures for a text, each one SVG file of three maps: the film with its largest currents in the dark and in light, and what a
/// microscope records of it.
pub fn sheets(input: &FilmPageInput) -> [String; 2] {
    let truth = truth_maps(input).into_iter().filter(|(map, _)| map.unit == "A").map(|(map, _)| map);
    let film: Vec<MapPicture> = structure_maps(input).into_iter().take(1).map(|(map, _)| map).chain(truth).collect();
    let recorded: Vec<MapPicture> = recorded_maps(input).into_iter().take(3).map(|(map, _)| map).collect();
    [(film, "film"), (recorded, "recorded")].map(|(maps, what)| {
        let panel = |mut map: MapPicture| {
            // Letters belong to the page.
            map.title = map.title.split('\u{2002}').next_back().unwrap_or_default().to_owned();
            let (width, height) = map.size();
            (width, height, map.svg())
        };
        let panels: Vec<_> = maps.into_iter().map(panel).collect();
        svg::standalone(&panels, &format!("{}: {what}", input.title))
    })
}

fn caption_of(map: &MapPicture, caption: &str) -> String {
    // The colours of the region map are explained by its own legend.
    if map.regions.is_some() { caption.to_owned() } else { format!("{caption} {}", escape(&map.range_note())) }
}

fn family_figure(f: &FamilyFigure) -> String {
    let chart = if f.log { f.family.logarithmic(&f.title) } else { f.family.linear(&f.title) };
    panel(&chart, &f.caption)
}

fn structure_maps(input: &FilmPageInput) -> Vec<(MapPicture, String)> {
    let of = |title: &str| {
        let t = &input.topography;
        let mut map = MapPicture::new(title, t.values.clone(), &t.unit, (t.grid.pixel_width(), t.grid.pixel_height()));
        map.colours = ColourMap::Gold;
        map
    };
    let channel = capitalised(&words(&input.topography.channel));
    let mut overlay = of("b\u{2002}Boundaries and junctions");
    overlay.lines.clone_from(&input.boundaries);
    overlay.points.clone_from(&input.junctions);
    let same_frame = input.topography.values.dim() == input.regions.dim();
    let share = |code: u8| {
        let here = input.regions.iter().filter(|r| **r == code).count();
        100.0 * here as f64 / input.regions.len().max(1) as f64
    };
    let mut regions = of("c\u{2002}Regions");
    regions.colours = ColourMap::Grey;
    if !same_frame {
        regions.values = Array2::zeros(input.regions.dim());
        regions.pixel_size = (input.grid.pixel_width(), input.grid.pixel_height());
    }
    regions.regions = Some(input.regions.clone());
    vec![
        (of(&format!("a\u{2002}{channel}")), format!("<b>{} of the film.</b>", escape(&channel))),
        (
            overlay,
            format!(
                "<b>The graph behind it</b>: {} boundary lines, {} triple junctions on the scan.",
                input.boundaries.len(),
                input.junctions.len()
            ),
        ),
        (
            regions,
            format!(
                "<b>What counts as what</b>: junctions {:.0} % (within 35 nm), boundaries {:.0} % (within 25 nm), grains {:.0} % of the scan.",
                share(2),
                share(1),
                share(0)
            ),
        ),
    ]
}

/// The maps of the microscope, their letters after those of the truth.
fn recorded_maps(input: &FilmPageInput) -> Vec<(MapPicture, String)> {
    let letters = ('d'..='z').skip(2 * input.descriptors.len());
    let lettered = |(letter, (map, caption)): (char, &(MapPicture, String))| {
        let map = MapPicture { title: format!("{letter}\u{2002}{}", map.title), ..map.clone() };
        (map, caption.clone())
    };
    letters.zip(&input.recorded).map(lettered).collect()
}

/// What is fainter than this share of the largest value gets the darkest colour: no amplifier spans more.
const FAINTEST: f64 = 1e-5;

/// Dark and light of every descriptor, first all dark ones.
fn truth_maps(input: &FilmPageInput) -> Vec<(MapPicture, String)> {
    let mut maps = Vec::new();
    let mut letters = 'd'..='z';
    for light in [false, true] {
        for d in &input.descriptors {
            let values = if light { &d.light } else { &d.dark };
            let how = if light { "light" } else { "dark" };
            let letter = letters.next().unwrap_or('–');
            let title = format!("{letter}\u{2002}{}, {how}", capitalised(&d.title));
            let mut map =
                MapPicture::new(&title, values.clone(), &d.unit, (input.grid.pixel_width(), input.grid.pixel_height()));
            if d.log {
                map.scale = Scale::Log;
                let (low, high) = map.colour_range();
                map.range = Some((low.max(high * FAINTEST), high));
            }
            let absent = values.iter().filter(|v| !v.is_finite()).count();
            let share = 100.0 * absent as f64 / values.len().max(1) as f64;
            let grey = if absent == 0 {
                String::new()
            } else {
                format!(" Grey: {} ({share:.1} % of the area).", escape(&d.missing))
            };
            let condition = if light { format!("at {} sun", input.light_suns) } else { "in the dark".into() };
            let scale = if d.log {
                ", logarithmic colours from the 1st percentile, or 10⁻⁵ of the largest, to the 99th"
            } else {
                ""
            };
            maps.push((map, format!("<b>{} {condition}</b>{scale}.{grey}", escape(&capitalised(&d.title)))));
        }
    }
    maps
}

/// Loop and current against the scan rate, with the points of the specification.
fn rate_figures(rates: &RateDependence) -> String {
    let chart = |title: &str, y: Axis, value: fn(&(f64, f64, f64)) -> f64| {
        let rate = |pick: fn(f64, f64) -> f64, start| rates.points.iter().map(|p| p.0).fold(start, pick);
        // A little room at both ends, so that no dot is cut.
        let x = Axis::new("scan rate (V/s)", "").logarithmic();
        let x = x.between(0.7 * rate(f64::min, f64::INFINITY), 1.4 * rate(f64::max, 0.0));
        let mut chart = Chart::new(title, x, y);
        let line = rates.points.iter().map(|p| (p.0, value(p))).collect();
        chart.series.push(Series::new("this build", Ink::Black, line));
        let reference = rates.reference.iter().map(|p| (p.0, value(p))).collect();
        chart.series.push(Series { shape: Shape::Points, ..Series::new("reference", Ink::Orange, reference) });
        chart
    };
    let peak = rates.points.iter().fold((f64::NAN, f64::NEG_INFINITY), |a, p| if p.1 > a.1 { (p.0, p.1) } else { a });
    let (least, most) =
        rates.points.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), p| (low.min(p.2), high.max(p.2)));
    let loop_axis = Axis::new("normalised loop Hₙ", "").between(-0.03 * peak.1, 1.08 * peak.1);
    let loops = chart("Hysteresis against scan rate", loop_axis, |p| p.1);
    let current_axis = Axis::new("largest current", "A").logarithmic().between(0.8 * least, 1.25 * most);
    let current = chart("Current against scan rate", current_axis, |p| p.2);
    panel(
        &loops,
        &format!(
            "<b>The loop opens where the sweep takes as long as the ions</b>, most at {} V/s; slow ions follow, fast ones are frozen. Default grain, dark; dots: reference values of the specification.",
            quantity::fixed(peak.0, usize::from(peak.0 < 10.0))
        ),
    ) + &panel(
        &current,
        "<b>Faster sweeps inject less</b>: ions that cannot follow leave the barrier as it was. Default grain, dark; dots as before.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::svg::without_rasters;
    use crate::report::family::Member;
    use crate::report::test_data;

    fn film() -> FilmPageInput {
        let run = test_data::full(40, 60);
        let truth = run.truth.expect("has one");
        let regions = run.regions.expect("has one");
        let member = Member {
            label: "grain".into(),
            value: 0.0,
            time_s: vec![0.0, 1.0, 2.0],
            bias_v: vec![0.0, 1.0, 0.0],
            current_a: vec![0.0, 1e-9, 1e-12],
            ink: None,
        };
        let family = Family { parameter: "place".into(), members: vec![member] };
        let descriptor = |title: &str, unit: &str, log| DescriptorMaps {
            title: title.into(),
            unit: unit.into(),
            dark: truth.mapv(|v| if v < 1e-10 { f64::NAN } else { v }),
            light: truth.clone(),
            log,
            missing: "never <turns> on".into(),
        };
        FilmPageInput {
            title: "Film <1>".into(),
            lead: "preset seed".into(),
            grid: run.structure.grid,
            recorded: vec![(
                MapPicture::new(
                    "Phase",
                    truth.clone(),
                    "°",
                    (run.structure.grid.pixel_width(), run.structure.grid.pixel_height()),
                ),
                "<b>Phase</b>".into(),
            )],
            topography: run.structure,
            descriptors: vec![descriptor("turn-on voltage", "V", false), descriptor("maximum current", "A", true)],
            max_current_a: [truth.mapv(|v| v * v / 1e-9), truth.clone()],
            regions,
            boundaries: vec![vec![(1e-7, 1e-7), (5e-7, 3e-7)]],
            junctions: vec![(5e-7, 3e-7)],
            structure: Structure { areas_m2: vec![2.1e-14, 3.3e-14, 2.9e-14], ..Structure::default() },
            light_suns: 0.1,
            curves: vec![CurveSection {
                heading: "Curves".into(),
                figures: vec![FamilyFigure {
                    title: "Places".into(),
                    caption: "<b>Places</b>".into(),
                    family,
                    log: true,
                }],
                charts: vec![(Chart::new("More", Axis::new("V", "V"), Axis::new("A", "")), "<b>More</b>".into())],
            }],
            rates: RateDependence { points: vec![(1.0, 0.05, 1e-9), (10.0, 0.5, 3e-10)], reference: vec![] },
            statistics: vec![Statistic { name: "mean neighbours".into(), value: "5.97".into(), expected: "6".into() }],
            scenario: "preset = \"seed\"".into(),
        }
    }

    #[test]
    fn a_film_page_has_every_part_and_needs_no_network() {
        let html = without_rasters(&render(&film()).expect("renders"));
        for part in [
            "Film &lt;1&gt;",
            "Boundaries and junctions",
            "d\u{2002}Turn-on voltage, dark",
            "g\u{2002}Maximum current, light",
            "h\u{2002}Phase",
            "never &lt;turns&gt; on",
            "Grain size",
            "Lewis",
            "Places",
            "most at 10 V/s",
            "mean neighbours",
        ] {
            assert!(html.contains(part), "{part} is missing");
        }
        // Three of the structure, two descriptors twice, one image, six charts of the structure, three distributions, one family and one
        // chart, two of the rate.
        assert_eq!(html.matches("<figure>").count(), 3 + 4 + 1 + 6 + 3 + 1 + 1 + 2);
        assert_eq!(html.matches("http").count(), html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
    }

    #[test]
    fn sheets_are_files_of_their_own() {
        let [film, recorded] = sheets(&film());
        for (sheet, titles) in
            [(film, &[">Maximum current, dark<", ">Maximum current, light<"][..]), (recorded, &[">Phase<"][..])]
        {
            assert!(sheet.starts_with("<svg xmlns=") && sheet.contains("<style>"));
            assert!(titles.iter().all(|t| sheet.contains(t)), "{titles:?}");
            assert!(!sheet.contains("Turn-on"), "only currents");
        }
    }

    #[test]
    fn maps_of_another_shape_are_refused_and_empty_lists_are_not() {
        let mut input = film();
        input.structure = Structure::default();
        (input.boundaries, input.curves, input.rates) = (vec![], vec![], RateDependence::default());
        input.max_current_a[0].fill(0.0);
        input.descriptors[0].dark.fill(f64::NAN);
        let html = without_rasters(&render(&input).expect("renders"));
        assert!(html.contains("no data"));
        input.regions = Array2::zeros((3, 3));
        assert!(matches!(render(&input), Err(ReportError::Shape { what: "region map", .. })));
    }
}

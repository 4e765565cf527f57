//! What was found in an image, as a page and as a picture.

use super::detect::{Found, Input};
use super::picks::{Measured, Picks, REACH_PX};
use super::{BURR_PX, THRESHOLD};
use crate::picture::{ColourMap, MapPicture, clip};
use crate::report::{Visits, boundary_lines, definitions, details, escape, grid, page as html, panel, section};
use crate::run::RunError;
use ndarray::Array2;
use tiptwin_core::boundaries::{BoundaryGraph, Detection, Ensemble, input};

/// Enlargement of the picture: a line of one pixel should be seen.
const SCALE: usize = 4;
/// Of lines and of junctions, sRGB.
const COLOURS: [[u8; 3]; 2] = [[0, 190, 220], [230, 60, 120]];

/// The levelled image in grey with lines and junctions on it, as the bytes of a PNG.
pub fn overlay(of: &Input, graph: &BoundaryGraph) -> Result<Vec<u8>, RunError> {
    let grey = input::prepared(&of.image)?;
    let (rows, cols) = graph.dim;
    let mut pixels = vec![0_u8; rows * cols * SCALE * SCALE * 3];
    let (high, wide) = (rows * SCALE, cols * SCALE);
    for (i, pixel) in pixels.chunks_exact_mut(3).enumerate() {
        pixel.fill((grey[[i / wide / SCALE, i % wide / SCALE]] * 255.0).round() as u8);
    }
    let mut dot = |y: f64, x: f64, radius: f64, colour: [u8; 3]| {
        let reach = radius.ceil() as isize;
        for (dy, dx) in (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dy, dx))) {
            let (r, c) = (y.floor() as isize + dy, x.floor() as isize + dx);
            let inside = (0..high as isize).contains(&r) && (0..wide as isize).contains(&c);
            if inside && (r as f64 + 0.5 - y).hypot(c as f64 + 0.5 - x) <= radius {
                pixels[3 * (r as usize * wide + c as usize)..][..3].copy_from_slice(&colour);
            }
        }
    };
    // Lines are thinner than their pixels, so that the groove under them can be seen.
    for line in boundary_lines(graph, (SCALE as f64, SCALE as f64)) {
        for k in 0..=SCALE {
            let share = k as f64 / SCALE as f64;
            let between = |a: f64, b: f64| a + share * (b - a);
            dot(between(line[0].1, line[1].1), between(line[0].0, line[1].0), 1.0, COLOURS[0]);
        }
    }
    for junction in &graph.junctions {
        let middle = |v: f64| (v + 0.5) * SCALE as f64;
        dot(middle(junction.at.0), middle(junction.at.1), 4.0, COLOURS[1]);
    }
    let failed = |e: png::EncodingError| RunError::Input(format!("overlay.png: {e}"));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, wide as u32, high as u32);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// The page.
pub(super) fn page(
    of: &Input,
    detection: &Detection,
    graph: &BoundaryGraph,
    found: &Found,
    ensemble: &Ensemble,
) -> String {
    let size = (of.pixel, of.pixel);
    let map = |title: &str, values: Array2<f64>, unit: &str, colours: ColourMap| {
        let mut map = MapPicture::new(title, values, unit, size);
        map.colours = colours;
        map
    };
    let level = input::prepared(&of.image).map_or_else(|_| of.image.clone(), |i| i.mapv(f64::from));
    let image = map("a\u{2002}Image, levelled", level.clone(), "", ColourMap::Gold);
    let mut probability =
        map("b\u{2002}Probability of a boundary", detection.probability.clone(), "", ColourMap::Viridis);
    probability.range = Some((0.0, 1.0));
    let mut spread = map("c\u{2002}Spread of the members", detection.spread.clone(), "", ColourMap::Magma);
    spread.range = Some((0.0, clip::range(&detection.spread, (0.0, 99.5)).1));
    let mut lines = map("d\u{2002}Boundaries and junctions", level, "", ColourMap::Gold);
    lines.lines = boundary_lines(graph, (of.pixel.0, of.pixel.0));
    lines.points = graph.junctions.iter().map(|j| ((j.at.1 + 0.5) * of.pixel.0, (j.at.0 + 0.5) * of.pixel.0)).collect();
    let lines_alone = lines.clone();
    let figures = [
        (image, "<b>What the detector sees</b>: lines aligned, bow taken out, the central 99 % of the values between 0 and 1.".to_owned()),
        (probability, format!("<b>Probability that a boundary passes within one pixel</b>, mean of {} networks.", ensemble.len())),
        (spread, "<b>How far the networks disagree</b>: standard deviation of their probabilities. Errors are more frequent where it is large.".to_owned()),
        (lines, format!("<b>{} boundaries and {} junctions</b>: probability of at least {THRESHOLD}, thinned; free ends shorter than {BURR_PX} pixels are left out.", found.edges, found.junctions)),
    ];
    let figures: String = figures.iter().map(|(map, caption)| panel(map, caption)).collect();
    let numbers = [
        ("boundaries".to_owned(), found.edges.to_string()),
        ("junctions".to_owned(), found.junctions.to_string()),
        ("length per area".to_owned(), format!("{:.2} µm per µm²", found.boundary_um_per_um2)),
        ("mean spread on lines".to_owned(), format!("{:.3}", found.spread_on_lines)),
        ("looking took".to_owned(), format!("{:.2} s", found.seconds)),
    ];
    let visited = match (&of.measured, &found.picks) {
        (Some(measured), Some(picks)) => {
            section("Where the run measured", &visits(&lines_alone, graph, measured, picks))
        }
        _ => String::new(),
    };
    let made: Vec<String> = ensemble.provenance.iter().map(|(k, v)| format!("{k}: {v}")).collect();
    let made = details("How it was trained", &format!("<pre>{}</pre>\n", escape(&made.join("\n"))));
    let body = format!(
        "<header>\n<h1>Grain boundaries</h1>\n<p class=\"lead\">{} · {} × {} pixels of {:.1} nm · tiptwin {}</p>\n</header>\n{}{}{visited}{}",
        escape(&of.name),
        found.pixels.0,
        found.pixels.1,
        of.pixel.0 * 1e9,
        env!("CARGO_PKG_VERSION"),
        section("What was found", &grid(&figures)),
        section("In numbers", &definitions(&numbers)),
        section("The detector", &made),
    );
    html("Grain boundaries", &body)
}

/// Measurements by boundary.
fn visits(map: &MapPicture, graph: &BoundaryGraph, measured: &Measured, picks: &Picks) -> String {
    let mut map = map.clone();
    "e\u{2002}Measurements".clone_into(&mut map.title);
    map.points.clear();
    map.picks = measured.at.iter().map(|(pixel, _)| *pixel).collect();
    let caption = format!(
        "<b>{} measurements</b> of {}, {} of them on boundaries, dark blue first, pale last.",
        picks.numbers.measured,
        escape(&measured.target),
        picks.numbers.on_boundaries
    );
    let visits = Visits { picks, graph, reach_px: REACH_PX, target: &measured.target, unit: &measured.unit };
    visits.cards() + &grid(&(panel(&map, &caption) + &visits.figures(map.pixel_size))) + &visits.table()
}

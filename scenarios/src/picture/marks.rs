//! What lies on top of a map: picks, outlines, regions, lines; and the legend beneath that explains them.

use crate::picture::bars::{gradient, image};
use crate::picture::colour::ColourMap;
use crate::picture::map::MapPicture;
use crate::picture::raster::{data_uri, encode_indexed};
use crate::picture::svg::{self, coordinate};
use ndarray::Array2;
use std::fmt::Write;

/// Colours of grain, boundary and junction when laid over a map (the first is not drawn).
const REGION_COLOURS: [[u8; 3]; 3] = [[0, 0, 0], [230, 120, 0], [0, 114, 178]];
const REGION_OPACITY: [u8; 3] = [0, 190, 235];

/// Height of what [`legend`] adds below the image.
pub(super) fn legend_height(map: &MapPicture) -> f64 {
    match (map.picks.is_empty() && map.regions.is_none(), map.values.iter().any(|v| v.is_nan())) {
        (false, _) => 34.0,
        (true, true) => 24.0,
        (true, false) => 2.0,
    }
}

/// Everything on top of an image of `width` × `height` units.
pub(super) fn overlays(map: &MapPicture, width: f64, height: f64) -> String {
    let (rows, cols) = map.values.dim();
    let cell = (width / cols as f64, height / rows as f64);
    let mut out = String::new();
    if let Some(regions) = map.regions.as_ref().filter(|r| r.dim() == map.values.dim()) {
        let index = regions.mapv(|r| r.min(2));
        if let Ok(png) = encode_indexed(&index, &REGION_COLOURS, Some(&REGION_OPACITY)) {
            out += &image(&data_uri(&png), ColourMap::Grey, (0.0, 0.0), (width, height));
        }
    }
    if let Some(mask) = map.outline.as_ref().filter(|m| m.dim() == map.values.dim()) {
        let _ = writeln!(out, "<path class=\"outline\" d=\"{}\"/>", outline_path(mask, cell));
    }
    let (ux, uy) = map.units_per_metre(width, height);
    // A nested picture cuts off lines that leave the image.
    if !map.lines.is_empty() || !map.points.is_empty() {
        let _ = writeln!(out, "<svg width=\"{}\" height=\"{}\">", coordinate(width), coordinate(height));
        let data: String = map
            .lines
            .iter()
            .map(|line| svg::path(&line.iter().map(|(x, y)| (x * ux, y * uy)).collect::<Vec<_>>()))
            .collect();
        let _ = writeln!(out, "<path class=\"outline\" d=\"{data}\"/>");
        for (x, y) in map.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let (x, y) = (coordinate(x * ux), coordinate(y * uy));
            let _ = writeln!(out, "<circle class=\"junction\" cx=\"{x}\" cy=\"{y}\" r=\"2.2\"/>");
        }
        out.push_str("</svg>\n");
    }
    // Small enough to leave the structure visible, large enough to tell the colours apart.
    let radius = if map.picks.len() > 300 { 2.4 } else { 3.4 };
    for (i, pixel) in map.picks.iter().enumerate() {
        let [r, g, b] = ColourMap::Ice.at(progress(i, map.picks.len()));
        let (x, y) = ((pixel.col as f64 + 0.5) * cell.0, (pixel.row as f64 + 0.5) * cell.1);
        let _ = writeln!(
            out,
            "<circle class=\"pick\" cx=\"{}\" cy=\"{}\" r=\"{radius}\" fill=\"#{r:02x}{g:02x}{b:02x}\"/>",
            coordinate(x),
            coordinate(y)
        );
    }
    if let Some(pixel) = map.ring {
        let (x, y) = ((pixel.col as f64 + 0.5) * cell.0, (pixel.row as f64 + 0.5) * cell.1);
        for class in ["ring halo", "ring"] {
            let (x, y) = (coordinate(x), coordinate(y));
            let _ = writeln!(out, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"8\"/>");
        }
    }
    out
}

fn progress(i: usize, n: usize) -> f64 {
    if n < 2 { 0.0 } else { i as f64 / (n - 1) as f64 }
}

/// The strip or the swatches that explain the overlays.
pub(super) fn legend(map: &MapPicture, width: f64, height: f64) -> String {
    let y = height + 10.0;
    let mut out = String::new();
    if map.regions.is_some() {
        let mut x = 0.0;
        for (kind, name) in [(1, "boundary"), (2, "junction")] {
            let [r, g, b] = REGION_COLOURS[kind];
            let _ = writeln!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"11\" height=\"11\" fill=\"#{r:02x}{g:02x}{b:02x}\"/>",
                coordinate(x),
                coordinate(y)
            );
            out += &svg::text(x + 16.0, y + 9.5, "", name);
            x += 30.0 + svg::text_width(name, 11.0);
        }
    } else if !map.picks.is_empty() {
        let label = "measurement";
        let start = svg::text_width(label, 11.0) + 22.0;
        let end = (width - 30.0).max(start + 40.0);
        out += &svg::text(0.0, y + 9.0, "", label);
        out += &svg::text(start - 6.0, y + 9.0, "end", "1");
        if let Some(uri) = gradient(ColourMap::Ice, false) {
            out += &image(&uri, ColourMap::Ice, (start, y), (end - start, 10.0));
        }
        let _ = writeln!(
            out,
            "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"10\"/>",
            coordinate(start),
            coordinate(y),
            coordinate(end - start)
        );
        out += &svg::text(end + 6.0, y + 9.0, "", &map.picks.len().to_string());
    }
    out
}

/// Path data along the pixel edges where a mask changes between zero and non-zero; straight runs are one stroke.
fn outline_path(mask: &Array2<u8>, cell: (f64, f64)) -> String {
    let (rows, cols) = mask.dim();
    let inside = |r: usize, c: usize| mask[[r, c]] != 0;
    let mut data = String::new();
    for r in 1..rows {
        runs(
            cols,
            |c| inside(r - 1, c) != inside(r, c),
            |start, end| {
                let (x, y) = (coordinate(start as f64 * cell.0), coordinate(r as f64 * cell.1));
                let _ = write!(data, "M{x} {y}H{}", coordinate(end as f64 * cell.0));
            },
        );
    }
    for c in 1..cols {
        runs(
            rows,
            |r| inside(r, c - 1) != inside(r, c),
            |start, end| {
                let (x, y) = (coordinate(c as f64 * cell.0), coordinate(start as f64 * cell.1));
                let _ = write!(data, "M{x} {y}V{}", coordinate(end as f64 * cell.1));
            },
        );
    }
    data
}

/// Calls `found` with every longest run `start..end` below `n` where `holds` is true.
fn runs(n: usize, holds: impl Fn(usize) -> bool, mut found: impl FnMut(usize, usize)) {
    let mut start = None;
    for i in 0..=n {
        match (start, i < n && holds(i)) {
            (None, true) => start = Some(i),
            (Some(s), false) => {
                found(s, i);
                start = None;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use tiptwin_instrument::{Meters, Pixel};

    fn map() -> MapPicture {
        let pixel = (Meters(1e-8), Meters(1e-8));
        MapPicture::new("m", Array2::from_shape_fn((20, 20), |(r, _)| r as f64), "m", pixel)
    }

    #[test]
    fn an_outline_follows_the_edges_of_its_mask() {
        let mask = array![[0, 0, 0], [0, 1, 1], [0, 0, 0]];
        assert_eq!(outline_path(&mask, (10.0, 10.0)), "M10 10H30M10 20H30M10 10V20");
        assert_eq!(outline_path(&Array2::zeros((4, 4)), (1.0, 1.0)), "");
    }

    #[test]
    fn picks_run_through_the_colours_in_their_order() {
        let mut map = map();
        map.picks = (0..5).map(|i| Pixel { row: i, col: i }).collect();
        let svg = map.svg();
        assert_eq!(svg.matches("class=\"pick\"").count(), 5);
        let hex = |t| {
            let [r, g, b] = ColourMap::Ice.at(t);
            format!("#{r:02x}{g:02x}{b:02x}")
        };
        let (first, last) = (svg.find(&hex(0.0)).expect("first"), svg.find(&hex(1.0)).expect("last"));
        assert!(first < last);
        assert!(svg.contains(">5</text>"), "the strip ends at the number of picks");
    }

    #[test]
    fn one_pick_and_masks_of_another_shape_do_no_harm() {
        let mut map = map();
        map.picks = vec![Pixel { row: 0, col: 0 }];
        map.outline = Some(Array2::ones((3, 3)));
        map.lines = vec![vec![(0.0, 0.0), (f64::NAN, 1e-8), (1e-7, 1e-7)]];
        let svg = svg::without_rasters(&map.svg());
        assert!(!svg.contains("NaN"));
        assert_eq!(svg.matches("class=\"pick\"").count(), 1);
    }
}

//! The table `[explore]`: strategy, window, number of steps, and what they say about each other.

use super::points;
use super::reader::Reader;
use super::scenario::{ACQUISITIONS, Explore, STRATEGIES, Scan};
use std::path::Path;
use tiptwin_core::session::First;
use tiptwin_instrument::{Meters, Pixel};

pub(super) fn read_explore(r: &Reader<'_>, scan: Option<Scan>, folder: &Path) -> Explore {
    let first = if r.is_table("first") {
        let pixel = r.table("first", |r| {
            let row = r.require("row", r.count("row", 0..=65_535), "a row number");
            let col = r.require("col", r.count("col", 0..=65_535), "a column number");
            Some(Pixel { row: row? as usize, col: col? as usize })
        });
        pixel.flatten().map_or(First::Random, First::At)
    } else {
        let _ = r.choice("first", &["random"]);
        First::Random
    };
    let strategy = r.choice("strategy", &STRATEGIES).unwrap_or_else(|| "tiptwin".into());
    let points = read_points(r, &strategy, scan, folder);
    let steps = r.count("steps", 1..=100_000).map(|n| n as usize);
    let first = points.first().copied().map_or(first, First::At);
    let explore = Explore {
        strategy,
        acquisition: r.choice("acquisition", &ACQUISITIONS).unwrap_or_else(|| "max-variance".into()),
        window_px: r.count("window_px", 1..=512).unwrap_or(16) as usize,
        steps: steps.unwrap_or(if points.is_empty() { 200 } else { points.len() }),
        first,
        points,
        seed: r.count("seed", 0..=i64::MAX as u64),
        compare_random: r.boolean("compare_random").unwrap_or(true),
    };
    if let Some(scan) = scan {
        check_extent(r, scan, &explore);
    }
    explore
}

/// The chosen points of strategy `points`; empty for every other strategy.
fn read_points(r: &Reader<'_>, strategy: &str, scan: Option<Scan>, folder: &Path) -> Vec<Pixel> {
    let file = r.text("points");
    if strategy != "points" {
        if file.is_some() {
            r.complain("points", "is only used by the strategy \"points\"", "strategy = \"points\"".to_owned());
        }
        return Vec::new();
    }
    if r.has("first") {
        r.complain("first", "has no effect on chosen points: their first row is measured first", None);
    }
    let Some(file) = r.require("points", file, "the name of a .csv file with columns row,col or x_nm,y_nm") else {
        return Vec::new();
    };
    let pixel = scan.map(|scan| Meters(scan.size.0 / scan.pixels as f64));
    match points::read(&folder.join(file), pixel) {
        Ok(points) => points,
        Err(error) => {
            r.complain("points", &error.to_string(), "a .csv file with columns row,col or x_nm,y_nm".to_owned());
            Vec::new()
        }
    }
}

/// What window, scan and number of steps say about each other. The session checks again against the image itself,
/// which for a replay is known only once the file is open.
fn check_extent(r: &Reader<'_>, scan: Scan, explore: &Explore) {
    let window = explore.window_px;
    if window > scan.pixels {
        let message = format!("is larger than the image of {0} × {0} pixels", scan.pixels);
        r.complain("window_px", &message, format!("1 to {}", scan.pixels));
        return;
    }
    let side = scan.pixels - window + 1;
    if explore.steps > side * side {
        let message = format!("is more than the {} locations that have a complete window", side * side);
        r.complain("steps", &message, format!("1 to {}", side * side));
    }
    if let First::At(at) = explore.first {
        let (low, high) = (window / 2, window / 2 + side - 1);
        if at.row < low || at.row > high || at.col < low || at.col > high {
            let message = format!("(row {}, column {}) has no complete window around it", at.row, at.col);
            r.complain("first", &message, format!("rows and columns {low} to {high}"));
        }
    }
}

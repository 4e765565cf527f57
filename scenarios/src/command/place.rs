//! Films and places on them, as words of the command line.

use super::error::CommandError;
use tiptwin_drivers::Twin;
use tiptwin_instrument::{Meters, Pixel, Position, ScanGrid};
use tiptwin_sim::{Preset, Region};

/// A preset by name, or an error that lists them.
pub(super) fn preset(name: &str) -> Result<Preset, CommandError> {
    Preset::by_name(name).ok_or_else(|| {
        let names: Vec<&str> = Preset::ALL.iter().map(|p| p.name()).collect();
        CommandError::usage(format!("unknown preset \"{name}\"; accepted: {}", names.join(", ")))
    })
}

/// `grain`, `gb`, `junction` (the most typical place of the first 3 µm, free of inclusions and pinholes) or `X_NM,Y_NM`.
pub(super) fn place(text: &str, twin: &Twin) -> Result<Position, CommandError> {
    let region = match text {
        "grain" => Region::Grain,
        "gb" => Region::Boundary,
        "junction" => Region::Junction,
        _ => {
            let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
            return match numbers.as_deref() {
                Some(&[x_nm, y_nm]) if x_nm.is_finite() && y_nm.is_finite() => {
                    Ok(Position::new(x_nm * 1e-9, y_nm * 1e-9))
                }
                _ => Err(CommandError::usage(format!(
                    "--at {text} is not a place; accepted: grain, gb, junction, or X_NM,Y_NM such as 1200,450"
                ))),
            };
        }
    };
    let grid = ScanGrid::square(Meters(3e-6), 200);
    let film = twin.film();
    let places = (0..grid.len()).map(|i| grid.position(Pixel { row: i / grid.cols, col: i % grid.cols }));
    // Grain: farthest from every boundary. Boundary: on the line, far from junctions. Junction: on the point.
    let typical = |p: &Position| {
        let n = film.nearest(*p);
        match region {
            Region::Grain => n.d_gb_m,
            Region::Boundary => n.d_junction_m.min(100e-9) - 10.0 * n.d_gb_m,
            Region::Junction => -n.d_junction_m,
        }
    };
    places
        .filter(|p| film.region(*p) == region && film.defect(*p).is_none())
        .max_by(|a, b| typical(a).total_cmp(&typical(b)))
        .ok_or_else(|| CommandError::usage(format!("this film has no {text} in its first 3 µm; try another --seed")))
}

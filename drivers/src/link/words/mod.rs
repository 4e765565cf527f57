//! From the language of every room to messages and back. Everything that arrives is checked before anything is made of it.

mod action;
mod answer;
mod description;

pub(super) use action::{read_action, write_action};
pub(super) use answer::{read_error, read_observation, write_error, write_observation};
pub(super) use description::{read_description, write_description};

use super::wire::instrument as wire;
use tiptwin_instrument::{Meters, Position, ScanGrid};

/// Pixels of the largest image.
pub(super) const PIXELS_MAX: u64 = 4096 * 4096;

/// Samples of the longest curve.
pub(super) const SAMPLES_MAX: usize = 1_000_001;

/// A field that must be there, such as `at.x_m`.
fn need<T>(value: Option<T>, field: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("{field} is missing"))
}

fn count(value: u64, field: &str) -> Result<usize, String> {
    match usize::try_from(value) {
        Ok(n) if value <= PIXELS_MAX => Ok(n),
        _ => Err(format!("{field} is {value}; accepted: at most {PIXELS_MAX}")),
    }
}

fn read_position(at: Option<&wire::Position>, field: &str) -> Result<Position, String> {
    let at = need(at, field)?;
    Ok(Position::new(need(at.x_m, &format!("{field}.x_m"))?, need(at.y_m, &format!("{field}.y_m"))?))
}

const fn write_position(at: Position) -> wire::Position {
    wire::Position { x_m: Some(at.x.0), y_m: Some(at.y.0) }
}

fn read_grid(grid: Option<&wire::ScanGrid>, field: &str) -> Result<ScanGrid, String> {
    let grid = need(grid, field)?;
    let (rows, cols) = (count(grid.rows, &format!("{field}.rows"))?, count(grid.cols, &format!("{field}.cols"))?);
    if grid.rows.saturating_mul(grid.cols) > PIXELS_MAX {
        return Err(format!("{field} has {rows} × {cols} pixels; accepted: at most {PIXELS_MAX} in all"));
    }
    Ok(ScanGrid {
        origin: read_position(grid.origin.as_ref(), &format!("{field}.origin"))?,
        width: Meters(need(grid.width_m, &format!("{field}.width_m"))?),
        height: Meters(need(grid.height_m, &format!("{field}.height_m"))?),
        rows,
        cols,
    })
}

const fn write_grid(grid: &ScanGrid) -> wire::ScanGrid {
    wire::ScanGrid {
        origin: Some(write_position(grid.origin)),
        width_m: Some(grid.width.0),
        height_m: Some(grid.height.0),
        rows: grid.rows as u64,
        cols: grid.cols as u64,
    }
}

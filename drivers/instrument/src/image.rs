//! An image as a microscope hands it over.

use crate::geometry::ScanGrid;
use ndarray::Array2;

/// One channel of a scan. `values[[row, col]]` belongs to [`ScanGrid::position`] of that pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// What was imaged, such as `height`.
    pub channel: String,
    /// SI unit of the values, such as `m`; empty for arbitrary units.
    pub unit: String,
    /// Where the pixels lie.
    pub grid: ScanGrid,
    /// Values in `unit`, shape `(grid.rows, grid.cols)`.
    pub values: Array2<f64>,
}

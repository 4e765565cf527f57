//! Where things are: positions on the sample and the pixel grid of a scan.

use crate::units::Meters;
use serde::{Deserialize, Serialize};

/// A point on the sample, in metres from the lower-left corner of the microscope's range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Along the fast scan axis (image columns).
    #[serde(rename = "x_m")]
    pub x: Meters,
    /// Along the slow scan axis (image rows).
    #[serde(rename = "y_m")]
    pub y: Meters,
}

impl Position {
    /// A position from two lengths in metres.
    pub const fn new(x_m: f64, y_m: f64) -> Self {
        Self { x: Meters(x_m), y: Meters(y_m) }
    }
}

/// A pixel of an image; row 0 is the first scan line, column 0 its first sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pixel {
    /// Index along the slow axis.
    pub row: usize,
    /// Index along the fast axis.
    pub col: usize,
}

/// A rectangle of the sample divided into pixels. A pixel stands for the point at its centre.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanGrid {
    /// The corner of pixel (0, 0) that is farthest from the middle of the rectangle.
    pub origin: Position,
    /// Extent along the fast axis.
    #[serde(rename = "width_m")]
    pub width: Meters,
    /// Extent along the slow axis.
    #[serde(rename = "height_m")]
    pub height: Meters,
    /// Number of scan lines, at least 1.
    pub rows: usize,
    /// Number of samples in a line, at least 1.
    pub cols: usize,
}

impl ScanGrid {
    /// A square scan with its corner at the origin.
    pub const fn square(size: Meters, pixels: usize) -> Self {
        Self { origin: Position::new(0.0, 0.0), width: size, height: size, rows: pixels, cols: pixels }
    }

    /// Distance between neighbouring pixels of a line.
    pub fn pixel_width(&self) -> Meters {
        Meters(self.width.0 / self.cols as f64)
    }

    /// Distance between neighbouring lines.
    pub fn pixel_height(&self) -> Meters {
        Meters(self.height.0 / self.rows as f64)
    }

    /// Number of pixels.
    pub const fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether the grid has no pixels at all.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0 || self.cols == 0
    }

    /// The centre of a pixel.
    pub fn position(&self, pixel: Pixel) -> Position {
        Position::new(
            self.origin.x.0 + (pixel.col as f64 + 0.5) * self.pixel_width().0,
            self.origin.y.0 + (pixel.row as f64 + 0.5) * self.pixel_height().0,
        )
    }

    /// The pixel whose area holds a position, or `None` outside the scan.
    pub fn pixel_at(&self, position: Position) -> Option<Pixel> {
        let col = ((position.x.0 - self.origin.x.0) / self.pixel_width().0).floor();
        let row = ((position.y.0 - self.origin.y.0) / self.pixel_height().0).floor();
        let inside = col >= 0.0 && row >= 0.0 && col < self.cols as f64 && row < self.rows as f64;
        inside.then_some(Pixel { row: row as usize, col: col as usize })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixel_centres_map_back_to_their_pixel() {
        let grid = ScanGrid {
            origin: Position::new(1e-7, -2e-7),
            width: Meters(3e-6),
            height: Meters(1e-6),
            rows: 17,
            cols: 40,
        };
        for row in 0..grid.rows {
            for col in 0..grid.cols {
                let pixel = Pixel { row, col };
                assert_eq!(grid.pixel_at(grid.position(pixel)), Some(pixel));
            }
        }
        assert_eq!(grid.pixel_at(Position::new(0.0, 0.0)), None);
    }
}

"""Places on the sample."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Position:
    """A point on the sample, in metres from the lower left corner of the microscope's range."""

    x_m: float
    y_m: float


@dataclass(frozen=True)
class Pixel:
    """A pixel of an image. Row 0 is the first scan line, column 0 its first sample."""

    row: int
    col: int


@dataclass(frozen=True)
class ScanGrid:
    """A rectangle of the sample divided into pixels. A pixel stands for the point at its centre.

    `origin` is the corner of pixel (0, 0) that is farthest from the middle. `width_m` is the extent along the fast axis (columns),
    `height_m` along the slow one (rows).
    """

    origin: Position
    width_m: float
    height_m: float
    rows: int
    cols: int

    @classmethod
    def square(cls, size_m: float, pixels: int) -> ScanGrid:
        """A square scan with its corner at the origin."""
        return cls(Position(0.0, 0.0), size_m, size_m, pixels, pixels)

    def position(self, pixel: Pixel) -> Position:
        """The centre of a pixel."""
        return Position(
            self.origin.x_m + (pixel.col + 0.5) * (self.width_m / self.cols),
            self.origin.y_m + (pixel.row + 0.5) * (self.height_m / self.rows),
        )

    def pixel_at(self, position: Position) -> Pixel | None:
        """The pixel whose area holds a position, or None outside the scan."""
        col = math.floor((position.x_m - self.origin.x_m) / (self.width_m / self.cols))
        row = math.floor((position.y_m - self.origin.y_m) / (self.height_m / self.rows))
        return Pixel(row, col) if 0 <= row < self.rows and 0 <= col < self.cols else None

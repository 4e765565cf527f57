//! Where a strategy may measure: every pixel of the structure image with a complete window around it.
//!
//! Convention of AtomAI's `utils/img.py` and of the published script: coordinates are (row, column); an odd
//! window of edge w covers `c - w/2 ..= c + w/2`, an even one `c - w/2 ..= c + w/2 - 1`, so the named pixel has index
//! w/2 in its window. An H×W image has (H-w+1)×(W-w+1) candidates, numbered row-major.

use ndarray::{Array2, ArrayView2, s};
use tiptwin_instrument::{Meters, Pixel};

/// The structure image, further images of the same places, and the windows on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    structure: Array2<f64>,
    /// Further images of the same shape that a learner may look at.
    further: Vec<Array2<f64>>,
    window: usize,
    pixel_width: Meters,
    pixel_height: Meters,
}

/// Why an image has no candidates.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CandidatesError {
    /// The window does not fit into the image.
    #[error("a window of {window} pixels does not fit into an image of {rows} × {cols}; accepted: 1 to {max}", max = rows.min(cols))]
    Window {
        /// Window edge asked for.
        window: usize,
        /// Image rows.
        rows: usize,
        /// Image columns.
        cols: usize,
    },
    /// A further image has another shape than the structure image.
    #[error("a further image has {found:?} pixels (rows, columns), but the structure image has {expected:?}")]
    Shape {
        /// Rows and columns of the structure image.
        expected: (usize, usize),
        /// Rows and columns of the other.
        found: (usize, usize),
    },
    /// The image holds a value that is not a number.
    #[error("the structure image is {value} at row {row}, column {col}; every pixel must be finite")]
    NotFinite {
        /// Row of the first such pixel.
        row: usize,
        /// Its column.
        col: usize,
        /// Its value.
        value: f64,
    },
}

impl Candidates {
    /// Candidates of an image for a window edge in pixels.
    pub fn new(
        structure: Array2<f64>,
        window: usize,
        pixel_width: Meters,
        pixel_height: Meters,
    ) -> Result<Self, CandidatesError> {
        let (rows, cols) = structure.dim();
        if window == 0 || window > rows.min(cols) {
            return Err(CandidatesError::Window { window, rows, cols });
        }
        check_finite(&structure)?;
        Ok(Self { structure, further: Vec::new(), window, pixel_width, pixel_height })
    }

    /// Adds a further image of the same pixels, such as the phase.
    pub fn add(&mut self, image: Array2<f64>) -> Result<(), CandidatesError> {
        if image.dim() != self.structure.dim() {
            return Err(CandidatesError::Shape { expected: self.structure.dim(), found: image.dim() });
        }
        check_finite(&image)?;
        self.further.push(image);
        Ok(())
    }

    /// All images that a learner may look at, the structure image first.
    pub fn images(&self) -> impl Iterator<Item = &Array2<f64>> {
        std::iter::once(&self.structure).chain(&self.further)
    }

    /// Number of candidates.
    pub fn len(&self) -> usize {
        self.rows() * self.cols()
    }

    /// Never true: a window that fits leaves at least one candidate.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of the map of candidates, H-w+1.
    pub fn rows(&self) -> usize {
        self.structure.nrows() - self.window + 1
    }

    /// Columns of the map of candidates, W-w+1.
    pub fn cols(&self) -> usize {
        self.structure.ncols() - self.window + 1
    }

    /// Window edge in pixels.
    pub const fn window(&self) -> usize {
        self.window
    }

    /// The structure image, in the unit of its channel.
    pub const fn structure(&self) -> &Array2<f64> {
        &self.structure
    }

    /// Pixel size along columns (fast axis) and along rows (slow axis).
    pub const fn pixel_size(&self) -> (Meters, Meters) {
        (self.pixel_width, self.pixel_height)
    }

    /// The pixel of a candidate.
    pub fn pixel(&self, index: usize) -> Pixel {
        let half = self.window / 2;
        Pixel { row: index / self.cols() + half, col: index % self.cols() + half }
    }

    /// The candidate at a pixel, or `None` where the window would leave the image.
    pub fn index(&self, pixel: Pixel) -> Option<usize> {
        let half = self.window / 2;
        let (row, col) = (pixel.row.checked_sub(half)?, pixel.col.checked_sub(half)?);
        (row < self.rows() && col < self.cols()).then(|| row * self.cols() + col)
    }

    /// The window of a candidate, shape (w, w).
    pub fn patch(&self, index: usize) -> ArrayView2<'_, f64> {
        let (row, col) = (index / self.cols(), index % self.cols());
        self.structure.slice(s![row..row + self.window, col..col + self.window])
    }
}

fn check_finite(image: &Array2<f64>) -> Result<(), CandidatesError> {
    match image.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((row, col), &value)) => Err(CandidatesError::NotFinite { row, col, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(rows: usize, cols: usize, window: usize) -> Candidates {
        let image = Array2::from_shape_fn((rows, cols), |(r, c)| (r * cols + c) as f64);
        Candidates::new(image, window, Meters(1.0), Meters(1.0)).expect("fits")
    }

    #[test]
    fn count_and_named_pixel_follow_the_published_convention() {
        let even = candidates(50, 50, 16);
        assert_eq!((even.rows(), even.cols()), (35, 35));
        let odd = candidates(9, 12, 5);
        for c in [&even, &odd] {
            for i in 0..c.len() {
                let pixel = c.pixel(i);
                assert_eq!(c.index(pixel), Some(i));
                let half = c.window() / 2;
                assert_eq!(c.patch(i)[[half, half]], c.structure()[[pixel.row, pixel.col]]);
            }
        }
        assert_eq!(even.index(Pixel { row: 7, col: 8 }), None);
        assert_eq!(even.index(Pixel { row: 8, col: 43 }), None);
    }

    #[test]
    fn windows_that_do_not_fit_and_holes_are_refused() {
        let image = Array2::zeros((4, 6));
        let error = Candidates::new(image.clone(), 5, Meters(1.0), Meters(1.0)).expect_err("too large");
        assert!(error.to_string().contains("accepted: 1 to 4"), "{error}");
        let mut holed = image;
        holed[[2, 3]] = f64::NAN;
        let error = Candidates::new(holed, 2, Meters(1.0), Meters(1.0)).expect_err("hole");
        assert!(error.to_string().contains("row 2, column 3"), "{error}");
    }
}

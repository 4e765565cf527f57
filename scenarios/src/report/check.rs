//! Whether the parts of a report belong to each other.

use crate::report::input::ReportInput;
use ndarray::Array2;

/// Why a page cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// An array has another shape than the image it belongs to.
    #[error(
        "the {what} is {rows} × {cols} pixels; accepted: {expected_rows} × {expected_cols}, as the structure image"
    )]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        cols: usize,
        /// Rows that fit.
        expected_rows: usize,
        /// Columns that fit.
        expected_cols: usize,
    },
    /// The prediction reaches beyond the structure image.
    #[error(
        "the {what} of {rows} × {cols} pixels at row {row}, column {col} reaches beyond the structure image of \
         {image_rows} × {image_cols}; accepted: maps that lie inside it, mean and deviation of one shape"
    )]
    Prediction {
        /// Which map.
        what: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        cols: usize,
        /// Offset in rows.
        row: usize,
        /// Offset in columns.
        col: usize,
        /// Rows of the image.
        image_rows: usize,
        /// Columns of the image.
        image_cols: usize,
    },
    /// A pick lies outside the structure image.
    #[error("pick {index} at row {row}, column {col} lies outside the structure image of {rows} × {cols} pixels")]
    Pick {
        /// Its number.
        index: usize,
        /// Its row.
        row: usize,
        /// Its column.
        col: usize,
        /// Rows of the image.
        rows: usize,
        /// Columns of the image.
        cols: usize,
    },
    /// There is nothing to show.
    #[error("no run was given; accepted: one run folder or several")]
    NoRuns,
    /// A curve has not as many currents as biases.
    #[error("the {light} curve of {label:?} has {currents} currents for {biases} biases; accepted: as many")]
    Curve {
        /// Name of the example.
        label: String,
        /// `dark` or `light`.
        light: &'static str,
        /// Number of currents.
        currents: usize,
        /// Number of biases.
        biases: usize,
    },
}

/// Checks the shapes of one array against an image.
pub(super) fn shape<T>(
    what: &'static str,
    array: &Array2<T>,
    (expected_rows, expected_cols): (usize, usize),
) -> Result<(), ReportError> {
    let (rows, cols) = array.dim();
    if (rows, cols) == (expected_rows, expected_cols) {
        Ok(())
    } else {
        Err(ReportError::Shape { what, rows, cols, expected_rows, expected_cols })
    }
}

/// Checks a curve.
pub(super) fn curve(
    label: &str,
    light: &'static str,
    current_a: Option<&[f64]>,
    bias_v: &[f64],
) -> Result<(), ReportError> {
    match current_a {
        Some(current_a) if current_a.len() != bias_v.len() => {
            Err(ReportError::Curve { label: label.into(), light, currents: current_a.len(), biases: bias_v.len() })
        }
        _ => Ok(()),
    }
}

/// Checks everything that belongs to the structure image.
pub(super) fn run(input: &ReportInput) -> Result<(), ReportError> {
    let (image_rows, image_cols) = input.structure.values.dim();
    if let Some(truth) = &input.truth {
        shape("truth map", truth, (image_rows, image_cols))?;
    }
    if let Some(regions) = &input.regions {
        shape("region map", regions, (image_rows, image_cols))?;
    }
    for image in &input.further {
        shape("further image", &image.values, (image_rows, image_cols))?;
    }
    for truth in input.further_targets.iter().filter_map(|t| t.truth.as_ref()) {
        shape("truth map of a further target", truth, (image_rows, image_cols))?;
    }
    for p in input.prediction.iter().chain(input.further_targets.iter().filter_map(|t| t.prediction.as_ref())) {
        for (what, map) in [("predicted mean", &p.mean), ("predicted deviation", &p.sigma)] {
            let (rows, cols) = map.dim();
            let beyond = p.row.saturating_add(rows) > image_rows || p.col.saturating_add(cols) > image_cols;
            if beyond || map.dim() != p.mean.dim() {
                return Err(ReportError::Prediction {
                    what,
                    rows,
                    cols,
                    row: p.row,
                    col: p.col,
                    image_rows,
                    image_cols,
                });
            }
        }
    }
    for pick in &input.picks {
        if pick.pixel.row >= image_rows || pick.pixel.col >= image_cols {
            let (row, col) = (pick.pixel.row, pick.pixel.col);
            return Err(ReportError::Pick { index: pick.index, row, col, rows: image_rows, cols: image_cols });
        }
    }
    for example in &input.iv_examples {
        curve(&example.label, "dark", example.dark.as_deref(), &example.bias_v)?;
        curve(&example.label, "light", example.light.as_deref(), &example.bias_v)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_data;
    use ndarray::Array2;
    use tiptwin_instrument::Pixel;

    #[test]
    fn parts_that_do_not_fit_are_named() {
        let whole = test_data::full(24, 40);
        assert_eq!(run(&whole), Ok(()));

        let mut bad = whole.clone();
        bad.truth = Some(Array2::zeros((40, 24)));
        let message = run(&bad).expect_err("turned").to_string();
        assert_eq!(message, "the truth map is 40 × 24 pixels; accepted: 24 × 40, as the structure image");

        let mut bad = whole.clone();
        bad.prediction.as_mut().expect("has one").row += 20;
        assert!(matches!(run(&bad), Err(ReportError::Prediction { what: "predicted mean", .. })));

        let mut bad = whole.clone();
        bad.picks[3].pixel = Pixel { row: 24, col: 0 };
        assert!(matches!(run(&bad), Err(ReportError::Pick { row: 24, rows: 24, .. })));

        let mut bad = whole;
        bad.iv_examples[0].light = Some(vec![0.0]);
        assert!(matches!(run(&bad), Err(ReportError::Curve { light: "light", currents: 1, .. })));
    }
}

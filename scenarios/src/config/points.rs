//! Points chosen by hand, from a CSV file.
//!
//! The first line names the columns: `row,col` (pixels of the scan) or `x_nm,y_nm` (from the corner of the scan). Further
//! columns are ignored, so a list of picks of an earlier run can be edited and used.

use std::path::Path;
use tiptwin_instrument::{Meters, Pixel};

/// Why a file is not a list of points.
#[derive(Debug, thiserror::Error)]
pub(super) enum PointsError {
    #[error("cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error("has the columns {0:?}")]
    Columns(Vec<String>),
    #[error("is in nanometres, but the pixel size is known only once the recording is open; use row,col")]
    NoPixelSize,
    #[error("line {line}, column {column}: \"{value}\" is not {expected}")]
    Value { line: u64, column: String, value: String, expected: &'static str },
    #[error("lists the point at row {}, column {} twice (line {line}); a location is measured once", at.row, at.col)]
    Twice { line: u64, at: Pixel },
    #[error("holds no points")]
    Empty,
}

/// Reads the points; `pixel` is the edge of a pixel, where it is known.
pub(super) fn read(path: &Path, pixel: Option<Meters>) -> Result<Vec<Pixel>, PointsError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_path(path)?;
    let names: Vec<String> = reader.headers()?.iter().map(str::to_lowercase).collect();
    let column = |name: &str| names.iter().position(|n| n == name);
    let (columns, unit_m) = match (column("row"), column("col"), column("y_nm"), column("x_nm")) {
        (Some(row), Some(col), ..) => ([row, col], None),
        (_, _, Some(y), Some(x)) => ([y, x], Some(pixel.ok_or(PointsError::NoPixelSize)?.0)),
        _ => return Err(PointsError::Columns(names)),
    };
    let mut points: Vec<Pixel> = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let index = |k: usize| -> Result<usize, PointsError> {
            let text = record.get(columns[k]).unwrap_or_default();
            let wrong = |expected| PointsError::Value {
                line,
                column: names[columns[k]].clone(),
                value: text.to_owned(),
                expected,
            };
            match unit_m {
                None => text.parse().map_err(|_| wrong("a whole number of pixels")),
                Some(pixel_m) => match text.parse::<f64>() {
                    Ok(nm) if nm.is_finite() && nm >= 0.0 => Ok((nm * 1e-9 / pixel_m) as usize),
                    _ => Err(wrong("a number of nanometres, 0 or more")),
                },
            }
        };
        let at = Pixel { row: index(0)?, col: index(1)? };
        if points.contains(&at) {
            return Err(PointsError::Twice { line, at });
        }
        points.push(at);
    }
    if points.is_empty() { Err(PointsError::Empty) } else { Ok(points) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str, pixel: Option<Meters>) -> Result<Vec<Pixel>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("points.csv");
        std::fs::write(&path, text).expect("writes");
        read(&path, pixel).map_err(|e| e.to_string())
    }

    #[test]
    fn pixels_and_nanometres_are_read() {
        let expected = Ok(vec![Pixel { row: 3, col: 7 }, Pixel { row: 10, col: 0 }]);
        assert_eq!(points("row,col,why\n3, 7,a boundary\n# later\n10,0,corner\n", None), expected);
        assert_eq!(points("x_nm,y_nm\n155,75\n5,219.9\n", Some(Meters(20e-9))), expected);
    }

    #[test]
    fn what_is_no_point_is_said_with_its_line() {
        let pixel = Some(Meters(1e-9));
        for (text, part) in [
            ("a,b\n1,2\n", "has the columns"),
            ("row,col\n1,x\n", "line 2, column col: \"x\" is not a whole number"),
            ("x_nm,y_nm\n1,-2\n", "is not a number of nanometres"),
            ("row,col\n1,2\n1,2\n", "twice (line 3)"),
            ("row,col\n", "no points"),
            ("row,col\n1\n", "cannot be read"),
        ] {
            let error = points(text, pixel).expect_err(text);
            assert!(error.contains(part), "{error}");
        }
        assert!(points("x_nm,y_nm\n1,2\n", None).expect_err("no size").contains("row,col"));
    }
}

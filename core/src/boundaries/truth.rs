//! Line, band and junctions of a map of grain ids.

use ndarray::Array2;

/// Every pixel whose right or lower neighbour belongs to another grain.
pub fn line(grains: &Array2<u32>) -> Array2<bool> {
    let (rows, cols) = grains.dim();
    Array2::from_shape_fn((rows, cols), |(r, c)| {
        let here = grains[[r, c]];
        (c + 1 < cols && grains[[r, c + 1]] != here) || (r + 1 < rows && grains[[r + 1, c]] != here)
    })
}

/// Every pixel that is on the line or beside it along its row or column.
pub fn band(line: &Array2<bool>) -> Array2<bool> {
    let (rows, cols) = line.dim();
    Array2::from_shape_fn((rows, cols), |(r, c)| {
        line[[r, c]]
            || (r > 0 && line[[r - 1, c]])
            || (c > 0 && line[[r, c - 1]])
            || (r + 1 < rows && line[[r + 1, c]])
            || (c + 1 < cols && line[[r, c + 1]])
    })
}

/// Places where three grains or more meet within 2 × 2 pixels: (row, column) of the corner between them, in pixels. Corners beside each other
/// are one junction, at their mean.
pub fn junctions(grains: &Array2<u32>) -> Vec<(f64, f64)> {
    let (rows, cols) = grains.dim();
    let meets = Array2::from_shape_fn((rows.saturating_sub(1), cols.saturating_sub(1)), |(r, c)| {
        let mut ids = [grains[[r, c]], grains[[r, c + 1]], grains[[r + 1, c]], grains[[r + 1, c + 1]]];
        ids.sort_unstable();
        ids.windows(2).filter(|w| w[0] != w[1]).count() >= 2
    });
    super::thin::components(&meets)
        .into_iter()
        .map(|pixels| {
            let n = pixels.len() as f64;
            let (r, c) = pixels.iter().fold((0.0, 0.0), |(r, c), p| (r + p.0 as f64, c + p.1 as f64));
            (r / n + 0.5, c / n + 0.5)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_grains_have_two_lines_and_one_junction() {
        // Left half one grain, right half two.
        let grains = Array2::from_shape_fn((10, 10), |(r, c)| if c < 5 { 0 } else { 1 + u32::from(r >= 4) });
        let line = line(&grains);
        for ((r, c), on) in line.indexed_iter() {
            assert_eq!(*on, c == 4 || (c > 4 && r == 3), "{r} {c}");
        }
        assert_eq!(band(&line).iter().filter(|b| **b).count(), 3 * 10 + 3 * 4);
        assert_eq!(junctions(&grains), [(3.5, 4.5)]);
    }
}

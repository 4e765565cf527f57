//! A regular grid of candidates, visited line by line, back and forth: what one does without a learner.

use crate::Candidates;

/// About `points` candidates on a regular grid, in serpentine order, each at most once.
///
/// The grid has at least `points` nodes (as long as there are that many candidates), with spacing as equal
/// along both axes as whole numbers allow.
pub(super) fn serpentine(candidates: &Candidates, points: usize) -> Vec<usize> {
    let (rows, cols) = (candidates.rows(), candidates.cols());
    let points = points.clamp(1, candidates.len());
    let ideal = (points as f64 * rows as f64 / cols as f64).sqrt();
    let mut grid_rows = (ideal.round() as usize).clamp(1, rows);
    // A narrow image may not have enough columns for the rest; then more rows are needed.
    grid_rows = grid_rows.max(points.div_ceil(cols));
    let grid_cols = points.div_ceil(grid_rows).min(cols);
    let node = |k: usize, nodes: usize, extent: usize| ((k as f64 + 0.5) * extent as f64 / nodes as f64) as usize;
    let mut path = Vec::with_capacity(grid_rows * grid_cols);
    for r in 0..grid_rows {
        for c in 0..grid_cols {
            let c = if r % 2 == 0 { c } else { grid_cols - 1 - c };
            path.push(node(r, grid_rows, rows) * cols + node(c, grid_cols, cols));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;
    use tiptwin_instrument::Meters;

    proptest! {
        #[test]
        fn prop_enough_distinct_nodes(rows in 1usize..40, cols in 1usize..40, points in 1usize..400) {
            let c = Candidates::new(Array2::zeros((rows, cols)), 1, Meters(1.0), Meters(1.0)).expect("fits");
            let path = serpentine(&c, points);
            let mut sorted = path.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), path.len());
            prop_assert!(path.len() >= points.min(c.len()));
            prop_assert!(sorted.iter().all(|&i| i < c.len()));
        }
    }
}

//! Scars: short stretches of one to four lines that stand out from the lines above and below, filled in from these.
//!
//! A tip that loses the surface for a moment leaves a stretch along the fast axis that no sample has. A pixel belongs to a scar of height k if
//! all k values of its column there lie above (or all below) both neighbours by a share of the rms difference between lines: a small share
//! for pixels beside others, a large one somewhere along the stretch, over at least [`LENGTH`] pixels. Source: Gwyddion user guide, "Mark
//! Scars", with its defaults. Filled-in values lie on the straight line between the two neighbours.

use ndarray::Array2;

/// Most lines of a scar.
const WIDTH: usize = 4;
/// Fewest pixels of a scar.
const LENGTH: usize = 16;
/// Share of the rms difference that every pixel of a scar reaches, and that one of them must reach.
const SOFT: f64 = 0.25;
const HARD: f64 = 0.666;

/// The image with its scars filled in.
pub fn without_scars(image: &Array2<f64>) -> Array2<f64> {
    let (rows, cols) = image.dim();
    if rows < 3 || cols < LENGTH {
        return image.clone();
    }
    let squares: f64 = (1..rows)
        .flat_map(|r| (0..cols).map(move |c| (r, c)))
        .map(|(r, c)| (image[[r, c]] - image[[r - 1, c]]).powi(2))
        .sum();
    let rms = (squares / ((rows - 1) * cols) as f64).sqrt();
    if rms == 0.0 {
        return image.clone();
    }
    let mut out = image.clone();
    for width in (1..=WIDTH.min(rows - 2)).rev() {
        for first in 1..rows - width {
            for sign in [1.0, -1.0] {
                let height: Vec<f64> = (0..cols).map(|c| sign_height(image, first, width, c, sign) / rms).collect();
                for (begin, end) in stretches(&height) {
                    fill(&mut out, image, first, width, begin..end);
                }
            }
        }
    }
    out
}

/// How far the column's values stand above both neighbours (below, with a sign of −1); negative if they do not.
fn sign_height(image: &Array2<f64>, first: usize, width: usize, col: usize, sign: f64) -> f64 {
    let least = (first..first + width).map(|r| sign * image[[r, col]]).fold(f64::INFINITY, f64::min);
    let neighbours = (sign * image[[first - 1, col]]).max(sign * image[[first + width, col]]);
    least - neighbours
}

/// Stretches that reach the small share everywhere, the large one somewhere, and are long enough.
fn stretches(height: &[f64]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut begin = None;
    for c in 0..=height.len() {
        let inside = height.get(c).is_some_and(|&h| h >= SOFT);
        match (begin, inside) {
            (None, true) => begin = Some(c),
            (Some(b), false) => {
                if c - b >= LENGTH && height[b..c].iter().any(|&h| h >= HARD) {
                    found.push((b, c));
                }
                begin = None;
            }
            _ => {}
        }
    }
    found
}

fn fill(out: &mut Array2<f64>, image: &Array2<f64>, first: usize, width: usize, cols: std::ops::Range<usize>) {
    for c in cols {
        let (above, below) = (image[[first - 1, c]], image[[first + width, c]]);
        for k in 0..width {
            let share = (k + 1) as f64 / (width + 1) as f64;
            out[[first + k, c]] = above + share * (below - above);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface() -> Array2<f64> {
        Array2::from_shape_fn((50, 80), |(r, c)| (r as f64 * 0.15).sin() + (c as f64 * 0.1).cos())
    }

    #[test]
    fn scars_are_filled_in_and_the_rest_is_left() {
        let clean = surface();
        let mut scarred = clean.clone();
        for c in 20..55 {
            scarred[[17, c]] += 1.5;
            scarred[[30, c]] -= 2.0;
            scarred[[31, c]] -= 1.8;
        }
        let mended = without_scars(&scarred);
        for ((r, c), v) in mended.indexed_iter() {
            let hurt = [17, 30, 31].contains(&r) && (20..55).contains(&c);
            if hurt {
                assert!((v - clean[[r, c]]).abs() < 0.05, "row {r}, column {c}: {v}");
            } else {
                assert_eq!(*v, scarred[[r, c]], "row {r}, column {c}");
            }
        }
    }

    #[test]
    fn short_marks_and_smooth_surfaces_are_not_scars() {
        assert_eq!(without_scars(&surface()), surface());
        let mut marked = surface();
        for c in 20..20 + LENGTH - 1 {
            marked[[17, c]] += 1.5;
        }
        assert_eq!(without_scars(&marked), marked);
        assert_eq!(without_scars(&Array2::zeros((2, 2))), Array2::<f64>::zeros((2, 2)));
    }
}

//! Space filling: the place farthest from every place touched so far.
//!
//! Farthest-first traversal (Gonzalez, Theor. Comput. Sci. 38, 293 (1985)): after any number of points the largest hole is at
//! most twice what the best layout would leave, and the number of points need not be known beforehand, as it must be for a grid.

use crate::Candidates;
use crate::acquisition::cost::Places;
use rayon::prelude::*;

/// Distance of every candidate to the nearest touched one, in metres.
pub(super) fn distances(candidates: &Candidates, open: &[bool]) -> Vec<f64> {
    let places = Places::new(candidates, open);
    (0..candidates.len()).into_par_iter().map(|i| places.to_nearest_touch(i)).collect()
}

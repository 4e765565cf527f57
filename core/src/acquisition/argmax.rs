//! The place to measure next.

use rand::RngExt;
use tiptwin_instrument::StreamRng;

/// Index of the largest score among the open candidates; ties are broken at random, since the first of many
/// equal pixels would always be a corner. `None` if nothing is open or no score is a number.
pub fn argmax(scores: impl Iterator<Item = f64>, open: &[bool], rng: &mut StreamRng) -> Option<usize> {
    let (mut best, mut best_score, mut ties) = (None, f64::NEG_INFINITY, 0u64);
    for (i, score) in scores.enumerate().filter(|&(i, s)| open[i] && !s.is_nan()) {
        if score > best_score || best.is_none() {
            (best, best_score, ties) = (Some(i), score, 1);
        } else if score == best_score {
            ties += 1;
            if rng.random_range(0..ties) == 0 {
                best = Some(i);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    #[test]
    fn argmax_skips_closed_and_nan_and_spreads_ties() {
        let mut rng = MasterSeed(1).rng(Stream::Strategy, 0);
        let scores = [3.0, f64::NAN, 2.0, 2.0, 2.0];
        let open = [false, true, true, true, true];
        let mut hits = [0; 5];
        for _ in 0..3000 {
            hits[argmax(scores.into_iter(), &open, &mut rng).expect("open")] += 1;
        }
        assert_eq!((hits[0], hits[1]), (0, 0));
        assert!(hits[2..].iter().all(|&h| (850..1150).contains(&h)), "{hits:?}");
        assert_eq!(argmax(scores.into_iter(), &[false; 5], &mut rng), None);
    }
}

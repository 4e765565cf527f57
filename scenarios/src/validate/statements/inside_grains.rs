//! (g) Descriptors vary with the grain structure inside grains too.
//!
//! Locations farther than 25 nm from boundaries only. g1: inside each grain the current in the dark rises with the distance from the
//! boundary, as the rank correlation within grains, so that differences between grains do not count. g2: the grain that a location
//! lies in matters. Near locations are alike on any smooth map, so two locations in one grain are compared with two in different
//! grains that are equally far apart: the probability that the latter differ more, against chance. (Comparing with displaced copies,
//! as at boundaries, would not do: these cross boundaries, whose contrast outweighs that of the grains.) Source: J. Phys. Chem.
//! Lett. 2023, 14, 3352.

use super::Statement;
use crate::validate::sample::FilmSample;
use crate::validate::statistics::ranks::{MEDIUM, within_groups};
use crate::validate::statistics::superiority::superiority;

pub(super) const TOWARDS_THE_BOUNDARY: Statement = Statement {
    letter: "g1",
    says: "inside grains, current falls towards the boundary",
    effect: "rank correlation within grains",
    threshold: MEDIUM,
    basis: "a medium effect (Cohen 1988)",
    structural: true,
    measure: |film| within_groups(&film.grains),
};

pub(super) const FROM_GRAIN_TO_GRAIN: Statement = Statement {
    letter: "g2",
    says: "grains differ inside, beyond what nearness gives",
    effect: "P(two grains differ more than one)",
    threshold: 0.5,
    basis: "more than chance",
    structural: true,
    measure: from_grain_to_grain,
};

fn from_grain_to_grain(film: &FilmSample) -> Option<f64> {
    let differences =
        |same| film.pairs.iter().filter(|p| p.same_grain == same).map(|p| p.difference).collect::<Vec<_>>();
    superiority(&differences(false), &differences(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::sample::Pair;

    #[test]
    fn only_what_happens_inside_a_grain_counts_for_the_distance() {
        // One grain conducts far better; inside both, the current falls with the distance.
        let grain = |base: f64| (0..4).map(|i| (1e-8 * f64::from(i), base - f64::from(i))).collect();
        let film = FilmSample { grains: vec![grain(5.0), grain(-5.0)], ..FilmSample::default() };
        assert_eq!((TOWARDS_THE_BOUNDARY.measure)(&film), Some(-1.0));
    }

    #[test]
    fn pairs_of_two_grains_are_set_against_pairs_of_one() {
        let pair = |same_grain, difference| Pair { same_grain, difference };
        let pairs = vec![pair(true, 0.1), pair(true, 0.3), pair(false, 0.2), pair(false, 0.5)];
        let film = FilmSample { pairs, ..FilmSample::default() };
        assert_eq!(from_grain_to_grain(&film), Some(0.75));
        assert_eq!(from_grain_to_grain(&FilmSample::default()), None);
    }
}

//! (e) Boundaries differ from each other: what a location on one conducts says which one it is.
//!
//! e1: the intraclass correlation of log I_max in the dark by boundary exceeds 0.3 (threshold of the physics specification). Locations on one
//! boundary are also near each other, and any smooth map makes near locations alike; so e1 is not evidence of structure by itself.
//! e2 is: by how much it exceeds the same correlation at the displaced copies of the same lines. Source: J. Phys. Chem. Lett.
//! 2023, 14, 3352.

use super::Statement;
use crate::validate::statistics::intraclass::intraclass;

pub(super) const ALIKE_ALONG: Statement = Statement {
    letter: "e1",
    says: "boundaries differ, each alike along itself",
    effect: "ICC by boundary",
    threshold: 0.3,
    basis: "as specified; nearness alone gives some",
    structural: false,
    measure: |film| intraclass(&film.edges),
};

pub(super) const BEYOND_NEARNESS: Statement = Statement {
    letter: "e2",
    says: "the same, beyond what nearness gives",
    effect: "ICC − ICC displaced",
    threshold: 0.0,
    basis: "more than the same lines displaced by half the film",
    structural: true,
    measure: |film| Some(intraclass(&film.edges)? - intraclass(&film.edges_displaced)?),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::sample::FilmSample;

    #[test]
    fn likeness_is_compared_with_that_of_the_displaced_lines() {
        let mut film = FilmSample::default();
        assert_eq!((ALIKE_ALONG.measure)(&film), None);
        film.edges = vec![vec![1.0, 1.0], vec![2.0, 2.0]];
        film.edges_displaced = vec![vec![1.0, 3.0], vec![3.0, 1.0]];
        assert_eq!((ALIKE_ALONG.measure)(&film), Some(1.0));
        assert_eq!((BEYOND_NEARNESS.measure)(&film), Some(2.0), "1 against −1");
    }
}

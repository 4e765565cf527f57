//! (c) The turn-on voltage in the dark is higher around grain boundaries.
//!
//! The probability that a location at a boundary turns on later than one in a grain, ties counting half. A location that does not
//! turn on within the sweep enters with the end of the sweep: later than all that did, and level with the others that did not.
//! Source: J. Phys. Chem. Lett. 2023, 14, 3352.

use super::{MEDIUM_SUPERIORITY, Statement};
use crate::validate::sample::FilmSample;
use crate::validate::statistics::superiority::{MEDIUM, superiority};
use tiptwin_sim::Region;

pub(super) const STATEMENT: Statement = Statement {
    letter: "c",
    says: "turn-on voltage higher at boundaries, dark",
    effect: "P(boundary > grain)",
    threshold: MEDIUM,
    basis: MEDIUM_SUPERIORITY,
    structural: true,
    measure,
};

fn measure(film: &FilmSample) -> Option<f64> {
    superiority(&film.of(Region::Boundary, |s| s.dark.turn_on_v), &film.of(Region::Grain, |s| s.dark.turn_on_v))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::statements::made_up::{film, reading};

    #[test]
    fn places_that_never_turn_on_are_level() {
        let at = |v| reading(1e-9, v, 0.0);
        let spots = [(Region::Boundary, 1.5), (Region::Boundary, 0.7), (Region::Grain, 1.5), (Region::Grain, 0.4)];
        // 1.5 ties with 1.5 and beats 0.4; 0.7 beats 0.4 only: 2.5 of 4. The light is not looked at.
        let sample = film(&spots.map(|(region, v)| (region, at(v), at(0.1))));
        assert_eq!(measure(&sample), Some(2.5 / 4.0));
    }
}

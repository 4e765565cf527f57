//! (d) The hysteresis factor is smaller around grain boundaries, in the dark and in light.
//!
//! The probability that the normalised loop `H_n` (see `reading`) of a location in a grain exceeds that of one at a boundary.
//! Source: J. Phys. Chem. Lett. 2023, 14, 3352. Valid at the scan rate of the sweep: ions at boundaries are faster, so at
//! ten times the rate the order turns round.

use super::{MEDIUM_SUPERIORITY, Statement};
use crate::validate::reading::Reading;
use crate::validate::sample::{FilmSample, Spot};
use crate::validate::statistics::superiority::{MEDIUM, superiority};
use tiptwin_sim::Region;

pub(super) const DARK: Statement = Statement {
    letter: "d1",
    says: "hysteresis factor smaller at boundaries, dark",
    effect: "P(grain > boundary)",
    threshold: MEDIUM,
    basis: MEDIUM_SUPERIORITY,
    structural: true,
    measure: |film| smaller(film, |s| s.dark),
};

pub(super) const LIGHT: Statement = Statement {
    letter: "d2",
    says: "hysteresis factor smaller at boundaries, light",
    measure: |film| smaller(film, |s| s.light),
    ..DARK
};

fn smaller(film: &FilmSample, reading: fn(&Spot) -> Reading) -> Option<f64> {
    let loops = |region| film.of(region, |s| reading(s).loop_share);
    superiority(&loops(Region::Grain), &loops(Region::Boundary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::statements::made_up::{film, reading};

    #[test]
    fn dark_and_light_are_told_apart() {
        let (small, large) = (reading(1e-9, 0.5, 0.01), reading(1e-9, 0.5, 0.09));
        let sample = film(&[(Region::Grain, large, small), (Region::Boundary, small, large)]);
        assert_eq!(((DARK.measure)(&sample), (LIGHT.measure)(&sample)), (Some(1.0), Some(0.0)));
    }
}

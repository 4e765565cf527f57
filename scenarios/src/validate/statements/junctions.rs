//! (b) Junctions insulate in the dark and conduct under light.
//!
//! b1: the share of the locations within 35 nm of a junction whose largest current is below five standard deviations of the noise in
//! the dark and above a hundred in light; a majority must. b2, after the companion study (ACS Nano 2023, 17, 9647: junctions are
//! less conductive and potentially more photoactive): the gain I_max(light)/I_max(dark), noise under both, is larger at junctions
//! than in grains, as the measure of superiority. Source: J. Phys. Chem. Lett. 2023, 14, 3352.

use super::{MEDIUM_SUPERIORITY, Statement};
use crate::validate::reading::NOISE_A;
use crate::validate::sample::{FilmSample, Spot};
use crate::validate::statistics::superiority::{MEDIUM, superiority};
use tiptwin_sim::Region;

/// Standard deviations below which a current is none, and above which nobody doubts it.
const NONE: f64 = 5.0;
const PLAIN: f64 = 100.0;

pub(super) const INSULATE_AND_CONDUCT: Statement = Statement {
    letter: "b1",
    says: "junctions insulate in the dark, conduct in light",
    effect: "share of junction places",
    threshold: 0.5,
    basis: "a majority",
    structural: true,
    measure: insulate_and_conduct,
};

pub(super) const GAIN_MORE: Statement = Statement {
    letter: "b2",
    says: "junctions gain more from light than grains",
    effect: "P(gain at junction > in grain)",
    threshold: MEDIUM,
    basis: MEDIUM_SUPERIORITY,
    structural: true,
    measure: gain_more,
};

fn insulate_and_conduct(film: &FilmSample) -> Option<f64> {
    let both = |s: &Spot| s.dark.max_a < NONE * NOISE_A && s.light.max_a > PLAIN * NOISE_A;
    let here = film.of(Region::Junction, |s| f64::from(u8::from(both(s))));
    (!here.is_empty()).then(|| here.iter().sum::<f64>() / here.len() as f64)
}

fn gain_more(film: &FilmSample) -> Option<f64> {
    let gain = |s: &Spot| s.light.log_max() - s.dark.log_max();
    superiority(&film.of(Region::Junction, gain), &film.of(Region::Grain, gain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::statements::made_up::{film, reading};

    #[test]
    fn both_halves_are_needed() {
        let at = |a| reading(a, 0.5, 0.0);
        let places = [(1e-12, 1e-9), (1e-12, 5e-11), (1e-10, 1e-9), (1e-13, 2e-10)];
        let sample = film(&places.map(|(dark, light)| (Region::Junction, at(dark), at(light))));
        assert_eq!(insulate_and_conduct(&sample), Some(0.5));
        assert_eq!(gain_more(&sample), None, "no grain to compare with");
    }

    #[test]
    fn noise_bounds_the_gain() {
        let at = |a| reading(a, 0.5, 0.0);
        // 1e-15 → 1e-9 is a gain of six decades on paper and of three over the noise, as 1e-12 → 1e-9 is.
        let sample = film(&[(Region::Junction, at(1e-15), at(1e-9)), (Region::Grain, at(1e-11), at(1e-9))]);
        assert_eq!(gain_more(&sample), Some(1.0));
        let sample = film(&[(Region::Junction, at(1e-15), at(1e-10)), (Region::Grain, at(1e-12), at(1e-9))]);
        assert_eq!(gain_more(&sample), Some(0.0));
    }
}

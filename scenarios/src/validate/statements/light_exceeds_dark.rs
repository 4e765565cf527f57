//! (a) The largest current is larger in light than in the dark at more than 95 % of the locations.
//!
//! The share of the *area* with I_max(light) > I_max(dark): locations were taken in equal numbers from every region, so each
//! region counts with its share of the area. It says nothing about structure: light adds carriers everywhere, on the negative
//! control too. Source: the published maps (J. Phys. Chem. Lett. 2023, 14, 3352), threshold as in the physics specification.

use super::Statement;
use crate::validate::sample::FilmSample;
use tiptwin_sim::Region;

pub(super) const STATEMENT: Statement = Statement {
    letter: "a",
    says: "current larger in light than in the dark",
    effect: "share of the area",
    threshold: 0.95,
    basis: "the published statement",
    structural: false,
    measure,
};

fn measure(film: &FilmSample) -> Option<f64> {
    let mut brighter = 0.0;
    for (region, share) in [Region::Grain, Region::Boundary, Region::Junction].into_iter().zip(film.area_shares) {
        let here = film.of(region, |s| f64::from(u8::from(s.light.max_a > s.dark.max_a)));
        if !here.is_empty() {
            brighter += share * here.iter().sum::<f64>() / here.len() as f64;
        }
    }
    (!film.spots.is_empty()).then_some(brighter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::statements::made_up::{film, reading};

    #[test]
    fn regions_count_with_their_area() {
        let (low, high) = (reading(1e-12, 0.5, 0.0), reading(1e-9, 0.5, 0.0));
        // Brighter in the grain, darker at the junction, which covers a tenth.
        let sample = film(&[(Region::Grain, low, high), (Region::Boundary, low, high), (Region::Junction, high, low)]);
        assert!((measure(&sample).expect("locations") - 0.9).abs() < 1e-12);
        assert_eq!(measure(&film(&[])), None);
    }
}

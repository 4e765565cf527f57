//! The statements, one file for each letter of the list in the physics specification (validation targets, qualitative).
//!
//! Each gives one number per film, and larger means more of what it says.

mod boundary_variation;
mod hysteresis;
mod inside_grains;
mod junctions;
mod light_exceeds_dark;
mod turn_on;

use super::sample::FilmSample;

/// Something that the experiment says about films.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Its letter in the list, with a number where one letter says several things.
    pub letter: &'static str,
    /// What it says.
    pub says: &'static str,
    /// The number that stands for it, in a few words.
    pub effect: &'static str,
    /// What the number must exceed.
    pub threshold: f64,
    /// Where the threshold comes from.
    pub basis: &'static str,
    /// Whether it says something about structure, so that a film without a link between structure and transport must not show it.
    pub structural: bool,
    /// The number of one film; `None` where the film has no such locations.
    pub measure: fn(&FilmSample) -> Option<f64>,
}

/// All statements, in the order of their letters.
pub const ALL: [Statement; 10] = [
    light_exceeds_dark::STATEMENT,
    junctions::INSULATE_AND_CONDUCT,
    junctions::GAIN_MORE,
    turn_on::STATEMENT,
    hysteresis::DARK,
    hysteresis::LIGHT,
    boundary_variation::ALIKE_ALONG,
    boundary_variation::BEYOND_NEARNESS,
    inside_grains::TOWARDS_THE_BOUNDARY,
    inside_grains::FROM_GRAIN_TO_GRAIN,
];

/// Where thresholds of superiority come from.
const MEDIUM_SUPERIORITY: &str = "a medium effect (Vargha & Delaney 2000)";

/// Made-up films for the tests of the statements.
#[cfg(test)]
mod made_up {
    use crate::validate::reading::Reading;
    use crate::validate::sample::{FilmSample, Spot};
    use tiptwin_sim::Region;

    pub(super) fn reading(max_a: f64, turn_on_v: f64, loop_share: f64) -> Reading {
        Reading { max_a, turn_on_v, loop_share }
    }

    pub(super) fn film(spots: &[(Region, Reading, Reading)]) -> FilmSample {
        let spots = spots.iter().map(|&(region, dark, light)| Spot { region, dark, light }).collect();
        FilmSample { area_shares: [0.65, 0.25, 0.1], spots, ..FilmSample::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn letters_are_in_order_and_unique() {
        let letters: Vec<&str> = ALL.iter().map(|s| s.letter).collect();
        assert!(letters.iter().collect::<BTreeSet<_>>().into_iter().eq(letters.iter()), "{letters:?}");
        assert!(ALL.iter().any(|s| !s.structural) && ALL.iter().any(|s| s.structural));
    }
}

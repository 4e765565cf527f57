//! Thompson sampling: one draw of the whole map from what is believable, and the best place on it.
//!
//! The draw has to be joint: values drawn place by place would always find their largest among the most uncertain (Thompson,
//! Biometrika 25, 285 (1933); for Gaussian processes Russo & Van Roy, Math. Oper. Res. 39, 1221 (2014)). To explore, the place where
//! the draw departs most from the mean is taken: uncertain places, each in proportion to how uncertain it is.

use super::Goal;

/// Score of a place from the drawn value and the mean there, in the unit of the property.
pub const fn thompson(drawn: f64, mean: f64, goal: Goal) -> f64 {
    match goal {
        Goal::Maximise | Goal::Minimise => goal.toward(drawn),
        Goal::Explore => (drawn - mean).abs(),
    }
}

//! Acceleration and enhancement: how much sooner, and how much better, than random picks.
//!
//! ```text
//! AF(q) = n_random(q) / n_strategy(q)      measurements that each needs to reach quality q
//! EF(n) = q_strategy(n) / q_random(n)      quality that each has after n measurements
//! ```
//!
//! Both are 1 for random picks and larger for what is better. Quality must grow as things improve and be positive: an error
//! enters by its inverse.
//!
//! Source: B. Rohr et al., Chem. Sci. 11, 2696 (2020), doi:10.1039/C9SC05999G.

/// The number of measurements at which a curve of (measurements, quality) first reaches a level, straight between its points.
///
/// `None` if it never does.
pub fn reached_at(curve: &[(f64, f64)], level: f64) -> Option<f64> {
    let k = curve.iter().position(|p| p.1 >= level)?;
    let (n, quality) = curve[k];
    let Some(&(before, lower)) = k.checked_sub(1).map(|j| &curve[j]) else { return Some(n) };
    Some(before + (n - before) * (level - lower) / (quality - lower))
}

/// Acceleration factor at a level; `None` where one of the two never reaches it.
pub fn acceleration(strategy: &[(f64, f64)], random: &[(f64, f64)], level: f64) -> Option<f64> {
    Some(reached_at(random, level)? / reached_at(strategy, level)?)
}

/// Enhancement factor of two qualities after equally many measurements; `None` unless both are positive.
pub fn enhancement(strategy: f64, random: f64) -> Option<f64> {
    (strategy > 0.0 && random > 0.0).then(|| strategy / random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_follow_their_definitions() {
        let random = [(10.0, 1.0), (20.0, 2.0), (40.0, 3.0)];
        let twice: Vec<(f64, f64)> = random.iter().map(|p| (p.0 / 2.0, p.1)).collect();
        for level in [1.0, 1.7, 2.0, 2.9, 3.0] {
            assert!((acceleration(&twice, &random, level).expect("reached") - 2.0).abs() < 1e-12, "{level}");
            assert_eq!(acceleration(&random, &random, level), Some(1.0));
        }
        assert_eq!(reached_at(&random, 2.5), Some(30.0));
        assert_eq!((reached_at(&random, 0.1), reached_at(&random, 3.1)), (Some(10.0), None));
        assert_eq!(acceleration(&random, &twice, 3.1), None);
        assert_eq!((enhancement(3.0, 2.0), enhancement(3.0, 0.0), enhancement(-1.0, 1.0)), (Some(1.5), None, None));
    }
}

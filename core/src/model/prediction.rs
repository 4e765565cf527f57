//! What a model believes of every candidate.

use super::Warp;
use rayon::prelude::*;

/// A map over all candidates, in the unit of the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Expected value of the property.
    pub mean: Vec<f64>,
    /// Standard deviation of the *property*: without measurement noise, with what the structure cannot explain.
    pub sigma: Vec<f64>,
    /// The whole belief where it is not normal in the unit of the target.
    pub warped: Option<Warped>,
}

/// A belief that is normal in another unit; `mean` and `sigma` of the [`Prediction`] are its moments in the target's.
#[derive(Clone, Debug, PartialEq)]
pub struct Warped {
    /// The change of unit.
    pub warp: Warp,
    /// Mean in the other unit.
    pub mean: Vec<f64>,
    /// Standard deviation in the other unit.
    pub sigma: Vec<f64>,
}

impl Prediction {
    /// A belief that is normal in the unit of the target.
    pub const fn normal(mean: Vec<f64>, sigma: Vec<f64>) -> Self {
        Self { mean, sigma, warped: None }
    }

    /// A belief that is normal in the unit of a warp.
    pub fn warped(warp: Warp, mean: Vec<f64>, sigma: Vec<f64>) -> Self {
        let (in_units, deviations) = mean.par_iter().zip(&sigma).map(|(m, s)| warp.moments(*m, *s)).unzip();
        Self { mean: in_units, sigma: deviations, warped: Some(Warped { warp, mean, sigma }) }
    }

    /// Where a value lies in the belief about candidate `i`, as the score that has the same probability below it under a standard normal,
    /// and the slope of that score (per unit of the target). For a normal belief `(value − μ)/σ` and `1/σ`.
    ///
    /// The density of the value is `φ(score) · slope`; the central interval that holds what ±kσ holds of a normal is `|score| ≤ k`.
    pub fn score(&self, i: usize, value: f64) -> (f64, f64) {
        match &self.warped {
            None => ((value - self.mean[i]) / self.sigma[i], 1.0 / self.sigma[i]),
            Some(w) => {
                let (latent, slope) = w.warp.latent(value);
                ((latent - w.mean[i]) / w.sigma[i], slope / w.sigma[i])
            }
        }
    }

    /// The value at a score: `quantile(i, -1.0)` and `quantile(i, 1.0)` enclose 68.3 %.
    pub fn quantile(&self, i: usize, score: f64) -> f64 {
        match &self.warped {
            None => self.mean[i] + score * self.sigma[i],
            Some(w) => w.warp.in_units(w.mean[i] + score * w.sigma[i]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warped_belief_says_what_its_quantiles_say() {
        let values: Vec<f64> = (0..60).map(|i| 1e-9 * (0.08 * f64::from(i)).exp()).collect();
        let warp = Warp::of(&values, None);
        let map = Prediction::warped(warp, vec![-0.5, 0.8], vec![0.3, 0.6]);
        for i in 0..2 {
            for k in [-2.0, -1.0, 0.0, 0.7, 2.0] {
                assert!((map.score(i, map.quantile(i, k)).0 - k).abs() < 1e-9);
            }
            assert!(map.mean[i] > map.quantile(i, 0.0), "values are skewed to the right: mean above median");
            // The density integrates to 1 and gives the mean, by a sum over a fine grid of values.
            let (low, high, n) = (map.quantile(i, -7.0), map.quantile(i, 7.0), 200_000);
            let (mut mass, mut mean) = (0.0, 0.0);
            for k in 0..n {
                let value = low + (high - low) * (f64::from(k) + 0.5) / f64::from(n);
                let (score, slope) = map.score(i, value);
                let p = crate::acquisition::normal_pdf(score) * slope * (high - low) / f64::from(n);
                mass += p;
                mean += p * value;
            }
            assert!((mass - 1.0).abs() < 1e-3 && (mean / map.mean[i] - 1.0).abs() < 2e-3, "{mass} {mean}");
        }
    }

    #[test]
    fn a_normal_belief_is_the_special_case() {
        let map = Prediction::normal(vec![2.0], vec![0.5]);
        assert_eq!((map.score(0, 3.0), map.quantile(0, 2.0)), ((2.0, 2.0), 3.0));
    }
}

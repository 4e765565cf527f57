//! A change of unit in which skewed values are nearly normal.
//!
//! Currents of a film that hardly conducts crowd at zero with a long tail: no normal belief in amperes can be right about both. The
//! values are therefore learnt as normal scores of their own distribution (the normal-score transform of geostatistics: Deutsch &
//! Journel, *GSLIB*, 2nd ed., Oxford 1998, §V.2.7; a warped Gaussian process: Snelson, Rasmussen & Ghahramani, NIPS 2003):
//!
//! ```text
//! t(y) = Φ⁻¹(F(y)),   F(y) = (Σᵢ Φ((y − yᵢ)/h) + G(y))/(N + 1),   h = ½ N^(−1/5)
//! ```
//!
//! for standardised values y. Each value is smeared by h, half of Scott's rule for the bandwidth (*Multivariate Density Estimation*, Wiley 1992, eq.
//! 6.42), so that t is smooth and that values which differ by less than h stay as close as they are. One further pseudo-value is spread as
//! a Student t of four degrees of freedom, G, which keeps values beyond all that were seen believable (the base measure of a
//! Dirichlet process: Ferguson, Ann. Stat. 1, 209 (1973)). Normal values give a straight line, whatever their number. It changes
//! nothing about which of two values is larger. What it buys, and that ½ and 1 lie on a plateau, is in
//! docs/decisions/0003-tiptwin-learner.md.

use super::targets::Scale;
use crate::acquisition::normal_cdf;
use crate::statistics::normal_quantile;

/// Bandwidth for one value, in standard deviations of the values.
const BANDWIDTH: f64 = 0.5;
/// How far beyond the values the table goes, in their standard deviations; further out t is straight.
const FAR: f64 = 60.0;
/// Nodes of the table, evenly spaced in t. Odd, so that equal values, whose table is a straight line about 0, are a node and stay exact.
const NODES: usize = 513;

/// A strictly rising function between values in the target's unit and standardised normal scores ("latent" values).
#[derive(Clone, Debug, PartialEq)]
pub struct Warp {
    scale: Scale,
    /// Latent value of the first node and distance of the nodes.
    first: f64,
    step: f64,
    /// Standardised values at the nodes.
    nodes: Vec<f64>,
    noise_variance: f64,
}

impl Warp {
    /// From the measured values, at least one. The values themselves have mean 0 and variance 1 in the latent unit.
    pub fn of(values: &[f64], noise_sigma: Option<f64>) -> Self {
        let scale = Scale::of(values, noise_sigma);
        let standardised: Vec<f64> = values.iter().map(|v| scale.standardised(*v)).collect();
        // Equal values (or one) have no distribution: their unit stays.
        let (at, latent) = if standardised.iter().all(|y| *y == standardised[0]) {
            (vec![-FAR, FAR], vec![-FAR, FAR])
        } else {
            standard_scores(&standardised)
        };
        let (first, last) = (latent[0], latent[latent.len() - 1]);
        let step = (last - first) / (NODES - 1) as f64;
        let nodes = (0..NODES).map(|i| between(&latent, &at, first + step * i as f64)).collect();
        let mut warp = Self { scale, first, step, nodes, noise_variance: 0.0 };
        // Noise has one size in the target's unit and many in the latent one: that where the values are stands for all.
        let mut slopes: Vec<f64> = values.iter().map(|v| warp.latent(*v).1).collect();
        slopes.sort_by(f64::total_cmp);
        warp.noise_variance = noise_sigma.map_or(0.0, |s| (s * slopes[slopes.len() / 2]).powi(2));
        warp
    }

    /// The latent value of a value, and the slope there (per unit of the target).
    pub fn latent(&self, value: f64) -> (f64, f64) {
        let y = self.scale.standardised(value);
        let i = self.nodes.partition_point(|node| *node <= y).clamp(1, NODES - 1) - 1;
        let slope = self.step / (self.nodes[i + 1] - self.nodes[i]);
        (self.first + self.step * i as f64 + slope * (y - self.nodes[i]), slope / self.scale.deviation)
    }

    /// The value of a latent value.
    pub fn in_units(&self, latent: f64) -> f64 {
        let place = (latent - self.first) / self.step;
        let i = (place.max(0.0) as usize).min(NODES - 2);
        let y = self.nodes[i] + (place - i as f64) * (self.nodes[i + 1] - self.nodes[i]);
        self.scale.in_units(y)
    }

    /// Variance of the known measurement noise, in the latent unit.
    pub const fn noise_variance(&self) -> f64 {
        self.noise_variance
    }

    /// Mean and standard deviation, in the target's unit, of what is normal in the latent unit.
    ///
    /// The trapezoidal rule at half deviations out to 3.5, which is exact to 1e-3 for a straight line; what is farther out has a probability of
    /// 5e-4 and is left out, since there the tail is an assumption.
    pub fn moments(&self, mean: f64, sigma: f64) -> (f64, f64) {
        let centre = self.in_units(mean);
        let (mut weight, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for (k, w) in WEIGHTS.iter().enumerate() {
            let z = 0.5 * (k as f64 - 7.0);
            let departure = self.in_units(mean + z * sigma) - centre;
            weight += w;
            sum += w * departure;
            squares += w * departure * departure;
        }
        let shift = sum / weight;
        (centre + shift, (squares / weight - shift * shift).max(0.0).sqrt())
    }
}

/// Places and their normal scores, which are standardised so that those of the values have mean 0 and variance 1.
fn standard_scores(values: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = values.len() as f64;
    let bandwidth = BANDWIDTH * n.powf(-0.2);
    let at = places(values, bandwidth);
    let scores: Vec<f64> = at.iter().map(|y| normal_score(*y, values, bandwidth)).collect();
    let own: Vec<f64> = values.iter().map(|y| between(&at, &scores, *y)).collect();
    let mean = own.iter().sum::<f64>() / n;
    let deviation = (own.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / n).sqrt();
    (at, scores.iter().map(|t| (t - mean) / deviation).collect())
}

/// `exp(−z²/2)` at z = −3½, −3, … 3½.
const WEIGHTS: [f64; 15] = [
    0.002_187_491_118_182_885,
    0.011_108_996_538_242_306,
    0.043_936_933_623_407_42,
    0.135_335_283_236_612_7,
    0.324_652_467_358_349_74,
    0.606_530_659_712_633_4,
    0.882_496_902_584_595_5,
    1.0,
    0.882_496_902_584_595_5,
    0.606_530_659_712_633_4,
    0.324_652_467_358_349_74,
    0.135_335_283_236_612_7,
    0.043_936_933_623_407_42,
    0.011_108_996_538_242_306,
    0.002_187_491_118_182_885,
];

/// Where the function is worked out: evenly where the values are, ever more rarely beyond.
fn places(values: &[f64], bandwidth: f64) -> Vec<f64> {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    let step = 0.25 * bandwidth;
    let beyond: Vec<f64> =
        std::iter::successors(Some(step), |d| Some(1.1 * d + step)).take_while(|d| *d < FAR).collect();
    let inside = ((high - low) / step).ceil().max(1.0) as usize;
    let below = beyond.iter().rev().map(|d| low - d);
    let within = (0..=inside).map(|i| low + (high - low) * i as f64 / inside as f64);
    below.chain(within).chain(beyond.iter().map(|d| high + d)).collect()
}

/// `Φ⁻¹(F(y))`, by the smaller of the two tails so that neither is lost to rounding.
fn normal_score(y: f64, values: &[f64], bandwidth: f64) -> f64 {
    let tail = |sign: f64| {
        let smeared = |v: &f64| match sign * (y - v) / bandwidth {
            // What lies farther out is nothing beside G.
            u if u.abs() > 8.0 => f64::from(u8::from(u > 0.0)),
            u => normal_cdf(u),
        };
        let seen: f64 = values.iter().map(smeared).sum();
        (seen + student_cdf(sign * y)) / (values.len() as f64 + 1.0)
    };
    let (below, above) = (tail(1.0), tail(-1.0));
    if below < above { normal_quantile(below) } else { -normal_quantile(above) }
}

/// Distribution function of Student's t with four degrees of freedom (Abramowitz & Stegun 26.7.4).
fn student_cdf(x: f64) -> f64 {
    let q = 1.0 + 0.25 * x * x;
    0.5 + 0.375 * x / q.sqrt() * (1.0 - x * x / (12.0 * q))
}

/// Linear interpolation of a rising table.
fn between(at: &[f64], values: &[f64], x: f64) -> f64 {
    let i = at.partition_point(|a| *a <= x).clamp(1, at.len() - 1) - 1;
    values[i] + (x - at[i]) / (at[i + 1] - at[i]) * (values[i + 1] - values[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_it_rises_and_turns_back(values in prop::collection::vec(-5.0f64..5.0, 1..40), power in 1i32..5, unit in 1e-12f64..1e3) {
            let values: Vec<f64> = values.iter().map(|v| unit * v.powi(power)).collect();
            let warp = Warp::of(&values, None);
            prop_assert!(warp.nodes.windows(2).all(|w| w[1] > w[0]), "{:?}", warp.nodes);
            let latents: Vec<f64> = values.iter().map(|v| warp.latent(*v).0).collect();
            for (value, latent) in values.iter().zip(&latents) {
                prop_assert!((warp.in_units(*latent) - value).abs() <= 1e-9 * (value.abs() + warp.scale.deviation));
            }
            for beyond in [-300.0, -20.0, 20.0, 300.0] {
                prop_assert!((warp.latent(warp.in_units(beyond)).0 - beyond).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn normal_values_stay_as_they_are() {
        let n = 200;
        let values: Vec<f64> =
            (0..n).map(|i| 3.0 + 2.0 * normal_quantile((f64::from(i) + 0.5) / f64::from(n))).collect();
        let warp = Warp::of(&values, Some(0.2));
        for value in [-1.0, 2.0, 3.0, 4.5, 7.0] {
            let (latent, slope) = warp.latent(value);
            assert!(
                (latent - (value - 3.0) / 2.0).abs() < 0.05 && (slope - 0.5).abs() < 0.1,
                "{value}: {latent} {slope}"
            );
        }
        let (mean, sigma) = warp.moments(0.5, 0.4);
        assert!((mean - 4.0).abs() < 0.05 && (sigma - 0.8).abs() < 0.05, "{mean} {sigma}");
        assert!((warp.noise_variance() - 0.01).abs() < 0.003, "{}", warp.noise_variance());
    }

    #[test]
    fn a_crowd_and_a_tail_become_nearly_normal() {
        let values: Vec<f64> = (0..150).map(|i| (3.0 * normal_quantile((f64::from(i) + 0.5) / 150.0)).exp()).collect();
        let skewness = |v: &[f64]| {
            let n = v.len() as f64;
            let mean = v.iter().sum::<f64>() / n;
            let moment = |k: i32| v.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
            moment(3) / moment(2).powf(1.5)
        };
        let warp = Warp::of(&values, None);
        let latents: Vec<f64> = values.iter().map(|v| warp.latent(*v).0).collect();
        assert!(skewness(&values) > 5.0 && skewness(&latents) < 0.4 * skewness(&values), "{}", skewness(&latents));
    }

    #[test]
    fn val_student_cdf_agrees_with_scipy() {
        // scipy.stats.t(4).cdf
        for (x, p) in [(-2.0, 0.058_058_261_758_407_7), (0.0, 0.5), (1.0, 0.813_049_516_849_970_6)] {
            assert!((student_cdf(x) - p).abs() < 1e-12, "{x}");
        }
        // Its leading term far out, 3/x⁴.
        assert!((student_cdf(-90.0) * 90f64.powi(4) / 3.0 - 1.0).abs() < 1e-2);
    }
}

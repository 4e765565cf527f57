//! Drawing without putting back: what random picks among finitely many places do.
//!
//! ```text
//! P(X = k) = C(K, k) C(N − K, n − k)/C(N, n)
//! ```
//!
//! for n places drawn from N, of which K are of a kind. The number V of visited groups (sizes m₁, m₂, …, which do not overlap) has
//!
//! ```text
//! E V = Σ (1 − q(mᵢ)),   Var V = Σ q(mᵢ)(1 − q(mᵢ)) + Σ_{i≠j} (q(mᵢ + mⱼ) − q(mᵢ) q(mⱼ)),   q(m) = C(N − m, n)/C(N, n)
//! ```
//!
//! Source: W. Feller, An Introduction to Probability Theory and Its Applications, vol. 1, 3rd ed. (1968), sections II.6 and IX.6 (variance of
//! a sum of indicators).

/// Places that are drawn from, each at most once.
#[derive(Clone, Debug)]
pub struct Hypergeometric {
    /// ln k! for k from 0 to the number of places.
    log_factorial: Vec<f64>,
}

impl Hypergeometric {
    /// Draws from `places` places.
    pub fn new(places: usize) -> Self {
        let mut log_factorial = vec![0.0; places + 1];
        for k in 1..=places {
            log_factorial[k] = log_factorial[k - 1] + (k as f64).ln();
        }
        Self { log_factorial }
    }

    fn places(&self) -> usize {
        self.log_factorial.len() - 1
    }

    /// ln C(n, k), −∞ where nothing can be chosen.
    fn log_choose(&self, n: usize, k: usize) -> f64 {
        if k > n {
            return f64::NEG_INFINITY;
        }
        self.log_factorial[n] - self.log_factorial[k] - self.log_factorial[n - k]
    }

    /// How probable a number of places of a kind as far from what is expected as `found`, or farther, is among `drawn` of which `of_kind` are in
    /// all: twice the smaller tail, at most 1.
    pub fn two_sided(&self, found: usize, drawn: usize, of_kind: usize) -> f64 {
        let others = self.places() - of_kind;
        let most = drawn.min(of_kind);
        let all = self.log_choose(self.places(), drawn);
        let at = |k: usize| (self.log_choose(of_kind, k) + self.log_choose(others, drawn - k) - all).exp();
        let (below, above) = ((0..=found.min(most)).map(at).sum::<f64>(), (found..=most).map(at).sum::<f64>());
        (2.0 * below.min(above)).min(1.0)
    }

    /// Mean and standard deviation of the number of groups of these sizes in which at least one of `drawn` places lies.
    pub fn groups_visited(&self, drawn: usize, sizes: &[usize]) -> (f64, f64) {
        let all = self.log_choose(self.places(), drawn);
        let missed = |size: usize| (self.log_choose(self.places() - size, drawn) - all).exp();
        let alone: Vec<f64> = sizes.iter().map(|&m| missed(m)).collect();
        let mean = alone.iter().map(|q| 1.0 - q).sum();
        let mut variance: f64 = alone.iter().map(|q| q * (1.0 - q)).sum();
        for i in 0..sizes.len() {
            for j in 0..i {
                variance += 2.0 * (missed(sizes[i] + sizes[j]) - alone[i] * alone[j]);
            }
        }
        (mean, variance.max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    /// scipy 1.17 `min(1, 2 * min(hypergeom.cdf(k, N, K, n), hypergeom.sf(k - 1, N, K, n)))`.
    #[test]
    fn val_tails_agree_with_scipy() {
        for (places, found, drawn, of_kind, p) in SCIPY {
            let is = Hypergeometric::new(places).two_sided(found, drawn, of_kind);
            assert!((is - p).abs() < 1e-9 * p.max(1e-3), "{found} of {drawn}: {is}, not {p}");
        }
    }

    const SCIPY: [(usize, usize, usize, usize, f64); 5] = [
        (61, 1, 6, 10, 1.0),
        (1500, 60, 200, 300, 0.000_369_026_661_122_896_3),
        (1500, 20, 200, 300, 8.080_489_089_324_86e-5),
        (40, 0, 5, 3, 1.0),
        (5000, 400, 1000, 1500, 4.960_597_426_670_097_4e-14),
    ];

    #[test]
    fn the_number_of_visited_groups_is_that_of_ten_thousand_draws() {
        let sizes = [1, 1, 2, 3, 5, 8, 13, 21];
        let places = 60;
        let (mean, sd) = Hypergeometric::new(places).groups_visited(9, &sizes);
        let mut rng = MasterSeed(5).rng(Stream::Strategy, 0);
        let ends: Vec<usize> = sizes
            .iter()
            .scan(0, |end, m| {
                *end += m;
                Some(*end)
            })
            .collect();
        let visited: Vec<f64> = (0..10_000)
            .map(|_| {
                let drawn = rand::seq::index::sample(&mut rng, places, 9).into_vec();
                let hit = |g: usize| drawn.iter().any(|&p| p < ends[g] && p >= ends[g] - sizes[g]);
                (0..sizes.len()).filter(|&g| hit(g)).count() as f64
            })
            .collect();
        let m = visited.iter().sum::<f64>() / 1e4;
        let s = (visited.iter().map(|v| (v - m).powi(2)).sum::<f64>() / 1e4).sqrt();
        // Four standard errors of each.
        assert!((m - mean).abs() < 4.0 * sd / 100.0 && (s - sd).abs() < 4.0 * sd / 141.0, "{m} {s}, not {mean} {sd}");
        let (all, none) = Hypergeometric::new(54).groups_visited(54, &sizes);
        assert!((all - 8.0).abs() < 1e-12 && none < 1e-6);
    }
}

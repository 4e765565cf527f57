//! Density of points in a plane by Gaussian kernels, and how far two such densities are apart.
//!
//! ```text
//! p(x) = 1/(n 2π √|H|) Σᵢ exp(−½ (x − xᵢ)ᵀ H⁻¹ (x − xᵢ)),   H = n^(−2/(d+4)) Σ,   d = 2
//! ```
//!
//! with Σ the sample covariance: Scott's rule (D. W. Scott, *Multivariate Density Estimation*, Wiley 1992, eq. 6.42), as in SciPy's
//! `gaussian_kde`. It is made for one broad hill; two narrow ones far apart come out too smooth.
//!
//! The distance of two densities is their total variation, `½ ∫|p − q|`: 0 for the same, 1 for two that share nothing. That of a few points
//! from all is never 0, so it is judged against subsets of as many points drawn at random (a permutation test: M. D. Ernst, Stat. Sci. 19,
//! 676 (2004), doi:10.1214/088342304000000396); p counts the drawn subsets that are at least as far, and the observed one.

use crate::vector::{exp, wide};
use rand::Rng;

/// Squared distance, in bandwidths, beyond which a kernel adds nothing that shows.
const FAR2: f64 = 80.0;

/// A density in a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    /// The points in units of the bandwidth: H^(−1/2) by Cholesky.
    u: Vec<f64>,
    v: Vec<f64>,
    /// Lower triangle of the Cholesky factor of H.
    factor: [f64; 3],
}

impl Density {
    /// From points. `None` for fewer than three of them, for points on one line, and for what is not finite.
    pub fn scott(points: &[[f64; 2]]) -> Option<Self> {
        let n = points.len() as f64;
        if points.len() < 3 {
            return None;
        }
        let mean = [0, 1].map(|k| points.iter().map(|p| p[k]).sum::<f64>() / n);
        let covariance =
            |a: usize, b: usize| points.iter().map(|p| (p[a] - mean[a]) * (p[b] - mean[b])).sum::<f64>() / (n - 1.0);
        let (xx, xy, yy) = (covariance(0, 0), covariance(0, 1), covariance(1, 1));
        let scott = n.powf(-1.0 / 6.0);
        let l = xx.sqrt();
        let across = (yy - xy * xy / xx).sqrt();
        // Rounding of points on a line leaves 1e-16 of their variance.
        if !(l.is_finite() && across.is_finite() && l > 0.0 && across > 1e-7 * yy.sqrt()) {
            return None;
        }
        let factor = [l * scott, xy / l * scott, across * scott];
        let (u, v) = points.iter().map(|p| whitened(factor, *p)).unzip();
        Some(Self { u, v, factor })
    }

    /// The density at a point.
    pub fn at(&self, point: [f64; 2]) -> f64 {
        let (u, v) = whitened(self.factor, point);
        let area = std::f64::consts::TAU * self.factor[0] * self.factor[2];
        kernels(&self.u, &self.v, u, v) / (self.u.len() as f64 * area)
    }

    /// Shares of the density in the cells of a grid, which sum to 1: at the middle of each cell, rows along the second coordinate.
    pub fn shares(&self, grid: &PlaneGrid) -> Vec<f64> {
        let all: Vec<f64> = grid.middles().map(|p| self.at(p)).collect();
        let sum: f64 = all.iter().sum();
        all.into_iter().map(|density| density / sum).collect()
    }
}

fn whitened([a, b, c]: [f64; 3], [x, y]: [f64; 2]) -> (f64, f64) {
    let u = x / a;
    (u, (y - b * u) / c)
}

wide! {
    fn kernels(us: &[f64], vs: &[f64], u: f64, v: f64) -> f64 {
        let mut parts = [0.0; 8];
        let (mut ua, mut va) = (us.chunks_exact(8), vs.chunks_exact(8));
        for (a, b) in ua.by_ref().zip(va.by_ref()) {
            for i in 0..8 {
                let r2 = (a[i] - u) * (a[i] - u) + (b[i] - v) * (b[i] - v);
                let near = if r2 < FAR2 { 1.0 } else { 0.0 };
                parts[i] += near * exp(-0.5 * r2);
            }
        }
        let mut rest = 0.0;
        for (a, b) in ua.remainder().iter().zip(va.remainder()) {
            let r2 = (a - u) * (a - u) + (b - v) * (b - v);
            let near = if r2 < FAR2 { 1.0 } else { 0.0 };
            rest += near * exp(-0.5 * r2);
        }
        rest + parts.iter().sum::<f64>()
    }
}

/// Equal cells in a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneGrid {
    /// Ends along the first coordinate.
    pub x: (f64, f64),
    /// Ends along the second.
    pub y: (f64, f64),
    /// Cells along each.
    pub cells: usize,
}

impl PlaneGrid {
    /// Around points, with a margin of `margin` of their extent on each side.
    pub fn around(points: &[[f64; 2]], cells: usize, margin: f64) -> Self {
        let ends = |k: usize| {
            let all = points.iter().map(|p| p[k]);
            let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            (low - margin * (high - low), high + margin * (high - low))
        };
        Self { x: ends(0), y: ends(1), cells }
    }

    /// Middles of the cells, row by row along the second coordinate.
    pub fn middles(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        let at = |(low, high): (f64, f64), i: usize| low + (high - low) * (i as f64 + 0.5) / self.cells as f64;
        (0..self.cells * self.cells).map(move |i| [at(self.x, i % self.cells), at(self.y, i / self.cells)])
    }
}

/// `½ Σ|p − q|` of two lists of shares.
pub fn total_variation(p: &[f64], q: &[f64]) -> f64 {
    0.5 * p.iter().zip(q).map(|(p, q)| (p - q).abs()).sum::<f64>()
}

/// How far some points are from all, and how far as many random ones are.
#[derive(Clone, Debug, PartialEq)]
pub struct SubsetTest {
    /// Total variation between the density of the chosen points and that of all.
    pub distance: f64,
    /// The same for random subsets of as many, in the order in which they were drawn.
    pub random: Vec<f64>,
    /// Share of these at least as far, the chosen one counted among them: 1/(draws + 1) at least.
    pub p: f64,
}

/// Tests whether the points numbered `chosen` are spread as all `points` are, on the cells of a grid. `None` where either has no density.
///
/// `watch` is told how many subsets are done.
pub fn subset_test(
    points: &[[f64; 2]],
    chosen: &[usize],
    grid: &PlaneGrid,
    draws: usize,
    rng: &mut impl Rng,
    watch: &mut dyn FnMut(usize),
) -> Option<SubsetTest> {
    let all = Density::scott(points)?.shares(grid);
    let of = |subset: &mut dyn Iterator<Item = usize>| {
        let subset: Vec<[f64; 2]> = subset.map(|i| points[i]).collect();
        Some(total_variation(&Density::scott(&subset)?.shares(grid), &all))
    };
    let distance = of(&mut chosen.iter().copied())?;
    let mut random = Vec::with_capacity(draws);
    for k in 0..draws {
        let subset = rand::seq::index::sample(rng, points.len(), chosen.len().min(points.len()));
        random.extend(of(&mut subset.into_iter()));
        watch(k + 1);
    }
    let as_far = random.iter().filter(|d| **d >= distance).count();
    let p = (as_far + 1) as f64 / (random.len() + 1) as f64;
    Some(SubsetTest { distance, random, p })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    /// SciPy 1.17.1.
    const SCIPY: [([f64; 2], f64); 4] = [
        ([0.0, 0.0], 0.112_224_452_160_936_18),
        ([1.0, 0.2], 0.208_602_242_253_724_76),
        ([2.5, -0.4], 0.027_235_444_398_045_8),
        ([-1.5, 1.0], 1.143_550_283_335_031_7e-6),
    ];
    const SCIPY_DISTANCE: f64 = 0.700_284_1;

    fn wave() -> Vec<[f64; 2]> {
        let point = |i: f64| [(1.3 * i).sin() + 0.05 * i, 0.5 * (2.1 * i).cos() + 0.3 * (1.3 * i).sin()];
        (0..40).map(|i| point(f64::from(i))).collect()
    }

    /// `k = scipy.stats.gaussian_kde(numpy.vstack([x, y]))` of SciPy's default rule, for i = 0…39,
    /// x = sin 1.3i + 0.05i, y = 0.5 cos 2.1i + 0.3 sin 1.3i, and `k(point)`.
    #[test]
    fn val_it_agrees_with_scipy() {
        let density = Density::scott(&wave()).expect("a density");
        for (point, expected) in SCIPY {
            let ours = density.at(point);
            assert!((ours / expected - 1.0).abs() < 1e-12, "{point:?}: {ours} against {expected}");
        }
    }

    /// The same beside q = `gaussian_kde` of (0.7 + 0.4 sin 2.3j, 0.2 + 0.3 cos 1.7j), j = 0…14, both summed over cells.
    #[test]
    fn val_the_distance_is_that_of_scipys_densities() {
        let other: Vec<[f64; 2]> =
            (0..15).map(f64::from).map(|j: f64| [0.7 + 0.4 * (2.3 * j).sin(), 0.2 + 0.3 * (1.7 * j).cos()]).collect();
        let grid = PlaneGrid { x: (-5.0, 7.0), y: (-4.0, 4.0), cells: 160 };
        let shares = [wave(), other].map(|p| Density::scott(&p).expect("a density").shares(&grid));
        // Cells of 0.075 × 0.05 beside SciPy's of 0.05 × 0.05: the sums of smooth functions agree far better than that.
        assert!((total_variation(&shares[0], &shares[1]) - SCIPY_DISTANCE).abs() < 1e-3);
    }

    #[test]
    fn what_has_no_density_is_none() {
        assert_eq!(Density::scott(&[[0.0, 0.0], [1.0, 1.0]]), None);
        assert_eq!(Density::scott(&[[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [5.0, 10.0]]), None);
        assert_eq!(Density::scott(&[[0.0, 0.0], [1.0, f64::NAN], [2.0, 3.0]]), None);
        assert_eq!(Density::scott(&[[3.0, 1.0]; 8]), None);
    }

    #[test]
    fn it_integrates_to_one() {
        let points = wave();
        let (density, grid) = (Density::scott(&points).expect("a density"), PlaneGrid::around(&points, 200, 1.0));
        let cell = (grid.x.1 - grid.x.0) * (grid.y.1 - grid.y.0) / 40_000.0;
        let whole: f64 = grid.middles().map(|p| density.at(p) * cell).sum();
        assert!((whole - 1.0).abs() < 1e-6, "{whole}");
    }

    #[test]
    fn a_corner_is_told_from_a_sample_and_a_sample_is_not() {
        let mut rng = MasterSeed(1).rng(Stream::Latent, 0);
        let mut draw = || {
            use rand_distr::{Distribution, StandardNormal};
            let of = |rng: &mut _| -> f64 { StandardNormal.sample(rng) };
            [of(&mut rng), of(&mut rng)]
        };
        let points: Vec<[f64; 2]> = (0..600).map(|_| draw()).collect();
        let grid = PlaneGrid::around(&points, 32, 0.2);
        let test = |chosen: &[usize]| {
            let mut rng = MasterSeed(2).rng(Stream::Latent, 0);
            subset_test(&points, chosen, &grid, 99, &mut rng, &mut |_| {}).expect("densities")
        };
        let corner: Vec<usize> = (0..600).filter(|i| points[*i][0] > 0.5 && points[*i][1] > 0.0).take(40).collect();
        let (far, near) = (test(&corner), test(&(0..40).collect::<Vec<_>>()));
        assert!(far.p == 0.01 && far.distance > 0.5, "{} {}", far.p, far.distance);
        assert!(near.p > 0.05 && near.distance < 0.5, "{} {}", near.p, near.distance);
        // Under the null p is spread evenly: of 40 random subsets about two have p ≤ 0.05, and 8 or more with a probability below 2e-3.
        let low = (0..40).filter(|k| test(&(k * 15..k * 15 + 15).collect::<Vec<_>>()).p <= 0.05).count();
        assert!(low < 8, "{low} of 40");
    }
}

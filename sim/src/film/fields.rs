//! Smooth random fields on a torus, of zero mean and known correlation length.
//!
//! The correlation length is the lag at which the autocorrelation has fallen to 1/e.

use super::torus::{Point, wrap};
use ndarray::Array2;
use noise::{NoiseFn, Perlin};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::TAU;

/// A Gaussian field: independent normal numbers on a square lattice, smoothed by cubic B-splines.
///
/// Normal at every point, twice continuously differentiable, with unit variance on average (it breathes by ±8 %
/// between lattice points). The autocorrelation is the spline of order 7, within 2 % of exp(−r²/(4h²/3)) at a
/// lattice spacing of h.
#[derive(Clone, Debug)]
pub(crate) struct GaussianField {
    lattice: Array2<f64>,
    spacing_m: f64,
    side: f64,
}

impl GaussianField {
    pub(crate) fn new(side: f64, correlation_m: f64, rng: &mut impl Rng) -> Self {
        let spacing = correlation_m * 0.75_f64.sqrt();
        let n = ((side / spacing).round() as usize).max(4);
        // The mean square of a cubic B-spline's samples is 151/315 in each direction.
        let gain = 315.0 / 151.0;
        let lattice = Array2::from_shape_simple_fn((n, n), || {
            let z: f64 = StandardNormal.sample(rng);
            gain * z
        });
        Self { lattice, spacing_m: side / n as f64, side }
    }

    /// The value at a point; any point, the torus repeats.
    pub(crate) fn at(&self, p: Point) -> f64 {
        let n = self.lattice.nrows();
        let (row, wy) = self.weights(p[1]);
        let (column, wx) = self.weights(p[0]);
        let mut sum = 0.0;
        for (j, wy) in wy.into_iter().enumerate() {
            let y = (row + j) % n;
            for (i, wx) in wx.into_iter().enumerate() {
                sum += wy * wx * self.lattice[[y, (column + i) % n]];
            }
        }
        sum
    }

    fn weights(&self, x: f64) -> (usize, [f64; 4]) {
        let place = wrap(x, self.side) / self.spacing_m;
        let first = place.floor();
        let t = place - first;
        let s = 1.0 - t;
        let weights = [
            s * s * s / 6.0,
            (t * t * (3.0 * t - 6.0) + 4.0) / 6.0,
            (s * s * (3.0 * s - 6.0) + 4.0) / 6.0,
            t * t * t / 6.0,
        ];
        (first as usize, weights)
    }
}

/// A point of the flat torus in four dimensions, where every direction closes on itself without stretching.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnTorus([f64; 4]);

impl OnTorus {
    pub(crate) fn new(p: Point, side: f64) -> Self {
        let (sx, cx) = (TAU * p[0] / side).sin_cos();
        let (sy, cy) = (TAU * p[1] / side).sin_cos();
        Self([cx, sx, cy, sy])
    }
}

/// Gradient noise (Perlin, SIGGRAPH 2002, doi:10.1145/566654.566636) on the torus, scaled to a given rms.
///
/// Bounded, unlike a Gaussian field, which is what a displacement or a roughness should be.
#[derive(Clone, Debug)]
pub(crate) struct TextureField {
    perlin: Perlin,
    offset: [f64; 4],
    radius: f64,
    gain: f64,
}

impl TextureField {
    pub(crate) fn new(side: f64, correlation_m: f64, rms: f64, rng: &mut impl Rng) -> Self {
        // The autocorrelation of gradient noise falls to 1/e within 0.57 of its lattice.
        let radius = side / TAU * 0.57 / correlation_m;
        let offset = std::array::from_fn(|_| rng.random::<f64>());
        let mut field = Self { perlin: Perlin::new(rng.random::<u32>()), offset, radius, gain: 1.0 };
        let n = 64;
        let sum2: f64 = (0..n * n)
            .map(|k| {
                // An irrational stride keeps the samples off any lattice.
                let p = [f64::from(k % n) / f64::from(n), (f64::from(k) * 0.618_033_988_749_894_9).fract()];
                field.at(OnTorus::new(p, 1.0)).powi(2)
            })
            .sum();
        field.gain = rms / (sum2 / f64::from(n * n)).sqrt();
        field
    }

    /// The value at a point.
    pub(crate) fn at(&self, p: OnTorus) -> f64 {
        let q: [f64; 4] = std::array::from_fn(|k| self.offset[k] + self.radius * p.0[k]);
        self.gain * self.perlin.get(q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::{MasterSeed, Stream};

    /// Mean, mean square and the mean product at a lag, over a square of samples.
    fn moments(lag: f64, at: impl Fn(Point) -> f64) -> (f64, f64, f64) {
        let n = 250;
        let (mut sum, mut square, mut product) = (0.0, 0.0, 0.0);
        for k in 0..n * n {
            let p = [f64::from(k % n) / f64::from(n), (f64::from(k) * 0.618_033_988_75).fract()];
            let v = at(p);
            sum += v;
            square += v * v;
            product += v * at([p[0] + lag, p[1]]);
        }
        let count = f64::from(n * n);
        (sum / count, square / count, product / count)
    }

    #[test]
    fn gaussian_field_has_unit_variance_and_its_correlation_length() {
        let field = GaussianField::new(1.0, 0.02, &mut MasterSeed(1).rng(Stream::Transport, 0));
        let (mean, square, product) = moments(0.02, |p| field.at(p));
        // About 1/(π 0.02²) = 800 independent patches: 0.035 for the mean, 0.05 for the mean square; three of these.
        assert!(mean.abs() < 0.1 && (square - 1.0).abs() < 0.15, "{mean} {square}");
        assert!((product / square - (-1.0_f64).exp()).abs() < 0.06, "{}", product / square);
        let p = [0.123, 0.987];
        assert!((field.at(p) - field.at([p[0] + 1.0, p[1] - 2.0])).abs() < 1e-9);
    }

    #[test]
    fn texture_field_has_its_rms_and_its_correlation_length() {
        let field = TextureField::new(1.0, 0.02, 6.0, &mut MasterSeed(1).rng(Stream::Topography, 0));
        let (mean, square, product) = moments(0.02, |p| field.at(OnTorus::new(p, 1.0)));
        assert!(mean.abs() < 0.6 && (square.sqrt() / 6.0 - 1.0).abs() < 0.1, "{mean} {square}");
        // The text says 1/e; gradient noise on a tilted plane through its lattice varies by a few hundredths.
        assert!((product / square - (-1.0_f64).exp()).abs() < 0.10, "{}", product / square);
    }
}

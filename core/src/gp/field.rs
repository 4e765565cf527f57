//! A posterior at fixed places that grows point by point.
//!
//! With one row of L and of `V = L⁻¹ k(X, x_*)` more for every measurement (bordering; Golub & Van Loan, *Matrix Computations*, 4th ed.,
//! §4.2.9), a further point costs N M operations instead of N² M for M places:
//!
//! ```text
//! l = L⁻¹ k(X, x),  d² = k(x, x) + σ²_n − |l|²,  v = (k(x, x_*) − lᵀV)/d,  mean = m + Vᵀ L⁻¹(y − m),  variance = k(x_*, x_*) − Σ v²
//! ```
//!
//! Targets enter only when a map is asked for, so that they may be scaled anew; kernel and noise must stay. Memory is N M numbers; the
//! places are held in blocks, whose rows fit into a cache and of which each is one thread's. Points added at once or one by one
//! give the same bits. Unlike [`Factor`](super::Factor) it adds no jitter: a covariance that is singular to rounding is an error.

use super::{GpError, Process};
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rayon::prelude::*;

/// Places per block.
const BLOCK: usize = 256;
/// Smallest pivot, relative to the prior variance: below it rounding decides.
const SMALLEST_PIVOT: f64 = 1e-10;

/// A conditioned process at fixed places.
#[derive(Clone, Debug)]
pub struct Field {
    process: Process,
    /// Measured inputs, N×D.
    inputs: Array2<f64>,
    /// Rows of L, row i of length i + 1.
    lower: Vec<Vec<f64>>,
    blocks: Vec<Block>,
}

/// Some of the places.
#[derive(Clone, Debug)]
struct Block {
    /// Rows of V, one after the other.
    half: Vec<f64>,
    /// Σ v² at each place.
    explained: Vec<f64>,
}

impl Field {
    /// The prior at M places.
    pub fn new(process: Process, places: ArrayView2<'_, f64>) -> Self {
        let m = places.nrows();
        let block = |start: usize| Block { half: Vec::new(), explained: vec![0.0; BLOCK.min(m - start)] };
        let blocks = (0..m).step_by(BLOCK).map(block).collect();
        Self { process, inputs: Array2::zeros((0, places.ncols())), lower: Vec::new(), blocks }
    }

    /// The process it was made with.
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.lower.len()
    }

    /// Whether it is still the prior.
    pub fn is_empty(&self) -> bool {
        self.lower.is_empty()
    }

    /// Takes in the points in the rows of `x`. `places` are those it was made with. After an error it is of no further use.
    pub fn add(&mut self, places: ArrayView2<'_, f64>, x: ArrayView2<'_, f64>) -> Result<(), GpError> {
        let known = self.len();
        self.inputs = concatenate(Axis(0), &[self.inputs.view(), x]).expect("points have the width of the places");
        let covariance = self.process.kernel.cross(x, self.inputs.view());
        for (i, row) in covariance.rows().into_iter().enumerate() {
            let mut l: Vec<f64> = Vec::with_capacity(known + i + 1);
            for (k, lower) in self.lower.iter().enumerate() {
                let done: f64 = lower[..k].iter().zip(&l).map(|(a, b)| a * b).sum();
                l.push((row[k] - done) / lower[k]);
            }
            let prior = self.process.kernel.variance() + self.process.noise.0;
            let pivot = prior - l.iter().map(|v| v * v).sum::<f64>();
            if pivot.is_nan() || pivot <= SMALLEST_PIVOT * prior {
                return Err(GpError::NotPositiveDefinite { size: known + i + 1, jitter: 0.0 });
            }
            l.push(pivot.sqrt());
            self.lower.push(l);
        }
        let (lower, kernel) = (&self.lower[known..], &self.process.kernel);
        self.blocks.par_iter_mut().enumerate().for_each(|(b, block)| {
            let width = block.explained.len();
            let cross = kernel.cross(x, places.slice(s![b * BLOCK..b * BLOCK + width, ..]));
            block.half.reserve_exact(lower.len() * width);
            for (l, row) in lower.iter().zip(cross.rows()) {
                let mut v = row.to_vec();
                for (l, above) in l.iter().zip(block.half.chunks_exact(width)) {
                    v.iter_mut().zip(above).for_each(|(v, a)| *v -= l * a);
                }
                let inverse = 1.0 / l[l.len() - 1];
                for (v, explained) in v.iter_mut().zip(&mut block.explained) {
                    *v *= inverse;
                    *explained += *v * *v;
                }
                block.half.extend_from_slice(&v);
            }
        });
        Ok(())
    }

    /// Mean and variance of the property at all places, for the targets of the points in their order.
    pub fn map(&self, targets: &[f64]) -> Result<(Vec<f64>, Vec<f64>), GpError> {
        if targets.len() != self.len() {
            return Err(GpError::Shape { inputs: self.len(), targets: targets.len() });
        }
        let mut beta: Vec<f64> = Vec::with_capacity(targets.len());
        for (lower, r) in self.lower.iter().zip(self.process.mean.residual(targets)) {
            let done: f64 = lower.iter().zip(&beta).map(|(l, b)| l * b).sum();
            beta.push((r - done) / lower[beta.len()]);
        }
        let prior = self.process.kernel.variance();
        let of_block = |block: &Block| {
            let width = block.explained.len();
            let mut mean = vec![self.process.mean.0; width];
            for (b, row) in beta.iter().zip(block.half.chunks_exact(width)) {
                mean.iter_mut().zip(row).for_each(|(m, v)| *m += b * v);
            }
            (mean, block.explained.iter().map(|e| (prior - e).max(0.0)).collect())
        };
        let parts: Vec<(Vec<f64>, Vec<f64>)> = self.blocks.par_iter().map(of_block).collect();
        Ok((
            parts.iter().flat_map(|p| p.0.iter().copied()).collect(),
            parts.iter().flat_map(|p| p.1.iter().copied()).collect(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Kernel, Posterior, Shape, Term, mean::ConstantMean, noise::WhiteNoise};

    fn process(noise: f64) -> Process {
        let terms = vec![
            Term { shape: Shape::Matern32, columns: 0..2, output_scale: 0.8, length_scales: vec![1.1, 0.6] },
            Term { shape: Shape::Rbf, columns: 1..3, output_scale: 0.4, length_scales: vec![0.9] },
        ];
        Process { kernel: Kernel { terms }, mean: ConstantMean(0.3), noise: WhiteNoise(noise) }
    }

    fn points(n: usize, phase: f64) -> Array2<f64> {
        Array2::from_shape_fn((n, 3), |(i, j)| ((i * 7 + j * 3) as f64 * 0.63 + phase).sin() * 2.0)
    }

    #[test]
    fn agrees_with_the_posterior_that_is_made_at_once() {
        let (x, places) = (points(20, 0.0), points(700, 0.4));
        let y: Vec<f64> = (0..20).map(|i| f64::from(i).cos()).collect();
        let mut field = Field::new(process(0.05), places.view());
        for n in 1..=20 {
            field.add(places.view(), x.slice(s![n - 1..n, ..])).expect("definite");
            let (mean, variance) = field.map(&y[..n]).expect("maps");
            let posterior =
                Posterior::new(process(0.05), x.slice(s![..n, ..]).to_owned(), &y[..n]).expect("conditions");
            let expected = posterior.predict(places.view());
            for i in 0..700 {
                assert!((mean[i] - expected.0[i]).abs() < 1e-11 && (variance[i] - expected.1[i]).abs() < 1e-11);
            }
        }
    }

    #[test]
    fn points_at_once_or_one_by_one_on_any_number_of_threads_give_the_same_bits() {
        let (x, places) = (points(15, 0.0), points(600, 0.4));
        let y: Vec<f64> = (0..15).map(|i| f64::from(i).sin()).collect();
        let grown = |cuts: &[usize]| {
            let mut field = Field::new(process(0.1), places.view());
            for w in cuts.windows(2) {
                field.add(places.view(), x.slice(s![w[0]..w[1], ..])).expect("definite");
            }
            field.map(&y).expect("maps")
        };
        let single: Vec<usize> = (0..=15).collect();
        assert_eq!(grown(&[0, 15]), grown(&single));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("pool");
        assert_eq!(pool.install(|| grown(&[0, 4, 15])), grown(&single));
    }

    #[test]
    fn without_points_it_is_the_prior_and_a_singular_covariance_is_an_error() {
        let places = points(5, 0.4);
        let mut field = Field::new(process(0.0), places.view());
        let (mean, variance) = field.map(&[]).expect("the prior");
        assert!(field.is_empty() && mean == vec![0.3; 5] && variance == vec![process(0.0).kernel.variance(); 5]);
        assert_eq!(field.map(&[1.0]).expect_err("no point"), GpError::Shape { inputs: 0, targets: 1 });
        let twice = points(1, 0.0);
        field.add(places.view(), twice.view()).expect("definite");
        let error = field.add(places.view(), twice.view()).expect_err("the same point without noise");
        assert_eq!(error, GpError::NotPositiveDefinite { size: 2, jitter: 0.0 });
    }
}

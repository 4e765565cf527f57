//! A posterior at fixed places that grows point by point.
//!
//! Every measurement adds one row to L and one to `V = L⁻¹ k(X, x_*)` (bordering; Golub & Van Loan, *Matrix Computations*, 4th ed.,
//! §4.2.9), and one term to mean and variance at each of M places:
//!
//! ```text
//! l = L⁻¹ k(X, x),  d² = k(x, x) + σ²_n − |l|²,  v = (k(x, x_*) − lᵀV)/d,  β = (y − m − lᵀL⁻¹(y − m))/d
//! mean += β v,  variance −= v²
//! ```
//!
//! Mean and variance are therefore kept, and rows of V only to make the next one: as many as [`Room`] allows. With V_R the rows that are
//! kept and T the points behind them, the others enter through their covariances, `lᵀV = cᵀV_R + wᵀk(X_T, x_*)` with `w = L_TT⁻ᵀ l_T` and
//! `c = l_R − L_TRᵀ w`. A kept row costs a multiplication per place, another a covariance, some ten times as much: time rises steadily
//! with the number of points, and nothing breaks where the room ends. The places are held in blocks, each one thread's; what a block
//! computes does not depend on the number of threads.
//!
//! The points of the start are taken in together, by [`Posterior`](super::Posterior)'s formulas. Jitter that they need stays; a later
//! point that would need more is an error.

use super::leave_one_out::LeftOut;
use super::{Factor, GpError, Process};
use crate::vector::{add_scaled, dot, wide, wide_add_scaled, wide_dot};
use faer::MatMut;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rayon::prelude::*;

/// Places per block.
const BLOCK: usize = 256;
/// Points whose covariances with a block are looked at together: they fit into a second-level cache.
const GROUP: usize = 64;
/// Rows of V that are allocated together.
const ROWS: usize = 16;
/// Smallest pivot, relative to the prior variance: below it rounding decides.
const SMALLEST_PIVOT: f64 = 1e-10;

/// How many numbers of V may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room(pub usize);

impl Default for Room {
    /// 256 MB: 2,600 points at 128 × 128 pixels, 135 at 512 × 512, 8 at 2048 × 2048.
    fn default() -> Self {
        Self(1 << 25)
    }
}

/// A conditioned process at fixed places.
#[derive(Clone, Debug)]
pub struct Field {
    process: Process,
    /// Measured inputs, N×D, and targets.
    inputs: Array2<f64>,
    targets: Vec<f64>,
    /// Rows of L, row i of length i + 1.
    lower: Vec<Vec<f64>>,
    jitter: f64,
    /// `L⁻¹(y − m)` and `K⁻¹(y − m)`.
    beta: Vec<f64>,
    alpha: Vec<f64>,
    /// Diagonal of `K⁻¹`.
    precision: Vec<f64>,
    /// Rows of V that may be kept, and how many are.
    room: usize,
    kept: usize,
    blocks: Vec<Block>,
}

/// Some of the places.
#[derive(Clone, Debug)]
struct Block {
    mean: Vec<f64>,
    /// Σ v² at each place.
    explained: Vec<f64>,
    /// Rows of V from the start, place after place.
    start: Vec<f64>,
    /// Later rows of V, row after row, [`ROWS`] together.
    later: Vec<Vec<f64>>,
}

/// What all blocks need to take in a point.
struct Newcomer<'a> {
    /// The point, 1×D, and the points whose rows are not kept.
    point: ArrayView2<'a, f64>,
    behind: ArrayView2<'a, f64>,
    /// Weights of the kept rows, and of the covariances of the others.
    of_rows: &'a [f64],
    of_points: &'a [f64],
    pivot: f64,
    beta: f64,
    keep: bool,
}

impl Field {
    /// The posterior at M places, given `targets` (N) at `inputs` (N×D).
    pub fn new(
        process: Process,
        places: ArrayView2<'_, f64>,
        inputs: Array2<f64>,
        targets: &[f64],
        room: Room,
    ) -> Result<Self, GpError> {
        Process::check(inputs.view(), targets)?;
        let factor = process.factor(inputs.view())?;
        let n = targets.len();
        let residual = process.mean.residual(targets);
        let mut beta = residual.clone();
        factor.solve_lower_in_place(MatMut::from_column_major_slice_mut(&mut beta, n, 1));
        let precision = factor.inverse().diag().to_vec();
        let room = room.0 / places.nrows().max(1);
        let kept = room.min(n);
        let start = |rows: ArrayView2<'_, f64>| Block::new(&process, &factor, inputs.view(), &beta, rows, kept);
        let blocks =
            (0..places.nrows()).into_par_iter().step_by(BLOCK).map(|at| start(block(places, at / BLOCK))).collect();
        let lower = (0..n).map(|i| factor.row(i).collect()).collect();
        let (alpha, jitter) = (factor.solve(&residual), factor.jitter());
        let targets = targets.to_vec();
        Ok(Self { process, inputs, targets, lower, jitter, beta, alpha, precision, room, kept, blocks })
    }

    /// The process it was made with.
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// The targets it holds.
    pub fn targets(&self) -> &[f64] {
        &self.targets
    }

    /// Takes in a target at the point `x` (1×D). `places` are those it was made with. After an error it is as before.
    pub fn add(&mut self, places: ArrayView2<'_, f64>, x: ArrayView2<'_, f64>, target: f64) -> Result<(), GpError> {
        Process::check(x, &[target])?;
        let n = self.targets.len();
        let cross = self.process.kernel.cross(x, self.inputs.view()).into_raw_vec_and_offset().0;
        let prior = self.process.kernel.variance() + self.process.noise.0 + self.jitter;
        let l = self.forward(cross);
        let pivot = prior - wide_dot(&l, &l);
        if pivot.is_nan() || pivot <= SMALLEST_PIVOT * prior {
            return Err(GpError::NotPositiveDefinite { size: n + 1, jitter: self.jitter });
        }
        let pivot = pivot.sqrt();
        let beta = (target - self.process.mean.0 - wide_dot(&l, &self.beta)) / pivot;

        // Leave-one-out: the inverse of a bordered matrix, with w = K⁻¹k(X, x).
        let whole = self.backward(l.clone(), 0);
        for ((precision, alpha), w) in self.precision.iter_mut().zip(&mut self.alpha).zip(&whole) {
            *precision += (w / pivot) * (w / pivot);
            *alpha -= w * (beta / pivot);
        }
        self.precision.push(1.0 / (pivot * pivot));
        self.alpha.push(beta / pivot);

        let of_points = self.backward(l[self.kept..].to_vec(), self.kept);
        let mut of_rows = l[..self.kept].to_vec();
        for (w, row) in of_points.iter().zip(&self.lower[self.kept..]) {
            wide_add_scaled(&mut of_rows, row, -w);
        }
        let newcomer = Newcomer {
            point: x,
            behind: self.inputs.slice(s![self.kept.., ..]),
            of_rows: &of_rows,
            of_points: &of_points,
            pivot,
            beta,
            keep: self.kept == n && n < self.room,
        };
        let kernel = &self.process.kernel;
        self.blocks.par_iter_mut().enumerate().for_each(|(b, of_block)| {
            of_block.add(&newcomer, |points| kernel.cross(points, block(places, b)));
        });
        self.kept += usize::from(newcomer.keep);
        self.inputs = concatenate(Axis(0), &[self.inputs.view(), x]).expect("points have the width of the places");
        self.targets.push(target);
        self.beta.push(beta);
        let mut l = l;
        l.push(pivot);
        self.lower.push(l);
        Ok(())
    }

    /// `L⁻¹ b`.
    fn forward(&self, mut b: Vec<f64>) -> Vec<f64> {
        for (i, row) in self.lower.iter().enumerate() {
            b[i] = (b[i] - wide_dot(&row[..i], &b[..i])) / row[i];
        }
        b
    }

    /// `L_TT⁻ᵀ b` for the points T from `first` on.
    fn backward(&self, mut b: Vec<f64>, first: usize) -> Vec<f64> {
        for (i, row) in self.lower[first..].iter().enumerate().rev() {
            let row = &row[first..];
            b[i] /= row[i];
            let w = b[i];
            wide_add_scaled(&mut b[..i], row, -w);
        }
        b
    }

    /// Mean and variance of the property at all places. Rounding below zero variance is cut off.
    pub fn map(&self) -> (Vec<f64>, Vec<f64>) {
        let (prior, places) = (self.process.kernel.variance(), self.blocks.iter().map(|b| b.mean.len()).sum());
        let (mut mean, mut variance) = (Vec::with_capacity(places), Vec::with_capacity(places));
        for block in &self.blocks {
            mean.extend_from_slice(&block.mean);
            variance.extend(block.explained.iter().map(|e| (prior - e).max(0.0)));
        }
        (mean, variance)
    }

    /// Every measurement as the others predict it, in their order.
    pub fn leave_one_out(&self) -> Vec<LeftOut> {
        let of = |((y, alpha), precision): ((&f64, &f64), &f64)| LeftOut::new(*y, *alpha, *precision);
        self.targets.iter().zip(&self.alpha).zip(&self.precision).map(of).collect()
    }
}

/// The places of block `b`.
fn block(places: ArrayView2<'_, f64>, b: usize) -> ArrayView2<'_, f64> {
    let start = b * BLOCK;
    places.slice_move(s![start..(start + BLOCK).min(places.nrows()), ..])
}

impl Block {
    /// Some places, given the points of the start.
    fn new(
        process: &Process,
        factor: &Factor,
        inputs: ArrayView2<'_, f64>,
        beta: &[f64],
        places: ArrayView2<'_, f64>,
        kept: usize,
    ) -> Self {
        let (m, n) = (places.nrows(), beta.len());
        let mut half = process.kernel.cross(places, inputs).into_raw_vec_and_offset().0;
        factor.solve_lower_in_place(MatMut::from_column_major_slice_mut(&mut half, n, m));
        let (mut mean, mut explained) = (vec![process.mean.0; m], vec![0.0; m]);
        add_sums(&half[..], beta, &mut mean[..], &mut explained[..]);
        if kept < n {
            half = half.chunks_exact(n).flat_map(|v| &v[..kept]).copied().collect();
        }
        Self { mean, explained, start: half, later: Vec::new() }
    }

    fn add(&mut self, new: &Newcomer<'_>, cross: impl Fn(ArrayView2<'_, f64>) -> Array2<f64>) {
        let width = self.mean.len();
        let mut v = cross(new.point).into_raw_vec_and_offset().0;
        let weights = new.of_points.chunks(GROUP);
        for (points, weights) in new.behind.axis_chunks_iter(Axis(0), GROUP).zip(weights) {
            let covariances = cross(points);
            let covariances = covariances.as_slice().expect("a fresh array is contiguous");
            subtract_rows(&mut v[..], covariances, weights);
        }
        let of_start = self.start.len() / width;
        subtract_columns(&mut v[..], &self.start[..], &new.of_rows[..of_start]);
        for (rows, weights) in self.later.iter().zip(new.of_rows[of_start..].chunks(ROWS)) {
            subtract_rows(&mut v[..], &rows[..], weights);
        }
        for (v, explained) in v.iter_mut().zip(&mut self.explained) {
            *v /= new.pivot;
            *explained += *v * *v;
        }
        wide_add_scaled(&mut self.mean, &v, new.beta);
        if new.keep {
            if self.later.last().is_none_or(|rows| rows.len() == ROWS * width) {
                self.later.push(Vec::with_capacity(ROWS * width));
            }
            self.later.last_mut().expect("was pushed").extend_from_slice(&v);
        }
    }
}

wide! {
    /// Adds `vᵀβ` and `vᵀv` of every column v.
    fn add_sums(columns: &[f64], beta: &[f64], mean: &mut [f64], explained: &mut [f64]) {
        for ((v, mean), explained) in columns.chunks_exact(beta.len()).zip(mean).zip(explained) {
            *mean += dot(v, beta);
            *explained += dot(v, v);
        }
    }
}

wide! {
    /// Subtracts rows, each times its weight.
    fn subtract_rows(v: &mut [f64], rows: &[f64], weights: &[f64]) {
        for (row, w) in rows.chunks_exact(v.len()).zip(weights) {
            add_scaled(v, row, -w);
        }
    }
}

wide! {
    /// Subtracts from each entry the product of its column with the weights.
    fn subtract_columns(v: &mut [f64], columns: &[f64], weights: &[f64]) {
        if weights.is_empty() {
            return;
        }
        for (v, column) in v.iter_mut().zip(columns.chunks_exact(weights.len())) {
            *v -= dot(column, weights);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::{Kernel, Posterior, Shape, Term, mean::ConstantMean, noise::WhiteNoise};
    use proptest::prelude::*;

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

    fn targets(n: usize) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 1.3).cos()).collect()
    }

    /// A field of the first `start` points, grown to all of them.
    fn grown(x: &Array2<f64>, y: &[f64], places: &Array2<f64>, start: usize, rows: usize) -> Field {
        let (first, room) = (x.slice(s![..start, ..]).to_owned(), Room(rows * places.nrows()));
        let mut field = Field::new(process(0.05), places.view(), first, &y[..start], room).expect("definite");
        for (i, y) in y.iter().enumerate().skip(start) {
            field.add(places.view(), x.slice(s![i..=i, ..]), *y).expect("definite");
        }
        field
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// However many points it started with and however many rows it keeps, also fewer than it started with.
        #[test]
        fn prop_it_is_the_posterior_that_is_made_at_once(
            n in 1usize..90, start in 1usize..60, rows in 0usize..100, m in 1usize..600, phase in 0.1..3.0f64,
        ) {
            let (x, y, places) = (points(n, 0.0), targets(n), points(m, phase));
            let field = grown(&x, &y, &places, start.min(n), rows);
            let posterior = Posterior::new(process(0.05), x, &y).expect("conditions");
            let ((mean, variance), expected) = (field.map(), posterior.predict(places.view()));
            for i in 0..m {
                // A condition number of n·1.2/0.05, at most 2,200, times 90 operations of 1e-16.
                prop_assert!((mean[i] - expected.0[i]).abs() < 1e-10 && (variance[i] - expected.1[i]).abs() < 1e-10);
            }
            for (a, b) in field.leave_one_out().iter().zip(posterior.leave_one_out(&y)) {
                prop_assert!((a.mean - b.mean).abs() < 1e-10 && (a.variance - b.variance).abs() < 1e-10);
                prop_assert!((a.standardised - b.standardised).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let (x, y, places) = (points(40, 0.0), targets(40), points(1500, 0.4));
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
            pool.install(|| grown(&x, &y, &places, 10, 25).map())
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn rows_are_kept_as_far_as_there_is_room() {
        let (x, y, places) = (points(40, 0.0), targets(40), points(300, 0.4));
        let kept = |start, rows| {
            let field = grown(&x, &y, &places, start, rows);
            let numbers = |b: &Block| b.start.len() + b.later.iter().map(Vec::len).sum::<usize>();
            (field.kept, field.blocks.iter().map(numbers).sum::<usize>())
        };
        assert_eq!([kept(10, 100), kept(10, 25), kept(30, 25), kept(30, 0)], [40, 25, 25, 0].map(|r| (r, r * 300)));
    }

    #[test]
    fn a_singular_covariance_is_an_error_and_changes_nothing() {
        let (places, once) = (points(5, 0.4), points(1, 0.0));
        let mut field = Field::new(process(0.0), places.view(), once.clone(), &[1.0], Room::default()).expect("one");
        let before = field.map();
        let error = field.add(places.view(), once.view(), 1.0).expect_err("the same point without noise");
        assert_eq!(error, GpError::NotPositiveDefinite { size: 2, jitter: 0.0 });
        assert_eq!((field.map(), field.targets()), (before, &[1.0][..]));
        let error = Field::new(process(0.0), places.view(), once, &[], Room::default()).expect_err("no target");
        assert_eq!(error, GpError::Shape { inputs: 1, targets: 0 });
    }
}

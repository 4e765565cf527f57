//! How much of a process the measurements bear out.
//!
//! Hyper-parameters that were fitted to few measurements see likeness in chance. A process can be asked to believe only a share ρ of it,
//!
//! ```text
//! K(ρ) = ρ K + (1 − ρ) k(0) I + σ²I
//! ```
//!
//! which keeps the variance of each place and gives the rest of it to what no other place tells. The share that
//! [is borne out](Process::supported_share) has the largest leave-one-out pseudo-likelihood (R&W eq. 5.10–5.12; Sundararajan & Keerthi, Neural
//! Comput. 13, 1103 (2001)), less ρ: the hyper-parameters are held, and have seen what is left out; likeness pays one nat for that, as Akaike
//! charges for a fitted number (IEEE Trans. Autom. Control 19, 716 (1974)). One eigendecomposition `K = U Λ Uᵀ` serves all shares:
//! `K(ρ)⁻¹ = U (ρΛ + (1 − ρ) k(0) + σ²)⁻¹ Uᵀ`.

use super::{LeftOut, Process};
use faer::{Mat, Side};
use ndarray::ArrayView2;

/// Shares that are tried, from all down: 1, 0.9, … 0.
const STEPS: u32 = 10;
/// What all the likeness must gain to be believed, nats.
const PRICE: f64 = 1.0;

impl Process {
    /// The same process with a share of its likeness, from 0 to 1, and the rest of its variance for each place alone.
    #[must_use]
    pub fn shrunk(&self, share: f64) -> Self {
        let mut shrunk = self.clone();
        shrunk.noise.0 += (1.0 - share) * self.kernel.variance();
        shrunk.kernel.terms.iter_mut().for_each(|term| term.output_scale *= share);
        shrunk
    }

    /// The share that predicts each of the measurements best from the others; all of it if nothing says otherwise.
    pub fn supported_share(&self, inputs: ArrayView2<'_, f64>, targets: &[f64]) -> f64 {
        let n = targets.len();
        let covariance = self.kernel.cross(inputs, inputs);
        let Ok(eigen) = Mat::from_fn(n, n, |i, j| covariance[[i, j]]).self_adjoint_eigen(Side::Lower) else {
            return 1.0;
        };
        let (vectors, values) = (eigen.U(), eigen.S().column_vector());
        let turned: Vec<f64> =
            (0..n).map(|k| (0..n).map(|i| vectors[(i, k)] * (targets[i] - self.mean.0)).sum()).collect();
        let density = |share: f64| -> f64 {
            let alone = (1.0 - share) * self.kernel.variance() + self.noise.0;
            // Rounding may leave a value just below zero.
            let inverse: Vec<f64> = (0..n).map(|k| 1.0 / (share * values[k].max(0.0) + alone)).collect();
            let left_out = |i: usize| {
                let (mut alpha, mut precision) = (0.0, 0.0);
                for k in 0..n {
                    let weighed = vectors[(i, k)] * inverse[k];
                    alpha += weighed * turned[k];
                    precision += weighed * vectors[(i, k)];
                }
                LeftOut::new(targets[i], alpha, precision).log_density()
            };
            (0..n).map(left_out).sum()
        };
        let shares = (0..=STEPS).rev().map(|step| f64::from(step) / f64::from(STEPS));
        let mut best = (1.0, f64::NEG_INFINITY);
        for (share, worth) in shares.map(|share| (share, density(share) - PRICE * share)) {
            if worth > best.1 {
                best = (share, worth);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gp::kernel::{Kernel, Term};
    use crate::gp::mean::ConstantMean;
    use crate::gp::noise::WhiteNoise;
    use crate::gp::{Posterior, Shape};
    use ndarray::Array2;
    use rand_distr::{Distribution, StandardNormal};
    use tiptwin_instrument::{MasterSeed, Stream};

    fn process() -> Process {
        let term = Term { shape: Shape::Matern32, columns: 0..1, output_scale: 0.9, length_scales: vec![2.0] };
        Process { kernel: Kernel { terms: vec![term] }, mean: ConstantMean(0.3), noise: WhiteNoise(0.1) }
    }

    fn line(n: usize) -> Array2<f64> {
        Array2::from_shape_fn((n, 1), |(i, _)| 0.5 * i as f64)
    }

    fn normal(n: usize, index: u64) -> Vec<f64> {
        let mut rng = MasterSeed(9).rng(Stream::Strategy, index);
        (0..n).map(|_| StandardNormal.sample(&mut rng)).collect()
    }

    #[test]
    fn one_decomposition_says_what_each_process_would() {
        let (inputs, targets) = (line(12), normal(12, 0));
        let by_factor = |share: f64| -> f64 {
            let posterior = Posterior::new(process().shrunk(share), inputs.clone(), &targets).expect("factorises");
            posterior.leave_one_out(&targets).iter().map(LeftOut::log_density).sum()
        };
        let best = (0..=10).rev().map(|k| f64::from(k) / 10.0).fold((1.0, f64::NEG_INFINITY), |best, share| {
            let density = by_factor(share) - PRICE * share;
            if density > best.1 { (share, density) } else { best }
        });
        assert_eq!(process().supported_share(inputs.view(), &targets), best.0);
        assert!(best.0 < 1.0, "chance bears out less than all: {}", best.0);
    }

    #[test]
    fn a_smooth_line_is_borne_out_and_chance_is_not() {
        let inputs = line(40);
        let smooth: Vec<f64> = inputs.column(0).iter().map(|x| (0.4 * x).sin() + 0.3).collect();
        assert_eq!(process().supported_share(inputs.view(), &smooth), 1.0);
        let shares: f64 = (0..50).map(|i| process().supported_share(inputs.view(), &normal(40, i))).sum();
        // Leave-one-out cannot know every time: 0.11 ± 0.015 over repetitions of these fifty.
        assert!(shares / 50.0 < 0.2, "{}", shares / 50.0);
    }

    #[test]
    fn shrinking_keeps_the_variance_of_a_measurement() {
        let whole = process();
        for share in [0.0, 0.4, 1.0] {
            let shrunk = whole.shrunk(share);
            let variance = |p: &Process| p.kernel.variance() + p.noise.0;
            assert!((variance(&shrunk) - variance(&whole)).abs() < 1e-12);
            assert!((shrunk.kernel.variance() - share * whole.kernel.variance()).abs() < 1e-12);
        }
    }
}

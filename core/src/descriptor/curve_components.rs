//! What whole curves vary in: principal components of all curves measured so far.
//!
//! A current spans decades, from the noise in a junction to nanoamperes in a grain. It is therefore compressed first,
//! `x = asinh(I / s)` with s five times the noise of a sample: logarithmic above s, so that a dim spot counts as much as a bright one; linear
//! below it, where a logarithm would magnify noise; and with the sign of the current, which a logarithm loses. Samples are centred and *not*
//! scaled one by one: after compression all have one unit, and dividing by their own spread would raise the samples near zero bias, which
//! hold noise only, to the rank of the others.
//!
//! With the centred N curves × M samples matrix `X = U S Vᵀ`, the components are rows of Vᵀ, scores are `X V`, and the variance of component
//! k is `S_k²/N` (Jolliffe, *Principal Component Analysis*, 2nd ed. 2002, §3.5). The sign is arbitrary; here the largest loading is
//! positive. Components are those of the curves at hand and change as curves come in: scores of different N do not compare.

use faer::Mat;
use ndarray::{Array1, Array2};
use tiptwin_instrument::Amps;

/// Noise of a sample, times this: where compression turns from linear to logarithmic. At five deviations noise stays in the linear part.
const NOISES: f64 = 5.0;
/// Stands in for an unknown noise, as a share of the largest current.
const SHARE_OF_LARGEST: f64 = 1e-3;

/// Principal components of some curves.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveComponents {
    /// Where compression turns from linear to logarithmic, A.
    pub scale_a: f64,
    /// Mean compressed curve, M.
    pub mean: Array1<f64>,
    /// Components, K × M, each of length 1; a component that does not exist is zero.
    pub loadings: Array2<f64>,
    /// Share of the variance of the compressed curves that each explains, K.
    pub explained: Array1<f64>,
    /// Standard deviation of the scores on each, K.
    pub deviation: Array1<f64>,
}

impl CurveComponents {
    /// The `keep` components of largest variance of currents in amperes, one curve a row (N × M); `noise` is the standard deviation of one
    /// sample, zero if nobody knows.
    pub fn of(current_a: &Array2<f64>, keep: usize, noise: Amps) -> Self {
        let largest = current_a.iter().fold(0.0f64, |m, i| m.max(i.abs()));
        let scale_a = match NOISES * noise.0 {
            s if s > 0.0 => s,
            _ if largest > 0.0 => SHARE_OF_LARGEST * largest,
            _ => 1.0,
        };
        let (n, samples) = current_a.dim();
        let compressed = current_a.mapv(|i| (i / scale_a).asinh());
        let mean = compressed.mean_axis(ndarray::Axis(0)).unwrap_or_else(|| Array1::zeros(samples));
        let mut components = Self {
            scale_a,
            mean,
            loadings: Array2::zeros((keep, samples)),
            explained: Array1::zeros(keep),
            deviation: Array1::zeros(keep),
        };
        let centred = compressed - &components.mean;
        let total: f64 = centred.iter().map(|x| x * x).sum();
        let Ok(svd) = Mat::from_fn(n, samples, |i, j| centred[[i, j]]).thin_svd() else { return components };
        // Singular values come in falling order; what is below rounding is no component.
        let singular = |k: usize| svd.S()[k];
        let real = |k: &usize| singular(*k) > 1e-9 * singular(0) && total > 0.0;
        for k in (0..keep.min(n).min(samples)).filter(real) {
            let loading = |j: usize| svd.V()[(j, k)];
            let strongest = (0..samples).map(loading).fold(0.0f64, |m, v| if v.abs() > m.abs() { v } else { m });
            (0..samples).for_each(|j| components.loadings[[k, j]] = strongest.signum() * loading(j));
            components.explained[k] = singular(k).powi(2) / total;
            components.deviation[k] = singular(k) / (n as f64).sqrt();
        }
        components
    }

    /// Scores of a curve of M currents, K.
    pub fn scores(&self, current_a: &[f64]) -> Vec<f64> {
        let centred: Array1<f64> =
            current_a.iter().zip(&self.mean).map(|(i, mean)| (i / self.scale_a).asinh() - mean).collect();
        self.loadings.dot(&centred).to_vec()
    }

    /// The curve with a score of `deviations` times its spread on component k and 0 on all others, A.
    pub fn curve_a(&self, k: usize, deviations: f64) -> Vec<f64> {
        let along = deviations * self.deviation[k];
        let back = |(mean, loading): (&f64, &f64)| self.scale_a * (mean + along * loading).sinh();
        self.mean.iter().zip(self.loadings.row(k)).map(back).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Side;

    /// Curves of two shapes in varying shares, over three decades.
    fn curves() -> Array2<f64> {
        Array2::from_shape_fn((30, 40), |(i, j)| {
            let (a, b, v) = ((i as f64 * 0.7).sin(), (i as f64 * 1.9).cos(), j as f64 / 40.0);
            1e-11 * (1.0 + 2.0 * a + 4.0 * v * (1.0 + b)).exp() * (v - 0.1) + 1e-13 * ((i * 40 + j) as f64).sin()
        })
    }

    #[test]
    fn components_are_the_eigenvectors_of_the_covariance_of_the_compressed_curves() {
        let (currents, noise) = (curves(), Amps(1e-12));
        let ours = CurveComponents::of(&currents, 3, noise);
        let x = currents.mapv(|i| (i / 5e-12).asinh());
        let x = &x - &x.mean_axis(ndarray::Axis(0)).expect("curves");
        let covariance = x.t().dot(&x) / 30.0;
        let eigen =
            Mat::from_fn(40, 40, |i, j| covariance[[i, j]]).self_adjoint_eigen(Side::Lower).expect("decomposes");
        let trace: f64 = (0..40).map(|i| covariance[[i, i]]).sum();
        for k in 0..3 {
            let variance = eigen.S()[39 - k];
            assert!((ours.explained[k] - variance / trace).abs() < 1e-12, "{k}");
            assert!((ours.deviation[k] - variance.sqrt()).abs() < 1e-10 * variance.sqrt(), "{k}");
            // Rounding of the covariance, 1e-16, over the gap of the eigenvalues.
            let inner: f64 = (0..40).map(|j| ours.loadings[[k, j]] * eigen.U()[(j, 39 - k)]).sum();
            assert!((inner.abs() - 1.0).abs() < 1e-9, "{k}: {inner}");
            let scores: Vec<f64> = currents.rows().into_iter().map(|r| ours.scores(&r.to_vec())[k]).collect();
            let direct = x.dot(&ours.loadings.row(k));
            assert!(scores.iter().zip(&direct).all(|(a, b)| (a - b).abs() < 1e-10), "{k}");
        }
        assert!(ours.explained.sum() > 0.95, "two shapes and little else: {}", ours.explained);
    }

    #[test]
    fn as_many_components_as_curves_give_every_curve_back() {
        let currents = curves().slice(ndarray::s![..5, ..]).to_owned();
        let all = CurveComponents::of(&currents, 8, Amps::ZERO);
        assert!((all.explained.sum() - 1.0).abs() < 1e-12);
        assert!(all.explained.iter().skip(4).all(|share| *share == 0.0), "five curves about their mean have four");
        for row in currents.rows() {
            let scores = Array1::from(all.scores(&row.to_vec()));
            let back = scores.dot(&all.loadings) + &all.mean;
            assert!(row.iter().zip(&back).all(|(i, x)| (all.scale_a * x.sinh() - i).abs() < 1e-8 * i.abs().max(1e-12)));
        }
    }

    #[test]
    fn one_curve_equal_curves_and_no_current_have_no_components() {
        for currents in [curves().slice(ndarray::s![..1, ..]).to_owned(), Array2::zeros((3, 7))] {
            let none = CurveComponents::of(&currents, 2, Amps::ZERO);
            assert_eq!(none.scores(&currents.row(0).to_vec()), [0.0, 0.0]);
            assert!(none.curve_a(1, 2.0).iter().all(|i| i.is_finite()));
        }
    }
}

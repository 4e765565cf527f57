//! How much a measurement would lower the variance of the whole map.
//!
//! The formula is [`integrated_variance`].
//!
//! The covariance is tiptwin's with the [spread](super::spread) worked in: the neighbourhood term and the white variance at a
//! place are scaled by the factor f there, since a grain whose current varies by itself has more to tell than a junction
//! that never conducts:
//!
//! ```text
//! k(x, x') = k_structure(x, x') + √(f f') k_neighbourhood(x, x'),   σ²_n(x) = f σ²_white + σ²_noise
//! ```

use super::{Learnt, State};
use crate::acquisition::integrated_variance;
use crate::gp::{Factor, Kernel};
use crate::model::{ModelError, View};
use faer::Mat;
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

/// Expected mean reduction for each candidate.
pub(super) fn expected(
    learnt: &Learnt,
    state: &State,
    view: &View<'_>,
    candidates: &[usize],
    reference: &[usize],
) -> Result<Vec<f64>, ModelError> {
    let process = learnt.posterior.process();
    let inputs = |rows: &[usize]| state.inputs.select(Axis(0), rows);
    let measured: Vec<usize> = view.measured.iter().map(|m| m.index).collect();
    let places = [inputs(&measured), inputs(candidates), inputs(reference)];
    let amplitude = places.each_ref().map(|x| -> Array1<f64> {
        let (mean, _) = learnt.posterior.predict(x.view());
        mean.into_iter().map(|m| learnt.spread.factor(m).sqrt()).collect()
    });
    let [structure, neighbourhood] = [0, 1].map(|t| Kernel { terms: vec![process.kernel.terms[t].clone()] });
    let covariance = |a: usize, b: usize| -> Array2<f64> {
        let mut k = neighbourhood.cross(places[a].view(), places[b].view());
        for ((i, j), v) in k.indexed_iter_mut() {
            *v *= amplitude[a][i] * amplitude[b][j];
        }
        k + structure.cross(places[a].view(), places[b].view())
    };
    let noise = |a: usize, i: usize| amplitude[a][i].powi(2) * learnt.white + (process.noise.0 - learnt.white);

    let mut k = covariance(0, 0);
    (0..measured.len()).for_each(|i| k[[i, i]] += noise(0, i));
    let factor = Factor::new(&k)?;
    let half = |b: usize| {
        let cross = covariance(0, b);
        let mut half = Mat::from_fn(cross.nrows(), cross.ncols(), |i, j| cross[[i, j]]);
        factor.solve_lower_in_place(half.as_mut());
        half
    };
    let (to_candidates, to_reference) = (half(1), half(2));
    let between = covariance(1, 2);
    let explained = to_candidates.transpose() * &to_reference;
    let prior = |i: usize| structure.variance() + neighbourhood.variance() * amplitude[1][i].powi(2);
    let gains = (0..candidates.len()).into_par_iter().map(|i| {
        let known: f64 = to_candidates.col(i).iter().map(|v| v * v).sum();
        let variance = (prior(i) - known).max(0.0) + noise(1, i);
        integrated_variance((0..reference.len()).map(|r| between[[i, r]] - explained[(i, r)]), variance)
    });
    Ok(gains.collect())
}

//! How much a measurement would lower the variance of the whole map.
//!
//! The formula is [`integrated_variance`], with the covariances of the process. They are latent; what a map is scored by is the error in the
//! target's unit, which is larger by the local slope dy/dt of the [warp](crate::model::Warp). The covariance with each
//! reference place is therefore weighed by the slope there.

use super::{Learnt, State};
use crate::acquisition::integrated_variance;
use ndarray::Axis;
use rayon::prelude::*;

/// Expected mean reduction for each candidate, in the squared unit of the target.
pub(super) fn expected(learnt: &Learnt, state: &State, candidates: &[usize], reference: &[usize]) -> Vec<f64> {
    let (at, places) = (state.inputs.select(Axis(0), candidates), state.inputs.select(Axis(0), reference));
    let between = learnt.posterior.covariance(at.view(), places.view());
    let (_, variance) = learnt.posterior.predict(at.view());
    let (means, deviations) = learnt.posterior.predict(places.view());
    // Over one deviation, since that is as far as the value may be from the mean.
    let slope = |(m, v): (f64, f64)| {
        let reach = (v + learnt.own).sqrt();
        (learnt.warp.in_units(m + reach) - learnt.warp.in_units(m - reach)) / (2.0 * reach)
    };
    let slopes: Vec<f64> = means.into_iter().zip(deviations).map(slope).collect();
    let noise = learnt.posterior.process().noise.0;
    let gain =
        |i: usize| integrated_variance(between.row(i).iter().zip(&slopes).map(|(c, s)| c * s), variance[i] + noise);
    (0..candidates.len()).into_par_iter().map(gain).collect()
}

//! The upper end of what is believable, for maximisation.
//!
//! `a = μ + κσ` (Cox & John, Proc. IEEE SMC 1992, 1241; with growing κ Srinivas et al., ICML 2010, arXiv:0912.3995, eq. 6). κ = 0 trusts
//! the mean, a large κ explores. It can be negative, and it keeps no memory of the best value.

/// Upper confidence bound, in the unit of the property.
pub fn upper_confidence_bound(mean: f64, sigma: f64, kappa: f64) -> f64 {
    mean + kappa * sigma
}

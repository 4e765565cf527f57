//! Expected improvement over the best value so far, for maximisation.
//!
//! `EI = E[max(y − best − ξ, 0)] = σ (u Φ(u) + φ(u))`, `u = (μ − best − ξ)/σ` for `y ~ N(μ, σ²)` (Jones, Schonlau & Welch, J. Glob. Optim.
//! 13, 455 (1998), eq. 15); `max(μ − best − ξ, 0)` at σ = 0. ξ shifts towards exploration. It ignores measurements after the next
//! one, and underflows to 0 where an improvement is all but impossible: [`log_expected_improvement`](super::log_expected_improvement)
//! still tells such places apart.

use super::{normal_cdf, normal_pdf};

/// Expected improvement; all arguments and the result in the unit of the property.
pub fn expected_improvement(mean: f64, sigma: f64, best: f64, xi: f64) -> f64 {
    let gain = mean - best - xi;
    if sigma <= 0.0 {
        return gain.max(0.0);
    }
    let u = gain / sigma;
    // For very negative u both terms cancel to rounding noise; EI itself is never negative.
    (sigma * (u * normal_cdf(u) + normal_pdf(u))).max(0.0)
}

//! How much a measurement would lower the variance of the whole map.
//!
//! For a Gaussian process the variance at r falls by `c(r, x)²/(c(x, x) + σ²_n)` when x is measured, c being the posterior covariance;
//! no value has to be known for that (Cohn, Ghahramani & Jordan, J. Artif. Intell. Res. 4, 129 (1996), eq. 15). The mean over
//! many r is what a map gains. It ignores that hyper-parameters may be wrong.

/// Mean reduction over the reference places. `covariances` are the posterior covariances of the candidate with each of them,
/// `variance` is that of a measurement at the candidate, noise included. 0 without places.
pub fn integrated_variance(covariances: impl Iterator<Item = f64>, variance: f64) -> f64 {
    let (sum, count) = covariances.fold((0.0, 0.0), |(sum, count), c| (sum + c * c, count + 1.0));
    if count > 0.0 && variance > 0.0 { sum / variance / count } else { 0.0 }
}

//! Variance of the prediction: measures where the model knows least, and never asks for a value.
//!
//! `a = σ²`. For a Gaussian process this is the greedy choice of greatest entropy (MacKay, Neural Comput. 4, 590 (1992), §3). The published
//! experiment used it (doi:10.1021/acs.jpclett.3c00223). It ignores what the measurement would tell about other places, and so
//! prefers edges of the image.

/// Squared deviation, in the squared unit of σ.
pub fn variance(sigma: f64) -> f64 {
    sigma * sigma
}

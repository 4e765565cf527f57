//! The regularised incomplete beta function, from which Student's t and Fisher's F are made.
//!
//! ```text
//! I_x(a, b) = x^a (1−x)^b / (a B(a, b)) · 1/(1 + d₁/(1 + d₂/(1 + …)))
//! d₂ₘ₊₁ = −(a+m)(a+b+m) x / ((a+2m)(a+2m+1)),   d₂ₘ = m(b−m) x / ((a+2m−1)(a+2m))
//! ```
//!
//! Source: the continued fraction is DLMF 8.17.22, taken where it converges fast (x below (a+1)/(a+b+2)) and by
//! `I_x(a, b) = 1 − I_{1−x}(b, a)` elsewhere.

use std::f64::consts::PI;

/// The regularised incomplete beta function `I_x(a, b)`; a and b are multiples of one half.
pub(super) fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let log_beta = log_gamma(a) + log_gamma(b) - log_gamma(a + b);
    let front = (a * x.ln() + b * (1.0 - x).ln() - log_beta).exp() / a;
    let mut fraction = 1.0;
    for m in (1..=200).rev() {
        let k = f64::from(m);
        let even = k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k));
        let odd = -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0));
        fraction = 1.0 + even / (1.0 + odd / fraction);
    }
    front / (1.0 - (a + b) * x / ((a + 1.0) * fraction))
}

/// ln Γ of a multiple of one half, from `Γ(z+1) = z Γ(z)`, `Γ(1) = 1` and `Γ(1/2) = √π`.
fn log_gamma(z: f64) -> f64 {
    let whole = z.fract() == 0.0;
    let (mut at, mut sum) = if whole { (1.0, 0.0) } else { (0.5, 0.5 * PI.ln()) };
    while at < z {
        sum += f64::ln(at);
        at += 1.0;
    }
    sum
}

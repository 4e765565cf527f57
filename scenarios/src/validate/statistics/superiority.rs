//! How often a value of one group exceeds one of another: the measure A of stochastic superiority.
//!
//! ```text
//! A = P(X > Y) + ½ P(X = Y) = (R_X/m − (m + 1)/2)/n
//! ```
//!
//! with the rank sum `R_X` (mid-ranks for ties) of the m values of X among all m + n values. ½ means no difference. It is the
//! Mann–Whitney statistic over m n, so it needs no distribution, and a value that is only known to lie beyond the end of a sweep
//! enters rightly as a tie at that end.
//!
//! Source: Vargha & Delaney, J. Educ. Behav. Stat. 25, 101 (2000), doi:10.3102/10769986025002101; they call 0.56 small, 0.64
//! medium and 0.71 large.

use super::ranks::ranks;

/// A medium effect after Vargha and Delaney.
pub const MEDIUM: f64 = 0.64;

/// The measure A of `x` over `y`; `None` if either is empty.
pub fn superiority(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.is_empty() || y.is_empty() {
        return None;
    }
    let (m, n) = (x.len() as f64, y.len() as f64);
    let all: Vec<f64> = x.iter().chain(y).copied().collect();
    let rank_sum: f64 = ranks(&all)[..x.len()].iter().sum();
    Some((rank_sum / m - f64::midpoint(m, 1.0)) / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn superiority_counts_pairs_and_halves_ties() {
        assert_eq!(superiority(&[3.0, 4.0], &[1.0, 2.0]), Some(1.0));
        assert_eq!(superiority(&[1.0], &[2.0, 3.0]), Some(0.0));
        // Pairs: 2 > 1, 2 = 2, 3 > 1, 3 > 2: three and a half of four.
        assert_eq!(superiority(&[2.0, 3.0], &[1.0, 2.0]), Some(3.5 / 4.0));
        assert_eq!(superiority(&[1.5; 7], &[1.5; 3]), Some(0.5));
        assert_eq!(superiority(&[], &[1.0]), None);
    }
}

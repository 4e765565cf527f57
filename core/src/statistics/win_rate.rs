//! Win rate: how often one of a pair is better.
//!
//! `(#{d > 0} + #{d = 0}/2) / n` over paired differences d: 1/2 says that neither is. It is the estimate that the sign test stands on
//! (J. Arbuthnot, Phil. Trans. R. Soc. 27, 186 (1710), doi:10.1098/rstl.1710.0011), ties shared.

/// The share of differences that are positive, ties counting half; NaN of nothing.
pub fn win_rate(differences: &[f64]) -> f64 {
    let wins = differences.iter().filter(|d| **d > 0.0).count() as f64;
    let ties = differences.iter().filter(|d| **d == 0.0).count() as f64;
    (wins + 0.5 * ties) / differences.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_shared() {
        assert_eq!(win_rate(&[1.0, -1.0, 0.0, 2.0]), 0.625);
        assert_eq!(win_rate(&[0.0; 3]), 0.5);
        assert!(win_rate(&[]).is_nan());
    }
}

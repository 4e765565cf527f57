//! Holm's correction: p values of several tests made at once.
//!
//! With p₍₁₎ ≤ … ≤ p₍ₘ₎ the adjusted values are `max_{j≤i} min(1, (m − j + 1) p₍ⱼ₎)`. A hypothesis whose adjusted value is
//! at most α may be rejected with the chance of any false rejection at most α, however the tests depend on each other.
//!
//! Source: S. Holm, Scand. J. Stat. 6, 65 (1979).

/// Adjusted p values in the order of `p`.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max(((p.len() - rank) as f64 * p[i]).min(1.0));
        adjusted[i] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// statsmodels 0.14 `multipletests([0.01, 0.04, 0.03, 0.005], method="holm")`, which can be checked by hand.
    #[test]
    fn val_holm_agrees_with_statsmodels() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (a, e) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((a - e).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), vec![1.0, 1.0]);
    }
}

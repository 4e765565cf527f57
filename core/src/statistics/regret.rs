//! Simple regret: how far the best place found so far stays behind the best there is.
//!
//! With the noise-free truth t over all candidates and the measured places i₁, i₂, …:
//!
//! ```text
//! r(n) = (max t − max_{k≤n} t(i_k)) / (max t − mean t)
//! ```
//!
//! 0 once the best place was measured, 1 for a place like the average. The measured *value* does not enter: noise that happens
//! to be large finds nothing. Simple regret is the usual measure of optimisation under a budget (S. Bubeck, R. Munos and G. Stoltz,
//! Theor. Comput. Sci. 412, 1832 (2011), doi:10.1016/j.tcs.2010.12.059, there without the normalisation).

/// The regret after each measurement, from the truth over all candidates and the candidates measured, in their order.
///
/// Candidates without such a property (not a number) are no places to find. Empty if the truth does not vary.
pub fn simple_regret(truth: &[f64], picks: &[usize]) -> Vec<f64> {
    let there: Vec<f64> = truth.iter().copied().filter(|t| t.is_finite()).collect();
    let (low, high) = there.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &t| (l.min(t), h.max(t)));
    let scale = high - there.iter().sum::<f64>() / there.len() as f64;
    if scale.is_nan() || scale <= 0.0 {
        return Vec::new();
    }
    picks
        .iter()
        .scan(low, |best, &i| {
            if truth[i].is_finite() {
                *best = best.max(truth[i]);
            }
            Some((high - *best) / scale)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regret_falls_to_zero_at_the_best_place() {
        let truth = [0.0, 2.0, f64::NAN, 6.0, 4.0];
        // Mean 3, best 6: one unit of regret is 3.
        assert_eq!(simple_regret(&truth, &[2, 1, 0, 4, 3, 1]), [2.0, 4.0 / 3.0, 4.0 / 3.0, 2.0 / 3.0, 0.0, 0.0]);
        assert!(simple_regret(&[1.0, 1.0], &[0]).is_empty() && simple_regret(&[f64::NAN], &[0]).is_empty());
    }
}

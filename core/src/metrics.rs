//! How good a prediction map is, and where the picks went.
//!
//! All sums run over the candidates that were not measured: a model that repeats what it was told gains nothing.

use crate::acquisition::normal_pdf;
use crate::model::Prediction;
use crate::statistics::{normal_quantile, share_below};
use tiptwin_instrument::log::Scores;

/// Scores of a map against the noise-free truth, both in candidate order; only `open` candidates count.
///
/// With t the truth, μ and σ the prediction and s the standard deviation of t over the open candidates:
/// * `R² = 1 − Σ(t−μ)² / Σ(t−t̄)²`, `NRMSE = √(Σ(t−μ)²/N) / s`;
/// * Spearman: Pearson correlation of average ranks;
/// * `NLPD = −1/N Σ ln[ s · p(t) ]` with p the density of the prediction, that is in the target standardised by s; σ is floored at 1e-6 s,
///   since a deviation of zero would make it infinite (Quiñonero-Candela et al., LNCS 3944, 1 (2006));
/// * coverage: share inside the central intervals of 0.683 and 0.954 of the prediction, which are μ ± σ and μ ± 2σ where it is normal. The
///   shares are these numbers if the prediction is right.
///
/// A prediction that is not normal is scored as what it is ([`Prediction::score`]).
///
/// A candidate whose truth is not a number has no such property and is left out: a dark location has no open-circuit voltage.
///
/// `None` if fewer than two open candidates are left or the truth does not vary there: nothing can be normalised then.
pub fn scores(n_measured: usize, prediction: &Prediction, truth: &[f64], open: &[bool]) -> Option<Scores> {
    let at: Vec<usize> = (0..truth.len()).filter(|&i| open[i] && !truth[i].is_nan()).collect();
    let rows: Vec<(f64, f64)> = at.iter().map(|&i| (truth[i], prediction.mean[i])).collect();
    let n = rows.len() as f64;
    let mean_truth = rows.iter().map(|r| r.0).sum::<f64>() / n;
    let total: f64 = rows.iter().map(|r| (r.0 - mean_truth).powi(2)).sum();
    if rows.len() < 2 || total <= 0.0 || !total.is_finite() {
        return None;
    }
    let spread = (total / n).sqrt();
    let residual: f64 = rows.iter().map(|r| (r.0 - r.1).powi(2)).sum();
    let surprise = |&i: &usize| {
        let (score, slope) = prediction.score(i, truth[i]);
        let (score, slope) = match prediction.sigma[i] / spread {
            floored if floored < LEAST_SIGMA => {
                ((truth[i] - prediction.mean[i]) / spread / LEAST_SIGMA, 1.0 / LEAST_SIGMA)
            }
            _ => (score, slope * spread),
        };
        0.5 * score * score - slope.ln() - normal_pdf(0.0).ln()
    };
    let nlpd = at.iter().map(surprise).sum::<f64>() / n;
    let inside = |k: f64| at.iter().filter(|&&i| distance(prediction, truth, i) <= k).count() as f64 / n;
    let (truth, mean): (Vec<f64>, Vec<f64>) = rows.iter().map(|r| (r.0, r.1)).unzip();
    Some(Scores {
        n: n_measured,
        r2: 1.0 - residual / total,
        nrmse: (residual / n).sqrt() / spread,
        spearman: pearson(&ranks(&truth), &ranks(&mean)),
        nlpd,
        coverage_1sigma: inside(1.0),
        coverage_2sigma: inside(2.0),
    })
}

/// Below this deviation, in standard deviations of the truth, a density counts as one of this deviation.
const LEAST_SIGMA: f64 = 1e-6;

/// How far the truth is from the middle of the prediction, in deviations of a standard normal.
fn distance(prediction: &Prediction, truth: &[f64], i: usize) -> f64 {
    let score = prediction.score(i, truth[i]).0.abs();
    // An exact prediction without deviation is inside.
    if score.is_nan() { 0.0 } else { score }
}

/// Nominal coverages at which [`coverage_curve`] is read.
pub const NOMINAL_COVERAGE: [f64; 12] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999];

/// Share of the truth inside the central interval of each of [`NOMINAL_COVERAGE`] over `open` candidates; for a normal prediction
/// μ ± Φ⁻¹((1 + p)/2) σ.
///
/// Equal to the nominal one where the prediction is right; below it the model is too sure of itself. Candidates whose
/// truth is not a number are left out; empty if none is left.
pub fn coverage_curve(prediction: &Prediction, truth: &[f64], open: &[bool]) -> Vec<f64> {
    let mut z: Vec<f64> =
        (0..truth.len()).filter(|&i| open[i] && !truth[i].is_nan()).map(|i| distance(prediction, truth, i)).collect();
    if z.is_empty() {
        return Vec::new();
    }
    z.sort_unstable_by(f64::total_cmp);
    NOMINAL_COVERAGE.iter().map(|p| share_below(&z, normal_quantile(0.5 + 0.5 * p))).collect()
}

/// Whether a map knows where it is wrong: Spearman correlation between its deviation σ and its error |t − μ| over `open` candidates.
///
/// 0 where σ is the same everywhere, whatever its size: coverage does not see that, this does. For normal errors of scale σ it stays well
/// below 1, since each error is one draw only. Candidates whose truth is not a number are left out. Used so by G. Scalia et al.,
/// J. Chem. Inf. Model. 60, 2697 (2020), doi:10.1021/acs.jcim.9b00975.
pub fn uncertainty_rank(prediction: &Prediction, truth: &[f64], open: &[bool]) -> f64 {
    let known = (0..truth.len()).filter(|&i| open[i] && !truth[i].is_nan());
    let (errors, sigmas): (Vec<f64>, Vec<f64>) =
        known.map(|i| ((truth[i] - prediction.mean[i]).abs(), prediction.sigma[i])).unzip();
    pearson(&ranks(&errors), &ranks(&sigmas))
}

/// Ranks from 1, ties sharing their average.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] == values[order[start]] {
            end += 1;
        }
        let rank = (start + end + 1) as f64 / 2.0;
        for &i in &order[start..end] {
            ranks[i] = rank;
        }
        start = end;
    }
    ranks
}

/// Pearson correlation; 0 where one side does not vary, since a constant map orders nothing.
fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - mean_a) * (y - mean_b);
        aa += (x - mean_a).powi(2);
        bb += (y - mean_b).powi(2);
    }
    if aa == 0.0 || bb == 0.0 { 0.0 } else { ab / (aa * bb).sqrt() }
}

/// Enrichment of picks in a region: share of the picks there over share of the candidates there. 1 is what chance
/// gives. `None` if the region or the list of picks is empty.
pub fn enrichment(picks: &[usize], in_region: impl Fn(usize) -> bool, candidates: usize) -> Option<f64> {
    let base = (0..candidates).filter(|&i| in_region(i)).count() as f64 / candidates as f64;
    if picks.is_empty() || base == 0.0 {
        return None;
    }
    let share = picks.iter().filter(|&&i| in_region(i)).count() as f64 / picks.len() as f64;
    Some(share / base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Warp;

    /// Numbers from scikit-learn 1.x `r2_score`, SciPy `spearmanr` and `norm.logpdf` on the same arrays; recipe:
    /// t=[1,2,4,8,3], m=[1.5,1.5,5,6,3], s=[.4,1,.9,3,.1]; r2_score(t,m); spearmanr(t,m);
    /// -mean(norm.logpdf(t/t.std(), m/t.std(), s/t.std())).
    #[test]
    fn val_scores_agree_with_scipy() {
        let prediction = Prediction::normal(vec![1.5, 1.5, 5.0, 6.0, 3.0, 9.0], vec![0.4, 1.0, 0.9, 3.0, 0.1, 1.0]);
        let truth = [1.0, 2.0, 4.0, 8.0, 3.0, -50.0];
        let open = [true, true, true, true, true, false];
        let s = scores(7, &prediction, &truth, &open).expect("varies");
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} against {b}");
        close(s.r2, SCIPY[0]);
        close(s.spearman, SCIPY[1]);
        close(s.nlpd, SCIPY[2]);
        close(s.nrmse, (1.0 - SCIPY[0]).sqrt());
        close(s.coverage_1sigma, 0.6);
        close(s.coverage_2sigma, 1.0);
        assert_eq!(s.n, 7);
    }

    const SCIPY: [f64; 3] = [0.811_643_835_616_438_4, 0.974_679_434_480_896_4, -0.059_400_441_019_077_69];

    #[test]
    fn predicting_the_mean_scores_zero_and_flat_truth_scores_nothing() {
        let flat = Prediction::normal(vec![2.0; 4], vec![1.0; 4]);
        let s = scores(1, &flat, &[1.0, 2.0, 3.0, 2.0], &[true; 4]).expect("varies");
        assert_eq!((s.r2, s.nrmse, s.spearman), (0.0, 1.0, 0.0));
        assert!(scores(1, &flat, &[2.0; 4], &[true; 4]).is_none());
        assert!(scores(1, &flat, &[1.0, 2.0, 3.0, 2.0], &[false, true, false, false]).is_none());
    }

    #[test]
    fn coverage_of_normal_errors_is_nominal() {
        // The quantiles of a normal: errors that are exactly as σ = 2 says.
        let n = 20_000;
        let truth: Vec<f64> = (0..n).map(|i| 2.0 * normal_quantile((f64::from(i) + 0.5) / f64::from(n))).collect();
        let map = |sigma: f64| Prediction::normal(vec![0.0; truth.len()], vec![sigma; truth.len()]);
        let open = vec![true; truth.len()];
        for (observed, nominal) in coverage_curve(&map(2.0), &truth, &open).iter().zip(NOMINAL_COVERAGE) {
            assert!((observed - nominal).abs() < 2e-4, "{observed} at {nominal}");
        }
        // Half the deviation: within 0.6745 σ lies what a normal has within 0.3372 σ, 0.264 (scipy.special.erf(0.33724/2**.5)).
        assert!((coverage_curve(&map(1.0), &truth, &open)[4] - 0.264).abs() < 5e-4);
        let exact = Prediction::normal(vec![1.0], vec![0.0]);
        assert_eq!(coverage_curve(&exact, &[1.0], &[true]), [1.0; 12]);
        assert!(coverage_curve(&exact, &[f64::NAN], &[true]).is_empty());
    }

    /// scipy 1.17 `spearmanr(abs(t - m), s)` with the arrays of `val_scores_agree_with_scipy`.
    #[test]
    fn val_uncertainty_rank_agrees_with_scipy() {
        let sigma = vec![0.4, 1.0, 0.9, 3.0, 0.1, 1.0];
        let map = Prediction::normal(vec![1.5, 1.5, 5.0, 6.0, 3.0, 9.0], sigma);
        let (truth, open) = ([1.0, 2.0, 4.0, 8.0, 3.0, f64::NAN], [true; 6]);
        assert!((uncertainty_rank(&map, &truth, &open) - RANK).abs() < 1e-12);
        let constant = Prediction { sigma: vec![2.0; 6], ..map };
        assert_eq!(uncertainty_rank(&constant, &truth, &open), 0.0);
    }

    const RANK: f64 = 0.820_782_681_668_123_4;

    /// A log-normal is normal in the logarithm: the same scores, and the density by the change of variables.
    #[test]
    fn a_skewed_prediction_is_scored_as_what_it_is() {
        let n = 400;
        let latent: Vec<f64> = (0..n).map(|i| normal_quantile((f64::from(i) + 0.5) / f64::from(n))).collect();
        let truth: Vec<f64> = latent.iter().map(|t| (1.5 * t).exp()).collect();
        let open = vec![true; truth.len()];
        let warp = Warp::of(&truth, None);
        let own: Vec<f64> = truth.iter().map(|t| warp.latent(*t).0).collect();
        // The values' own distribution, without any knowledge of places.
        let skewed = Prediction::warped(warp.clone(), vec![0.0; truth.len()], vec![1.0; truth.len()]);
        let s = scores(0, &skewed, &truth, &open).expect("varies");
        assert!((s.coverage_1sigma - 0.683).abs() < 0.03 && (s.coverage_2sigma - 0.954).abs() < 0.03, "{s:?}");
        let normal = Prediction::normal(skewed.mean.clone(), skewed.sigma.clone());
        let said = scores(0, &normal, &truth, &open).expect("varies");
        assert!(said.coverage_1sigma > 0.85 && s.nlpd < said.nlpd - 0.5, "{s:?} {said:?}");
        // A belief that is sure and right beats it by the entropy it saves.
        let sure = Prediction::warped(warp, own, vec![0.1; truth.len()]);
        let sure = scores(0, &sure, &truth, &open).expect("varies");
        // The values' own variance is 1 but for the steps of the table.
        assert!((s.nlpd - 0.5 - sure.nlpd - 10f64.ln()).abs() < 1e-3, "{} {}", s.nlpd, sure.nlpd);
    }

    #[test]
    fn enrichment_is_one_for_proportional_picks() {
        let in_region = |i: usize| i.is_multiple_of(4);
        assert_eq!(enrichment(&[0, 1, 2, 3], in_region, 100), Some(1.0));
        assert_eq!(enrichment(&[0, 4, 8, 1], in_region, 100), Some(3.0));
        assert_eq!(enrichment(&[], in_region, 100), None);
        assert_eq!(enrichment(&[1], |_| false, 100), None);
    }
}

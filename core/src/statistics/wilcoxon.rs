//! Wilcoxon's signed-rank test: whether paired differences lean to one side.
//!
//! Differences of zero are left out; the others are ranked by size, ties sharing their average rank. `W⁺` is the sum of the ranks
//! of positive differences. Without ties and for up to 50 pairs its distribution under symmetry is counted exactly;
//! otherwise it is taken as normal with mean n(n+1)/4 and variance n(n+1)(2n+1)/24 − Σ(t³−t)/48 over groups of t ties,
//! without continuity correction (SciPy's convention).
//!
//! Source: F. Wilcoxon, Biometrics Bull. 1, 80 (1945), doi:10.2307/3001968. Assumes that differences are symmetric about
//! their centre if nothing is different.

use crate::acquisition::normal_cdf;

/// The result of a test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Sum of the ranks of positive differences.
    pub w_plus: f64,
    /// Pairs that differ.
    pub pairs: usize,
    /// Two-sided p value; 1 if nothing differs.
    pub p: f64,
}

/// Tests differences `a − b` of pairs, two-sided.
pub fn signed_rank(differences: &[f64]) -> SignedRank {
    let mut d: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0 && d.is_finite()).collect();
    d.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let n = d.len();
    if n == 0 {
        return SignedRank { w_plus: 0.0, pairs: 0, p: 1.0 };
    }
    let (mut w_plus, mut ties, mut start) = (0.0, 0.0, 0);
    while start < n {
        let end = start + d[start..].iter().take_while(|x| x.abs() == d[start].abs()).count();
        let (rank, t) = ((start + end + 1) as f64 / 2.0, (end - start) as f64);
        w_plus += rank * d[start..end].iter().filter(|x| **x > 0.0).count() as f64;
        ties += t * t * t - t;
        start = end;
    }
    let p = if ties == 0.0 && n <= 50 { exact(w_plus as usize, n) } else { normal(w_plus, n as f64, ties) };
    SignedRank { w_plus, pairs: n, p }
}

/// Two-sided p from the number of subsets of {1, …, n} with each sum.
fn exact(w: usize, n: usize) -> f64 {
    let top = n * (n + 1) / 2;
    let mut count = vec![0.0f64; top + 1];
    count[0] = 1.0;
    for k in 1..=n {
        for sum in (k..=top).rev() {
            count[sum] += count[sum - k];
        }
    }
    let tail: f64 = count[..=w.min(top - w)].iter().sum::<f64>() / 2f64.powi(n as i32);
    (2.0 * tail).min(1.0)
}

fn normal(w: f64, n: f64, ties: f64) -> f64 {
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    let z = (w - n * (n + 1.0) / 4.0) / variance.sqrt();
    2.0 * normal_cdf(-z.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17 `wilcoxon(d)` (method "auto": exact here) and `wilcoxon(d, method="approx", correction=False)` with ties.
    #[test]
    fn val_p_values_agree_with_scipy() {
        let d = [0.8, -0.3, 1.2, 0.5, 0.9, -0.1, 0.4, 1.1];
        let test = signed_rank(&d);
        assert_eq!((test.w_plus, test.pairs), (33.0, 8));
        assert!((test.p - 0.039_062_5).abs() < 1e-12, "{}", test.p);
        let tied = signed_rank(&[1.0, 1.0, -1.0, 2.0, 2.0, 3.0, -2.0, 4.0, 0.0]);
        assert!((tied.p - TIED_P).abs() < 1e-6, "{}", tied.p);
        assert_eq!(signed_rank(&[0.0, 0.0]).p, 1.0);
    }

    const TIED_P: f64 = 0.119_794_930_425_918_3;
}

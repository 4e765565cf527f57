//! How much values of one group have in common: the intraclass correlation of a one-way analysis of variance.
//!
//! ```text
//! ICC(1) = (MSB − MSW)/(MSB + (n₀ − 1) MSW),   n₀ = (N − Σ n_g²/N)/(G − 1)
//! MSB = Σ n_g (x̄_g − x̄)²/(G − 1),   MSW = Σ Σ (x_gi − x̄_g)²/(N − G)
//! ```
//!
//! for G groups of `n_g` values, N in all: the share of the variance that lies between groups. 0 when groups are drawn from one
//! lot, 1 when values of a group are equal; negative when values of a group avoid each other.
//!
//! Source: Fisher's estimator with unequal groups, Donner, Int. Stat. Rev. 54, 67 (1986), doi:10.2307/1403259; form (1,1) of
//! Shrout & Fleiss, Psychol. Bull. 86, 420 (1979). Measures likeness for whatever reason, nearness of the places included.

/// The intraclass correlation; `None` with fewer than two groups, without a group of two, or where nothing varies.
pub fn intraclass<T: AsRef<[f64]>>(groups: &[T]) -> Option<f64> {
    let groups: Vec<&[f64]> = groups.iter().map(AsRef::as_ref).filter(|g| !g.is_empty()).collect();
    let total: usize = groups.iter().map(|g| g.len()).sum();
    let (count, total_f) = (groups.len() as f64, total as f64);
    if groups.len() < 2 || total == groups.len() {
        return None;
    }
    let mean = |g: &[f64]| g.iter().sum::<f64>() / g.len() as f64;
    let grand = groups.iter().flat_map(|g| g.iter()).sum::<f64>() / total_f;
    let between: f64 = groups.iter().map(|g| g.len() as f64 * (mean(g) - grand).powi(2)).sum();
    let within: f64 = groups.iter().flat_map(|g| g.iter().map(|x| (x - mean(g)).powi(2))).sum();
    let between = between / (count - 1.0);
    let within = within / (total_f - count);
    let squares: f64 = groups.iter().map(|g| (g.len() * g.len()) as f64).sum();
    let typical = (total_f - squares / total_f) / (count - 1.0);
    let spread = between + (typical - 1.0) * within;
    (spread > 0.0).then(|| (between - within) / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn val_the_example_of_shrout_and_fleiss() {
        // Their table 2: six targets rated by four judges; table 4 gives ICC(1,1) = 0.17.
        let ratings = [
            [9.0, 2.0, 5.0, 8.0],
            [6.0, 1.0, 3.0, 2.0],
            [8.0, 4.0, 6.0, 8.0],
            [7.0, 1.0, 2.0, 6.0],
            [10.0, 5.0, 6.0, 9.0],
            [6.0, 2.0, 4.0, 7.0],
        ];
        let found = intraclass(&ratings).expect("varies");
        assert!((found - 0.17).abs() < 0.005, "{found}");
    }

    #[test]
    fn the_ends_of_the_scale() {
        assert_eq!(intraclass(&[vec![1.0, 1.0], vec![2.0, 2.0, 2.0]]), Some(1.0));
        // Equal means: MSB = 0 and ICC = −1/(n − 1).
        assert_eq!(intraclass(&[[1.0, 3.0], [3.0, 1.0], [2.0, 2.0]]), Some(-1.0));
        assert_eq!(intraclass(&[vec![1.0], vec![2.0]]), None);
        assert_eq!(intraclass(&[[1.0, 1.0], [1.0, 1.0]]), None);
    }
}

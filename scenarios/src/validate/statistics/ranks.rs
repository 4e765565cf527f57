//! Ranks, and the rank correlation inside groups.
//!
//! ```text
//! ρ = Σ_g Σ_i (r_gi − r̄_g)(s_gi − s̄_g) / √(Σ_g Σ_i (r_gi − r̄_g)² · Σ_g Σ_i (s_gi − s̄_g)²)
//! ```
//!
//! with the mid-ranks r and s of both quantities *within* their group g: Spearman's coefficient pooled over groups, so that
//! differences between groups cannot enter (Taylor, "Kendall's and Spearman's correlation coefficients in the presence of a
//! blocking variable", Biometrics 43, 409 (1987)). Cohen (1988) calls 0.1 small, 0.3 medium and 0.5 large.

/// Cohen's medium correlation.
pub const MEDIUM: f64 = 0.3;

/// Ranks from 1; equal values share the mean of their ranks.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let below = order.partition_point(|i| values[*i].total_cmp(&values[tied[0]]).is_lt());
        for &i in tied {
            ranks[i] = below as f64 + f64::midpoint(tied.len() as f64, 1.0);
        }
    }
    ranks
}

/// The rank correlation of pairs inside their groups; `None` where one of the two does not vary inside any group.
pub fn within_groups(groups: &[Vec<(f64, f64)>]) -> Option<f64> {
    let (mut joint, mut x2, mut y2) = (0.0, 0.0, 0.0);
    for group in groups {
        let mean = f64::midpoint(group.len() as f64, 1.0);
        let x = ranks(&group.iter().map(|p| p.0).collect::<Vec<_>>());
        let y = ranks(&group.iter().map(|p| p.1).collect::<Vec<_>>());
        for (x, y) in x.into_iter().zip(y) {
            joint += (x - mean) * (y - mean);
            x2 += (x - mean) * (x - mean);
            y2 += (y - mean) * (y - mean);
        }
    }
    (x2 > 0.0 && y2 > 0.0).then(|| joint / (x2 * y2).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert!(ranks(&[]).is_empty());
    }

    #[test]
    fn differences_between_groups_do_not_count() {
        // Within each group y falls with x; taken together it rises.
        let groups = [0.0, 10.0, 20.0].map(|base| (0..5).map(|i| (base + f64::from(i), base - f64::from(i))).collect());
        assert_eq!(within_groups(&groups), Some(-1.0));
        assert_eq!(within_groups(&[vec![(1.0, 2.0)], vec![(3.0, 5.0)]]), None, "one value says nothing");
    }
}

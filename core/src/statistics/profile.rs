//! Performance profiles: how often a solver is within a factor of the best.
//!
//! With n_{p,s} the measurements that solver s needs for problem p (infinite if it does not solve it) and
//! `r_{p,s} = n_{p,s} / min_s n_{p,s}`:
//!
//! ```text
//! ρ_s(τ) = share of the problems with r_{p,s} ≤ τ
//! ```
//!
//! ρ(1) is how often a solver is the best, ρ at large τ how often it solves at all. Problems that no solver solves say nothing
//! about any of them and are left out.
//!
//! Source: E. D. Dolan and J. J. Moré, Math. Program. 91, 201 (2002), doi:10.1007/s101070100263.

/// For every solver the sorted ratios r of the problems that anybody solved, infinite where it did not; `needed[problem][solver]`.
pub fn performance_ratios(needed: &[Vec<Option<f64>>]) -> Vec<Vec<f64>> {
    let solvers = needed.first().map_or(0, Vec::len);
    let mut ratios = vec![Vec::new(); solvers];
    for problem in needed {
        let best = problem.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        if best.is_finite() {
            for (list, n) in ratios.iter_mut().zip(problem) {
                list.push(n.map_or(f64::INFINITY, |n| n / best));
            }
        }
    }
    for list in &mut ratios {
        list.sort_unstable_by(f64::total_cmp);
    }
    ratios
}

/// The share of sorted values at or below `x`; 0 of nothing. An empirical distribution function, and ρ of sorted ratios.
pub fn share_below(sorted: &[f64], x: f64) -> f64 {
    if sorted.is_empty() { 0.0 } else { sorted.partition_point(|v| *v <= x) as f64 / sorted.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_has_ratio_one_and_failures_never_count() {
        let needed =
            [vec![Some(10.0), Some(20.0)], vec![Some(30.0), None], vec![None, None], vec![Some(8.0), Some(4.0)]];
        let ratios = performance_ratios(&needed);
        assert_eq!(ratios[0], [1.0, 1.0, 2.0]);
        assert_eq!(ratios[1], [1.0, 2.0, f64::INFINITY]);
        let rho = |s: usize, tau| share_below(&ratios[s], tau);
        assert_eq!((rho(0, 1.0), rho(0, 2.0), rho(1, 1.0), rho(1, 1e9)), (2.0 / 3.0, 1.0, 1.0 / 3.0, 2.0 / 3.0));
        assert_eq!(share_below(&[], 1.0), 0.0);
    }
}

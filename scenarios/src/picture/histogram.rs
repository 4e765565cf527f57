//! Counts of values in equal bins, as the outline of a bar chart.

use crate::picture::ticks;

/// Bin edges of a round width that cover the finite values, `about` of them; empty where there are no values.
pub fn edges(values: &[f64], about: usize) -> Vec<f64> {
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return Vec::new();
    }
    let width = ticks::round_below(1.5 * (high - low) / about.max(1) as f64)
        .or_else(|| ticks::round_below(low.abs() / 10.0))
        .unwrap_or(1.0);
    let first = (low / width).floor();
    let bins = ((high / width).floor() - first) as usize + 1;
    (0..=bins).map(|i| (first + i as f64) * width).collect()
}

/// Outline of the histogram: points for a filled line, `y` the share of the finite values in each bin.
///
/// Values outside the edges are not counted in any bin, and still count in the total.
pub fn outline(values: &[f64], edges: &[f64]) -> Vec<(f64, f64)> {
    let total = values.iter().filter(|v| v.is_finite()).count();
    if edges.len() < 2 || total == 0 {
        return Vec::new();
    }
    let mut counts = vec![0_usize; edges.len() - 1];
    for v in values {
        let bin = edges.partition_point(|e| e <= v);
        if bin >= 1 && bin < edges.len() {
            counts[bin - 1] += 1;
        }
    }
    let mut points = vec![(edges[0], 0.0)];
    for (pair, count) in edges.windows(2).zip(counts) {
        let share = count as f64 / total as f64;
        points.extend([(pair[0], share), (pair[1], share)]);
    }
    points.push((edges[edges.len() - 1], 0.0));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_in_one_bin() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i * i % 997) * 1e-9).chain([f64::NAN]).collect();
        let edges = edges(&values, 20);
        assert!((10..=40).contains(&edges.len()), "{}", edges.len());
        let points = outline(&values, &edges);
        let area: f64 = points[1..points.len() - 1].chunks(2).map(|pair| pair[0].1).sum();
        assert!((area - 1.0).abs() < 1e-12, "{area}");
    }

    #[test]
    fn equal_values_and_none_at_all() {
        let same = edges(&[5.0; 4], 20);
        assert_eq!(outline(&[5.0; 4], &same).iter().map(|p| p.1).fold(0.0, f64::max), 1.0);
        assert_eq!(edges(&[0.0], 20), [0.0, 1.0]);
        assert!(edges(&[f64::NAN], 20).is_empty());
        assert!(outline(&[], &[0.0, 1.0]).is_empty());
    }
}

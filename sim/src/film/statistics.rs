//! Numbers that describe a film as a metallographer would.

use super::graph::Graph;
use super::region::Region;
use super::whole::Film;
use serde::Serialize;
use tiptwin_instrument::ScanGrid;

const SAMPLES_PER_SIDE: usize = 256;

/// Statistics of a whole film. Sizes and neighbours are exact; shares and roughness are sampled on 256 × 256 points.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FilmStatistics {
    /// Number of grains.
    pub grains: usize,
    /// Number of grain boundaries, three per grain.
    pub edges: usize,
    /// Number of triple junctions, two per grain.
    pub junctions: usize,
    /// Mean diameter of the discs of equal area, nm.
    pub mean_diameter_nm: f64,
    /// Median of these diameters, nm.
    pub median_diameter_nm: f64,
    /// Standard deviation of the logarithm of these diameters.
    pub sigma_ln_diameter: f64,
    /// Standard deviation of the areas over their mean.
    pub area_variation: f64,
    /// Share of grains with a given number of neighbours; the index is the number.
    pub sides_histogram: Vec<f64>,
    /// Variance of the number of neighbours.
    pub mu2: f64,
    /// Slope of Lewis' law: area over mean area against neighbours.
    pub lewis_slope: f64,
    /// The parameter a of the Aboav–Weaire law n·m(n) = (6 − a) n + 6a + mu2.
    pub aboav_a: f64,
    /// Triple junctions per µm².
    pub junctions_per_um2: f64,
    /// Share of the area within 35 nm of a junction.
    pub junction_share: f64,
    /// Share of the area within 25 nm of a boundary, junctions left out.
    pub boundary_share: f64,
    /// Share of the remaining area.
    pub grain_share: f64,
    /// Rms height, nm.
    pub rms_height_nm: f64,
    /// Height between the quantiles 0.5 % and 99.5 %, nm.
    pub peak_to_valley_nm: f64,
}

impl Film {
    /// Measures the whole film.
    pub fn statistics(&self) -> FilmStatistics {
        let graph = self.graph();
        let grid = ScanGrid::square(self.spec().film_size, SAMPLES_PER_SIDE);
        let regions = self.regions(&grid);
        let share = |region| regions.iter().filter(|&&r| r == region).count() as f64 / regions.len() as f64;
        let mut heights_nm: Vec<f64> = self.topography(&grid).iter().map(|h| h * 1e9).collect();
        heights_nm.sort_unstable_by(f64::total_cmp);
        let quantile = |q: f64| heights_nm[(q * (heights_nm.len() - 1) as f64).round() as usize];

        let areas: Vec<f64> = graph.grains.iter().map(|g| g.area_m2).collect();
        let mut diameters_nm: Vec<f64> = areas.iter().map(|a| 1e9 * (4.0 * a / std::f64::consts::PI).sqrt()).collect();
        diameters_nm.sort_unstable_by(f64::total_cmp);
        let logs: Vec<f64> = diameters_nm.iter().map(|d| d.ln()).collect();
        let sides: Vec<f64> = graph.sides().into_iter().map(|n| n as f64).collect();
        let film_um2 = (self.spec().film_size.0 * 1e6).powi(2);
        FilmStatistics {
            grains: graph.grains.len(),
            edges: graph.edges.len(),
            junctions: graph.vertices.len(),
            mean_diameter_nm: mean(&diameters_nm),
            median_diameter_nm: diameters_nm[diameters_nm.len() / 2],
            sigma_ln_diameter: variance(&logs).sqrt(),
            area_variation: variance(&areas).sqrt() / mean(&areas),
            sides_histogram: histogram(&graph.sides()),
            mu2: variance(&sides),
            lewis_slope: slope(&sides, &areas) / mean(&areas),
            aboav_a: aboav(graph),
            junctions_per_um2: graph.vertices.len() as f64 / film_um2,
            junction_share: share(Region::Junction),
            boundary_share: share(Region::Boundary),
            grain_share: share(Region::Grain),
            rms_height_nm: variance(&heights_nm).sqrt(),
            peak_to_valley_nm: quantile(0.995) - quantile(0.005),
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let m = mean(values);
    values.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / values.len() as f64
}

/// Least-squares slope of `y` against `x`; 0 where `x` does not vary.
fn slope(x: &[f64], y: &[f64]) -> f64 {
    let (mx, my) = (mean(x), mean(y));
    let spread: f64 = x.iter().map(|x| (x - mx) * (x - mx)).sum();
    let joint: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
    if spread > 0.0 { joint / spread } else { 0.0 }
}

fn histogram(counts: &[usize]) -> Vec<f64> {
    let mut shares = vec![0.0; counts.iter().max().map_or(0, |n| n + 1)];
    for &n in counts {
        shares[n] += 1.0 / counts.len() as f64;
    }
    shares
}

/// n·m(n) over all grains against n has the slope 6 − a, where m is the mean number of sides of a grain's neighbours.
fn aboav(graph: &Graph) -> f64 {
    let sides = graph.sides();
    let around: Vec<f64> = graph
        .grains
        .iter()
        .enumerate()
        .map(|(g, grain)| grain.edges.iter().map(|&e| sides[graph.across(g, e)] as f64).sum())
        .collect();
    let n: Vec<f64> = sides.iter().map(|&n| n as f64).collect();
    6.0 - slope(&n, &around)
}

//! Numbers that describe a film as a metallographer would.

use super::Generator;
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
    /// Mean angle between boundaries at junctions, degrees: 120 whatever the film.
    pub junction_angle_mean_deg: f64,
    /// Spread of these angles, degrees; 0 if all are 120.
    pub junction_angle_sd_deg: f64,
    /// Share of grains by equivalent diameter in bins of 50 nm from 0.
    pub diameter_histogram_50nm: Vec<f64>,
    /// Boundary length per area, per µm.
    pub boundary_per_um: f64,
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
        let angles = self.junction_angles_deg();
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
            junction_angle_mean_deg: mean(&angles),
            junction_angle_sd_deg: variance(&angles).sqrt(),
            diameter_histogram_50nm: histogram(&diameters_nm.iter().map(|d| (d / 50.0) as usize).collect::<Vec<_>>()),
            boundary_per_um: graph.edges.iter().map(|e| e.length.0 * 1e6).sum::<f64>() / film_um2,
            junctions_per_um2: graph.vertices.len() as f64 / film_um2,
            junction_share: share(Region::Junction),
            boundary_share: share(Region::Boundary),
            grain_share: share(Region::Grain),
            rms_height_nm: variance(&heights_nm).sqrt(),
            peak_to_valley_nm: quantile(0.995) - quantile(0.005),
        }
    }
}

/// Statistics of the grains that lie wholly in an open window.
///
/// A large grain is less likely to fit than a small one, so each counts with the inverse of its chance to fit (Horvitz & Thompson,
/// J. Am. Stat. Assoc. 47, 663 (1952); Miles, Math. Biosci. 21 (1974), for windows): `W H/((W − w)(H − h))` with the
/// extents w and h of the grain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WindowStatistics {
    /// Grains that lie wholly inside.
    pub grains: usize,
    /// Weighted mean equivalent diameter, nm.
    pub mean_diameter_nm: f64,
    /// Weighted standard deviation of the logarithm of the diameters.
    pub sigma_ln_diameter: f64,
    /// Weighted mean number of neighbours.
    pub mean_sides: f64,
}

impl Film {
    /// Statistics of an open window, as a microscope sees the film; `None` if no grain lies wholly inside.
    pub fn window_statistics(&self, window: &ScanGrid) -> Option<WindowStatistics> {
        let (width, height) = (window.width.0, window.height.0);
        let sides = self.graph().sides();
        let rows: Vec<(f64, f64, f64)> = self
            .outlines()
            .filter_map(|(grain, low, high)| {
                let (w, h) = (high[0] - low[0], high[1] - low[1]);
                // The film repeats, so a grain may enter the window from a copy.
                let fits = |low: f64, extent: f64, start: f64, size: f64, period: f64| {
                    let from = low - start - period * ((low - start) / period).floor();
                    from + extent <= size
                };
                let period = self.spec().film_size.0;
                let inside = fits(low[0], w, window.origin.x.0, width, period)
                    && fits(low[1], h, window.origin.y.0, height, period);
                let weight = width * height / ((width - w) * (height - h));
                let diameter_nm = 1e9 * (4.0 * self.graph().grains[grain].area_m2 / std::f64::consts::PI).sqrt();
                inside.then_some((weight, diameter_nm, sides[grain] as f64))
            })
            .collect();
        if rows.is_empty() {
            return None;
        }
        let total: f64 = rows.iter().map(|r| r.0).sum();
        let average =
            |value: &dyn Fn(&(f64, f64, f64)) -> f64| rows.iter().map(|r| r.0 * value(r)).sum::<f64>() / total;
        let mean_ln = average(&|r| r.1.ln());
        Some(WindowStatistics {
            grains: rows.len(),
            mean_diameter_nm: average(&|r| r.1),
            sigma_ln_diameter: average(&|r| (r.1.ln() - mean_ln).powi(2)).sqrt(),
            mean_sides: average(&|r| r.2),
        })
    }
}

/// What a statistic should be for a generator, with its source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Which statistic.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}

/// What is expected of a film of a generator with default parameters before relaxation: means of four films of about 600 grains on
/// 512 × 512 pixel rasters, made by an independent prototype (Johnson–Mehl: two of 256 × 256, the middle of what it gave). Rasters lose
/// the smallest grains and the shortest edges.
pub const fn targets(generator: Generator) -> [Target; 5] {
    let [mu2, area, sigma, lewis, aboav] = match generator {
        Generator::Laguerre => [1.77, 0.67, 0.41, 0.36, 1.25],
        Generator::PoissonVoronoi => [1.68, 0.52, 0.28, 0.23, 0.72],
        Generator::JohnsonMehl => [5.15, 0.83, 0.61, 0.30, 0.715],
    };
    [
        Target { name: "mu2", value: mu2 },
        Target { name: "area_variation", value: area },
        Target { name: "sigma_ln_diameter", value: sigma },
        Target { name: "lewis_slope", value: lewis },
        Target { name: "aboav_a", value: aboav },
    ]
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
        .map(|(g, _)| graph.neighbours(g).into_iter().map(|n| sides[n] as f64).sum())
        .collect();
    let n: Vec<f64> = sides.iter().map(|&n| n as f64).collect();
    6.0 - slope(&n, &around)
}

//! The structure of a film in charts that metallographers draw: sizes, sides, angles, heights, and the laws that join them.
//!
//! Lewis: `A_n/⟨A⟩ = 1 + λ(n − 6)`; Aboav–Weaire: `n m(n) = (6 − a) n + 6a + μ₂`, with the number of sides n, the mean area `A_n`
//! of grains with n sides, the mean number of sides m(n) of their neighbours, and the variance μ₂ of n.

use crate::picture::{Axis, Band, Chart, Ink, Series, Shape, clip, histogram, quantity};
use crate::report::figures::ink;
use crate::report::html::{escape, panel};
use crate::report::input::Region;
use std::f64::consts::PI;

/// What charts of a film's structure need; any list may be empty.
#[derive(Clone, Debug, Default)]
pub struct Structure {
    /// Area of every grain, m².
    pub areas_m2: Vec<f64>,
    /// Number of sides of every grain.
    pub sides: Vec<usize>,
    /// Sum of the neighbours' numbers of sides, for every grain.
    pub neighbour_sides: Vec<usize>,
    /// The three angles of every junction, degrees.
    pub angles_deg: Vec<f64>,
    /// Heights of the scan, m, with the code of their region.
    pub heights_m: Vec<(f64, u8)>,
    /// What the generator is meant to give.
    pub targets: Targets,
}

/// What a tessellation is meant to give.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Diameter of the disc of mean area, m.
    pub mean_area_diameter_m: f64,
    /// Standard deviation of the logarithm of the equivalent diameters.
    pub sigma_ln_diameter: f64,
    /// Share of grains by their number of sides.
    pub sides: Vec<(usize, f64)>,
    /// Slope λ of Lewis' law.
    pub lewis_slope: f64,
    /// Parameter a of the law of Aboav and Weaire.
    pub aboav_a: f64,
    /// Variance μ₂ of the number of sides.
    pub mu2: f64,
}

/// All charts as HTML figures.
pub(super) fn figures(s: &Structure) -> String {
    [diameters(s), sides(s), angles(s), heights(s), lewis(s), aboav(s)].concat()
}

fn filled(label: &str, ink: Ink, points: Vec<(f64, f64)>) -> Series {
    Series { shape: Shape::Filled, ..Series::new(label, ink, points) }
}

fn target(label: &str, points: Vec<(f64, f64)>) -> Series {
    Series { dashed: true, ..Series::new(label, Ink::Blue, points) }
}

/// Equivalent diameters with the log-normal distribution that has the wanted mean area: μ = ln D − σ².
fn diameters(s: &Structure) -> String {
    let diameters: Vec<f64> = s.areas_m2.iter().map(|a| (4.0 * a / PI).sqrt()).collect();
    let edges = histogram::edges(&diameters, 20);
    let mut chart = Chart::new("Grain size", Axis::new("equivalent diameter", "m"), Axis::new("share of grains", ""));
    chart.series.push(filled("this film", Ink::Black, histogram::outline(&diameters, &edges)));
    let (sigma, big) = (s.targets.sigma_ln_diameter, s.targets.mean_area_diameter_m);
    if sigma > 0.0
        && big > 0.0
        && let [first, second, .., last] = edges[..]
    {
        let mu = big.ln() - sigma * sigma;
        let share = |d: f64| {
            let z = (d.ln() - mu) / sigma;
            (second - first) * (-0.5 * z * z).exp() / (d * sigma * (2.0 * PI).sqrt())
        };
        let at = |i: i32| first.max(0.02 * last) + (last - first.max(0.02 * last)) * f64::from(i) / 120.0;
        chart.series.push(target("log-normal target", (0..=120).map(|i| (at(i), share(at(i)))).collect()));
    }
    let median = clip::percentile(&diameters, 50.0).unwrap_or(f64::NAN);
    let caption = format!(
        "<b>{} grains</b>, median {}. Target: log-normal, σ {:.2}, mean area that of a {} disc.",
        diameters.len(),
        escape(&quantity::with_unit(median, "m")),
        sigma,
        escape(&quantity::with_unit(big, "m"))
    );
    panel(&chart, &caption)
}

fn sides(s: &Structure) -> String {
    let counts: Vec<f64> = s.sides.iter().map(|n| *n as f64).collect();
    let most = s.sides.iter().copied().max().unwrap_or(10).max(10);
    let edges: Vec<f64> = (2..=most).map(|n| n as f64 + 0.5).collect();
    let x = Axis::new("sides of a grain", "").between(2.0, most as f64 + 1.0);
    let mut chart = Chart::new("Number of sides", x, Axis::new("share of grains", ""));
    chart.series.push(filled("this film", Ink::Black, histogram::outline(&counts, &edges)));
    let points = s.targets.sides.iter().map(|(n, share)| (*n as f64, *share)).collect();
    chart.series.push(Series { shape: Shape::Dots, ..target("target", points) });
    let caption = format!(
        "<b>Neighbours of a grain</b>: mean {}, six on any closed surface where three grains meet; variance {:.2} (target {:.2}).",
        quantity::fixed(mean(&counts), 2),
        variance(&counts),
        s.targets.mu2
    );
    panel(&chart, &caption)
}

fn angles(s: &Structure) -> String {
    let edges = histogram::edges(&s.angles_deg, 24);
    let outline = histogram::outline(&s.angles_deg, &edges);
    let top = outline.iter().map(|p| p.1).fold(0.0, f64::max);
    let mut chart = Chart::new("Angles at junctions", Axis::new("angle (°)", ""), Axis::new("share of angles", ""));
    chart.series.push(filled("this film", Ink::Black, outline));
    chart.series.push(target("120°", vec![(120.0, 0.0), (120.0, top)]));
    let caption = format!(
        "<b>{} angles</b> between boundaries where they meet, standard deviation {:.0}°. Full relaxation would put all at 120°.",
        s.angles_deg.len(),
        variance(&s.angles_deg).sqrt()
    );
    panel(&chart, &caption)
}

fn heights(s: &Structure) -> String {
    let all: Vec<f64> = s.heights_m.iter().map(|h| h.0).collect();
    let middle = mean(&all);
    let from_mean = |h: f64| h - middle;
    // A pinhole is ten times deeper than everything else; the few such pixels would squeeze all others into three bars.
    let mut shown: Vec<f64> = all.iter().map(|h| from_mean(*h)).filter(|h| h.is_finite()).collect();
    shown.sort_by(f64::total_cmp);
    let rare = shown.len() / 200;
    let edges = histogram::edges(&shown[rare..shown.len() - rare], 40);
    let mut chart =
        Chart::new("Heights", Axis::new("height from the mean", "m"), Axis::new("share of pixels there", ""));
    for region in Region::ALL {
        let here: Vec<f64> = s
            .heights_m
            .iter()
            .filter(|(_, code)| Region::from_code(*code) == region)
            .map(|(h, _)| from_mean(*h))
            .collect();
        if !here.is_empty() {
            chart.series.push(filled(region.name(), ink(region), histogram::outline(&here, &edges)));
        }
    }
    let caption = format!(
        "<b>Height distribution</b> of the scan, each region on its own; {} rms over all. Boundaries are grooves, junctions pits. Shown without the lowest and the highest 0.5 %.",
        escape(&quantity::with_unit(variance(&all).sqrt(), "m"))
    );
    panel(&chart, &caption)
}

/// Values by number of sides: the mean of every number that at least three grains have, with its standard error.
fn by_sides(sides: &[usize], values: &[f64]) -> Vec<(f64, f64, f64)> {
    let most = sides.iter().copied().max().unwrap_or(0);
    (0..=most)
        .filter_map(|n| {
            let here: Vec<f64> = sides.iter().zip(values).filter(|(k, _)| **k == n).map(|(_, v)| *v).collect();
            let error = (variance(&here) / (here.len() as f64 - 1.0)).sqrt();
            (here.len() >= 3).then(|| (n as f64, mean(&here), error))
        })
        .collect()
}

fn law(mut chart: Chart, label: &str, s: &Structure, values: &[f64], line: impl Fn(f64) -> f64) -> Chart {
    let means = by_sides(&s.sides, values);
    chart.bands.push(Band { points: means.iter().map(|(n, m, e)| (*n, m - e, m + e)).collect(), ink: Ink::Black });
    let cloud = s.sides.iter().zip(values).map(|(n, v)| (*n as f64, *v)).collect();
    chart.series.push(Series { shape: Shape::Cloud, ..Series::new("", Ink::Grey, cloud) });
    let ends = [means.first().map_or(3.0, |m| m.0), means.last().map_or(10.0, |m| m.0)];
    chart.series.push(target(label, ends.map(|n| (n, line(n))).to_vec()));
    let means = means.into_iter().map(|(n, m, _)| (n, m)).collect();
    chart.series.push(Series { shape: Shape::Points, ..Series::new("mean ± standard error", Ink::Black, means) });
    chart
}

fn lewis(s: &Structure) -> String {
    let average = mean(&s.areas_m2);
    let relative: Vec<f64> = s.areas_m2.iter().map(|a| a / average).collect();
    let slope = s.targets.lewis_slope;
    let chart = Chart::new("Lewis’ law", Axis::new("sides n", ""), Axis::new("area over mean area", ""));
    let chart = law(chart, &format!("1 + {slope:.2} (n − 6)"), s, &relative, |n| 1.0 + slope * (n - 6.0));
    panel(&chart, "<b>Large grains have many sides.</b> Grey: every grain; blue: the target line.")
}

fn aboav(s: &Structure) -> String {
    let around: Vec<f64> = s.neighbour_sides.iter().map(|n| *n as f64).collect();
    let (a, mu2) = (s.targets.aboav_a, s.targets.mu2);
    let chart = Chart::new("Aboav–Weaire law", Axis::new("sides n", ""), Axis::new("n · m(n)", ""));
    let label = format!("{:.2} n + {:.1}", 6.0 - a, 6.0 * a + mu2);
    let chart = law(chart, &label, s, &around, |n| (6.0 - a) * n + 6.0 * a + mu2);
    panel(
        &chart,
        "<b>Grains with many sides have neighbours with few.</b> n m(n) is the sum of the neighbours’ sides; a line of slope 6 would mean that neighbours do not care.",
    )
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let m = mean(values);
    values.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_show_the_film_beside_its_targets() {
        let structure = Structure {
            areas_m2: (1..60).map(|i| 1e-15 * f64::from(i)).collect(),
            sides: (1..60).map(|i| 3 + i / 10).collect(),
            neighbour_sides: (1..60).map(|i| 5 * (3 + i / 10) + 9).collect(),
            angles_deg: (0..90).map(|i| 90.0 + f64::from(i % 60)).collect(),
            heights_m: (0..99).map(|i| (1e-9 * f64::from(i % 17), (i % 3) as u8)).collect(),
            targets: Targets {
                mean_area_diameter_m: 3e-7,
                sigma_ln_diameter: 0.41,
                sides: vec![(5, 0.3), (6, 0.4)],
                lewis_slope: 0.36,
                aboav_a: 1.25,
                mu2: 1.77,
            },
        };
        let html = figures(&structure);
        assert_eq!(html.matches("<figure>").count(), 6);
        assert!(html.contains("log-normal target") && html.contains("4.75 n + 9.3") && !html.contains("NaN"));
    }

    #[test]
    fn means_by_sides_leave_out_rare_numbers() {
        let found = by_sides(&[5, 5, 5, 6, 6, 7], &[1.0, 2.0, 3.0, 9.0, 9.0, 9.0]);
        assert_eq!(found.len(), 1);
        // Variance 2/3 over two degrees of freedom: 1/√3.
        assert!((found[0].1 - 2.0).abs() < 1e-12 && (found[0].2 - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn nothing_known_is_drawn_as_such() {
        let html = figures(&Structure::default());
        assert!(html.contains("no data") && !html.contains("NaN\""), "{html}");
    }
}

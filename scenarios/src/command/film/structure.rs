//! What the page shows of a film's structure: the drawn graph, the numbers behind the charts, and what they should be.

use crate::report::film::Statistic;
use crate::report::structure::{Structure, Targets};
use ndarray::Array2;
use tiptwin_instrument::{Meters, Position, ScanGrid};
use tiptwin_sim::film::Generator;
use tiptwin_sim::{Film, FilmStatistics};

/// A line along x and y in metres from the corner of the scan.
pub(super) type Line = Vec<(f64, f64)>;

/// Boundaries as lines and junctions as points inside the scan, metres from its corner. The film repeats, so everything is drawn
/// in each copy that touches the scan.
pub(super) fn drawn_graph(film: &Film, grid: &ScanGrid) -> (Vec<Line>, Vec<(f64, f64)>) {
    let side = film.spec().film_size.0;
    let near = |to: f64, from: f64| to - side * ((to - from) / side).round();
    let inside = |(x, y): (f64, f64)| (0.0..=grid.width.0).contains(&x) && (0.0..=grid.height.0).contains(&y);
    let on_scan = |p: Position| (p.x.0 - grid.origin.x.0, p.y.0 - grid.origin.y.0);
    let graph = film.graph();
    let shifts: Vec<(f64, f64)> = (-1..=1)
        .flat_map(|i| (-1..=1).map(move |j| (f64::from(i), f64::from(j))))
        .map(|(i, j)| (i * side, j * side))
        .collect();
    let mut lines = Vec::new();
    for edge in 0..graph.edges.len() {
        let mut line: Line = film.boundary(edge).into_iter().map(on_scan).collect();
        for k in 1..line.len() {
            line[k] = (near(line[k].0, line[k - 1].0), near(line[k].1, line[k - 1].1));
        }
        for (dx, dy) in &shifts {
            let copy: Line = line.iter().map(|(x, y)| (x + dx, y + dy)).collect();
            if copy.iter().any(|&p| inside(p)) {
                lines.push(copy);
            }
        }
    }
    let points = graph
        .vertices
        .iter()
        .flat_map(|v| {
            shifts
                .iter()
                .map(|(dx, dy)| {
                    let (x, y) = on_scan(v.position);
                    (x + dx, y + dy)
                })
                .collect::<Vec<_>>()
        })
        .filter(|&p| inside(p))
        .collect();
    (lines, points)
}

/// Sizes, sides, angles and heights.
pub(super) fn structure(film: &Film, topography_m: &Array2<f64>, regions: &Array2<u8>) -> Structure {
    let graph = film.graph();
    let sides = graph.sides();
    let around = |id: usize| graph.neighbours(id).into_iter().map(|n| sides[n]).sum();
    Structure {
        areas_m2: graph.grains.iter().map(|g| g.area_m2).collect(),
        neighbour_sides: (0..graph.grains.len()).map(around).collect(),
        angles_deg: film.junction_angles_deg(),
        heights_m: topography_m.iter().copied().zip(regions.iter().copied()).collect(),
        targets: targets(film),
        sides,
    }
}

/// What films of this generator give on average before relaxation (an independent prototype); the shares of the sides are not known for
/// Johnson–Mehl.
fn targets(film: &Film) -> Targets {
    let spec = film.spec();
    let Meters(mean_area_diameter_m) = spec.mean_diameter;
    let [mu2, _, sigma_ln_diameter, lewis_slope, aboav_a] = tiptwin_sim::film::targets(spec.generator).map(|t| t.value);
    let sides: &[f64] = match spec.generator {
        Generator::Laguerre => &[0.018, 0.098, 0.258, 0.314, 0.203, 0.074, 0.024, 0.008],
        Generator::PoissonVoronoi => &[0.012, 0.108, 0.259, 0.310, 0.190, 0.084, 0.030, 0.005],
        Generator::JohnsonMehl => &[],
    };
    Targets {
        mean_area_diameter_m,
        sigma_ln_diameter,
        sides: (3..).zip(sides.iter().copied()).collect(),
        lewis_slope,
        aboav_a,
        mu2,
    }
}

/// Statistics beside what the generator is meant to give.
pub(super) fn table(film: &Film, s: &FilmStatistics) -> Vec<Statistic> {
    let row =
        |name: &str, value: String, expected: &str| Statistic { name: name.into(), value, expected: expected.into() };
    let [mu2, area, sigma, lewis, aboav] =
        tiptwin_sim::film::targets(film.spec().generator).map(|t| format!("{:.2}", t.value));
    let diameter = format!("below {:.0} nm, that of the mean area", film.spec().mean_diameter.0 * 1e9);
    vec![
        row("grains on the whole film", s.grains.to_string(), ""),
        row("mean equivalent diameter", format!("{:.0} nm", s.mean_diameter_nm), &diameter),
        row("spread of ln(diameter)", format!("{:.2}", s.sigma_ln_diameter), &sigma),
        row("variation of the area", format!("{:.2}", s.area_variation), &area),
        row("variance of the number of neighbours", format!("{:.2}", s.mu2), &mu2),
        row("Lewis slope", format!("{:.2}", s.lewis_slope), &lewis),
        row("Aboav–Weaire a", format!("{:.2}", s.aboav_a), &aboav),
        row(
            "angles at junctions",
            format!("{:.0} ± {:.0}°", s.junction_angle_mean_deg, s.junction_angle_sd_deg),
            "120° on average",
        ),
        row("boundary length per area", format!("{:.1} /µm", s.boundary_per_um), ""),
        row("junctions per µm²", format!("{:.1}", s.junctions_per_um2), "28"),
        row("area at junctions (within 35 nm)", format!("{:.1} %", 100.0 * s.junction_share), "10 %"),
        row("area at boundaries (within 25 nm)", format!("{:.1} %", 100.0 * s.boundary_share), "26 %"),
        row("rms height", format!("{:.1} nm", s.rms_height_nm), "11.5 nm (6–25)"),
        row("peak to valley (0.5–99.5 %)", format!("{:.0} nm", s.peak_to_valley_nm), "50 nm"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiptwin_instrument::MasterSeed;
    use tiptwin_sim::FilmSpec;

    #[test]
    fn angles_of_a_junction_make_a_full_turn() {
        let film = Film::generate(&FilmSpec::default(), MasterSeed(4)).expect("film");
        let angles = film.junction_angles_deg();
        assert_eq!(angles.len(), 3 * film.graph().vertices.len());
        for three in angles.chunks(3) {
            assert!((three.iter().sum::<f64>() - 360.0).abs() < 1e-9, "{three:?}");
            assert!(three.iter().all(|a| *a > 0.0));
        }
        let structure = structure(&film, &Array2::zeros((2, 2)), &Array2::zeros((2, 2)));
        let mean = structure.sides.iter().sum::<usize>() as f64 / structure.sides.len() as f64;
        assert!((mean - 6.0).abs() < 1e-12, "Euler on a torus: {mean}");
    }

    #[test]
    fn targets_are_frequencies() {
        let film = Film::generate(&FilmSpec::default(), MasterSeed(4)).expect("film");
        let sum: f64 = targets(&film).sides.iter().map(|s| s.1).sum();
        // The table gives three digits of eight shares and leaves out what is rarer.
        assert!((sum - 1.0).abs() < 0.008, "{sum}");
    }
}

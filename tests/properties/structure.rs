//! Numbers 1 to 6: the graph of a film and its statistics.

use proptest::prelude::*;
use tiptwin_instrument::{MasterSeed, Meters, Pixel, Position, ScanGrid};
use tiptwin_sim::film::targets;
use tiptwin_sim::{Defects, Film, FilmSpec, Generator, Preset};

fn film(size_um: f64, diameter_nm: f64, sigma: f64, seed: u64) -> Film {
    let spec = FilmSpec {
        film_size: Meters(size_um * 1e-6),
        mean_diameter: Meters(diameter_nm * 1e-9),
        radius_sigma: sigma,
        ..FilmSpec::default()
    };
    Film::generate(&spec, MasterSeed(seed)).expect("film")
}

/// Number 1 for boundaries that may be curved: two grains can meet in two boundaries then, so neighbours are fewer than edges.
#[test]
fn prop_01_02_03_graph_of_a_torus_with_curved_boundaries() {
    for seed in 0..8 {
        let spec = FilmSpec { generator: Generator::JohnsonMehl, ..FilmSpec::default() };
        let film = Film::generate(&spec, MasterSeed(seed)).expect("film");
        let graph = film.graph();
        let (v, e, f) = (graph.vertices.len(), graph.edges.len(), graph.grains.len());
        assert_eq!((v, e), (2 * f, 3 * f));
        assert_eq!(graph.grains.iter().map(|g| g.edges.len()).sum::<usize>(), 6 * f);
        let mean_sides = graph.sides().iter().sum::<usize>() as f64 / f as f64;
        assert!((5.5..6.0).contains(&mean_sides), "{mean_sides}");
        let total: f64 = graph.grains.iter().map(|g| g.area_m2).sum();
        assert!((total / spec.film_size.0.powi(2) - 1.0).abs() < 1e-9, "{total}");
        // Every line ends at its junctions.
        for (id, edge) in graph.edges.iter().enumerate() {
            let line = film.boundary(id);
            assert_eq!(line[0], graph.vertices[edge.vertices[0]].position);
            assert_eq!(line[line.len() - 1], graph.vertices[edge.vertices[1]].position);
            assert!(line.iter().all(|p| film.nearest(*p).d_gb_m < 1e-12), "edge {id}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn prop_01_02_03_graph_of_a_torus(
        size_um in 2.5..6.0_f64, diameter_nm in 160.0..400.0_f64, sigma in 0.0..0.45_f64, seed: u64,
    ) {
        let film = film(size_um, diameter_nm, sigma, seed);
        let graph = film.graph();
        let (v, e, f) = (graph.vertices.len(), graph.edges.len(), graph.grains.len());
        prop_assert_eq!(v + f, e);
        prop_assert_eq!(v, 2 * f);
        prop_assert_eq!(graph.sides().iter().sum::<usize>(), 6 * f);
        // Trivalent, with three different grains at each junction, and every edge ends at two junctions.
        let mut degree = vec![0; v];
        for edge in &graph.edges {
            prop_assert!(edge.grains[0] < edge.grains[1]);
            prop_assert!(edge.vertices[0] != edge.vertices[1]);
            for end in edge.vertices {
                degree[end] += 1;
            }
        }
        prop_assert!(degree.iter().all(|&d| d == 3));
        prop_assert!(graph.vertices.iter().all(|v| v.grains[0] < v.grains[1] && v.grains[1] < v.grains[2]));
        // A grain knows an edge if and only if the edge knows the grain.
        for (g, grain) in graph.grains.iter().enumerate() {
            prop_assert!(grain.edges.iter().all(|&e| graph.edges[e].grains.contains(&g)));
        }
        // The areas tile the square; each is a sum of a few products, so rounding is all that is left.
        let domain = film.spec().film_size.0.powi(2);
        let total: f64 = graph.grains.iter().map(|g| g.area_m2).sum();
        prop_assert!((total / domain - 1.0).abs() < 1e-9, "{}", total / domain);
    }

    #[test]
    fn prop_06_same_seed_same_film_and_the_film_repeats(seed: u64, x in 0.0..6e-6_f64, y in 0.0..6e-6_f64) {
        let (a, b) = (film(3.0, 300.0, 0.35, seed), film(3.0, 300.0, 0.35, seed));
        prop_assert_eq!(a.graph(), b.graph());
        let at = Position::new(x, y);
        prop_assert_eq!(a.height(at), b.height(at));
        prop_assert_eq!(a.site(at), b.site(at));
        // One film size further on is the same place, up to the rounding of the position: picometres at most.
        let again = Position::new(x - 3e-6, y + 3e-6);
        prop_assert!((a.height(at).0 - a.height(again).0).abs() < 1e-14);
        prop_assert!((a.nearest(at).d_junction_m - a.nearest(again).d_junction_m).abs() < 1e-14);
        prop_assert!((a.site(at).tip_barrier_ev - a.site(again).tip_barrier_ev).abs() < 1e-9);
    }
}

#[test]
fn prop_04_05_statistics_of_the_default_film() {
    let all: Vec<_> = (0..8).map(|seed| film(6.0, 300.0, 0.35, seed).statistics()).collect();
    let mean = |value: &dyn Fn(&tiptwin_sim::FilmStatistics) -> f64| {
        let values: Vec<f64> = all.iter().map(value).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
        (mean, (variance / values.len() as f64).sqrt())
    };
    // Three standard errors of this mean and of the reference, which is a mean of four films of about as many
    // grains (√2 wider); rasters lose the smallest grains and the shortest edges, hence the constants.
    for (name, value, reference, raster) in [
        ("mu2", mean(&|s| s.mu2), 1.77, 0.10),
        ("sigma_ln", mean(&|s| s.sigma_ln_diameter), 0.41, 0.02),
        ("CV(area)", mean(&|s| s.area_variation), 0.67, 0.02),
        ("Lewis slope", mean(&|s| s.lewis_slope), 0.36, 0.02),
    ] {
        let allowed = 3.0 * value.1 * (1.0_f64 + 2.0).sqrt() + raster;
        assert!((value.0 - reference).abs() < allowed, "{name}: {value:?}, reference {reference} ± {allowed}");
    }
    let aboav = mean(&|s| s.aboav_a);
    assert!((0.6..=1.4).contains(&aboav.0), "Aboav–Weaire a: {aboav:?}");
    for s in &all {
        assert!(s.lewis_slope > 0.0);
        // Two junctions per grain, at most 3 % of the points without a grain: 28 per µm².
        assert!((27.0..28.4).contains(&s.junctions_per_um2), "{}", s.junctions_per_um2);
        assert!((6.0..25.0).contains(&s.rms_height_nm), "{}", s.rms_height_nm);
        assert!((s.junction_share - 0.10).abs() < 0.02 && (s.boundary_share - 0.24).abs() < 0.03);
        assert!((s.sides_histogram.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}

#[test]
fn prop_01_a_raster_counts_two_junctions_per_grain() {
    // On square pixels a block of 2 × 2 that touches three grains holds a junction, one that touches four holds two. Boundaries shorter
    // than a pixel and grains of few pixels make some more; grains smaller than a pixel are neither seen nor counted.
    let n = 768;
    let count = |seed| -> (f64, f64) {
        let film = film(6.0, 300.0, 0.35, seed);
        let grid = ScanGrid::square(Meters(6e-6), n);
        let grain = |r: usize, c: usize| film.nearest(grid.position(Pixel { row: r % n, col: c % n })).grain;
        let labels: Vec<Vec<usize>> = (0..n).map(|r| (0..n).map(|c| grain(r, c)).collect()).collect();
        let mut junctions = 0;
        for r in 0..n {
            for c in 0..n {
                let (below, right) = ((r + 1) % n, (c + 1) % n);
                let mut block = [labels[r][c], labels[r][right], labels[below][c], labels[below][right]];
                block.sort_unstable();
                junctions += block.windows(2).filter(|w| w[0] != w[1]).count().saturating_sub(1);
            }
        }
        let mut seen: Vec<usize> = labels.concat();
        seen.sort_unstable();
        seen.dedup();
        (junctions as f64, seen.len() as f64)
    };
    let counts: Vec<(f64, f64)> = (0..3).map(count).collect();
    let ratio = counts.iter().map(|c| c.0).sum::<f64>() / counts.iter().map(|c| c.1).sum::<f64>();
    assert!((2.00..=2.05).contains(&ratio), "{ratio}");
}

#[test]
fn prop_06_a_window_is_a_cut_of_the_film() {
    let film = film(6.0, 300.0, 0.35, 3);
    let whole = ScanGrid::square(Meters(3e-6), 96);
    let corner = whole.position(Pixel { row: 32, col: 48 });
    let pixel = whole.pixel_width().0;
    let cut = ScanGrid {
        origin: Position::new(corner.x.0 - 0.5 * pixel, corner.y.0 - 0.5 * pixel),
        width: Meters(32.0 * pixel),
        height: Meters(16.0 * pixel),
        rows: 16,
        cols: 32,
    };
    let (a, b) = (film.topography(&whole), film.topography(&cut));
    assert_eq!(b.dim(), (16, 32));
    for ((row, col), height) in b.indexed_iter() {
        // The positions differ by rounding only.
        assert!((height - a[[row + 32, col + 48]]).abs() < 1e-14);
    }
}

#[test]
fn prop_40_the_negative_control_shows_the_same_surface_as_seed() {
    let spec = FilmSpec { preset: Preset::Random, ..FilmSpec::default() };
    let random = Film::generate(&spec, MasterSeed(5)).expect("film");
    let seed = Film::generate(&FilmSpec::default(), MasterSeed(5)).expect("film");
    let grid = ScanGrid::square(Meters(3e-6), 32);
    assert_eq!(random.topography(&grid), seed.topography(&grid));
    assert_eq!(random.regions(&grid), seed.regions(&grid));
    assert_ne!(random.site(Position::new(1e-6, 1e-6)), seed.site(Position::new(1e-6, 1e-6)));
}

/// Number of films that stand for a generator here.
const FILMS: u64 = 8;

/// Mean of a statistic over films without relaxation, and its standard error.
fn over_films(generator: Generator, name: &str) -> (f64, f64) {
    let spec = FilmSpec { generator, relax_steps: 0, ..FilmSpec::default() };
    let values: Vec<f64> = (0..FILMS)
        .map(|seed| {
            let s = Film::generate(&spec, MasterSeed(seed)).expect("film").statistics();
            match name {
                "mu2" => s.mu2,
                "area_variation" => s.area_variation,
                "sigma_ln_diameter" => s.sigma_ln_diameter,
                "lewis_slope" => s.lewis_slope,
                _ => s.aboav_a,
            }
        })
        .collect();
    let n = FILMS as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt())
}

#[test]
fn prop_04_05_statistics_of_poisson_voronoi() {
    for target in targets(Generator::PoissonVoronoi) {
        let (mean, error) = over_films(Generator::PoissonVoronoi, target.name);
        // Three standard errors of this mean and of the reference of half as many films; rasters lose what is smaller than
        // a pixel: small grains (literature has mu2 = 1.78) and short edges.
        let allowed = 3.0 * error * 3.0_f64.sqrt() + 0.06 * target.value;
        assert!((mean - target.value).abs() < allowed, "{}: {mean}, reference {}", target.name, target.value);
    }
}

#[test]
fn prop_04_05_statistics_of_johnson_mehl() {
    for target in targets(Generator::JohnsonMehl) {
        let (mean, error) = over_films(Generator::JohnsonMehl, target.name);
        // The reference is two films of 256 × 256 pixels: twice as wide as ours, and without the many slivers that are smaller than
        // its pixels of 23 nm.
        let allowed = 3.0 * error * 5.0_f64.sqrt() + 0.06 * target.value;
        assert!((mean - target.value).abs() < allowed, "{}: {mean}, reference {}", target.name, target.value);
    }
}

#[test]
fn prop_07_relaxation_draws_junctions_to_120_degrees() {
    for generator in Generator::ALL {
        for seed in 0..3 {
            let mut last = f64::INFINITY;
            for relax_steps in [0, 1, 2, 3, 5, 10] {
                let spec = FilmSpec { generator, relax_steps, ..FilmSpec::default() };
                let film = Film::generate(&spec, MasterSeed(seed)).expect("film");
                let s = film.statistics();
                // Three angles fill a circle.
                assert!((s.junction_angle_mean_deg - 120.0).abs() < 1e-9);
                assert!(
                    s.junction_angle_sd_deg < last,
                    "{generator:?} {seed}, {relax_steps} steps: {last} then {}",
                    s.junction_angle_sd_deg
                );
                last = s.junction_angle_sd_deg;
                let graph = film.graph();
                assert_eq!(graph.vertices.len() + graph.grains.len(), graph.edges.len());
                let total: f64 = graph.grains.iter().map(|g| g.area_m2).sum();
                assert!((total / film.spec().film_size.0.powi(2) - 1.0).abs() < 1e-9, "{total}");
            }
        }
    }
}

#[test]
fn prop_07_a_relaxed_film_is_whole_everywhere() {
    let spec = FilmSpec { relax_steps: 10, defects: Defects::NONE, ..FilmSpec::default() };
    let film = Film::generate(&spec, MasterSeed(2)).expect("film");
    let mut last = (film.height(Position::new(0.0, 0.0)).0, film.site(Position::new(0.0, 0.0)));
    for i in 0..20_000 {
        let at = Position::new(0.2e-9 * f64::from(i), 0.13e-9 * f64::from(i));
        let (height, site) = (film.height(at).0, film.site(at));
        // As on a film without relaxation: slopes up to 2 and 0.01 eV/nm over steps of 0.24 nm.
        assert!((height - last.0).abs() < 0.6e-9, "height at {at:?}");
        assert!((site.boundary_barrier_ev - last.1.boundary_barrier_ev).abs() < 2.5e-3, "barrier at {at:?}");
        assert!((site.tip_barrier_ev - last.1.tip_barrier_ev).abs() < 2.5e-3, "contact at {at:?}");
        last = (height, site);
    }
    // On a boundary the distance to it is zero, wherever junctions went.
    for edge in 0..film.graph().edges.len() {
        let line = film.boundary(edge);
        assert!(line.iter().all(|p| film.nearest(*p).d_gb_m < 1e-12), "edge {edge}");
    }
}

#[test]
fn prop_04_a_window_estimates_the_film_without_favouring_small_grains() {
    let film = film(6.0, 300.0, 0.35, 4);
    let whole = film.statistics();
    let (mut weighted, mut sides, mut windows) = (0.0, 0.0, 0.0);
    for i in 0..6 {
        for j in 0..6 {
            let origin = Position::new(1e-6 * f64::from(i), 1e-6 * f64::from(j));
            let window = ScanGrid { origin, ..ScanGrid::square(Meters(2e-6), 64) };
            let s = film.window_statistics(&window).expect("grains");
            weighted += s.mean_diameter_nm;
            sides += s.mean_sides;
            windows += 1.0;
        }
    }
    // 36 overlapping windows of some 25 grains: the mean of their ratio estimates is good to 2 %.
    assert!((weighted / windows / whole.mean_diameter_nm - 1.0).abs() < 0.03, "{}", weighted / windows);
    assert!((sides / windows - 6.0).abs() < 0.15, "{}", sides / windows);
}

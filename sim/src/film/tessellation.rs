//! The ways of laying out grains on a torus.

use super::network::Network;
use super::power_diagram::{lloyd_step, power_diagram};
use super::spec::Generator;
use super::torus::Point;
use super::{FilmSpec, johnson_mehl};
use crate::error::SimError;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

/// Draws the tessellation that a specification asks for, before relaxation.
pub(super) fn draw(spec: &FilmSpec, rng: &mut impl Rng) -> Result<Network, SimError> {
    let (side, grains) = (spec.film_size.0, spec.grain_count());
    match spec.generator {
        Generator::Laguerre => laguerre(side, grains, spec.radius_sigma, rng),
        Generator::PoissonVoronoi => of_points(&points(side, grains, rng), &vec![0.0; grains], side),
        Generator::JohnsonMehl => {
            let nuclei = johnson_mehl::nuclei(side, grains, rng);
            Network::from_outlines(&johnson_mehl::outlines(&nuclei, side), side)
        }
    }
}

/// Two Lloyd steps even out Poisson points; log-normal radii then give log-normal grains. Equivalent diameters come out with
/// σ ≈ 0.41 for a radius σ of 0.35, which is what is reported for perovskite films.
pub(super) fn laguerre(side: f64, grains: usize, radius_sigma: f64, rng: &mut impl Rng) -> Result<Network, SimError> {
    let mut points = points(side, grains, rng);
    for _ in 0..2 {
        lloyd_step(&mut points, side);
    }
    // Discs of these radii would cover the film once.
    let rms_radius = side / (std::f64::consts::PI * grains as f64).sqrt();
    let weights: Vec<f64> = (0..grains)
        .map(|_| {
            let z: f64 = StandardNormal.sample(rng);
            let radius = rms_radius * (radius_sigma * z - radius_sigma * radius_sigma).exp();
            radius * radius
        })
        .collect();
    of_points(&points, &weights, side)
}

/// The power diagram of points (m) with weights (m²).
fn of_points(points: &[Point], weights: &[f64], side: f64) -> Result<Network, SimError> {
    let cells = power_diagram(points, weights, side);
    let outlines: Vec<_> = cells.into_iter().zip(points).map(|(cell, &point)| cell.outline(point)).collect();
    Network::from_outlines(&outlines, side)
}

fn points(side: f64, count: usize, rng: &mut impl Rng) -> Vec<Point> {
    (0..count).map(|_| [side * rng.random::<f64>(), side * rng.random::<f64>()]).collect()
}

//! The rivals learn what they can see, and no more.

use super::fit;
use super::inputs::Inputs;
use super::*;
use crate::gp::Likelihood;
use crate::metrics;
use crate::model::{Measured, Model, ModelError, Prediction, Tiptwin, View};
use crate::net::ComputeDevice;
use crate::{Candidates, acquisition};
use ndarray::Array2;
use rand::RngExt;
use tiptwin_instrument::{MasterSeed, Meters, Stream};

/// Bumps, and a property that follows the height (`structure`) or only the place.
fn film(structure: bool) -> (Candidates, Vec<f64>) {
    let bump = |r: f64, c: f64| (r * 0.55).sin() * (c * 0.4).cos() + 0.6 * (0.21 * r - 0.33 * c).sin();
    let image = Array2::from_shape_fn((44, 40), |(r, c)| 1e-8 * bump(r as f64, c as f64));
    let candidates = Candidates::new(image, 8, Meters(1e-8), Meters(1e-8)).expect("fits");
    let property = (0..candidates.len()).map(|i| candidates.pixel(i)).map(|p| {
        let (r, c) = (p.row as f64, p.col as f64);
        1e-9 * if structure { (1.5 * bump(r, c)).tanh() } else { (r * 0.11).sin() + (c * 0.09).cos() }
    });
    let property = property.collect();
    (candidates, property)
}

fn measure(candidates: &Candidates, property: &[f64], n: usize) -> Vec<Measured> {
    let mut rng = MasterSeed(4).rng(Stream::Strategy, 0);
    (0..n)
        .map(|_| rng.random_range(0..candidates.len()))
        .map(|index| Measured { index, value: property[index] })
        .collect()
}

fn all() -> Vec<Box<dyn Model>> {
    vec![
        Box::new(GpBaseline::coordinates()),
        Box::new(GpBaseline::patches()),
        Box::new(GpBaseline::filters()),
        Box::new(NearestNeighbours::default()),
    ]
}

fn predict(model: &mut dyn Model, candidates: &Candidates, measured: &[Measured]) -> Prediction {
    model.predict(&View { candidates, measured, noise_sigma: None }).expect("predicts")
}

fn r2(model: &mut dyn Model, structure: bool) -> f64 {
    let (candidates, property) = film(structure);
    let map = predict(model, &candidates, &measure(&candidates, &property, 80));
    metrics::scores(80, &map, &property, &vec![true; property.len()]).expect("varies").r2
}

#[test]
fn each_learns_what_it_looks_at() {
    // Deterministic properties without noise: what can be seen is nearly all explained.
    for (name, structure, floor) in
        [("gp-coordinates", false, 0.95), ("gp-patches", true, 0.9), ("gp-filters", true, 0.9), ("knn", true, 0.6)]
    {
        let mut model = all().into_iter().find(|m| m.name() == name).expect("known");
        let score = r2(model.as_mut(), structure);
        assert!(score > floor, "{name}: {score}");
    }
}

#[test]
fn shuffled_targets_teach_nothing() {
    let own = r2(&mut GpBaseline::filters(), true);
    let control = r2(&mut Shuffled::new(Box::new(GpBaseline::filters()), MasterSeed(1).rng(Stream::Baseline, 0)), true);
    // Predicting the mean scores 0; chance agreement of 80 values leaves ±2/√80 in a correlation, 0.05 in R².
    assert!(control < 0.1 && own > 0.9, "{control} against {own}");
    let (candidates, property) = film(true);
    let measured = measure(&candidates, &property, 30);
    let mut model = Shuffled::new(Box::new(NearestNeighbours::default()), MasterSeed(1).rng(Stream::Baseline, 0));
    let first = predict(&mut model, &candidates, &measured);
    assert_eq!(predict(&mut model, &candidates, &measured), first, "equal histories give equal maps");
}

#[test]
fn gradients_agree_with_finite_differences() {
    let x = Array2::from_shape_fn((9, 10), |(i, j)| ((i * 7 + j * 5) as f64 * 0.61).sin() * 2.0);
    let y: Vec<f64> = (0..9).map(|i| (f64::from(i) * 1.3).cos()).collect();
    for inputs in [Inputs::Patches, Inputs::Filters, Inputs::Coordinates] {
        let terms = inputs.terms();
        let start = fit::start(&terms);
        let raw: Vec<f64> = start.iter().enumerate().map(|(i, r)| r + 0.3 * (i as f64).sin()).collect();
        let at = |raw: &[f64]| {
            fit::objective(&mut Likelihood::default(), (&terms, &start), raw, (x.view(), &y), 0.02).expect("evaluates")
        };
        for (i, analytic) in at(&raw).1.into_iter().enumerate() {
            let (mut plus, mut minus) = (raw.clone(), raw.clone());
            plus[i] += 1e-5;
            minus[i] -= 1e-5;
            let numeric = (at(&plus).0 - at(&minus).0) / 2e-5;
            assert!((analytic - numeric).abs() < 1e-7, "{inputs:?} {i}: {analytic} against {numeric}");
        }
    }
}

#[test]
fn a_prediction_does_not_depend_on_when_earlier_ones_were_asked_for() {
    let (candidates, property) = film(true);
    let measured = measure(&candidates, &property, 21);
    for (mut at_once, mut every_step) in all().into_iter().zip(all()) {
        let expected = predict(at_once.as_mut(), &candidates, &measured);
        for n in 1..21 {
            predict(every_step.as_mut(), &candidates, &measured[..n]);
        }
        assert_eq!(predict(every_step.as_mut(), &candidates, &measured), expected, "{}", at_once.name());
    }
}

#[test]
fn draws_agree_with_the_map() {
    let (candidates, property) = film(true);
    let measured = measure(&candidates, &property, 25);
    let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
    let places: Vec<usize> = (0..candidates.len()).step_by(211).collect();
    let weights = MasterSeed(1).rng(Stream::NetworkInit, 0);
    let models: [Box<dyn Model>; 2] =
        [Box::new(GpBaseline::filters()), Box::new(Tiptwin::new(weights, ComputeDevice::Flex))];
    for mut model in models {
        let map = model.predict(&view).expect("predicts");
        let mut rng = MasterSeed(2).rng(Stream::Posterior, 0);
        let n = 2000;
        let draws: Vec<Vec<f64>> =
            (0..n).map(|_| model.draw(&view, &places, &mut rng).expect("draws").expect("knows")).collect();
        for (k, i) in places.iter().enumerate() {
            let m = draws.iter().map(|d| d[k]).sum::<f64>() / f64::from(n);
            let sd = (draws.iter().map(|d| (d[k] - m).powi(2)).sum::<f64>() / f64::from(n)).sqrt();
            // Five standard errors of a mean and of a deviation.
            let error = map.sigma[*i] / f64::from(n).sqrt();
            assert!((m - map.mean[*i]).abs() < 5.0 * error, "{}: {m} {}", model.name(), map.mean[*i]);
            assert!((sd - map.sigma[*i]).abs() < 3.6 * error, "{}: {sd} {}", model.name(), map.sigma[*i]);
        }
    }
}

#[test]
fn believing_one_s_own_mean_lowers_deviations_there_and_keeps_the_map() {
    let (candidates, property) = film(true);
    let measured = measure(&candidates, &property, 25);
    let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
    let mut model = GpBaseline::coordinates();
    let before = model.predict(&view).expect("predicts");
    let mut rng = MasterSeed(2).rng(Stream::Strategy, 0);
    let open = vec![true; candidates.len()];
    let index = acquisition::argmax(before.sigma.iter().copied(), &open, &mut rng).expect("open");
    let after = model.predict_believing(&view, &[Measured { index, value: before.mean[index] }]).expect("predicts");
    assert!(after.sigma[index] < before.sigma[index]);
    let spread = 1e-9;
    for (a, b) in after.mean.iter().zip(&before.mean) {
        assert!((a - b).abs() < 1e-9 * spread);
    }
    assert!(after.sigma.iter().zip(&before.sigma).all(|(a, b)| *a <= b * (1.0 + 1e-12)));
}

#[test]
fn nothing_measured_is_an_error() {
    let (candidates, _) = film(true);
    let view = View { candidates: &candidates, measured: &[], noise_sigma: None };
    for mut model in all() {
        assert!(matches!(model.predict(&view), Err(ModelError::NoData)), "{}", model.name());
    }
}

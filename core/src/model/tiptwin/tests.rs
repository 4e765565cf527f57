use super::*;
use crate::metrics;
use ndarray::Array2;
use rand::RngExt;
use tiptwin_instrument::{MasterSeed, Meters, Stream};

const EDGE: usize = 48;

/// A surface of bumps with tilt, and a property that is a curved function of its local height.
fn film(tilt: f64, unit: f64) -> (Candidates, Vec<f64>) {
    let bump = |r: f64, c: f64| (r * 0.55).sin() * (c * 0.4).cos() + 0.6 * (0.21 * r - 0.33 * c).sin();
    let image = Array2::from_shape_fn((EDGE, EDGE), |(r, c)| unit * (bump(r as f64, c as f64) + tilt * r as f64));
    let candidates = Candidates::new(image, 8, Meters(1e-8), Meters(1e-8)).expect("fits");
    let property = (0..candidates.len())
        .map(|i| {
            let p = candidates.pixel(i);
            1e-9 * (bump(p.row as f64, p.col as f64) * 1.5).tanh()
        })
        .collect();
    (candidates, property)
}

fn model() -> Tiptwin {
    Tiptwin::new(MasterSeed(11).rng(Stream::NetworkInit, 0), ComputeDevice::Flex)
}

fn measure(candidates: &Candidates, property: &[f64], n: usize, noise: f64) -> Vec<Measured> {
    let mut rng = MasterSeed(4).rng(Stream::Strategy, 0);
    (0..n)
        .map(|_| {
            let index = rng.random_range(0..candidates.len());
            let wiggle: f64 = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
            Measured { index, value: property[index] + noise * wiggle }
        })
        .collect()
}

fn predict(model: &mut Tiptwin, candidates: &Candidates, measured: &[Measured], noise: Option<f64>) -> Prediction {
    model.predict(&View { candidates, measured, noise_sigma: noise }).expect("predicts")
}

fn r2(prediction: &Prediction, truth: &[f64]) -> f64 {
    metrics::scores(0, prediction, truth, &vec![true; truth.len()]).expect("varies").r2
}

#[test]
fn learns_a_property_that_topography_explains_and_improves_with_data() {
    let (candidates, property) = film(0.2, 1e-8);
    let measured = measure(&candidates, &property, 90, 5e-11);
    let mut model = model();
    let few = r2(&predict(&mut model, &candidates, &measured[..10], Some(5e-11)), &property);
    let many = r2(&predict(&mut model, &candidates, &measured, Some(5e-11)), &property);
    // A deterministic function of the levelled image with 5 % noise: a learner that works explains nearly all of it.
    assert!(many > 0.9 && many > few, "{few} then {many}");
}

#[test]
fn only_what_is_borne_out_is_drawn() {
    let (candidates, property) = film(0.0, 1e-8);
    let share = |property: &[f64]| {
        let mut model = model();
        predict(&mut model, &candidates, &measure(&candidates, property, 48, 0.0), Some(0.0));
        model.state.expect("is trained").share
    };
    assert_eq!(share(&property), 1.0);
    let chance = |k: u64| -> Vec<f64> {
        let mut rng = MasterSeed(5).rng(Stream::Strategy, k);
        (0..property.len()).map(|_| StandardNormal.sample(&mut rng)).collect()
    };
    let shares: f64 = (0..8).map(|k| share(&chance(k))).sum::<f64>() / 8.0;
    assert!(shares < 0.5, "{shares} of what the kernel sees in chance is believed");
}

#[test]
fn units_and_tilt_do_not_matter() {
    let (nano, property) = film(0.3, 1e-9);
    let (plain, _) = film(0.0, 1.0);
    let measured = measure(&nano, &property, 30, 2e-11);
    let scaled: Vec<Measured> = measured.iter().map(|m| Measured { value: m.value * 1e9 + 5.0, ..*m }).collect();
    let a = predict(&mut model(), &nano, &measured, None);
    let b = predict(&mut model(), &plain, &scaled, None);
    for i in 0..nano.len() {
        // Components pass through single precision (1e-7), and the optimiser stops at gains of 1e-7 nats, that is at
        // parameters good to about 1e-3.
        assert!((a.mean[i] * 1e9 + 5.0 - b.mean[i]).abs() < 1e-2 && (a.sigma[i] * 1e9 - b.sigma[i]).abs() < 1e-2);
    }
}

#[test]
fn a_prediction_does_not_depend_on_when_earlier_ones_were_asked_for() {
    let (candidates, property) = film(0.0, 1.0);
    let measured = measure(&candidates, &property, 33, 5e-11);
    let at_once = predict(&mut model(), &candidates, &measured, None);
    let mut every_step = model();
    for n in 1..33 {
        predict(&mut every_step, &candidates, &measured[..n], None);
    }
    assert_eq!(predict(&mut every_step, &candidates, &measured, None), at_once);
    // Going back, or to other data, starts over instead of keeping what was learnt from the future.
    predict(&mut every_step, &candidates, &measured[20..], None);
    assert_eq!(predict(&mut every_step, &candidates, &measured, None), at_once);
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let (candidates, property) = film(0.0, 1.0);
    let measured = measure(&candidates, &property, 30, 5e-11);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
        pool.install(|| predict(&mut model(), &candidates, &measured, None))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn odd_data_give_a_sane_map() {
    let (candidates, property) = film(0.0, 1.0);
    let good = measure(&candidates, &property, 20, 0.0);
    let constant: Vec<Measured> = good.iter().map(|m| Measured { value: 3e-9, ..*m }).collect();
    let zeros: Vec<Measured> = good.iter().map(|m| Measured { value: 0.0, ..*m }).collect();
    let duplicates: Vec<Measured> =
        (0..20).map(|i| Measured { index: 7, value: if i % 2 == 0 { 1e-9 } else { 2e-9 } }).collect();
    let mut outlier = good.clone();
    outlier[5].value = 1e-3;
    for (name, data) in [
        ("one point", &good[..1]),
        ("two points", &good[..2]),
        ("constant", &constant),
        ("zeros", &zeros),
        ("duplicates", &duplicates),
        ("outlier", &outlier),
    ] {
        for noise in [None, Some(1e-11), Some(0.0)] {
            let map = predict(&mut model(), &candidates, data, noise);
            let values = || data.iter().map(|m| m.value);
            let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
            let slack = (high - low).max(high.abs()).max(1e-9);
            assert!(map.mean.iter().all(|m| *m >= low - slack && *m <= high + slack), "{name} {noise:?}");
            assert!(map.sigma.iter().all(|s| s.is_finite() && *s > 0.0), "{name} {noise:?}");
        }
    }
    let flat = Candidates::new(Array2::zeros((30, 30)), 8, Meters(1.0), Meters(1.0)).expect("fits");
    let map = predict(
        &mut model(),
        &flat,
        &good[..4].iter().map(|m| Measured { index: m.index % 500, ..*m }).collect::<Vec<_>>(),
        None,
    );
    assert!(map.mean.iter().chain(&map.sigma).all(|v| v.is_finite()));
}

#[test]
fn known_noise_is_not_in_sigma() {
    let (candidates, property) = film(0.0, 1.0);
    let noise = 6e-10;
    let measured = measure(&candidates, &property, 90, noise);
    let known = predict(&mut model(), &candidates, &measured, Some(noise));
    let unknown = predict(&mut model(), &candidates, &measured, None);
    let mean = |map: &Prediction| map.sigma.iter().sum::<f64>() / map.sigma.len() as f64;
    // Noise as large as the property's own spread: who knows it is surer of the property than who does not.
    assert!(mean(&known) < mean(&unknown) && mean(&known) < noise, "{} {}", mean(&known), mean(&unknown));
}

#[test]
fn nothing_measured_is_an_error() {
    let (candidates, _) = film(0.0, 1.0);
    let view = View { candidates: &candidates, measured: &[], noise_sigma: None };
    assert!(matches!(model().predict(&view), Err(ModelError::NoData)));
}

//! Each acquisition against the integral that defines it, a closed form, or both.

use super::batch::{local_penalty, locally_penalised, steepest};
use super::cost::{Cost, Sign, per_time, spacing};
use super::*;
use crate::Candidates;
use crate::gp::mean::ConstantMean;
use crate::gp::noise::WhiteNoise;
use crate::gp::{Kernel, Posterior, Process, Shape, Term};
use crate::model::Prediction;
use ndarray::{Array2, array};
use proptest::prelude::*;
use tiptwin_instrument::{MasterSeed, Meters, Stream};

/// ∫ f(y) N(y; μ, σ²) dy by the midpoint rule over ±10 σ in 200,000 steps.
fn expectation(mean: f64, sigma: f64, f: impl Fn(f64) -> f64) -> f64 {
    let n = 200_000;
    let h = 20.0 / f64::from(n);
    let at = |k: i32| -10.0 + (f64::from(k) + 0.5) * h;
    (0..n).map(|k| f(mean + sigma * at(k)) * normal_pdf(at(k)) * h).sum()
}

proptest! {
    #[test]
    fn prop_improvements_are_their_integrals(mean in -3.0..3.0f64, sigma in 0.05..3.0f64, best in -2.0..2.0f64, xi in 0.0..0.5f64) {
        let ei = expected_improvement(mean, sigma, best, xi);
        let integral = expectation(mean, sigma, |y| (y - best - xi).max(0.0));
        // The kink costs at most a cell: σ h² φ(0) ≈ 1e-8 σ·0.4.
        prop_assert!((ei - integral).abs() < 1e-8 * sigma, "EI {ei} against {integral}");
        let pi = probability_of_improvement(mean, sigma, best, xi);
        let integral = expectation(mean, sigma, |y| f64::from(u8::from(y > best + xi)));
        // A jump costs up to half a cell: h φ(0)/2 = 2e-5.
        prop_assert!((pi - integral).abs() < 3e-5, "PI {pi} against {integral}");
    }

    #[test]
    fn prop_the_logarithm_is_that_of_the_improvement(mean in -3.0..3.0f64, sigma in 0.3..3.0f64, best in -2.0..2.0f64) {
        let (ei, log_ei) = (expected_improvement(mean, sigma, best, 0.0), log_expected_improvement(mean, sigma, best, 0.0));
        // EI itself loses digits where u is negative: 1e-16 over an EI of 1e-12 and more.
        prop_assume!(ei > 1e-12);
        prop_assert!((ei.ln() - log_ei).abs() < 1e-3, "{ei} {log_ei}");
        if ei > 1e-6 {
            prop_assert!((ei.ln() - log_ei).abs() < 1e-8, "{ei} {log_ei}");
        }
    }

    #[test]
    fn prop_improvements_grow_with_the_mean(mean in -3.0..3.0f64, sigma in 0.0..3.0f64, d in 0.01..2.0f64) {
        let ei = |m, s| expected_improvement(m, s, 0.5, 0.01);
        prop_assert!(ei(mean + d, sigma) >= ei(mean, sigma) - 1e-14);
        prop_assert!(ei(mean, sigma + d) >= ei(mean, sigma) - 1e-14);
        let log_ei = |m| log_expected_improvement(m, sigma.max(0.01), 0.5, 0.01);
        prop_assert!(log_ei(mean + d) > log_ei(mean));
        prop_assert!(probability_of_improvement(mean + d, sigma, 0.5, 0.0) >= probability_of_improvement(mean, sigma, 0.5, 0.0));
    }
}

#[test]
fn log_improvement_orders_places_where_improvement_is_flat() {
    let far = [-60.0, -50.0];
    assert_eq!(far.map(|m| expected_improvement(m, 1.0, 0.0, 0.0)), [0.0; 2]);
    let [a, b] = far.map(|m| log_expected_improvement(m, 1.0, 0.0, 0.0));
    assert!(a.is_finite() && a < b, "{a} {b}");
}

#[test]
fn bounds_without_uncertainty_are_the_mean() {
    assert_eq!(upper_confidence_bound(1.5, 0.0, 2.0), 1.5);
    assert_eq!(upper_confidence_bound(1.5, 0.5, 2.0), 2.5);
    // A bound at κ leaves Φ(−κ) above it: 0.0227501 at 2.
    let above = expectation(1.5, 0.5, |y| f64::from(u8::from(y > upper_confidence_bound(1.5, 0.5, 2.0))));
    assert!((above - normal_cdf(-2.0)).abs() < 3e-5, "{above}");
    assert_eq!((expected_improvement(1.0, 0.0, 0.4, 0.1), probability_of_improvement(0.4, 0.0, 0.4, 0.0)), (0.5, 0.0));
    assert_eq!(log_expected_improvement(0.0, 0.0, 1.0, 0.0), f64::NEG_INFINITY);
}

#[test]
fn goals_turn_values_round() {
    assert_eq!(Goal::ALL.map(|g| Goal::by_name(g.name())), Goal::ALL.map(Some));
    assert_eq!(Goal::by_name("larger"), None);
    assert_eq!((Goal::Maximise.toward(2.0), Goal::Minimise.toward(2.0)), (2.0, -2.0));
    let scores = Goal::ALL.map(|g| thompson(1.0, 3.0, g));
    assert_eq!(scores, [1.0, -1.0, 2.0]);
}

/// One posterior with the point added, against the formula that never adds it.
#[test]
fn integrated_variance_is_what_a_further_point_takes_away() {
    let term = Term { shape: Shape::Matern52, columns: 0..1, output_scale: 1.4, length_scales: vec![0.9] };
    let process = Process { kernel: Kernel { terms: vec![term] }, mean: ConstantMean(0.0), noise: WhiteNoise(0.2) };
    let (x, y) = (array![[0.0], [1.1], [2.7]], [0.3, -0.4, 1.0]);
    let before = Posterior::new(process.clone(), x.clone(), &y).expect("conditions");
    let places = Array2::from_shape_fn((25, 1), |(i, _)| i as f64 * 0.2 - 1.0);
    let candidate = array![[1.9]];
    let after = {
        let x = ndarray::concatenate(ndarray::Axis(0), &[x.view(), candidate.view()]).expect("stacks");
        Posterior::new(process, x, &[0.3, -0.4, 1.0, 77.0]).expect("conditions").predict(places.view()).1
    };
    let taken = before.predict(places.view()).1.iter().zip(&after).map(|(b, a)| b - a).sum::<f64>() / 25.0;
    let covariances = before.covariance(candidate.view(), places.view());
    let own = before.predict(candidate.view()).1[0] + 0.2;
    let gain = integrated_variance(covariances.iter().copied(), own);
    assert!((gain - taken).abs() < 1e-12, "{gain} against {taken}");
    assert_eq!(integrated_variance(std::iter::empty(), 1.0), 0.0);
}

fn candidates() -> Candidates {
    Candidates::new(Array2::zeros((9, 12)), 1, Meters(1e-8), Meters(1e-8)).expect("fits")
}

#[test]
fn costs_by_hand() {
    assert_eq!(per_time(Meters(0.0), Meters(1e-6)), 1.0);
    assert_eq!(per_time(Meters(1e-6), Meters(1e-6)), 0.5);
    assert_eq!(spacing(Meters(0.0), Meters(1e-8)), 0.0);
    assert!((spacing(Meters(1e-8), Meters(1e-8)) - (1.0 - (-0.5f64).exp())).abs() < 1e-15);
    assert_eq!(spacing(Meters(f64::INFINITY), Meters(1e-8)), 1.0);
}

#[test]
fn costs_prefer_near_to_the_tip_and_far_from_touches() {
    let candidates = candidates();
    let mut open = vec![true; candidates.len()];
    open[0] = false;
    let weigh = |cost: Cost, sign| {
        let mut scores = vec![1.0; candidates.len()];
        cost.weigh(&mut scores, sign, &candidates, &open, Some(0));
        scores
    };
    let travel = weigh(Cost { travel: Some(Meters(2e-8)), spacing: None }, Sign::Positive);
    // Two pixels of 10 nm are the way of a measurement: half the gain per time.
    assert!((travel[2] - 0.5).abs() < 1e-12 && (travel[24] - 0.5).abs() < 1e-12 && travel[1] > travel[2]);
    let both = Cost { travel: Some(Meters(2e-8)), spacing: Some(Meters(1e-8)) };
    let (positive, logarithm) = (weigh(both, Sign::Positive), weigh(both, Sign::Logarithm));
    for (p, l) in positive.iter().zip(&logarithm).skip(1) {
        assert!((l - 1.0 - p.ln()).abs() < 1e-12);
    }
    assert_eq!(positive[0], 0.0, "the touched place itself");
    let mut scores: Vec<f64> = (0..candidates.len()).map(|i| if i == 5 { f64::NAN } else { -3.0 }).collect();
    scores[7] = -1.0;
    both.weigh(&mut scores, Sign::Any, &candidates, &open, None);
    assert!(scores[7] > 0.0 && scores[8] == 0.0 && scores[5].is_nan());
    assert_eq!(weigh(Cost::default(), Sign::Positive), vec![1.0; candidates.len()]);
}

#[test]
fn a_local_penalty_is_its_probability() {
    // Outside if L d > M − f with f ~ N(μ, σ²).
    let (d, mean, sigma, best, slope) = (0.7, 0.4, 0.3, 1.2, 1.5);
    let outside = expectation(mean, sigma, |f| f64::from(u8::from(slope * d > best - f)));
    assert!((local_penalty(d, mean, sigma, best, slope) - outside).abs() < 3e-5);
    assert_eq!(local_penalty(1.0, 0.0, 0.0, 2.0, 1.0), 0.0);
}

#[test]
fn a_batch_spreads_out() {
    let candidates = candidates();
    let place = |i: usize| candidates.pixel(i);
    // A ridge along row 4 with its top at column 6.
    let mean: Vec<f64> = (0..candidates.len())
        .map(|i| (-0.1 * (place(i).row as f64 - 4.0).powi(2) - 0.02 * (place(i).col as f64 - 6.0).powi(2)).exp())
        .collect();
    let map = Prediction::normal(mean.clone(), vec![0.5; mean.len()]);
    // Steepest from two to three rows off the ridge, at its top.
    let slope = 1e8 * ((-0.4f64).exp() - (-0.9f64).exp());
    assert!((steepest(&map.mean, &candidates) - slope).abs() < 1e-6 * slope);
    let open = vec![true; candidates.len()];
    let mut rng = MasterSeed(1).rng(Stream::Strategy, 0);
    let batch = locally_penalised(&map.mean, &map, (&candidates, &open), 4, Goal::Maximise, &mut rng);
    assert_eq!((batch.len(), batch[0]), (4, 4 * 12 + 6));
    let greedy: Vec<usize> = {
        let mut order: Vec<usize> = (0..map.mean.len()).collect();
        order.sort_by(|a, b| map.mean[*b].total_cmp(&map.mean[*a]));
        order[..4].to_vec()
    };
    let apart = |b: &[usize]| {
        let (mut nearest, p) = (f64::INFINITY, |i: usize| (place(i).row as f64, place(i).col as f64));
        for (k, i) in b.iter().enumerate() {
            for j in &b[..k] {
                nearest = nearest.min((p(*i).0 - p(*j).0).hypot(p(*i).1 - p(*j).1));
            }
        }
        nearest
    };
    assert!(apart(&batch) > apart(&greedy), "{batch:?} against {greedy:?}");
    let mut closed = vec![false; candidates.len()];
    closed[3] = true;
    assert_eq!(locally_penalised(&map.mean, &map, (&candidates, &closed), 4, Goal::Maximise, &mut rng), vec![3]);
}

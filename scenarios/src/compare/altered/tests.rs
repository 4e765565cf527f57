use super::*;
use ndarray::Array2;
use tiptwin_core::strategy::{ModelStrategy, Rule};
use tiptwin_instrument::Meters;

/// Believes what it sees: the height in the middle of a window, more certain where it is larger.
struct Height;
impl tiptwin_core::Model for Height {
    fn name(&self) -> &'static str {
        "height"
    }
    fn predict(&mut self, view: &View<'_>) -> Result<Prediction, ModelError> {
        let half = view.candidates.window() / 2;
        let mut mean: Vec<f64> = (0..view.candidates.len()).map(|i| view.candidates.patch(i)[[half, half]]).collect();
        let sigma = mean.iter().map(|m| 1.0 + m / 1e4).collect();
        for m in view.measured {
            mean[m.index] = m.value;
        }
        Ok(Prediction::normal(mean, sigma))
    }
}

fn candidates() -> Candidates {
    let image = Array2::from_shape_fn((12, 12), |(r, c)| (12 * r + c) as f64);
    Candidates::new(image, 4, Meters(1.0), Meters(1.0)).expect("fits")
}

/// The choice and the map of an altered strategy that measured candidates 3 to 9, each 100 times its number.
fn played(alteration: Alteration, rule: Rule, closed: &[usize]) -> (usize, Prediction) {
    let candidates = candidates();
    let measured: Vec<Measured> = (3..10).map(|index| Measured { index, value: 100.0 * index as f64 }).collect();
    let view = View { candidates: &candidates, measured: &measured, noise_sigma: None };
    let mut open = vec![true; candidates.len()];
    for &i in closed {
        open[i] = false;
    }
    let name = if matches!(rule, Rule::MaxVariance) { "max-variance" } else { "expected-improvement" };
    let mut strategy = alteration.wrap(Box::new(ModelStrategy::new("height", Box::new(Height), rule)), name, 11);
    let mut rng = MasterSeed(1).rng(Stream::Strategy, 0);
    let index = strategy.choose(&view, &open, &mut rng).expect("chooses").index;
    (index, strategy.predict(&view).expect("predicts").expect("has a map"))
}

#[test]
fn names_and_alterations_belong_together() {
    for a in Alteration::ALL {
        assert_eq!(Alteration::parse(a.name()), Some(a));
    }
    assert_eq!(Alteration::Again.name(), "again");
    assert_eq!(Alteration::ShuffledTargets.name(), "shuffled-targets");
}

#[test]
fn a_flipped_sign_chooses_the_worst_place() {
    // σ grows with the height, which grows along the candidates.
    assert_eq!(played(Alteration::Again, Rule::MaxVariance, &[80]).0, 79);
    assert_eq!(played(Alteration::SignFlipped, Rule::MaxVariance, &[0]).0, 1);
}

#[test]
fn constant_sigma_is_the_deviation_of_the_values_and_chooses_blindly() {
    let (_, map) = played(Alteration::ConstantSigma, Rule::MaxVariance, &[]);
    // 300, 400, …, 900: deviation 200.
    assert!(map.sigma.iter().all(|s| (s - 200.0).abs() < 1e-9));
    // Expected improvement at constant σ goes for the largest mean: the measured 900.
    assert_eq!(played(Alteration::ConstantSigma, Rule::ExpectedImprovement { xi: 0.01 }, &[]).0, 9);
}

#[test]
fn a_stale_scaler_reports_on_the_scale_of_the_first_values() {
    let (_, right) = played(Alteration::Again, Rule::MaxVariance, &[]);
    let (_, map) = played(Alteration::StaleScaler, Rule::MaxVariance, &[]);
    // First five: mean 500, deviation √2·100; all seven: mean 600, deviation 200.
    let factor = 2f64.sqrt() / 2.0;
    for i in 0..81 {
        assert!((map.mean[i] - (500.0 + (right.mean[i] - 600.0) * factor)).abs() < 1e-9);
        assert!((map.sigma[i] - right.sigma[i] * factor).abs() < 1e-9);
    }
}

#[test]
fn shuffled_patches_keep_all_heights_and_move_them() {
    let own = candidates();
    let moved = shuffled_blocks(&own, 11).expect("fits");
    let sorted = |c: &Candidates| {
        let mut all: Vec<f64> = c.structure().iter().copied().collect();
        all.sort_by(f64::total_cmp);
        all
    };
    assert_eq!(sorted(&own), sorted(&moved));
    let kept = own.structure().iter().zip(moved.structure()).filter(|(a, b)| a == b).count();
    assert!(kept < 100, "blocks moved: {kept} of 144 pixels stayed");
    let (_, map) = played(Alteration::ShuffledPatches, Rule::MaxVariance, &[]);
    assert_eq!(map.mean[40], moved.patch(40)[[2, 2]]);
}

#[test]
fn shuffled_targets_are_believed_elsewhere_and_scored_where_they_are() {
    let order = permutation(81, 11);
    assert_eq!(inverted(&inverted(&order)), order);
    let (choice, map) = played(Alteration::ShuffledTargets, Rule::MaxVariance, &[]);
    // It wanted the highest window, candidate 80, and was sent elsewhere.
    assert_eq!(choice, order[80]);
    assert_eq!(Alteration::believed(Some(Alteration::ShuffledTargets), &[choice], 81, 11), [80]);
    assert_eq!(Alteration::believed(None, &[choice], 81, 11), [choice]);
    // What was measured is predicted where it was measured.
    assert_eq!(map.mean[7], 700.0);
}

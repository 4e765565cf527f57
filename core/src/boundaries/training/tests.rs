use super::*;
use crate::boundaries::{Ensemble, score};

/// Square grains of 9 pixels with dark lines between them; `phase` moves them.
fn example(phase: usize) -> Example {
    let grain = |r: usize, c: usize| (((r + phase) / 9) * 100 + (c + 2 * phase) / 9) as u32;
    let grains = Array2::from_shape_fn((48, 48), |(r, c)| grain(r, c));
    let line = truth::line(&grains);
    let image = Array2::from_shape_fn((48, 48), |(r, c)| {
        let bright = f64::from(grains[[r, c]].wrapping_mul(2_654_435_761) >> 28) / 60.0;
        bright + 0.02 * ((r * 7 + c * 13) as f64).sin() - if line[[r, c]] { 0.3 } else { 0.0 }
    });
    Example::new(&image, grains).expect("an image")
}

fn recipe() -> Recipe {
    Recipe { filters: 4, members: 2, steps: 120, batch: 4, crop_px: 32, ..Recipe::small() }
}

fn trained(
    recipe: &Recipe,
    examples: &[Example],
    watch: &mut dyn FnMut(usize, f64) -> ControlFlow<()>,
) -> Option<ResHedNet> {
    train(recipe, examples, 0, MasterSeed(5), ComputeDevice::Flex, watch).expect("trains")
}

#[test]
fn a_short_training_learns_to_find_the_lines_of_an_unseen_image() {
    let examples: Vec<Example> = (0..4).map(example).collect();
    let mut losses = Vec::new();
    let net = trained(&recipe(), &examples, &mut |_, loss| {
        losses.push(loss);
        ControlFlow::Continue(())
    });
    assert!(losses[110..].iter().sum::<f64>() < 0.5 * losses[..10].iter().sum::<f64>(), "{losses:?}");
    let unseen = example(6);
    let ensemble =
        Ensemble::new(vec![net.expect("not interrupted")], std::collections::BTreeMap::default()).expect("one member");
    let detection = ensemble.of_prepared(&unseen.image);
    let scores = score::lines(&detection.lines(0.5), &truth::line(&unseen.grains), score::TOLERANCE_PX2);
    assert!(scores.f1 > 0.9, "{scores:?}");
}

/// The published network is trained on what the small one is; two steps of a single crop, because each costs seconds.
#[test]
fn the_published_sizes_train() {
    let recipe =
        Recipe { members: 1, steps: 3, batch: 1, crop_px: 16, augmentation: Augmentation::NONE, ..Recipe::published() };
    let one = example(0);
    // One crop only, so that what falls is the loss and not the difficulty.
    let one = Example {
        image: one.image.slice(ndarray::s![..16, ..16]).to_owned(),
        grains: one.grains.slice(ndarray::s![..16, ..16]).to_owned(),
    };
    let mut losses = Vec::new();
    trained(&recipe, &[one], &mut |_, loss| {
        losses.push(loss);
        ControlFlow::Continue(())
    });
    assert!(losses[2] < losses[0], "{losses:?}");
}

#[test]
fn the_same_seed_trains_the_same_network_and_members_differ() {
    let examples = [example(0), example(3)];
    let few = Recipe { steps: 3, ..recipe() };
    let member = |k| {
        let net = train(&few, &examples, k, MasterSeed(5), ComputeDevice::Flex, &mut |_, _| ControlFlow::Continue(()));
        net.expect("trains").expect("not interrupted").logits(example(6).image.view())
    };
    assert_eq!(member(0), member(0));
    assert_ne!(member(0), member(1));
}

#[test]
fn whoever_watches_can_end_it() {
    let stop = &mut |step, _| if step == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    assert!(trained(&recipe(), &[example(0)], stop).is_none());
}

#[test]
fn recipes_that_cannot_be_followed_are_refused_with_the_reason() {
    let refused = |recipe: &Recipe, examples: &[Example]| {
        let watch = &mut |_, _| ControlFlow::Continue(());
        train(recipe, examples, 0, MasterSeed(5), ComputeDevice::Flex, watch).expect_err("refused").to_string()
    };
    assert!(refused(&recipe(), &[]).contains("0 examples"));
    assert!(refused(&Recipe { crop_px: 64, ..recipe() }, &[example(0)]).contains("at least 64 × 64 pixels"));
    assert!(refused(&Recipe { crop_px: 8, ..recipe() }, &[example(0)]).contains("is 8; accepted: 16 to 1024"));
    assert!(refused(&Recipe { rate: f64::NAN, ..recipe() }, &[example(0)]).contains("above 0, at most 1"));
    assert!(refused(&Recipe { blocks: [1, 0, 1], ..recipe() }, &[example(0)]).contains("residual blocks is 0"));
    let odd = Example::new(&Array2::zeros((20, 20)), Array2::zeros((20, 21))).expect_err("refused").to_string();
    assert!(odd.contains("(20, 21) for an image of (20, 20)"));
}

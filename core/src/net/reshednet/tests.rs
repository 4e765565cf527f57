use super::*;
use crate::net::ComputeDevice;
use ndarray::{Array3, Axis, s};
use tiptwin_instrument::{MasterSeed, Stream};

const TINY: ResHedNetSpec = ResHedNetSpec { filters: 2, blocks: [1, 1, 1] };

fn net(spec: ResHedNetSpec) -> ResHedNet {
    ResHedNet::new(spec, ComputeDevice::Flex, &mut MasterSeed(3).rng(Stream::BoundaryNetwork, 0))
        .expect("flex is there")
}

/// Images with a dark line of one pixel each, and where it is.
fn lines(n: usize, side: usize) -> (Array3<f32>, Array3<f32>) {
    let line = |i: usize, r: usize, c: usize| {
        if i.is_multiple_of(2) { r == (3 + 5 * i) % side } else { c == (2 + 7 * i) % side }
    };
    let texture = |i: usize, r: usize, c: usize| 0.1 * ((i * 13 + r * 7 + c * 5) as f32).sin();
    let truth = Array3::from_shape_fn((n, side, side), |(i, r, c)| f32::from(u8::from(line(i, r, c))));
    let image = Array3::from_shape_fn((n, side, side), |(i, r, c)| 0.5 + texture(i, r, c) - 0.4 * truth[[i, r, c]]);
    (image, truth)
}

/// Sum over pixels of the squared distance of the logits from ±1.
fn objective(logits: &Array3<f32>, truth: &Array3<f32>) -> f64 {
    logits.iter().zip(truth).map(|(z, t)| f64::from(z - (2.0 * t - 1.0)).powi(2)).sum()
}

#[test]
fn val_published_sizes_have_the_published_number_of_trained_numbers() {
    assert_eq!(ResHedNetSpec::PUBLISHED.trained(), 7_673_933);
    assert_eq!(ResHedNetSpec { filters: 16, ..ResHedNetSpec::PUBLISHED }.trained(), 482_333);
}

#[test]
fn names_of_tensors_are_unique_and_networks_repeat_with_the_seed() {
    let names: std::collections::BTreeSet<String> = TINY.slots().into_iter().map(|s| s.name).collect();
    assert_eq!(names.len(), TINY.slots().len());
    let (image, _) = lines(1, 12);
    let image = image.index_axis(Axis(0), 0);
    assert_eq!(net(TINY).logits(image), net(TINY).logits(image));
}

#[test]
fn any_size_gives_a_logit_for_every_pixel() {
    let net = net(TINY);
    for (rows, cols) in [(16, 16), (17, 22), (19, 4)] {
        let image = ndarray::Array2::from_shape_fn((rows, cols), |(r, c)| ((r * 3 + c) as f32).sin());
        let logits = net.logits(image.view());
        assert_eq!(logits.dim(), (rows, cols));
        assert!(logits.iter().all(|z| z.is_finite()));
    }
}

/// In training mode, statistics of the batch included.
#[test]
fn gradients_agree_with_finite_differences() {
    let (images, truth) = lines(3, 8);
    let values: Vec<Vec<f32>> = net(TINY).values().map(|(_, v)| v.to_vec()).collect();
    let at = |slot: usize, index: usize, by: f32| {
        let mut values = values.clone();
        values[slot][index] += by;
        ResHedNet::from_values(TINY, ComputeDevice::Flex, values).expect("flex")
    };
    let gradients = at(0, 0, 0.0).gradients(images.view(), |z| {
        ndarray::Zip::from(z).and(&truth).map_collect(|z, t| 2.0 * (z - (2.0 * t - 1.0)))
    });
    let (mut agree, mut compared) = (0, 0);
    for (slot, about) in TINY.slots().iter().enumerate().filter(|(_, s)| s.role.trained()) {
        let analytic = gradients[slot].as_ref().expect("trained");
        for index in [0, about.len() - 1] {
            let h = 2e-3;
            let value = |by| objective(&at(slot, index, by).logits_in_training(images.view()), &truth);
            let numeric = (value(h) - value(-h)) / (2.0 * f64::from(h));
            compared += 1;
            // A sum of 192 squares of order one, each known to 1e-6, over steps of 2e-3: about 0.02 of noise.
            let apart = (f64::from(analytic[index]) - numeric).abs();
            agree += usize::from(apart < 0.02 + 0.005 * numeric.abs());
        }
    }
    // Within a step of 2e-3 a pixel can change its branch of an activation or of the pooling; then the difference is a mean of two slopes. That
    // happens to a few of the numbers, and to most if a formula is wrong.
    assert!(10 * agree >= 9 * compared, "{agree} of {compared} agree");
}

#[test]
fn training_finds_dark_lines_and_moves_the_running_statistics() {
    let (images, truth) = lines(8, 16);
    let mut net = net(ResHedNetSpec { filters: 4, blocks: [1, 1, 1] });
    let mut losses = Vec::new();
    for _ in 0..150 {
        net.train_step(images.view(), 0.01, |z| {
            losses.push(objective(z, &truth));
            ndarray::Zip::from(z).and(&truth).map_collect(|z, t| 2.0 * (z - (2.0 * t - 1.0)))
        });
    }
    assert!(losses[149] < 0.1 * losses[0], "{} from {}", losses[149], losses[0]);
    let logits = net.logits(images.slice(s![0, .., ..]));
    let right = logits.iter().zip(truth.slice(s![0, .., ..])).filter(|(z, t)| (**z > 0.0) == (**t > 0.5)).count();
    assert!(right >= 250, "{right} of 256 pixels with running statistics");
}

#[test]
fn threads_do_not_change_the_result() {
    let trained = |threads| {
        let (images, truth) = lines(4, 32);
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool").install(|| {
            let mut net = net(ResHedNetSpec::SMALL);
            for _ in 0..3 {
                net.train_step(images.view(), 0.01, |z| {
                    ndarray::Zip::from(z).and(&truth).map_collect(|z, t| z - (2.0 * t - 1.0))
                });
            }
            net.logits(images.slice(s![0, .., ..]))
        })
    };
    assert_eq!(trained(1), trained(3));
}

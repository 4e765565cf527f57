use super::*;
use crate::net::vae_patches::standardise;
use std::f64::consts::PI;
use tiptwin_instrument::{MasterSeed, Stream};

fn rng(unit: u64) -> StreamRng {
    MasterSeed(3).rng(Stream::Latent, unit)
}

fn vae(spec: VaeSpec) -> Vae {
    Vae::new(spec, ComputeDevice::Flex, &mut MasterSeed(3).rng(Stream::NetworkInit, 0)).expect("usable")
}

/// Two bright spots of unequal brightness on a 16 × 16 window, `distance` apart, turned about the middle. Nothing of them reaches the corners.
fn spots(distance: f64, width: f64, angle_rad: f64) -> impl Iterator<Item = f64> {
    let (sin, cos) = angle_rad.sin_cos();
    grid(16).into_iter().map(move |[x, y]| {
        let (u, v) = (f64::from(x) * cos - f64::from(y) * sin, f64::from(x) * sin + f64::from(y) * cos);
        let spot = |at: f64| (-((u - at).powi(2) + v * v) / (2.0 * width * width)).exp();
        spot(0.5 * distance) + 0.6 * spot(-0.5 * distance)
    })
}

/// Shapes (distance, width) with an angle each.
fn picture(of: &[(f64, f64, f64)]) -> Array2<f32> {
    let pixels: Vec<f64> = of.iter().flat_map(|(d, w, a)| spots(*d, *w, *a)).collect();
    standardise(Array2::from_shape_vec((of.len(), 256), pixels).expect("whole")).expect("finite")
}

fn population(count: usize) -> Vec<(f64, f64, f64)> {
    let mut rng = rng(9);
    let mut between = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
    (0..count).map(|_| (between(0.4, 0.9), between(0.15, 0.3), between(-PI / 3.0, PI / 3.0))).collect()
}

fn rms(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(s, n), v| (s + v * v, n + 1.0));
    (sum / count).sqrt()
}

/// Spread of the content of one shape over its rotations over that of the population, and the codes of the rotated shapes.
fn spread_by_rotation(vae: &Vae, angles: &[f64]) -> (f64, Codes) {
    let centred = |m: &Array2<f64>| rms((m - &m.mean_axis(ndarray::Axis(0)).expect("rows")).into_iter());
    let all = centred(&vae.encode(picture(&population(600)).view()).expect("encodes").content);
    let shapes: Vec<(f64, f64, f64)> = population(40);
    let turned: Vec<_> = shapes.iter().flat_map(|(d, w, _)| angles.iter().map(|a| (*d, *w, *a))).collect();
    let codes = vae.encode(picture(&turned).view()).expect("encodes");
    let one = |k: usize| centred(&codes.content.slice(s![k * angles.len()..(k + 1) * angles.len(), ..]).to_owned());
    (rms((0..shapes.len()).map(one)) / all, codes)
}

fn trained(spec: VaeSpec) -> Vae {
    let mut vae = vae(spec);
    vae.train(picture(&population(2500)).view(), &mut rng(0), &mut |_| {}).expect("trains");
    vae
}

#[test]
fn val_content_stays_while_the_angle_follows_a_rotation_and_a_plain_one_mixes_them() {
    let angles: Vec<f64> = (-10..=10).map(|i| f64::from(i) * PI / 30.0 * 0.95).collect();
    let spec = VaeSpec { epochs: 100, ..VaeSpec::fast(16) };
    let plain = trained(VaeSpec { epochs: 50, ..spec.clone().plain() });
    let vae = trained(spec);
    let (spread, codes) = spread_by_rotation(&vae, &angles);
    let (mixed, _) = spread_by_rotation(&plain, &angles);
    let mut residuals = Vec::new();
    let mut slopes = Vec::new();
    for one in codes.pose.column(0).to_vec().chunks(angles.len()) {
        let mean = one.iter().sum::<f64>() / one.len() as f64;
        let slope = angles.iter().zip(one).map(|(a, z)| a * z).sum::<f64>() / angles.iter().map(|a| a * a).sum::<f64>();
        slopes.push(slope);
        residuals.extend(angles.iter().zip(one).map(|(a, z)| z - mean - slope * a));
    }
    let slope = slopes.iter().sum::<f64>() / slopes.len() as f64;
    let off = rms(residuals.into_iter());
    assert!(spread < 0.1, "content moves by {spread:.3} of the population's spread when a shape turns");
    assert!(mixed > 0.5, "a plain autoencoder describes the rotation: {mixed:.3}");
    assert!((slope.abs() - 1.0).abs() < 0.05 && off < 0.05, "a radian is {slope:.3}, off by {off:.3} rad");
}

#[test]
fn gradients_agree_with_finite_differences() {
    for spec in [VaeSpec::fast(5), VaeSpec::fast(5).plain()] {
        let spec = VaeSpec { encoder: vec![7, 6], decoder: vec![5, 5], pixels_a_step: 12, batch: 4, ..spec };
        let vae = vae(spec.clone());
        let patches = Array2::from_shape_fn((4, 25), |(i, j)| ((i * 25 + j) as f32 * 0.9).sin());
        let batch = Batch::new(
            patches.view(),
            &[2, 0, 3, 1],
            &[3, 7, 11, 0, 24, 5, 9, 20, 13, 17, 2, 6],
            &grid(5),
            &spec,
            &mut rng(1),
        );
        let device = ComputeDevice::Flex.open().expect("flex").autodiff();
        let network = vae.network(&device, true);
        let (a, b) = network.loss(&spec, &batch, &device);
        let gradients = (a + b).backward();
        let loss = |p: usize, i: usize, by: f32| {
            let mut parameters = vae.parameters().to_vec();
            let mut values = parameters[p].moments.values().to_vec();
            values[i] += by;
            parameters[p].moments = Moments::at(values);
            let moved = Vae::from_parts(spec.clone(), ComputeDevice::Flex, parameters);
            let device = ComputeDevice::Flex.open().expect("flex");
            let (a, b) = moved.network(&device, false).loss(&spec, &batch, &device);
            f64::from(a.into_scalar::<f32>()) + f64::from(b.into_scalar::<f32>())
        };
        for (p, tensor) in network.tensors().into_iter().enumerate() {
            let gradient: Vec<f32> = tensor.grad(&gradients).expect("has one").into_data().try_to_vec().expect("f32");
            for (i, &analytic) in gradient.iter().enumerate() {
                let h = 1e-2;
                let numeric = (loss(p, i, h) - loss(p, i, -h)) / (2.0 * f64::from(h));
                // Single precision: rounding of a loss of 20 is 2e-6, over 2e-2 it is 1e-4; truncation h² times a third derivative of some tens.
                let allowed = 5e-3 * numeric.abs().max(1.0);
                let name = &vae.parameters()[p].name;
                assert!((f64::from(analytic) - numeric).abs() < allowed, "{name} {i}: {analytic} against {numeric}");
            }
        }
    }
}

#[test]
fn training_lowers_the_loss_and_repeats_with_its_streams() {
    let spec = VaeSpec { epochs: 30, batch: 20, ..VaeSpec::fast(16) };
    let data = picture(&population(400));
    let run = || {
        let (mut vae, mut told) = (vae(spec.clone()), Vec::new());
        vae.train(data.view(), &mut rng(0), &mut |e| told.push(e)).expect("trains");
        (told, vae.encode(data.view()).expect("encodes"))
    };
    let (told, codes) = run();
    let total = |e: &Epoch| e.reconstruction + e.divergence;
    assert_eq!((told.len(), told[29].number), (30, 30));
    let last = told[27..].iter().map(total).sum::<f64>() / 3.0;
    assert!(last < 0.6 * total(&told[0]), "{last} from {:?}", told[0]);
    assert_eq!((told, codes), run());
}

#[test]
fn the_faithful_one_trains_on_every_pixel() {
    let spec = VaeSpec { epochs: 3, learning_rate: 1e-3, ..VaeSpec::faithful(16) };
    let (mut vae, mut told) = (vae(spec), Vec::new());
    vae.train(picture(&population(128)).view(), &mut rng(0), &mut |e| told.push(e.reconstruction)).expect("trains");
    assert!(told[2] < told[0], "{told:?}");
}

#[test]
fn a_turned_decoding_is_that_of_turned_points() {
    let vae = vae(VaeSpec::fast(8));
    let device = ComputeDevice::Flex.open().expect("flex");
    let network = vae.network(&device, false);
    let (angle, shift) = (0.7f32, [0.2f32, -0.1]);
    let points = [[0.3, -0.5], [1.0, 0.2], [-0.4, 0.9]];
    let turn = |[x, y]: [f32; 2]| {
        let (sin, cos) = angle.sin_cos();
        [x * cos - y * sin + shift[0], x * sin + y * cos + shift[1]]
    };
    let content = || from(vec![0.4, -1.2], [1, 2], &device);
    let pose =
        Pose { angle: Some(from(vec![angle], [1, 1], &device)), shift: Some(from(shift.to_vec(), [1, 2], &device)) };
    let turned = values(network.decoder.forward(&homogeneous(&points, &device), content(), &pose));
    let nowhere = Pose { angle: None, shift: None };
    let expected = values(network.decoder.forward(&homogeneous(&points.map(turn), &device), content(), &nowhere));
    for (a, b) in turned.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-5, "{turned:?} {expected:?}");
    }
}

#[test]
fn what_cannot_be_learnt_from_is_refused() {
    let mut vae = vae(VaeSpec::fast(4));
    let mut nobody = |_: Epoch| {};
    let wrong = vae.train(Array2::zeros((5, 9)).view(), &mut rng(0), &mut nobody).expect_err("3 × 3");
    assert_eq!(wrong.to_string(), "patches have 9 pixels; accepted: 16, as the network was made for 4 × 4");
    let one = vae.train(Array2::zeros((1, 16)).view(), &mut rng(0), &mut nobody);
    assert!(matches!(one, Err(VaeError::TooFew { found: 1, needed: 2 })));
    let mut holes = Array2::<f32>::zeros((3, 16));
    holes[[2, 5]] = f32::INFINITY;
    let holes = vae.train(holes.view(), &mut rng(0), &mut nobody);
    assert!(matches!(holes, Err(VaeError::NotFinite { patch: 2, pixel: 5, .. })));
}

//! The shape and the training of a variational autoencoder of square patches.

use serde::{Deserialize, Serialize};

/// Everything that is chosen before training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaeSpec {
    /// Edge of a patch in pixels.
    pub window_px: usize,
    /// Whether the code has an angle and a shift of its own, which turn and move the image instead of describing it.
    pub rotation_and_shift: bool,
    /// Numbers that describe what is left.
    pub content: usize,
    /// Units of each hidden layer of the encoder.
    pub encoder: Vec<usize>,
    /// Units of each hidden layer of the decoder, the layer of the coordinates first; all alike.
    pub decoder: Vec<usize>,
    /// Standard deviation of the angle that is believed before an image is seen, rad. Its mean is free.
    pub rotation_prior_rad: f64,
    /// What a shift is multiplied by: half the edge of a patch is 1.
    pub translation_prior: f64,
    /// Pixels of each image that a training step compares, drawn anew for each step; all pixels where this is as many or more.
    pub pixels_a_step: usize,
    /// Images in a training step.
    pub batch: usize,
    /// Rate of Adam.
    pub learning_rate: f64,
    /// How often every image is seen.
    pub epochs: usize,
}

impl VaeSpec {
    /// As published: two layers of 128 in the encoder, three in the decoder, 32 images a step, every pixel (`atomai/models/dgm/rvae.py`).
    pub fn faithful(window_px: usize) -> Self {
        Self {
            window_px,
            rotation_and_shift: true,
            content: 2,
            encoder: vec![128, 128],
            decoder: vec![128, 128, 128],
            rotation_prior_rad: 0.1,
            translation_prior: 0.1,
            pixels_a_step: window_px * window_px,
            batch: 32,
            learning_rate: 1e-4,
            epochs: 100,
        }
    }

    /// For every day: a decoder of two layers of 32, 48 pixels of each image in a step, and fewer, larger steps.
    ///
    /// A decoder of coordinates needs no whole image: the squared error at pixels drawn evenly, times how many there are for each of them, is
    /// that of all pixels on average.
    pub fn fast(window_px: usize) -> Self {
        Self {
            encoder: vec![64, 64],
            decoder: vec![32, 32],
            rotation_prior_rad: std::f64::consts::FRAC_PI_2,
            pixels_a_step: 48,
            batch: 128,
            learning_rate: 2e-3,
            ..Self::faithful(window_px)
        }
    }

    /// The same without angle and shift: all that an image is must go into its content.
    #[must_use]
    pub fn plain(self) -> Self {
        Self { rotation_and_shift: false, ..self }
    }

    /// Numbers of a code: angle, shift along rows and along columns where there are such, then the content.
    pub const fn latent(&self) -> usize {
        self.content + self.pose()
    }

    /// Numbers of angle and shift.
    pub const fn pose(&self) -> usize {
        if self.rotation_and_shift { 3 } else { 0 }
    }

    /// Name and shape (inputs × outputs, biases 1 × outputs) of every parameter, in the order in which they are drawn, with
    /// the inputs of their layer.
    pub(super) fn parameters(&self) -> Vec<(String, [usize; 2], usize)> {
        let mut all = Vec::new();
        let mut dense = |name: String, inputs: usize, outputs: usize| {
            all.push((format!("{name}.weight"), [inputs, outputs], inputs));
            all.push((format!("{name}.bias"), [1, outputs], inputs));
        };
        let mut inputs = self.window_px * self.window_px;
        for (l, width) in self.encoder.iter().enumerate() {
            dense(format!("encoder.{l}"), inputs, *width);
            inputs = *width;
        }
        dense("encoder.mean".into(), inputs, self.latent());
        dense("encoder.log_sd".into(), inputs, self.latent());
        let first = self.decoder.first().copied().unwrap_or(1);
        dense("decoder.coordinate".into(), 2, first);
        for (l, pair) in self.decoder.windows(2).enumerate() {
            dense(format!("decoder.{l}"), pair[0], pair[1]);
        }
        dense("decoder.output".into(), self.decoder.last().copied().unwrap_or(1), 1);
        all.push(("decoder.content.weight".into(), [self.content, first], self.content));
        all
    }

    /// What is wrong with it, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        let sizes = [self.window_px, self.content, self.pixels_a_step, self.batch, self.epochs];
        if sizes.contains(&0) || self.encoder.contains(&0) || self.decoder.contains(&0) {
            return Some("a size is 0; accepted: 1 or more".into());
        }
        if self.decoder.is_empty() || self.encoder.is_empty() {
            return Some("encoder or decoder has no hidden layer; accepted: at least one each".into());
        }
        let amounts = [self.rotation_prior_rad, self.translation_prior, self.learning_rate];
        let bad = amounts.iter().find(|a| !(a.is_finite() && **a > 0.0));
        bad.map(|a| format!("a prior or the learning rate is {a}; accepted: a positive number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(spec: &VaeSpec, of: &str) -> usize {
        spec.parameters().iter().filter(|p| p.0.starts_with(of)).map(|p| p.1[0] * p.1[1]).sum()
    }

    #[test]
    fn val_the_faithful_network_has_as_many_parameters_as_the_published_one() {
        let spec = VaeSpec::faithful(16);
        assert_eq!((count(&spec, ""), count(&spec, "decoder")), (84_491, 33_793));
        assert_eq!(spec.latent(), 5);
    }

    #[test]
    fn a_plain_one_lacks_three_numbers_of_each_head() {
        let spec = VaeSpec::faithful(16);
        assert_eq!(count(&spec, "") - count(&spec.clone().plain(), ""), 2 * 3 * 129);
        assert_eq!(count(&spec, "decoder"), count(&spec.plain(), "decoder"));
    }

    #[test]
    fn what_cannot_be_built_is_said() {
        assert_eq!(VaeSpec::fast(16).fault(), None);
        assert!(VaeSpec { batch: 0, ..VaeSpec::fast(16) }.fault().is_some());
        assert!(VaeSpec { decoder: vec![], ..VaeSpec::fast(16) }.fault().is_some());
        assert!(VaeSpec { learning_rate: f64::NAN, ..VaeSpec::fast(16) }.fault().is_some());
    }
}

//! Several networks asked the same: mean and spread of what they answer.

use super::{BoundaryError, input, loss, thin};
use crate::net::ResHedNet;
use ndarray::{Array2, Array3, Axis};
use std::collections::BTreeMap;

/// Networks of one size, trained from different beginnings.
#[derive(Debug)]
pub struct Ensemble {
    pub(super) members: Vec<ResHedNet>,
    /// How it was made, for whoever finds the file: recipe, seed, version, training films.
    pub provenance: BTreeMap<String, String>,
}

/// What an ensemble says of an image.
#[derive(Clone, Debug)]
pub struct Detection {
    /// Probability by every member that a boundary passes within a pixel, (members, H, W).
    pub members: Array3<f32>,
    /// Mean over members, (H, W).
    pub probability: Array2<f64>,
    /// Standard deviation over members (of the population: divided by their number), (H, W).
    pub spread: Array2<f64>,
}

impl Ensemble {
    /// An ensemble of networks of one size.
    pub fn new(members: Vec<ResHedNet>, provenance: BTreeMap<String, String>) -> Result<Self, BoundaryError> {
        let same = members.windows(2).all(|w| w[0].spec() == w[1].spec());
        if members.is_empty() || !same {
            let value = if same { "empty".to_owned() } else { "of networks of different sizes".to_owned() };
            return Err(BoundaryError::Recipe {
                what: "the ensemble",
                value,
                accepted: "at least one network, all of one size".into(),
            });
        }
        Ok(Self { members, provenance })
    }

    /// Number of networks.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none, which cannot be.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Looks for boundaries in an image in any unit.
    pub fn detect(&self, image: &Array2<f64>) -> Result<Detection, BoundaryError> {
        Ok(self.of_prepared(&input::prepared(image)?))
    }

    /// The same for an image that [`input::prepared`] made.
    pub fn of_prepared(&self, image: &Array2<f32>) -> Detection {
        let (rows, cols) = image.dim();
        // Two halvings: at other sizes the lower segments would not lie on the image.
        let whole = |n: usize| n.next_multiple_of(4);
        let mirrored = |i: usize, n: usize| if i < n { i } else { 2 * n - 1 - i };
        let padded =
            Array2::from_shape_fn((whole(rows), whole(cols)), |(r, c)| image[[mirrored(r, rows), mirrored(c, cols)]]);
        let mut members = Array3::zeros((self.members.len(), rows, cols));
        for (mut of, net) in members.axis_iter_mut(Axis(0)).zip(&self.members) {
            let logits = net.logits(padded.view());
            of.indexed_iter_mut().for_each(|(at, p)| *p = loss::sigmoid(f64::from(logits[at])) as f32);
        }
        let wide = members.mapv(f64::from);
        let probability = wide.mean_axis(Axis(0)).expect("at least one member");
        let spread = wide.std_axis(Axis(0), 0.0);
        Detection { members, probability, spread }
    }
}

impl Detection {
    /// Boundaries as lines of one pixel, where the mean probability reaches a threshold.
    pub fn lines(&self, threshold: f64) -> Array2<bool> {
        thin::thinned(&self.probability.mapv(|p| p >= threshold))
    }

    /// Share of the members whose probability reaches a threshold.
    pub fn votes(&self, threshold: f64) -> Array2<f64> {
        let reached = self.members.mapv(|p| f64::from(u8::from(f64::from(p) >= threshold)));
        reached.mean_axis(Axis(0)).expect("at least one member")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{ComputeDevice, ResHedNetSpec};
    use tiptwin_instrument::{MasterSeed, Stream};

    fn net(member: u64, filters: usize) -> ResHedNet {
        let spec = ResHedNetSpec { filters, blocks: [1, 1, 1] };
        ResHedNet::new(spec, ComputeDevice::Flex, &mut MasterSeed(1).rng(Stream::BoundaryNetwork, member))
            .expect("flex")
    }

    fn image() -> Array2<f64> {
        Array2::from_shape_fn((21, 30), |(r, c)| ((r * 3 + c * c) as f64 * 0.1).sin())
    }

    #[test]
    fn mean_spread_and_votes_are_those_of_the_members() {
        let ensemble = Ensemble::new((0..3).map(|k| net(k, 2)).collect(), BTreeMap::new()).expect("ensemble");
        let found = ensemble.detect(&image()).expect("an image");
        assert_eq!(found.probability.dim(), (21, 30));
        let votes = found.votes(0.5);
        for ((r, c), mean) in found.probability.indexed_iter() {
            let p = [0, 1, 2].map(|k| f64::from(found.members[[k, r, c]]));
            let m = p.iter().sum::<f64>() / 3.0;
            let v = p.iter().map(|p| (p - m).powi(2)).sum::<f64>() / 3.0;
            assert!((m - mean).abs() < 1e-12 && (v.sqrt() - found.spread[[r, c]]).abs() < 1e-9);
            assert_eq!(votes[[r, c]], p.iter().filter(|p| **p >= 0.5).count() as f64 / 3.0);
        }
    }

    #[test]
    fn ensembles_of_nothing_or_of_different_sizes_are_refused() {
        let refused = |nets| Ensemble::new(nets, BTreeMap::new()).expect_err("refused").to_string();
        assert!(refused(Vec::new()).contains("is empty"));
        assert!(refused(vec![net(0, 2), net(1, 3)]).contains("different sizes"));
    }
}

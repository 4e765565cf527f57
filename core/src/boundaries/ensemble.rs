//! Several networks asked the same: mean and spread of what they answer.

use super::{BoundaryError, input, loss, thin};
use crate::net::ResHedNet;
use ndarray::{Array2, Array3, Axis, s};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Side of the part of an image that a network looks at together, without its margin, pixels: a multiple of four.
const TILE_PX: usize = 512;

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
        // One network a thread: a convolution of few channels has nothing to share.
        let answers: Vec<Array2<f32>> = self.members.par_iter().map(|net| by_tiles(net, &padded, TILE_PX)).collect();
        for (mut of, logits) in members.axis_iter_mut(Axis(0)).zip(&answers) {
            of.indexed_iter_mut().for_each(|(at, p)| *p = loss::sigmoid(f64::from(logits[at])) as f32);
        }
        let wide = members.mapv(f64::from);
        let probability = wide.mean_axis(Axis(0)).expect("at least one member");
        let spread = wide.std_axis(Axis(0), 0.0);
        Detection { members, probability, spread }
    }
}

/// Logits of an image whose sides are multiples of four, a part of it at a time: activations of many channels are there for a part alone. Every part is seen with a
/// margin as wide as the network looks, so the result is that of the whole image.
fn by_tiles(net: &ResHedNet, image: &Array2<f32>, tile: usize) -> Array2<f32> {
    let (rows, cols) = image.dim();
    let reach = net.spec().reach_px().next_multiple_of(4);
    let mut logits = Array2::zeros((rows, cols));
    for top in (0..rows).step_by(tile) {
        for left in (0..cols).step_by(tile) {
            let (bottom, right) = ((top + tile).min(rows), (left + tile).min(cols));
            let (from_row, from_col) = (top.saturating_sub(reach), left.saturating_sub(reach));
            let (to_row, to_col) = ((bottom + reach).min(rows), (right + reach).min(cols));
            let seen = net.logits(image.slice(s![from_row..to_row, from_col..to_col]));
            let inner = seen.slice(s![top - from_row..bottom - from_row, left - from_col..right - from_col]);
            logits.slice_mut(s![top..bottom, left..right]).assign(&inner);
        }
    }
    logits
}

impl Detection {
    /// Boundaries as lines of one pixel, where the mean probability reaches a threshold.
    pub fn lines(&self, threshold: f64) -> Array2<bool> {
        thin::thinned(&self.probability.mapv(|p| p >= threshold))
    }

    /// Probability of a boundary around the *middle* of every pixel, (H, W).
    ///
    /// Boundaries run between pixels. The [line](super::truth::line) that networks learn marks the pixel above or to the left of them, so that `probability` lies half a
    /// pixel up and left of the film. Here it is taken half a pixel back, as the mean of the four pixels whose common corner that is. Whoever asks how near a place is to
    /// a boundary wants this map: on a film whose boundaries are two pixels wide half a pixel decides about a twentieth of the current's variance.
    pub fn centred(&self) -> Array2<f64> {
        let p = &self.probability;
        Array2::from_shape_fn(p.dim(), |(r, c)| {
            let (above, left) = (r.saturating_sub(1), c.saturating_sub(1));
            0.25 * (p[[r, c]] + p[[above, c]] + p[[r, left]] + p[[above, left]])
        })
    }

    /// How unsure the ensemble is of what it says, (H, W): the square root of `P(1 − P) + spread²`, averaged over the pixel and its neighbours.
    ///
    /// `P(1 − P)` for the mean probability P is the variance of what is predicted, of which `spread²` is what members do not agree on (law of total variance): disagreement
    /// counts twice, because members of one kind of training agree more than they should. Averaging makes it that of a place: along any line P passes through ½ within a
    /// pixel, which says where it runs and not that it is doubtful.
    pub fn uncertainty(&self) -> Array2<f64> {
        let (rows, cols) = self.probability.dim();
        let of_pixel = |at: (usize, usize)| {
            let (p, spread) = (self.probability[at], self.spread[at]);
            p * (1.0 - p) + spread * spread
        };
        let around = |i: usize, n: usize| i.saturating_sub(1)..(i + 2).min(n);
        Array2::from_shape_fn((rows, cols), |(r, c)| {
            let (row, col) = (around(r, rows), around(c, cols));
            let pixels = (row.len() * col.len()) as f64;
            (row.flat_map(|y| col.clone().map(move |x| (y, x))).map(of_pixel).sum::<f64>() / pixels).sqrt()
        })
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
    fn the_centred_map_is_the_same_on_both_sides_of_a_boundary() {
        // Grains meet between the sixth row or column and the seventh, at 5.5; the band of the line is three pixels about 5.
        for transposed in [false, true] {
            let grains = Array2::from_shape_fn((12, 12), |(r, c)| u32::from((if transposed { r } else { c }) > 5));
            let band = super::super::truth::band(&super::super::truth::line(&grains));
            let probability = band.mapv(|b| f64::from(u8::from(b)));
            let found = Detection { members: Array3::zeros((1, 12, 12)), spread: Array2::zeros((12, 12)), probability };
            let across = |i: usize| found.centred()[if transposed { [i, 4] } else { [4, i] }];
            assert_eq!([3, 4, 5, 6, 7, 8].map(across), [0.0, 0.5, 1.0, 1.0, 0.5, 0.0]);
        }
    }

    #[test]
    fn uncertainty_is_large_where_members_differ_or_doubt_and_not_at_the_flank_of_a_line() {
        // A sure line in the fourth column, of which only its flanks are grey; a place where half of the members see something, and one where all shrug.
        let probability = Array2::from_shape_fn((9, 20), |(_, c)| match c {
            3 => 1.0,
            2 | 4 | 9..=11 | 15..=17 => 0.5,
            _ => 0.0,
        });
        let spread = Array2::from_shape_fn((9, 20), |(_, c)| if (9..=11).contains(&c) { 0.5 } else { 0.0 });
        let unsure = Detection { members: Array3::zeros((2, 9, 20)), probability, spread }.uncertainty();
        let at = |c: usize| unsure[[4, c]];
        assert!((at(10) - 0.5f64.sqrt()).abs() < 1e-12 && (at(16) - 0.5).abs() < 1e-12, "{} {}", at(10), at(16));
        assert!(at(3) < at(16) && at(4) < at(16) && at(7) == 0.0, "{} {}", at(3), at(4));
        assert_eq!(unsure[[0, 10]], at(10), "the edge has fewer neighbours");
    }

    #[test]
    fn parts_of_an_image_say_what_the_whole_says() {
        let image = Array2::from_shape_fn((100, 84), |(r, c)| ((r * 3 + c * c) as f32 * 0.1).sin());
        for blocks in [[1, 1, 1], [2, 1, 2]] {
            let spec = ResHedNetSpec { filters: 2, blocks };
            let net = ResHedNet::new(spec, ComputeDevice::Flex, &mut MasterSeed(1).rng(Stream::BoundaryNetwork, 0));
            let net = net.expect("flex");
            let (parts, whole) = (by_tiles(&net, &image, 32), net.logits(image.view()));
            let apart = parts.iter().zip(&whole).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let size = whole.iter().map(|v| v.abs()).fold(0.0, f32::max);
            assert!(apart < 1e-5 * size, "{apart} of {size}");
        }
    }

    #[test]
    fn ensembles_of_nothing_or_of_different_sizes_are_refused() {
        let refused = |nets| Ensemble::new(nets, BTreeMap::new()).expect_err("refused").to_string();
        assert!(refused(Vec::new()).contains("is empty"));
        assert!(refused(vec![net(0, 2), net(1, 3)]).contains("different sizes"));
    }
}

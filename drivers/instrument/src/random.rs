//! Named random streams: one master seed, one `ChaCha` stream per purpose and per unit of work.
//!
//! Noise is keyed by *what is measured*, never by call order. Two strategies that measure the same spot on
//! the same film see the same noise, and adding a draw in one room cannot shift the numbers of another.

use crate::geometry::Position;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// The generator behind every stream.
pub type StreamRng = ChaCha8Rng;

/// What a stream of random numbers is for. Append only: the number is part of what a seed means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u64)]
#[non_exhaustive]
pub enum Stream {
    /// Grain centres and sizes.
    Tessellation = 1,
    /// Grain heights, tilts and the fine roughness.
    Topography = 2,
    /// Electronic character of grains, boundaries and junctions.
    Transport = 3,
    /// Noise of the structure image, by scan.
    ImageNoise = 4,
    /// Noise of the current, by location, light and repeat.
    CurrentNoise = 5,
    /// Network weights, by retraining.
    NetworkInit = 6,
    /// Choices of a strategy, by step.
    Strategy = 7,
    /// The first location of a session.
    FirstLocation = 8,
    /// The random picks of a baseline that runs beside a strategy.
    Baseline = 9,
    /// Inclusions, pinholes, hidden boundaries, twins and the composition field.
    Defects = 10,
    /// Everything that an image shows and the surface does not have: tip, scanner, feedback, scars.
    ImageArtefacts = 11,
    /// How far a commanded point is missed, by measurement; drift of the stage.
    Registration = 12,
    /// State of the contact, by measurement; what wears the tip.
    Contact = 13,
    /// Further structure channels: phase, luminescence, composition.
    Channels = 14,
    /// Joint samples of a posterior, by step.
    Posterior = 15,
    /// Weights of boundary detectors, by member.
    BoundaryNetwork = 16,
    /// What a boundary detector is shown while it is trained, and how it is altered, by member.
    BoundaryTraining = 17,
    /// Which film and which scan a boundary detector is trained on or scored on, by kind and number.
    BoundaryFilms = 18,
    /// Codes, order and pixels in the training of an autoencoder, by training; permutations of a test.
    Latent = 19,
}

/// The one number that a run is repeated from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MasterSeed(pub u64);

impl MasterSeed {
    /// The generator of one purpose and one unit of work (a location, a step, a retraining).
    ///
    /// Seed, purpose and unit are laid side by side in the `ChaCha` key, so no two of them can collide.
    pub fn rng(self, stream: Stream, unit: u64) -> StreamRng {
        const SCHEME: u64 = 1;
        let mut key = [0u8; 32];
        for (slot, word) in key.chunks_exact_mut(8).zip([self.0, stream as u64, unit, SCHEME]) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        StreamRng::from_seed(key)
    }
}

/// The unit of work "this spot, this light, this repeat", for noise that must not depend on call order.
///
/// Positions count in picometres, light in millionths of a sun: finer than any instrument repeats them.
pub fn measurement_unit(at: Position, light_suns: f64, repeat: u32) -> u64 {
    let words = [
        (at.x.0 * 1e12).round() as i64 as u64,
        (at.y.0 * 1e12).round() as i64 as u64,
        (light_suns * 1e6).round() as i64 as u64,
        u64::from(repeat),
    ];
    words.into_iter().fold(0x9e37_79b9_7f4a_7c15, |hash, word| mix(hash ^ word))
}

/// The finaliser of `SplitMix64` (Steele, Lea & Flood, OOPSLA 2014, doi:10.1145/2660193.2660195).
const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_and_units_are_independent_and_repeatable() {
        let draw = |seed, stream, unit| MasterSeed(seed).rng(stream, unit).next_u64();
        assert_eq!(draw(1, Stream::Transport, 0), draw(1, Stream::Transport, 0));
        let all = [
            draw(1, Stream::Transport, 0),
            draw(2, Stream::Transport, 0),
            draw(1, Stream::Topography, 0),
            draw(1, Stream::Transport, 1),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn every_part_of_a_measurement_counts() {
        let here = measurement_unit(Position::new(1e-6, 2e-6), 0.1, 0);
        assert_eq!(here, measurement_unit(Position::new(1e-6, 2e-6), 0.1, 0));
        assert_ne!(here, measurement_unit(Position::new(2e-6, 1e-6), 0.1, 0));
        assert_ne!(here, measurement_unit(Position::new(1e-6, 2e-6), 0.0, 0));
        assert_ne!(here, measurement_unit(Position::new(1e-6, 2e-6), 0.1, 1));
    }
}

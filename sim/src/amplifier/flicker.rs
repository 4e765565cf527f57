//! Flicker noise: a contact whose conductance wanders, with a spectrum that falls as 1/f.
//!
//! `S_I(f) = α I²/f` between a lowest and a highest frequency. Made of first-order (Ornstein–Uhlenbeck) processes whose corner
//! frequencies lie a factor of 2 apart, each of the variance `α ln 2` of its octave: their sum falls as 1/f within 0.4 dB
//! (van der Ziel, Physica 16, 359 (1950); corner spacing after Kasdin, Proc. IEEE 83, 802 (1995)). Stationary from the first
//! sample on. The relative noise multiplies the current, so no current means no flicker.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::TAU;
use tiptwin_instrument::Seconds;

/// Lowest frequency of the noise, Hz: slower wandering cannot be told from another contact.
const LOWEST_HZ: f64 = 0.05;
/// Highest frequency, Hz, the bandwidth of the usual amplifier.
const HIGHEST_HZ: f64 = 1e3;

/// Relative flicker noise of consecutive samples: fluctuations of ln I with `S(f) = α/f`.
#[derive(Clone, Debug)]
pub struct Flicker {
    /// State and memory from one sample to the next, for each octave.
    octaves: Vec<(f64, f64)>,
    sigma: f64,
}

fn corners() -> impl Iterator<Item = f64> {
    std::iter::successors(Some(LOWEST_HZ), |f| Some(2.0 * f)).take_while(|f| *f <= HIGHEST_HZ)
}

impl Flicker {
    /// Noise of strength α for samples at a constant interval.
    pub fn new(alpha: f64, interval: Seconds, rng: &mut impl Rng) -> Self {
        let sigma = (alpha * std::f64::consts::LN_2).sqrt();
        let octaves = corners()
            .map(|corner| {
                let z: f64 = StandardNormal.sample(rng);
                (z, (-TAU * corner * interval.0).exp())
            })
            .collect();
        Self { octaves, sigma }
    }

    /// Noise of a given rms, in its unit, instead of a strength.
    pub fn with_rms(rms: f64, interval: Seconds, rng: &mut impl Rng) -> Self {
        let mut noise = Self::new(1.0, interval, rng);
        noise.sigma = rms / (noise.octaves.len() as f64).sqrt();
        noise
    }

    /// Lets time pass without a sample.
    pub fn pass(&mut self, time: Seconds, rng: &mut impl Rng) {
        for ((state, _), corner) in self.octaves.iter_mut().zip(corners()) {
            let memory = (-TAU * corner * time.0).exp();
            let z: f64 = StandardNormal.sample(rng);
            *state = memory * *state + (1.0 - memory * memory).sqrt() * z;
        }
    }

    /// The relative noise of the next sample.
    pub fn step(&mut self, rng: &mut impl Rng) -> f64 {
        let mut sum = 0.0;
        for (state, memory) in &mut self.octaves {
            sum += *state;
            let z: f64 = StandardNormal.sample(rng);
            *state = *memory * *state + (1.0 - *memory * *memory).sqrt() * z;
        }
        self.sigma * sum
    }
}

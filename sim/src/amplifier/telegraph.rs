//! Random telegraph noise: a single trap under the tip that switches part of the current off and on.
//!
//! The conductance has two levels, 1 and 1 − A. The time in either is exponential with the same mean 1/(2 f), so that the
//! switch turns over 2 f times a second (Machlup, J. Appl. Phys. 25, 341 (1954)). Amplitudes of 5 to 30 % and 5 to 50 Hz are
//! choices; which places have such a trap is a property of the place.

use rand::{Rng, RngExt};
use tiptwin_instrument::Seconds;

/// A trap under one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trap {
    /// Share of the current that it switches.
    pub amplitude: f64,
    /// Full cycles per second.
    pub frequency_hz: f64,
}

impl Trap {
    /// The trap of a place, if it has one: a share of all places does.
    pub fn draw(share: f64, place: &mut impl Rng) -> Option<Self> {
        let (has, amplitude, frequency) = (place.random::<f64>(), place.random::<f64>(), place.random::<f64>());
        (has < share).then(|| Self { amplitude: 0.05 + 0.25 * amplitude, frequency_hz: 5.0 * 10f64.powf(frequency) })
    }
}

/// The trap while samples are taken.
#[derive(Clone, Debug)]
pub struct Telegraph {
    amplitude: f64,
    flip: f64,
    caught: bool,
}

impl Telegraph {
    /// Starts in either state.
    pub fn new(trap: Trap, interval: Seconds, rng: &mut impl Rng) -> Self {
        // Chance to be found in the other state after the interval, however often it switched in between.
        let flip = 0.5 * (1.0 - (-4.0 * trap.frequency_hz * interval.0).exp());
        Self { amplitude: trap.amplitude, flip, caught: rng.random::<f64>() < 0.5 }
    }

    /// The factor on the current of the next sample.
    pub fn step(&mut self, rng: &mut impl Rng) -> f64 {
        let factor = if self.caught { 1.0 - self.amplitude } else { 1.0 };
        self.caught ^= rng.random::<f64>() < self.flip;
        factor
    }
}

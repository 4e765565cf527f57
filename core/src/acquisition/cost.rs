//! What a place costs besides its measurement: the way of the tip, and closeness to what was already touched.
//!
//! Both are factors between 0 and 1 on an acquisition that is never negative. [`Cost::weigh`] applies them to any: the logarithm of an
//! acquisition gets their logarithm added, and one that can be negative is counted from its lowest open place.

use crate::Candidates;
use rayon::prelude::*;
use tiptwin_instrument::Meters;

/// Gain per time instead of gain: `1/(1 + d/L)` with d the way from where the tip is and L the way that takes as long as a
/// measurement (expected improvement per second: Snoek, Larochelle & Adams, NIPS 2012, arXiv:1206.2944, §3.2).
///
/// It ignores acceleration and settling, which do not depend on the place.
pub fn per_time(way: Meters, way_of_a_measurement: Meters) -> f64 {
    1.0 / (1.0 + way.0 / way_of_a_measurement.0)
}

/// Distrust of places that an earlier touch may have changed: `1 − exp(−d²/2s²)` with d the distance to the nearest touch and s the
/// reach of its damage. A convention of this project; a Gaussian because damage is deposited charge or heat, which diffuse.
pub fn spacing(distance: Meters, reach: Meters) -> f64 {
    -(-0.5 * (distance.0 / reach.0).powi(2)).exp_m1()
}

/// The costs that a search minds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// The way that takes as long as a measurement; `None` if the way does not matter.
    pub travel: Option<Meters>,
    /// Reach of the damage of a touch; `None` if touches do no harm.
    pub spacing: Option<Meters>,
}

/// What the numbers of an acquisition mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Never negative.
    Positive,
    /// The logarithm of such a one.
    Logarithm,
    /// Anything.
    Any,
}

impl Cost {
    /// Weighs the scores of all candidates (not a number where a candidate was not scored). `open` says which candidates were
    /// not touched, `tip` is the candidate where the tip is.
    pub fn weigh(&self, scores: &mut [f64], sign: Sign, candidates: &Candidates, open: &[bool], tip: Option<usize>) {
        if self.travel.is_none() && self.spacing.is_none() {
            return;
        }
        let places = Places::new(candidates, open);
        let lowest = scores.iter().zip(open).filter(|(s, o)| **o && !s.is_nan()).map(|(s, _)| *s);
        let lowest = lowest.fold(f64::INFINITY, f64::min);
        scores.par_iter_mut().enumerate().filter(|(_, s)| !s.is_nan()).for_each(|(i, score)| {
            let way = tip.map_or(0.0, |t| places.squared(i, t).sqrt());
            let travel = self.travel.map_or(1.0, |l| per_time(Meters(way), l));
            let spacing = self.spacing.map_or(1.0, |s| spacing(Meters(places.to_nearest_touch(i)), s));
            let factor = travel * spacing;
            *score = match sign {
                Sign::Positive => *score * factor,
                Sign::Logarithm => *score + factor.ln(),
                Sign::Any => (*score - lowest) * factor,
            };
        });
    }
}

/// Distances between candidates, in metres.
pub(crate) struct Places<'a> {
    candidates: &'a Candidates,
    touched: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(candidates: &'a Candidates, open: &[bool]) -> Self {
        Self { candidates, touched: (0..open.len()).filter(|i| !open[*i]).collect() }
    }

    fn squared(&self, a: usize, b: usize) -> f64 {
        let (width, height) = self.candidates.pixel_size();
        let (a, b) = (self.candidates.pixel(a), self.candidates.pixel(b));
        let (dx, dy) = ((a.col as f64 - b.col as f64) * width.0, (a.row as f64 - b.row as f64) * height.0);
        dx * dx + dy * dy
    }

    /// Infinite if nothing was touched.
    pub(crate) fn to_nearest_touch(&self, at: usize) -> f64 {
        self.touched.iter().map(|t| self.squared(at, *t)).fold(f64::INFINITY, f64::min).sqrt()
    }
}

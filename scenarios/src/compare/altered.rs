//! Strategies that are not quite what their name says: controls for a comparison, and faults planted to see whether a gate
//! finds them.
//!
//! Each is a wrapper around a whole strategy: it changes what the strategy sees, how its map is read, or what it reports, the way a
//! mistake in its code would.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::fmt;
use tiptwin_core::Candidates;
use tiptwin_core::acquisition;
use tiptwin_core::candidates::CandidatesError;
use tiptwin_core::model::{Measured, ModelError, Prediction, View, Warped};
use tiptwin_core::strategy::{Choice, Strategy};
use tiptwin_instrument::{MasterSeed, Stream, StreamRng};

/// What is altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alteration {
    /// Nothing but the random numbers of the strategy: same film, same noise, another first location and other weights. A
    /// comparison of a strategy with itself.
    Again,
    /// Fault: measures where the acquisition is smallest.
    SignFlipped,
    /// Fault: reports its map on the scale of the first [`STALE_AFTER`] values for ever.
    StaleScaler,
    /// Fault: its uncertainty is the deviation of the measured values, the same everywhere.
    ConstantSigma,
    /// Fault: the windows of the structure image are in a wrong order, so that a place is seen with another's structure.
    ShuffledPatches,
    /// Control: every location returns what another one measures, so that neither structure nor neighbourhood can tell anything.
    ShuffledTargets,
}

/// Measured values after which a stale scaler is never fitted again.
pub const STALE_AFTER: usize = 5;

/// Unit of the stream [`Stream::Baseline`] that permutations are drawn from: beyond every number of a step.
const PERMUTATION: u64 = 1 << 40;
/// Added to the seed for what a strategy draws when it is played [`Alteration::Again`]: beyond seeds that people write.
const AGAIN: u64 = 1 << 32;

impl Alteration {
    /// Their names in a label, in the order of [`Alteration::ALL`].
    pub const NAMES: [&str; 6] =
        ["again", "sign-flipped", "stale-scaler", "constant-sigma", "shuffled-patches", "shuffled-targets"];
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Again,
        Self::SignFlipped,
        Self::StaleScaler,
        Self::ConstantSigma,
        Self::ShuffledPatches,
        Self::ShuffledTargets,
    ];
    /// Those that are mistakes.
    pub const FAULTS: [Self; 4] = [Self::SignFlipped, Self::StaleScaler, Self::ConstantSigma, Self::ShuffledPatches];

    /// By name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name() == name)
    }

    /// Its name in a label.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Why a strategy cannot be altered so, if it cannot.
    pub(super) fn refuses(self, strategy: &str, acquisition: &str) -> Option<String> {
        if !matches!(self, Self::SignFlipped | Self::ConstantSigma) {
            return None;
        }
        if ["random", "grid", "points"].contains(&strategy) || acquisition == "random" {
            return Some(format!("{strategy} has no acquisition on a map that \"{}\" could change", self.name()));
        }
        (!["max-variance", "expected-improvement"].contains(&acquisition)).then(|| {
            let name = self.name();
            format!(
                "\"{name}\" is known for the acquisitions max-variance or expected-improvement, not for {acquisition}"
            )
        })
    }

    /// The seed of what the strategy draws, from that of the film.
    pub(super) const fn seed_of_choices(alteration: Option<Self>, seed: u64) -> u64 {
        match alteration {
            Some(Self::Again) => seed.wrapping_add(AGAIN),
            _ => seed,
        }
    }

    /// The altered strategy.
    pub(super) fn wrap(self, inner: Box<dyn Strategy>, acquisition: &str, seed: u64) -> Box<dyn Strategy> {
        let improves = acquisition == "expected-improvement";
        match self {
            Self::Again => inner,
            _ => Box::new(Altered { inner, alteration: self, improves, seed, shuffled: None }),
        }
    }

    /// Where a strategy believed to have measured, from where it did: only shuffled targets tell the two apart.
    pub(super) fn believed(alteration: Option<Self>, picks: &[usize], candidates: usize, seed: u64) -> Vec<usize> {
        if alteration != Some(Self::ShuffledTargets) {
            return picks.to_vec();
        }
        let inverse = inverted(&permutation(candidates, seed));
        picks.iter().map(|&p| inverse[p]).collect()
    }
}

/// A strategy with an alteration around it.
struct Altered {
    inner: Box<dyn Strategy>,
    alteration: Alteration,
    /// Whether the acquisition is expected improvement; otherwise it is the variance.
    improves: bool,
    seed: u64,
    /// The image in a wrong order, once it was needed.
    shuffled: Option<Candidates>,
}

impl fmt::Debug for Altered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Altered").field("alteration", &self.alteration).finish_non_exhaustive()
    }
}

impl Strategy for Altered {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn choose(&mut self, view: &View<'_>, open: &[bool], rng: &mut StreamRng) -> Result<Choice, ModelError> {
        match self.alteration {
            Alteration::SignFlipped | Alteration::ConstantSigma => {
                let Some(map) = self.predict(view)? else { return self.inner.choose(view, open, rng) };
                let sign = if self.alteration == Alteration::SignFlipped { -1.0 } else { 1.0 };
                let worth = self.worth(&map, view).into_iter().map(|w| sign * w);
                let index = acquisition::argmax(worth, open, rng)
                    .ok_or_else(|| ModelError::Diverged("no candidate has a finite acquisition value".into()))?;
                Ok(Choice { index, mean: Some(map.mean[index]), sigma: Some(map.sigma[index]) })
            }
            Alteration::ShuffledPatches => {
                let candidates = self.wrong_order(view)?;
                self.inner.choose(&View { candidates: &candidates, ..*view }, open, rng)
            }
            Alteration::ShuffledTargets => {
                let order = permutation(open.len(), self.seed);
                let measured = relabelled(view.measured, &inverted(&order));
                let open: Vec<bool> = order.iter().map(|&p| open[p]).collect();
                let choice = self.inner.choose(&View { measured: &measured, ..*view }, &open, rng)?;
                Ok(Choice { index: order[choice.index], ..choice })
            }
            Alteration::Again | Alteration::StaleScaler => self.inner.choose(view, open, rng),
        }
    }

    fn predict(&mut self, view: &View<'_>) -> Result<Option<Prediction>, ModelError> {
        match self.alteration {
            Alteration::ShuffledPatches => {
                let candidates = self.wrong_order(view)?;
                self.inner.predict(&View { candidates: &candidates, ..*view })
            }
            Alteration::ShuffledTargets => {
                let order = permutation(view.candidates.len(), self.seed);
                let inverse = inverted(&order);
                let measured = relabelled(view.measured, &inverse);
                let map = self.inner.predict(&View { measured: &measured, ..*view })?;
                let place = |map: &[f64]| -> Vec<f64> { inverse.iter().map(|&i| map[i]).collect() };
                Ok(map.map(|m| Prediction {
                    mean: place(&m.mean),
                    sigma: place(&m.sigma),
                    warped: m.warped.map(|w| Warped { mean: place(&w.mean), sigma: place(&w.sigma), ..w }),
                }))
            }
            Alteration::ConstantSigma => Ok(self.inner.predict(view)?.map(|m| {
                let sigma = mean_and_deviation(view.measured).1;
                Prediction::normal(m.mean, vec![sigma; m.sigma.len()])
            })),
            Alteration::StaleScaler => Ok(self.inner.predict(view)?.map(|m| stale(m, view.measured))),
            Alteration::Again | Alteration::SignFlipped => self.inner.predict(view),
        }
    }
}

impl Altered {
    /// What every place is worth by the acquisition on a map.
    fn worth(&self, map: &Prediction, view: &View<'_>) -> Vec<f64> {
        if !self.improves {
            return map.sigma.iter().map(|&s| acquisition::variance(s)).collect();
        }
        let best = view.measured.iter().map(|m| m.value).fold(f64::NEG_INFINITY, f64::max);
        let margin = 0.01 * mean_and_deviation(view.measured).1;
        let both = map.mean.iter().zip(&map.sigma);
        both.map(|(&m, &s)| acquisition::expected_improvement(m, s, best, margin)).collect()
    }

    fn wrong_order(&mut self, view: &View<'_>) -> Result<Candidates, ModelError> {
        if self.shuffled.is_none() {
            let made = shuffled_blocks(view.candidates, self.seed);
            self.shuffled = Some(made.map_err(|e| ModelError::Points(format!("a shuffled image: {e}")))?);
        }
        Ok(self.shuffled.as_ref().unwrap_or(view.candidates).clone())
    }
}

/// The images with their blocks of the size of a window in random order; what does not fill a block stays.
fn shuffled_blocks(candidates: &Candidates, seed: u64) -> Result<Candidates, CandidatesError> {
    let edge = candidates.window();
    let (width, height) = candidates.pixel_size();
    let (down, across) = (candidates.structure().nrows() / edge, candidates.structure().ncols() / edge);
    let order = permutation(down * across, seed);
    let mut images = candidates.images().map(|image| {
        let mut moved = image.clone();
        for (to, &from) in order.iter().enumerate() {
            let block = |k: usize| {
                let (r, c) = ((k / across) * edge, (k % across) * edge);
                ndarray::s![r..r + edge, c..c + edge]
            };
            moved.slice_mut(block(to)).assign(&image.slice(block(from)));
        }
        moved
    });
    let first = images.next().unwrap_or_else(|| candidates.structure().clone());
    let mut made = Candidates::new(first, edge, width, height)?;
    images.try_for_each(|image| made.add(image))?;
    Ok(made)
}

fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut MasterSeed(seed).rng(Stream::Baseline, PERMUTATION));
    order
}

fn inverted(order: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; order.len()];
    order.iter().enumerate().for_each(|(i, &p)| inverse[p] = i);
    inverse
}

fn relabelled(measured: &[Measured], inverse: &[usize]) -> Vec<Measured> {
    measured.iter().map(|m| Measured { index: inverse[m.index], ..*m }).collect()
}

fn stale(map: Prediction, measured: &[Measured]) -> Prediction {
    let (old_mean, old) = mean_and_deviation(&measured[..measured.len().min(STALE_AFTER)]);
    let (mean, now) = mean_and_deviation(measured);
    if now <= 0.0 || measured.len() <= STALE_AFTER {
        return map;
    }
    Prediction::normal(
        map.mean.into_iter().map(|m| old_mean + (m - mean) * old / now).collect(),
        map.sigma.into_iter().map(|s| s * old / now).collect(),
    )
}

fn mean_and_deviation(measured: &[Measured]) -> (f64, f64) {
    let n = measured.len() as f64;
    let mean = measured.iter().map(|m| m.value).sum::<f64>() / n;
    (mean, (measured.iter().map(|m| (m.value - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests;

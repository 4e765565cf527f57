//! How wrong logits are, and the slope of that.
//!
//! With p = 1/(1 + e⁻ᶻ) for logit z and t ∈ {0, 1}, over n pixels:
//!
//! ```text
//! cross-entropy   1/n Σ b,   b = ln(1 + eᶻ) − t z
//! focal           1/n Σ α (1 − q)^γ b,   q = p where t = 1 and 1 − p elsewhere, α = ½, γ = 2
//! dice            1 − (2 Σ p t + 1)/(Σ p + Σ t + 1)
//! ```
//!
//! Focal: Lin et al., ICCV 2017, arXiv:1708.02002, with one α for both kinds; AtomAI applies it to the mean of b, which weighs nothing, since
//! every pixel then gets the same factor: here it is per pixel. Dice: Milletari et al., 3DV 2016, arXiv:1606.04797, without squares.

use ndarray::{Array3, Zip};
use serde::{Deserialize, Serialize};

/// Weight and exponent of the focal loss.
const FOCAL: (f64, f64) = (0.5, 2.0);

/// A loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Binary cross-entropy.
    #[default]
    CrossEntropy,
    /// Cross-entropy in which pixels that are right already count less.
    Focal,
    /// One minus the overlap.
    Dice,
}

impl Loss {
    /// The loss of logits (N, H, W) where `truth` is 1 on boundaries and 0 elsewhere, and ∂loss/∂logits.
    pub fn of(self, logits: &Array3<f32>, truth: &Array3<f32>) -> (f64, Array3<f32>) {
        let n = logits.len() as f64;
        match self {
            Self::CrossEntropy => {
                let value = sum(logits, truth, entropy) / n;
                (value, slopes(logits, truth, |z, t| (sigmoid(z) - t) / n))
            }
            Self::Focal => {
                let (alpha, gamma) = FOCAL;
                let value = sum(logits, truth, |z, t| alpha * miss(z, t).powf(gamma) * entropy(z, t)) / n;
                let slope = |z, t| {
                    // With s = ±1 the direction of the truth, d(1 − q)/dz = −s q (1 − q) and db/dz = −s (1 − q).
                    let (wrong, s) = (miss(z, t), 2.0 * t - 1.0);
                    let fall = gamma * wrong.powf(gamma) * (1.0 - wrong) * entropy(z, t) + wrong.powf(gamma + 1.0);
                    -alpha * s * fall / n
                };
                (value, slopes(logits, truth, slope))
            }
            Self::Dice => {
                let both = 2.0 * sum(logits, truth, |z, t| sigmoid(z) * t) + 1.0;
                let all = sum(logits, truth, |z, t| sigmoid(z) + t) + 1.0;
                let slope = |z: f64, t| {
                    let p = sigmoid(z);
                    p * (1.0 - p) * (both / all - 2.0 * t) / all
                };
                (1.0 - both / all, slopes(logits, truth, slope))
            }
        }
    }
}

/// 1/(1 + e⁻ᶻ).
pub(super) fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// ln(1 + eᶻ) − t z without overflow.
fn entropy(z: f64, t: f64) -> f64 {
    z.max(0.0) - t * z + (-z.abs()).exp().ln_1p()
}

/// 1 − q.
fn miss(z: f64, t: f64) -> f64 {
    sigmoid(if t > 0.5 { -z } else { z })
}

fn sum(logits: &Array3<f32>, truth: &Array3<f32>, term: impl Fn(f64, f64) -> f64) -> f64 {
    logits.iter().zip(truth).map(|(z, t)| term(f64::from(*z), f64::from(*t))).sum()
}

fn slopes(logits: &Array3<f32>, truth: &Array3<f32>, slope: impl Fn(f64, f64) -> f64) -> Array3<f32> {
    Zip::from(logits).and(truth).map_collect(|z, t| slope(f64::from(*z), f64::from(*t)) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Loss; 3] = [Loss::CrossEntropy, Loss::Focal, Loss::Dice];

    fn case() -> (Array3<f32>, Array3<f32>) {
        let logits = Array3::from_shape_fn((2, 3, 4), |(i, r, c)| 3.0 * ((i * 12 + r * 4 + c) as f32 * 1.7).sin());
        let truth = Array3::from_shape_fn((2, 3, 4), |(i, r, c)| f32::from(u8::from((i + r * c) % 3 == 0)));
        (logits, truth)
    }

    #[test]
    fn slopes_agree_with_finite_differences() {
        let (logits, truth) = case();
        for loss in ALL {
            let (_, slope) = loss.of(&logits, &truth);
            for at in [[0, 0, 0], [0, 1, 2], [1, 2, 3], [1, 0, 1]] {
                let h = 1e-2;
                let value = |by: f32| {
                    let mut moved = logits.clone();
                    moved[at] += by;
                    loss.of(&moved, &truth).0
                };
                let numeric = (value(h) - value(-h)) / (2.0 * f64::from(h));
                // Truncation: h²/6 of a third derivative of at most one, over 24 pixels.
                assert!((f64::from(slope[at]) - numeric).abs() < 5e-6, "{loss:?} {at:?}: {} {numeric}", slope[at]);
            }
        }
    }

    #[test]
    fn values_by_hand() {
        let one = |z: f32, t: f32| (Array3::from_elem((1, 1, 1), z), Array3::from_elem((1, 1, 1), t));
        let (z, t) = one(0.0, 1.0);
        let ln2 = std::f64::consts::LN_2;
        assert!((Loss::CrossEntropy.of(&z, &t).0 - ln2).abs() < 1e-12);
        assert!((Loss::Focal.of(&z, &t).0 - 0.5 * 0.25 * ln2).abs() < 1e-12);
        assert!((Loss::Dice.of(&z, &t).0 - (1.0 - 2.0 / 2.5)).abs() < 1e-12);
    }

    #[test]
    fn large_logits_neither_overflow_nor_pass_for_right() {
        for loss in ALL {
            for (z, t, right) in [(200.0, 1.0, true), (-200.0, 0.0, true), (200.0, 0.0, false), (-200.0, 1.0, false)] {
                let (value, slope) = loss.of(&Array3::from_elem((1, 2, 2), z), &Array3::from_elem((1, 2, 2), t));
                assert!(value.is_finite() && slope.iter().all(|s| s.is_finite()), "{loss:?} {z} {t}");
                assert_eq!(value < 1e-6, right, "{loss:?} {z} {t}: {value}");
            }
        }
    }

    #[test]
    fn focal_counts_what_is_right_already_less() {
        let (logits, truth) =
            (Array3::from_shape_vec((1, 1, 2), vec![4.0, -1.0]).expect("shape"), Array3::ones((1, 1, 2)));
        let share = |loss: Loss| {
            let (_, slope) = loss.of(&logits, &truth);
            slope[[0, 0, 0]] / slope[[0, 0, 1]]
        };
        assert!(share(Loss::Focal) < 0.05 * share(Loss::CrossEntropy));
    }
}

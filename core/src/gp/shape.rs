//! How correlation falls with distance.
//!
//! With r the distance in length-scales:
//!
//! * squared exponential: `k = exp(−r²/2)` (R&W eq. 4.9);
//! * Matérn ν = 3/2: `k = (1 + √3 r) exp(−√3 r)` (R&W eq. 4.17), sample paths once differentiable;
//! * Matérn ν = 5/2: `k = (1 + √5 r + 5r²/3) exp(−√5 r)` (ibid.), twice differentiable.
//!
//! Valid in any number of dimensions. All are written as functions of the *squared* distance: its gradient with
//! respect to the inputs has no singularity at r = 0, also where the gradient of r itself has one.

use crate::vector::exp;

/// A stationary, isotropic correlation function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Squared exponential.
    Rbf,
    /// Matérn with ν = 3/2.
    Matern32,
    /// Matérn with ν = 5/2.
    Matern52,
}

impl Shape {
    /// Correlation at a squared distance (in squared length-scales, at least 0).
    pub fn correlation(self, d2: f64) -> f64 {
        self.at(d2).0
    }

    /// Derivative of the correlation with respect to the squared distance.
    pub fn slope(self, d2: f64) -> f64 {
        self.at(d2).1
    }

    /// Both: they share the exponential.
    #[expect(clippy::inline_always, reason = "the loops below are vectorised only around what is inlined")]
    #[inline(always)]
    fn at(self, d2: f64) -> (f64, f64) {
        match self {
            Self::Rbf => {
                let e = exp(-0.5 * d2);
                (e, -0.5 * e)
            }
            Self::Matern32 => {
                let s = (3.0 * d2).sqrt();
                let e = exp(-s);
                ((1.0 + s) * e, -1.5 * e)
            }
            Self::Matern52 => {
                let s = (5.0 * d2).sqrt();
                let e = exp(-s);
                ((1.0 + s + s * s / 3.0) * e, -(5.0 / 6.0) * (1.0 + s) * e)
            }
        }
    }

    /// Adds the correlation at every squared distance, times a factor.
    #[expect(clippy::inline_always, reason = "a loop that is inlined into a `wide!` function")]
    #[inline(always)]
    pub(super) fn add_correlations(self, to: &mut [f64], d2: &[f64], factor: f64) {
        // The shape is matched outside the loops, which otherwise could not be vectorised.
        match self {
            Self::Rbf => {
                for (to, d) in to.iter_mut().zip(d2) {
                    *to += factor * Self::Rbf.at(*d).0;
                }
            }
            Self::Matern32 => {
                for (to, d) in to.iter_mut().zip(d2) {
                    *to += factor * Self::Matern32.at(*d).0;
                }
            }
            Self::Matern52 => {
                for (to, d) in to.iter_mut().zip(d2) {
                    *to += factor * Self::Matern52.at(*d).0;
                }
            }
        }
    }

    /// Puts correlations into the first and turns the squared distances in the second into slopes.
    #[expect(clippy::inline_always, reason = "a loop that is inlined into a `wide!` function")]
    #[inline(always)]
    pub(super) fn fill(self, correlations: &mut [f64], d2: &mut [f64]) {
        match self {
            Self::Rbf => {
                for (c, d) in correlations.iter_mut().zip(d2) {
                    (*c, *d) = Self::Rbf.at(*d);
                }
            }
            Self::Matern32 => {
                for (c, d) in correlations.iter_mut().zip(d2) {
                    (*c, *d) = Self::Matern32.at(*d);
                }
            }
            Self::Matern52 => {
                for (c, d) in correlations.iter_mut().zip(d2) {
                    (*c, *d) = Self::Matern52.at(*d);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    const ALL: [Shape; 3] = [Shape::Rbf, Shape::Matern32, Shape::Matern52];

    #[test]
    fn correlation_is_one_at_rest_and_falls_to_nothing() {
        for shape in ALL {
            assert_eq!(shape.correlation(0.0), 1.0);
            let values: Vec<f64> = (0..40).map(|i| shape.correlation(f64::from(i) * 0.25)).collect();
            assert!(values.windows(2).all(|w| w[1] < w[0] && w[1] > 0.0), "{shape:?}");
            assert!(shape.correlation(1e4) < 1e-60);
        }
    }

    #[test]
    fn known_values_at_one_length_scale() {
        // By hand: exp(-1/2), (1 + 1.7320508) exp(-1.7320508), (1 + 2.2360680 + 5/3) exp(-2.2360680).
        for (shape, expected) in ALL.into_iter().zip([0.606_530_66, 0.483_357_75, 0.523_994_11]) {
            assert!((shape.correlation(1.0) - expected).abs() < 5e-8, "{shape:?}: {}", shape.correlation(1.0));
        }
    }

    #[test]
    fn slope_is_the_derivative() {
        for shape in ALL {
            for d2 in [0.01, 0.3, 1.0, 4.0, 20.0] {
                let h = 1e-5 * d2;
                let difference = (shape.correlation(d2 + h) - shape.correlation(d2 - h)) / (2.0 * h);
                // A central difference is wrong by h²/6 of the third derivative, here below 1e-9 relative.
                assert!((shape.slope(d2) / difference - 1.0).abs() < 1e-6, "{shape:?} at {d2}");
            }
        }
    }
}

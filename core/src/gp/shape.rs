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
        match self {
            Self::Rbf => (-0.5 * d2).exp(),
            Self::Matern32 => {
                let s = (3.0 * d2).sqrt();
                (1.0 + s) * (-s).exp()
            }
            Self::Matern52 => {
                let s = (5.0 * d2).sqrt();
                (1.0 + s + s * s / 3.0) * (-s).exp()
            }
        }
    }

    /// Derivative of the correlation with respect to the squared distance.
    pub fn slope(self, d2: f64) -> f64 {
        match self {
            Self::Rbf => -0.5 * (-0.5 * d2).exp(),
            Self::Matern32 => -1.5 * (-(3.0 * d2).sqrt()).exp(),
            Self::Matern52 => {
                let s = (5.0 * d2).sqrt();
                -(5.0 / 6.0) * (1.0 + s) * (-s).exp()
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

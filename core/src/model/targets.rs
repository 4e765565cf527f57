//! Targets as a model sees them, and when a model trains.

/// Share of the white part of a covariance that counts as the property's own when nobody knows the noise: the targets cannot tell
/// noise from structure finer than a pixel, and half is the least wrong without knowing (docs/decisions/0003-tiptwin-learner.md).
const OWN_SHARE_OF_WHITE: f64 = 0.5;

/// How much of a white variance beyond the known noise is the property's own.
pub(super) const fn own_share(noise_sigma: Option<f64>) -> f64 {
    if noise_sigma.is_some() { 1.0 } else { OWN_SHARE_OF_WHITE }
}

/// The numbers of measurements up to `n` at which training happens: 4, then each an eighth or at least 2 more than the
/// one before. Gains per measurement fall as 1/n, so the work per measurement may too.
pub(super) fn schedule(n: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(4), |n| Some(n + (n / 8).max(2))).take_while(move |at| *at <= n)
}

/// Whether training happens at this number of measurements.
pub(crate) fn training_is_due(n: usize) -> bool {
    schedule(n).last() == Some(n)
}

/// Standardisation of the targets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl Scale {
    /// Mean and standard deviation of the values. Equal values (or one) have no spread: their size stands in, and for
    /// zeros 1; known noise is a lower limit.
    pub(super) fn of(values: &[f64], noise_sigma: Option<f64>) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let size = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let spread = spread.max(noise_sigma.unwrap_or(0.0));
        let deviation = match () {
            () if spread > 1e-9 * size && spread > 0.0 => spread,
            () if size > 0.0 => size,
            () => 1.0,
        };
        Self { mean, deviation }
    }

    pub(super) fn standardised(&self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }

    pub(super) fn in_units(&self, standardised: f64) -> f64 {
        standardised * self.deviation + self.mean
    }

    /// The known part of the noise, in standardised units.
    pub(super) fn noise_variance(&self, noise_sigma: Option<f64>) -> f64 {
        noise_sigma.map_or(0.0, |s| (s / self.deviation).powi(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_happens_ever_more_rarely() {
        let at: Vec<usize> = schedule(200).collect();
        assert_eq!(at[..5], [4, 6, 8, 10, 12]);
        assert!(at.windows(2).all(|w| w[1] - w[0] >= 2 && w[1] * 8 <= w[0] * 9 + 16) && at.len() < 40);
        assert_eq!(schedule(3).count(), 0);
    }
}

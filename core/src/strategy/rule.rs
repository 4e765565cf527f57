//! How a location is chosen, by name and with its numbers.

use crate::acquisition::Goal;
use crate::acquisition::cost::Sign;

/// A rule for choosing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Largest predicted variance (the published rule).
    MaxVariance,
    /// Largest expected drop of the variance of the whole map, over a sample of candidates and of places.
    IntegratedVariance,
    /// Largest expected improvement over the best predicted mean at a measured place.
    ExpectedImprovement {
        /// Margin, in standard deviations of the measured values.
        xi: f64,
    },
    /// The same by its logarithm, which has no flat places.
    LogExpectedImprovement {
        /// Margin, in standard deviations of the measured values.
        xi: f64,
    },
    /// Largest probability of any improvement beyond the margin.
    ProbabilityOfImprovement {
        /// Margin, in standard deviations of the measured values.
        xi: f64,
    },
    /// Largest believable value.
    UpperConfidenceBound {
        /// Deviations above the mean.
        kappa: f64,
    },
    /// The best place of one draw of the map, over a sample of candidates.
    Thompson,
    /// Farthest from every touched place. The model is not asked.
    FarthestPoint,
    /// Any open candidate, all alike. The model is not asked.
    Random,
    /// A serpentine grid of this many points. The model is not asked.
    Grid {
        /// Planned number of measurements.
        points: usize,
    },
}

/// Margin of the improvements, in standard deviations of the measured values.
pub const DEFAULT_XI: f64 = 0.01;
/// Deviations of the upper confidence bound: its upper end is exceeded with a probability of 2 %.
pub const DEFAULT_KAPPA: f64 = 2.0;

impl Rule {
    /// Every rule that needs no plan, with its default numbers.
    pub const ALL: [Self; 9] = [
        Self::MaxVariance,
        Self::IntegratedVariance,
        Self::ExpectedImprovement { xi: DEFAULT_XI },
        Self::LogExpectedImprovement { xi: DEFAULT_XI },
        Self::ProbabilityOfImprovement { xi: DEFAULT_XI },
        Self::UpperConfidenceBound { kappa: DEFAULT_KAPPA },
        Self::Thompson,
        Self::FarthestPoint,
        Self::Random,
    ];

    /// Name as in a scenario file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MaxVariance => "max-variance",
            Self::IntegratedVariance => "integrated-variance",
            Self::ExpectedImprovement { .. } => "expected-improvement",
            Self::LogExpectedImprovement { .. } => "log-expected-improvement",
            Self::ProbabilityOfImprovement { .. } => "probability-of-improvement",
            Self::UpperConfidenceBound { .. } => "upper-confidence-bound",
            Self::Thompson => "thompson",
            Self::FarthestPoint => "farthest-point",
            Self::Random => "random",
            Self::Grid { .. } => "grid",
        }
    }

    /// The rule of a name, with its default numbers.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name)
    }

    /// The goals that the rule can serve, the one that is meant if none is named first.
    pub const fn goals(self) -> &'static [Goal] {
        match self {
            Self::ExpectedImprovement { .. }
            | Self::LogExpectedImprovement { .. }
            | Self::ProbabilityOfImprovement { .. }
            | Self::UpperConfidenceBound { .. } => &[Goal::Maximise, Goal::Minimise],
            Self::Thompson => &[Goal::Maximise, Goal::Minimise, Goal::Explore],
            Self::MaxVariance | Self::IntegratedVariance | Self::FarthestPoint | Self::Random | Self::Grid { .. } => {
                &[Goal::Explore]
            }
        }
    }

    /// Whether the rule asks how places vary together, which only a Gaussian process knows.
    pub const fn needs_covariances(self) -> bool {
        matches!(self, Self::IntegratedVariance | Self::Thompson)
    }

    /// Whether the rule asks the model at all.
    pub const fn asks_the_model(self) -> bool {
        !matches!(self, Self::FarthestPoint | Self::Random | Self::Grid { .. })
    }

    pub(super) const fn sign(self) -> Sign {
        match self {
            Self::LogExpectedImprovement { .. } => Sign::Logarithm,
            Self::UpperConfidenceBound { .. } | Self::Thompson => Sign::Any,
            _ => Sign::Positive,
        }
    }
}

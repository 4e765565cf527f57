//! The films that a scenario can ask for, and what makes each of them what it is.
//!
//! A claim that "the learner found the junctions" is worth something only if it fails where junctions do not
//! matter; so the presets disagree about grain boundaries on purpose, as the literature does.

use serde::{Deserialize, Serialize};

/// Which relation between structure and transport a film has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Boundaries and junctions block holes in the dark and open under light.
    #[default]
    Seed,
    /// As `seed`, with tip barriers that vary more from grain to grain: structure explains about half.
    Hard,
    /// Boundaries do nothing of their own; grains differ twice as much. Junctions still block.
    BenignGb,
    /// Boundaries and junctions conduct better than grains.
    ConductiveGb,
    /// Transport follows a second, unseen tessellation: no link with the topography. The negative control.
    Random,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 5] = [Self::Seed, Self::Hard, Self::BenignGb, Self::ConductiveGb, Self::Random];

    /// The name in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Hard => "hard",
            Self::BenignGb => "benign_gb",
            Self::ConductiveGb => "conductive_gb",
            Self::Random => "random",
        }
    }

    /// The preset of a name in scenario files.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// Whether transport follows the grains that the topography shows.
    pub(crate) const fn follows_topography(self) -> bool {
        !matches!(self, Self::Random)
    }

    pub(crate) fn law(self) -> ElectronicLaw {
        let seed = ElectronicLaw::default();
        match self {
            Self::Seed | Self::Random => seed,
            Self::Hard => ElectronicLaw {
                tip_by_grain_ev: 0.035,
                tip_by_texture_ev: 0.035,
                boundary_spread_ev: 0.06,
                boundary_range_ev: (0.0, 0.20),
                junction_spread: 0.4,
                spreading_log_spread: 1.2,
                ..seed
            },
            Self::BenignGb => ElectronicLaw {
                boundary_ev: 0.0,
                boundary_spread_ev: 0.0,
                tip_at_boundary_ev: 0.0,
                activation_at_boundary_ev: 0.0,
                tip_by_grain_ev: 2.0 * seed.tip_by_grain_ev,
                back_by_grain_ev: 2.0 * seed.back_by_grain_ev,
                activation_by_grain_ev: 2.0 * seed.activation_by_grain_ev,
                ..seed
            },
            Self::ConductiveGb => ElectronicLaw {
                boundary_ev: -0.03,
                boundary_spread_ev: 0.0,
                boundary_range_ev: (-0.03, 0.0),
                junction_ev: 0.0,
                ..seed
            },
        }
    }
}

/// Coefficients that turn the structure around a location into its [`crate::transport::Site`] (energies in eV).
///
/// Every "by grain" or "by texture" number multiplies a field of zero mean and unit variance; every "at boundary" or "at
/// junction" number multiplies a nearness that is 1 on the line or point and 0 far away. The numbers are choices, tuned so
/// that digitised curves of halide-perovskite films are met in the grain and light opens the junctions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ElectronicLaw {
    pub(crate) boundary_ev: f64,
    pub(crate) boundary_spread_ev: f64,
    pub(crate) boundary_range_ev: (f64, f64),
    pub(crate) junction_ev: f64,
    pub(crate) junction_spread: f64,
    pub(crate) tip_by_grain_ev: f64,
    pub(crate) tip_by_texture_ev: f64,
    pub(crate) tip_at_boundary_ev: f64,
    pub(crate) back_by_grain_ev: f64,
    pub(crate) activation_by_grain_ev: f64,
    pub(crate) activation_by_texture_ev: f64,
    pub(crate) activation_at_boundary_ev: f64,
    pub(crate) activation_at_junction_ev: f64,
    pub(crate) spreading_log_spread: f64,
}

impl Default for ElectronicLaw {
    fn default() -> Self {
        Self {
            boundary_ev: 0.06,
            boundary_spread_ev: 0.03,
            boundary_range_ev: (0.0, 0.14),
            junction_ev: 0.20,
            junction_spread: 0.15,
            tip_by_grain_ev: 0.020,
            tip_by_texture_ev: 0.015,
            tip_at_boundary_ev: 0.025,
            back_by_grain_ev: 0.01,
            activation_by_grain_ev: 0.010,
            activation_by_texture_ev: 0.006,
            activation_at_boundary_ev: -0.055,
            activation_at_junction_ev: -0.015,
            spreading_log_spread: 0.35,
        }
    }
}

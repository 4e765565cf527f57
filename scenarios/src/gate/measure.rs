//! What a gate looks at: the error of the last map, whether its uncertainty has the right size, and whether it is in the right place.
//!
//! The likelihood (NLPD) would say the last two at once, but it has no upper end: one film on which a map is far too sure of itself
//! outweighs all others, and no number of films makes its mean a threshold.

use crate::compare::Outcome;
use serde::{Deserialize, Serialize};

/// A number of the last map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Coefficient of determination.
    R2,
    /// Distance of the share of the truth inside ±1σ from what a normal has, erf(1/√2).
    CoverageError,
    /// Rank correlation of the deviation with the error.
    UncertaintyRank,
}

/// Share of a normal within one deviation, erf(1/√2).
const WITHIN_ONE: f64 = 0.682_689_492_137_086;

impl Measure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::R2, Self::CoverageError, Self::UncertaintyRank];

    /// Its name in a file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::R2 => "r2",
            Self::CoverageError => "coverage_error",
            Self::UncertaintyRank => "uncertainty_rank",
        }
    }

    /// Loss that does not matter, unless somebody says another.
    pub const fn default_margin(self) -> f64 {
        match self {
            Self::R2 => 0.1,
            Self::CoverageError => 0.05,
            Self::UncertaintyRank => 0.15,
        }
    }

    /// Its value for the last map of an exploration; not a number without one.
    pub fn of(self, outcome: &Outcome) -> f64 {
        let last = outcome.played.scores.last();
        match self {
            Self::R2 => last.map_or(f64::NAN, |s| s.r2),
            Self::CoverageError => last.map_or(f64::NAN, |s| (s.coverage_1sigma - WITHIN_ONE).abs()),
            Self::UncertaintyRank => outcome.played.uncertainty_rank,
        }
    }

    /// By how much `new` is better than `old`.
    pub fn gain(self, new: f64, old: f64) -> f64 {
        match self {
            Self::R2 | Self::UncertaintyRank => new - old,
            Self::CoverageError => old - new,
        }
    }
}

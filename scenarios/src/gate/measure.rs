//! What a gate looks at: the last map's error, its likelihood, and whether its uncertainty is right.

use serde::{Deserialize, Serialize};
use tiptwin_instrument::log::Scores;

/// A number of the last map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Coefficient of determination.
    R2,
    /// Negative log predictive density.
    Nlpd,
    /// Distance of the share of the truth inside ±1σ from what a normal has, erf(1/√2).
    CoverageError,
}

/// Share of a normal within one deviation, erf(1/√2).
const WITHIN_ONE: f64 = 0.682_689_492_137_086;

impl Measure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::R2, Self::Nlpd, Self::CoverageError];

    /// Its name in a file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::R2 => "r2",
            Self::Nlpd => "nlpd",
            Self::CoverageError => "coverage_error",
        }
    }

    /// Loss that does not matter, unless somebody says another.
    pub const fn default_margin(self) -> f64 {
        match self {
            Self::R2 | Self::CoverageError => 0.05,
            Self::Nlpd => 0.1,
        }
    }

    /// Its value for a map.
    pub fn of(self, scores: &Scores) -> f64 {
        match self {
            Self::R2 => scores.r2,
            Self::Nlpd => scores.nlpd,
            Self::CoverageError => (scores.coverage_1sigma - WITHIN_ONE).abs(),
        }
    }

    /// By how much `new` is better than `old`.
    pub fn gain(self, new: f64, old: f64) -> f64 {
        match self {
            Self::R2 => new - old,
            Self::Nlpd | Self::CoverageError => old - new,
        }
    }
}

//! What the report needs beyond journal and maps.

use super::examples::Example;
use super::summary::{Enrichment, Timing};
use serde::{Deserialize, Serialize};
use tiptwin_instrument::log::Scores;

/// The content of `extras.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Extras {
    pub(super) enrichment: Option<Enrichment>,
    pub(super) random_scores: Vec<Scores>,
    pub(super) examples: Vec<Example>,
    pub(super) warnings: Vec<String>,
    pub(super) timing_s: Option<Timing>,
    /// Whether scores are against recorded values, for want of a noise-free truth.
    pub(super) truth_is_recorded: bool,
}

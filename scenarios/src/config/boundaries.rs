//! The table `[explore.boundaries]`: measurements on grain boundaries alone, as a detector finds them in the structure image.

use super::reader::Reader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tiptwin_core::boundaries::Ensemble;
use tiptwin_core::session::OnBoundaries;

/// Which locations count as boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundaries {
    /// Probability from which a member of the ensemble counts as having found one.
    pub threshold: f64,
    /// Share of the members that must have.
    pub votes: f64,
    /// How far beside the thinned lines a location may lie, pixels.
    pub dilation_px: usize,
    /// File of the ensemble; `None`: the one that ships with the program.
    pub model: Option<PathBuf>,
}

impl Boundaries {
    /// For a session, with the ensemble that looks.
    pub(crate) fn with(&self, ensemble: Ensemble) -> OnBoundaries {
        let Self { threshold, votes, dilation_px, .. } = *self;
        OnBoundaries { ensemble: Arc::new(ensemble), threshold, votes, dilation_px }
    }
}

/// Reads the table, if there is one.
pub(super) fn read_boundaries(r: &Reader<'_>, strategy: &str, folder: &Path) -> Option<Boundaries> {
    let read = r.table("boundaries", |r| Boundaries {
        threshold: r.number("threshold", 0.01..=0.99, "").unwrap_or(0.5),
        votes: r.number("votes", 0.01..=1.0, "of the members").unwrap_or(0.5),
        dilation_px: r.count("dilation_px", 0..=50).unwrap_or(0) as usize,
        model: r.text("model").map(|file| folder.join(file)),
    });
    if read.is_some() && strategy == "points" {
        r.complain("boundaries", "has no effect on chosen points", "another strategy".to_owned());
        return None;
    }
    read
}

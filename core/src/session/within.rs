//! Exploration on grain boundaries alone: which locations a detector leaves open.

use super::SessionError;
use crate::boundaries::{Detection, Ensemble, thin};
use crate::candidates::Candidates;
use ndarray::Array2;
use std::sync::Arc;

/// Only locations on boundaries that an ensemble finds in the structure image.
#[derive(Clone, Debug)]
pub struct OnBoundaries {
    /// Who looks.
    pub ensemble: Arc<Ensemble>,
    /// Probability from which a member of the ensemble counts as having found a boundary.
    pub threshold: f64,
    /// Share of the members that must have found one, above 0, at most 1.
    pub votes: f64,
    /// How far beside the thinned lines a location may lie, pixels.
    pub dilation_px: usize,
}

impl OnBoundaries {
    /// Lines of one pixel where enough members found a boundary, of the shape of the image.
    pub fn lines(&self, found: &Detection) -> Array2<bool> {
        // A share that was written with a few digits should not miss a member.
        thin::thinned(&found.votes(self.threshold).mapv(|share| share >= self.votes - 1e-6))
    }

    /// Pixels that may be measured: those within reach of the lines.
    pub fn mask(&self, lines: &Array2<bool>) -> Array2<bool> {
        thin::dilated(lines, self.dilation_px * self.dilation_px)
    }

    /// Which candidates may be measured.
    pub(super) fn open(
        &self,
        image: &Array2<f64>,
        candidates: &Candidates,
        steps: usize,
    ) -> Result<Vec<bool>, SessionError> {
        let mask = self.mask(&self.lines(&self.ensemble.detect(image)?));
        let open: Vec<bool> =
            (0..candidates.len()).map(|i| candidates.pixel(i)).map(|p| mask[[p.row, p.col]]).collect();
        let count = open.iter().filter(|o| **o).count();
        if count < steps { Err(SessionError::FewBoundaries { steps, open: count }) } else { Ok(open) }
    }
}

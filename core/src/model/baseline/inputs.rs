//! What a textbook Gaussian process looks at, and with which kernel.

use crate::Candidates;
use crate::features::{self, COMPONENTS, components, level};
use ndarray::{Array2, Axis, concatenate, s};
use std::ops::Range;

/// One term of the kernel: the columns it looks at, and where its length-scales start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TermStart {
    pub(super) columns: Range<usize>,
    /// One length-scale for each column, or one for all.
    pub(super) each: bool,
    pub(super) length_scale: f64,
    pub(super) output_scale: f64,
}

/// What the process looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inputs {
    Coordinates,
    Patches,
    Filters,
}

/// Candidates whose patches the principal components are taken from, evenly spaced: enough for 8 of them, and bounded on any image.
const PATCHES: usize = 20_000;

impl Inputs {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Coordinates => "gp-coordinates",
            Self::Patches => "gp-patches",
            Self::Filters => "gp-filters",
        }
    }

    /// Inputs of all candidates.
    pub(super) fn of(self, candidates: &Candidates) -> Array2<f64> {
        match self {
            Self::Coordinates => features::coordinates_px(candidates),
            Self::Patches => patches(candidates),
            Self::Filters => {
                let structure = features::structure_features(candidates);
                concatenate(Axis(1), &[structure.view(), features::coordinates_px(candidates).view()])
                    .expect("one row per candidate in both")
            }
        }
    }

    /// The kernel before training. Components are whitened, so that √(2P) is the typical distance of two candidates; coordinates count
    /// in pixels, and 5 of them are a few tip widths.
    pub(super) fn terms(self) -> Vec<TermStart> {
        let structure = TermStart {
            columns: 0..COMPONENTS,
            each: true,
            length_scale: (2.0 * COMPONENTS as f64).sqrt(),
            output_scale: 0.7,
        };
        let neighbourhood = |start| TermStart {
            columns: start..start + 2,
            each: false,
            length_scale: if start == 0 { 10.0 } else { 5.0 },
            output_scale: if start == 0 { 0.7 } else { 0.3 },
        };
        match self {
            Self::Coordinates => vec![neighbourhood(0)],
            Self::Patches => vec![structure],
            Self::Filters => vec![structure, neighbourhood(COMPONENTS)],
        }
    }
}

/// Whitened principal components of the windows of the levelled image.
fn patches(candidates: &Candidates) -> Array2<f64> {
    let image = level::levelled(candidates.structure());
    let (n, window) = (candidates.len(), candidates.window());
    let half = window / 2;
    let rows = |indices: &[usize]| {
        let mut rows = Array2::zeros((indices.len(), window * window));
        for (mut row, i) in rows.rows_mut().into_iter().zip(indices) {
            let at = candidates.pixel(*i);
            let (top, left) = (at.row - half, at.col - half);
            row.iter_mut().zip(image.slice(s![top..top + window, left..left + window])).for_each(|(to, v)| *to = *v);
        }
        rows
    };
    let step = n.div_ceil(PATCHES);
    let sample: Vec<usize> = (0..n).step_by(step).collect();
    let basis = components::Basis::of(&rows(&sample), COMPONENTS);
    let mut out = Array2::zeros((n, COMPONENTS));
    let all: Vec<usize> = (0..n).collect();
    for (indices, mut to) in all.chunks(1024).zip(out.axis_chunks_iter_mut(Axis(0), 1024)) {
        to.assign(&basis.project(&rows(indices)));
    }
    out
}

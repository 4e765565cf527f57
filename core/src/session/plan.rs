//! What a session is to do.

use super::SessionError;
use super::target::Target;
use super::within::OnBoundaries;
use crate::candidates::CandidatesError;
use crate::levelling::Correction;
use tiptwin_instrument::{MasterSeed, Pixel, ScanGrid, Stream, Suns, Volts, Waveform};

/// Where the first measurement is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Any candidate, from the session's seed.
    Random,
    /// A location that the operator names, as in the published experiment.
    At(Pixel),
}

/// An image that is taken besides the structure image.
#[derive(Clone, Debug, PartialEq)]
pub enum Further {
    /// A further structure channel, shown to the learner.
    Channel(String),
    /// The current at a static bias, in the light of the measurements.
    Current {
        /// The bias.
        bias: Volts,
        /// Whether the learner is shown it.
        learn: bool,
    },
}

/// What a session is to do.
#[derive(Debug)]
pub struct Plan {
    /// Structure scan.
    pub grid: ScanGrid,
    /// What is done to the structure image before anything is learnt from it, in this order.
    pub corrections: Vec<Correction>,
    /// Images besides the structure image, in this order.
    pub further: Vec<Further>,
    /// Window edge in pixels.
    pub window_px: usize,
    /// Where locations are restricted to; `None`: every candidate.
    pub within: Option<OnBoundaries>,
    /// Number of locations to touch.
    pub steps: usize,
    /// What is learnt.
    pub target: Target,
    /// Light during the measurements; the scan is made in the dark.
    pub light: Suns,
    /// Bias programme, for descriptor targets.
    pub waveform: Waveform,
    /// First location.
    pub first: First,
    /// Where random numbers come from.
    pub seed: MasterSeed,
    /// Which stream the strategy draws from: a baseline beside a run uses its own.
    pub stream: Stream,
}

impl Plan {
    /// Checks what window, grid, steps and first location say about each other.
    pub fn check(&self) -> Result<(), SessionError> {
        let (rows, cols, window) = (self.grid.rows, self.grid.cols, self.window_px);
        if window == 0 || window > rows.min(cols) {
            return Err(CandidatesError::Window { window, rows, cols }.into());
        }
        let (candidate_rows, candidate_cols) = (rows - window + 1, cols - window + 1);
        let candidates = candidate_rows * candidate_cols;
        if self.steps == 0 || self.steps > candidates {
            return Err(SessionError::Steps { steps: self.steps, candidates });
        }
        let low = Pixel { row: window / 2, col: window / 2 };
        let high = Pixel { row: low.row + candidate_rows - 1, col: low.col + candidate_cols - 1 };
        let mut names = self.target.names();
        let count = names.len();
        names.sort_unstable();
        let twice = names.windows(2).find(|w| w[0] == w[1]).map(|w| w[0].clone());
        if count == 0 || twice.is_some() {
            return Err(SessionError::Properties { twice });
        }
        match self.first {
            First::At(at) if at.row < low.row || at.col < low.col || at.row > high.row || at.col > high.col => {
                Err(SessionError::First { at, low, high })
            }
            _ => Ok(()),
        }
    }
}

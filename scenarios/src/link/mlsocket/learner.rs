//! The learner behind the socket: which location the next number belongs to.

use super::journal::{Journal, Line};
use crate::link::decisions::{Held, open};
use crate::run::RunError;
use ndarray::Array2;
use sha2::{Digest, Sha256};
use std::path::Path;
use tiptwin_core::net::ComputeDevice;
use tiptwin_drivers::link::wire::decision as wire;
use tiptwin_instrument::Pixel;
use tonic::Status;
use wire::measurement::{Outcome, Place};

/// The image has no scale, so a pixel counts as one nanometre. Only the ratio of its sides could matter to a choice.
const PIXEL_M: f64 = 1e-9;

/// What is learnt from, and how locations are chosen.
#[derive(Debug)]
pub struct Task {
    /// Structure image, (H, W).
    pub image: Array2<f64>,
    /// Table `[explore]` of a scenario.
    pub scenario: String,
    /// Locations to measure, as in that table.
    pub steps: usize,
    /// Seed of the choices.
    pub seed: u64,
}

/// A session that belongs to one file, and to whichever client comes.
#[derive(Debug)]
pub struct Learner {
    held: Held,
    journal: Journal,
    steps: usize,
    /// What was told, not finite where a location was closed.
    values: Vec<f64>,
    /// Whether the client has the location of the next measurement. Both sides have the first one from their operator.
    received: bool,
}

/// What came of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Taken {
    /// It was learnt from.
    Learnt,
    /// It is not finite: its location is closed.
    Closed,
    /// The client never said that it has the location, so the number may belong to the one before: the location is to be sent again.
    Unplaced,
}

impl Learner {
    /// Starts a learner, or goes on with what its file says: all choices are made again.
    pub fn open(task: Task, file: &Path, device: ComputeDevice) -> Result<Self, RunError> {
        let Task { image, scenario, steps, seed } = task;
        let (rows, cols) = image.dim();
        let values: Vec<f64> = image.iter().copied().collect();
        let mut hash = Sha256::new();
        for value in &values {
            hash.update(value.to_le_bytes());
        }
        let image_sha256 = format!("{:x}", hash.finalize());
        let grid = wire::Grid {
            origin_x_m: 0.0,
            origin_y_m: 0.0,
            width_m: PIXEL_M * cols as f64,
            height_m: PIXEL_M * rows as f64,
            rows: rows as u32,
            cols: cols as u32,
        };
        let request = wire::OpenRequest {
            grid: Some(grid),
            images: vec![wire::Image { channel: "structure".into(), unit: String::new(), values }],
            kind: wire::Kind::Scalar.into(),
            scenario: scenario.clone(),
            seed,
            ..Default::default()
        };
        let (held, _) = open(request, device).map_err(|e| failed(&e))?;
        let start = Line::Start { version: 1, image_sha256, rows, cols, scenario, seed };
        let (journal, lines) = Journal::open(file, &start)?;
        let mut learner = Self { held, journal, steps, values: Vec::new(), received: true };
        for line in lines {
            match line {
                Line::Told { row, col, value, .. } => {
                    // A strategy may depend on having been asked.
                    learner.expected()?;
                    learner.learn(Pixel { row, col }, value.unwrap_or(f64::NAN))?;
                }
                Line::Received { number } => learner.received = number == learner.values.len(),
                Line::Unplaced { .. } | Line::Start { .. } => {}
            }
        }
        Ok(learner)
    }

    /// Where the next number belongs to; `None` when all is measured. Asking again gives the same location.
    pub fn expected(&mut self) -> Result<Option<Pixel>, RunError> {
        if self.values.len() == self.steps {
            return Ok(None);
        }
        let reply = self.held.ask(1).map_err(|e| failed(&e))?;
        let pixel = reply.points.first().and_then(|p| p.pixel);
        Ok(pixel.map(|p| Pixel { row: p.row as usize, col: p.col as usize }))
    }

    /// Takes in a number for the next location. It is on disk on return.
    pub(super) fn take(&mut self, value: f64) -> Result<Taken, RunError> {
        let kept = Some(value).filter(|v| v.is_finite());
        let Some(at) = self.expected()?.filter(|_| self.received) else {
            self.journal.write(&Line::Unplaced { value: kept })?;
            return Ok(Taken::Unplaced);
        };
        let line = Line::Told { number: self.values.len(), row: at.row, col: at.col, value: kept };
        self.journal.write(&line)?;
        self.learn(at, value)?;
        Ok(if kept.is_some() { Taken::Learnt } else { Taken::Closed })
    }

    /// The client has the next location.
    pub(super) fn received(&mut self) -> Result<(), RunError> {
        self.journal.write(&Line::Received { number: self.values.len() })?;
        self.received = true;
        Ok(())
    }

    /// Measurements so far, and how many are planned.
    pub const fn progress(&self) -> (usize, usize) {
        (self.values.len(), self.steps)
    }

    /// Whether the numbers look like those of the published client, which scales each by the range of the ones before it.
    pub(super) fn looks_rescaled(&self) -> bool {
        self.values.first() == Some(&0.5)
            && self.values.len() > 1
            && self.values.iter().all(|v| (0.0..=1.0).contains(v))
    }

    fn learn(&mut self, at: Pixel, value: f64) -> Result<(), RunError> {
        let outcome = if value.is_finite() {
            Outcome::Scalar(value)
        } else {
            Outcome::Failed("the number that came is not finite".into())
        };
        let measurement = wire::Measurement {
            number: self.values.len() as u64,
            place: Some(Place::Pixel(wire::Pixel { row: at.row as u32, col: at.col as u32 })),
            outcome: Some(outcome),
        };
        self.held.tell(vec![measurement]).map_err(|e| failed(&e))?;
        self.values.push(value);
        self.received = false;
        Ok(())
    }
}

fn failed(status: &Status) -> RunError {
    RunError::Input(status.message().to_owned())
}

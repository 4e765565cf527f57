//! One session: told, asked, shown.

use super::open::invalid;
use prost::Message;
use sha2::{Digest, Sha256};
use tiptwin_core::session::{Session, SessionError, Told, component_of};
use tiptwin_core::strategy::Choice;
use tiptwin_drivers::link::wire::decision as wire;
use tiptwin_instrument::{IvCurve, Outcome, Pixel, Position, Seconds};
use tonic::Status;
use wire::measurement::{Outcome as Sent, Place};

/// Samples of all curves of a session that learns whole curves, which it keeps.
const SAMPLES_MAX: usize = 16 << 20;

/// One session.
pub(in crate::link) struct Held {
    session: Session,
    is_scalar: bool,
    batch: usize,
    /// Chosen and not told yet, with what was expected there.
    asked: Vec<(Choice, Option<f64>)>,
    /// What each number was told with, and what was made of it.
    told: Vec<([u8; 32], wire::Told)>,
    /// Samples of all curves that the session keeps.
    samples: usize,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("session", &self.session).field("told", &self.told.len()).finish_non_exhaustive()
    }
}

/// A measurement that can be taken in.
struct Checked {
    index: usize,
    hash: [u8; 32],
    outcome: Result<Outcome, String>,
}

impl Held {
    pub(super) const fn new(session: Session, is_scalar: bool, batch: usize) -> Self {
        Self { session, is_scalar, batch, asked: Vec::new(), told: Vec::new(), samples: 0 }
    }

    /// Takes in measurements: all, or with an error none.
    pub(in crate::link) fn tell(&mut self, measurements: Vec<wire::Measurement>) -> Result<wire::TellReply, Status> {
        let numbers: Vec<u64> = measurements.iter().map(|m| m.number).collect();
        let mut new: Vec<Checked> = Vec::new();
        for measurement in measurements {
            let number = measurement.number;
            let hash: [u8; 32] = Sha256::digest(measurement.encode_to_vec()).into();
            let next = (self.told.len() + new.len()) as u64;
            let before = usize::try_from(number).ok().and_then(|n| {
                self.told
                    .get(n)
                    .map(|(hash, _)| *hash)
                    .or_else(|| new.get(n.checked_sub(self.told.len())?).map(|c| c.hash))
            });
            match before {
                Some(before) if before == hash => {}
                Some(_) => {
                    let message =
                        format!("number {number} was told before with other content; the next number is {next}");
                    return Err(Status::already_exists(message));
                }
                None if number != next => {
                    return Err(invalid(format!("measurement has number {number}; accepted: {next}, the next one")));
                }
                None => new.push(self.check(measurement, hash, &new)?),
            }
        }
        let steps = self.session.plan().steps;
        if self.told.len() + new.len() > steps {
            return Err(Status::failed_precondition(format!(
                "the session ends after {steps} measurements (explore.steps)"
            )));
        }
        let samples: usize = new.iter().map(Checked::samples).sum();
        let keeps_curves = self.session.targets().any(|name| component_of(name).is_some());
        if keeps_curves && self.samples + samples > SAMPLES_MAX {
            let message =
                format!("a session that learns components keeps its curves; accepted: {SAMPLES_MAX} samples in all");
            return Err(Status::resource_exhausted(message));
        }
        self.samples += samples;
        for checked in new {
            self.take(checked)?;
        }
        let told = numbers.iter().map(|&n| self.told[n as usize].1.clone()).collect();
        Ok(wire::TellReply { told, touched: self.told.len() as u64 })
    }

    /// The next locations: first those that were asked for and not told yet.
    pub(in crate::link) fn ask(&mut self, count: u32) -> Result<wire::AskReply, Status> {
        let count = if count == 0 { self.batch } else { count as usize };
        if count > self.batch {
            let batch = self.batch;
            return Err(invalid(format!(
                "count is {count}; accepted: 1 to {batch} (explore.batch), or 0 for all of them"
            )));
        }
        while self.asked.len() < count {
            let under_way: Vec<usize> = self.asked.iter().map(|(choice, _)| choice.index).collect();
            match self.session.choose_beside(&under_way) {
                Ok(Some(choice)) => self.asked.push((choice, self.session.merit(choice.index))),
                Ok(None) => break,
                Err(e) => return Err(status(&e)),
            }
        }
        let points = self.asked.iter().take(count).filter_map(|(choice, merit)| self.point(*choice, *merit)).collect();
        Ok(wire::AskReply { points, touched: self.told.len() as u64, steps: self.session.plan().steps as u64 })
    }

    /// What is believed of one of the targets.
    pub(super) fn map(&mut self, target: u32) -> Result<wire::MapReply, Status> {
        let targets = self.session.targets().count();
        let number = target as usize;
        if number >= targets {
            return Err(invalid(format!("target is {target}; accepted: 0 to {}", targets - 1)));
        }
        let believed = self.session.predict_target(number).map_err(|e| status(&e))?;
        let measured = self.session.measured_of(number).len() as u64;
        let Some(candidates) = self.session.candidates() else { return Err(Status::internal("there is no image")) };
        let first = candidates.pixel(0);
        let (mean, sigma) = believed.map_or_else(Default::default, |p| (p.mean, p.sigma));
        Ok(wire::MapReply {
            first: Some(wire::Pixel { row: first.row as u32, col: first.col as u32 }),
            rows: candidates.rows() as u32,
            cols: candidates.cols() as u32,
            mean,
            sigma,
            measured,
        })
    }

    fn point(&self, choice: Choice, acquisition: Option<f64>) -> Option<wire::Point> {
        let pixel = self.session.candidates()?.pixel(choice.index);
        let Position { x, y } = self.session.plan().grid.position(pixel);
        Some(wire::Point {
            pixel: Some(wire::Pixel { row: pixel.row as u32, col: pixel.col as u32 }),
            position: Some(wire::Position { x_m: x.0, y_m: y.0 }),
            mean: choice.mean,
            sigma: choice.sigma,
            acquisition,
        })
    }

    fn check(&self, measurement: wire::Measurement, hash: [u8; 32], earlier: &[Checked]) -> Result<Checked, Status> {
        let number = measurement.number;
        let index = self.place(number, measurement.place)?;
        if !self.session.open()[index] || earlier.iter().any(|c| c.index == index) {
            return Err(Status::failed_precondition(format!(
                "measurement {number} is at a location that was told before"
            )));
        }
        let outcome = match (measurement.outcome, self.is_scalar) {
            (Some(Sent::Scalar(value)), true) if value.is_finite() => Ok(Outcome::Scalar(value)),
            (Some(Sent::Scalar(value)), true) => {
                return Err(invalid(format!(
                    "measurement {number} is {value}; accepted: a finite number, or failed with a reason"
                )));
            }
            (Some(Sent::Curve(curve)), false) => Ok(Outcome::Curve(sound(number, curve)?)),
            (Some(Sent::Failed(reason)), _) => Err(reason.chars().take(1000).collect()),
            (None, _) => return Err(invalid(format!("measurement {number} has no outcome"))),
            (Some(_), is_scalar) => {
                let kind = if is_scalar { "a number (KIND_SCALAR)" } else { "a curve (KIND_CURVE)" };
                return Err(invalid(format!(
                    "measurement {number} is of another kind than its session; accepted: {kind}, or failed"
                )));
            }
        };
        Ok(Checked { index, hash, outcome })
    }

    /// The candidate at a place.
    fn place(&self, number: u64, place: Option<Place>) -> Result<usize, Status> {
        let grid = &self.session.plan().grid;
        let pixel = match place {
            Some(Place::Pixel(pixel)) => Pixel { row: pixel.row as usize, col: pixel.col as usize },
            Some(Place::Position(at)) => grid.pixel_at(Position::new(at.x_m, at.y_m)).ok_or_else(|| {
                invalid(format!("measurement {number} is at ({}, {}) m, outside of the scan", at.x_m, at.y_m))
            })?,
            None => return Err(invalid(format!("measurement {number} has no place; accepted: pixel or position"))),
        };
        let candidates = self.session.candidates().ok_or_else(|| Status::internal("there is no image"))?;
        candidates.index(pixel).ok_or_else(|| {
            let (low, high) = (candidates.pixel(0), candidates.pixel(candidates.len() - 1));
            invalid(format!(
                "measurement {number} is at row {}, column {}, which has no complete window of {} pixels; accepted: rows {} to {}, columns {} to {}",
                pixel.row, pixel.col, candidates.window(), low.row, high.row, low.col, high.col
            ))
        })
    }

    fn take(&mut self, checked: Checked) -> Result<(), Status> {
        let Checked { index, hash, outcome } = checked;
        self.asked.retain(|(choice, _)| choice.index != index);
        let number = self.told.len() as u64;
        let told = match outcome {
            Ok(outcome) => self.session.tell_at(index, &outcome),
            Err(reason) => self.session.reject_at(index, reason),
        };
        let told = match told.map_err(|e| status(&e))? {
            Told::Measured { value, censored, .. } => {
                wire::Told { number, value: Some(value), censored, reason: String::new() }
            }
            Told::Rejected { reason, .. } => wire::Told { number, value: None, censored: false, reason },
            Told::Prepared | Told::Part => return Err(Status::internal("the session asked for more than one curve")),
        };
        // Somebody who measures elsewhere uses up steps, and what is left may be less than what was asked for.
        self.asked.truncate(self.session.plan().steps - self.session.touched());
        self.told.push((hash, told));
        Ok(())
    }
}

impl Checked {
    fn samples(&self) -> usize {
        if let Ok(Outcome::Curve(curve)) = &self.outcome { curve.current_a.len() } else { 0 }
    }
}

fn sound(number: u64, curve: wire::Curve) -> Result<IvCurve, Status> {
    let (bias, current) = (curve.bias_v.len(), curve.current_a.len());
    if bias != current || bias < 2 {
        return Err(invalid(format!(
            "the curve of measurement {number} has {bias} voltages and {current} currents; accepted: equally many, 2 or more"
        )));
    }
    for (name, values) in [("bias_v", &curve.bias_v), ("current_a", &curve.current_a)] {
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Err(invalid(format!(
                "{name}[{at}] of measurement {number} is {}; accepted: finite numbers",
                values[at]
            )));
        }
    }
    let interval = curve.sample_interval_s;
    if !(interval.is_finite() && interval > 0.0) {
        return Err(invalid(format!("sample_interval_s of measurement {number} is {interval}; accepted: above 0")));
    }
    let sample_interval = Seconds(interval);
    Ok(IvCurve { bias_v: curve.bias_v, current_a: curve.current_a, sample_interval, saturated: false })
}

fn status(error: &SessionError) -> Status {
    match error {
        SessionError::Model { .. } => Status::internal(error.to_string()),
        _ => Status::failed_precondition(error.to_string()),
    }
}

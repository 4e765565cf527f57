//! The run log: one event per line, numbered and checksummed.
//!
//! A run tells its story as documents in the manner of bluesky's event model: one start, then what was
//! scanned, decided, intended, measured and scored, then one stop. A line is
//! `{"seq":3,"crc32":123,"event":{…}}`; the checksum covers the exact bytes of the event. A reader forgives a torn
//! last line (power went while writing) and refuses a hole.

use crate::action::Action;
use crate::geometry::{Pixel, Position, ScanGrid};
use crate::instrument::Description;
use crate::units::Seconds;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Version of this schema.
pub const SCHEMA: u32 = 1;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A run begins.
    Start(Box<Start>),
    /// The sample is about to be scanned. Written and synced before the tip moves.
    Intent {
        /// What is asked of the instrument.
        action: Action,
    },
    /// A structure image was taken and stored.
    Scan {
        /// Channel name.
        channel: String,
        /// SI unit of the channel.
        unit: String,
        /// Pixels.
        grid: ScanGrid,
        /// Instrument clock at the end of the scan.
        #[serde(rename = "instrument_time_s")]
        instrument_time: Seconds,
        /// Wall-clock time the scan took.
        #[serde(rename = "wall_time_s")]
        wall_time: Seconds,
    },
    /// A location was chosen and is about to be touched. Written and synced before the tip moves.
    Decision(Decision),
    /// A location was measured.
    Measurement(Measurement),
    /// A measurement was made and could not be used; the location will not be chosen again.
    Rejected {
        /// Number of the decision that led here.
        index: usize,
        /// Where.
        pixel: Pixel,
        /// Why it could not be used.
        reason: String,
        /// What the further targets say of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        further: Vec<Reading>,
        /// Row of the first of its curves in the curve array, if it has curves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        curve: Option<usize>,
    },
    /// The prediction map was scored against a known truth.
    Scores(Scores),
    /// The prediction map of a further target was scored.
    FurtherScores {
        /// Its name.
        target: String,
        /// The scores.
        scores: Scores,
    },
    /// The run ended, for now.
    Stop {
        /// How.
        outcome: StopOutcome,
        /// What a person should know about it; empty when completed.
        message: String,
        /// Whether the instrument said that it is safe; not known in runs of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_safe: Option<bool>,
    },
    /// The run goes on after it was stopped or cut off.
    Resumed {
        /// Version of tiptwin that goes on.
        version: String,
        /// Number of the decision whose outcome nobody knows, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unknown: Option<usize>,
        /// Whether what has an unknown outcome is done again.
        repeats_unknown: bool,
    },
}

/// The head of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Schema version, [`SCHEMA`].
    pub schema: u32,
    /// Version of tiptwin that wrote the run.
    pub version: String,
    /// Name of the scenario.
    pub run: String,
    /// Master seed of the run.
    pub seed: u64,
    /// Strategy name.
    pub strategy: String,
    /// Acquisition name.
    pub acquisition: String,
    /// Target property.
    pub target: String,
    /// Unit of the target; empty for arbitrary units.
    pub target_unit: String,
    /// The target in words; empty in runs of earlier versions.
    #[serde(default)]
    pub target_title: String,
    /// What else is learnt; the target above steers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_targets: Vec<FurtherTarget>,
    /// Light of each curve of a location, in their order; empty: one, in the light below.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve_light_suns: Vec<f64>,
    /// Planned number of measurements.
    pub steps: usize,
    /// Window edge in pixels.
    pub window_px: usize,
    /// What was done to the structure image before anything was learnt from it, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<String>,
    /// Light during the measurements, in suns.
    pub light_suns: f64,
    /// The instrument.
    pub instrument: Description,
}

/// A property that is learnt beside the one that steers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FurtherTarget {
    /// Name.
    pub target: String,
    /// In words for headings and axes.
    pub title: String,
    /// SI unit; empty for pure numbers and arbitrary units.
    pub unit: String,
}

/// What a further target says of a location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Its name.
    pub target: String,
    /// Its value in its unit; none where the curves do not have the property.
    pub value: Option<f64>,
    /// Whether the value is only a bound.
    pub censored: bool,
    /// Why there is no value; empty where there is one.
    pub reason: String,
}

/// Why a location was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Number of the decision, from 0.
    pub index: usize,
    /// Where.
    pub pixel: Pixel,
    /// Where, in sample coordinates.
    pub position: Position,
    /// Predicted mean there, if a model was asked.
    pub mean: Option<f64>,
    /// Predicted standard deviation there.
    pub sigma: Option<f64>,
    /// Wall-clock time that deciding took.
    #[serde(rename = "decide_s")]
    pub decide: Seconds,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Number of the decision that led here.
    pub index: usize,
    /// Where.
    pub pixel: Pixel,
    /// Where the tip was read back to be.
    pub position: Position,
    /// Target value in the target's unit.
    pub value: f64,
    /// Whether the value is only a bound (turn-on above the sweep, current beyond the amplifier).
    pub censored: bool,
    /// Every descriptor of the curve, by name; empty where the instrument returns a number.
    pub descriptors: BTreeMap<String, f64>,
    /// What the further targets say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Reading>,
    /// Row of this measurement in the curve array, if there is a curve; of the first one if there are several.
    pub curve: Option<usize>,
    /// Instrument clock at the end of the measurement.
    #[serde(rename = "instrument_time_s")]
    pub instrument_time: Seconds,
    /// Wall-clock time the measurement took.
    #[serde(rename = "wall_time_s")]
    pub wall_time: Seconds,
}

/// Quality of a prediction map over all candidates not yet measured. Formulas: `tiptwin_core::metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Number of measurements the map was made from.
    pub n: usize,
    /// Coefficient of determination against the noise-free truth.
    pub r2: f64,
    /// Root mean squared error over the standard deviation of the truth.
    pub nrmse: f64,
    /// Spearman rank correlation.
    pub spearman: f64,
    /// Mean negative log predictive density, in the target standardised by the truth's own spread.
    pub nlpd: f64,
    /// Share of the truth inside mean ± 1σ.
    pub coverage_1sigma: f64,
    /// Share of the truth inside mean ± 2σ.
    pub coverage_2sigma: f64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopOutcome {
    /// All planned measurements were made.
    Completed,
    /// A person or the system asked to stop; the instrument was made safe.
    Interrupted,
    /// The instrument or the strategy failed; the instrument was made safe.
    Failed,
}

#[derive(Serialize, Deserialize)]
struct Line {
    seq: u64,
    crc32: u32,
    event: Box<RawValue>,
}

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A line before the last is not a whole entry.
    #[error("line {line} of the journal is damaged ({reason}); only the last line may be torn")]
    Damaged {
        /// Line number from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An event cannot be written as JSON.
    #[error("event cannot be written: {0}")]
    Encode(#[from] serde_json::Error),
}

/// One line of the log, with its line feed.
pub fn encode(seq: u64, event: &Event) -> Result<String, LogError> {
    let event = serde_json::value::to_raw_value(event)?;
    let crc32 = crc32fast::hash(event.get().as_bytes());
    let mut line = serde_json::to_string(&Line { seq, crc32, event })?;
    line.push('\n');
    Ok(line)
}

/// All events of a log and whether a torn last line was left out.
///
/// A last line without its line feed that does not decode is what a crash leaves behind, and is forgiven.
pub fn decode(text: &str) -> Result<(Vec<Event>, bool), LogError> {
    decode_after(0, text)
}

/// [`decode`] for the part of a log that follows its first `known` events.
pub fn decode_after(known: u64, text: &str) -> Result<(Vec<Event>, bool), LogError> {
    let mut events = Vec::new();
    for (line, seq) in text.split_inclusive('\n').zip(known..) {
        match decode_line(line, seq) {
            Ok(event) => events.push(event),
            Err(_) if !line.ends_with('\n') => return Ok((events, true)),
            Err(reason) => return Err(LogError::Damaged { line: seq as usize + 1, reason }),
        }
    }
    Ok((events, false))
}

fn decode_line(text: &str, expected_seq: u64) -> Result<Event, String> {
    let line: Line = serde_json::from_str(text).map_err(|e| e.to_string())?;
    if line.seq != expected_seq {
        return Err(format!("sequence number {} where {expected_seq} was expected", line.seq));
    }
    let crc32 = crc32fast::hash(line.event.get().as_bytes());
    if crc32 != line.crc32 {
        return Err(format!("checksum {crc32} where {} is recorded", line.crc32));
    }
    serde_json::from_str(line.event.get()).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(message: &str) -> Event {
        Event::Stop { outcome: StopOutcome::Completed, message: message.into(), made_safe: None }
    }

    fn log() -> String {
        (0..3).map(|seq| encode(seq, &stop(&format!("event {seq}"))).expect("encodes")).collect()
    }

    #[test]
    fn what_was_written_is_read() {
        let (events, torn) = decode(&log()).expect("reads");
        assert_eq!((events.len(), torn), (3, false));
        assert_eq!(events[2], stop("event 2"));
    }

    #[test]
    fn a_torn_last_line_is_forgiven_wherever_it_tears() {
        let log = log();
        let last = log[..log.len() - 1].rfind('\n').expect("three lines") + 1;
        for end in last + 1..log.len() - 1 {
            let (events, torn) = decode(&log[..end]).expect("reads");
            assert_eq!((events.len(), torn), (2, true), "torn at byte {end}");
        }
    }

    #[test]
    fn a_hole_and_a_flipped_byte_are_refused() {
        let log = log();
        let lines: Vec<&str> = log.split_inclusive('\n').collect();
        assert!(matches!(decode(&[lines[0], lines[2]].concat()), Err(LogError::Damaged { line: 2, .. })));
        let flipped = log.replace("event 1", "event 7");
        assert!(matches!(decode(&flipped), Err(LogError::Damaged { line: 2, .. })));
    }
}

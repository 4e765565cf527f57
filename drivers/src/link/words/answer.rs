//! What came of it.

use super::{SAMPLES_MAX, need, read_grid, read_position, write_grid, write_position};
use crate::link::wire::instrument as wire;
use ndarray::Array2;
use tiptwin_instrument::{Action, ErrorKind, Image, InstrumentError, IvCurve, Observation, Outcome, Seconds};
use wire::instrument_error::Kind;
use wire::observation::Outcome as Data;

pub(in crate::link) fn write_observation(observation: Observation) -> wire::Observation {
    let data = match observation.outcome {
        Outcome::Image(image) => Data::Image(wire::Image {
            grid: Some(write_grid(&image.grid)),
            // Row after row, whatever the order in memory.
            values: image.values.iter().copied().collect(),
            channel: image.channel,
            unit: image.unit,
        }),
        Outcome::Curve(curve) => Data::Curve(wire::IvCurve {
            bias_v: curve.bias_v,
            current_a: curve.current_a,
            sample_interval_s: Some(curve.sample_interval.0),
            saturated: curve.saturated,
        }),
        Outcome::Scalar(value) => Data::Scalar(value),
        Outcome::Done => Data::Done(wire::Done {}),
    };
    wire::Observation {
        read_back: observation.read_back.map(write_position),
        instrument_time_s: Some(observation.instrument_time.0),
        wall_time_s: Some(observation.wall_time.0),
        outcome: Some(data),
    }
}

/// Shapes are compared with what was declared before anything is made of the numbers.
pub(in crate::link) fn read_observation(action: &Action, o: wire::Observation) -> Result<Observation, String> {
    let outcome = match need(o.outcome, "observation.outcome")? {
        Data::Image(image) => {
            let grid = read_grid(image.grid.as_ref(), "image.grid")?;
            let (values, pixels) = (image.values.len(), grid.len());
            if values != pixels {
                return Err(format!("an image of {} × {} pixels with {values} values", grid.rows, grid.cols));
            }
            let values = Array2::from_shape_vec((grid.rows, grid.cols), image.values).map_err(|e| e.to_string())?;
            Outcome::Image(Image { channel: image.channel, unit: image.unit, grid, values })
        }
        Data::Curve(curve) => {
            let (biases, currents) = (curve.bias_v.len(), curve.current_a.len());
            if biases != currents || biases > SAMPLES_MAX {
                return Err(format!("a curve of {biases} biases and {currents} currents"));
            }
            let sample_interval = Seconds(need(curve.sample_interval_s, "curve.sample_interval_s")?);
            Outcome::Curve(IvCurve {
                bias_v: curve.bias_v,
                current_a: curve.current_a,
                sample_interval,
                saturated: curve.saturated,
            })
        }
        Data::Scalar(value) => Outcome::Scalar(value),
        Data::Done(_) => Outcome::Done,
    };
    let read_back = match &o.read_back {
        Some(at) => Some(read_position(Some(at), "read_back")?),
        None => None,
    };
    Ok(Observation {
        action: action.clone(),
        read_back,
        instrument_time: Seconds(need(o.instrument_time_s, "instrument_time_s")?),
        wall_time: Seconds(need(o.wall_time_s, "wall_time_s")?),
        outcome,
    })
}

const KINDS: [(ErrorKind, Kind); 9] = [
    (ErrorKind::InvalidRequest, Kind::InvalidRequest),
    (ErrorKind::Unsupported, Kind::Unsupported),
    (ErrorKind::OutOfLimits, Kind::OutOfLimits),
    (ErrorKind::BadMeasurement, Kind::BadMeasurement),
    (ErrorKind::Timeout, Kind::Timeout),
    (ErrorKind::Data, Kind::Data),
    (ErrorKind::Fault, Kind::Fault),
    (ErrorKind::Link, Kind::Link),
    (ErrorKind::UnknownOutcome, Kind::UnknownOutcome),
];

/// The causes of an error stand in its message from here on.
pub(in crate::link) fn write_error(error: &InstrumentError) -> wire::InstrumentError {
    let kind = KINDS.iter().find(|(ours, _)| *ours == error.kind()).map_or(Kind::Unspecified, |(_, kind)| *kind);
    wire::InstrumentError { kind: kind.into(), message: error.message().to_owned() }
}

/// An error of a kind that this version does not know is a fault.
pub(in crate::link) fn read_error(error: &wire::InstrumentError) -> InstrumentError {
    let kind = KINDS.iter().find(|(_, theirs)| *theirs == error.kind()).map_or(ErrorKind::Fault, |(ours, _)| *ours);
    InstrumentError::new(kind, error.message.clone())
}

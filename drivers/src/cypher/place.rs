//! Where the tip is: positions to volts of the lateral loops, and sensors back to positions.
//!
//! The controller counts from the centre of its last scan: a changed offset becomes real only with the next one. So the tip is sent
//! there first and both loops and both sensors are read; every later place is that plus a difference.

use super::driver::Cypher;
use super::proto::{Command, Setting, Source, names};
use tiptwin_instrument::{ErrorKind, InstrumentError, Meters, Position};

/// What the lateral loops can be set to, V.
const LOOP_MAX_V: f64 = 10.0;
/// Sensitivities that a scanner can have, m/V.
const SENSITIVITY: std::ops::RangeInclusive<f64> = 1e-8..=1e-4;

/// A place whose volts are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reference {
    centre: Position,
    loops_v: [f64; 2],
    sensors_v: [f64; 2],
    sensitivity_m_per_v: [f64; 2],
}

impl Cypher {
    /// The offset of a position from the centre of the scanner, m.
    pub(super) fn offset_m(&self, at: Position) -> [f64; 2] {
        [at.x.0 - 0.5 * self.edge.0, at.y.0 - 0.5 * self.edge.0]
    }

    /// The reference, found if it is not known.
    fn reference(&mut self) -> Result<Reference, InstrumentError> {
        if let Some(reference) = self.reference {
            return Ok(reference);
        }
        let press = |(control, panel)| Command::press(control, panel);
        let commands = [press(names::CLEAR_FORCE), press(names::GO_THERE)];
        self.ask(&commands, &[], "going to the centre of the scan")?;
        self.pause(self.settings.waits.settle_move);
        let channel = |name: &str| Source::Channel(name.into());
        let variable = |name: &str| Source::Variable(name.into());
        let [x, y] = names::LATERAL_SETPOINT.map(channel);
        let [u, v] = names::LATERAL_SENSOR.map(channel);
        let [s, t] = names::LATERAL_SENSITIVITY.map(variable);
        let [a, b] = Setting::OFFSET.map(|o| o.source());
        let [x, y, u, v, s, t, a, b] = self.ask_for(&[], &[x, y, u, v, s, t, a, b], "reading where the tip stands")?;
        for (name, sensitivity) in names::LATERAL_SENSITIVITY.into_iter().zip([s, t]) {
            if !SENSITIVITY.contains(&sensitivity) {
                let (least, most) = SENSITIVITY.into_inner();
                let message = format!("{name} is {sensitivity:e} m/V; accepted: {least:e} to {most:e} m/V");
                return Err(InstrumentError::new(ErrorKind::Data, message));
            }
        }
        let half = 0.5 * self.edge.0;
        let reference = Reference {
            centre: Position::new(half + a, half + b),
            loops_v: [x, y],
            sensors_v: [u, v],
            sensitivity_m_per_v: [s, t],
        };
        self.reference = Some(reference);
        Ok(reference)
    }

    /// Sends the tip to a place, and says where the sensors find it.
    pub(super) fn go_to(&mut self, at: Position) -> Result<Position, InstrumentError> {
        let r = self.reference()?;
        let there = [at.x.0 - r.centre.x.0, at.y.0 - r.centre.y.0];
        let volts = [0, 1].map(|k| r.loops_v[k] + there[k] / r.sensitivity_m_per_v[k]);
        for (name, v) in names::LATERAL_SETPOINT.into_iter().zip(volts) {
            if v.abs() > LOOP_MAX_V {
                let message = format!(
                    "{name} would be {v:.4} V at ({}, {}); accepted: -{LOOP_MAX_V} to {LOOP_MAX_V} V",
                    at.x, at.y
                );
                return Err(InstrumentError::new(ErrorKind::OutOfLimits, message));
            }
        }
        let [x, y] = names::LATERAL_SETPOINT.map(|name| Setting::Channel(name.into()));
        self.put(&[], &[(x, volts[0]), (y, volts[1])], "moving the tip")?;
        self.pause(self.settings.waits.settle_move);
        let sensors = names::LATERAL_SENSOR.map(|name| Source::Channel(name.into()));
        let [u, v] = self.ask_for(&[], &sensors, "reading the position sensors")?;
        let found = Position::new(
            r.centre.x.0 + (u - r.sensors_v[0]) * r.sensitivity_m_per_v[0],
            r.centre.y.0 + (v - r.sensors_v[1]) * r.sensitivity_m_per_v[1],
        );
        let miss = (found.x.0 - at.x.0).hypot(found.y.0 - at.y.0);
        if miss > self.settings.position_tolerance.0 {
            // The volts of the reference no longer mean what they did.
            self.reference = None;
            let message = format!(
                "the sensors find the tip at ({}, {}), {} from ({}, {}) where it was sent; accepted: {}",
                found.x,
                found.y,
                Meters(miss),
                at.x,
                at.y,
                self.settings.position_tolerance
            );
            return Err(InstrumentError::new(ErrorKind::Fault, message));
        }
        Ok(found)
    }
}

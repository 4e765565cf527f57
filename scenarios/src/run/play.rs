//! A strategy played to its end in memory: nothing is journalled, so only where measuring costs nothing.
//!
//! It serves the random picks beside a run and every exploration of a comparison.

use super::RunError;
use super::stopper::Stopper;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use tiptwin_core::metrics;
use tiptwin_core::session::{Plan, Session, Step};
use tiptwin_core::strategy::Strategy;
use tiptwin_instrument::log::Scores;
use tiptwin_instrument::{ErrorKind, Instrument, Outcome, Position};
use tiptwin_sim::contact::damage;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Played {
    /// Scores of the map at the numbers of measurements that were asked for.
    pub scores: Vec<Scores>,
    /// Observed coverage of the last of these maps at the nominal ones of [`metrics::NOMINAL_COVERAGE`].
    pub coverage: Vec<f64>,
    /// Rank correlation of its deviation with its error ([`metrics::uncertainty_rank`]).
    pub uncertainty_rank: f64,
    /// Candidate indices of the usable measurements, in their order.
    pub picks: Vec<usize>,
    /// Their values, in the target's unit.
    pub values: Vec<f64>,
    /// Locations touched, usable or not.
    pub touches: usize,
    /// Way of the tip between the measurements, straight, in metres.
    pub travel_m: f64,
    /// Charge driven through the film by all sweeps, ∫|I| dt, in coulombs; `None` where no curve was measured.
    pub charge_c: Option<f64>,
    /// Touches so close to an earlier one that they found the film as that one left it ([`damage::REACH_M`]).
    pub near_touches: usize,
    /// Clock of the instrument at the end: simulated seconds on a twin.
    pub instrument_s: f64,
    /// Wall-clock time of all decisions.
    pub decide_s: f64,
}

/// Plays `strategy` on a fresh instrument; scores are against `truth` (candidate order) after each of `points`
/// measurements.
///
/// `progress` is told how many locations are done.
pub(crate) fn play(
    plan: Plan,
    strategy: Box<dyn Strategy>,
    mut instrument: Box<dyn Instrument>,
    (truth, points): (&[f64], &[usize]),
    stop: &Stopper,
    progress: &mut dyn FnMut(usize),
) -> Result<Played, RunError> {
    let mut session = Session::new(plan, strategy, &instrument.describe())?;
    let mut played = Played::default();
    let mut touched: Vec<Position> = Vec::new();
    loop {
        stop.check(session.measured().len())?;
        let asked = Instant::now();
        let step = session.next()?;
        played.decide_s += asked.elapsed().as_secs_f64();
        let action = match step {
            Step::Finished => break,
            Step::Prepare(action) => action,
            Step::Measure(planned) => {
                let to = planned.position;
                let distance_m = |from: &Position| (from.x.0 - to.x.0).hypot(from.y.0 - to.y.0);
                played.travel_m += touched.last().map_or(0.0, distance_m);
                played.near_touches += usize::from(touched.iter().any(|from| distance_m(from) < damage::REACH_M));
                touched.push(to);
                planned.action
            }
        };
        match instrument.execute(&action) {
            Ok(observation) => {
                played.instrument_s = observation.instrument_time.0;
                if let Outcome::Curve(curve) = &observation.outcome {
                    let total_a: f64 = curve.current_a.iter().map(|i| i.abs()).sum();
                    *played.charge_c.get_or_insert(0.0) += total_a * curve.sample_interval.0;
                }
                drop(session.tell(&observation)?);
            }
            Err(e) if e.kind() == ErrorKind::BadMeasurement => drop(session.reject(e.to_string())),
            Err(source) => return Err(RunError::Instrument { source }),
        }
        let n = session.measured().len();
        progress(session.touched());
        if n > 0
            && points.contains(&n)
            && played.scores.last().is_none_or(|s: &Scores| s.n != n)
            && let Some(map) = session.predict()?
        {
            played.scores.extend(metrics::scores(n, &map, truth, session.open()));
            played.coverage = metrics::coverage_curve(&map, truth, session.open());
            played.uncertainty_rank = metrics::uncertainty_rank(&map, truth, session.open());
        }
    }
    played.touches = session.touched();
    (played.picks, played.values) = session.measured().iter().map(|m| (m.index, m.value)).unzip();
    Ok(played)
}

//! Random picks beside a run: the same sample, the same model, the same first location.

use super::RunError;
use super::running::score_points;
use super::stopper::Stopper;
use tiptwin_core::metrics;
use tiptwin_core::session::{Plan, Session, Step};
use tiptwin_core::strategy::Strategy;
use tiptwin_instrument::log::Scores;
use tiptwin_instrument::{ErrorKind, Instrument};

/// Scores of a strategy against a truth (candidate order). Nothing is journalled: it happens only where measuring costs nothing.
///
/// `progress` is told how many locations are done.
pub(super) fn score(
    plan: Plan,
    strategy: Box<dyn Strategy>,
    mut instrument: Box<dyn Instrument>,
    truth: &[f64],
    stop: &Stopper,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Scores>, RunError> {
    let points = score_points(plan.steps);
    let mut session = Session::new(plan, strategy, &instrument.describe())?;
    let mut all = Vec::new();
    loop {
        stop.check(session.measured().len())?;
        let action = match session.next()? {
            Step::Finished => break,
            Step::Prepare(action) => action,
            Step::Measure(planned) => planned.action,
        };
        match instrument.execute(&action) {
            Ok(observation) => drop(session.tell(&observation)?),
            Err(e) if e.kind() == ErrorKind::BadMeasurement => drop(session.reject(e.to_string())),
            Err(source) => return Err(RunError::Instrument { source }),
        }
        let n = session.measured().len();
        progress(session.touched());
        if n > 0
            && points.contains(&n)
            && all.last().is_none_or(|s: &Scores| s.n != n)
            && let Some(map) = session.predict()?
        {
            all.extend(metrics::scores(n, &map, truth, session.open()));
        }
    }
    Ok(all)
}

//! The end of a run: maps, extras, summary and report, in this order, so that a summary means the rest is there.

use super::components;
use super::examples;
use super::extras::Extras;
use super::folder::{names, write_whole, write_with};
use super::running::Running;
use super::sample::Sample;
use super::summary::{Enrichment, SUMMARY_SCHEMA, Summary, TargetSummary, Timing};
use super::{RunError, assemble, timing};
use crate::boundaries::explored::Explored;
use crate::config::Scenario;
use crate::picture::ColourMap;
use crate::report;
use ndarray::Array2;
use ndarray_npy::NpzWriter;
use serde::Serialize;
use std::io;
use std::time::Instant;
use tiptwin_core::Candidates;
use tiptwin_core::metrics;
use tiptwin_core::model::Prediction;
use tiptwin_instrument::log::Scores;

pub(super) fn finish(
    mut run: Running,
    scenario: &Scenario,
    sample: &Sample,
    random_scores: Vec<Scores>,
    begun: Instant,
) -> Result<Summary, RunError> {
    let maps = (0..run.scores.len()).map(|t| run.session.predict_target(t)).collect::<Result<Vec<_>, _>>()?;
    let grid = run.session.plan().grid;
    let regions = sample.regions(&grid);
    let candidates = run.session.candidates().ok_or_else(|| RunError::Input("the run ended before its scan".into()))?;
    let picks: Vec<usize> = run.session.measured().iter().map(|m| m.index).collect();
    let enrichment = regions.as_ref().map(|regions| enrichment(&picks, candidates, regions));
    let (measured, count) = (picks.len(), candidates.len());
    write_maps(&run, candidates, &maps, regions.as_ref())?;
    components::write(&run)?;
    if let Some(within) = &run.session.plan().within {
        let image = run.folder.recall_image(names::STRUCTURE)?;
        Explored::new(within, &image)?.write(run.folder.path())?;
    }
    let examples = match regions.as_ref() {
        Some(regions) => examples::choose(scenario, sample, candidates, regions)?,
        None => Vec::new(),
    };
    let timing_s = Timing {
        decide_median: timing::median(&run.decide_s),
        decide_p99: timing::p99(&run.decide_s),
        decide_total: run.decide_s.iter().sum(),
        instrument_total: run.instrument_s,
        wall_total: begun.elapsed().as_secs_f64(),
        peak_mb: timing::peak_mb(),
    };
    let extras = Extras {
        enrichment,
        random_scores: random_scores.clone(),
        examples,
        warnings: scenario.warnings.clone(),
        timing_s: Some(timing_s),
        truth_is_recorded: sample.truth_is_recorded(),
    };
    run.folder.write_text(names::EXTRAS, &to_json(&extras)?)?;
    let path = run.folder.path();
    let report = assemble::report_input(path, ColourMap::Gold)?;
    let page = report::render(&report).map_err(|e| RunError::Input(e.to_string()))?;
    write_whole(&path.join(names::REPORT), page.as_bytes())?;
    let boundaries = report.boundaries.and_then(Result::ok).map(|b| b.picks.numbers);
    let summary = Summary {
        schema: SUMMARY_SCHEMA,
        version: run.start.version.clone(),
        run: run.start.run.clone(),
        seed: run.start.seed,
        strategy: run.start.strategy.clone(),
        acquisition: run.start.acquisition.clone(),
        driver: run.start.instrument.driver.clone(),
        instrument: run.start.instrument.identity.clone(),
        target: run.start.target.clone(),
        target_unit: run.start.target_unit.clone(),
        light_suns: run.start.light_suns,
        curve_light_suns: run.start.curve_light_suns.clone(),
        steps: run.session.touched(),
        measured,
        candidates: count,
        scores: run.scores[0].clone(),
        random_scores,
        further_targets: further_targets(&run),
        enrichment,
        boundaries,
        timing_s,
    };
    write_whole(&path.join(names::SUMMARY), (to_json(&summary)? + "\n").as_bytes())?;
    Ok(summary)
}

fn further_targets(run: &Running) -> Vec<TargetSummary> {
    let further = run.start.further_targets.iter().enumerate();
    further
        .map(|(i, t)| TargetSummary {
            target: t.target.clone(),
            target_unit: t.unit.clone(),
            measured: run.session.measured_of(i + 1).len(),
            scores: run.scores[i + 1].clone(),
        })
        .collect()
}

fn to_json<T: Serialize>(value: &T) -> Result<String, RunError> {
    serde_json::to_string_pretty(value).map_err(|e| RunError::Input(format!("cannot be written as JSON: {e}")))
}

pub(crate) fn enrichment(picks: &[usize], candidates: &Candidates, regions: &Array2<u8>) -> Enrichment {
    let is = |kind: u8| {
        move |i: usize| {
            let at = candidates.pixel(i);
            regions[[at.row, at.col]] == kind
        }
    };
    let n = candidates.len();
    let picked = |kind| picks.iter().filter(|&&i| is(kind)(i)).count();
    let area = |kind| (0..n).filter(|&i| is(kind)(i)).count() as f64 / n as f64;
    Enrichment {
        gb: metrics::enrichment(picks, is(1), n),
        junction: metrics::enrichment(picks, is(2), n),
        gb_picks: picked(1),
        junction_picks: picked(2),
        picks: picks.len(),
        gb_area: area(1),
        junction_area: area(2),
    }
}

/// Maps over the candidate area, all of one shape; `offset` is the pixel (row, column) of their first value. Those of further targets
/// carry their names.
///
/// `low_1sigma` and `high_1sigma` enclose 68.3 % of what is believed, `truth_score` says where the truth lies in it
/// ([`Prediction::score`]): a belief need not be normal.
fn write_maps(
    run: &Running,
    candidates: &Candidates,
    maps: &[Option<Prediction>],
    regions: Option<&Array2<u8>>,
) -> Result<(), RunError> {
    let shape = (candidates.rows(), candidates.cols());
    let map = |values: &[f64]| Array2::from_shape_vec(shape, values.to_vec()).map_err(io::Error::other);
    let first = candidates.pixel(0);
    write_with(&run.folder.path().join(names::MAPS), |file| {
        let mut npz = NpzWriter::new_compressed(file);
        let mut add = |name: &str, values: Option<&Vec<f64>>| match values {
            Some(values) => npz.add_array(name, &map(values)?).map_err(io::Error::other),
            None => Ok(()),
        };
        let quantile =
            |p: &Prediction, score: f64| (0..candidates.len()).map(|i| p.quantile(i, score)).collect::<Vec<_>>();
        let score = |(p, truth): (&Prediction, &Vec<f64>)| (0..truth.len()).map(|i| p.score(i, truth[i]).0).collect();
        for (target, map) in maps.iter().enumerate() {
            let name = |what: &str| match target.checked_sub(1) {
                None => what.to_owned(),
                Some(further) => format!("{what}_{}", run.start.further_targets[further].target),
            };
            let (map, truth) = (map.as_ref(), run.truths[target].as_ref());
            add(&name("mean"), map.map(|p| &p.mean))?;
            add(&name("sigma"), map.map(|p| &p.sigma))?;
            add(&name("low_1sigma"), map.map(|p| quantile(p, -1.0)).as_ref())?;
            add(&name("high_1sigma"), map.map(|p| quantile(p, 1.0)).as_ref())?;
            add(&name("truth"), truth)?;
            add(&name("truth_score"), map.zip(truth).map(score).as_ref())?;
        }
        if let Some(regions) = regions {
            npz.add_array("regions", regions).map_err(io::Error::other)?;
        }
        let offset = ndarray::array![first.row as u32, first.col as u32];
        npz.add_array("offset", &offset).map_err(io::Error::other)?;
        npz.finish().map_err(io::Error::other).map(drop)
    })?;
    Ok(())
}
